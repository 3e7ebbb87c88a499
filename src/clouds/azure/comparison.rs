//! Two templates compared: the plan that leads from one to the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::document::{Resource as Written, Template};
use super::exposure;
use super::impact::ResourceManager;
use crate::diagnostics::secrecy;
use crate::plan::Plan;
use crate::plan::change::OutputChange;
use crate::plan::diff::diff;
use crate::plan::meaning::MASK;
use crate::plan::resource::Resource;

/// One side of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The template.
    pub template: &'a Template,
    /// The values of its parameters.
    pub parameters: &'a BTreeMap<String, String>,
}

/// The plan from one template to another, offline. `target` is what the plan is called.
///
/// Expressions are compared as they are written, with the values of parameters put in; what only the cloud can work out counts as
/// the same where it is written the same.
pub fn compare(target: &str, before: Side<'_>, after: Side<'_>) -> Plan {
    let (one, other) = (settled(after, before), settled(before, after));
    let (before, after) = (Side { parameters: &one, ..before }, Side { parameters: &other, ..after });
    let (old, new) = (resources(before), resources(after));
    Plan {
        target: target.to_owned(),
        initial: old.is_empty(),
        exposures: exposure::widened(&old, &new),
        outputs: outputs(before, after),
        changes: diff(&old, &new, &ResourceManager),
        cost: None,
        cloud: None,
        drift: Vec::new(),
        disagreements: Vec::new(),
        rollouts: Vec::new(),
        notes: unread(before, "before").into_iter().chain(unread(after, "after")).collect(),
    }
}

/// The values of a side's parameters, with what only the other side was given of those that the cloud works out by itself the first
/// time, such as the month of a budget: a stack keeps them.
fn settled(other: Side<'_>, own: Side<'_>) -> BTreeMap<String, String> {
    let mut values = own.parameters.clone();
    for (name, declared) in &own.template.parameters {
        let worked_out = declared.get("defaultValue").and_then(Value::as_str).is_some_and(|text| text.starts_with('['));
        if let (true, Some(value)) = (worked_out, other.parameters.get(name)) {
            values.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    values
}

/// The resources of a template, those of nested templates among them, sorted by id.
pub(super) fn resources(side: Side<'_>) -> Vec<Resource> {
    let given = Given::of(side.template, side.parameters);
    let mut found = BTreeMap::new();
    collect(&side.template.resources, &given, None, &mut found);
    found.into_values().collect()
}

fn collect(written: &[Written], given: &Given, within: Option<&Written>, found: &mut BTreeMap<String, Resource>) {
    for resource in written {
        if given.is_absent(resource.condition.as_ref()) {
            continue;
        }
        let (properties, nested) = unpacked(resource);
        if let Some(nested) = nested.and_then(|nested| serde_json::from_value::<Template>(nested).ok()) {
            let inner = Given::of(&nested, &BTreeMap::new());
            collect(&nested.resources, &inner, Some(within.unwrap_or(resource)), found);
            // A template inside a template is the way to its resources and none by itself.
            continue;
        }
        let name = given.text(&resource.name);
        let scope = resource.scope.as_ref().map(|scope| given.value(scope));
        let over = scope.as_ref().and_then(Value::as_str).and_then(named);
        // A lock or a role assignment is told apart from others of its name by what it lies over.
        let id = match over {
            Some(over) => format!("{}/{name} on {over}", resource.kind),
            None => format!("{}/{name}", resource.kind),
        };
        let mut attributes = BTreeMap::new();
        attributes.extend(scope.map(|scope| ("scope".to_owned(), scope)));
        attributes.extend(resource.condition.as_ref().map(|one| ("condition".to_owned(), given.value(one))));
        attributes.insert("apiVersion".to_owned(), json!(resource.api));
        let component = resource.comments.clone().or_else(|| within.and_then(|outer| outer.comments.clone()));
        let entry = Resource {
            id: id.clone(),
            kind: resource.kind.clone(),
            component,
            origin: None,
            properties: given.value(&Value::Object(properties)),
            attributes,
            depends_on: BTreeSet::new(),
        };
        found.insert(id, entry);
    }
}

/// The body of a resource without the template nested in it, whose resources are compared by themselves.
fn unpacked(resource: &Written) -> (Map<String, Value>, Option<Value>) {
    let mut body = resource.body.clone();
    if resource.kind != "Microsoft.Resources/deployments" {
        return (body, None);
    }
    let properties = body.get_mut("properties").and_then(Value::as_object_mut);
    let nested = properties.and_then(|properties| properties.remove("template"));
    (body, nested)
}

/// The resource that an identifier as an expression names, without its namespace: `servers/main` of
/// `[resourceId('Microsoft.X/servers', 'main')]`.
fn named(scope: &str) -> Option<String> {
    let mut quoted = scope.split('\'').skip(1).step_by(2);
    let (_, kind) = quoted.next()?.split_once('/')?;
    let names: Vec<&str> = quoted.collect();
    Some(format!("{kind}/{}", names.join("/")))
}

/// What `[if(not(empty('value')), one, 'other')]` comes to.
fn chosen(text: &str) -> Option<String> {
    let (value, either) = text.strip_prefix("[if(not(empty('")?.split_once("')), ")?;
    let (one, other) = either.strip_suffix("')]")?.rsplit_once(", '")?;
    Some(if value.is_empty() { other.to_owned() } else { format!("[{one}]") })
}

/// What is known when the deployment starts.
struct Given {
    parameters: BTreeMap<String, String>,
}

impl Given {
    fn of(template: &Template, given: &BTreeMap<String, String>) -> Self {
        let defaults = template.parameters.iter().filter_map(|(name, declared)| {
            let default = declared.get("defaultValue").and_then(Value::as_str)?;
            (!default.starts_with('[')).then(|| (name.clone(), default.to_owned()))
        });
        let mut parameters: BTreeMap<String, String> = defaults.collect();
        parameters.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
        Self { parameters }
    }

    /// A text with the values of parameters in the place of their names.
    fn text(&self, text: &str) -> String {
        if !text.starts_with('[') || text.starts_with("[[") || !text.contains("parameters('") {
            return text.to_owned();
        }
        let mut text = text.to_owned();
        for (name, value) in &self.parameters {
            let call = format!("parameters('{name}')");
            if text == format!("[{call}]") {
                return value.clone();
            }
            text = text.replace(&call, &format!("'{}'", value.replace('\'', "''")));
        }
        chosen(&text).unwrap_or(text)
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(object) => object.iter().map(|(name, inner)| (name.clone(), self.value(inner))).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Whether a condition is known not to hold: what is compared with the empty text is known, or the switch is off.
    fn is_absent(&self, condition: Option<&Value>) -> bool {
        let Some(condition) = condition.map(|condition| self.value(condition)) else { return false };
        matches!(condition.as_str(), Some("[not(empty(''))]" | "[false()]")) || condition == Value::Bool(false)
    }
}

fn outputs(before: Side<'_>, after: Side<'_>) -> Vec<OutputChange> {
    let (old, new) = (&before.template.outputs, &after.template.outputs);
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let value = |outputs: &BTreeMap<String, Value>, name: &String| {
        let value = outputs.get(name).map(|output| output.get("value").cloned().unwrap_or_default())?;
        let secret = value.as_str().is_some_and(|text| secrecy::looks_like(text).is_some());
        Some(if secret { json!(MASK) } else { value })
    };
    let changed = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    changed
        .map(|name| OutputChange {
            name: name.clone(),
            before: value(old, name),
            after: value(new, name),
            exported: None,
            warning: None,
        })
        .collect()
}

/// What of a template isn't looked into.
fn unread(side: Side<'_>, which: &str) -> Vec<String> {
    let copied = side.template.resources.iter().filter(|resource| resource.body.contains_key("copy"));
    let mut notes: Vec<String> = copied
        .map(|resource| {
            let Written { kind, name, .. } = resource;
            format!("{kind} {name} is repeated by `copy`, and counts as one resource ({which})")
        })
        .collect();
    let linked = side.template.resources.iter().filter(|resource| {
        resource.body.get("properties").is_some_and(|properties| properties.get("templateLink").is_some())
    });
    notes.extend(linked.map(|resource| format!("{} lies elsewhere and isn't looked into ({which})", resource.name)));
    notes
}

#[cfg(test)]
mod tests;
