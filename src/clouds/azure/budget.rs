//! Budgets: on the stack's resource group, told to the action groups of topics.

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::expression::{expression, number};
use super::id::Id;
use super::{names, topic};
use crate::model::budget::Budget;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::units::Percent;

/// The most notifications of a budget (Cost Management documentation, "Create and manage budgets").
const NOTIFICATIONS: usize = 5;
/// The parameter with the first day of the month in which the budget was made.
const START: &str = "budgetStart";

/// Adds a budget.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, budget: &Budget) {
    let of = Reference::new(Kind::Budget, name);
    let shares: Vec<(&str, &str, Percent)> = budget
        .alert_at
        .iter()
        .map(|share| ("spent", "Actual", *share))
        .chain(budget.forecast_at.iter().map(|share| ("forecast", "Forecasted", *share)))
        .collect();
    if shares.len() > NOTIFICATIONS {
        draft.never(
            "azure-budget",
            &of,
            ["alert-at"],
            format!("{} shares at which somebody is told", shares.len()),
            format!("a budget of Azure tells of {NOTIFICATIONS} shares at most"),
            "name fewer",
        );
    }
    draft.nearly(
        "azure-budget",
        &of,
        ["monthly"],
        format!("a limit of {} a month from now on", budget.monthly),
        format!("the amount is in the currency that the subscription is billed in, and the budget counts from the month that the parameter {START} names: this one, where it isn't given"),
        format!("give {START} the value of the first deployment in later ones"),
    );
    let told = topic::told(draft, &budget.notify);
    let notifications: Map<String, Value> = shares
        .into_iter()
        .map(|(word, kind, share)| {
            let told = json!({
                "enabled": true,
                "operator": "GreaterThan",
                "threshold": number(share.percent()),
                "thresholdType": kind,
                "contactEmails": [],
                "contactGroups": told,
            });
            (format!("{word}-{}", share.percent()), told)
        })
        .collect();
    draft.start_of_month(START);
    let id = Id::new("Microsoft.Consumption/budgets", draft.physical(name.as_str(), names::BUDGET));
    draft.add(
        &of.to_string(),
        &id,
        json!({
            "properties": {
                "amount": number(budget.monthly.dollars()),
                "category": "Cost",
                "timeGrain": "Monthly",
                "timePeriod": { "startDate": expression(format!("parameters('{START}')")) },
                "notifications": notifications,
            },
        }),
    );
}
