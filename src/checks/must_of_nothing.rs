//! A demand that something be as asked names what there is not.
//!
//! Why: a demand that meets nothing is never broken, so a misspelt one would look as if it were kept.
//! Mend: name a component of the environment, or one of its fields as the environment file writes it.

use serde_json::Value;

use crate::diagnostics::finding::Finding;
use crate::model::portability::Demand;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "must-of-nothing";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    if stack.portability.must.is_empty() {
        return Vec::new();
    }
    let schema = schemars::schema_for!(Stack).to_value();
    let mut findings = Vec::new();
    for (index, demand) in stack.portability.must.iter().enumerate() {
        let why = match missing(stack, &schema, demand) {
            None => continue,
            Some(why) => why,
        };
        findings.push(
            Finding::error(
                CODE,
                ["portability", "must", &index.to_string()],
                format!("`{demand}` names nothing that could be as asked"),
            )
            .why(why)
            .fix("name a component, or one of its fields as the environment file writes it"),
        );
    }
    findings
}

/// Why a demand meets nothing; none where it meets something.
fn missing(stack: &Stack, schema: &Value, demand: &Demand) -> Option<String> {
    let [section, rest @ ..] = demand.path() else { return None };
    let named = stack.components().iter().any(|reference| demand.path().starts_with(&reference.path()));
    let unnamed = match section.as_str() {
        "domain" => stack.domain.is_some(),
        "network" => stack.network.is_some(),
        _ => demand.path().len() > 1,
    };
    let is_component = schema.pointer(&format!("/properties/{section}/additionalProperties")).is_some();
    if is_component && !named || !is_component && !unnamed {
        return Some("the environment has no such component".to_owned());
    }
    let whole = schema.get("properties").and_then(|properties| properties.get(section))?;
    (!leads(schema, whole, rest)).then(|| "the component has no such field".to_owned())
}

/// Whether keys lead somewhere in a schema.
fn leads(root: &Value, schema: &Value, path: &[String]) -> bool {
    let [first, rest @ ..] = path else { return true };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = reference.trim_start_matches('#');
        if root.pointer(pointer).is_some_and(|target| leads(root, target, path)) {
            return true;
        }
    }
    let alternatives =
        ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|word| schema.get(word)?.as_array()).flatten();
    if alternatives.into_iter().any(|part| leads(root, part, path)) {
        return true;
    }
    let property = schema.get("properties").and_then(|properties| properties.get(first));
    let additional = schema.get("additionalProperties").filter(|additional| additional.is_object());
    let patterned = schema.get("patternProperties").and_then(Value::as_object).and_then(|all| all.values().next());
    let items = schema.get("items").filter(|_| first.parse::<usize>().is_ok());
    [property, additional, patterned, items].into_iter().flatten().any(|next| leads(root, next, rest))
}
