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
