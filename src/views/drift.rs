//! What `landfall drift` shows.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::output::{Format, Output};
use crate::ledger::sighting::Seen;
use crate::plan::drift::{DriftState, ResourceDrift};

/// What was found for a target.
pub struct Drifted {
    /// The target.
    pub target: String,
    /// What was found.
    pub found: Found,
}

/// What was found.
pub enum Found {
    /// Its resources were compared.
    Compared {
        /// All of them, with what differs and was not accepted.
        open: Vec<ResourceDrift>,
        /// What differs and was accepted.
        accepted: Vec<ResourceDrift>,
        /// What differs because it was switched.
        switched: Vec<ResourceDrift>,
    },
    /// It isn't deployed, and the ledger says so too.
    NotDeployed,
    /// The ledger says that it is deployed, but its stack is gone.
    Gone,
    /// It could not be asked.
    Unknown,
}

impl Found {
    /// Whether the cloud differs from what was deployed.
    pub fn differs(&self) -> bool {
        match self {
            Found::Compared { open, .. } => open.iter().any(ResourceDrift::differs),
            Found::Gone => true,
            Found::NotDeployed | Found::Unknown => false,
        }
    }

    /// What the ledger notes of it: which resources differ, and no value of theirs. None where nothing was seen.
    pub fn seen(&self) -> Option<Seen> {
        let ids = |resources: &[ResourceDrift]| {
            resources.iter().filter(|one| one.differs()).map(|one| one.id.clone()).collect::<Vec<_>>()
        };
        match self {
            Found::Compared { open, accepted, switched: _ } => {
                Some(Seen::Compared { open: ids(open), accepted: ids(accepted).len() })
            }
            Found::Gone => Some(Seen::Gone),
            Found::NotDeployed => Some(Seen::NotDeployed),
            Found::Unknown => None,
        }
    }
}

/// What `landfall drift --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this format: 1.
    pub format_version: u32,
    /// Whether anything differs.
    pub differs: bool,
    /// Each target with what was found: `state` is `compared`, `not-deployed`, `gone` or `unknown`, `resources` those that differ
    /// with their fields, `accepted` what was accepted of it, `switched` what differs because a setting was switched, `in_sync` and
    /// `not_checked` count the others.
    pub targets: Vec<Value>,
}

/// Shows what was found.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, all: &[Drifted]) -> io::Result<()> {
    let text = match output.format {
        Format::Json => {
            let report = Report {
                format_version: 1,
                differs: all.iter().any(|one| one.found.differs()),
                targets: all.iter().map(json).collect(),
            };
            format!("{}\n", serde_json::to_string_pretty(&report).map_err(io::Error::other)?)
        }
        Format::Markdown => all.iter().map(markdown).collect(),
        Format::Text | Format::Github => all.iter().map(text).collect(),
    };
    output.result(&text)
}

fn json(one: &Drifted) -> Value {
    let Drifted { target, found } = one;
    match found {
        Found::Compared { open: resources, accepted, switched } => {
            let count = |state: DriftState| resources.iter().filter(|resource| resource.state == state).count();
            json!({
                "target": target,
                "state": "compared",
                "resources": resources.iter().filter(|resource| resource.differs()).collect::<Vec<_>>(),
                "accepted": accepted,
                "switched": switched,
                "in_sync": count(DriftState::InSync),
                "not_checked": count(DriftState::NotChecked),
            })
        }
        Found::NotDeployed => json!({ "target": target, "state": "not-deployed" }),
        Found::Gone => json!({ "target": target, "state": "gone" }),
        Found::Unknown => json!({ "target": target, "state": "unknown" }),
    }
}

fn text(one: &Drifted) -> String {
    let Drifted { target, found } = one;
    let (resources, accepted, switched) = match found {
        Found::Compared { open, accepted, switched } => (open, accepted, switched),
        Found::NotDeployed => return format!("{target}: not deployed.\n"),
        Found::Gone => return format!("{target}: recorded as deployed, but its stack is gone.\n"),
        Found::Unknown => return format!("{target}: could not be asked.\n"),
    };
    let drifted: Vec<&ResourceDrift> = resources.iter().filter(|resource| resource.differs()).collect();
    let skipped = resources.iter().filter(|resource| resource.state == DriftState::NotChecked).count();
    let checked = resources.len() - skipped;
    let unchecked =
        if skipped > 0 { format!("; {skipped} of a type that the cloud can't check") } else { String::new() };
    let known = |found: &[ResourceDrift], how: &str| -> String {
        found.iter().flat_map(ResourceDrift::lines).map(|line| format!("  = {line}, {how}\n")).collect()
    };
    let known = known(accepted, "accepted") + &known(switched, "switched by `landfall flag set`");
    if drifted.is_empty() {
        return crate::views::safe(&format!("{target}: no drift in {checked} resources{unchecked}.\n{known}"));
    }
    let mut text = format!("{target}: {} of {checked} resources drifted{unchecked}.\n\n", drifted.len());
    for resource in drifted {
        let what = if resource.state == DriftState::Deleted { "deleted by hand" } else { "changed by hand" };
        let symbol = if resource.state == DriftState::Deleted { "-" } else { "~" };
        text.push_str(&format!("  {symbol} {} ({}) {what} [id={}]\n", resource.id, resource.kind, resource.physical));
        for field in &resource.fields {
            text.push_str(&match (&field.expected, &field.actual) {
                (Some(was), Some(is)) => format!("      ~ {}: {was} → {is}\n", field.path),
                (None, Some(is)) => format!("      + {}: {is}\n", field.path),
                (Some(was), None) => format!("      - {}: {was}\n", field.path),
                (None, None) => format!("      ~ {}\n", field.path),
            });
        }
    }
    text.push_str(&known);
    text.push_str(&format!(
        "\nAn apply that has nothing else to do leaves this as it is, on AWS any that doesn't change the same resource. `landfall drift {target} --revert` puts it back; \
         `--accept` records it as meant; what is to stay for good belongs into the environment of {target}.\n"
    ));
    crate::views::safe(&text)
}

fn markdown(one: &Drifted) -> String {
    let state = if one.found.differs() { "drifted" } else { "no drift" };
    format!(
        "<details><summary>{}: {state}</summary>\n\n```diff\n{}```\n</details>\n",
        one.target,
        text(one).replace("  ~", "!").replace("  -", "-").replace("  +", "+")
    )
}
