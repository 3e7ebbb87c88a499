//! The SAM transform (`AWS::Serverless-2016-10-31`), expanded as AWS expands it: which resources come out, under which ids, with which
//! properties. CloudFormation does the same when a template is deployed; here it is done to know what a change means before that.
//!
//! Known are functions with their events, HTTP APIs, simple tables and layers. What isn't known is an error that names the resource and the
//! property; nothing is left out in silence. AWS's own translator judges the outcome in a test.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::document::{Template, TemplateResource};
use super::intrinsics::{self, Function};
use deployment::Preference;
use http_api::Apis;
use references::References;

mod code;
mod deployment;
pub mod error;
mod events;
mod function;
mod globals;
mod http_api;
mod invoke;
mod layer;
mod logical_id;
mod made;
mod open_api;
mod policies;
mod properties;
mod publish;
mod references;
mod role;
mod table;
mod url;

pub use error::SamError;

/// The transform's name.
pub const TRANSFORM: &str = "AWS::Serverless-2016-10-31";
const FUNCTION: &str = "AWS::Serverless::Function";

/// What the expansion depends on beside the template.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The region, which decides the partition in the ARNs of AWS's own policies.
    pub region: String,
    /// Values given to the template's parameters; defaults stand in for the others. Versions of functions depend on them.
    pub parameters: BTreeMap<String, String>,
}

impl Default for Inputs {
    fn default() -> Self {
        Self { region: "us-east-1".to_owned(), parameters: BTreeMap::new() }
    }
}

/// An expanded template.
#[derive(Clone, Debug, PartialEq)]
pub struct Expanded {
    /// The template without SAM resources, `Transform` and `Globals`.
    pub template: Template,
    /// The ids of resources that the expansion made, with the id of the SAM resource that each comes from.
    pub origins: BTreeMap<String, String>,
}

/// Whether a template asks for the transform.
pub fn is_sam(template: &Template) -> bool {
    match &template.transform {
        Some(Value::String(name)) => name == TRANSFORM,
        Some(Value::Array(names)) => names.iter().any(|name| name == TRANSFORM),
        _ => false,
    }
}

/// Expands a template with the defaults of its parameters, for a region of the partition `aws`. A template that doesn't ask for the
/// transform comes back as it is.
///
/// # Errors
/// What SAM refuses, and what is not expanded here.
pub fn expand(template: &Template) -> Result<Template, SamError> {
    expand_with(template, &Inputs::default()).map(|expanded| expanded.template)
}

/// As [`expand`], for a region and with values of parameters.
///
/// # Errors
/// As [`expand`].
pub fn expand_with(template: &Template, inputs: &Inputs) -> Result<Expanded, SamError> {
    if !is_sam(template) {
        return Ok(Expanded { template: template.clone(), origins: BTreeMap::new() });
    }
    if let Some(Value::Array(names)) = &template.transform
        && let Some(other) = names.iter().find(|name| *name != TRANSFORM)
    {
        let why = format!("only CloudFormation can carry out the other transform, {other}");
        return Err(SamError::unsupported("Transform", &other.to_string(), why));
    }
    globals::check(&template.globals)?;
    Expansion::new(template, inputs).run(template)
}

/// The state of one expansion.
struct Expansion<'a> {
    partition: &'static str,
    parameters: BTreeMap<String, Value>,
    mappings: &'a Map<String, Value>,
    globals: &'a Map<String, Value>,
    /// The template's resources; events change the buckets among them.
    resources: BTreeMap<String, TemplateResource>,
    /// Conditions that are added.
    conditions: BTreeMap<String, Value>,
    apis: Apis,
    preferences: BTreeMap<String, Preference>,
    references: References,
}

impl<'a> Expansion<'a> {
    fn new(template: &'a Template, inputs: &Inputs) -> Self {
        let partition = partition(&inputs.region);
        let mut parameters = BTreeMap::new();
        for (name, declaration) in &template.parameters {
            let given = inputs.parameters.get(name).map(|text| Value::String(text.clone()));
            if let Some(value) = given.or_else(|| declaration.get("Default").cloned()) {
                parameters.insert(name.clone(), value);
            }
        }
        parameters.insert("AWS::Region".to_owned(), Value::String(inputs.region.clone()));
        parameters.insert("AWS::Partition".to_owned(), Value::String(partition.to_owned()));
        Self {
            partition,
            parameters,
            mappings: &template.mappings,
            globals: &template.globals,
            resources: template.resources.clone(),
            conditions: BTreeMap::new(),
            apis: Apis::of(&template.resources),
            preferences: BTreeMap::new(),
            references: References::default(),
        }
    }

    fn run(mut self, template: &Template) -> Result<Expanded, SamError> {
        for (id, resource) in template.resources.iter().filter(|(_, resource)| resource.kind == FUNCTION) {
            events::prepare_http(id, resource, &mut self.apis)?;
            self.hand_on_tags(resource);
        }
        let mut made = Vec::new();
        let is_function = |resource: &TemplateResource| resource.kind == FUNCTION;
        let (functions, others): (Vec<_>, Vec<_>) =
            template.resources.iter().partition(|(_, resource)| is_function(resource));
        for (id, resource) in functions.into_iter().chain(others) {
            for one in self.one(id, resource)? {
                made.push((id.clone(), one));
            }
        }
        for (id, api) in self.apis.take() {
            for one in http_api::expand(&id, api, &mut self)? {
                made.push((id.clone(), one));
            }
        }
        let preferences = std::mem::take(&mut self.preferences);
        let shared = deployment::make(&preferences, self.partition, &mut self.conditions)?;
        for one in shared {
            let function = one.id.strip_suffix("DeploymentGroup").filter(|id| preferences.contains_key(*id));
            made.push((function.unwrap_or_default().to_owned(), one));
        }
        self.finish(template, made)
    }

    /// Expands one resource; what is no SAM resource stays. APIs come later.
    fn one(&mut self, id: &str, resource: &TemplateResource) -> Result<Vec<made::Made>, SamError> {
        if !resource.kind.starts_with("AWS::Serverless::") {
            return Ok(Vec::new());
        }
        let properties = || globals::merged(id, resource, self.globals);
        match resource.kind.as_str() {
            FUNCTION => {
                let properties = properties()?;
                function::expand(id, resource, properties, self)
            }
            http_api::KIND => Ok(Vec::new()),
            "AWS::Serverless::SimpleTable" => table::expand(id, resource, properties()?),
            "AWS::Serverless::LayerVersion" => {
                let properties = properties()?;
                layer::expand(id, resource, properties, self)
            }
            other => {
                let why = format!("{other} is not expanded yet; write the CloudFormation resources that it stands for");
                Err(SamError::unsupported(id, "Type", why))
            }
        }
    }

    fn finish(mut self, template: &Template, made: Vec<(String, made::Made)>) -> Result<Expanded, SamError> {
        let mut expanded = template.clone();
        expanded.transform = None;
        expanded.globals = Map::new();
        expanded.resources = std::mem::take(&mut self.resources);
        expanded.resources.retain(|_, resource| !resource.kind.starts_with("AWS::Serverless::"));
        expanded.conditions.extend(std::mem::take(&mut self.conditions));
        let mut origins = BTreeMap::new();
        for (from, made) in made {
            let in_the_way = template.resources.contains_key(&made.id) && made.id != from;
            if in_the_way || expanded.resources.contains_key(&made.id) {
                return Err(SamError::Duplicate { resource: from, id: made.id });
            }
            origins.insert(made.id.clone(), from);
            expanded.resources.insert(made.id, made.resource);
        }
        self.references.apply(&mut expanded);
        Ok(Expanded { template: expanded, origins })
    }

    fn hand_on_tags(&mut self, function: &TemplateResource) {
        let of = |name: &str| {
            let own = function.properties.get(name).filter(|value| properties::truthy(value));
            own.or_else(|| self.globals.get("Function")?.get(name)).filter(|value| properties::truthy(value))
        };
        let is_implicit = |event: &Value| {
            event.get("Type").is_some_and(|kind| kind == "HttpApi")
                && event.get("Properties").and_then(|properties| properties.get("ApiId")).is_none()
        };
        let events = function.properties.get("Events").and_then(Value::as_object);
        if events.is_some_and(|events| events.values().any(is_implicit))
            && of("PropagateTags").is_some()
            && let Some(Value::Object(tags)) = of("Tags")
        {
            let tags = tags.clone();
            self.apis.hand_on_tags(tags);
        }
    }

    fn with_parameters(&self, value: &Value) -> Value {
        references::resolve_parameters(value, &self.parameters)
    }

    /// A layer of the function whose changes make new versions of the function.
    fn published_layer(&self, function: &Map<String, Value>) -> Option<String> {
        let layers = function.get("Layers")?.as_array()?;
        layers.iter().find_map(|layer| {
            let Some(Function::Ref(id)) = intrinsics::function(layer) else { return None };
            let layer = self.resources.get(id)?;
            let own = layer.properties.get("PublishLambdaVersion");
            let default = self.globals.get("LayerVersion").and_then(|section| section.get("PublishLambdaVersion"));
            own.or(default).filter(|value| properties::truthy(value)).map(|_| id.to_owned())
        })
    }
}

/// The partition of a region.
pub(super) fn partition(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-iso-", "aws-iso"),
        ("us-isob", "aws-iso-b"),
        ("us-gov", "aws-us-gov"),
        ("eu-isoe", "aws-iso-e"),
        ("us-isof", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Template {
        Template::read(format!("Transform: {TRANSFORM}\n{text}").as_bytes()).expect("a template")
    }

    fn function(properties: &str) -> Template {
        template(&format!(
            "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {{Runtime: r, Handler: h, InlineCode: x, {properties}}}\n"
        ))
    }

    fn error(template: &Template) -> String {
        expand(template).expect_err("it can't be expanded").to_string()
    }

    #[test]
    fn a_template_without_the_transform_stays_as_it_is() {
        let plain = Template::read(b"Resources: {Q: {Type: AWS::SQS::Queue}}").unwrap();
        assert_eq!(expand(&plain).unwrap(), plain);
    }

    #[test]
    fn what_comes_out_knows_what_it_comes_from() {
        let with_alias = function("AutoPublishAlias: live, DeploymentPreference: {Type: AllAtOnce}");
        let expanded = expand_with(&with_alias, &Inputs::default()).unwrap();
        assert_eq!(expanded.origins["FRole"], "F");
        assert_eq!(expanded.origins["FAliaslive"], "F");
        assert_eq!(expanded.origins["FDeploymentGroup"], "F");
        assert_eq!(expanded.template.resources["F"].kind, "AWS::Lambda::Function");
        assert!(!is_sam(&expanded.template));
    }

    #[test]
    fn what_is_not_expanded_is_an_error_that_names_it() {
        assert!(error(&function("NoSuch: 1")).starts_with("F.NoSuch: SAM has no such property here"));
        assert!(error(&function("Timout: 1")).contains("did you mean Timeout?"));
        assert!(error(&function("CapacityProviderConfig: {}")).contains("F.CapacityProviderConfig"));
        assert!(error(&function("Events: {E: {Type: Kafka}}")).contains("F.Events.E.Type"));
        assert!(error(&function("Events: {E: {Type: SQS, Properties: {Queue: q, Qeue: r}}}")).contains("Qeue"));
        assert!(error(&function("Events: {E: {Type: HttpApi, Properties: {Auth: {}}}}")).contains("E.Properties.Auth"));
        let machine = "Resources: {M: {Type: AWS::Serverless::StateMachine}}";
        assert!(error(&template(machine)).contains("M.Type: landfall doesn't expand this"));
        let macros = "Resources: {}".to_owned();
        let other = format!("Transform: [{TRANSFORM}, MyMacro]\n{macros}");
        assert!(error(&Template::read(other.as_bytes()).unwrap()).contains("MyMacro"));
    }

    #[test]
    fn an_id_that_is_taken_is_an_error() {
        let taken = template(
            "Resources:\n  FRole: {Type: AWS::IAM::Role}\n  F: {Type: AWS::Serverless::Function, Properties: {Runtime: r, Handler: h, InlineCode: x}}\n",
        );
        assert_eq!(error(&taken), "F expands to FRole, which the template has already; rename one of them");
    }

    #[test]
    fn a_new_parameter_value_makes_a_new_version() {
        let template = template(
            "Parameters: {Key: {Type: String, Default: a}}\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {Runtime: r, Handler: h, CodeUri: {Bucket: b, Key: !Ref Key}, AutoPublishAlias: live}\n",
        );
        let version = |key: Option<&str>| {
            let parameters = key.map(|key| ("Key".to_owned(), key.to_owned())).into_iter().collect();
            let inputs = Inputs { parameters, ..Inputs::default() };
            let expanded = expand_with(&template, &inputs).expect("it expands").template;
            expanded.resources.into_keys().find(|id| id.starts_with("FVersion")).expect("a version")
        };
        assert_eq!(version(None), version(Some("a")));
        assert_ne!(version(None), version(Some("b")));
    }
}
