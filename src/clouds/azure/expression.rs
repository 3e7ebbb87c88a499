//! Expressions of ARM templates, kept apart from text until the document is written.
//!
//! In a template both are strings: `[concat('a', 'b')]` is evaluated, `[[x]` is the text `[x]`. While a document is drafted an
//! expression is an object under a key that no environment file can hold, so that nobody's text is ever evaluated.

use serde_json::{Value, json};

/// The key of an expression; control characters are refused in environment files.
const KEY: &str = "\u{0}expression";

/// An expression, without its brackets.
pub(super) fn expression(text: impl Into<String>) -> Value {
    json!({ KEY: text.into() })
}

/// An expression as the key of an object, where Resource Manager takes one: of the identities that a resource has.
pub(super) fn key(text: &str) -> String {
    format!("{KEY}:{text}")
}

/// The expression that a value is, without its brackets; none where it is anything else.
pub(super) fn of(value: &Value) -> Option<&str> {
    value.get(KEY).and_then(Value::as_str)
}

/// A text inside an expression.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A value as a part of another expression: an expression as it is, text in quotes.
pub(super) fn part(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => of(other).map_or_else(|| other.to_string(), str::to_owned),
    }
}

/// The value of a parameter.
pub(super) fn parameter(name: &str) -> Value {
    expression(format!("parameters({})", quoted(name)))
}

/// A number. Resource types whose descriptions say integer take fractions too, but only out of an expression: a template's own
/// numbers are whole (Azure Resource Manager documentation, "Data types in ARM templates": "for inline parameters, the range of
/// values may be limited"; floating point through `json('1.5')`).
pub(super) fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9.0e15 {
        json!(value as i64)
    } else {
        expression(format!("json({})", quoted(&value.to_string())))
    }
}

/// A value as the document holds it: expressions in brackets, text that looks like one with a second bracket before it.
pub(super) fn written(value: Value) -> Value {
    if let Some(text) = of(&value) {
        return Value::String(format!("[{text}]"));
    }
    match value {
        Value::String(text) => Value::String(plain(text)),
        Value::Array(items) => items.into_iter().map(written).collect(),
        Value::Object(object) => object
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (written_key(key), written(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

fn written_key(text: String) -> String {
    of_key(&text).map(|expression| format!("[{expression}]")).unwrap_or_else(|| plain(text))
}

/// The expression that a key is; none where it is text.
pub(super) fn of_key(key: &str) -> Option<&str> {
    key.strip_prefix(KEY)?.strip_prefix(':')
}

/// Text that Resource Manager gives back as it is (Azure Resource Manager documentation, "Syntax and expressions in ARM
/// templates", escape characters).
pub(super) fn plain(text: String) -> String {
    if text.starts_with('[') && text.ends_with(']') { format!("[{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Resource Manager makes of a string: text, or an expression.
    fn evaluated(text: &str) -> Result<String, String> {
        match text.strip_prefix('[') {
            Some(rest) if text.ends_with(']') => match rest.strip_prefix('[') {
                Some(_) => Ok(rest.to_owned()),
                None => Err(rest.to_owned()),
            },
            _ => Ok(text.to_owned()),
        }
    }

    proptest! {
        #[test]
        fn text_of_users_comes_out_as_it_went_in(text in r"[\[\]'a-z()]{0,12}|.*") {
            let written = written(json!(text));
            prop_assert_eq!(evaluated(written.as_str().unwrap()), Ok(text));
        }

        #[test]
        fn text_inside_an_expression_ends_where_it_ended(text in r"['a-z]{0,12}|.*") {
            let quoted = quoted(&text);
            let inner = quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap();
            prop_assert!(!inner.replace("''", "").contains('\''));
            prop_assert_eq!(inner.replace("''", "'"), text);
        }
    }

    #[test]
    fn an_expression_is_written_in_brackets_and_a_fraction_is_one() {
        assert_eq!(written(expression("resourceGroup().id")), json!("[resourceGroup().id]"));
        assert_eq!(written(number(0.5)), json!("[json('0.5')]"));
        assert_eq!(written(number(80.0)), json!(80));
    }
}
