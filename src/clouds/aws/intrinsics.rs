//! CloudFormation's intrinsic functions: telling them from plain values, and resolving them as far as what is known allows.
//!
//! [`Context::resolve`] replaces what it can and leaves the rest in one canonical form, so that two ways of writing the same value
//! compare as equal: text that isn't wholly known becomes a flat `Fn::Join` with the delimiter `""`, whether it was written with
//! `Fn::Sub`, `Fn::Join` or both, and `Fn::GetAtt` always takes a list.
//!
//! Source of the rules: the intrinsic function reference of the CloudFormation user guide.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub mod cidr;
pub mod conditions;
pub mod error;
pub mod parameters;
mod resolve;
pub mod sub;
mod text;

pub use error::IntrinsicError;

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

/// What only the surroundings of a template know. Every method may answer with none: then the function stays as it is.
pub trait Surroundings {
    /// What `Ref` of a resource gives.
    fn reference(&self, logical_id: &str) -> Option<Value> {
        let _ = logical_id;
        None
    }
    /// What `Fn::GetAtt` gives.
    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        let _ = (logical_id, attribute);
        None
    }
    /// The value of an export of another stack.
    fn import(&self, name: &str) -> Option<Value> {
        let _ = name;
        None
    }
    /// The availability zones of a region, in the order in which the account sees them.
    fn zones(&self, region: &str) -> Option<Vec<String>> {
        let _ = region;
        None
    }
}

/// Surroundings that know nothing: for templates compared without a cloud.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Surroundings for Nowhere {}

/// What is known when a template's functions are resolved.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The parameters' values by name; lists for parameters of list types. See [`parameters::values`].
    pub parameters: &'a BTreeMap<String, Value>,
    /// The pseudo parameters by their full name, such as `AWS::Region`.
    pub pseudo: &'a BTreeMap<String, Value>,
    /// The template's `Mappings`.
    pub mappings: &'a Map<String, Value>,
    /// The conditions that are decided. See [`conditions::decide`].
    pub conditions: &'a BTreeMap<String, bool>,
    /// The rest.
    pub surroundings: &'a dyn Surroundings,
}

impl Context<'_> {
    /// The value with every function replaced whose outcome is known, and the others in canonical form; none where the value
    /// turns out to be `AWS::NoValue`. Entries of objects and lists that turn out to be nothing are left out.
    ///
    /// # Errors
    /// A function that is written wrongly, or that can have no value: a key that a mapping doesn't have, an index beyond its list.
    pub fn resolve(&self, value: &Value) -> Result<Option<Value>, IntrinsicError> {
        resolve::Resolver::new(self).value(value)
    }

    /// Resolves an object entry by entry where it stands, such as a resource's properties, without a copy of what is no function.
    ///
    /// # Errors
    /// As [`Context::resolve`]; the object is as it was then.
    pub fn resolve_in_place(&self, values: &mut Map<String, Value>) -> Result<(), IntrinsicError> {
        resolve::Resolver::new(self).in_place(values)
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
