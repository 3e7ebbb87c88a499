//! The values that a template's parameters have, as `Ref` gives them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The values by parameter: what is given, else the default. A parameter without either is left out, and so stays unresolved.
/// Those of list types become lists; everything else is text, as it is in CloudFormation. Parameters that are read from the
/// parameter store (`AWS::SSM::Parameter::Value<…>`) are left out: their text is only a name.
pub fn values(
    declared: &BTreeMap<String, Map<String, Value>>,
    given: &BTreeMap<String, String>,
) -> BTreeMap<String, Value> {
    declared
        .iter()
        .filter_map(|(name, declaration)| {
            let kind = declaration.get("Type").and_then(Value::as_str).unwrap_or("String");
            if kind.starts_with("AWS::SSM::Parameter::Value<") {
                return None;
            }
            let text = given.get(name).cloned().or_else(|| super::text::scalar(declaration.get("Default")?))?;
            Some((name.clone(), value(kind, &text)))
        })
        .collect()
}

/// One value of a parameter of the type.
pub fn value(kind: &str, text: &str) -> Value {
    if kind == "CommaDelimitedList" || kind.starts_with("List<") {
        text.split(',').map(|item| Value::String(item.trim().to_owned())).collect()
    } else {
        Value::String(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_stand_in_and_lists_are_split() {
        let declared: BTreeMap<String, Map<String, Value>> = serde_json::from_value(json!({
            "Count": {"Type": "Number", "Default": 3},
            "Zones": {"Type": "List<AWS::EC2::AvailabilityZone::Name>"},
            "Open": {"Type": "String"},
            "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/b"},
        }))
        .unwrap();
        let given = BTreeMap::from([("Zones".to_owned(), "a, b".to_owned())]);
        let values = values(&declared, &given);
        assert_eq!(values["Count"], json!("3"));
        assert_eq!(values["Zones"], json!(["a", "b"]));
        assert_eq!(values.len(), 2);
    }
}
