//! A target on Google Cloud, and two of its documents side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::billing;
use super::comparison::{compare, resources};
use super::document::Document;
use super::domain;
use super::impact::protection;
use super::render::render;
use super::{alarm, artifact, database, function, names, registry, secret, service};
use crate::clouds::{Deployed, Migrating, Rendered, SecretPlace, rollout};
use crate::cost::bill::Bill;
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::plan::Plan;
use crate::plan::change::Action;
use crate::plan::deployment::Place;
use crate::plan::refusal::Refusal;
use crate::plan::rollout::{Rollout, Watcher};

/// Renders a stack as a Terraform document.
///
/// # Errors
/// All that Google Cloud would refuse and that can be known beforehand.
pub fn rendered(target: &Target, stack: &Stack) -> Result<Rendered, Vec<Finding>> {
    let rendered = render(target, stack)?;
    let document = rendered.document.to_json();
    let document = document.map_err(|error| vec![Finding::error("unwritable", ["description"], error.to_string())])?;
    let placement = &stack.placement;
    Ok(Rendered {
        name: "main.tf.json",
        document,
        beside: BTreeMap::from([("versions.tf.json", rendered.versions)]),
        findings: rendered.findings,
        parameters: rendered.parameters,
        registries: registries(stack),
        migrating: migrating(stack),
        tags: stack.tags.clone(),
        policy: None,
        // One a project and region, shared by all targets there.
        bucket: format!("landfall-{}-{}", placement.account, placement.region),
    })
}

/// The output that holds the address of a service.
pub fn address_output(of: &Reference) -> Option<String> {
    (of.kind == Kind::Service).then(|| service::address_output(of))
}

/// The services that roll out: landfall watches, once the deployment is done.
pub fn rollouts(stack: &Stack) -> Vec<Rollout> {
    let led = |of: &Reference| format!("{}.{}", service::SERVICE, names::local(of));
    rollout::rollouts(stack, Watcher::Landfall, led, |of| Some(format!("{}.{}", alarm::KIND, names::local(of))))
}

/// The resource of a database's copy in another region.
pub fn copy_elsewhere(name: &Name) -> String {
    let local = database::elsewhere_local(&names::local(&Reference::new(Kind::Database, name)));
    format!("{}.{local}", database::KIND)
}

/// The variable that names the build that answers for a service.
pub fn build_parameter(stack: &Stack, of: &Reference) -> Option<String> {
    let service = stack.services.get(&of.name).filter(|_| of.kind == Kind::Service)?;
    Some(artifact::image(&service.artifact))
}

/// The registries that the image of each variable is run from.
fn registries(stack: &Stack) -> BTreeMap<String, BTreeSet<String>> {
    let functions = stack.functions.values().map(|function| (&function.artifact, registry::FUNCTIONS.to_owned()));
    let services = stack.services.values().map(|service| {
        let of = Reference::new(Kind::Registry, &service.registry);
        (&service.artifact, names::local(&of))
    });
    let mut registries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (run, local) in functions.chain(services) {
        registries.entry(artifact::image(run)).or_default().insert(format!("{}.{local}", registry::KIND));
    }
    registries
}

/// The job that brings the schema up to date.
fn migrating(stack: &Stack) -> Option<Migrating> {
    let run = &stack.migrations.as_ref()?.run;
    let function = stack.functions.get(&run.name)?;
    Some(Migrating {
        function: format!("{}.{}", function::JOB, names::local(run)),
        parameter: artifact::image(&function.artifact),
        seconds: function.timeout.as_seconds(),
    })
}

/// The name on the internet of a service with a load balancer, or of an API.
pub fn public_host(stack: &Stack, of: &Reference) -> Option<String> {
    domain::host(stack, of)
}

/// Where the value of a secret is put.
pub fn secret_place(name: &Name) -> SecretPlace {
    let local = names::local(&Reference::new(Kind::Secret, name));
    SecretPlace { resource: format!("{}.{local}", secret::KIND), inside: String::new() }
}

/// What differs between two documents of a target, by meaning.
///
/// # Errors
/// Why one of them can't be read.
pub fn compared(target: &Target, _: &Place, before: &Deployed, after: &Deployed) -> Result<Plan, String> {
    let (old, new) = (read(before)?, read(after)?);
    Ok(compare(&target.to_string(), (&old, &before.parameters), (&new, &after.parameters)))
}

/// What Terraform refuses of a plan that leads away from what is deployed, because what is deployed is protected.
///
/// # Errors
/// Why the deployed document can't be read.
pub fn refused(_: &Target, _: &Place, deployed: &Deployed, plan: &Plan) -> Result<Vec<Refusal>, String> {
    let resources = resources(&read(deployed)?, &deployed.parameters);
    let goes = |action: Action| matches!(action, Action::Delete | Action::Replace);
    let mut refusals = Vec::new();
    for change in plan.changes.iter().filter(|change| goes(change.action)) {
        let resource = resources.iter().find(|resource| resource.id == change.id);
        if let Some(setting) = resource.and_then(protection) {
            let owner = change.component.as_deref().unwrap_or(&change.id);
            refusals.push(Refusal {
                resource: change.id.clone(),
                why: format!("{} can't be deleted while its {setting} is on", change.id),
                remedy: format!("turn the protection of {owner} off and apply that first"),
            });
        }
    }
    Ok(refusals)
}

/// What Google Cloud bills of a document.
///
/// # Errors
/// Why it can't be read.
pub fn bill(deployed: &Deployed) -> Result<Bill, String> {
    let document = read(deployed)?;
    Ok(billing::bill(&resources(&document, &billing::given(&document, &deployed.parameters))))
}

fn read(deployed: &Deployed) -> Result<Document, String> {
    if deployed.document.is_empty() {
        return Ok(Document::default());
    }
    Document::read(deployed.document.as_bytes()).map_err(|error| error.to_string())
}
