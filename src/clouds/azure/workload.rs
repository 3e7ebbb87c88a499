//! What functions, schedules and services have in common: a container with an identity, variables and secrets.

use serde_json::{Map, Value, json};

use super::access::{self, Identity};
use super::draft::Draft;
use super::expression::{expression, parameter};
use super::{artifact, cache, reference, registry, secret};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::units::Size;
use crate::model::variable::Variable;
use crate::model::workload::{BUILD, ROTATIONS, Workload};

/// The variable with the identity that a workload has, as Azure's libraries look for it (Azure Identity documentation,
/// "Environment variables").
const CLIENT: &str = "AZURE_CLIENT_ID";
/// The most processors of a container, in quarters (Container Apps documentation, "Containers", consumption profile).
const QUARTERS: u64 = 16;
/// Memory that comes with a quarter of a processor, in MiB (same place).
const MEMORY_OF_A_QUARTER: u64 = 512;

/// What a workload's container is made of, besides what its kind adds.
#[derive(Clone)]
pub(super) struct Container {
    /// Who it is.
    pub(super) identity: Identity,
    /// The image; text that leads nowhere where there is no registry, beside a finding.
    pub(super) image: Value,
    /// Its variables.
    pub(super) environment: Vec<Value>,
    /// The secrets that variables hold.
    secrets: Vec<Value>,
    /// Where its images come from.
    registries: Vec<Value>,
}

impl Container {
    /// What jobs and apps are configured with alike.
    pub(super) fn configuration(&self) -> Map<String, Value> {
        Map::from_iter([("secrets".to_owned(), json!(self.secrets)), ("registries".to_owned(), json!(self.registries))])
    }
}

/// A workload's container, with its identity added to the template.
pub(super) fn container(draft: &mut Draft<'_>, workload: &Workload<'_>, artifact: &Name) -> Container {
    let identity = access::identity(draft, workload, artifact);
    let image = artifact::image(draft, artifact).unwrap_or_else(|| {
        let finding = Finding::refused("azure-registry", workload.path(["artifact"]), "code without a registry")
            .why("functions and services run as containers in Azure, and their images come out of a registry of the stack")
            .fix("add a registry: `registries: {images: {}}`");
        draft.findings.push(finding);
        json!("")
    });
    if draft.stack.artifacts.get(artifact).is_some_and(|artifact| artifact.zip.is_some()) {
        let finding = Finding::refused("azure-archive", workload.path(["artifact"]), "code in a zip archive")
            .why("functions run as containers in Azure; an archive that somebody else built can't be put into an image")
            .fix("build it from a `crate` or from `executables`");
        draft.findings.push(finding);
    }
    let registry = registry::of_artifact(draft.stack, artifact).map(|name| registry::server(draft, name));
    let registries =
        registry.into_iter().map(|server| json!({ "server": server, "identity": identity.id.value() })).collect();
    let mut container = Container { environment: Vec::new(), secrets: Vec::new(), image, registries, identity };
    variables(draft, workload, artifact, &mut container);
    container
}

fn variables(draft: &mut Draft<'_>, workload: &Workload<'_>, runs: &Name, container: &mut Container) {
    let text = |name: &str, value: Value| json!({ "name": name, "value": value });
    container.environment.push(text(CLIENT, container.identity.id.gives("clientId")));
    for (name, variable) in workload.environment {
        let value = match variable {
            Variable::Text(text) => Some(json!(text)),
            Variable::Number(number) => Some(json!(number.to_string())),
            Variable::Decimal(number) => Some(json!(number.to_string())),
            Variable::Switch(on) => Some(json!(on.to_string())),
            Variable::From(from) => reference::value(draft, &from.from),
            Variable::Secret(from) => {
                let held = secret_of(draft, container, &from.secret);
                if let Some(held) = held {
                    container.environment.push(json!({ "name": name.as_str(), "secretRef": held }));
                    continue;
                }
                None
            }
        };
        match value {
            Some(value) => container.environment.push(text(name.as_str(), value)),
            None => {
                let finding = Finding::refused(
                    "azure-variable",
                    workload.path(["environment", name.as_str()]),
                    format!("a value for `{name}`"),
                );
                let fix = "give it another value in this environment";
                draft.findings.push(finding.why("Azure has nothing that could give it that value").fix(fix));
            }
        }
    }
    if let Some(rotations) = draft.stack.rotations(workload.environment, workload.access) {
        container.environment.push(text(ROTATIONS, json!(rotations)));
    }
    let taken = container.environment.iter().any(|variable| variable["name"] == BUILD);
    if draft.stack.asks_build(&workload.reference) && !taken {
        container.environment.push(text(BUILD, parameter(&artifact::parameter(runs))));
    }
}

/// The name under which a container has a secret; none where Azure has no such secret.
fn secret_of(draft: &mut Draft<'_>, container: &mut Container, of: &Reference) -> Option<String> {
    if !draft.stack.has(of) {
        return None;
    }
    let held = of.to_string().replace('.', "-");
    let entry = match of.kind {
        Kind::Secret => json!({
            "name": held,
            "keyVaultUrl": secret::address(draft, &of.name),
            "identity": container.identity.id.value(),
        }),
        // The key is asked for while the template is carried out and never stands in it.
        Kind::Cache => {
            let keys = cache::keys(draft, &of.name);
            json!({ "name": held, "value": keys })
        }
        // Nobody has a password to a database: identities log in.
        _ => return None,
    };
    if !container.secrets.contains(&entry) {
        container.secrets.push(entry);
    }
    Some(held)
}

/// Processors and memory of a container: pairs, of which the smallest is taken that has both.
pub(super) fn resources(draft: &mut Draft<'_>, of: &Reference, quarters: u64, memory: Size) -> Value {
    let for_memory = memory.bytes().div_ceil(MEMORY_OF_A_QUARTER * 1024 * 1024).max(1);
    let taken = quarters.max(for_memory);
    if taken > QUARTERS {
        draft.never(
            "azure-container",
            of,
            ["memory"],
            "more than 4 processors or 8 GiB",
            "a container of the consumption profile has at most 4 processors and 8 GiB, half a GiB for each quarter of a processor",
            "ask for less",
        );
    }
    let taken = taken.min(QUARTERS);
    let memory = taken * MEMORY_OF_A_QUARTER;
    let memory = if memory.is_multiple_of(1024) {
        format!("{}Gi", memory / 1024)
    } else {
        format!("{}Gi", memory as f64 / 1024.0)
    };
    json!({ "cpu": super::expression::number(taken as f64 / 4.0), "memory": memory })
}

/// Holds a resource back until the image was given that it needs.
pub(super) fn held_back(body: &mut Value, artifact: &Name) {
    if let Some(body) = body.as_object_mut() {
        body.insert("condition".to_owned(), expression(artifact::given(artifact)));
    }
}
