//! A template as landfall writes it, put together again from what Azure gives back.
//!
//! Azure keeps a template's values, not its bytes. landfall writes every template in one form: the parts and the keys of resources in
//! an order of their own, all other keys sorted. So the bytes follow from the values; of a template that something else wrote they
//! come out in that form, and so differ from what was sent, as they should.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A template's parts in their order.
#[derive(Serialize, Deserialize)]
struct Template {
    #[serde(rename = "$schema")]
    schema: Value,
    #[serde(rename = "contentVersion")]
    content_version: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parameters: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variables: Option<Value>,
    resources: Vec<Resource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outputs: Option<Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A resource's keys in their order.
#[derive(Serialize, Deserialize)]
struct Resource {
    #[serde(rename = "type")]
    kind: Value,
    #[serde(rename = "apiVersion")]
    api: Value,
    name: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comments: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    condition: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<Value>,
    #[serde(default, rename = "dependsOn", skip_serializing_if = "Option::is_none")]
    depends_on: Option<Value>,
    #[serde(flatten)]
    body: Map<String, Value>,
}

/// The text of a template.
pub(super) fn written(template: &Value) -> String {
    let ordered: Result<Template, _> = serde_json::from_value(template.clone());
    let text = match ordered {
        Ok(ordered) => serde_json::to_string_pretty(&ordered),
        // Some other form of template.
        Err(_) => serde_json::to_string_pretty(template),
    };
    let mut text = text.unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_landfall_wrote_comes_back_byte_for_byte() {
        for name in ["entmoot/prod-azure", "stormops/prod-azure", "hailstone/azure"] {
            let path = format!("{}/tests/golden/{name}/azuredeploy.json", env!("CARGO_MANIFEST_DIR"));
            #[expect(clippy::disallowed_methods, reason = "a golden of ours")]
            let text = std::fs::read_to_string(path).unwrap();
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(written(&value), text, "{name}");
        }
    }
}
