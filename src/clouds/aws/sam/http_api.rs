//! `AWS::Serverless::HttpApi`: an HTTP API with its one stage. Functions with `HttpApi` events that name no API share one that SAM makes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::error::SamError;
use super::logical_id::with_digest;
use super::made::{Attributes, Made, instead, object, reference};
use super::properties::{Properties, truthy};
use super::{Expansion, open_api};
use crate::clouds::aws::document::TemplateResource;
use crate::clouds::aws::intrinsics;

/// The type that is expanded here.
pub(super) const KIND: &str = "AWS::Serverless::HttpApi";
/// The id of the API that SAM makes.
pub(super) const IMPLICIT: &str = "ServerlessHttpApi";

const CREATED_BY: &str = "httpapi:createdBy";
const DEFAULT_STAGE: &str = "$default";

/// One API while functions add to it.
#[derive(Debug)]
pub(super) struct Api {
    resource: TemplateResource,
    pub(super) properties: Map<String, Value>,
    /// Whether SAM writes its definition.
    pub(super) managed: bool,
}

/// The APIs of a template by logical id.
#[derive(Debug, Default)]
pub(super) struct Apis(BTreeMap<String, Api>);

impl Apis {
    /// The APIs that the template has.
    pub(super) fn of(resources: &BTreeMap<String, TemplateResource>) -> Self {
        let apis = resources.iter().filter(|(_, resource)| resource.kind == KIND);
        Self(apis.map(|(id, resource)| (id.clone(), Api::new(resource.clone()))).collect())
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Api> {
        self.0.get_mut(id)
    }

    /// Makes sure that the shared API is there, with the policies and tags that a function hands on to it.
    pub(super) fn implicit(&mut self, function: &TemplateResource) {
        let api = self
            .0
            .entry(IMPLICIT.to_owned())
            .or_insert_with(|| Api::new(TemplateResource { kind: KIND.to_owned(), ..TemplateResource::default() }));
        let stronger = |own: &Option<String>, other: &Option<String>| {
            ["Retain", "Snapshot", "Delete"]
                .into_iter()
                .find(|policy| [own, other].into_iter().flatten().any(|known| known == policy))
                .map(str::to_owned)
        };
        let deletion = function.deletion_policy.clone().filter(|policy| policy != "Snapshot");
        api.resource.deletion_policy = stronger(&api.resource.deletion_policy, &deletion);
        api.resource.update_replace_policy =
            stronger(&api.resource.update_replace_policy, &function.update_replace_policy);
    }

    pub(super) fn hand_on_tags(&mut self, tags: Map<String, Value>) {
        if let Some(api) = self.0.get_mut(IMPLICIT)
            && let Value::Object(own) = api.properties.entry("Tags").or_insert_with(|| json!({}))
        {
            own.extend(tags);
        }
    }

    pub(super) fn take(&mut self) -> BTreeMap<String, Api> {
        std::mem::take(&mut self.0)
    }
}

impl Api {
    fn new(resource: TemplateResource) -> Self {
        let mut properties = resource.properties.clone();
        let is_given = |name: &str| properties.get(name).is_some_and(truthy);
        let managed = !is_given("DefinitionBody") && !is_given("DefinitionUri");
        if managed {
            properties.insert("DefinitionBody".to_owned(), open_api::skeleton());
        }
        Self { resource, properties, managed }
    }
}

/// Expands one API, after all functions.
pub(super) fn expand(id: &str, mut api: Api, expansion: &mut Expansion<'_>) -> Result<Vec<Made>, SamError> {
    api.resource.properties = std::mem::take(&mut api.properties);
    let properties = super::globals::merged(id, &api.resource, expansion.globals)?;
    let mut given = Properties::new(id, "", properties);
    given.refuse(&["Auth"], "authorizers are not expanded yet; write an AWS::ApiGatewayV2::Api")?;
    given.refuse(&["Domain"], "domain names are not expanded yet; write an AWS::ApiGatewayV2::DomainName")?;
    // SAM takes this here and acts as if it were true.
    given.take("PropagateTags");
    let (body, uri) = (given.take_truthy("DefinitionBody"), given.take_truthy("DefinitionUri"));
    let mut tags = given.object("Tags")?.unwrap_or_default();
    let mut properties = Map::new();
    let fail = given.take_truthy("FailOnWarnings");
    match (body, uri) {
        (Some(body), None) => {
            let body = define(&mut given, body, &mut tags, fail.is_some(), expansion)?;
            properties.insert("Body".to_owned(), body);
        }
        (None, Some(uri)) => {
            given.refuse(
                &["CorsConfiguration", "Description", "DisableExecuteApiEndpoint", "Name"],
                "it works with a DefinitionBody only",
            )?;
            if !tags.is_empty() {
                return Err(given.invalid("Tags", "they work with a DefinitionBody only"));
            }
            let place = super::code::s3_object(&given, "DefinitionUri", &uri)?;
            let renamed = place.into_iter().map(|(name, value)| {
                (name.replace("S3ObjectVersion", "Version").trim_start_matches("S3").to_owned(), value)
            });
            properties.insert("BodyS3Location".to_owned(), Value::Object(renamed.collect()));
        }
        (Some(_), Some(_)) => {
            return Err(given.invalid("DefinitionUri", "DefinitionUri and DefinitionBody exclude each other"));
        }
        (None, None) => return Err(given.invalid("DefinitionBody", "a definition is required")),
    }
    properties.extend(fail.map(|fail| ("FailOnWarnings".to_owned(), fail)));
    let stage = stage(id, &mut given, &api.resource, tags);
    given.finish()?;
    expansion.references.expose(id, "Stage", &stage.id);
    Ok(vec![instead(id, &api.resource, "AWS::ApiGatewayV2::Api", properties), stage])
}

/// Puts into the definition what stands beside it.
fn define(
    given: &mut Properties,
    body: Value,
    tags: &mut Map<String, Value>,
    fails_on_warnings: bool,
    expansion: &Expansion<'_>,
) -> Result<Value, SamError> {
    let is_definition = open_api::is_definition(&body);
    let Value::Object(mut body) = body else {
        return Err(given.invalid("DefinitionBody", "it must be an object"));
    };
    if !is_definition {
        // SAM leaves a definition alone that it can't read, such as one brought in by AWS::Include.
        let names = ["CorsConfiguration", "Description", "DisableExecuteApiEndpoint", "Name"];
        given.refuse(&names, "the DefinitionBody is no OpenAPI 3 definition that it could be put into")?;
        if !tags.is_empty() {
            return Err(given.invalid("Tags", "the DefinitionBody is no OpenAPI 3 definition"));
        }
        return Ok(Value::Object(body));
    }
    let cors = given.take("CorsConfiguration").map(|cors| expansion.with_parameters(&cors));
    if let Some(cors) = cors.filter(truthy) {
        open_api::add_cors(&mut body, cors_entries(given, &cors)?);
    }
    let own: Vec<_> = tags.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let all = own.iter().map(|(name, value)| (name.as_str(), value.clone()));
    open_api::add_tags(&mut body, all.chain([(CREATED_BY, json!("SAM"))]));
    tags.insert(CREATED_BY.to_owned(), json!("SAM"));
    if let Some(disabled) = given.take("DisableExecuteApiEndpoint") {
        open_api::disable_endpoint(&mut body, &disabled);
    }
    let Value::Object(info) = body.entry("info").or_insert_with(|| json!({})) else {
        return Err(given.invalid("DefinitionBody", "its info must be an object"));
    };
    if let Some(name) = given.take_truthy("Name") {
        if info.get("title") != Some(&open_api::default_title()) {
            return Err(given.invalid("Name", "the DefinitionBody has a title already"));
        }
        info.insert("title".to_owned(), name);
    }
    if let Some(description) = given.take_truthy("Description") {
        if info.get("description").is_some_and(truthy) {
            return Err(given.invalid("Description", "the DefinitionBody has one already"));
        }
        info.insert("description".to_owned(), description);
    }
    if fails_on_warnings
        && let Some(Value::Object(paths)) = body.get_mut("paths")
        && let Some(default) = paths.remove(open_api::DEFAULT)
    {
        paths.insert(format!("/{}", open_api::DEFAULT), default);
    }
    Ok(Value::Object(body))
}

fn cors_entries(given: &Properties, cors: &Value) -> Result<Map<String, Value>, SamError> {
    let cors = match cors {
        Value::Bool(true) => return Ok(object([("allowOrigins", Some(json!(["*"])))])),
        Value::Object(cors) if intrinsics::function(&Value::Object(cors.clone())).is_none() => cors.clone(),
        _ => {
            let why = "write true, or an object of AllowOrigins and so on";
            return Err(SamError::unsupported(given.resource(), "CorsConfiguration", why));
        }
    };
    let mut cors = Properties::new(given.resource(), "CorsConfiguration", cors);
    let origins = cors.take_truthy("AllowOrigins");
    let credentials = cors.take("AllowCredentials").filter(|allowed| *allowed == Value::Bool(true));
    if credentials.is_some() && origins == Some(json!(["*"])) {
        return Err(cors.invalid("AllowCredentials", "it can't be true where every origin is allowed"));
    }
    let entries = object([
        ("allowOrigins", origins),
        ("allowHeaders", cors.take_truthy("AllowHeaders")),
        ("allowMethods", cors.take_truthy("AllowMethods")),
        ("exposeHeaders", cors.take_truthy("ExposeHeaders")),
        ("maxAge", cors.take("MaxAge")),
        ("allowCredentials", credentials),
    ]);
    cors.finish()?;
    Ok(entries)
}

fn stage(id: &str, given: &mut Properties, resource: &TemplateResource, tags: Map<String, Value>) -> Made {
    let name = given.take_truthy("StageName").unwrap_or_else(|| json!(DEFAULT_STAGE));
    let stage_id = match name.as_str() {
        Some(DEFAULT_STAGE) => format!("{id}ApiGatewayDefaultStage"),
        Some(text) if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => format!("{id}{text}Stage"),
        text => with_digest(&format!("{id}Stage"), &json!(text.unwrap_or_default())),
    };
    let mut properties = object([
        ("ApiId", Some(reference(id))),
        ("StageName", Some(name)),
        ("Tags", (!tags.is_empty()).then_some(Value::Object(tags))),
        ("AutoDeploy", Some(json!(true))),
    ]);
    given.pass(&["AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables"], &mut properties);
    Attributes::of(resource).make(stage_id, "AWS::ApiGatewayV2::Stage", properties)
}
