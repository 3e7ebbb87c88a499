//! Single values against their schema: type, allowed values, bounds, length and pattern.

use serde_json::{Map, Value};

use super::check::{Finding, report, strings};
use super::near;
use super::schema::TypeSchema;

/// Reports what is wrong with text, a number or a truth value; nothing for lists and objects.
pub(super) fn check(of: &TypeSchema, schema: &Map<String, Value>, value: &Value, path: &str, out: &mut Vec<Finding>) {
    let Some(text) = as_text(value) else { return };
    // What can't be read back is secret: it must not come out of a message either.
    let secret = of.write_only().covers(&parts(path).collect::<Vec<_>>());
    let shown = if secret { "the value".to_owned() } else { shown(&text) };
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
        one_of(allowed, &text, &shown, false, path, out);
    }
    if let Some(allowed) = schema.get("enumCaseInsensitive").and_then(Value::as_array) {
        one_of(allowed, &text, &shown, true, path, out);
    }
    if let Some(wanted) = schema.get("const").and_then(as_text)
        && wanted != text
    {
        report(out, path, format!("must be {wanted}, is {shown}"));
    }
    let numeric = types(schema).iter().any(|kind| matches!(*kind, "integer" | "number"));
    if let Some(number) = value.as_f64().or_else(|| numeric.then(|| text.parse().ok()).flatten()) {
        bounds(schema, number, path, out);
    }
    if value.is_string() {
        let length = text.chars().count() as u64;
        if let Some(least) = schema.get("minLength").and_then(Value::as_u64).filter(|least| length < *least) {
            report(out, path, format!("is {length} characters long; at least {least} are needed"));
        }
        if let Some(most) = schema.get("maxLength").and_then(Value::as_u64).filter(|most| length > *most) {
            report(out, path, format!("is {length} characters long; at most {most} are allowed"));
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && of.pattern(pattern).is_some_and(|regex| !regex.is_match(&text))
        {
            report(out, path, format!("{shown} doesn't match the pattern {pattern}"));
        }
    }
}

/// The parts of a path as it stands in a finding.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[', ']']).filter(|part| !part.is_empty())
}

fn one_of(allowed: &[Value], text: &str, shown: &str, any_case: bool, path: &str, out: &mut Vec<Finding>) {
    let allowed: Vec<_> = allowed.iter().filter_map(as_text).collect();
    let same = |known: &String| known == text || (any_case && known.eq_ignore_ascii_case(text));
    if allowed.iter().any(same) {
        return;
    }
    let what = if let Some(meant) = near(text, allowed.iter().map(String::as_str)) {
        format!("{shown} is not allowed here; did you mean {meant}?")
    } else if allowed.len() <= 12 {
        format!("{shown} is not allowed here; allowed are {}", allowed.join(", "))
    } else {
        format!("{shown} is not one of the {} values allowed here", allowed.len())
    };
    report(out, path, what);
}

fn types(schema: &Map<String, Value>) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        other => strings(other),
    }
}

/// What is wrong where a value is of none of the schema's types, taken as CloudFormation takes them.
pub(super) fn wrong_type(schema: &Map<String, Value>, value: &Value) -> Option<String> {
    let types = types(schema);
    if types.is_empty() || types.iter().any(|kind| is_of(kind, value)) {
        return None;
    }
    let found = match value {
        Value::Null => "null, which CloudFormation doesn't take",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let wanted: Vec<_> = types.iter().map(|kind| in_words(kind)).collect();
    Some(format!("must be {}, is {found}", wanted.join(" or ")))
}

fn in_words(kind: &str) -> &str {
    match kind {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        other => other,
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match (kind, value) {
        ("string", Value::String(_) | Value::Number(_) | Value::Bool(_)) => true,
        ("integer", Value::Number(number)) => number.as_f64().is_some_and(|number| number.fract() == 0.0),
        ("integer", Value::String(text)) => text.parse::<i128>().is_ok(),
        ("number", Value::Number(_)) => true,
        ("number", Value::String(text)) => text.parse::<f64>().is_ok_and(f64::is_finite),
        ("boolean", Value::Bool(_)) => true,
        ("boolean", Value::String(text)) => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
        ("array", Value::Array(_)) | ("object", Value::Object(_)) | ("null", Value::Null) => true,
        _ => false,
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn bounds(schema: &Map<String, Value>, number: f64, path: &str, out: &mut Vec<Finding>) {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    if let Some(least) = bound("minimum").filter(|least| number < *least) {
        report(out, path, format!("is {number}; the least is {least}"));
    }
    if let Some(most) = bound("maximum").filter(|most| number > *most) {
        report(out, path, format!("is {number}; the most is {most}"));
    }
    if let Some(least) = bound("exclusiveMinimum").filter(|least| number <= *least) {
        report(out, path, format!("is {number}; it must be more than {least}"));
    }
    if let Some(most) = bound("exclusiveMaximum").filter(|most| number >= *most) {
        report(out, path, format!("is {number}; it must be less than {most}"));
    }
    if let Some(step) = bound("multipleOf").filter(|step| *step > 0.0)
        && ((number / step) - (number / step).round()).abs() > 1e-9
    {
        report(out, path, format!("is {number}; it must be a multiple of {step}"));
    }
}

/// The text, shortened for a message.
fn shown(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let start: String = text.chars().take(MOST).collect();
    format!("{start}…")
}
