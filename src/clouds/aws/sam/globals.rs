//! `Globals`: defaults for all resources of a type.

use serde_json::{Map, Value};

use super::error::SamError;
use crate::clouds::aws::document::TemplateResource;
use crate::clouds::aws::intrinsics;

const FUNCTION: [&str; 34] = [
    "Architectures",
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "CodeSigningConfigArn",
    "CodeUri",
    "DeadLetterQueue",
    "DeploymentPreference",
    "Description",
    "DurableConfig",
    "Environment",
    "EphemeralStorage",
    "EventInvokeConfig",
    "FileSystemConfigs",
    "FunctionUrlConfig",
    "Handler",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PermissionsBoundary",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "RolePath",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "SourceKMSKeyArn",
    "Tags",
    "Timeout",
    "Tracing",
    "VpcConfig",
];

const HTTP_API: [&str; 7] = [
    "AccessLogSettings",
    "CorsConfiguration",
    "DefaultRouteSettings",
    "FailOnWarnings",
    "RouteSettings",
    "StageVariables",
    "Tags",
];

/// What may stand in each section that landfall expands, with the type that it is for.
const SECTIONS: [(&str, &str, &[&str]); 4] = [
    ("Function", "AWS::Serverless::Function", &FUNCTION),
    ("HttpApi", "AWS::Serverless::HttpApi", &HTTP_API),
    ("SimpleTable", "AWS::Serverless::SimpleTable", &["SSESpecification"]),
    ("LayerVersion", "AWS::Serverless::LayerVersion", &["PublishLambdaVersion"]),
];

/// Sections of types that landfall doesn't expand. They change nothing here: a resource of such a type is refused by itself.
const OTHERS: [&str; 6] =
    ["Api", "CapacityProvider", "MicroVMImage", "NetworkConnector", "StateMachine", "WebSocketApi"];

/// Lists that a resource replaces rather than extends.
const REPLACED: [&str; 1] = ["Architectures"];

/// Checks the section as a whole.
pub(super) fn check(globals: &Map<String, Value>) -> Result<(), SamError> {
    for (section, properties) in globals.iter().filter(|(section, _)| !OTHERS.contains(&section.as_str())) {
        let Some((_, _, known)) = SECTIONS.iter().find(|(name, _, _)| name == section) else {
            let known: Vec<_> = SECTIONS.iter().map(|(name, _, _)| *name).collect();
            return Err(SamError::unsupported("Globals", section, format!("the sections are {}", known.join(", "))));
        };
        let Some(properties) = properties.as_object() else {
            return Err(SamError::invalid("Globals", section, "it must be an object"));
        };
        if let Some(unknown) = properties.keys().find(|name| !known.contains(&name.as_str())) {
            let what = format!("it can't be given for all; what can: {}", known.join(", "));
            return Err(SamError::unsupported("Globals", &format!("{section}.{unknown}"), what));
        }
    }
    Ok(())
}

/// The properties of a resource with the globals of its type put in.
pub(super) fn merged(
    id: &str,
    resource: &TemplateResource,
    globals: &Map<String, Value>,
) -> Result<Map<String, Value>, SamError> {
    let section = SECTIONS.iter().find(|(_, kind, _)| *kind == resource.kind).map(|(section, _, _)| *section);
    let Some(Value::Object(defaults)) = section.and_then(|section| globals.get(section)) else {
        return Ok(resource.properties.clone());
    };
    let mut defaults = defaults.clone();
    match &resource.ignore_globals {
        None => {}
        Some(Value::String(all)) if all == "*" => defaults.clear(),
        Some(Value::Array(names)) => {
            for name in names.iter().filter_map(Value::as_str) {
                if defaults.remove(name).is_none() {
                    return Err(SamError::invalid(id, "IgnoreGlobals", format!("{name} is not among the globals")));
                }
            }
        }
        Some(_) => return Err(SamError::invalid(id, "IgnoreGlobals", "it must be * or a list of properties")),
    }
    let mut merged = defaults;
    for (name, own) in &resource.properties {
        let value = match merged.get(name) {
            Some(default) if !REPLACED.contains(&name.as_str()) => merge(default, own),
            _ => own.clone(),
        };
        merged.insert(name.clone(), value);
    }
    Ok(merged)
}

/// Objects are merged entry by entry, lists one after the other; of anything else the resource's own value counts.
fn merge(default: &Value, own: &Value) -> Value {
    match (default, own) {
        (Value::Object(defaults), Value::Object(entries)) if !is_function(default) && !is_function(own) => {
            let mut merged = defaults.clone();
            for (key, own) in entries {
                let value = defaults.get(key).map_or_else(|| own.clone(), |default| merge(default, own));
                merged.insert(key.clone(), value);
            }
            Value::Object(merged)
        }
        (Value::Array(defaults), Value::Array(own)) => defaults.iter().chain(own).cloned().collect(),
        _ => own.clone(),
    }
}

fn is_function(value: &Value) -> bool {
    intrinsics::function(value).is_some()
        || value.as_object().is_some_and(|object| object.len() == 1 && object.contains_key("Condition"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(properties: Value, globals: Value) -> Value {
        let resource = TemplateResource {
            kind: "AWS::Serverless::Function".to_owned(),
            properties: properties.as_object().cloned().unwrap_or_default(),
            ..TemplateResource::default()
        };
        merged("F", &resource, globals.as_object().expect("an object")).expect("merged").into()
    }

    #[test]
    fn objects_merge_lists_add_up_and_own_values_win() {
        let merged = with(
            json!({"Timeout": 5, "Environment": {"Variables": {"A": "own"}}, "Layers": ["own"], "Architectures": ["arm64"]}),
            json!({"Function": {"Timeout": 9, "Runtime": "r", "Environment": {"Variables": {"A": "g", "B": "g"}},
                "Layers": ["g"], "Architectures": ["x86_64"]}}),
        );
        let wanted = json!({"Timeout": 5, "Runtime": "r", "Environment": {"Variables": {"A": "own", "B": "g"}},
            "Layers": ["g", "own"], "Architectures": ["arm64"]});
        assert_eq!(merged, wanted);
    }

    #[test]
    fn what_can_not_be_global_is_refused() {
        let globals = json!({"Function": {"Role": "r"}});
        assert!(check(globals.as_object().unwrap()).is_err());
        let globals = json!({"NoSuch": {}});
        assert!(check(globals.as_object().unwrap()).is_err());
    }
}
