//! A target as a deployment stack takes it, and two of its documents side by side.

use std::collections::BTreeMap;

use super::billing;
use super::comparison::{Side, compare, resources};
use super::document::Template;
use super::domain;
use super::draft::Draft;
use super::render::render;
use super::service::front_door;
use super::{alarm, artifact, database, names, refusal, secret, service};
use crate::clouds::{Deployed, Parameter, Rendered, SecretPlace, rollout};
use crate::cost::bill::Bill;
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::plan::Plan;
use crate::plan::deployment::Place;
use crate::plan::refusal::Refusal;
use crate::plan::rollout::{Rollout, Watcher};

/// Renders a stack as an ARM template.
///
/// # Errors
/// All that Azure would refuse and that can be known beforehand.
pub fn rendered(target: &Target, stack: &Stack) -> Result<Rendered, Vec<Finding>> {
    let rendered = render(target, stack)?;
    let document = rendered.template.to_json();
    let document = document.map_err(|error| vec![Finding::error("unwritable", ["description"], error.to_string())])?;
    Ok(Rendered {
        name: "azuredeploy.json",
        document,
        beside: BTreeMap::new(),
        findings: rendered.findings,
        registries: rendered.images.iter().map(|(id, image)| (id.clone(), [image.registry.clone()].into())).collect(),
        parameters: rendered.images.into_iter().map(|(id, image)| (id, Parameter::Image(image.artifact))).collect(),
        migrating: rendered.migrating,
        tags: rendered.tags,
        policy: None,
        // Images go into the stack's registries; only releases and plans need a store.
        bucket: format!("landfall-{}", names::stack(target)),
    })
}

/// The output that holds the address of a service.
pub fn address_output(of: &Reference) -> Option<String> {
    (of.kind == Kind::Service).then(|| front_door::address_output(of))
}

/// The services that roll out: landfall watches, once the deployment is done.
///
/// # Errors
/// Why the template can't be read.
pub fn rollouts(target: &Target, stack: &Stack, document: &Deployed) -> Result<Vec<Rollout>, String> {
    if stack.services.values().all(|service| service.rollout.is_none()) {
        return Ok(Vec::new());
    }
    let template = read(document)?;
    let made = resources(Side { template: &template, parameters: &document.parameters });
    let draft = Draft::new(target, stack);
    let led = |of: &Reference| service::id(&draft, &of.name).label();
    let alarm = |of: &Reference| {
        let of = Some(of.to_string());
        let rule = made.iter().find(|one| one.component == of && alarm::RULES.contains(&one.kind.as_str()))?;
        Some(rule.id.clone())
    };
    Ok(rollout::rollouts(stack, Watcher::Landfall, led, alarm))
}

/// The resource of a database's copy in another region.
pub fn copy_elsewhere(target: &Target, stack: &Stack, name: &Name, region: &str) -> String {
    database::replica::elsewhere(&Draft::new(target, stack), name, region).label()
}

/// The parameter that names the build that answers for a service.
pub fn build_parameter(stack: &Stack, of: &Reference) -> Option<String> {
    let service = stack.services.get(&of.name).filter(|_| of.kind == Kind::Service)?;
    Some(artifact::parameter(&service.artifact))
}

/// The name on the internet of a service with a load balancer, or of an API.
pub fn public_host(stack: &Stack, of: &Reference) -> Option<String> {
    domain::host(stack, of)
}

/// Where the value of a secret is put.
pub fn secret_place(target: &Target, stack: &Stack, name: &Name) -> SecretPlace {
    let vault = secret::vault(&Draft::new(target, stack), name);
    SecretPlace { resource: vault.label(), inside: format!("/secrets/{}", secret::VALUE) }
}

/// What differs between two documents of a target, by meaning.
///
/// # Errors
/// Why one of them can't be read.
pub fn compared(target: &Target, _: &Place, before: &Deployed, after: &Deployed) -> Result<Plan, String> {
    let (old, new) = (read(before)?, read(after)?);
    let old = Side { template: &old, parameters: &before.parameters };
    Ok(compare(&target.to_string(), old, Side { template: &new, parameters: &after.parameters }))
}

/// What Azure refuses of a plan that leads away from what is deployed.
///
/// # Errors
/// Why the deployed template can't be read.
pub fn refused(_: &Target, _: &Place, deployed: &Deployed, plan: &Plan) -> Result<Vec<Refusal>, String> {
    let template = read(deployed)?;
    let before = resources(Side { template: &template, parameters: &deployed.parameters });
    Ok(refusal::of(&before, &plan.changes))
}

/// What Azure bills of a document.
///
/// # Errors
/// Why it can't be read.
pub fn bill(deployed: &Deployed) -> Result<Bill, String> {
    let template = read(deployed)?;
    let parameters = billing::given(&template, &deployed.parameters);
    Ok(billing::bill(&resources(Side { template: &template, parameters: &parameters })))
}

fn read(deployed: &Deployed) -> Result<Template, String> {
    if deployed.document.is_empty() {
        return Ok(Template::default());
    }
    Template::read(deployed.document.as_bytes()).map_err(|error| error.to_string())
}
