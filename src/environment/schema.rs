//! The JSON Schema of an environment file, derived from the model.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::model::stack::Stack;

/// The schema of a whole environment, base and overlay together: what the checks of structure go by.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<Stack>().to_value()
}

/// The schema for editors: the same, except that nothing is required, as base and overlay each hold a part, and that a
/// null is allowed everywhere, as it removes what the base has.
pub fn editor_schema() -> Value {
    let mut schema = schema();
    relax(&mut schema, false);
    if let Some(root) = schema.as_object_mut() {
        root.insert("$id".into(), json!("landfall.schema.json"));
        root.insert("title".into(), json!("landfall environment"));
    }
    schema
}

fn relax(schema: &mut Value, is_property: bool) {
    let Value::Object(map) = schema else { return };
    map.remove("required");
    for (key, inner) in map.iter_mut() {
        match (key.as_str(), inner) {
            ("properties" | "patternProperties", Value::Object(properties)) => {
                properties.values_mut().for_each(|property| relax(property, true));
            }
            ("$defs", Value::Object(definitions)) => {
                definitions.values_mut().for_each(|definition| relax(definition, false));
            }
            ("additionalProperties", inner @ Value::Object(_)) => relax(inner, true),
            ("anyOf" | "oneOf" | "allOf", Value::Array(branches)) => {
                branches.iter_mut().for_each(|branch| relax(branch, false));
            }
            ("items", inner) => relax(inner, false),
            _ => {}
        }
    }
    if is_property {
        nullable(map);
    }
}

fn nullable(map: &mut serde_json::Map<String, Value>) {
    let keep = ["description", "default"];
    let mut outer: serde_json::Map<String, Value> = serde_json::Map::new();
    let mut inner = serde_json::Map::new();
    for (key, value) in std::mem::take(map) {
        if keep.contains(&key.as_str()) {
            outer.insert(key, value)
        } else {
            inner.insert(key, value)
        };
    }
    outer.insert("anyOf".into(), json!([inner, { "type": "null" }]));
    *map = outer;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::FORMS;

    #[test]
    fn every_form_in_the_schema_is_one_that_can_be_read() {
        fn forms(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(map) => {
                    found.extend(map.get("x-form").and_then(Value::as_str).map(str::to_owned));
                    map.values().for_each(|inner| forms(inner, found));
                }
                Value::Array(list) => list.iter().for_each(|inner| forms(inner, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        forms(&schema(), &mut found);
        assert!(found.len() > 5);
        for name in found {
            assert!(FORMS.iter().any(|form| form.name == name), "{name} is missing from FORMS");
        }
    }

    #[test]
    fn editors_are_not_told_that_an_overlay_lacks_what_the_base_has() {
        let text = editor_schema().to_string();
        assert!(!text.contains("\"required\""));
    }
}
