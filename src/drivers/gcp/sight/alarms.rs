//! Which of a deployment's alarms ring: those whose policy has an open alert.

use reqwest::Method;
use serde_json::Value;

use super::super::Gcp;
use super::super::call::{Call, Interface, Sent};
use super::super::deployment::{text, time};
use crate::ports::cloud::{CloudError, StackResource};
use crate::ports::sight::Ringing;

const POLICY: &str = "google_monitoring_alert_policy";

/// The most alerts of one answer (Cloud Monitoring API reference, `projects.alerts.list`).
const AT_ONCE: &str = "1000";

impl Gcp {
    /// Asks for what rings among what a stack has made, whoever keeps it.
    pub(in crate::drivers) async fn alarms(&self, resources: &[StackResource]) -> Result<Vec<Ringing>, CloudError> {
        let policies: Vec<(&str, &str)> = resources
            .iter()
            .filter(|one| one.kind == POLICY)
            .map(|one| (one.id.as_str(), own(one.physical.as_deref().unwrap_or_default())))
            .collect();
        if policies.is_empty() {
            return Ok(Vec::new());
        }
        let there = self.monitored("monitoring.alertPolicies.list", "alertPolicies", None).await?;
        let open = self.monitored("monitoring.alerts.list", "alerts", Some("state=\"OPEN\"")).await?;
        let mut ringing = Vec::new();
        for (id, policy) in policies {
            if !there.iter().any(|one| own(text(one, "/name")) == policy) {
                return Err(CloudError::NotFound { what: format!("the alert policy {id} ({policy})") });
            }
            let alerts = open.iter().filter(|alert| own(text(alert, "/policy/name")) == policy);
            // One that was closed since it was listed doesn't ring.
            ringing.extend(alerts.filter(|alert| text(alert, "/state") == "OPEN").map(|alert| Ringing {
                id: id.to_owned(),
                since: time(text(alert, "/openTime")),
                why: why(alert),
            }));
        }
        ringing.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(ringing)
    }

    /// A list of Cloud Monitoring's in the place's project.
    async fn monitored(&self, permission: &str, kind: &str, filter: Option<&str>) -> Result<Vec<Value>, CloudError> {
        let call = Call {
            permission,
            method: Method::GET,
            interface: Interface::Monitoring,
            on: vec!["v3", "projects", &self.place.account, kind],
            query: Vec::new(),
            sent: Sent::Nothing,
        };
        let call = call.with("pageSize", AT_ONCE);
        self.caller.list(&filter.into_iter().fold(call, |call, filter| call.with("filter", filter)), kind).await
    }
}

/// The last part of a name: projects go by their names as well as by their numbers.
fn own(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// Google gives no reason: what is measured, of what, and where the alert is found.
fn why(alert: &Value) -> String {
    let measured = [text(alert, "/metric/type"), text(alert, "/resource/type")];
    let measured: Vec<&str> = measured.into_iter().filter(|part| !part.is_empty()).collect();
    match measured.as_slice() {
        [] => format!("{} is open", text(alert, "/name")),
        parts => format!("{} ({} is open)", parts.join(" of "), text(alert, "/name")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::why;

    #[test]
    fn the_reason_is_what_was_measured_where_the_alert_says_it() {
        let alert = json!({
            "name": "projects/1/alerts/0.a", "metric": { "type": "run.googleapis.com/request_count" },
            "resource": { "type": "cloud_run_revision" },
        });
        let said = "run.googleapis.com/request_count of cloud_run_revision (projects/1/alerts/0.a is open)";
        assert_eq!(why(&alert), said);
        assert_eq!(why(&json!({ "name": "projects/1/alerts/0.a" })), "projects/1/alerts/0.a is open");
    }
}
