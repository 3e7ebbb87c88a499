//! Evaluates intrinsic functions against the state of a stack.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::template::{Template, attribute_reference};
use crate::clouds::aws::intrinsics::{self, Function};
use crate::sandbox::aws::caller::PARTITION;

/// Why a value can't be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// It depends on what doesn't exist yet.
    NotYet,
    /// It's wrong, in CloudFormation's words.
    Refused(String),
}

impl From<String> for Unresolved {
    fn from(reason: String) -> Self {
        Self::Refused(reason)
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYet => formatter.write_str("Template error: the value isn't known before the stack is created"),
            Self::Refused(reason) => formatter.write_str(reason),
        }
    }
}

/// What the values of a template may refer to outside it.
pub trait Surroundings {
    /// What `Ref` gives for a resource.
    ///
    /// # Errors
    /// When the resource has no physical id.
    fn reference(&self, logical_id: &str) -> Result<Value, Unresolved>;

    /// What `Fn::GetAtt` gives.
    ///
    /// # Errors
    /// When the resource doesn't exist or has no such attribute.
    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Value, Unresolved>;

    /// The value that another stack exports under this name.
    fn import(&self, name: &str) -> Option<String>;
}

/// The stack's own facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pseudo {
    /// `AWS::AccountId`.
    pub account: String,
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::StackId`.
    pub stack_id: String,
    /// `AWS::StackName`.
    pub stack_name: String,
    /// `AWS::NotificationARNs`.
    pub notification_arns: Vec<String>,
}

/// Evaluates the values of one template.
pub struct Evaluator<'a> {
    template: &'a Template,
    parameters: BTreeMap<&'a str, &'a Value>,
    pseudo: &'a Pseudo,
    conditions: BTreeMap<String, bool>,
    surroundings: &'a dyn Surroundings,
}

impl<'a> Evaluator<'a> {
    /// An evaluator whose conditions are decided.
    ///
    /// # Errors
    /// When a condition can't be evaluated.
    pub fn new(
        template: &'a Template,
        parameters: BTreeMap<&'a str, &'a Value>,
        pseudo: &'a Pseudo,
        surroundings: &'a dyn Surroundings,
    ) -> Result<Self, Unresolved> {
        let mut evaluator = Self { template, parameters, pseudo, conditions: BTreeMap::new(), surroundings };
        let names: Vec<&str> = template.section("Conditions").map(|(name, _)| name).collect();
        for name in names {
            let value = evaluator.condition(name, &mut BTreeSet::new())?;
            evaluator.conditions.insert(name.to_owned(), value);
        }
        Ok(evaluator)
    }

    /// Whether something with this condition exists.
    pub fn holds(&self, condition: Option<&str>) -> bool {
        condition.is_none_or(|name| self.conditions.get(name).copied().unwrap_or(false))
    }

    /// A value with its functions evaluated; none for `AWS::NoValue`.
    ///
    /// # Errors
    /// When something it refers to isn't there or a function is misused.
    pub fn value(&self, value: &Value) -> Result<Option<Value>, Unresolved> {
        match intrinsics::function(value) {
            Some(Function::Ref(target)) => self.reference(target),
            Some(Function::If { condition, then, otherwise }) => {
                let chosen = self
                    .conditions
                    .get(condition)
                    .ok_or_else(|| format!("Template error: unresolved condition dependency {condition} in Fn::If"))?;
                self.value(if *chosen { then } else { otherwise })
            }
            Some(Function::Other { name, argument }) => self.function(name, argument).map(Some),
            None => self.plain(value, |value| self.value(value)),
        }
    }

    /// An object with its functions evaluated.
    ///
    /// # Errors
    /// As [`Evaluator::value`].
    pub fn object(&self, value: &Value) -> Result<Map<String, Value>, Unresolved> {
        match self.value(value)? {
            Some(Value::Object(object)) => Ok(object),
            None => Ok(Map::new()),
            Some(_) => Err("Template error: a map was expected".to_owned().into()),
        }
    }

    /// A value that must come out as text.
    ///
    /// # Errors
    /// As [`Evaluator::value`], and when it doesn't.
    pub fn text(&self, value: &Value, whose: &str) -> Result<String, Unresolved> {
        self.value(value)?
            .and_then(|value| scalar_text(&value))
            .ok_or_else(|| format!("Template error: every {whose} must evaluate to a string").into())
    }

    /// A value with its functions evaluated where that is possible now; `unknown` says what stands for the others.
    ///
    /// # Errors
    /// When a function is misused.
    pub fn partial(&self, value: &Value, unknown: &dyn Fn(&Value) -> Value) -> Result<Option<Value>, Unresolved> {
        if let Some(Function::If { condition, then, otherwise }) = intrinsics::function(value)
            && let Some(chosen) = self.conditions.get(condition)
        {
            return self.partial(if *chosen { then } else { otherwise }, unknown);
        }
        if intrinsics::function(value).is_some() {
            return match self.value(value) {
                Err(Unresolved::NotYet) => Ok(Some(unknown(value))),
                other => other,
            };
        }
        self.plain(value, |value| self.partial(value, unknown))
    }

    fn plain(
        &self,
        value: &Value,
        evaluate: impl Fn(&Value) -> Result<Option<Value>, Unresolved>,
    ) -> Result<Option<Value>, Unresolved> {
        Ok(Some(match value {
            Value::Array(items) => {
                let mut list = Vec::new();
                for item in items {
                    list.extend(evaluate(item)?);
                }
                Value::Array(list)
            }
            Value::Object(object) => {
                let mut map = Map::new();
                for (key, value) in object {
                    if let Some(value) = evaluate(value)? {
                        map.insert(key.clone(), value);
                    }
                }
                Value::Object(map)
            }
            other => other.clone(),
        }))
    }

    fn reference(&self, target: &str) -> Result<Option<Value>, Unresolved> {
        let text = |text: &str| Ok(Some(Value::String(text.to_owned())));
        match target {
            "AWS::NoValue" => Ok(None),
            "AWS::AccountId" => text(&self.pseudo.account),
            "AWS::Region" => text(&self.pseudo.region),
            "AWS::StackId" => text(&self.pseudo.stack_id),
            "AWS::StackName" => text(&self.pseudo.stack_name),
            "AWS::Partition" => text(PARTITION),
            "AWS::URLSuffix" => text("amazonaws.com"),
            "AWS::NotificationARNs" => Ok(Some(Value::from(self.pseudo.notification_arns.clone()))),
            _ => match self.parameters.get(target) {
                Some(value) => Ok(Some((*value).clone())),
                None => self.surroundings.reference(target).map(Some),
            },
        }
    }

    fn function(&self, name: &str, argument: &Value) -> Result<Value, Unresolved> {
        match name {
            "Fn::GetAtt" => {
                let (resource, attribute) = self.attribute_parts(argument)?;
                self.surroundings.attribute(&resource, &attribute)
            }
            "Fn::Sub" => self.substitute(argument).map(Value::String),
            "Fn::Join" => self.join(argument).map(Value::String),
            "Fn::Split" => self.split(argument),
            "Fn::Select" => self.select(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::Base64" => {
                let text = self.text(argument, "Fn::Base64 object")?;
                Ok(Value::String(STANDARD.encode(text)))
            }
            "Fn::GetAZs" => {
                let region = match self.value(argument)?.and_then(|value| scalar_text(&value)) {
                    Some(region) if !region.is_empty() => region,
                    _ => self.pseudo.region.clone(),
                };
                Ok(Value::from(zones(&region)))
            }
            "Fn::Cidr" => self.cidr(argument),
            "Fn::ImportValue" => {
                let name = self.text(argument, "Fn::ImportValue object")?;
                self.surroundings
                    .import(&name)
                    .map(Value::String)
                    .ok_or_else(|| format!("No export named {name} found.").into())
            }
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => {
                self.decide(&condition_value(name, argument), &mut BTreeSet::new()).map(Value::Bool)
            }
            other => {
                Err(format!("Template error: the function {other} needs a transform that the sandbox doesn't run")
                    .into())
            }
        }
    }

    fn attribute_parts(&self, argument: &Value) -> Result<(String, String), Unresolved> {
        let malformed = || {
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute"
                .to_owned()
        };
        let (resource, attribute) = attribute_reference(argument).ok_or_else(malformed)?;
        if !attribute.is_empty() {
            return Ok((resource, attribute));
        }
        let computed = argument.get(1).ok_or_else(malformed)?;
        Ok((resource, self.text(computed, "Fn::GetAtt attribute")?))
    }

    fn substitute(&self, argument: &Value) -> Result<String, Unresolved> {
        let malformed = || {
            "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string"
                .to_owned()
        };
        let (text, variables) = match argument {
            Value::String(text) => (text.as_str(), None),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(text)] => (text.as_str(), None),
                [Value::String(text), Value::Object(variables)] => (text.as_str(), Some(variables)),
                _ => return Err(malformed().into()),
            },
            _ => return Err(malformed().into()),
        };
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            out.push_str(&rest[..start]);
            let after = &rest[start + 2..];
            let Some(end) = after.find('}') else {
                out.push_str(&rest[start..]);
                return Ok(out);
            };
            let name = &after[..end];
            rest = &after[end + 1..];
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str("${");
                out.push_str(literal);
                out.push('}');
                continue;
            }
            let name = name.trim();
            let value = match variables.and_then(|variables| variables.get(name)) {
                Some(value) => self.value(value)?,
                None => match name.split_once('.') {
                    Some((resource, attribute)) => Some(self.surroundings.attribute(resource, attribute)?),
                    None => self.reference(name)?,
                },
            };
            let value = value.as_ref().and_then(sub_text).ok_or_else(|| {
                format!("Template error: variable {name} in Fn::Sub expression does not resolve to a string")
            })?;
            out.push_str(&value);
        }
        out.push_str(rest);
        Ok(out)
    }

    fn join(&self, argument: &Value) -> Result<String, Unresolved> {
        let malformed = || {
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
                .to_owned()
        };
        let Some([Value::String(delimiter), list]) = argument.as_array().map(Vec::as_slice) else {
            return Err(malformed().into());
        };
        let Some(Value::Array(items)) = self.value(list)? else { return Err(malformed().into()) };
        let texts: Option<Vec<String>> = items.iter().map(scalar_text).collect();
        Ok(texts.ok_or_else(malformed)?.join(delimiter))
    }

    fn split(&self, argument: &Value) -> Result<Value, Unresolved> {
        let malformed = || {
            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split."
                .to_owned()
        };
        let Some([Value::String(delimiter), source]) = argument.as_array().map(Vec::as_slice) else {
            return Err(malformed().into());
        };
        let source = self.value(source)?.and_then(|value| scalar_text(&value)).ok_or_else(malformed)?;
        if delimiter.is_empty() {
            return Err(malformed().into());
        }
        Ok(source.split(delimiter.as_str()).map(str::to_owned).collect::<Vec<_>>().into())
    }

    fn select(&self, argument: &Value) -> Result<Value, Unresolved> {
        let malformed = || {
            "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"
                .to_owned()
        };
        let Some([index, list]) = argument.as_array().map(Vec::as_slice) else { return Err(malformed().into()) };
        let index: usize = self
            .value(index)?
            .and_then(|value| scalar_text(&value))
            .and_then(|text| text.parse().ok())
            .ok_or_else(malformed)?;
        let Some(Value::Array(items)) = self.value(list)? else { return Err(malformed().into()) };
        items.get(index).cloned().ok_or_else(|| {
            format!("Template error: Fn::Select cannot select nonexistent value at index {index}").into()
        })
    }

    fn find_in_map(&self, argument: &Value) -> Result<Value, Unresolved> {
        let malformed = || {
            "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value"
                .to_owned()
        };
        let parts = argument.as_array().ok_or_else(malformed)?;
        let [map, first, second, rest @ ..] = parts.as_slice() else { return Err(malformed().into()) };
        let map = self.text(map, "Fn::FindInMap parameter")?;
        let first = self.text(first, "Fn::FindInMap parameter")?;
        let second = self.text(second, "Fn::FindInMap parameter")?;
        let found =
            self.template.entry("Mappings", &map).and_then(|map| map.get(&first)).and_then(|row| row.get(&second));
        match (found, rest.first().and_then(|default| default.get("DefaultValue"))) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(default)) => Ok(self.value(default)?.unwrap_or_default()),
            (None, None) => Err(format!("Template error: Unable to get mapping for {map}::{first}::{second}").into()),
        }
    }

    fn cidr(&self, argument: &Value) -> Result<Value, Unresolved> {
        let malformed =
            || "Template error: Fn::Cidr requires an IP block, a count and the number of subnet bits".to_owned();
        let parts = argument.as_array().ok_or_else(malformed)?;
        let text = |index: usize| -> Result<Option<String>, Unresolved> {
            parts.get(index).map_or(Ok(None), |part| Ok(self.value(part)?.and_then(|value| scalar_text(&value))))
        };
        let block: ipnet::Ipv4Net = text(0)?.and_then(|text| text.parse().ok()).ok_or_else(malformed)?;
        let count: usize = text(1)?.and_then(|text| text.parse().ok()).ok_or_else(malformed)?;
        let bits: u8 = text(2)?.map_or(Some(8), |text| text.parse().ok()).ok_or_else(malformed)?;
        let length = 32u8.checked_sub(bits).ok_or_else(malformed)?;
        let subnets: Vec<String> =
            block.subnets(length).map_err(|_| malformed())?.take(count).map(|subnet| subnet.to_string()).collect();
        if subnets.len() < count {
            return Err(
                format!("Template error: Fn::Cidr can't make {count} blocks of {bits} bits out of {block}").into()
            );
        }
        Ok(subnets.into())
    }

    fn condition(&self, name: &str, open: &mut BTreeSet<String>) -> Result<bool, Unresolved> {
        if let Some(known) = self.conditions.get(name) {
            return Ok(*known);
        }
        if !open.insert(name.to_owned()) {
            return Err(format!("Template error: circular condition dependency through {name}").into());
        }
        let value = self
            .template
            .entry("Conditions", name)
            .ok_or_else(|| format!("Template error: unresolved condition dependency {name}"))?;
        let decided = self.decide(value, open)?;
        open.remove(name);
        Ok(decided)
    }

    fn decide(&self, value: &Value, open: &mut BTreeSet<String>) -> Result<bool, Unresolved> {
        let malformed = || {
            "Template format error: Conditions can only be boolean operations on parameters and other conditions"
                .to_owned()
        };
        let object = value.as_object().filter(|object| object.len() == 1).ok_or_else(malformed)?;
        let (name, argument) = object.iter().next().ok_or_else(malformed)?;
        let list = || argument.as_array().map(Vec::as_slice).ok_or_else(malformed);
        match name.as_str() {
            "Condition" => self.condition(argument.as_str().ok_or_else(malformed)?, open),
            "Fn::Equals" => match list()? {
                [left, right] => Ok(comparable(self.value(left)?) == comparable(self.value(right)?)),
                _ => Err(malformed().into()),
            },
            "Fn::Not" => match list()? {
                [inner] => Ok(!self.decide(inner, open)?),
                _ => Err(malformed().into()),
            },
            "Fn::And" | "Fn::Or" => {
                let mut parts = Vec::new();
                for part in list()? {
                    parts.push(self.decide(part, open)?);
                }
                Ok(if name == "Fn::And" { parts.iter().all(|part| *part) } else { parts.iter().any(|part| *part) })
            }
            _ => Err(malformed().into()),
        }
    }
}

fn condition_value(name: &str, argument: &Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), argument.clone())]))
}

fn comparable(value: Option<Value>) -> Option<Value> {
    value.map(|value| scalar_text(&value).map_or(value, Value::String))
}

/// A scalar as the text that CloudFormation makes of it.
pub fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// In `Fn::Sub` a list stands for its items with commas between them.
fn sub_text(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => items.iter().map(scalar_text).collect::<Option<Vec<_>>>().map(|texts| texts.join(",")),
        other => scalar_text(other),
    }
}

/// The zones of a region that the sandbox offers: three, as most regions have for most accounts.
pub fn zones(region: &str) -> Vec<String> {
    ["a", "b", "c"].iter().map(|letter| format!("{region}{letter}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::{Evaluator, Pseudo, Surroundings, Unresolved};
    use crate::sandbox::aws::cloudformation::template::Template;

    struct Cloud;

    impl Surroundings for Cloud {
        fn reference(&self, logical_id: &str) -> Result<Value, Unresolved> {
            Ok(json!(format!("physical-{logical_id}")))
        }

        fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Value, Unresolved> {
            Ok(json!(format!("{logical_id}/{attribute}")))
        }

        fn import(&self, name: &str) -> Option<String> {
            (name == "known").then(|| "imported".to_owned())
        }
    }

    fn evaluate(value: Value) -> Result<Option<Value>, Unresolved> {
        let template = Template::parse(
            &json!({
                "Parameters": {"P": {"Type": "String"}},
                "Mappings": {"M": {"a": {"b": "mapped"}}},
                "Conditions": {
                    "Yes": {"Fn::Equals": [{"Ref": "P"}, "5"]},
                    "No": {"Fn::Not": [{"Condition": "Yes"}]},
                },
                "Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
            })
            .to_string(),
        )
        .unwrap();
        let five = json!(5);
        let pseudo = Pseudo { region: "eu-west-1".to_owned(), ..Pseudo::default() };
        Evaluator::new(&template, BTreeMap::from([("P", &five)]), &pseudo, &Cloud)?.value(&value)
    }

    #[test]
    fn functions_give_what_cloudformation_gives() {
        for (value, expected) in [
            (json!({"Ref": "Q"}), json!("physical-Q")),
            (json!({"Fn::GetAtt": "Q.Arn"}), json!("Q/Arn")),
            (json!({"Fn::GetAtt": ["Q", "Endpoint.Port"]}), json!("Q/Endpoint.Port")),
            (json!({"Fn::Sub": "${Q}:${Q.Arn}:${AWS::Region}:${!Q}:${P}"}), json!("physical-Q:Q/Arn:eu-west-1:${Q}:5")),
            (json!({"Fn::Sub": ["${V}", {"V": {"Ref": "Q"}}]}), json!("physical-Q")),
            (json!({"Fn::Join": ["-", ["a", 1, true]]}), json!("a-1-true")),
            (json!({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}), json!("b")),
            (json!({"Fn::Select": [0, {"Fn::GetAZs": ""}]}), json!("eu-west-1a")),
            (json!({"Fn::FindInMap": ["M", "a", "b"]}), json!("mapped")),
            (json!({"Fn::If": ["Yes", 1, 2]}), json!(1)),
            (json!({"Fn::If": ["No", 1, 2]}), json!(2)),
            (json!({"Fn::ImportValue": "known"}), json!("imported")),
            (json!({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}), json!(["10.0.0.0/24", "10.0.1.0/24"])),
            (json!({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}), json!({"b": [1]})),
        ] {
            assert_eq!(evaluate(value), Ok(Some(expected)));
        }
    }

    #[test]
    fn what_is_not_there_is_said() {
        assert_eq!(evaluate(json!({"Fn::ImportValue": "x"})), Err("No export named x found.".to_owned().into()));
        assert_eq!(
            evaluate(json!({"Fn::FindInMap": ["M", "a", "c"]})),
            Err("Template error: Unable to get mapping for M::a::c".to_owned().into())
        );
    }
}
