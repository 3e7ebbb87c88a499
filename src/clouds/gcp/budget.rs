//! Budgets: of the project, told to the channels and topics of Cloud Billing.

use serde_json::{Value, json};

use super::draft::{Draft, attribute};
use super::expression::{Piece, joined, text};
use super::{names, queue, topic};
use crate::model::budget::Budget;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};

/// The most channels of a budget (Cloud Billing Budget API reference, `NotificationsRule.monitoringNotificationChannels`).
const CHANNELS: usize = 5;

/// Adds a budget.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, budget: &Budget) {
    let of = Reference::new(Kind::Budget, name);
    draft.nearly(
        "gcp-budget",
        &of,
        &["monthly"],
        format!("a limit of {} a month on this environment", budget.monthly),
        "the amount is in the currency that the billing account is billed in, and counts what carries the label `environment` in the project; what can't carry labels isn't counted",
        "give the environment a project of its own, and look at the whole project's costs too",
    );
    let told: Vec<&Reference> = budget.notify.iter().filter(|topic| draft.stack.has(topic)).collect();
    let mut channels: Vec<Value> = told.iter().flat_map(|topic| topic::mailboxes(draft, &topic.name)).collect();
    if channels.len() > CHANNELS {
        draft.refuse(
            "gcp-budget",
            &of,
            &["notify"],
            format!("{} mailboxes are told", channels.len()),
            format!("a budget of Google Cloud tells {CHANNELS} mailboxes at most"),
            "let one mailbox forward to the others",
        );
    }
    channels.truncate(CHANNELS);
    let heard: Vec<&&Reference> = told.iter().filter(|topic| topic::hears_more(draft.stack, &topic.name)).collect();
    if heard.len() > 1 {
        draft.refuse(
            "gcp-budget",
            &of,
            &["notify"],
            format!("{} topics with listeners are told", heard.len()),
            "a budget of Google Cloud publishes to one topic",
            "name one topic, and let its function tell the others",
        );
    }
    let published = heard.first().map(|topic| attribute(queue::TOPIC, &names::local(topic), "id"));
    let number = draft.project_number();
    let rules: Vec<Value> = budget
        .alert_at
        .iter()
        .map(|share| (share, "CURRENT_SPEND"))
        .chain(budget.forecast_at.iter().map(|share| (share, "FORECASTED_SPEND")))
        .map(|(share, basis)| json!({ "threshold_percent": share.fraction(), "spend_basis": basis }))
        .collect();
    let cents = budget.monthly.cents();
    let environment = draft.target.environment.to_string();
    draft.add(
        &of.to_string(),
        "google_billing_budget",
        names::local(&of),
        json!({
            "billing_account": attribute("data.google_project", "here", "billing_account"),
            "display_name": names::physical(draft.target, name, names::BUDGET),
            "amount": {
                "specified_amount": {
                    "units": (cents / 100).to_string(),
                    "nanos": (!cents.is_multiple_of(100)).then_some(cents % 100 * 10_000_000),
                },
            },
            "budget_filter": {
                "projects": [joined([text("projects/"), Piece::Code(number)])],
                "labels": { "environment": environment },
                "calendar_period": "MONTH",
            },
            "threshold_rules": rules,
            "all_updates_rule": {
                "monitoring_notification_channels": channels,
                "pubsub_topic": published,
                "schema_version": "1.0",
                "disable_default_iam_recipients": true,
            },
        }),
    );
}
