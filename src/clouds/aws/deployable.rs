//! A target as CloudFormation takes it, and two of its documents side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::artifact::{ArtifactParameter, architecture, image, zip};
use super::comparison::{Side, compare};
use super::document::{Template, TemplateResource};
use super::domain;
use super::names;
use super::refusal;
use super::render::render;
use super::resolved::{self, Given};
use super::setting;
use super::{billing, bucket};
use crate::clouds::{Deployed, Form, Migrating, Parameter, Rendered, SecretPlace, SettingPlace, rollout, stack_name};
use crate::cost::bill::Bill;
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::placement::{Placement, Target};
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::plan::Plan;
use crate::plan::change::{Action, Change};
use crate::plan::deployment::Place;
use crate::plan::destination::Destination;
use crate::plan::refusal::Refusal;
use crate::plan::rollout::{Rollout, Watcher};

/// The output that holds the address of a service or an API.
pub fn address_output(of: &Reference) -> String {
    format!("{}Url", names::logical(of))
}

/// The services that roll out: ECS watches, inside of the stack's update.
pub fn rollouts(stack: &Stack) -> Vec<Rollout> {
    rollout::rollouts(stack, Watcher::Cloud, names::logical, |alarm| Some(names::logical(alarm)))
}

/// The resource of a database that follows another environment's, or followed it.
pub fn follower(name: &Name) -> String {
    names::logical(&Reference::new(Kind::Database, name))
}

/// The parameter that names the build that answers for a service or an API.
pub fn build_parameter(stack: &Stack, of: &Reference) -> Option<String> {
    let function = |name| stack.functions.get(name).map(|function| zip(&function.artifact));
    match of.kind {
        Kind::Api => function(&stack.apis.get(&of.name)?.run.name),
        Kind::Service => stack.services.get(&of.name).map(|service| image(&service.artifact)),
        _ => None,
    }
}

/// Renders a stack as a template and what CloudFormation has to be told beside it.
///
/// # Errors
/// All that AWS would refuse and that can be known beforehand.
pub fn rendered(target: &Target, stack: &Stack, form: Form) -> Result<Rendered, Vec<Finding>> {
    let rendered = render(target, stack)?;
    let (name, document) = match form {
        Form::Yaml => ("template.yaml", rendered.template.to_yaml()),
        Form::Json => ("template.json", rendered.template.to_json()),
    };
    let document = document.map_err(|error| vec![Finding::error("unwritable", ["description"], error.to_string())])?;
    let parameters = rendered.parameters.into_iter().map(|(id, given)| (id, parameter(stack, given))).collect();
    let placement = &stack.placement;
    Ok(Rendered {
        name,
        document,
        beside: BTreeMap::new(),
        findings: rendered.findings,
        parameters,
        registries: registries(stack),
        migrating: migrating(stack),
        tags: rendered.tags,
        policy: rendered.stack_policy,
        bucket: store(placement),
    })
}

/// The registries that the image of each parameter is run from.
fn registries(stack: &Stack) -> BTreeMap<String, BTreeSet<String>> {
    let mut registries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for service in stack.services.values() {
        let id = names::logical(&Reference::new(Kind::Registry, &service.registry));
        registries.entry(image(&service.artifact)).or_default().insert(id);
    }
    registries
}

/// The function that brings the schema up to date.
fn migrating(stack: &Stack) -> Option<Migrating> {
    let run = &stack.migrations.as_ref()?.run;
    let function = stack.functions.get(&run.name)?;
    Some(Migrating {
        function: names::logical(run),
        parameter: zip(&function.artifact),
        seconds: function.timeout.as_seconds(),
    })
}

/// The bucket for large templates and code where the environment names none: one an account and region, shared by all targets there.
pub fn store(placement: &Placement) -> String {
    format!("landfall-{}-{}", placement.account, placement.region)
}

fn parameter(stack: &Stack, given: ArtifactParameter) -> Parameter {
    match given {
        ArtifactParameter::Bucket => Parameter::Bucket,
        ArtifactParameter::Zip(name) => {
            let architecture = architecture(stack, &name);
            Parameter::Archive(name, architecture)
        }
        ArtifactParameter::Image(name) => Parameter::Image(name),
        ArtifactParameter::Gradually => Parameter::Gradually,
    }
}

/// The name on the internet of a service with a load balancer, or of an API.
pub fn public_host(stack: &Stack, of: &Reference) -> Option<String> {
    domain::host(stack, of)
}

/// What differs between two templates of a target, by meaning.
///
/// # Errors
/// Why one of them can't be read.
pub fn compared(target: &Target, place: &Place, before: &Deployed, after: &Deployed) -> Result<Plan, String> {
    let (old, new) = (read(before)?, read(after)?);
    let given = [before, after].map(|side| given(target, place, side.parameters.clone()));
    let before = Side { template: old, given: &given[0] };
    Ok(compare(&target.to_string(), before, Side { template: new, given: &given[1] }))
}

/// What AWS refuses of a plan that leads away from what is deployed to another document; `policy` is the stack's, and none where the
/// stack itself is deleted.
///
/// # Errors
/// Why one of the templates can't be read.
pub fn refused(
    target: &Target,
    place: &Place,
    [before, after]: [&Deployed; 2],
    plan: &Plan,
    policy: Option<&Value>,
) -> Result<Vec<Refusal>, String> {
    let (old, new) = (read(before)?, read(after)?);
    let [from, to] = [before, after].map(|side| given(target, place, side.parameters.clone()));
    let (old, new) = resolved::pair((old, &from), (new, &to));
    let mut refusals = refusal::of_deletion(&old.resources, &plan.changes);
    refusals.extend(refusal::of_updates(&plan.changes));
    refusals.extend(refusal::of_ranges(&old.resources, &new.resources, &plan.changes));
    refusals.extend(refusal::of_rules(&plan.changes));
    refusals.extend(policy.map(|policy| refusal::of_policy(policy, &plan.changes)).unwrap_or_default());
    Ok(refusals)
}

/// The buckets that a plan has objects copied into from now on.
///
/// # Errors
/// Why the template can't be read.
pub fn destinations(
    target: &Target,
    place: &Place,
    deployed: &Deployed,
    plan: &Plan,
) -> Result<Vec<Destination>, String> {
    let begins = |change: &&Change| match change.action {
        Action::Create | Action::Replace => true,
        Action::Update => change.fields.iter().any(|field| field.path.starts_with("ReplicationConfiguration")),
        Action::Delete | Action::Forget => false,
    };
    let buckets = plan.changes.iter().filter(|change| change.kind == "AWS::S3::Bucket").filter(begins);
    let buckets: BTreeSet<&str> = buckets.map(|change| change.id.as_str()).collect();
    if buckets.is_empty() {
        return Ok(Vec::new());
    }
    let all = bucket::destinations(read(deployed)?, &given(target, place, deployed.parameters.clone()));
    Ok(all.into_iter().filter(|destination| buckets.contains(destination.resource.as_str())).collect())
}

/// What AWS bills of a template of a target.
///
/// # Errors
/// Why it can't be read.
pub fn bill(target: &Target, place: &Place, deployed: &Deployed) -> Result<Bill, String> {
    Ok(billing::bill(read(deployed)?, &given(target, place, deployed.parameters.clone())))
}

/// Where a setting can be switched.
pub fn setting_place(target: &Target, stack: &Stack, name: &Name) -> SettingPlace {
    SettingPlace {
        resource: names::logical(&Reference::new(Kind::Setting, name)),
        field: "/Value".to_owned(),
        parameter: setting::path(target, stack, name),
    }
}

/// Where the value of a secret is put.
pub fn secret_place(name: &Name) -> SecretPlace {
    SecretPlace { resource: names::logical(&Reference::new(Kind::Secret, name)), inside: String::new() }
}

/// The values of settings that a template writes, by the id of their resource.
///
/// # Errors
/// Why the template can't be read.
pub fn settings_written(deployed: &Deployed) -> Result<BTreeMap<String, String>, String> {
    let template = read(deployed)?;
    let parameters = template.resources.iter().filter(|(_, resource)| resource.kind == setting::KIND);
    let written = |(id, resource): (&String, &TemplateResource)| {
        let value = resource.properties.get("Value")?;
        Some((id.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    };
    Ok(parameters.filter_map(written).collect())
}

fn read(deployed: &Deployed) -> Result<Template, String> {
    if deployed.document.is_empty() {
        return Ok(Template::default());
    }
    Template::read(deployed.document.as_bytes()).map_err(|error| error.to_string())
}

/// What is known beside a template, from where it is deployed.
fn given(target: &Target, place: &Place, parameters: BTreeMap<String, String>) -> Given {
    let pseudo: BTreeMap<String, Value> = BTreeMap::from([
        ("AWS::AccountId".to_owned(), json!(place.account)),
        ("AWS::Region".to_owned(), json!(place.region)),
        ("AWS::StackName".to_owned(), json!(stack_name(target))),
    ]);
    Given { parameters, pseudo }
}
