//! Watches for unusual spending: AWS Cost Anomaly Detection, service by service, over the whole account.
//!
//! The monitor of services is the only kind that every account may make; those by tag or linked account belong to the
//! organisation's management account (Cost Management user guide, "Creating your cost monitors"). An account has one of
//! it, so two environments with a watch can't share an account.

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::attribute;
use super::{alarm, names};
use crate::diagnostics::finding::Finding;
use crate::model::cost_anomaly::CostAnomaly;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};

/// Adds a watch.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, anomaly: &CostAnomaly) {
    let of = Reference::new(Kind::CostAnomaly, name);
    let component = of.to_string();
    let id = names::logical(&of);
    let told = alarm::told(draft, &of, &anomaly.notify);
    if told.len() > 1 {
        let [section, key] = of.path();
        draft.findings.push(
            Finding::error(
                "anomaly-topics",
                [section, key, "notify".to_owned()],
                "a watch for unusual spending can tell one topic only",
            )
            .why("AWS takes one topic a subscription that tells at once")
            .fix("name one topic; it may have many subscribers"),
        );
    }
    let physical = names::physical(draft.target, name, names::ANOMALY);
    draft.add(
        &component,
        format!("{id}Monitor"),
        "AWS::CE::AnomalyMonitor",
        json!({ "MonitorName": physical, "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE" }),
    );
    draft.add(
        &component,
        &id,
        "AWS::CE::AnomalySubscription",
        json!({
            "SubscriptionName": physical,
            "MonitorArnList": [attribute(format!("{id}Monitor"), "MonitorArn")],
            "Frequency": "IMMEDIATE",
            "ThresholdExpression": threshold(anomaly).to_string(),
            "Subscribers": told.iter().map(|topic| json!({ "Type": "SNS", "Address": topic })).collect::<Vec<Value>>(),
        }),
    );
}

/// So much above the usual, all in all (Cost Explorer API reference, AnomalySubscription, ThresholdExpression).
fn threshold(anomaly: &CostAnomaly) -> Value {
    json!({ "Dimensions": {
        "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
        "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
        "Values": [anomaly.daily_above.dollars().to_string()],
    } })
}
