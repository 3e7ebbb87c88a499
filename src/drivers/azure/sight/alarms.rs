//! Which of a stack's alarms ring: those whose rule has an alert that fired and isn't resolved.

use serde_json::Value;

use super::super::Azure;
use super::super::call::Call;
use super::super::identifier::{kind, label};
use super::super::stack::{list, text, time};
use crate::ports::cloud::CloudError;
use crate::ports::sight::Ringing;

/// The types of rules.
const RULES: [&str; 2] = ["Microsoft.Insights/metricAlerts", "Microsoft.Insights/scheduledQueryRules"];

/// The version of the alerts' interface.
const VERSION: &str = "2019-03-01";

/// As far back as alerts are kept, and as many as one answer takes (REST API reference, Alerts, Get All).
const ASKED: &str = "monitorCondition=Fired&timeRange=30d&pageCount=250";

impl Azure {
    /// Asks for what rings of a stack.
    pub(super) async fn alarms(&self, stack: &Value) -> Result<Vec<Ringing>, CloudError> {
        let managed = list(stack, "/properties/resources");
        let rules: Vec<(&str, &str)> = managed
            .map(|one| (text(one, "/id"), text(one, "/apiVersion")))
            .filter(|(id, _)| RULES.contains(&kind(id).as_str()))
            .collect();
        if rules.is_empty() {
            return Ok(Vec::new());
        }
        for (id, version) in &rules {
            let permission = format!("{}/read", kind(id));
            if self.caller.find(&Call::get(&permission, id, version)).await?.is_none() {
                return Err(CloudError::NotFound { what: format!("the alert rule {}", label(id)) });
            }
        }
        let path = format!("/subscriptions/{}/providers/Microsoft.AlertsManagement/alerts", self.place.account);
        let mut call = Call::get("Microsoft.AlertsManagement/alerts/read", &path, VERSION);
        call.query = format!("{}&{ASKED}", call.query);
        let mut ringing = Vec::new();
        for alert in self.caller.list(call).await? {
            let Some((id, _)) = rules.iter().find(|(id, _)| is_of(&alert, id)) else { continue };
            let since = time(text(&alert, "/properties/essentials/startDateTime"));
            ringing.push(Ringing { id: label(id), since, why: why(&alert) });
        }
        ringing.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(ringing)
    }
}

/// Whether an alert is of a rule, which some services name by its identifier and others by its name (REST API reference, Alerts,
/// `Essentials.alertRule`).
fn is_of(alert: &Value, rule: &str) -> bool {
    let said = text(alert, "/properties/essentials/alertRule");
    let own = rule.rsplit('/').next().unwrap_or_default();
    said.eq_ignore_ascii_case(if said.contains('/') { rule } else { own })
}

fn why(alert: &Value) -> String {
    let said = [text(alert, "/properties/essentials/description"), text(alert, "/name")];
    said.into_iter().find(|said| !said.is_empty()).unwrap_or("no reason given").to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_of;

    #[test]
    fn an_alert_names_its_rule_in_full_or_by_its_name() {
        let rule = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/metricAlerts/shop-dev-deep";
        let alert = |said: &str| json!({ "properties": { "essentials": { "alertRule": said } } });
        assert!(is_of(&alert(&rule.to_lowercase()), rule));
        assert!(is_of(&alert("Shop-Dev-Deep"), rule));
        assert!(!is_of(&alert(&rule.replace("/g/", "/other/")), rule));
        assert!(!is_of(&alert("deep"), rule));
    }
}
