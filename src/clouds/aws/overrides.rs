//! Native properties that users set where the model has no word for them.
//!
//! They are laid over the resources of the component that have the type: objects key by key, everything else as a whole; a
//! null takes the property away. Intrinsic functions are allowed: whoever writes native properties writes native values.

use serde_json::{Map, Value};

use super::draft::{Draft, component_of};
use super::registry;
use crate::diagnostics::finding::Finding;
use crate::model::placement::Cloud;
use crate::model::reference::Reference;

/// Names that other resources build identifiers from; a different one would lead them nowhere.
const FIXED: [(&str, &str); 2] =
    [("AWS::Serverless::Function", "FunctionName"), ("AWS::Serverless::Function", "AutoPublishAlias")];

/// Lays the overrides for AWS over the template.
pub(super) fn apply(draft: &mut Draft<'_>) {
    let stack = draft.stack;
    let Some(overrides) = stack.overrides.get(&Cloud::Aws) else { return };
    for (component, types) in overrides {
        for (kind, properties) in types {
            let wanted = component.to_string();
            let ids: Vec<String> = draft
                .template
                .resources
                .iter()
                .filter(|(_, resource)| resource.kind == *kind && component_of(resource) == wanted)
                .map(|(id, _)| id.clone())
                .collect();
            if ids.is_empty() {
                let finding = nothing_to_override(draft, component, kind);
                draft.findings.push(finding);
                continue;
            }
            let path = path(component, &[kind]);
            for id in ids {
                let Some(resource) = draft.template.resources.get_mut(&id) else { continue };
                for (name, value) in properties {
                    lay(&mut resource.properties, name, value);
                }
                let checked = resource.properties.clone();
                let findings = check(&path, kind, properties.keys(), checked);
                draft.findings.extend(findings);
            }
        }
    }
    draft.findings.sort();
    draft.findings.dedup();
}

fn path(component: &Reference, rest: &[&str]) -> Vec<String> {
    let mut path = vec!["overrides".to_owned(), Cloud::Aws.word().to_owned(), component.to_string()];
    path.extend(rest.iter().map(|part| (*part).to_owned()));
    path
}

/// Lays a value over a property: objects key by key, everything else as a whole, a null takes it away.
fn lay(properties: &mut Map<String, Value>, name: &str, value: &Value) {
    match (properties.get_mut(name), value) {
        (_, Value::Null) => {
            properties.remove(name);
        }
        (Some(Value::Object(old)), Value::Object(new)) if !is_function(old) && !is_function(new) => {
            for (name, value) in new {
                lay(old, name, value);
            }
        }
        _ => {
            properties.insert(name.to_owned(), value.clone());
        }
    }
}

fn is_function(object: &Map<String, Value>) -> bool {
    object.len() == 1 && object.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}

/// What is wrong with the properties as they now are, at the override that names the property.
fn check<'a>(
    path: &[String],
    kind: &str,
    overridden: impl Iterator<Item = &'a String> + Clone,
    properties: Map<String, Value>,
) -> Vec<Finding> {
    let at = |name: &str| [path, &[name.to_owned()]].concat();
    let mut findings: Vec<Finding> = overridden
        .clone()
        .filter(|name| FIXED.contains(&(kind, name.as_str())))
        .map(|name| {
            Finding::error("fixed-property", at(name), format!("`{name}` can't be overridden"))
                .why("permissions, alarms and schedules name the function by it")
                .fix("rename the component")
        })
        .collect();
    // Types of the SAM transform are not in the registry; what they expand to is checked when the template is.
    let Some(schema) = registry::find(kind) else { return findings };
    for problem in schema.check(&Value::Object(properties)) {
        let top = problem.path.split(['.', '[']).next().unwrap_or_default();
        let named = overridden.clone().find(|name| name.as_str() == top);
        let place = named.map_or_else(|| path.to_vec(), |name| at(name));
        findings.push(
            Finding::error("override-refused", place, format!("CloudFormation would refuse `{kind}`: {problem}"))
                .why("overrides are checked against the cloud's own schema of the type")
                .fix("correct the property, or leave it out"),
        );
    }
    findings
}

fn nothing_to_override(draft: &Draft<'_>, component: &Reference, kind: &str) -> Finding {
    let wanted = component.to_string();
    let mut types: Vec<&str> = draft
        .template
        .resources
        .values()
        .filter(|resource| component_of(resource) == wanted)
        .map(|resource| resource.kind.as_str())
        .collect();
    types.sort_unstable();
    types.dedup();
    if types.is_empty() {
        return Finding::error(
            "override-of-nothing",
            path(component, &[]),
            format!("there is no `{component}` to override"),
        )
        .why("an override belongs to a component of this environment")
        .fix("name a component that has resources in AWS, such as `database.main`");
    }
    Finding::error(
        "override-of-nothing",
        path(component, &[kind]),
        format!("`{component}` has no resource of type `{kind}`"),
    )
    .why(format!("it has these: {}", types.join(", ")))
    .fix("name one of these types")
}
