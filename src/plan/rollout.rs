//! Which services have a new version that stands beside the old one for a while, and who watches meanwhile.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::change::{Action, Change};
use super::serving::Serving;

/// Whoever watches the alarms, and leads the requests back when one rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Watcher {
    /// The cloud, inside of the stack's update.
    Cloud,
    /// landfall, after it. Its process has to live so long, or `recover` goes on.
    Landfall,
}

/// An alarm that has to stay quiet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WatchedAlarm {
    /// The component, such as `alarm.errors`.
    pub component: String,
    /// The resource's id in the document.
    pub id: String,
}

/// A service whose new version takes every request while the old one can take them back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rollout {
    /// The component, such as `service.web`.
    pub component: String,
    /// The id, in the document, of what leads requests to a version.
    pub id: String,
    /// Who watches.
    pub by: Watcher,
    /// For how long, seconds of the cloud's.
    pub seconds: u64,
    /// The alarms that have to stay quiet.
    pub alarms: Vec<WatchedAlarm>,
    /// What took the requests when this was decided; none where the cloud itself knows, or where it was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Serving>,
}

/// What rolls out in a deployment, and why the others that are changed don't; `serving` is what takes the requests now, none where that
/// wasn't asked.
pub fn decided(
    declared: Vec<Rollout>,
    changes: &[Change],
    serving: Option<&[Serving]>,
    at_once: bool,
) -> (Vec<Rollout>, Vec<String>) {
    let (mut rollouts, mut notes) = (Vec::new(), Vec::new());
    for mut rollout in declared {
        let Some(change) = changes.iter().find(|change| change.id == rollout.id) else { continue };
        let of = &rollout.component;
        match change.action {
            Action::Delete | Action::Forget => continue,
            Action::Create | Action::Replace => {
                notes.push(format!(
                    "{of} is new: no version was before it that could take requests back, so no alarm is watched"
                ));
                continue;
            }
            Action::Update => {}
        }
        if at_once {
            notes.push(format!("the new version of {of} takes over at once: no alarm is watched"));
            continue;
        }
        if let (Watcher::Landfall, Some(serving)) = (rollout.by, serving) {
            rollout.from = serving.iter().find(|one| one.id == rollout.id).cloned();
            if rollout.from.is_none() {
                notes.push(format!(
                    "no single version of {of} takes its requests now, so none could take them back: no alarm is watched"
                ));
                continue;
            }
        }
        rollouts.push(rollout);
    }
    (rollouts, notes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::consequence::Consequence;

    fn declared(by: Watcher) -> Vec<Rollout> {
        let alarms = vec![WatchedAlarm { component: "alarm.errors".into(), id: "Errors".into() }];
        vec![Rollout { component: "service.web".into(), id: "Web".into(), by, seconds: 600, alarms, from: None }]
    }

    fn changed(action: Action) -> Vec<Change> {
        vec![Change {
            id: "Web".into(),
            kind: "K".into(),
            component: None,
            origin: None,
            action,
            consequence: Consequence::InPlace,
            fields: Vec::new(),
            impact: None,
        }]
    }

    #[test]
    fn only_a_service_that_changes_and_of_which_a_version_serves_is_watched() {
        let serving = [Serving { id: "Web".into(), resource: "r".into(), version: "1".into() }];
        let watched = |action, serving: Option<&[Serving]>, at_once| {
            let (rollouts, notes) = decided(declared(Watcher::Landfall), &changed(action), serving, at_once);
            (rollouts.len(), notes.len())
        };
        assert_eq!(decided(declared(Watcher::Landfall), &[], Some(&serving), false), (Vec::new(), Vec::new()));
        assert_eq!(watched(Action::Update, Some(&serving), false), (1, 0));
        assert_eq!(watched(Action::Update, None, false), (1, 0));
        assert_eq!(watched(Action::Update, Some(&[]), false), (0, 1));
        assert_eq!(watched(Action::Update, Some(&serving), true), (0, 1));
        assert_eq!(watched(Action::Create, Some(&serving), false), (0, 1));
        assert_eq!(watched(Action::Delete, Some(&serving), false), (0, 0));
    }

    #[test]
    fn what_served_before_is_kept_where_landfall_leads_back_and_not_where_the_cloud_does() {
        let serving = [Serving { id: "Web".into(), resource: "r".into(), version: "1".into() }];
        let from = |by| decided(declared(by), &changed(Action::Update), Some(&serving), false).0[0].from.clone();
        assert_eq!(from(Watcher::Landfall), Some(serving[0].clone()));
        assert_eq!(from(Watcher::Cloud), None);
    }
}
