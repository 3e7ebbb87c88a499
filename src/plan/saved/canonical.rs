//! Digests that don't depend on how a value happens to be written down.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use crate::plan::digest::Digest;

/// The digest of a value's canonical JSON: keys sorted by their UTF-8 bytes, no spaces, numbers and texts as serde_json writes them.
pub fn digest_of(value: &impl Serialize) -> Digest {
    // A value that can't be written as JSON has map keys that are no text; ours have none.
    let value = serde_json::to_value(value).unwrap_or(Value::Null);
    let mut text = String::new();
    write(&value, &mut text);
    Digest::of(text.as_bytes())
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (at, (name, inner)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                // Writing into a String never fails.
                let _ = write!(out, "{}:", Value::String(name.clone()));
                write(inner, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let _ = write!(out, "{value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_keys_does_not_matter_and_the_order_of_lists_does() {
        let a: Value = serde_json::from_str(r#"{"b": 1, "a": {"d": 2, "c": [1, 2]}}"#).unwrap();
        let b: Value = serde_json::from_str(r#"{"a": {"c": [1, 2], "d": 2}, "b": 1}"#).unwrap();
        assert_eq!(digest_of(&a), digest_of(&b));
        assert_ne!(digest_of(&json!([1, 2])), digest_of(&json!([2, 1])));
    }

    #[test]
    fn the_canonical_form_is_plain_json_without_spaces() {
        let mut text = String::new();
        write(&json!({"b": [true, null, 1.5], "a": "x\"y"}), &mut text);
        assert_eq!(text, r#"{"a":"x\"y","b":[true,null,1.5]}"#);
    }
}
