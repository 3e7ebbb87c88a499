//! The checks that CloudFormation makes before it touches anything.
//!
//! Source: CloudFormation User Guide, "Validate stack deployments".

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::changes::{ChangeAction, Foreseen, Replacement, ResourceChange, foreseen};
use super::evaluate::Unresolved;
use super::stack::{Definition, DeletionPolicy, Stack};
use crate::clouds::aws::registry;
use crate::sandbox::aws::types::{identity, lifecycle};
use crate::sandbox::world::World;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The check: `PROPERTY_VALIDATION`, `NAME_CONFLICT_VALIDATION` or `BUCKET_EMPTINESS_VALIDATION`.
    pub check: String,
    /// Whether it stops the operation.
    pub fails: bool,
    /// The resource.
    pub logical_id: String,
    /// The resource's id in the cloud, if it has one.
    pub physical_id: Option<String>,
    /// The resource's type.
    pub kind: String,
    /// Where in the template.
    pub path: String,
    /// What is wrong.
    pub reason: String,
}

/// Checks what a definition asks for.
///
/// # Errors
/// When a value of it can't be evaluated.
pub fn run(
    world: &World,
    stack: &Stack,
    definition: &Definition,
    changes: &[ResourceChange],
) -> Result<Vec<Finding>, Unresolved> {
    let mut findings = Vec::new();
    for Foreseen { logical_id, kind, properties } in foreseen(world, stack, definition)? {
        findings.extend(property_findings(&logical_id, &kind, &properties));
        let change = changes.iter().find(|change| change.logical_id == logical_id);
        let is_new = change
            .is_some_and(|change| change.action == ChangeAction::Add || change.replacement == Some(Replacement::True));
        if is_new {
            let old = stack.resources.get(&logical_id);
            findings.extend(name_conflict(
                world,
                stack,
                &logical_id,
                &kind,
                &properties,
                old.map(|old| &old.properties),
            ));
        }
    }
    for change in changes.iter().filter(|change| change.action == ChangeAction::Remove) {
        findings.extend(full_bucket(world, stack, change));
    }
    Ok(findings)
}

fn property_findings(logical_id: &str, kind: &str, properties: &Map<String, Value>) -> Vec<Finding> {
    let Some(schema) = registry::find(kind) else { return Vec::new() };
    schema
        .check(&Value::Object(properties.clone()))
        .into_iter()
        .map(|finding| {
            let path = finding.path.replace(['.', '['], "/").replace(']', "");
            let path = if path.is_empty() { String::new() } else { format!("/{path}") };
            let reason = match finding.what.strip_suffix(" is missing") {
                Some(name) => format!("Required property [{name}] not found"),
                None => finding.what,
            };
            Finding {
                check: "PROPERTY_VALIDATION".to_owned(),
                fails: true,
                logical_id: logical_id.to_owned(),
                physical_id: None,
                kind: kind.to_owned(),
                path: format!("/Resources/{logical_id}/Properties{path}"),
                reason,
            }
        })
        .collect()
}

fn name_conflict(
    world: &World,
    stack: &Stack,
    logical_id: &str,
    kind: &str,
    properties: &Map<String, Value>,
    old: Option<&Map<String, Value>>,
) -> Option<Finding> {
    let property = identity::name_property(kind)?;
    let name = identity::given_name(kind, properties)?;
    let keeps_name = old.is_some_and(|old| identity::given_name(kind, old).as_deref() == Some(name.as_str()));
    if keeps_name || !lifecycle::names_are_unique(kind) || !lifecycle::collision(world, kind, &stack.place, &name) {
        return None;
    }
    Some(Finding {
        check: "NAME_CONFLICT_VALIDATION".to_owned(),
        fails: true,
        logical_id: logical_id.to_owned(),
        physical_id: Some(name.clone()),
        kind: kind.to_owned(),
        path: format!("/Resources/{logical_id}/Properties/{property}"),
        reason: lifecycle::already_exists(kind, &name),
    })
}

fn full_bucket(world: &World, stack: &Stack, change: &ResourceChange) -> Option<Finding> {
    let name = change.physical_id.as_deref()?;
    let resource = stack.resources.get(&change.logical_id)?;
    let deleted = matches!(resource.deletion_policy, DeletionPolicy::Delete | DeletionPolicy::Snapshot);
    if change.kind != "AWS::S3::Bucket" || !deleted || world.buckets.get(name)?.is_empty() {
        return None;
    }
    Some(Finding {
        check: "BUCKET_EMPTINESS_VALIDATION".to_owned(),
        fails: false,
        logical_id: change.logical_id.clone(),
        physical_id: Some(name.to_owned()),
        kind: change.kind.clone(),
        path: format!("/Resources/{}", change.logical_id),
        reason: format!(
            "The bucket '{name}' is not empty. You must either delete all objects and versions or use the deletion policy to retain it, otherwise the delete operation will fail."
        ),
    })
}

/// How a change set's or a stack's status says that checks failed.
pub fn summary(findings: &[Finding]) -> Option<String> {
    let mut hooks: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.fails)
        .map(|finding| match finding.check.as_str() {
            "PROPERTY_VALIDATION" => "AWS::EarlyValidation::PropertyValidation",
            _ => "AWS::EarlyValidation::ResourceExistenceCheck",
        })
        .collect();
    hooks.sort_unstable();
    hooks.dedup();
    (!hooks.is_empty()).then(|| {
        format!(
            "The following hook(s)/validation failed: [{}]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.",
            hooks.join(", ")
        )
    })
}
