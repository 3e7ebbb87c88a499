//! A template as CloudFormation takes it: its sections, what it refuses of them, and who refers to whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::stack::DeletionPolicy;
use crate::clouds::aws::{document, registry};
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::engine::order::{self, Dependencies};

/// The most bytes of a template in the request itself.
/// Source: CloudFormation User Guide, quotas, "Template body size in a request".
pub const BODY_LIMIT: usize = 51_200;
/// The most bytes of a template in S3. Source: the same, "Template body size in an S3 object".
pub const OBJECT_LIMIT: usize = 1_000_000;
/// The most resources. Source: the same, "Resources".
const RESOURCE_LIMIT: usize = 500;
/// The most parameters. Source: the same, "Parameters".
const PARAMETER_LIMIT: usize = 200;
/// The most outputs. Source: the same, "Outputs".
const OUTPUT_LIMIT: usize = 200;
/// The most mappings. Source: the same, "Mappings".
const MAPPING_LIMIT: usize = 200;
/// The most bytes of a description. Source: the same, "Template description".
const DESCRIPTION_LIMIT: usize = 1_024;

/// The pseudo parameters. Source: Template Reference, "Pseudo parameters reference".
pub const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// The sections. Source: Template Reference, "Template sections".
const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
];

/// The attributes of a resource. Source: Template Reference, "Resource attribute reference".
const ATTRIBUTES: [&str; 10] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Description",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// A template that has the right shape.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template {
    /// The sections.
    pub sections: Map<String, Value>,
}

/// One resource of a template.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// Its logical id.
    pub logical_id: &'a str,
    /// Its attributes.
    pub attributes: &'a Map<String, Value>,
}

impl<'a> Declared<'a> {
    /// Its type.
    pub fn kind(&self) -> &'a str {
        self.attributes.get("Type").and_then(Value::as_str).unwrap_or_default()
    }

    /// The condition under which it exists.
    pub fn condition(&self) -> Option<&'a str> {
        self.attributes.get("Condition").and_then(Value::as_str)
    }

    /// Its properties, not yet evaluated.
    pub fn properties(&self) -> &'a Value {
        static NONE: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));
        self.attributes.get("Properties").unwrap_or(&NONE)
    }

    /// What becomes of it when it leaves the stack. CloudFormation's defaults: snapshots for clusters and for instances outside a
    /// cluster. Source: Template Reference, "DeletionPolicy attribute".
    pub fn deletion_policy(&self) -> DeletionPolicy {
        if let Some(policy) = self.policy("DeletionPolicy") {
            return policy;
        }
        let in_cluster = self.properties().get("DBClusterIdentifier").is_some();
        match self.kind() {
            "AWS::RDS::DBCluster" => DeletionPolicy::Snapshot,
            "AWS::RDS::DBInstance" if !in_cluster => DeletionPolicy::Snapshot,
            _ => DeletionPolicy::Delete,
        }
    }

    /// What becomes of the old one when it's replaced.
    pub fn replace_policy(&self) -> DeletionPolicy {
        self.policy("UpdateReplacePolicy").unwrap_or_default()
    }

    fn policy(&self, attribute: &str) -> Option<DeletionPolicy> {
        DeletionPolicy::from_name(self.attributes.get(attribute)?.as_str()?)
    }
}

impl Template {
    /// Reads a template's text: JSON, or YAML with the short forms of functions.
    ///
    /// # Errors
    /// `ValidationError` in CloudFormation's words when it isn't a template.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let language = if text.trim_start().starts_with('{') { "JSON" } else { "YAML" };
        let value = document::read_value(text.as_bytes()).map_err(|error| {
            let place = error.place().map(|place| format!(" (line {}, column {})", place.line, place.column));
            let place = place.unwrap_or_else(|| format!(" ({error})"));
            ApiError::validation(format!("Template format error: {language} not well-formed.{place}"))
        })?;
        let Value::Object(sections) = value else {
            return Err(ApiError::validation("Template format error: unsupported structure."));
        };
        let template = Self { sections };
        template.check_shape()?;
        Ok(template)
    }

    /// Whether transforms are still to run.
    pub fn transforms(&self) -> Vec<String> {
        match self.sections.get("Transform") {
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => names
                .iter()
                .filter_map(|name| match name {
                    Value::String(name) => Some(name.clone()),
                    other => other.get("Name").and_then(Value::as_str).map(str::to_owned),
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// A section's entries.
    pub fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.sections
            .get(name)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.as_str(), value))
    }

    /// One entry of a section.
    pub fn entry(&self, section: &str, name: &str) -> Option<&Value> {
        self.sections.get(section)?.get(name)
    }

    /// The resources, whatever their conditions.
    pub fn resources(&self) -> impl Iterator<Item = Declared<'_>> {
        self.section("Resources")
            .filter_map(|(logical_id, value)| Some(Declared { logical_id, attributes: value.as_object()? }))
    }

    /// A resource.
    pub fn resource<'a>(&'a self, logical_id: &'a str) -> Option<Declared<'a>> {
        let attributes = self.entry("Resources", logical_id)?.as_object()?;
        Some(Declared { logical_id, attributes })
    }

    /// What the template says it is.
    pub fn description(&self) -> Option<&str> {
        self.sections.get("Description").and_then(Value::as_str)
    }

    fn check_shape(&self) -> Result<(), ApiError> {
        let unknown: Vec<&str> = self
            .sections
            .keys()
            .map(String::as_str)
            .filter(|name| !SECTIONS.contains(name) && *name != "Transform")
            .collect();
        if !unknown.is_empty() {
            return Err(ApiError::validation(format!(
                "Invalid template property or properties [{}]",
                unknown.join(", ")
            )));
        }
        if let Some(version) = self.sections.get("AWSTemplateFormatVersion")
            && version.as_str() != Some("2010-09-09")
        {
            let version = version.as_str().map_or_else(|| version.to_string(), str::to_owned);
            return Err(ApiError::validation(format!(
                "Template format error: {version} is not a supported value for AWSTemplateFormatVersion."
            )));
        }
        match self.sections.get("Description") {
            None => {}
            Some(Value::String(text)) if text.len() <= DESCRIPTION_LIMIT => {}
            Some(Value::String(_)) => {
                return Err(ApiError::validation(format!(
                    "Template format error: 'Description' length is greater than {DESCRIPTION_LIMIT}."
                )));
            }
            Some(_) => {
                return Err(ApiError::validation("Template format error: any Description member must be a string."));
            }
        }
        for section in ["Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Metadata", "Rules"] {
            if self.sections.get(section).is_some_and(|value| !value.is_object()) {
                return Err(ApiError::validation(format!(
                    "Template format error: any {section} member must be a map or dictionary, in this case a JSON object."
                )));
            }
        }
        if self.section("Resources").next().is_none() {
            return Err(ApiError::validation("Template format error: At least one Resources member must be defined."));
        }
        for (section, name, limit) in [
            ("Resources", "resources", RESOURCE_LIMIT),
            ("Parameters", "parameters", PARAMETER_LIMIT),
            ("Outputs", "outputs", OUTPUT_LIMIT),
            ("Mappings", "mappings", MAPPING_LIMIT),
        ] {
            let count = self.section(section).count();
            if count > limit {
                return Err(ApiError::validation(format!(
                    "Template format error: Number of {name}, {count}, is greater than maximum allowed, {limit}"
                )));
            }
        }
        self.check_resource_shapes()?;
        for (name, output) in self.section("Outputs") {
            if output.get("Value").is_none() {
                return Err(ApiError::validation(format!(
                    "Template format error: Output {name} is malformed. The Value attribute is required."
                )));
            }
        }
        Ok(())
    }

    fn check_resource_shapes(&self) -> Result<(), ApiError> {
        for (logical_id, value) in self.section("Resources") {
            if logical_id.is_empty() || !logical_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(ApiError::validation(format!(
                    "Template format error: Resource name {logical_id} is non alphanumeric."
                )));
            }
            let Some(attributes) = value.as_object() else {
                return Err(ApiError::validation(format!(
                    "Template format error: [/Resources/{logical_id}] resource definition is malformed"
                )));
            };
            if attributes.get("Type").and_then(Value::as_str).is_none_or(str::is_empty) {
                return Err(ApiError::validation(format!(
                    "Template format error: [/Resources/{logical_id}] Every Resources object must contain a Type member."
                )));
            }
            if let Some(unknown) =
                attributes.keys().find(|key| !ATTRIBUTES.contains(&key.as_str()) && *key != "Connectors")
            {
                return Err(ApiError::validation(format!("Invalid template resource property '{unknown}'")));
            }
            if attributes.contains_key("CreationPolicy") {
                return Err(ApiError::validation(format!(
                    "The sandbox doesn't wait for the signals of a CreationPolicy: leave that of {logical_id} out, or use a wait condition."
                )));
            }
            if attributes.get("Properties").is_some_and(|value| !value.is_object()) {
                return Err(ApiError::validation("Template format error: Properties must be an object."));
            }
            for attribute in ["DeletionPolicy", "UpdateReplacePolicy"] {
                if let Some(policy) = attributes.get(attribute)
                    && policy.as_str().and_then(DeletionPolicy::from_name).is_none()
                    && !policy.is_object()
                {
                    return Err(ApiError::validation(format!(
                        "Template format error: Unrecognized {attribute} {policy} for resource {logical_id}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// Checks what can only be told once the transforms have run: types, references and circles.
    ///
    /// # Errors
    /// `ValidationError` in CloudFormation's words.
    pub fn check_references(&self) -> Result<(), ApiError> {
        let unknown: Vec<&str> = self
            .resources()
            .map(|resource| resource.kind())
            .filter(|kind| !registry::knows(kind) && !is_custom(kind))
            .collect();
        if !unknown.is_empty() {
            let unknown: BTreeSet<&str> = unknown.into_iter().collect();
            let unknown: Vec<&str> = unknown.into_iter().collect();
            return Err(ApiError::validation(format!(
                "Template format error: Unrecognized resource types: [{}]",
                unknown.join(", ")
            )));
        }
        let resources: BTreeSet<&str> = self.section("Resources").map(|(name, _)| name).collect();
        let parameters: BTreeSet<&str> = self.section("Parameters").map(|(name, _)| name).collect();
        let conditions: BTreeSet<&str> = self.section("Conditions").map(|(name, _)| name).collect();
        for section in ["Resources", "Outputs"] {
            let mut references = References::default();
            for (_, value) in self.section(section) {
                references.collect(value);
            }
            for resource in self.resources().filter(|_| section == "Resources") {
                references.names.extend(depends_on(resource.attributes));
            }
            let missing: Vec<&str> = references
                .names
                .iter()
                .map(String::as_str)
                .filter(|name| !resources.contains(name) && !parameters.contains(name) && !PSEUDO.contains(name))
                .collect();
            if !missing.is_empty() {
                return Err(ApiError::validation(format!(
                    "Template format error: Unresolved resource dependencies [{}] in the {section} block of the template",
                    missing.join(", ")
                )));
            }
            if let Some((name, _)) = references.attributes.iter().find(|(name, _)| !resources.contains(name.as_str())) {
                return Err(ApiError::validation(format!(
                    "Template error: instance of Fn::GetAtt references undefined resource {name}"
                )));
            }
            for (name, attribute) in &references.attributes {
                let kind = self.resource(name).map(|resource| resource.kind()).unwrap_or_default();
                if let Some(schema) = registry::find(kind)
                    && !schema.has_attribute(attribute)
                    && !attribute.is_empty()
                {
                    return Err(ApiError::validation(format!(
                        "Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"
                    )));
                }
            }
            if let Some(name) = references.conditions.iter().find(|name| !conditions.contains(name.as_str())) {
                return Err(ApiError::validation(format!(
                    "Template error: unresolved condition dependency {name} in Fn::If"
                )));
            }
        }
        for resource in self.resources() {
            if let Some(condition) = resource.condition()
                && !conditions.contains(condition)
            {
                return Err(ApiError::validation(format!(
                    "Template format error: Unresolved condition {condition} in the Resources block of the template"
                )));
            }
        }
        order::sorted(&self.dependencies()).map(|_| ()).map_err(|circle| {
            ApiError::validation(format!("Circular dependency between resources: [{}]", circle.join(", ")))
        })
    }

    /// Each resource with those it refers to or depends on, whatever the conditions.
    pub fn dependencies(&self) -> Dependencies {
        self.resources().map(|resource| (resource.logical_id.to_owned(), self.needs(resource))).collect()
    }

    /// The resources that a resource refers to or depends on, whatever the conditions.
    pub fn needs(&self, resource: Declared<'_>) -> BTreeSet<String> {
        let mut references = References::default();
        for attribute in ["Properties", "Metadata", "CreationPolicy", "UpdatePolicy"] {
            if let Some(value) = resource.attributes.get(attribute) {
                references.collect(value);
            }
        }
        let by_attribute = references.attributes.into_iter().map(|(name, _)| name);
        references
            .names
            .into_iter()
            .chain(by_attribute)
            .chain(depends_on(resource.attributes))
            .filter(|name| name != resource.logical_id && self.entry("Resources", name).is_some())
            .collect()
    }

    /// The capabilities that must be acknowledged, and why.
    /// Source: API Reference, CreateChangeSet, "Capabilities".
    pub fn required_capabilities(&self) -> (Vec<&'static str>, String) {
        let named = |resource: &Declared<'_>| {
            let properties = resource.properties();
            ["RoleName", "UserName", "GroupName", "ManagedPolicyName", "InstanceProfileName"]
                .iter()
                .any(|name| properties.get(*name).is_some())
        };
        let access: Vec<Declared<'_>> =
            self.resources().filter(|resource| IAM_TYPES.contains(&resource.kind())).collect();
        let mut capabilities = Vec::new();
        let mut reason = String::new();
        if !access.is_empty() {
            let capability = if access.iter().any(named) { "CAPABILITY_NAMED_IAM" } else { "CAPABILITY_IAM" };
            capabilities.push(capability);
            let kinds: BTreeSet<&str> = access.iter().map(|resource| resource.kind()).collect();
            let kinds: Vec<&str> = kinds.into_iter().collect();
            reason = format!("The following resource(s) require capabilities: [{}]", kinds.join(", "));
        }
        if !self.transforms().is_empty() {
            capabilities.push("CAPABILITY_AUTO_EXPAND");
        }
        (capabilities, reason)
    }

    /// The names that resources give their physical resources, and all else that the parameters section declares.
    pub fn parameters(&self) -> BTreeMap<&str, &Map<String, Value>> {
        self.section("Parameters").filter_map(|(name, value)| Some((name, value.as_object()?))).collect()
    }
}

/// The types that need `CAPABILITY_IAM`. Source: API Reference, CreateChangeSet, "Capabilities".
const IAM_TYPES: [&str; 8] = [
    "AWS::IAM::AccessKey",
    "AWS::IAM::Group",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::IAM::UserToGroupAddition",
];

/// Whether a type is a custom resource, which a function of the user's would carry out.
pub fn is_custom(kind: &str) -> bool {
    kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource"
}

fn depends_on(attributes: &Map<String, Value>) -> Vec<String> {
    match attributes.get("DependsOn") {
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// What a value refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// By `Ref` or in `Fn::Sub`: resources, parameters and pseudo parameters.
    pub names: BTreeSet<String>,
    /// By `Fn::GetAtt` or in `Fn::Sub`: the resource and the attribute; the attribute is empty where a function gives it.
    pub attributes: BTreeSet<(String, String)>,
    /// By `Fn::If` or `Condition`.
    pub conditions: BTreeSet<String>,
}

impl References {
    /// Adds what this value refers to.
    pub fn collect(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(object) if object.len() == 1 => {
                for (name, argument) in object {
                    self.collect_function(name, argument);
                }
            }
            Value::Object(object) => object.values().for_each(|value| self.collect(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn collect_function(&mut self, name: &str, argument: &Value) {
        match (name, argument) {
            ("Ref", Value::String(target)) => {
                self.names.insert(target.clone());
            }
            ("Fn::GetAtt", _) => {
                if let Some((resource, attribute)) = attribute_reference(argument) {
                    self.attributes.insert((resource, attribute));
                }
            }
            ("Fn::Sub", _) => {
                let (text, variables) = match argument {
                    Value::String(text) => (text.as_str(), None),
                    Value::Array(parts) => (
                        parts.first().and_then(Value::as_str).unwrap_or_default(),
                        parts.get(1).and_then(Value::as_object),
                    ),
                    _ => ("", None),
                };
                if let Some(variables) = variables {
                    variables.values().for_each(|value| self.collect(value));
                }
                for name in placeholders(text) {
                    if variables.is_some_and(|variables| variables.contains_key(name)) {
                        continue;
                    }
                    match name.split_once('.') {
                        Some((resource, attribute)) => {
                            self.attributes.insert((resource.to_owned(), attribute.to_owned()));
                        }
                        None => {
                            self.names.insert(name.to_owned());
                        }
                    }
                }
            }
            ("Fn::If", Value::Array(parts)) => {
                if let Some(Value::String(condition)) = parts.first() {
                    self.conditions.insert(condition.clone());
                }
                parts.iter().skip(1).for_each(|part| self.collect(part));
            }
            (_, other) => self.collect(other),
        }
    }
}

/// The resource and the attribute that `Fn::GetAtt` names, in either of its forms. The attribute is empty where a function gives it.
pub fn attribute_reference(argument: &Value) -> Option<(String, String)> {
    match argument {
        Value::String(text) => text.split_once('.').map(|(name, attribute)| (name.to_owned(), attribute.to_owned())),
        Value::Array(parts) => {
            let name = parts.first()?.as_str()?.to_owned();
            let attributes: Option<Vec<&str>> = parts.iter().skip(1).map(Value::as_str).collect();
            Some((name, attributes.map(|parts| parts.join(".")).unwrap_or_default()))
        }
        _ => None,
    }
}

/// The names between `${` and `}`, without the literal `${!…}`.
pub fn placeholders(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let after = &rest[start + 2..];
        let Some(end) = after.find('}') else { break };
        let name = after[..end].trim();
        if !name.starts_with('!') {
            found.push(name);
        }
        rest = &after[end + 1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{References, Template};

    fn refusal(template: serde_json::Value) -> String {
        match Template::parse(&template.to_string()).and_then(|template| template.check_references()) {
            Ok(()) => String::new(),
            Err(error) => error.message,
        }
    }

    #[test]
    fn what_is_wrong_with_a_template_is_said_as_cloudformation_says_it() {
        let queue = json!({"Type": "AWS::SQS::Queue"});
        for (template, message) in [
            (json!({"Resources": {}}), "Template format error: At least one Resources member must be defined."),
            (json!({"Foo": 1, "Resources": {"Q": queue}}), "Invalid template property or properties [Foo]"),
            (
                json!({"Resources": {"Q": {"Properties": {}}}}),
                "Template format error: [/Resources/Q] Every Resources object must contain a Type member.",
            ),
            (
                json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Foo": 1}}}),
                "Invalid template resource property 'Foo'",
            ),
            (
                json!({"Resources": {"Q": {"Type": "AWS::SQS::Cue"}}}),
                "Template format error: Unrecognized resource types: [AWS::SQS::Cue]",
            ),
            (
                json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "DependsOn": "X"}}}),
                "Template format error: Unresolved resource dependencies [X] in the Resources block of the template",
            ),
            (
                json!({"Resources": {"Q": queue}, "Outputs": {"O": {"Value": {"Ref": "X"}}}}),
                "Template format error: Unresolved resource dependencies [X] in the Outputs block of the template",
            ),
            (
                json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::GetAtt": ["X", "Arn"]}}}}}),
                "Template error: instance of Fn::GetAtt references undefined resource X",
            ),
            (
                json!({"Resources": {
                    "A": {"Type": "AWS::SQS::Queue", "DependsOn": "B"},
                    "B": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${A}-x"}}},
                }}),
                "Circular dependency between resources: [A, B]",
            ),
        ] {
            assert_eq!(refusal(template), message);
        }
    }

    #[test]
    fn a_substitution_refers_to_what_is_not_its_own_variable() {
        let mut references = References::default();
        references
            .collect(&json!({"Fn::Sub": ["${Own}-${A}-${B.Arn}-${!Literal}-${AWS::Region}", {"Own": {"Ref": "C"}}]}));
        let names: Vec<&str> = references.names.iter().map(String::as_str).collect();
        assert_eq!(names, ["A", "AWS::Region", "C"]);
        assert!(references.attributes.contains(&("B".to_owned(), "Arn".to_owned())));
    }

    #[test]
    fn named_roles_need_the_stronger_capability() {
        let role = |properties| {
            let template = json!({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": properties}}});
            Template::parse(&template.to_string()).unwrap().required_capabilities().0
        };
        assert_eq!(role(json!({})), ["CAPABILITY_IAM"]);
        assert_eq!(role(json!({"RoleName": "x"})), ["CAPABILITY_NAMED_IAM"]);
    }
}
