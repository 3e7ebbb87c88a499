//! Two documents compared: the plan that leads from one to the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::document::Document;
use super::exposure;
use super::impact::Terraform;
use crate::plan::Plan;
use crate::plan::change::OutputChange;
use crate::plan::diff::diff;
use crate::plan::resource::Resource;

/// The plan from one document to another, offline. `target` is what the plan is called; the variables are what each is given.
///
/// Nothing is asked of the cloud: what only it knows counts as the same where it is written the same.
pub fn compare(
    target: &str,
    before: (&Document, &BTreeMap<String, String>),
    after: (&Document, &BTreeMap<String, String>),
) -> Plan {
    let (old, new) = (resources(before.0, before.1), resources(after.0, after.1));
    let missing = after.0.variables.iter().filter(|(name, body)| {
        !body.contains_key("default") && !after.1.contains_key(*name) && !before.0.variables.contains_key(*name)
    });
    let notes = missing
        .map(|(name, _)| format!("variable {name} is new and has no default: deploying needs a value for it"))
        .collect();
    Plan {
        target: target.to_owned(),
        initial: old.is_empty(),
        exposures: exposure::widened(&old, &new),
        outputs: outputs(before.0, after.0),
        changes: diff(&old, &new, &Terraform),
        cost: None,
        cloud: None,
        drift: Vec::new(),
        disagreements: Vec::new(),
        rollouts: Vec::new(),
        notes,
    }
}

/// The resources of a document as the plan sees them. Those that there are none of, as far as the variables tell, aren't there.
pub(super) fn resources(document: &Document, variables: &BTreeMap<String, String>) -> Vec<Resource> {
    let mut resources = Vec::new();
    let known: BTreeSet<String> = document
        .resources
        .iter()
        .flat_map(|(kind, named)| named.keys().map(move |name| format!("{kind}.{name}")))
        .collect();
    for (kind, named) in &document.resources {
        for (name, resource) in named {
            if resource.count.as_ref().is_some_and(|count| none_of(count, variables)) {
                continue;
            }
            let mut attributes = BTreeMap::new();
            if !resource.lifecycle.is_empty() {
                attributes.insert("lifecycle".to_owned(), json!(resource.lifecycle));
            }
            let properties = given(&Value::Object(resource.arguments.clone()), variables);
            let mut depends_on = resource.depends_on.clone();
            named_in(&properties, &known, &mut depends_on);
            let id = format!("{kind}.{name}");
            depends_on.remove(&id);
            resources.push(Resource {
                id,
                kind: kind.clone(),
                component: resource.component.clone(),
                origin: None,
                properties,
                attributes,
                depends_on,
            });
        }
    }
    resources.sort_by(|a, b| a.id.cmp(&b.id));
    resources
}

/// Whether a count says that there are none: `${var.x == "" ? 0 : 1}` with a variable that is given as empty, or a plain zero.
fn none_of(count: &Value, variables: &BTreeMap<String, String>) -> bool {
    if count.as_u64() == Some(0) {
        return true;
    }
    let name = count
        .as_str()
        .and_then(|text| text.strip_prefix("${var."))
        .and_then(|text| text.strip_suffix(" == \"\" ? 0 : 1}"));
    name.and_then(|name| variables.get(name)).is_some_and(String::is_empty)
}

/// What `${var.x == "" ? "one" : "other"}` comes to where the variable is given.
fn chosen<'text>(text: &'text str, variables: &BTreeMap<String, String>) -> Option<&'text str> {
    let (name, either) = text.strip_prefix("${var.")?.split_once(" == \"\" ? \"")?;
    let (one, other) = either.strip_suffix("\"}")?.split_once("\" : \"")?;
    variables.get(name).map(|value| if value.is_empty() { one } else { other })
}

/// A value with the variables that are given put in.
fn given(value: &Value, variables: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) if text.contains("${var.") => {
            let mut text = chosen(text, variables).unwrap_or(text).to_owned();
            for (name, value) in variables {
                text = text.replace(&format!("${{var.{name}}}"), value);
            }
            Value::String(text)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| given(item, variables)).collect()),
        Value::Object(object) => {
            Value::Object(object.iter().map(|(key, value)| (key.clone(), given(value, variables))).collect())
        }
        plain => plain.clone(),
    }
}

/// The resources that are named in what Terraform works out, by the attribute that is taken of each.
pub(super) fn references(text: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let escaped = before.ends_with('$');
        let (inside, after) = after.split_once('}').unwrap_or((after, ""));
        rest = after;
        if escaped {
            continue;
        }
        let sign = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.' | '[' | ']');
        for word in inside.split(|one: char| !sign(one)) {
            let mut parts = word.split('.');
            let (Some(kind), Some(name)) = (parts.next(), parts.next()) else { continue };
            if !kind.contains('_') || kind == "var" || kind == "data" {
                continue;
            }
            let name = name.split('[').next().unwrap_or(name);
            let attribute = parts.next().map(|part| part.split('[').next().unwrap_or(part).to_owned());
            found.push((format!("{kind}.{name}"), attribute));
        }
    }
    found
}

fn named_in(value: &Value, known: &BTreeSet<String>, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            into.extend(references(text).into_iter().map(|(id, _)| id).filter(|id| known.contains(id)));
        }
        Value::Array(items) => items.iter().for_each(|item| named_in(item, known, into)),
        Value::Object(object) => object.values().for_each(|item| named_in(item, known, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn outputs(old: &Document, new: &Document) -> Vec<OutputChange> {
    let names: BTreeSet<&String> = old.outputs.keys().chain(new.outputs.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| {
            let value = |document: &Document| document.outputs.get(name).and_then(|body| body.get("value")).cloned();
            let (before, after) = (value(old), value(new));
            (before != after).then(|| OutputChange { name: name.clone(), before, after, exported: None, warning: None })
        })
        .collect()
}

#[cfg(test)]
mod tests;
