//! `HttpApi`: a route of an HTTP API that calls the function.

use serde_json::{Map, Value, json};

use super::super::error::SamError;
use super::super::http_api::{Apis, IMPLICIT};
use super::super::made::Made;
use super::super::open_api;
use super::super::properties::{Properties, truthy};
use super::super::{Expansion, made};
use super::Event;
use crate::clouds::aws::document::TemplateResource;
use crate::clouds::aws::intrinsics::{self, Function};

/// Where a route leads: the API, the path and the method.
struct Route {
    api: String,
    path: String,
    method: String,
}

impl Route {
    fn take(given: &mut Properties) -> Result<Self, SamError> {
        let api = match given.take("ApiId") {
            None => IMPLICIT.to_owned(),
            Some(Value::String(id)) => id,
            Some(value) => match intrinsics::function(&value) {
                Some(Function::Ref(id)) => id.to_owned(),
                _ => return Err(given.invalid("ApiId", "it must be a Ref of an AWS::Serverless::HttpApi here")),
            },
        };
        let (path, method) = (given.text("Path")?.unwrap_or_default(), given.text("Method")?.unwrap_or_default());
        match (path.is_empty(), method.is_empty()) {
            (true, true) => Ok(Self { api, path: open_api::DEFAULT.to_owned(), method: open_api::ANY.to_owned() }),
            (false, false) => Ok(Self { api, path, method }),
            _ => Err(given.invalid("Path", "Path and Method are given together, or neither")),
        }
    }
}

/// Adds the routes of a function's events to the APIs that SAM writes the definition of, before any function is expanded.
pub(in super::super) fn prepare(id: &str, function: &TemplateResource, apis: &mut Apis) -> Result<(), SamError> {
    let events = function.properties.get("Events").and_then(Value::as_object).into_iter().flatten();
    for (name, event) in events.filter(|(_, event)| event.get("Type").is_some_and(|kind| kind == "HttpApi")) {
        let properties = event.get("Properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let is_implicit = !properties.contains_key("ApiId");
        let mut given = Properties::new(id, &format!("Events.{name}.Properties"), properties);
        let route = Route::take(&mut given)?;
        if function.condition.is_some() {
            let why = "SAM makes routes conditional when their function is; landfall doesn't yet";
            return Err(SamError::unsupported(id, &format!("Events.{name}"), why));
        }
        if is_implicit {
            apis.implicit(function);
        }
        let Some(api) = apis.get_mut(&route.api) else {
            return Err(given.invalid("ApiId", "there is no AWS::Serverless::HttpApi of that id in the template"));
        };
        if api.managed
            && let Some(Value::Object(body)) = api.properties.get_mut("DefinitionBody")
        {
            open_api::add_path(body, &route.path, &route.method);
        }
        if let Some(settings) = given.take("RouteSettings") {
            let method = route.method.to_uppercase();
            let key =
                if route.method == open_api::ANY { route.path.clone() } else { format!("{method} {}", route.path) };
            let all = api.properties.entry("RouteSettings").or_insert_with(|| json!({}));
            let own = all.as_object_mut().map(|all| all.entry(key).or_insert_with(|| json!({})));
            match (own, settings) {
                (Some(Value::Object(own)), Value::Object(settings)) => own.extend(settings),
                _ => return Err(given.invalid("RouteSettings", "it must be an object")),
            }
        }
    }
    Ok(())
}

/// The permission for the API to call the function, and the integration in the API's definition.
pub(super) fn make(event: &mut Event<'_>, expansion: &mut Expansion<'_>) -> Result<Vec<Made>, SamError> {
    event.given.refuse(&["Auth"], "authorizers are not expanded yet; write an AWS::ApiGatewayV2::Api")?;
    // The settings have gone to the API already; SAM takes Stage and does nothing with it.
    event.given.take("RouteSettings");
    event.given.take("Stage");
    let route = Route::take(&mut event.given)?;
    let method = route.method.to_lowercase();
    let (timeout, format) =
        (event.given.take_truthy("TimeoutInMillis"), event.given.take_truthy("PayloadFormatVersion"));
    let target = event.target;
    let Some(api) = expansion.apis.get_mut(&route.api) else {
        return Err(event.given.invalid("ApiId", "there is no AWS::Serverless::HttpApi of that id in the template"));
    };
    let called = match &target.alias {
        Some(alias) => format!("${{{alias}}}"),
        None => format!("${{{}.Arn}}", target.function),
    };
    let is_default = route.path == open_api::DEFAULT;
    let mut granted_by_default = false;
    if let Some(Value::Object(body)) = api.properties.get_mut("DefinitionBody") {
        granted_by_default =
            target.alias.is_none() && !is_default && open_api::calls(body, open_api::DEFAULT, open_api::ANY, &called);
        if open_api::has_integration(body, &route.path, &method) {
            if api.managed {
                let what = format!("{} {} is given twice", route.method.to_uppercase(), route.path);
                return Err(event.given.invalid("Path", &what));
            }
        } else {
            open_api::add_integration(body, &route.path, &method, &called);
        }
        if let Some(operation) = open_api::operation(body, &route.path, &method) {
            settle(operation, &route.path, timeout, format);
        }
    }
    if granted_by_default {
        return Ok(Vec::new());
    }
    let source = source(&route, &method);
    Ok(vec![target.permission(
        &event.id,
        "apigateway.amazonaws.com",
        [("SourceArn", Some(source)), ("SourceAccount", None)],
    )])
}

/// What an event says of its own route.
fn settle(operation: &mut Map<String, Value>, path: &str, timeout: Option<Value>, format: Option<Value>) {
    let parameters = open_api::path_parameters(path);
    if !parameters.is_empty() {
        let list = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            for name in parameters {
                match list.iter_mut().find(|known| known.get("name").is_some_and(|known| known == name)) {
                    Some(Value::Object(known)) => {
                        known.insert("in".to_owned(), json!("path"));
                        known.insert("required".to_owned(), json!(true));
                    }
                    _ => list.push(json!({"name": name, "in": "path", "required": true})),
                }
            }
        }
    }
    if let Some(Value::Object(integration)) = operation.get_mut(open_api::INTEGRATION) {
        integration.extend(timeout.filter(truthy).map(|timeout| ("timeoutInMillis".to_owned(), timeout)));
        integration.extend(format.map(|format| ("payloadFormatVersion".to_owned(), format)));
    }
}

/// The ARN of calls that come over the route, on any stage.
fn source(route: &Route, method: &str) -> Value {
    let is_any = method == "any" || method == open_api::ANY;
    let trimmed = match route.path.strip_suffix('/') {
        Some(trimmed) if !trimmed.is_empty() => trimmed,
        _ => &route.path,
    };
    let path = if trimmed == open_api::DEFAULT { String::new() } else { open_api::with_wildcards(trimmed) };
    let call = if method == "any" && path == format!("/{}", open_api::DEFAULT) {
        path
    } else if is_any {
        format!("/*{path}")
    } else {
        format!("/{}{path}", method.to_uppercase())
    };
    let arn = format!(
        "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}{call}"
    );
    json!({"Fn::Sub": [arn, {"__ApiId__": made::reference(&route.api), "__Stage__": "*"}]})
}
