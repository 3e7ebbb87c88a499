//! Environment variables of workloads.

use serde_json::{Value, json};

use super::draft::{Draft, at};
use super::expression::code;
use super::names;
use super::{access, artifact, cache, reference, secret};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::variable::{Variable, VariableName};
use crate::model::workload::{BUILD, ROTATIONS};

/// Names that Cloud Run sets itself (Cloud Run documentation, "Container runtime contract", environment variables).
const RESERVED: [&str; 8] = [
    "CLOUD_RUN_EXECUTION",
    "CLOUD_RUN_JOB",
    "CLOUD_RUN_TASK_COUNT",
    "CLOUD_RUN_TASK_INDEX",
    "K_CONFIGURATION",
    "K_REVISION",
    "K_SERVICE",
    "PORT",
];

/// Variables, and what has to be there before they can be read.
#[derive(Default)]
pub(super) struct Variables {
    /// As Cloud Run takes them.
    pub(super) written: Vec<Value>,
    /// Addresses of resources.
    pub(super) first: Vec<String>,
}

/// The variables of a workload that runs an artifact. A secret comes as its value; the workload's account may then read it.
pub(super) fn render<'a>(
    draft: &mut Draft<'_>,
    of: &Reference,
    variables: impl Iterator<Item = (&'a VariableName, &'a Variable)>,
    rotations: Option<String>,
    runs: &Name,
) -> Variables {
    let mut all = Variables::default();
    for (name, variable) in variables {
        if RESERVED.contains(&name.as_str()) || name.as_str().starts_with("X_GOOGLE_") {
            draft.findings.push(
                Finding::error(
                    "reserved-variable",
                    at(of, &["environment", name.as_str()]),
                    format!("Cloud Run keeps `{name}` for itself"),
                )
                .why("it sets it, or refuses it")
                .fix("choose another name"),
            );
        }
        let value = match variable {
            Variable::Text(text) => json!(text),
            Variable::Number(number) => json!(number.to_string()),
            Variable::Decimal(number) => json!(number.to_string()),
            Variable::Switch(on) => json!(on.to_string()),
            Variable::From(from) => match reference::value(draft, &from.from) {
                Ok(value) => value,
                Err(why) => {
                    draft.refuse(
                        "gcp-attribute",
                        of,
                        &["environment", name.as_str(), "from"],
                        format!("`{}`", from.from),
                        why,
                        "leave the variable out here",
                    );
                    continue;
                }
            },
            Variable::Secret(from) => {
                let Some((place, version)) = place(draft, of, name, &from.secret) else { continue };
                let may = access::secret(draft, of, &from.secret);
                all.first.push(version);
                all.first.push(may);
                all.written.push(json!({
                    "name": name.as_str(),
                    "value_source": { "secret_key_ref": { "secret": place, "version": "latest" } },
                }));
                continue;
            }
        };
        all.written.push(json!({ "name": name.as_str(), "value": value }));
    }
    if let Some(rotations) = rotations {
        all.written.push(json!({ "name": ROTATIONS, "value": rotations }));
    }
    let taken = all.written.iter().any(|variable| variable["name"] == BUILD);
    if draft.stack.asks_build(of) && !taken {
        all.written.push(json!({ "name": BUILD, "value": code(format!("var.{}", artifact::image(runs))) }));
    }
    all
}

/// Where a secret stands, and the address of its first version.
fn place(draft: &mut Draft<'_>, of: &Reference, name: &VariableName, wanted: &Reference) -> Option<(Value, String)> {
    let local = names::local(wanted);
    match wanted.kind {
        Kind::Secret if draft.stack.has(wanted) => {
            Some((super::draft::attribute(secret::KIND, &local, "secret_id"), secret::first_version(&local)))
        }
        Kind::Cache if draft.stack.has(wanted) => {
            Some((cache::token(wanted), secret::first_version(&format!("{local}_token"))))
        }
        Kind::Database => {
            draft.refuse(
                "gcp-database-login",
                of,
                &["environment", name.as_str(), "secret"],
                format!("the login that the cloud keeps for `{wanted}`"),
                "Cloud SQL keeps none",
                "set `identity-login: true` on the database, so that workloads log in as what they are",
            );
            None
        }
        _ => None,
    }
}
