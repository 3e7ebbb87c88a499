//! The parameters of a template and the values that a request gives them.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, Value};

use super::evaluate::scalar_text;
use super::stack::Parameter;
use super::template::Template;
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::aws::query::Query;
use crate::sandbox::aws::types::lifecycle;
use crate::sandbox::engine::inventory::Place;
use crate::sandbox::world::World;

/// What a request says of one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Given {
    Value(String),
    Previous,
}

/// The values of a template's parameters: those given, those from before, and the defaults.
///
/// # Errors
/// `ValidationError` in CloudFormation's words.
pub fn resolve(
    world: &World,
    place: &Place,
    template: &Template,
    query: &Query,
    previous: Option<&BTreeMap<String, Parameter>>,
) -> Result<BTreeMap<String, Parameter>, ApiError> {
    let declared = template.parameters();
    let given = read(query)?;
    let unknown: Vec<&str> = given.keys().map(String::as_str).filter(|name| !declared.contains_key(name)).collect();
    if !unknown.is_empty() {
        return Err(ApiError::validation(format!("Parameters: [{}] do not exist in the template", unknown.join(", "))));
    }
    let mut missing = Vec::new();
    let mut resolved = BTreeMap::new();
    for (name, declaration) in declared {
        let text = match given.get(name) {
            Some(Given::Value(value)) => Some(value.clone()),
            Some(Given::Previous) => {
                let before = previous.and_then(|parameters| parameters.get(name)).ok_or_else(|| {
                    ApiError::validation(format!(
                        "Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key not in the previous template"
                    ))
                })?;
                Some(before.text.clone())
            }
            None => declaration.get("Default").and_then(scalar_text),
        };
        let Some(text) = text else {
            missing.push(name);
            continue;
        };
        resolved.insert(name.to_owned(), value(world, place, name, declaration, text)?);
    }
    if !missing.is_empty() {
        return Err(ApiError::validation(format!("Parameters: [{}] must have values", missing.join(", "))));
    }
    Ok(resolved)
}

fn read(query: &Query) -> Result<BTreeMap<String, Given>, ApiError> {
    let mut given = BTreeMap::new();
    for parameter in query.structures("Parameters") {
        let key = parameter.required("ParameterKey")?.to_owned();
        let previous = parameter.flag("UsePreviousValue")?.unwrap_or(false);
        let value = match (parameter.text("ParameterValue"), previous) {
            (Some(_), true) => {
                return Err(ApiError::validation(format!(
                    "Invalid input for parameter key {key}. Cannot specify usePreviousValue as true and non empty value for a parameter"
                )));
            }
            (Some(value), false) => Given::Value(value.to_owned()),
            (None, true) => Given::Previous,
            (None, false) => Given::Value(String::new()),
        };
        if given.insert(key.clone(), value).is_some() {
            return Err(ApiError::validation(format!("Parameters: [{key}] are duplicated")));
        }
    }
    Ok(given)
}

fn value(
    world: &World,
    place: &Place,
    name: &str,
    declaration: &Map<String, Value>,
    text: String,
) -> Result<Parameter, ApiError> {
    let kind = declaration.get("Type").and_then(Value::as_str).unwrap_or("String");
    let no_echo = declaration.get("NoEcho").and_then(scalar_text).as_deref() == Some("true");
    let stored = kind.strip_prefix("AWS::SSM::Parameter::Value<").and_then(|inner| inner.strip_suffix('>'));
    let resolved = match stored {
        Some(_) => Some(stored_value(world, place, &text)?),
        None => None,
    };
    let effective = resolved.as_deref().unwrap_or(&text);
    let kind = stored.unwrap_or(kind);
    let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
    let items: Vec<&str> = if is_list { effective.split(',').map(str::trim).collect() } else { vec![effective] };
    if stored.is_none() {
        for item in &items {
            check(name, kind, declaration, item)?;
        }
    }
    let value = if is_list { Value::from(items) } else { Value::String(effective.to_owned()) };
    Ok(Parameter { text, value, no_echo, resolved })
}

fn stored_value(world: &World, place: &Place, name: &str) -> Result<String, ApiError> {
    lifecycle::find(world, "AWS::SSM::Parameter", place, name)
        .and_then(|parameter| parameter.properties.get("Value").and_then(scalar_text))
        .ok_or_else(|| {
            ApiError::validation(format!("Unable to fetch parameters [{name}] from parameter store for this account."))
        })
}

fn check(name: &str, kind: &str, declaration: &Map<String, Value>, item: &str) -> Result<(), ApiError> {
    let described = declaration.get("ConstraintDescription").and_then(Value::as_str);
    let refuse = |what: String| {
        Err(ApiError::validation(match described {
            Some(description) => format!("Parameter '{name}' failed to satisfy constraint: {description}"),
            None => format!("Parameter '{name}' {what}"),
        }))
    };
    let number = |key: &str| declaration.get(key).and_then(scalar_text).and_then(|text| text.parse::<f64>().ok());
    if matches!(kind, "Number" | "List<Number>") {
        let Ok(value) = item.parse::<f64>() else { return refuse("must be a number".to_owned()) };
        if let Some(least) = number("MinValue").filter(|least| value < *least) {
            return refuse(format!("must be a number not less than {least}"));
        }
        if let Some(most) = number("MaxValue").filter(|most| value > *most) {
            return refuse(format!("must be a number not greater than {most}"));
        }
    }
    if let Some(allowed) = declaration.get("AllowedValues").and_then(Value::as_array)
        && !allowed.iter().filter_map(scalar_text).any(|value| value == item)
    {
        let allowed: Vec<String> = allowed.iter().filter_map(scalar_text).collect();
        return refuse(format!("must be one of AllowedValues: [{}]", allowed.join(", ")));
    }
    if let Some(pattern) = declaration.get("AllowedPattern").and_then(Value::as_str)
        && let Ok(regex) = Regex::new(&format!("^(?:{pattern})$"))
        && !regex.is_match(item)
    {
        return refuse(format!("must match pattern {pattern}"));
    }
    let length = item.chars().count() as f64;
    if let Some(least) = number("MinLength").filter(|least| length < *least) {
        return refuse(format!("must contain at least {least} characters"));
    }
    if let Some(most) = number("MaxLength").filter(|most| length > *most) {
        return refuse(format!("must contain at most {most} characters"));
    }
    Ok(())
}
