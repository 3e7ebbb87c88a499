//! Conditions: deciding which are true.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::text::scalar;
use super::{Context, IntrinsicError};

/// The conditions of a template that can be decided with what the context knows; its own `conditions` are not looked at. One that
/// depends on something unknown is left out.
///
/// # Errors
/// A condition that is written wrongly, that refers to none, or to itself.
pub fn decide(
    conditions: &Map<String, Value>,
    context: &Context<'_>,
) -> Result<BTreeMap<String, bool>, IntrinsicError> {
    let mut decider = Decider { conditions, context, decided: BTreeMap::new(), open: BTreeSet::new() };
    for name in conditions.keys() {
        decider.named(name)?;
    }
    Ok(decider.decided.into_iter().filter_map(|(name, truth)| Some((name, truth?))).collect())
}

struct Decider<'a> {
    conditions: &'a Map<String, Value>,
    context: &'a Context<'a>,
    decided: BTreeMap<String, Option<bool>>,
    open: BTreeSet<String>,
}

impl Decider<'_> {
    fn named(&mut self, name: &str) -> Result<Option<bool>, IntrinsicError> {
        if let Some(truth) = self.decided.get(name) {
            return Ok(*truth);
        }
        let condition = self.conditions.get(name).ok_or_else(|| IntrinsicError::Condition { name: name.to_owned() })?;
        if !self.open.insert(name.to_owned()) {
            return Err(IntrinsicError::Circle { name: name.to_owned() });
        }
        let truth = self.condition(condition)?;
        self.open.remove(name);
        self.decided.insert(name.to_owned(), truth);
        Ok(truth)
    }

    fn condition(&mut self, condition: &Value) -> Result<Option<bool>, IntrinsicError> {
        let single = condition.as_object().filter(|object| object.len() == 1);
        let Some((name, argument)) = single.and_then(|object| object.iter().next()) else {
            return match condition {
                Value::Bool(truth) => Ok(Some(*truth)),
                Value::String(text) if text == "true" || text == "false" => Ok(Some(text == "true")),
                _ => Err(IntrinsicError::form(
                    "a condition",
                    "it must be one of Fn::And, Fn::Equals, Fn::Not, Fn::Or, Condition",
                )),
            };
        };
        match (name.as_str(), argument) {
            ("Condition", Value::String(name)) => self.named(name),
            ("Fn::Equals", Value::Array(sides)) => match sides.as_slice() {
                [left, right] => self.equal(left, right),
                _ => Err(IntrinsicError::form(name, "it compares two values")),
            },
            ("Fn::Not", Value::Array(parts)) => match parts.as_slice() {
                [part] => Ok(self.condition(part)?.map(|truth| !truth)),
                _ => Err(IntrinsicError::form(name, "it takes a list of one condition")),
            },
            ("Fn::And" | "Fn::Or", Value::Array(parts)) => {
                if !(2..=10).contains(&parts.len()) {
                    return Err(IntrinsicError::form(name, "it takes 2 to 10 conditions"));
                }
                // One part alone decides: a false one an And, a true one an Or.
                let deciding = name == "Fn::Or";
                let mut all_known = true;
                let mut found = false;
                for part in parts {
                    match self.condition(part)? {
                        Some(truth) => found |= truth == deciding,
                        None => all_known = false,
                    }
                }
                Ok(if found { Some(deciding) } else { all_known.then_some(!deciding) })
            }
            _ => Err(IntrinsicError::form(name, "it is no condition, or its argument has the wrong form")),
        }
    }

    fn equal(&self, left: &Value, right: &Value) -> Result<Option<bool>, IntrinsicError> {
        let (left, right) = (self.context.resolve(left)?, self.context.resolve(right)?);
        let known = |value: &Option<Value>| value.as_ref().is_none_or(|value| !super::inside(value));
        if left == right {
            // Two functions written alike have the same outcome, whatever it is.
            return Ok(Some(true));
        }
        if !known(&left) || !known(&right) {
            return Ok(None);
        }
        let text = |value: &Option<Value>| value.as_ref().and_then(scalar);
        Ok(Some(text(&left).is_some() && text(&left) == text(&right)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clouds::aws::intrinsics::Nowhere;

    fn decided(conditions: Value) -> Result<BTreeMap<String, bool>, IntrinsicError> {
        let parameters = BTreeMap::from([("Stage".to_owned(), json!("prod"))]);
        let context = Context {
            parameters: &parameters,
            pseudo: &BTreeMap::new(),
            mappings: &Map::new(),
            conditions: &BTreeMap::new(),
            surroundings: &Nowhere,
        };
        decide(conditions.as_object().expect("an object"), &context)
    }

    #[test]
    fn conditions_are_decided_from_parameters_and_from_each_other() {
        let truths = decided(json!({
            "Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
            "NotProd": {"Fn::Not": [{"Condition": "Prod"}]},
            "Both": {"Fn::And": [{"Condition": "Prod"}, {"Condition": "NotProd"}]},
            "Either": {"Fn::Or": [{"Condition": "NotProd"}, {"Condition": "Prod"}]},
            "Number": {"Fn::Equals": [1, "1"]},
        }))
        .unwrap();
        let wanted = [("Both", false), ("Either", true), ("NotProd", false), ("Number", true), ("Prod", true)];
        assert_eq!(truths, wanted.map(|(name, truth)| (name.to_owned(), truth)).into());
    }

    #[test]
    fn what_is_unknown_stays_open_unless_the_rest_decides() {
        let truths = decided(json!({
            "Open": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-central-1"]},
            "Falls": {"Fn::And": [{"Condition": "Open"}, {"Fn::Equals": ["a", "b"]}]},
            "Hangs": {"Fn::Or": [{"Condition": "Open"}, {"Fn::Equals": ["a", "b"]}]},
        }))
        .unwrap();
        assert_eq!(truths, [("Falls".to_owned(), false)].into());
    }

    #[test]
    fn circles_and_unknown_names_are_errors() {
        let circle = decided(json!({"A": {"Condition": "B"}, "B": {"Fn::Not": [{"Condition": "A"}]}}));
        assert!(matches!(circle, Err(IntrinsicError::Circle { .. })));
        assert!(matches!(decided(json!({"A": {"Condition": "X"}})), Err(IntrinsicError::Condition { .. })));
        assert!(decided(json!({"A": {"Fn::And": [{"Fn::Equals": [1, 1]}]}})).is_err());
    }
}
