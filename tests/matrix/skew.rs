//! Clocks that are wrong, or jump: the store's, the cloud's, and this machine's beside them.

use std::sync::atomic::Ordering;

use serde_json::Value;

use crate::Told;
use crate::field::{Field, Ledger, TARGET};
use crate::ledger::Store;
use crate::proxy::{At, Fault, Script};
use crate::wire::ask;

const HOUR: i64 = 3600;

#[test]
fn a_cloud_whose_clock_is_an_hour_off_is_deployed_to_as_ever() -> Told {
    for hours in [-1, 1] {
        let field = Field::new(Ledger::Bucket)?;
        field.ahead.store(hours * HOUR, Ordering::SeqCst);
        field.run(&["apply", TARGET], None)?.exits(0)?;
        field.hidden_for("45s")?;
        field.run(&["apply", TARGET], None)?.exits(0)?;
        field.run(&["destroy", TARGET, "--delete-data"], None)?.exits(0)?;
        assert_eq!([field.breaches()?, field.unsettled()?].concat(), Vec::<String>::new());
    }
    Ok(())
}

#[test]
fn a_clock_that_jumps_during_an_apply_changes_nothing_about_its_end() -> Told {
    // Backwards, simulated work would only stand still: it ends at times of the sandbox's clock.
    for at in ["CreateChangeSet", "ExecuteChangeSet", "DescribeStackEvents"] {
        for ledger in [Ledger::Folder, Ledger::Bucket] {
            let field = Field::new(ledger)?;
            field.run(&["apply", TARGET], None)?.exits(0)?;
            field.hidden_for("45s")?;
            let run = field.start(&["apply", TARGET], Some(Script { fault: Fault::FreezeAfter, at: At::First(at) }))?;
            run.frozen()?.ok_or("it made no such call")?;
            field.ahead.store(HOUR, Ordering::SeqCst);
            run.thaw()?;
            let run = run.end()?.exits(0).map_err(|error| format!("{at}: {error}"))?;
            assert_eq!([run.breaches, field.breaches()?, field.unsettled()?].concat(), Vec::<String>::new());
        }
    }
    Ok(())
}

#[test]
fn a_lock_whose_holder_is_elsewhere_runs_out_on_the_stores_clock_alone_and_that_is_recorded() -> Told {
    let field = Field::new(Ledger::Bucket)?;
    field.run(&["apply", TARGET], None)?.exits(0)?;
    field.hidden_for("45s")?;
    // Somebody on another machine takes the lock, and is never seen again. Their clock is a year ahead.
    let mut lock = field.store().chain()?.lock;
    let epoch = lock["epoch"].as_u64().ok_or("no epoch")? + 1;
    lock["epoch"] = epoch.into();
    lock["held"] = true.into();
    lock["since"] = "2027-11-21T00:00:00Z".into();
    lock["holder"]["who"] = "ben".into();
    lock["holder"]["host"] = "elsewhere".into();
    lock["holder"]["machine"] = "another".into();
    let Store::Bucket { cloud, address, bucket, prefix } = field.store() else { return Err("no bucket".into()) };
    let path = format!("/{bucket}/{prefix}/targets/shop/dev/lock.json");
    let (status, _) = ask(&address, (cloud, "objects"), "PUT", &path, &lock.to_string())?;
    assert_eq!(status, 200);

    let early = field.run(&["apply", TARGET], None)?.exits(4)?;
    assert!(early.err.contains("held by ben on elsewhere"), "{}", early.said());
    field.ahead.store(200, Ordering::SeqCst);
    field.run(&["apply", TARGET], None)?.exits(4)?;
    field.ahead.store(301, Ordering::SeqCst);
    field.run(&["apply", TARGET], None)?.exits(0)?;
    let entries = field.store().chain()?.entries;
    let taken: Vec<&Value> = entries.iter().filter(|entry| entry["record"]["kind"] == "taken-over").collect();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0]["record"]["from"]["who"], "ben");
    assert_eq!(taken[0]["epoch"], epoch + 1);
    assert_eq!([field.breaches()?, field.unsettled()?].concat(), Vec::<String>::new());
    Ok(())
}
