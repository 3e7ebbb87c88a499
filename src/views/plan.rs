//! What `landfall plan` and `landfall diff` show: text, JSON and Markdown.

mod cost;
mod markdown;
mod rank;
mod rollout;
mod text;
mod value;

use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::output::{Format, Output};
use crate::plan::approval::Approval;
use crate::plan::consequence::Consequence;
use crate::plan::saved::SavedPlan;
use crate::plan::{Counts, Plan};
use crate::views::output::printable::printable_json;

/// The version of the JSON form.
pub const FORMAT_VERSION: u32 = 1;

/// What stands around a plan when it is shown.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The digest of the saved plan, where there is one.
    pub digest: Option<String>,
    /// What to say where nothing changes.
    pub nothing: String,
    /// The next command to run, where there is one.
    pub next: Option<String>,
}

/// What `--format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report<'a> {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The digest of the saved plan; none for a comparison of two documents.
    pub digest: Option<&'a str>,
    /// How many resources are touched.
    pub counts: Counts,
    /// The worst consequence; none where nothing changes.
    pub consequence: Option<Consequence>,
    /// What has to be approved by name before it is carried out.
    pub approvals_needed: Vec<Approval>,
    /// The plan itself.
    pub plan: &'a Plan,
}

/// What `--format json` prints of a plan.
pub fn report<'a>(plan: &'a Plan, digest: Option<&'a str>) -> Report<'a> {
    Report {
        format_version: FORMAT_VERSION,
        digest,
        counts: plan.counts(),
        consequence: plan.consequence(),
        approvals_needed: plan.approvals_needed(),
        plan,
    }
}

/// The schema of [`Report`].
pub fn schema() -> Value {
    schemars::schema_for!(Report<'static>).to_value()
}

/// Shows the plan of a target, and the next command where there is one to run.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, saved: &SavedPlan, next: Option<String>) -> io::Result<()> {
    let plan = &saved.sealed.plan;
    let around = Around {
        digest: Some(saved.digest.to_string()),
        nothing: "No changes. Your infrastructure matches the configuration.".to_owned(),
        next: next.filter(|_| !plan.is_empty()),
    };
    show_plan(output, plan, &around)
}

/// Shows a plan with what stands around it.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show_plan(output: &mut Output, plan: &Plan, around: &Around) -> io::Result<()> {
    match output.format {
        Format::Json => {
            let report = report(plan, around.digest.as_deref());
            let json = serde_json::to_string_pretty(&report).map_err(io::Error::other)?;
            output.result(&format!("{}\n", printable_json(&json)))
        }
        Format::Markdown => output.result(&markdown::page(plan, around)),
        Format::Text | Format::Github => {
            let page = text::page(plan, around, output.coloured_results, output.width);
            output.result(&page)
        }
    }
}

/// The last line of every plan: `Plan: 3 to add, 1 to change, 0 to destroy.`
pub(super) fn summary(plan: &Plan) -> String {
    let Counts { add, change, destroy, forget } = plan.counts();
    let left = if forget > 0 { format!(", {forget} to leave behind") } else { String::new() };
    format!("Plan: {add} to add, {change} to change, {destroy} to destroy{left}.")
}

#[cfg(test)]
mod tests;
