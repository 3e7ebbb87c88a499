//! The OpenAPI definition of an HTTP API, as far as SAM writes it.

use serde_json::{Map, Value, json};

/// The route for everything that no other route takes.
pub(super) const DEFAULT: &str = "$default";
/// Any method, in API Gateway's own words.
pub(super) const ANY: &str = "x-amazon-apigateway-any-method";
/// What an operation calls.
pub(super) const INTEGRATION: &str = "x-amazon-apigateway-integration";

const CORS: &str = "x-amazon-apigateway-cors";
const ENDPOINT: &str = "x-amazon-apigateway-endpoint-configuration";
const TAG_VALUE: &str = "x-amazon-apigateway-tag-value";

/// The title of an API that has no name: the stack's.
pub(super) fn default_title() -> Value {
    json!({"Ref": "AWS::StackName"})
}

/// A definition without routes.
pub(super) fn skeleton() -> Value {
    json!({"openapi": "3.0.1", "info": {"version": "1.0", "title": default_title()}, "paths": {}})
}

/// Whether a value is a definition that SAM can add to.
pub(super) fn is_definition(value: &Value) -> bool {
    let version =
        value.get("openapi").map(|version| version.as_str().map_or_else(|| version.to_string(), str::to_owned));
    version.is_some_and(|version| version.starts_with('3')) && value.get("paths").is_some_and(Value::is_object)
}

fn normal(method: &str) -> String {
    let method = method.to_lowercase();
    if method == "any" { ANY.to_owned() } else { method }
}

/// Adds a route without saying what it calls.
pub(super) fn add_path(body: &mut Map<String, Value>, path: &str, method: &str) {
    let paths = body.entry("paths").or_insert_with(|| json!({}));
    let item = paths.as_object_mut().map(|paths| paths.entry(path).or_insert_with(|| json!({})));
    if let Some(Value::Object(item)) = item {
        item.entry(normal(method)).or_insert_with(|| json!({}));
    }
}

/// The operation of a route.
pub(super) fn operation<'a>(
    body: &'a mut Map<String, Value>,
    path: &str,
    method: &str,
) -> Option<&'a mut Map<String, Value>> {
    body.get_mut("paths")?.get_mut(path)?.get_mut(normal(method))?.as_object_mut()
}

fn integration<'a>(body: &'a Map<String, Value>, path: &str, method: &str) -> Option<&'a Map<String, Value>> {
    let integration = body.get("paths")?.get(path)?.get(normal(method))?.get(INTEGRATION)?.as_object()?;
    (!integration.is_empty()).then_some(integration)
}

/// Whether the route calls something already.
pub(super) fn has_integration(body: &Map<String, Value>, path: &str, method: &str) -> bool {
    integration(body, path, method).is_some()
}

/// Whether the route calls the function, written as `Fn::Sub` has it (`${Function.Arn}`).
pub(super) fn calls(body: &Map<String, Value>, path: &str, method: &str, function: &str) -> bool {
    let address =
        integration(body, path, method).and_then(|integration| integration.get("uri")?.get("Fn::Sub")?.as_str());
    address.is_some_and(|address| address.contains(function))
}

/// Makes a route call a function.
pub(super) fn add_integration(body: &mut Map<String, Value>, path: &str, method: &str, function: &str) {
    add_path(body, path, method);
    let address = format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/{function}/invocations"
    );
    let Some(operation) = operation(body, path, method) else { return };
    operation.insert(
        INTEGRATION.to_owned(),
        json!({"type": "aws_proxy", "httpMethod": "POST", "payloadFormatVersion": "2.0", "uri": {"Fn::Sub": address}}),
    );
    if path == DEFAULT && normal(method) == ANY {
        operation.insert("isDefaultRoute".to_owned(), json!(true));
    }
    operation.entry("responses").or_insert_with(|| json!({}));
}

/// The names between braces in a path.
pub(super) fn path_parameters(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

/// The path with `*` for every parameter.
pub(super) fn with_wildcards(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some(start) = rest.find('{') {
        let Some(end) = rest[start..].find('}').map(|end| start + end) else { break };
        let name = &rest[start + 1..end];
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        out.push_str(&rest[..start]);
        if is_name || name == "proxy+" {
            out.push('*');
        } else {
            out.push_str(&rest[start..=end]);
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}

/// Adds tags; one that is there gets the new value.
pub(super) fn add_tags<'a>(body: &mut Map<String, Value>, tags: impl Iterator<Item = (&'a str, Value)>) {
    let Value::Array(list) = body.entry("tags").or_insert_with(|| json!([])) else { return };
    for (name, value) in tags {
        match list.iter_mut().find(|tag| tag.get("name").is_some_and(|known| known == name)) {
            Some(Value::Object(tag)) => {
                tag.insert(TAG_VALUE.to_owned(), value);
            }
            _ => list.push(json!({"name": name, TAG_VALUE: value})),
        }
    }
}

/// Adds what other origins may do.
pub(super) fn add_cors(body: &mut Map<String, Value>, entries: Map<String, Value>) {
    if let Value::Object(cors) = body.entry(CORS).or_insert_with(|| json!({})) {
        cors.extend(entries);
    }
}

/// Says whether the API's own address answers.
pub(super) fn disable_endpoint(body: &mut Map<String, Value>, disabled: &Value) {
    let Value::Array(servers) = body.entry("servers").or_insert_with(|| json!([{}])) else { return };
    for server in servers.iter_mut().filter_map(Value::as_object_mut) {
        if let Value::Object(endpoint) = server.entry(ENDPOINT).or_insert_with(|| json!({})) {
            endpoint.insert("disableExecuteApiEndpoint".to_owned(), disabled.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_a_path_are_found_and_replaced() {
        assert_eq!(path_parameters("/a/{id}/b/{proxy+}"), ["id", "proxy+"]);
        assert_eq!(with_wildcards("/a/{id}/b/{proxy+}/{a b}"), "/a/*/b/*/{a b}");
    }
}
