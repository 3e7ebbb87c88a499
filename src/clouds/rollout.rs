//! The services of a stack that roll out, by the names that a cloud's documents have for them and for what they watch.

use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::plan::rollout::{Rollout, WatchedAlarm, Watcher};

/// What rolls out; `led` names what leads requests to a service's versions, and `alarm` what watches.
pub(super) fn rollouts(
    stack: &Stack,
    by: Watcher,
    led: impl Fn(&Reference) -> String,
    alarm: impl Fn(&Reference) -> Option<String>,
) -> Vec<Rollout> {
    let rolled = stack.services.iter().filter_map(|(name, service)| Some((name, service.rollout.as_ref()?)));
    rolled
        .map(|(name, rollout)| {
            let of = Reference::new(Kind::Service, name);
            let watched = |of: &Reference| Some(WatchedAlarm { component: of.to_string(), id: alarm(of)? });
            Rollout {
                component: of.to_string(),
                id: led(&of),
                by,
                seconds: rollout.blue_green.as_seconds(),
                alarms: rollout.watch.iter().filter_map(watched).collect(),
                from: None,
            }
        })
        .collect()
}
