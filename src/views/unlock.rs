//! What `landfall unlock` shows.

use std::io;

use serde_json::json;

use super::apply::took;
use super::output::{Format, Output};
use crate::deploy::lease::{self, Holding};
use crate::ledger::lock::Liveness;

/// Shows who holds a lock, and whether that run is alive.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, target: &str, holding: Option<&Holding>) -> io::Result<()> {
    if output.format == Format::Json {
        let report = json!({
            "format_version": 1,
            "target": target,
            "lock": holding.map(|holding| json!({
                "holder": holding.lock.holder,
                "since": holding.lock.since,
                "epoch": holding.lock.epoch,
                "last_sign_of_life_seconds": holding.age.as_secs(),
                "alive": match holding.liveness {
                    Liveness::Alive => Some(true),
                    Liveness::Dead => Some(false),
                    Liveness::Unknown => None,
                },
                "breakable": holding.is_dead(),
            })),
        });
        return output.result(&format!("{report:#}\n"));
    }
    let Some(holding) = holding else {
        return output.result(&format!("{target} is not locked.\n"));
    };
    let life = match holding.liveness {
        Liveness::Alive => "It runs on this machine: stop it there, don't break its lock.".to_owned(),
        Liveness::Dead => "It no longer runs: the next run takes the lock over by itself.".to_owned(),
        Liveness::Unknown if holding.is_dead() => {
            "It gave no sign of life for longer than its lock holds: the next run takes the lock over by itself."
                .to_owned()
        }
        Liveness::Unknown => format!(
            "Whether it runs can't be seen from here. Without another sign of life its lock runs out in {}.",
            took(holding.lock.validity_seconds.saturating_sub(holding.age.as_secs()))
        ),
    };
    let text = format!(
        "{target} is locked by {}\n  since {}, last sign of life {} ago, epoch {}\n{life}\n",
        lease::name(&holding.lock.holder),
        holding.lock.since,
        took(holding.age.as_secs()),
        holding.lock.epoch
    );
    output.result(&super::safe(&text))
}

/// Says that a lock was broken.
///
/// # Errors
/// Where nobody reads it any more.
pub fn broken(output: &mut Output, target: &str) -> io::Result<()> {
    output.say(&format!("The lock of {target} is broken; the run that held it can write nothing any more.\n"))
}
