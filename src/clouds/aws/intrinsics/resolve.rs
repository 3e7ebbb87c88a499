//! Resolving one value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::sub::{self, Part};
use super::text::{Text, scalar};
use super::{Context, Function, IntrinsicError, cidr, function, inside};

/// How deep values may be nested.
const DEPTH: usize = 200;

/// What takes away the entry that refers to it.
const NO_VALUE: &str = "AWS::NoValue";

pub(super) struct Resolver<'a> {
    context: &'a Context<'a>,
    depth: usize,
}

type Resolved = Result<Option<Value>, IntrinsicError>;

/// What becomes of a function that stands somewhere in a value.
enum Outcome {
    /// It is what it will be.
    Stays,
    /// Another value stands in its place.
    Becomes(Value),
    /// Nothing does.
    Goes,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Self { context, depth: 0 }
    }

    fn deeper(&self) -> Result<Self, IntrinsicError> {
        if self.depth >= DEPTH {
            return Err(IntrinsicError::Depth { most: DEPTH });
        }
        Ok(Self { context: self.context, depth: self.depth + 1 })
    }

    pub(super) fn value(&self, value: &Value) -> Resolved {
        let inner = self.deeper()?;
        match function(value) {
            Some(Function::Ref(target)) => Ok(self.reference(target)),
            Some(Function::If { condition, then, otherwise }) => inner.choice(condition, then, otherwise),
            Some(Function::Other { name, argument }) => inner.other(name, argument),
            None => match value {
                Value::Object(object) => Ok(Some(Value::Object(inner.object(object)?))),
                Value::Array(items) => Ok(Some(Value::Array(inner.items(items)?))),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(Some(value.clone())),
            },
        }
    }

    /// Resolves the entries of an object where they stand; an error leaves all of them as they are.
    pub(super) fn in_place(&self, object: &mut Map<String, Value>) -> Result<(), IntrinsicError> {
        let mut outcomes = Vec::new();
        for value in object.values() {
            self.outcomes(value, &mut outcomes)?;
        }
        let mut outcomes = outcomes.into_iter();
        object.retain(|_, value| put(value, &mut outcomes));
        Ok(())
    }

    /// Adds what becomes of the functions of a value, in the order in which they stand.
    fn outcomes(&self, value: &Value, found: &mut Vec<Outcome>) -> Result<(), IntrinsicError> {
        let inner = self.deeper()?;
        match function(value) {
            Some(function) if self.stays(&function) => found.push(Outcome::Stays),
            Some(_) => found.push(self.value(value)?.map_or(Outcome::Goes, Outcome::Becomes)),
            None => match value {
                Value::Object(object) => object.values().try_for_each(|value| inner.outcomes(value, found))?,
                Value::Array(items) => items.iter().try_for_each(|item| inner.outcomes(item, found))?,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            },
        }
        Ok(())
    }

    /// Whether a function is in canonical form, and nothing is known that it could become.
    fn stays(&self, function: &Function<'_>) -> bool {
        match function {
            Function::Ref(target) => *target != NO_VALUE && self.known(target).is_none(),
            Function::Other { name: "Fn::GetAtt", argument: Value::Array(parts) } => match parts.as_slice() {
                [Value::String(id), Value::String(name)] => self.context.surroundings.attribute(id, name).is_none(),
                _ => false,
            },
            Function::If { .. } | Function::Other { .. } => false,
        }
    }

    fn object(&self, object: &Map<String, Value>) -> Result<Map<String, Value>, IntrinsicError> {
        let mut resolved = Map::new();
        for (key, value) in object {
            if let Some(value) = self.value(value)? {
                resolved.insert(key.clone(), value);
            }
        }
        Ok(resolved)
    }

    fn items(&self, items: &[Value]) -> Result<Vec<Value>, IntrinsicError> {
        items.iter().filter_map(|item| self.value(item).transpose()).collect()
    }

    fn reference(&self, target: &str) -> Option<Value> {
        if target == NO_VALUE {
            return None;
        }
        Some(self.known(target).unwrap_or_else(|| json!({"Ref": target})))
    }

    /// What a reference is known to give.
    fn known(&self, target: &str) -> Option<Value> {
        if target.starts_with("AWS::") {
            self.context.pseudo.get(target).cloned()
        } else {
            self.context.parameters.get(target).cloned().or_else(|| self.context.surroundings.reference(target))
        }
    }

    fn choice(&self, condition: &str, then: &Value, otherwise: &Value) -> Resolved {
        match self.context.conditions.get(condition) {
            Some(true) => self.value(then),
            Some(false) => self.value(otherwise),
            None => {
                let nothing = || json!({"Ref": "AWS::NoValue"});
                let then = self.value(then)?.unwrap_or_else(nothing);
                let otherwise = self.value(otherwise)?.unwrap_or_else(nothing);
                if then == otherwise {
                    return Ok((!super::is_no_value(&then)).then_some(then));
                }
                Ok(Some(json!({"Fn::If": [condition, then, otherwise]})))
            }
        }
    }

    fn other(&self, name: &str, argument: &Value) -> Resolved {
        let resolved = match name {
            "Fn::GetAtt" => self.attribute(argument)?,
            "Fn::Sub" => self.sub(argument)?,
            "Fn::Join" => self.join(argument)?,
            "Fn::Select" => return self.select(argument),
            "Fn::Split" => self.split(argument)?,
            "Fn::FindInMap" => return self.find_in_map(argument),
            "Fn::Base64" => {
                self.simple(name, argument, |value| scalar(value).map(|text| Value::String(STANDARD.encode(text))))?
            }
            "Fn::ImportValue" => {
                self.simple(name, argument, |value| self.context.surroundings.import(value.as_str()?))?
            }
            "Fn::GetAZs" => self.zones(argument)?,
            "Fn::Cidr" => self.cidr(argument)?,
            "Fn::Length" => self.simple(name, argument, |value| value.as_array().map(|list| json!(list.len())))?,
            "Fn::ToJsonString" => {
                self.simple(name, argument, |value| (!inside(value)).then(|| Value::String(value.to_string())))?
            }
            // Macros, loops and rules' functions: only the cloud can say.
            _ => json!({name: argument}),
        };
        Ok(Some(resolved))
    }

    /// A function of one value that stays as it is where the value isn't known.
    fn simple(
        &self,
        name: &str,
        argument: &Value,
        known: impl Fn(&Value) -> Option<Value>,
    ) -> Result<Value, IntrinsicError> {
        let value = self.value(argument)?.ok_or_else(|| IntrinsicError::form(name, "AWS::NoValue is no argument"))?;
        if function(&value).is_some() {
            return Ok(json!({name: value}));
        }
        Ok(known(&value).unwrap_or_else(|| json!({name: value})))
    }

    fn attribute(&self, argument: &Value) -> Result<Value, IntrinsicError> {
        let wrong = || IntrinsicError::form("Fn::GetAtt", "it takes a logical id and the name of an attribute");
        let (id, attribute) = match argument {
            Value::String(both) => {
                let (id, attribute) = both.split_once('.').ok_or_else(wrong)?;
                (id.to_owned(), Value::String(attribute.to_owned()))
            }
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(id), attribute] => (id.clone(), self.value(attribute)?.ok_or_else(wrong)?),
                [Value::String(id), rest @ ..] if rest.len() > 1 => {
                    let rest: Option<Vec<_>> = rest.iter().map(Value::as_str).collect();
                    (id.clone(), Value::String(rest.ok_or_else(wrong)?.join(".")))
                }
                _ => return Err(wrong()),
            },
            _ => return Err(wrong()),
        };
        let known = attribute.as_str().and_then(|name| self.context.surroundings.attribute(&id, name));
        Ok(known.unwrap_or_else(|| json!({"Fn::GetAtt": [id, attribute]})))
    }

    fn sub(&self, argument: &Value) -> Result<Value, IntrinsicError> {
        const NAME: &str = "Fn::Sub";
        let none = Map::new();
        let (template, variables) = match argument {
            Value::String(text) => (text, &none),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(text), Value::Object(variables)] => (text, variables),
                _ => {
                    return Err(IntrinsicError::form(
                        NAME,
                        "it takes text, or a list of text and an object of variables",
                    ));
                }
            },
            _ => return Err(IntrinsicError::form(NAME, "it takes text, or a list of text and an object of variables")),
        };
        let mut text = Text::default();
        for part in sub::parts(template)? {
            let variable = match part {
                Part::Literal(literal) => {
                    text.literal(&literal);
                    continue;
                }
                Part::Variable(variable) => variable,
            };
            let value = match variables.get(&variable) {
                Some(value) => self.value(value)?,
                None if variable.contains('.') => Some(self.attribute(&Value::String(variable.clone()))?),
                None => self.reference(&variable),
            };
            let value = value.ok_or_else(|| IntrinsicError::form(NAME, format!("${{{variable}}} is AWS::NoValue")))?;
            if !text.push(value) {
                return Err(IntrinsicError::form(
                    NAME,
                    format!("${{{variable}}} is a list or an object; text is needed"),
                ));
            }
        }
        Ok(text.finish())
    }

    fn join(&self, argument: &Value) -> Result<Value, IntrinsicError> {
        const NAME: &str = "Fn::Join";
        let Some([Value::String(delimiter), list]) = argument.as_array().map(Vec::as_slice) else {
            return Err(IntrinsicError::form(NAME, "it takes a delimiter and a list"));
        };
        let list = self.value(list)?.ok_or_else(|| IntrinsicError::form(NAME, "AWS::NoValue is no list"))?;
        let items = match list {
            Value::Array(items) => items,
            list if function(&list).is_some() => return Ok(json!({NAME: [delimiter, list]})),
            _ => return Err(IntrinsicError::form(NAME, "what it joins is no list")),
        };
        // An item that may turn out to be nothing takes its delimiter along.
        if items.iter().any(may_be_nothing) {
            return Ok(json!({NAME: [delimiter, items]}));
        }
        let mut text = Text::default();
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                text.literal(delimiter);
            }
            if !text.push(item) {
                return Err(IntrinsicError::form(NAME, format!("item {index} is a list or an object; text is needed")));
            }
        }
        Ok(text.finish())
    }

    fn select(&self, argument: &Value) -> Resolved {
        const NAME: &str = "Fn::Select";
        let Some([index, list]) = argument.as_array().map(Vec::as_slice) else {
            return Err(IntrinsicError::form(NAME, "it takes an index and a list"));
        };
        let missing = || IntrinsicError::form(NAME, "AWS::NoValue is no argument");
        let (index, list) = (self.value(index)?.ok_or_else(missing)?, self.value(list)?.ok_or_else(missing)?);
        let (Value::Array(items), None) = (&list, function(&index)) else {
            if list.is_array() || function(&list).is_some() {
                return Ok(Some(json!({NAME: [index, list]})));
            }
            return Err(IntrinsicError::form(NAME, "what it selects from is no list"));
        };
        let number = scalar(&index).unwrap_or_default();
        let position = number.parse::<usize>().ok();
        if position.is_none_or(|position| position >= items.len()) || items.iter().any(may_be_nothing) {
            if items.iter().any(may_be_nothing) {
                return Ok(Some(json!({NAME: [index, list]})));
            }
            return Err(IntrinsicError::Index { index: number, length: items.len() });
        }
        Ok(position.and_then(|position| items.get(position)).cloned())
    }

    fn split(&self, argument: &Value) -> Result<Value, IntrinsicError> {
        const NAME: &str = "Fn::Split";
        let Some([Value::String(delimiter), text]) = argument.as_array().map(Vec::as_slice) else {
            return Err(IntrinsicError::form(NAME, "it takes a delimiter and text"));
        };
        if delimiter.is_empty() {
            return Err(IntrinsicError::form(NAME, "the delimiter is empty"));
        }
        match self.value(text)? {
            Some(Value::String(text)) => Ok(text.split(delimiter).map(Value::from).collect()),
            Some(value) if function(&value).is_some() => Ok(json!({NAME: [delimiter, value]})),
            _ => Err(IntrinsicError::form(NAME, "what it splits is no text")),
        }
    }

    fn find_in_map(&self, argument: &Value) -> Resolved {
        const NAME: &str = "Fn::FindInMap";
        let wrong = || IntrinsicError::form(NAME, "it takes the name of a mapping and two keys");
        let parts = argument.as_array().ok_or_else(wrong)?;
        let (keys, default) = match parts.as_slice() {
            [map, top, second] => ([map, top, second], None),
            [map, top, second, options] => ([map, top, second], options.get("DefaultValue")),
            _ => return Err(wrong()),
        };
        let mut resolved = Vec::with_capacity(3);
        for key in keys {
            resolved.push(self.value(key)?.ok_or_else(wrong)?);
        }
        let names: Option<Vec<_>> = resolved.iter().map(scalar).collect();
        let Some([map, top, second]) = names.as_deref() else {
            return Ok(Some(json!({NAME: resolved})));
        };
        let found = self.context.mappings.get(map).and_then(|map| map.get(top)).and_then(|top| top.get(second));
        match (found, default) {
            (Some(value), _) => Ok(Some(value.clone())),
            (None, Some(default)) => self.value(default),
            (None, None) => Err(IntrinsicError::Mapping { map: map.clone(), top: top.clone(), second: second.clone() }),
        }
    }

    fn zones(&self, argument: &Value) -> Result<Value, IntrinsicError> {
        let region = match argument {
            Value::String(region) if region.is_empty() => json!({"Ref": "AWS::Region"}),
            other => other.clone(),
        };
        self.simple("Fn::GetAZs", &region, |region| {
            Some(self.context.surroundings.zones(region.as_str()?)?.into_iter().map(Value::String).collect())
        })
    }

    fn cidr(&self, argument: &Value) -> Result<Value, IntrinsicError> {
        const NAME: &str = "Fn::Cidr";
        let wrong = || IntrinsicError::form(NAME, "it takes an address block, a count and the number of host bits");
        let parts = argument.as_array().ok_or_else(wrong)?;
        let mut resolved = Vec::with_capacity(3);
        for part in parts {
            resolved.push(self.value(part)?.ok_or_else(wrong)?);
        }
        if resolved.iter().any(inside) {
            return Ok(json!({NAME: resolved}));
        }
        let texts: Option<Vec<_>> = resolved.iter().map(scalar).collect();
        let (block, count, bits) = match texts.as_deref() {
            Some([block, count]) => (block, count, None),
            Some([block, count, bits]) => (block, count, Some(bits)),
            _ => return Err(wrong()),
        };
        // Without the number of bits, CloudFormation takes 8 for IPv4; IPv6 always needs it, and 64 is the only one subnets take.
        let default = if block.contains(':') { "64" } else { "8" };
        let count = count.parse().map_err(|_| wrong())?;
        let bits = bits.map_or(default, String::as_str).parse().map_err(|_| wrong())?;
        Ok(cidr::divide(block, count, bits)?.into_iter().map(Value::String).collect())
    }
}

/// Puts what became of the functions of a value in their places, in the order in which they stand; whether anything of it is left.
fn put(value: &mut Value, outcomes: &mut impl Iterator<Item = Outcome>) -> bool {
    if function(value).is_some() {
        return match outcomes.next() {
            Some(Outcome::Goes) => false,
            Some(Outcome::Becomes(resolved)) => {
                *value = resolved;
                true
            }
            Some(Outcome::Stays) | None => true,
        };
    }
    match value {
        Value::Object(object) => object.retain(|_, value| put(value, outcomes)),
        Value::Array(items) => items.retain_mut(|item| put(item, outcomes)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    true
}

/// Whether a resolved value may still turn out to be `AWS::NoValue`, or a list where one item is expected.
fn may_be_nothing(value: &Value) -> bool {
    matches!(function(value), Some(Function::If { then, otherwise, .. })
        if super::is_no_value(then) || super::is_no_value(otherwise) || may_be_nothing(then) || may_be_nothing(otherwise))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::clouds::aws::intrinsics::Surroundings;

    struct Cloud;

    impl Surroundings for Cloud {
        fn reference(&self, logical_id: &str) -> Option<Value> {
            (logical_id == "Queue").then(|| json!("https://queue"))
        }
        fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
            (logical_id == "Queue" && attribute == "Arn").then(|| json!("arn:queue"))
        }
        fn import(&self, name: &str) -> Option<Value> {
            (name == "shared-vpc").then(|| json!("vpc-1"))
        }
        fn zones(&self, region: &str) -> Option<Vec<String>> {
            Some(vec![format!("{region}a"), format!("{region}b")])
        }
    }

    fn resolve(value: Value) -> Resolved {
        let parameters =
            BTreeMap::from([("Stage".to_owned(), json!("prod")), ("Nets".to_owned(), json!(["s-1", "s-2"]))]);
        let pseudo = BTreeMap::from([("AWS::Region".to_owned(), json!("eu-central-1"))]);
        let mappings = json!({"Sizes": {"prod": {"count": 3, "list": ["a", "b"]}}});
        let conditions = BTreeMap::from([("Yes".to_owned(), true), ("No".to_owned(), false)]);
        let context = Context {
            parameters: &parameters,
            pseudo: &pseudo,
            mappings: mappings.as_object().expect("an object"),
            conditions: &conditions,
            surroundings: &Cloud,
        };
        let resolved = context.resolve(&value);
        let before = Map::from_iter([("Value".to_owned(), value)]);
        let mut held = before.clone();
        match (&resolved, context.resolve_in_place(&mut held)) {
            (Ok(resolved), Ok(())) => assert_eq!(held.get("Value"), resolved.as_ref(), "in place"),
            (Err(error), Err(in_place)) => assert_eq!((&in_place, held), (error, before), "in place"),
            (resolved, in_place) => panic!("{resolved:?}, but in place {in_place:?}"),
        }
        resolved
    }

    fn gives(value: Value, wanted: Value) {
        assert_eq!(resolve(value), Ok(Some(wanted)));
    }

    #[test]
    fn known_functions_are_replaced() {
        gives(json!({"Ref": "Stage"}), json!("prod"));
        gives(json!({"Ref": "AWS::Region"}), json!("eu-central-1"));
        gives(json!({"Ref": "Queue"}), json!("https://queue"));
        gives(json!({"Fn::GetAtt": "Queue.Arn"}), json!("arn:queue"));
        gives(json!({"Fn::Sub": "a-${Stage}-${Queue.Arn}-${!Stage}"}), json!("a-prod-arn:queue-${Stage}"));
        gives(json!({"Fn::Sub": ["${X}${Y}", {"X": 1, "Y": {"Ref": "Stage"}}]}), json!("1prod"));
        gives(json!({"Fn::Join": [",", {"Ref": "Nets"}]}), json!("s-1,s-2"));
        gives(json!({"Fn::Select": ["1", {"Ref": "Nets"}]}), json!("s-2"));
        gives(json!({"Fn::Split": ["-", "a-b"]}), json!(["a", "b"]));
        gives(json!({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "count"]}), json!(3));
        gives(json!({"Fn::FindInMap": ["Sizes", "dev", "count", {"DefaultValue": 1}]}), json!(1));
        gives(json!({"Fn::Base64": {"Fn::Sub": "${Stage}"}}), json!("cHJvZA=="));
        gives(json!({"Fn::ImportValue": "shared-vpc"}), json!("vpc-1"));
        gives(json!({"Fn::Select": [0, {"Fn::GetAZs": ""}]}), json!("eu-central-1a"));
        gives(json!({"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/16", 2, "8"]}]}), json!("10.0.1.0/24"));
        gives(json!({"Fn::Length": {"Ref": "Nets"}}), json!(2));
        gives(json!({"Fn::ToJsonString": {"a": {"Ref": "Stage"}}}), json!("{\"a\":\"prod\"}"));
    }

    #[test]
    fn choices_take_properties_away() {
        let value = json!({"a": {"Fn::If": ["Yes", 1, 2]}, "b": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]},
            "c": [{"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, 2]});
        gives(value, json!({"a": 1, "c": [2]}));
        assert_eq!(resolve(json!({"Ref": "AWS::NoValue"})), Ok(None));
    }

    #[test]
    fn unknown_text_has_one_form_however_it_is_written() {
        let wanted = json!({"Fn::Join": ["", ["a-prod-", {"Ref": "Bucket"}, "/", {"Fn::GetAtt": ["Role", "Arn"]}]]});
        gives(json!({"Fn::Sub": "a-${Stage}-${Bucket}/${Role.Arn}"}), wanted.clone());
        gives(
            json!({"Fn::Join": ["/", [{"Fn::Sub": "a-prod-${Bucket}"}, {"Fn::GetAtt": "Role.Arn"}]]}),
            wanted.clone(),
        );
        gives(wanted.clone(), wanted);
        gives(json!({"Fn::Sub": "${Bucket}"}), json!({"Ref": "Bucket"}));
        gives(json!({"Fn::Sub": "${Role.Arn}"}), json!({"Fn::GetAtt": ["Role", "Arn"]}));
    }

    #[test]
    fn unknown_functions_stay_with_their_known_parts_resolved() {
        gives(json!({"Fn::If": ["Open", {"Ref": "Stage"}, 2]}), json!({"Fn::If": ["Open", "prod", 2]}));
        gives(json!({"Fn::If": ["Open", {"Ref": "Stage"}, "prod"]}), json!("prod"));
        gives(json!({"Fn::Select": [0, {"Ref": "Others"}]}), json!({"Fn::Select": [0, {"Ref": "Others"}]}));
        gives(json!({"Fn::Transform": {"Name": "M"}}), json!({"Fn::Transform": {"Name": "M"}}));
        let maybe = json!({"Fn::Join": [",", ["a", {"Fn::If": ["Open", "b", {"Ref": "AWS::NoValue"}]}]]});
        gives(maybe.clone(), maybe);
        gives(json!({"Fn::ImportValue": "other"}), json!({"Fn::ImportValue": "other"}));
    }

    #[test]
    fn impossible_functions_are_errors() {
        for wrong in [
            json!({"Fn::Select": [2, ["a"]]}),
            json!({"Fn::Select": [-1, ["a"]]}),
            json!({"Fn::FindInMap": ["Sizes", "dev", "count"]}),
            json!({"Fn::Join": ["a", "b"]}),
            json!({"Fn::Sub": "${a b}"}),
            json!({"Fn::Sub": "${Nets}"}),
            json!({"Fn::Split": ["", "a"]}),
            json!({"Fn::GetAtt": "Queue"}),
            json!({"Fn::Cidr": ["10.0.0.0/16"]}),
        ] {
            assert!(resolve(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nesting_beyond_measure_is_refused() {
        let mut deep = json!("x");
        for _ in 0..1000 {
            deep = json!({"Fn::Base64": deep});
        }
        assert_eq!(resolve(deep), Err(IntrinsicError::Depth { most: DEPTH }));
    }
}
