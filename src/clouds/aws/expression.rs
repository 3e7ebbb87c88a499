//! Expressions that CloudFormation evaluates, as we write them: `Ref`, `Fn::GetAtt`, `Fn::Sub`.
//!
//! Text that users give is never part of an `Fn::Sub` template. It stands as a literal of its own, or, where it has to
//! be joined with expressions, goes through [`Text`], which keeps it apart from what is evaluated.

use serde_json::{Value, json};

/// What a parameter holds, or the identifier that a resource gives when it is referred to.
pub(super) fn reference(id: impl AsRef<str>) -> Value {
    json!({ "Ref": id.as_ref() })
}

/// An attribute of a resource.
pub(super) fn attribute(id: impl AsRef<str>, name: &str) -> Value {
    json!({ "Fn::GetAtt": [id.as_ref(), name] })
}

/// A text of ours with `${…}` in it. Only text written here and names that follow the model's grammar may enter.
pub(super) fn sub(template: impl AsRef<str>) -> Value {
    json!({ "Fn::Sub": template.as_ref() })
}

/// Text of users with `${` in it: joined from pieces in which it doesn't occur, so that neither CloudFormation nor a reader
/// takes it for an expression.
pub(super) fn plain(text: &str) -> Value {
    let mut pieces: Vec<String> = text.split("${").map(|piece| format!("{{{piece}")).collect();
    if let Some(first) = pieces.first_mut() {
        first.remove(0);
    }
    json!({ "Fn::Join": ["$", pieces] })
}

/// One of two values, depending on a condition of the template.
pub(super) fn choose(condition: &str, then: Value, otherwise: Value) -> Value {
    json!({ "Fn::If": [condition, then, otherwise] })
}

/// Takes a property away.
pub(super) fn no_value() -> Value {
    reference("AWS::NoValue")
}

/// A number as JSON, whole where it is whole.
pub(super) fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

/// Text put together from literals, which may come from users, and expressions, which may not.
#[derive(Default)]
pub(super) struct Text {
    pieces: Vec<Piece>,
}

enum Piece {
    Literal(String),
    Expression(Value),
}

impl Text {
    /// Adds text that stays as it is.
    pub(super) fn literal(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Literal(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Literal(text.to_owned())),
        }
    }

    /// Adds text that CloudFormation evaluates.
    pub(super) fn expression(&mut self, value: &Value) {
        self.pieces.push(Piece::Expression(value.clone()));
    }

    /// Adds a value as JSON. Strings stay as they are; a `Ref`, `Fn::GetAtt` or `Fn::Sub` object is evaluated, so the
    /// value must come from us (strings inside it may come from users).
    pub(super) fn json(&mut self, value: &Value) {
        match value {
            Value::Object(object) if is_expression(value) && object.len() == 1 => {
                self.literal("\"");
                self.expression(value);
                self.literal("\"");
            }
            Value::Object(object) => {
                self.literal("{");
                for (place, (key, value)) in object.iter().enumerate() {
                    if place > 0 {
                        self.literal(",");
                    }
                    self.literal(&Value::String(key.clone()).to_string());
                    self.literal(":");
                    self.json(value);
                }
                self.literal("}");
            }
            Value::Array(items) => {
                self.literal("[");
                for (place, value) in items.iter().enumerate() {
                    if place > 0 {
                        self.literal(",");
                    }
                    self.json(value);
                }
                self.literal("]");
            }
            plain => self.literal(&plain.to_string()),
        }
    }

    /// The text as a template's value: a plain string, `Fn::Sub` where no literal looks like an expression, else `Fn::Join`,
    /// whose literals are never evaluated.
    pub(super) fn finish(self) -> Value {
        let only_literal = match self.pieces.as_slice() {
            [] => Some(String::new()),
            [Piece::Literal(text)] => Some(text.clone()),
            _ => None,
        };
        if let Some(text) = only_literal {
            return Value::String(text);
        }
        self.as_sub().unwrap_or_else(|| self.as_join())
    }

    fn as_sub(&self) -> Option<Value> {
        let mut template = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) if text.contains('$') => return None,
                Piece::Literal(text) => template.push_str(text),
                Piece::Expression(value) => template.push_str(&inside_sub(value)?),
            }
        }
        Some(sub(template))
    }

    fn as_join(&self) -> Value {
        let parts = self.pieces.iter().flat_map(|piece| match piece {
            Piece::Literal(text) => cut(text),
            Piece::Expression(value) => vec![value.clone()],
        });
        json!({ "Fn::Join": ["", parts.collect::<Vec<Value>>()] })
    }
}

/// Text cut at each `${`, so that no reader takes what follows for an expression.
fn cut(text: &str) -> Vec<Value> {
    let mut rest = text;
    let mut parts = Vec::new();
    while let Some(at) = rest.find("${") {
        let (before, after) = rest.split_at(at + 1);
        parts.push(json!(before));
        rest = after;
    }
    parts.push(json!(rest));
    parts
}

fn is_expression(value: &Value) -> bool {
    ["Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Select"].iter().any(|name| value.get(name).is_some())
}

/// How an expression is written inside `Fn::Sub`, where it can be.
fn inside_sub(value: &Value) -> Option<String> {
    if let Some(id) = value.get("Ref").and_then(Value::as_str) {
        return Some(format!("${{{id}}}"));
    }
    if let Some([Value::String(id), Value::String(name)]) =
        value.get("Fn::GetAtt").and_then(Value::as_array).map(Vec::as_slice)
    {
        return Some(format!("${{{id}.{name}}}"));
    }
    value.get("Fn::Sub").and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_dollars_becomes_a_readable_sub() {
        let mut text = Text::default();
        text.json(&json!({ "title": "CPU", "of": reference("DatabaseMain"), "at": attribute("Queue", "Arn") }));
        assert_eq!(
            text.finish(),
            json!({ "Fn::Sub": r#"{"at":"${Queue.Arn}","of":"${DatabaseMain}","title":"CPU"}"# })
        );
    }

    #[test]
    fn text_of_users_that_looks_like_an_expression_stays_text() {
        let mut text = Text::default();
        text.literal("${AWS::AccountId} ${! $");
        text.expression(&reference("Topic"));
        assert_eq!(text.finish(), json!({ "Fn::Join": ["", ["$", "{AWS::AccountId} $", "{! $", { "Ref": "Topic" }]] }));
    }

    #[test]
    fn text_that_looks_like_an_expression_is_taken_apart() {
        assert_eq!(plain("a${b}c${"), json!({ "Fn::Join": ["$", ["a", "{b}c", "{"]] }));
        assert_eq!(plain("${x}"), json!({ "Fn::Join": ["$", ["", "{x}"]] }));
    }

    #[test]
    fn text_without_expressions_is_a_string() {
        let mut text = Text::default();
        text.literal("a${b}");
        text.literal("c");
        assert_eq!(text.finish(), json!("a${b}c"));
    }
}
