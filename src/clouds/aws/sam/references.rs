//! References inside a template: to parameters, to what a SAM resource exposes (`Function.Alias`), and to resources that got a new id.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::clouds::aws::document::{Template, TemplateResource};

/// The value with `Ref` and `Fn::Sub` of known parameters replaced; other functions stay, with their arguments replaced.
pub(super) fn resolve_parameters(value: &Value, parameters: &BTreeMap<String, Value>) -> Value {
    rewrite(value, &|name, argument| match (name, argument) {
        ("Ref", Value::String(target)) => parameters.get(target).cloned(),
        ("Fn::Sub", _) => Some(in_text(argument, &|variable| match parameters.get(variable) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
            _ => None,
        })),
        _ => None,
    })
}

/// The value with `Fn::FindInMap` of literal keys replaced.
pub(super) fn resolve_mappings(value: &Value, mappings: &Map<String, Value>) -> Value {
    rewrite(value, &|name, argument| match (name, argument.as_array().map(Vec::as_slice)) {
        ("Fn::FindInMap", Some([map, top, second])) => {
            mappings.get(map.as_str()?)?.get(top.as_str()?)?.get(second.as_str()?).cloned()
        }
        _ => None,
    })
}

/// What references to SAM resources become.
#[derive(Debug, Default)]
pub(super) struct References {
    /// `Function.Alias` → the id of the alias.
    exposed: BTreeMap<String, String>,
    /// Ids of resources that the expansion renamed.
    renamed: BTreeMap<String, String>,
}

impl References {
    pub(super) fn expose(&mut self, id: &str, property: &str, target: &str) {
        self.exposed.insert(format!("{id}.{property}"), target.to_owned());
    }

    pub(super) fn rename(&mut self, old: &str, new: &str) {
        self.renamed.insert(old.to_owned(), new.to_owned());
    }

    /// Rewrites every reference of a template.
    pub(super) fn apply(&self, template: &mut Template) {
        if self.exposed.is_empty() && self.renamed.is_empty() {
            return;
        }
        for resource in template.resources.values_mut() {
            self.in_resource(resource);
        }
        for output in template.outputs.values_mut() {
            self.in_map(output);
        }
        self.in_map(&mut template.conditions);
    }

    fn in_resource(&self, resource: &mut TemplateResource) {
        self.in_map(&mut resource.properties);
        for attribute in [&mut resource.update_policy, &mut resource.creation_policy].into_iter().flatten() {
            *attribute = self.value(attribute);
        }
        match &mut resource.depends_on {
            Some(Value::String(id)) => self.in_name(id),
            Some(Value::Array(ids)) => {
                for id in ids {
                    if let Value::String(id) = id {
                        self.in_name(id);
                    }
                }
            }
            _ => {}
        }
    }

    fn in_name(&self, id: &mut String) {
        if let Some(new) = self.renamed.get(id) {
            id.clone_from(new);
        }
    }

    fn in_map(&self, map: &mut Map<String, Value>) {
        for value in map.values_mut() {
            *value = self.value(value);
        }
    }

    fn value(&self, value: &Value) -> Value {
        rewrite(value, &|name, argument| match (name, argument) {
            ("Ref", Value::String(target)) => {
                let new = self.exposed.get(target).or_else(|| self.renamed.get(target))?;
                Some(json!({"Ref": new}))
            }
            ("Fn::GetAtt", _) => {
                let whole = match argument {
                    Value::String(whole) => whole.clone(),
                    Value::Array(parts) => parts.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?.join("."),
                    _ => return None,
                };
                let new = self.dotted(&whole)?;
                let (id, attribute) = new.split_once('.')?;
                Some(json!({"Fn::GetAtt": [id, attribute]}))
            }
            ("Fn::Sub", _) => {
                Some(in_text(argument, &|variable| self.dotted(variable).map(|new| format!("${{{new}}}"))))
            }
            _ => None,
        })
    }

    /// `Function.Alias.Arn` → `FunctionAliaslive.Arn`.
    fn dotted(&self, whole: &str) -> Option<String> {
        let mut parts = whole.splitn(3, '.');
        let (id, property, rest) = (parts.next()?, parts.next(), parts.next());
        if let Some(target) = property.and_then(|property| self.exposed.get(&format!("{id}.{property}"))) {
            return Some(rest.map_or_else(|| target.clone(), |rest| format!("{target}.{rest}")));
        }
        let new = self.renamed.get(id)?;
        Some(whole.get(id.len()..).map_or_else(|| new.clone(), |rest| format!("{new}{rest}")))
    }
}

/// Copies a value; a function for which `replace` gives something is replaced by it. An `Fn::Sub` keeps its name: what is given is its
/// argument. Arguments of the others are looked into.
fn rewrite(value: &Value, replace: &dyn Fn(&str, &Value) -> Option<Value>) -> Value {
    match value {
        Value::Object(object) => {
            if let Some((name, argument)) = object.iter().next().filter(|_| object.len() == 1)
                && let Some(new) = replace(name, argument)
            {
                if name != "Fn::Sub" {
                    return new;
                }
                // The variables of the long form may hold functions themselves.
                return json!({name: match new {
                    Value::Array(parts) => Value::Array(parts.iter().map(|part| rewrite(part, replace)).collect()),
                    text => text,
                }});
            }
            Value::Object(object.iter().map(|(key, value)| (key.clone(), rewrite(value, replace))).collect())
        }
        Value::Array(items) => items.iter().map(|item| rewrite(item, replace)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// The argument of `Fn::Sub` with the variables replaced for which `replace` gives something.
fn in_text(argument: &Value, replace: &dyn Fn(&str) -> Option<String>) -> Value {
    match argument {
        Value::String(text) => Value::String(substitute(text, replace)),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(text), rest @ ..] => {
                let text = Value::String(substitute(text, replace));
                std::iter::once(text).chain(rest.iter().cloned()).collect()
            }
            _ => argument.clone(),
        },
        _ => argument.clone(),
    }
}

fn substitute(text: &str, replace: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(end) = rest[start..].find('}').map(|end| start + end) else { break };
        out.push_str(&rest[..start]);
        match replace(&rest[start + 2..end]) {
            Some(new) => out.push_str(&new),
            None => out.push_str(&rest[start..=end]),
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_what_a_resource_exposes_and_to_renamed_ones_are_rewritten() {
        let mut references = References::default();
        references.expose("Worker", "Alias", "WorkerAliaslive");
        references.rename("Layer", "Layer123");
        let value = json!([
            {"Ref": "Worker.Alias"},
            {"Fn::GetAtt": ["Worker.Alias", "AliasArn"]},
            {"Fn::GetAtt": ["Worker", "Arn"]},
            {"Fn::Sub": "${Worker.Alias}-${Worker.Alias.AliasArn}-${!Layer}-${Layer.Arn}"},
            {"Fn::Sub": ["${X}", {"X": {"Ref": "Layer"}}]},
        ]);
        let wanted = json!([
            {"Ref": "WorkerAliaslive"},
            {"Fn::GetAtt": ["WorkerAliaslive", "AliasArn"]},
            {"Fn::GetAtt": ["Worker", "Arn"]},
            {"Fn::Sub": "${WorkerAliaslive}-${WorkerAliaslive.AliasArn}-${!Layer}-${Layer123.Arn}"},
            {"Fn::Sub": ["${X}", {"X": {"Ref": "Layer123"}}]},
        ]);
        assert_eq!(references.value(&value), wanted);
    }

    #[test]
    fn parameters_are_put_in_where_they_are_known() {
        let parameters = BTreeMap::from([("A".to_owned(), json!("x")), ("N".to_owned(), json!(5))]);
        let value =
            json!({"a": {"Ref": "A"}, "b": {"Fn::Sub": "${A}-${N}-${B}"}, "c": {"Fn::Join": ["", [{"Ref": "N"}]]}});
        let wanted = json!({"a": "x", "b": {"Fn::Sub": "x-5-${B}"}, "c": {"Fn::Join": ["", [5]]}});
        assert_eq!(resolve_parameters(&value, &parameters), wanted);
    }
}
