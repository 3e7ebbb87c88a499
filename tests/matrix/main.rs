//! Killed anywhere: the real program against the sandbox, with a proxy between them that counts calls and breaks one of them.
//!
//! A case is a verb, a ledger, a fault and the call at which it strikes. After each the invariants are checked by this bench's own
//! reading of the ledger and of the sandbox, then one command has to end where no fault would have ended.
//!
//! `cargo test --test matrix` runs a cut of it. The whole, with its report:
//! `cargo test --test matrix -- --ignored --nocapture`; with `LANDFALL_MATRIX_PART=1/25` one case in 25 of it.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "the bench runs the program in folders of its own and asks its sandbox")]

mod cancel;
mod cloud;
mod every_call;
mod field;
mod invariants;
mod ledger;
mod lost_writes;
mod proxy;
mod prune;
mod race;
mod rebuild;
mod report;
mod skew;
mod verb;
mod wire;
mod zombie;

/// How a step of the bench ends; cases run on threads of their own.
pub(crate) type Told<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
