//! Lambda: versions of functions and the aliases that lead to them, in the REST protocol. Source: Lambda API Reference, GetAlias,
//! UpdateAlias and ListVersionsByFunction.
//!
//! These are the resources that stacks made: what is changed here, the stack's drift shows. Functions aren't run.

use hyper::Method;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::sandbox::aws::caller::{Caller, PARTITION};
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

/// What every path begins with.
const PREFIX: &str = "/2015-03-31/functions/";

/// The action that a request asks for; none that the sandbox has.
pub fn action(method: &Method, path: &str) -> Option<&'static str> {
    match (method.as_str(), parts(path)?.as_slice()) {
        ("GET", [_, "aliases", _]) => Some("GetAlias"),
        ("PUT", [_, "aliases", _]) => Some("UpdateAlias"),
        ("GET", [_, "versions"]) => Some("ListVersionsByFunction"),
        _ => None,
    }
}

fn parts(path: &str) -> Option<Vec<&str>> {
    Some(path.strip_prefix(PREFIX)?.split('/').collect())
}

/// Carries out an action.
///
/// # Errors
/// As Lambda answers them.
pub fn call(
    world: &mut World,
    caller: &Caller,
    action: &str,
    path: &str,
    input: &Value,
    now: Timestamp,
) -> Result<Value, ApiError> {
    let parts = parts(path).unwrap_or_default();
    let function = function(caller, parts.first().copied().unwrap_or_default());
    if !exists(world, "AWS::Lambda::Function", caller, |one| one.attributes.get("Arn") == Some(&json!(function))) {
        return Err(not_found(&format!("Function not found: {function}")));
    }
    let alias = format!("{function}:{}", parts.get(2).copied().unwrap_or_default());
    match action {
        "GetAlias" => Ok(described(found(world, caller, &alias)?)),
        "UpdateAlias" => update(world, caller, &function, &alias, input, now),
        "ListVersionsByFunction" => Ok(versions(world, caller, &function)),
        _ => Err(ApiError::new(404, "UnknownOperationException", "")),
    }
}

/// A function's ARN from its name or from an ARN, also one with escapes.
fn function(caller: &Caller, name: &str) -> String {
    let name = name.replace("%3A", ":").replace("%3a", ":");
    if name.starts_with("arn:") {
        return name;
    }
    format!("arn:{PARTITION}:lambda:{}:{}:function:{name}", caller.region, caller.account)
}

fn not_found(message: &str) -> ApiError {
    ApiError::new(404, "ResourceNotFoundException", message)
}

fn of<'a>(world: &'a World, kind: &str, caller: &Caller) -> impl Iterator<Item = &'a Physical> + use<'a> {
    let prefix = format!("{}/{}/{kind}/", caller.account, caller.region);
    world.resources.range(&prefix).map(|(_, physical)| physical)
}

fn exists(world: &World, kind: &str, caller: &Caller, wanted: impl Fn(&Physical) -> bool) -> bool {
    of(world, kind, caller).any(wanted)
}

fn found<'a>(world: &'a World, caller: &Caller, alias: &str) -> Result<&'a Physical, ApiError> {
    let found = of(world, "AWS::Lambda::Alias", caller).find(|one| one.id == alias);
    found.ok_or_else(|| not_found(&format!("Cannot find alias arn: {alias}")))
}

fn update(
    world: &mut World,
    caller: &Caller,
    function: &str,
    alias: &str,
    input: &Value,
    now: Timestamp,
) -> Result<Value, ApiError> {
    if input.get("RevisionId").is_some_and(|revision| !revision.is_null()) {
        return Err(ApiError::new(400, "InvalidParameterValueException", "The sandbox keeps no revisions of aliases."));
    }
    let weights = input.pointer("/RoutingConfig/AdditionalVersionWeights").and_then(Value::as_object).cloned();
    let named = input.get("FunctionVersion").and_then(Value::as_str);
    for version in named.into_iter().chain(weights.iter().flat_map(Map::keys).map(String::as_str)) {
        let arn = format!("{function}:{version}");
        if version != "$LATEST" && !exists(world, "AWS::Lambda::Version", caller, |one| one.id == arn) {
            return Err(not_found(&format!("Function not found: {arn}")));
        }
    }
    let key = found(world, caller, alias)?.key();
    let Some(alias) = world.resources.edit(&key) else { return Err(not_found("Cannot find alias")) };
    if let Some(version) = named {
        alias.properties.insert("FunctionVersion".to_owned(), json!(version));
    }
    match weights {
        Some(weights) if weights.is_empty() => {
            alias.properties.remove("RoutingConfig");
        }
        Some(weights) => {
            let weights =
                weights.iter().map(|(version, weight)| json!({"FunctionVersion": version, "FunctionWeight": weight}));
            let weights: Vec<Value> = weights.collect();
            alias.properties.insert("RoutingConfig".to_owned(), json!({"AdditionalVersionWeights": weights}));
        }
        None => {}
    }
    alias.updated = now;
    Ok(described(alias))
}

fn described(alias: &Physical) -> Value {
    let text = |name: &str| alias.properties.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut answer = json!({
        "AliasArn": alias.id,
        "Name": text("Name"),
        "FunctionVersion": text("FunctionVersion"),
        "Description": text("Description"),
    });
    let weights = alias.properties.get("RoutingConfig").and_then(|routing| routing.get("AdditionalVersionWeights"));
    if let (Some(weights), Some(answer)) = (weights.and_then(Value::as_array), answer.as_object_mut()) {
        let weight =
            |one: &Value| Some((one.get("FunctionVersion")?.as_str()?.to_owned(), one.get("FunctionWeight")?.clone()));
        let weights: Map<String, Value> = weights.iter().filter_map(weight).collect();
        answer.insert("RoutingConfig".to_owned(), json!({"AdditionalVersionWeights": weights}));
    }
    answer
}

fn versions(world: &World, caller: &Caller, function: &str) -> Value {
    let name = function.rsplit(':').next().unwrap_or_default();
    let mut numbers: Vec<(u64, &Physical)> = of(world, "AWS::Lambda::Version", caller)
        .filter_map(|version| {
            let (of, number) = version.id.rsplit_once(':')?;
            Some((number.parse().ok()?, version)).filter(|_| of == function)
        })
        .collect();
    numbers.sort_by_key(|(number, _)| *number);
    let described: Vec<Value> = numbers
        .into_iter()
        .map(
            |(number, version)| json!({"FunctionName": name, "FunctionArn": version.id, "Version": number.to_string()}),
        )
        .collect();
    json!({ "Versions": described })
}
