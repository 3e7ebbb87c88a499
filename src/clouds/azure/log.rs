//! Logs: a workspace of Log Analytics, for everything that the stack's components write down.

use serde_json::json;

use super::draft::Draft;
use super::id::Id;
use super::names;
use crate::diagnostics::finding::Finding;
use crate::model::log::Logs;

/// The component.
const COMPONENT: &str = "logs";
/// How long a workspace keeps logs, in days (Log Analytics documentation, "Manage data retention"): 30 days are in its price.
const KEEP: std::ops::RangeInclusive<u64> = 30..=730;

/// The workspace, made once.
pub(super) fn workspace(draft: &mut Draft<'_>) -> Id {
    let id = Id::new("Microsoft.OperationalInsights/workspaces", draft.stack_name(names::WORKSPACE));
    if draft.has(&id) {
        return id;
    }
    let days = check(draft, draft.stack.logs);
    draft.add(
        COMPONENT,
        &id,
        json!({
            "properties": {
                "sku": { "name": "PerGB2018" },
                "retentionInDays": days,
                // Whoever reads logs has to be somebody, and may read only what they may see anyway.
                "features": { "disableLocalAuth": true, "enableLogAccessUsingOnlyResourcePermissions": true },
            },
        }),
    );
    id
}

fn check(draft: &mut Draft<'_>, logs: Logs) -> u64 {
    for (key, phase, age) in [("warm-after", "warm", logs.warm_after), ("cold-after", "cold", logs.cold_after)] {
        let Some(age) = age else { continue };
        draft.findings.push(
            Finding::approximated("azure-log-phases", ["logs", key], format!("logs that are {phase} after `{age}`"))
                .why("this version of landfall leaves them in the workspace, where they are searched at once until they are deleted, which costs more")
                .fix("take the phase out in this environment (a null takes away what the base has), or take the price"),
        );
    }
    let days = super::network::days(logs.keep);
    if days > *KEEP.end() {
        draft.findings.push(
            Finding::refused("azure-logs", ["logs", "keep"], format!("logs kept for `{}`", logs.keep))
                .why(format!("a workspace keeps them for {} days at the longest", KEEP.end()))
                .fix(format!("choose a time up to `{}d`", KEEP.end())),
        );
    }
    if days < *KEEP.start() {
        draft.findings.push(
            Finding::approximated("azure-logs", ["logs", "keep"], format!("logs kept for `{}`", logs.keep))
                .why(format!("a workspace keeps them for {} days at the least", KEEP.start()))
                .fix(format!("write `{}d`", KEEP.start())),
        );
    }
    days.clamp(*KEEP.start(), *KEEP.end())
}

/// Sends what a resource writes down to the workspace, by the groups or categories of its logs.
pub(super) fn send(draft: &mut Draft<'_>, component: &str, from: &Id, categories: &[&str]) {
    let workspace = workspace(draft);
    let id = Id::new("Microsoft.Insights/diagnosticSettings", "logs");
    let logs: Vec<_> = categories.iter().map(|category| json!({ "category": category, "enabled": true })).collect();
    draft.add_over(component, from, &id, json!({ "properties": { "workspaceId": workspace.value(), "logs": logs } }));
}

/// Sends what Azure measures of a resource to the workspace too, once, so that queries can join it with other figures.
pub(super) fn measure(draft: &mut Draft<'_>, component: &str, of: &Id, condition: Option<String>) {
    let id = Id::new("Microsoft.Insights/diagnosticSettings", "metrics");
    if draft.has_over(of, &id) {
        return;
    }
    let workspace = workspace(draft);
    let metrics = json!([{ "category": "AllMetrics", "enabled": true }]);
    let mut body = json!({ "properties": { "workspaceId": workspace.value(), "metrics": metrics } });
    if let (Some(condition), Some(body)) = (condition, body.as_object_mut()) {
        body.insert("condition".to_owned(), super::expression::expression(condition));
    }
    draft.add_over(component, of, &id, body);
}
