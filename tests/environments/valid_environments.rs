//! About what is right, nothing is said.

use std::collections::BTreeSet;

use landfall::diagnostics::text::text;
use serde_json::Value;

use crate::sample::{Outcome, Sample};

#[test]
fn nothing_is_said_about_a_valid_environment() -> Outcome<()> {
    let samples = Sample::all("valid")?;
    assert!(!samples.is_empty());
    let mut said = Vec::new();
    for sample in &samples {
        let (environment, diagnostics) = sample.diagnose()?;
        if environment.is_none() || !diagnostics.is_empty() {
            said.push(format!("{}:\n{}", sample.name, text(&diagnostics, false)));
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
    Ok(())
}

#[test]
fn valid_environments_use_every_field_of_the_model() -> Outcome<()> {
    let schema = landfall::environment::schema::schema();
    let mut fields = Fields { root: &schema, used: BTreeSet::new() };
    // `every-field` has all that one cloud takes; the others what only another one does.
    for sample in &Sample::all("valid")? {
        let (environment, _) = sample.diagnose()?;
        fields.walk(&schema, "Stack", &environment.ok_or("it isn't valid")?.written());
    }
    let unused: Vec<String> = fields.all().into_iter().filter(|field| !fields.used.contains(field)).collect();
    assert!(unused.is_empty(), "not used: {}", unused.join(", "));
    Ok(())
}

/// Fields of the model by `Type.field`.
struct Fields<'schema> {
    root: &'schema Value,
    used: BTreeSet<String>,
}

impl<'schema> Fields<'schema> {
    fn all(&self) -> BTreeSet<String> {
        let definitions = self.root["$defs"].as_object().into_iter().flatten();
        let types = definitions.map(|(name, schema)| (name.as_str(), schema)).chain([("Stack", self.root)]);
        types
            .flat_map(|(name, schema)| {
                let fields = schema["properties"].as_object().into_iter().flatten();
                fields.map(move |(field, _)| format!("{name}.{field}"))
            })
            .collect()
    }

    fn walk(&mut self, schema: &'schema Value, name: &str, value: &Value) {
        if let Some(pointer) = schema["$ref"].as_str() {
            let name = pointer.rsplit('/').next().unwrap_or(name);
            if let Some(target) = self.root.pointer(pointer.trim_start_matches('#')) {
                self.walk(target, name, value);
            }
            return;
        }
        for branch in ["anyOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten() {
            self.walk(branch, name, value);
        }
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    if let Some(property) = schema["properties"].get(key) {
                        self.used.insert(format!("{name}.{key}"));
                        self.walk(property, name, inner);
                    }
                    let others = schema["patternProperties"].as_object().into_iter().flatten().map(|(_, other)| other);
                    for other in others.chain(schema.get("additionalProperties").filter(|other| other.is_object())) {
                        self.walk(other, name, inner);
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|inner| self.walk(&schema["items"], name, inner)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}
