//! Logical ids that hold a digest, so that a change of what they stand for makes a new resource.

use std::fmt::Write as _;

use serde_json::Value;
use sha1::{Digest, Sha1};

/// Characters of the digest that SAM puts into an id.
const LENGTH: usize = 10;

/// The prefix with the digest of a value; the prefix alone for a value that is empty.
pub(super) fn with_digest(prefix: &str, of: &Value) -> String {
    let text = match of {
        Value::String(text) => text.clone(),
        value if super::properties::truthy(value) => as_python_writes(value),
        _ => String::new(),
    };
    if text.is_empty() {
        return prefix.to_owned();
    }
    format!("{prefix}{}", &hex::encode(Sha1::digest(text.as_bytes()))[..LENGTH])
}

/// The prefix with the start of a digest that the user gives.
pub(super) fn with_given(prefix: &str, digest: &str) -> String {
    format!("{prefix}{}", digest.chars().take(LENGTH).collect::<String>())
}

/// JSON as `json.dumps(…, separators=(",", ":"), sort_keys=True)` writes it: compact, sorted, ASCII only.
fn as_python_writes(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            _ => {
                let mut units = [0_u16; 2];
                for unit in character.encode_utf16(&mut units) {
                    // Writing to a string can't fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_those_of_the_translator() {
        let code = json!({"S3Bucket": "bucket", "S3Key": "k", "MemorySize": 128, "Variables": {"A": {"Ref": "B"}}});
        assert_eq!(with_digest("FVersion", &code), "FVersion3743486102");
        assert_eq!(with_digest("Plain", &json!("")), "Plain");
        assert_eq!(with_given("FVersion", "abcdef0123456789"), "FVersionabcdef0123");
    }

    #[test]
    fn json_is_written_as_python_does() {
        let value = json!({"b": ["ä😀\u{7f}", "\"\\\n"], "a": {"y": true, "x": null}});
        assert_eq!(as_python_writes(&value), r#"{"a":{"x":null,"y":true},"b":["\u00e4\ud83d\ude00\u007f","\"\\\n"]}"#);
    }
}
