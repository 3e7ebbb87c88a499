//! CloudFormation's intrinsic functions, as they stand in a template's values.

use serde_json::Value;

/// An intrinsic function, taken apart as far as everybody needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function<'a> {
    /// `Ref`: a parameter, a pseudo parameter or a resource.
    Ref(&'a str),
    /// `Fn::If`: one of two values.
    If {
        /// The condition's name.
        condition: &'a str,
        /// The value where it is true.
        then: &'a Value,
        /// The value where it is false.
        otherwise: &'a Value,
    },
    /// Any other, by its full name, such as `Fn::Sub`.
    Other {
        /// The name.
        name: &'a str,
        /// What stands behind it.
        argument: &'a Value,
    },
}

/// The function that a value is, if it is one: an object with a single key, `Ref` or `Fn::…`.
pub fn function(value: &Value) -> Option<Function<'_>> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let (name, argument) = object.iter().next()?;
    match (name.as_str(), argument) {
        ("Ref", Value::String(target)) => Some(Function::Ref(target)),
        ("Fn::If", Value::Array(parts)) => match parts.as_slice() {
            [Value::String(condition), then, otherwise] => Some(Function::If { condition, then, otherwise }),
            _ => Some(Function::Other { name, argument }),
        },
        (other, _) if other.starts_with("Fn::") => Some(Function::Other { name, argument }),
        _ => None,
    }
}

/// Whether a value is `Ref: AWS::NoValue`, which takes the property away.
pub fn is_no_value(value: &Value) -> bool {
    function(value) == Some(Function::Ref("AWS::NoValue"))
}

/// Whether a value is a function or holds one.
pub fn inside(value: &Value) -> bool {
    function(value).is_some()
        || match value {
            Value::Array(items) => items.iter().any(inside),
            Value::Object(object) => object.iter().any(|(key, value)| key.starts_with("Fn::") || inside(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn functions_are_told_from_objects() {
        assert_eq!(function(&json!({"Ref": "A"})), Some(Function::Ref("A")));
        assert!(matches!(function(&json!({"Fn::If": ["C", 1, 2]})), Some(Function::If { condition: "C", .. })));
        assert!(matches!(function(&json!({"Fn::Sub": "x"})), Some(Function::Other { name: "Fn::Sub", .. })));
        assert_eq!(function(&json!({"Ref": "A", "Other": 1})), None);
        assert!(is_no_value(&json!({"Ref": "AWS::NoValue"})));
        assert!(inside(&json!({"a": [{"b": {"Fn::GetAtt": ["X", "Y"]}}]})));
        assert!(!inside(&json!({"a": [{"b": "Ref"}]})));
    }
}
