//! Budgets: AWS Budgets, on everything that the account spends.
//!
//! A budget for this environment alone would have to go by tags, and sees nothing until somebody has activated them for
//! billing. The account's spending is never less than the environment's: the alert comes early rather than never. Narrow
//! it with an override of `Budget` where several environments share an account.

use serde_json::{Value, json};

use super::alarm;
use super::draft::Draft;
use super::expression::number;
use super::names;
use crate::diagnostics::finding::Finding;
use crate::model::budget::Budget;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::units::Percent;

/// The most alerts of a budget (AWS Budgets user guide, "Quotas").
const ALERTS: usize = 10;

/// Adds a budget. It has no name of ours: a change of its alerts replaces it (registry, create-only).
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, budget: &Budget) {
    let of = Reference::new(Kind::Budget, name);
    let told = alarm::told(draft, &of, &budget.notify);
    let alerts = budget.alert_at.len() + budget.forecast_at.len();
    let [section, key] = of.path();
    if alerts > ALERTS {
        draft.findings.push(
            Finding::error(
                "budget-alerts",
                [section.clone(), key.clone(), "alert-at".to_owned()],
                format!("{alerts} alerts are too many"),
            )
            .why(format!("AWS takes {ALERTS} a budget"))
            .fix("remove some of `alert-at` and `forecast-at`"),
        );
    }
    if told.len() > 1 {
        draft.findings.push(
            Finding::error("budget-topics", [section, key, "notify".to_owned()], "a budget can tell one topic only")
                .why("AWS takes one topic an alert")
                .fix("name one topic; it may have many subscribers"),
        );
    }
    let alert = |kind: &str, share: &Percent| {
        json!({
            "Notification": {
                "NotificationType": kind,
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": number(share.percent()),
                "ThresholdType": "PERCENTAGE",
            },
            "Subscribers": told.iter().map(|topic| json!({ "SubscriptionType": "SNS", "Address": topic })).collect::<Vec<Value>>(),
        })
    };
    let alerts: Vec<Value> = budget
        .alert_at
        .iter()
        .map(|share| alert("ACTUAL", share))
        .chain(budget.forecast_at.iter().map(|share| alert("FORECASTED", share)))
        .collect();
    draft.add(
        &of.to_string(),
        names::logical(&of),
        "AWS::Budgets::Budget",
        json!({
            "Budget": {
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": { "Amount": number(budget.monthly.dollars()), "Unit": "USD" },
            },
            "NotificationsWithSubscribers": alerts,
        }),
    );
}
