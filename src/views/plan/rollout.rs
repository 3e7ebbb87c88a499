//! What a plan says of services that roll out.

use crate::model::units::Time;
use crate::plan::rollout::{Rollout, Watcher};

/// Who watches what for how long, and what comes of an alarm that rings.
pub(super) fn sentence(rollout: &Rollout) -> String {
    let alarms: Vec<&str> = rollout.alarms.iter().map(|alarm| alarm.component.as_str()).collect();
    let who = match rollout.by {
        Watcher::Cloud => "the cloud",
        Watcher::Landfall => "landfall",
    };
    let back = match rollout.from.as_ref().and_then(|from| from.version.rsplit('/').next()) {
        Some(version) => format!("the one before ({version})"),
        None => "the one before".to_owned(),
    };
    let lives = match rollout.by {
        Watcher::Cloud => "",
        Watcher::Landfall => ", and the stack follows; interrupted, `landfall recover` goes on",
    };
    format!(
        "{}: once its new version takes every request, {who} watches {} for {}; when one rings, {back} takes them again{lives}",
        rollout.component,
        alarms.join(", "),
        Time::seconds(rollout.seconds),
    )
}
