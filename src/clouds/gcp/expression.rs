//! Values that Terraform works out, and text that it must not.
//!
//! While a document is written, what is worked out is an object under [`KEY`]; every other text is a user's or ours and comes out
//! as it went in. [`written`] makes the text of both.

use serde_json::{Value, json};

/// The key that tells a value that Terraform works out; no argument of the provider is called so.
const KEY: &str = "${}";

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it stands.
    Text(String),
    /// What Terraform works out.
    Code(String),
}

/// A text as it stands.
pub(super) fn text(text: impl Into<String>) -> Piece {
    Piece::Text(text.into())
}

/// Something that Terraform works out, such as `google_pubsub_topic.queue_orders.id`.
pub(super) fn code(code: impl Into<String>) -> Value {
    joined([Piece::Code(code.into())])
}

/// Pieces, one after the other.
pub(super) fn joined(pieces: impl IntoIterator<Item = Piece>) -> Value {
    let pieces: Vec<Value> = pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => json!([text]),
            Piece::Code(code) => json!([null, code]),
        })
        .collect();
    json!({ KEY: pieces })
}

/// A value as it is written: nulls are left out, what is worked out is a template, every other text is made plain.
pub(super) fn written(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(plain(text)),
        Value::Array(items) => Value::Array(items.into_iter().map(written).collect()),
        Value::Object(object) => match object.get(KEY).and_then(Value::as_array) {
            Some(pieces) => Value::String(pieces.iter().map(piece).collect()),
            None => {
                let kept = object.into_iter().filter(|(_, value)| !value.is_null());
                Value::Object(kept.map(|(key, value)| (plain(key), written(value))).collect())
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

fn piece(piece: &Value) -> String {
    match piece.as_array().map(Vec::as_slice) {
        Some([Value::String(text)]) => plain(text),
        Some([Value::Null, Value::String(code)]) => format!("${{{code}}}"),
        _ => String::new(),
    }
}

/// A text that Terraform reads as it stands: a sign more before a brace (Terraform language, "Strings and Templates", escape
/// sequences `$${` and `%%{`; the real engine gave back every text of up to five signs and braces that was tried).
pub(super) fn plain(text: impl Into<String>) -> String {
    let text = text.into();
    if text.contains("${") || text.contains("%{") { text.replace("${", "$${").replace("%{", "%%{") } else { text }
}

/// What Terraform makes of a text without anything to work out; none where there is something.
#[cfg(test)]
fn read(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['$', '%']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let sign = from.get(..1)?;
        let signs = from.len() - from.trim_start_matches(sign).len();
        let (run, after) = from.split_at(signs);
        match (signs, after.starts_with('{')) {
            (1, true) => return None,
            (_, true) => out.push_str(run.get(1..)?),
            (_, false) => out.push_str(run),
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    #[test]
    fn what_is_worked_out_stands_among_text_that_is_not() {
        let value =
            json!({ "a": joined([text("${x}/"), Piece::Code("b.c".into())]), "none": null, "list": ["%{ if }"] });
        assert_eq!(written(value), json!({ "a": "$${x}/${b.c}", "list": ["%%{ if }"] }));
        assert_eq!(read("${b.c}"), None);
    }

    proptest! {
        #[test]
        fn a_text_comes_out_as_it_went_in(text in "[$%{}x\"]{0,8}", other in any::<String>()) {
            for text in [text, other] {
                let Value::String(written) = written(json!(text)) else { panic!("no text") };
                proptest::prop_assert_eq!(read(&written), Some(text));
            }
        }
    }
}
