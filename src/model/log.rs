//! What workloads write down.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Time;

/// The logs of every function, service and load balancer of the stack, encrypted. They are hot as they are written: searched where people
/// look first. Older ones may go to storage that costs less; all are deleted at the end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Logs {
    /// How long they are kept, all phases together.
    pub keep: Time,
    /// The age from which they are warm: no longer in the service that searches them, and still read at once. They stay hot where not
    /// given. Only what is written from the deployment on is led there: older lines go when they are no longer hot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_after: Option<Time>,
    /// The age from which they are cold: in an archive, from which they are fetched when somebody has to prove something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cold_after: Option<Time>,
}

impl Default for Logs {
    fn default() -> Self {
        Self { keep: Time::days(30), warm_after: None, cold_after: None }
    }
}

impl Logs {
    /// How long they are hot, and the key that says so.
    pub fn hot(&self) -> (&'static str, Time) {
        match (self.warm_after, self.cold_after) {
            (Some(warm), _) => ("warm-after", warm),
            (None, Some(cold)) => ("cold-after", cold),
            (None, None) => ("keep", self.keep),
        }
    }

    /// Whether they leave the service that searches them before they are deleted.
    pub fn have_phases(&self) -> bool {
        self.warm_after.is_some() || self.cold_after.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_hot_until_the_next_phase_whichever_that_is() {
        let (day, week) = (Time::days(1), Time::days(7));
        let logs = Logs { keep: Time::days(30), warm_after: Some(day), cold_after: Some(week) };
        assert_eq!(logs.hot(), ("warm-after", day));
        assert_eq!(Logs { warm_after: None, ..logs }.hot(), ("cold-after", week));
        assert_eq!(Logs { warm_after: None, cold_after: None, ..logs }.hot(), ("keep", Time::days(30)));
    }
}
