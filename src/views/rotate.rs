//! What `landfall rotate` shows.

use std::io;

use serde_json::json;

use super::apply::took;
use super::output::{Format, Output};
use crate::deploy::job::{Done, Order};
use crate::ledger::entry::Ending;

/// Shows that a secret has a new value and that what reads it has started anew.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, target: &str, secret: &str, order: &Order, done: &Done) -> io::Result<()> {
    let written = order.rotates.as_ref().is_some_and(|(rotation, _)| rotation.physical.is_some());
    let version = written.then_some(&done.outcome.intent);
    let started = done.outcome.ending == Ending::Succeeded;
    if output.format == Format::Json {
        let report = json!({
            "format_version": 1,
            "target": target,
            "secret": secret,
            "version": version,
            "started_anew": started,
            "entry": done.sequence,
            "seconds": done.outcome.seconds,
        });
        return output.result(&format!("{report:#}\n"));
    }
    let value = match version {
        Some(version) => format!("secret.{secret} of {target} has a new value (version {version})"),
        None => format!("secret.{secret} of {target} has the value that was put there"),
    };
    let readers = if started {
        format!("what reads it started anew in {}", took(done.outcome.seconds))
    } else {
        "nothing that is deployed reads it".to_owned()
    };
    output.result(&super::safe(&format!("{value}; {readers}. Recorded as entry {}.\n", done.sequence)))
}
