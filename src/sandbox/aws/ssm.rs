//! Systems Manager: Parameter Store as far as parameters are read and overwritten, in the JSON protocol. Source: Systems Manager API
//! Reference, GetParameter, PutParameter and their errors; user guide, "Parameter Store".
//!
//! Parameters are those of the inventory: what a stack made is read and overwritten here, and what is overwritten here is the stack's
//! drift.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::caller::{Caller, PARTITION};
use super::error::ApiError;
use crate::sandbox::engine::inventory::{self, Physical, Place};
use crate::sandbox::world::World;

/// What stands before the action in the header `X-Amz-Target`.
pub const TARGET: &str = "AmazonSSM";

/// The type of a parameter in a stack.
const KIND: &str = "AWS::SSM::Parameter";

/// The longest value of the standard tier, bytes.
const LARGEST: usize = 4096;

/// Carries out an action.
///
/// # Errors
/// As Systems Manager answers them.
pub fn call(
    world: &mut World,
    caller: &Caller,
    action: &str,
    input: &Value,
    now: Timestamp,
) -> Result<Value, ApiError> {
    match action {
        "GetParameter" => get_parameter(world, caller, input),
        "PutParameter" => put_parameter(world, caller, input, now),
        _ => Err(ApiError::new(400, "UnknownOperationException", "")),
    }
}

fn place(caller: &Caller) -> Place {
    Place { account: caller.account.clone(), region: caller.region.clone() }
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "ValidationException", message)
}

/// The name that is asked for, which may be given as an ARN.
fn name(input: &Value) -> Result<String, ApiError> {
    let name = input["Name"].as_str().unwrap_or_default();
    if name.is_empty() {
        return Err(invalid(
            "1 validation error detected: Value at 'name' failed to satisfy constraint: Member must not be null",
        ));
    }
    let plain = match name.split_once(":parameter/") {
        Some((arn, rest)) if arn.starts_with("arn:") => format!("/{rest}"),
        Some(_) | None => name.to_owned(),
    };
    Ok(plain)
}

fn get_parameter(world: &World, caller: &Caller, input: &Value) -> Result<Value, ApiError> {
    let name = name(input)?;
    let parameter = world.resources.get(&inventory::key(&place(caller), KIND, &name));
    let parameter = parameter.ok_or_else(|| ApiError::new(400, "ParameterNotFound", ""))?;
    let Place { account, region } = &parameter.place;
    let text = |name: &str| parameter.properties.get(name).and_then(Value::as_str).unwrap_or_default();
    Ok(json!({"Parameter": {
        "Name": name,
        "Type": text("Type"),
        "Value": text("Value"),
        "Version": version(parameter),
        "LastModifiedDate": parameter.updated.as_millisecond() as f64 / 1000.0,
        "ARN": format!("arn:{PARTITION}:ssm:{region}:{account}:parameter/{}", name.trim_start_matches('/')),
        "DataType": "text",
    }}))
}

fn version(parameter: &Physical) -> u64 {
    parameter.attributes.get("Version").and_then(Value::as_u64).unwrap_or(1)
}

fn put_parameter(world: &mut World, caller: &Caller, input: &Value, now: Timestamp) -> Result<Value, ApiError> {
    let name = name(input)?;
    let value = input["Value"].as_str().filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| {
        invalid("1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1")
    })?;
    if value.len() > LARGEST {
        return Err(invalid(format!(
            "Standard tier parameters support a maximum parameter value of {LARGEST} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier."
        )));
    }
    if value.contains("{{") {
        return Err(invalid(format!(
            "Parameter value: ({value}) is not valid because you can't nest another parameter in the value."
        )));
    }
    let place = place(caller);
    let key = inventory::key(&place, KIND, &name);
    let kind = input["Type"].as_str();
    let Some(parameter) = world.resources.edit(&key) else {
        let kind = kind.ok_or_else(|| invalid("A parameter type is required when you create a parameter."))?;
        let mut properties = Map::from_iter([
            ("Name".to_owned(), json!(name)),
            ("Type".to_owned(), json!(kind)),
            ("Value".to_owned(), json!(value)),
        ]);
        properties.extend(input["Description"].as_str().map(|text| ("Description".to_owned(), json!(text))));
        let attributes = Map::from_iter([("Version".to_owned(), json!(1))]);
        let made = Physical {
            kind: KIND.to_owned(),
            id: name,
            place,
            properties,
            attributes,
            owner: None,
            created: now,
            updated: now,
        };
        world.resources.put(key, made);
        return Ok(json!({"Version": 1, "Tier": "Standard"}));
    };
    if input["Overwrite"] != json!(true) {
        return Err(ApiError::new(
            400,
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
        ));
    }
    if kind.is_some_and(|kind| parameter.properties.get("Type").and_then(Value::as_str) != Some(kind)) {
        return Err(ApiError::new(
            400,
            "HierarchyTypeMismatchException",
            "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
        ));
    }
    let version = version(parameter) + 1;
    parameter.properties.insert("Value".to_owned(), json!(value));
    parameter.attributes.insert("Version".to_owned(), json!(version));
    parameter.updated = now;
    Ok(json!({"Version": version, "Tier": "Standard"}))
}
