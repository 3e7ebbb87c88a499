//! A template as the plan sees it: the resources that exist, with every function resolved whose outcome is known without the cloud.
//!
//! Parameters' defaults, mappings and conditions are worked into the properties, so that changing one of them shows as a change of the
//! properties that it decides. What only the cloud knows stays a function in one canonical form (see [`intrinsics`]).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::document::{Template, TemplateResource};
use super::intrinsics::conditions::decide;
use super::intrinsics::{self, Context, Nowhere};
use crate::parallel;
use crate::plan::resource::Resource;

/// What is known beside the template.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Values for parameters; the rest have their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Pseudo parameters by their full name, such as `AWS::Region`.
    pub pseudo: BTreeMap<String, Value>,
}

/// A template, resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolved {
    /// The resources that exist, by id.
    pub resources: Vec<Resource>,
    /// The outputs that exist, by name.
    pub outputs: BTreeMap<String, Output>,
    /// What could not be resolved, and why.
    pub notes: Vec<String>,
}

/// An output of a template.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its value.
    pub value: Value,
    /// The name under which it is exported.
    pub export: Option<Value>,
}

/// Resolves two templates for comparison.
///
/// The value of a parameter with `NoEcho` is never worked in: the reference stays, and where the value differs between the two sides it
/// becomes a text that says so.
pub fn pair(before: (Template, &Given), after: (Template, &Given)) -> (Resolved, Resolved) {
    let secrets_before = secret_values(&before.0, before.1);
    let secrets_after = secret_values(&after.0, after.1);
    let moved: BTreeSet<&String> = secrets_after
        .iter()
        .filter(|(name, value)| secrets_before.get(*name).is_some_and(|old| old != *value))
        .map(|(name, _)| name)
        .collect();
    let stand_ins: BTreeMap<String, Value> = moved
        .into_iter()
        .map(|name| (name.clone(), Value::String(format!("(sensitive: new value of parameter {name})"))))
        .collect();
    parallel::both(|| resolve(before.0, before.1, &BTreeMap::new()), || resolve(after.0, after.1, &stand_ins))
}

/// Resolves one template by itself.
pub fn alone(template: Template, given: &Given) -> Resolved {
    resolve(template, given, &BTreeMap::new())
}

/// The values of the parameters that are not to be shown.
fn secret_values(template: &Template, given: &Given) -> BTreeMap<String, Value> {
    let mut values = intrinsics::parameters::values(&template.parameters, &given.parameters);
    values.retain(|name, _| template.parameters.get(name).is_some_and(no_echo));
    values
}

/// Whether a parameter's value is not to be shown.
fn no_echo(declaration: &Map<String, Value>) -> bool {
    match declaration.get("NoEcho") {
        Some(Value::Bool(hidden)) => *hidden,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// Resolves one template. `stand_ins` are shown instead of the parameters that they name.
fn resolve(template: Template, given: &Given, stand_ins: &BTreeMap<String, Value>) -> Resolved {
    let Template {
        parameters: declared, mappings, conditions: defined, resources: written, outputs: given_back, ..
    } = template;
    let mut notes = Vec::new();
    let mut parameters = intrinsics::parameters::values(&declared, &given.parameters);
    for (name, declaration) in &declared {
        let kind = declaration.get("Type").and_then(Value::as_str).unwrap_or_default();
        if no_echo(declaration) {
            parameters.remove(name);
        } else if kind.starts_with("AWS::SSM::Parameter::Value<") {
            // The value is a name, and the cloud looks it up: the same as the dynamic reference to it.
            let named = given.parameters.get(name).map(String::as_str);
            if let Some(named) = named.or_else(|| declaration.get("Default").and_then(Value::as_str)) {
                parameters.insert(name.clone(), Value::String(format!("{{{{resolve:ssm:{named}}}}}")));
            }
        }
    }
    parameters.extend(stand_ins.clone());
    let no_conditions = BTreeMap::new();
    let open = Context {
        parameters: &parameters,
        pseudo: &given.pseudo,
        mappings: &mappings,
        conditions: &no_conditions,
        surroundings: &Nowhere,
    };
    let conditions = decide(&defined, &open).unwrap_or_else(|error| {
        notes.push(format!("the conditions are left open: {error}"));
        BTreeMap::new()
    });
    let context = Context { conditions: &conditions, ..open };
    let ids: BTreeSet<String> = written.keys().cloned().collect();
    let mut resources = Vec::with_capacity(written.len());
    for (id, mut written) in written {
        if written.condition.as_ref().and_then(|name| conditions.get(name)) == Some(&false) {
            continue;
        }
        if let Err(error) = context.resolve_in_place(&mut written.properties) {
            notes.push(format!("{id} is compared as it is written: {error}"));
        }
        resources.push(resource(id, written, &defined, &context, &ids));
    }
    let outputs = outputs(&given_back, &context);
    Resolved { resources, outputs, notes }
}

/// A resource whose properties are resolved. `defined` are the template's conditions, `ids` all of its resources.
fn resource(
    id: String,
    written: TemplateResource,
    defined: &Map<String, Value>,
    context: &Context<'_>,
    ids: &BTreeSet<String>,
) -> Resource {
    let mut used = Used { ids, resources: BTreeSet::new(), conditions: BTreeSet::new() };
    used.visit_all(written.properties.values());
    used.depends_on(written.depends_on.as_ref());
    used.resources.remove(&id);
    let mut attributes = attributes(&written, context);
    if let Some(condition) = &written.condition
        && !context.conditions.contains_key(condition)
    {
        used.conditions.insert(condition.clone());
        attributes.insert("Condition".to_owned(), Value::String(condition.clone()));
    }
    // A condition that is open decides something here: what it says belongs to the resource.
    for name in used.conditions {
        if let Some(condition) = defined.get(&name) {
            let resolved = context.resolve(condition).ok().flatten();
            attributes.insert(format!("Conditions.{name}"), resolved.unwrap_or_else(|| condition.clone()));
        }
    }
    Resource {
        id,
        component: component(&written),
        kind: written.kind,
        origin: None,
        properties: Value::Object(written.properties),
        attributes,
        depends_on: used.resources,
    }
}

/// The component that a resource was rendered from, where we rendered it.
pub(super) fn component(written: &TemplateResource) -> Option<String> {
    written.metadata.get("Landfall")?.get("Component")?.as_str().map(str::to_owned)
}

/// What the template says of a resource outside its properties and that the cloud acts upon.
fn attributes(written: &TemplateResource, context: &Context<'_>) -> BTreeMap<String, Value> {
    let mut attributes = BTreeMap::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            let resolved = context.resolve(&value).ok().flatten();
            attributes.insert(name.to_owned(), resolved.unwrap_or(value));
        }
    };
    add("DeletionPolicy", written.deletion_policy.clone().map(Value::String));
    add("UpdateReplacePolicy", written.update_replace_policy.clone().map(Value::String));
    add("UpdatePolicy", written.update_policy.clone());
    add("CreationPolicy", written.creation_policy.clone());
    for name in ["AWS::CloudFormation::Init", "AWS::CloudFormation::Authentication"] {
        add(&format!("Metadata.{name}"), written.metadata.get(name).cloned());
    }
    attributes
}

fn outputs(written: &BTreeMap<String, Map<String, Value>>, context: &Context<'_>) -> BTreeMap<String, Output> {
    let resolved = |value: &Value| context.resolve(value).ok().flatten().unwrap_or_else(|| value.clone());
    written
        .iter()
        .filter(|(_, output)| {
            let condition = output.get("Condition").and_then(Value::as_str);
            condition.and_then(|name| context.conditions.get(name)) != Some(&false)
        })
        .filter_map(|(name, output)| {
            let value = resolved(output.get("Value")?);
            let export = output.get("Export").and_then(|export| export.get("Name")).map(resolved);
            Some((name.clone(), Output { value, export }))
        })
        .collect()
}

/// Collects the resources and the open conditions that a value uses.
struct Used<'a> {
    ids: &'a BTreeSet<String>,
    resources: BTreeSet<String>,
    conditions: BTreeSet<String>,
}

impl Used<'_> {
    fn visit_all<'v>(&mut self, values: impl Iterator<Item = &'v Value>) {
        for value in values {
            self.visit(value);
        }
    }

    fn visit(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some((name, argument)) = fields.iter().next().filter(|_| fields.len() == 1) {
                    match (name.as_str(), argument) {
                        ("Ref", Value::String(target)) => self.resource(target),
                        ("Fn::GetAtt", Value::Array(parts)) => {
                            if let Some(Value::String(target)) = parts.first() {
                                self.resource(target);
                            }
                        }
                        ("Fn::GetAtt", Value::String(both)) => {
                            if let Some((target, _)) = both.split_once('.') {
                                self.resource(target);
                            }
                        }
                        ("Fn::If", Value::Array(parts)) => {
                            if let Some(Value::String(condition)) = parts.first() {
                                self.conditions.insert(condition.clone());
                            }
                        }
                        _ => {}
                    }
                }
                self.visit_all(fields.values());
            }
            Value::Array(items) => self.visit_all(items.iter()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn resource(&mut self, target: &str) {
        if self.ids.contains(target) {
            self.resources.insert(target.to_owned());
        }
    }

    fn depends_on(&mut self, written: Option<&Value>) {
        match written {
            Some(Value::String(target)) => self.resource(target),
            Some(Value::Array(targets)) => {
                for target in targets.iter().filter_map(Value::as_str) {
                    self.resource(target);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template(value: Value) -> Template {
        serde_json::from_value(value).unwrap()
    }

    fn one(value: Value) -> Resolved {
        resolve(template(value), &Given::default(), &BTreeMap::new())
    }

    #[test]
    fn defaults_mappings_and_conditions_are_worked_into_the_properties() {
        let resolved = one(json!({
            "Parameters": {"Stage": {"Type": "String", "Default": "prod"}},
            "Mappings": {"Size": {"prod": {"Class": "db.r5.large"}}},
            "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}, "Dev": {"Fn::Not": [{"Condition": "Prod"}]}},
            "Resources": {
                "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {
                    "DBInstanceClass": {"Fn::FindInMap": ["Size", {"Ref": "Stage"}, "Class"]},
                    "MultiAZ": {"Fn::If": ["Prod", true, {"Ref": "AWS::NoValue"}]}}},
                "Only": {"Type": "AWS::SQS::Queue", "Condition": "Dev"}
            }
        }));
        assert_eq!(resolved.resources.len(), 1);
        assert_eq!(resolved.resources[0].properties, json!({"DBInstanceClass": "db.r5.large", "MultiAZ": true}));
    }

    #[test]
    fn what_a_resource_refers_to_is_what_it_depends_on() {
        let resolved = one(json!({"Resources": {
            "A": {"Type": "T", "DependsOn": "D", "Properties": {"X": {"Fn::Sub": "${B.Arn}/${C}/${AWS::Region}"}}},
            "B": {"Type": "T"}, "C": {"Type": "T"}, "D": {"Type": "T"}
        }}));
        let depends: Vec<&str> = resolved.resources[0].depends_on.iter().map(String::as_str).collect();
        assert_eq!(depends, ["B", "C", "D"]);
    }

    #[test]
    fn an_open_condition_that_is_defined_anew_is_a_difference() {
        let with = |region: &str| {
            one(json!({
                "Conditions": {"Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, region]}},
                "Resources": {"A": {"Type": "T", "Properties": {"X": {"Fn::If": ["Here", 1, 2]}}}}
            }))
        };
        assert_ne!(with("eu-central-1").resources[0].attributes, with("us-east-1").resources[0].attributes);
    }

    #[test]
    fn the_value_of_a_hidden_parameter_is_never_worked_in_but_its_change_shows() {
        let with = |secret: &str| {
            template(json!({
                "Parameters": {"Pass": {"Type": "String", "NoEcho": true, "Default": secret}},
                "Resources": {"A": {"Type": "T", "Properties": {"P": {"Ref": "Pass"}}}}
            }))
        };
        let given = Given::default();
        let (a, b) = pair((with("hunter2"), &given), (with("hunter3"), &given));
        assert_ne!(a.resources[0].properties, b.resources[0].properties);
        assert!(!format!("{a:?}{b:?}").contains("hunter"));
        let (a, b) = pair((with("hunter2"), &given), (with("hunter2"), &given));
        assert_eq!(a, b);
    }

    #[test]
    fn a_parameter_from_the_parameter_store_is_its_dynamic_reference() {
        let resolved = one(json!({
            "Parameters": {"Ami": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/ami/latest"}},
            "Resources": {"A": {"Type": "T", "Properties": {"P": {"Ref": "Ami"}}}}
        }));
        assert_eq!(resolved.resources[0].properties, json!({"P": "{{resolve:ssm:/ami/latest}}"}));
    }

    #[test]
    fn a_template_that_can_not_be_resolved_is_compared_as_written_and_says_so() {
        let resolved = one(json!({"Resources": {"A": {"Type": "T", "Properties": {"P": {"Fn::Join": "wrong"}}}}}));
        assert_eq!(resolved.resources[0].properties, json!({"P": {"Fn::Join": "wrong"}}));
        assert_eq!(resolved.notes.len(), 1);
    }
}
