//! Writes to the ledger that never arrive, or whose answer never does.

use crate::Told;
use crate::field::{Field, Ledger, TARGET};
use crate::proxy::{At, Fault, Script};

/// The calls that move the cells of a ledger.
const LOCK: &str = "PUT /acme-ledger/shop/targets/shop/dev/lock.json";
const HEAD: &str = "PUT /acme-ledger/shop/targets/shop/dev/head.json";

#[test]
fn a_lock_or_head_whose_write_got_no_answer_is_written_once_and_taken_for_nobody_elses() -> Told {
    for call in [LOCK, HEAD] {
        for fault in [Fault::Hang, Fault::HangAfter, Fault::LostRequest, Fault::LostAnswer, Fault::UnavailableAfter] {
            let field = Field::new(Ledger::Bucket)?;
            let run = field.run(&["apply", TARGET], Some(Script { fault, at: At::First(call) }))?;
            let run = run.exits(0).map_err(|error| format!("{fault:?} at {call}: {error}"))?;
            assert_eq!(run.breaches, Vec::<String>::new());
            assert_eq!([field.breaches()?, field.unsettled()?].concat(), Vec::<String>::new());
            assert_eq!(field.store().chain()?.intents(), 1);
        }
    }
    Ok(())
}

#[test]
fn a_store_that_says_conflict_is_asked_again() -> Told {
    for call in [LOCK, HEAD] {
        let field = Field::new(Ledger::Bucket)?;
        let run = field.run(&["apply", TARGET], Some(Script { fault: Fault::Conflict, at: At::First(call) }))?;
        run.exits(0).map_err(|error| format!("{call}: {error}"))?;
        assert_eq!([field.breaches()?, field.unsettled()?].concat(), Vec::<String>::new());
    }
    Ok(())
}

#[test]
fn a_ledger_that_vanishes_under_a_run_stops_it_before_its_next_change() -> Told {
    let (head, lock) = ("targets/shop/dev/head.json", "targets/shop/dev/lock.json");
    for (ledger, gone) in [(Ledger::Folder, &[head][..]), (Ledger::Bucket, &[head]), (Ledger::Folder, &[head, lock])] {
        let field = Field::new(ledger)?;
        field.run(&["apply", TARGET], None)?.exits(0)?;
        field.hidden_for("45s")?;
        let script = Script { fault: Fault::FreezeAfter, at: At::First("CreateChangeSet") };
        let run = field.start(&["apply", TARGET], Some(script))?;
        run.frozen()?.ok_or("it made no change set")?;
        for name in gone {
            field.store().remove(name)?;
        }
        run.thaw()?;
        let run = run.end()?;
        assert_ne!(run.code, Some(0), "{}", run.said());
        assert!(!run.calls.iter().any(|call| call.name == "ExecuteChangeSet"), "{}", run.said());
        assert_eq!(run.breaches, Vec::<String>::new());
    }
    Ok(())
}
