//! What a change does to an AWS resource, and how we know.
//!
//! Three sources, asked in this order: the registry schemas' create-only properties (a change replaces the resource), the table of documented
//! behaviour in [`documented`] (interruptions, updates that replace only under conditions, data that a setting throws away), and the
//! schemas' conditional create-only properties (only the service knows). What [`stateful`] says of a type decides what deleting or replacing
//! it loses.

mod documented;
mod stateful;

pub(super) use documented::only_rises;
pub(super) use stateful::protection;

use serde_json::Value;

use super::meaning;
use super::registry::{self, TypeSchema};
use crate::plan::change::Action;
use crate::plan::consequence::{Consequence, Impact};
use crate::plan::field_path::{FieldPath, Step};
use crate::plan::knowledge::{Edit, Knowledge, Movement, Removal};
use crate::plan::meaning::{Meaning, Referred};
use crate::plan::resource::Resource;

/// What is known of CloudFormation's resource types.
#[derive(Clone, Copy, Debug, Default)]
pub struct CloudFormation;

/// The one type of which an update gives an attribute another value for certain.
const LAUNCH_TEMPLATE: &str = "AWS::EC2::LaunchTemplate";

impl Knowledge for CloudFormation {
    fn meaning(&self, resource: &Resource) -> Meaning {
        meaning::of(resource)
    }

    fn field(&self, edit: &Edit<'_>) -> Impact {
        let kind = &edit.after.kind;
        let schema = registry::find(kind);
        let parts = parts(edit.path);
        let path: Vec<&str> = parts.iter().map(String::as_str).collect();
        if let Some(schema) = schema
            && replaces(schema, &path, edit)
        {
            return Impact::certain(
                Consequence::Replacement,
                format!("{} can only be set when the resource is created", name_of(edit.path)),
                format!("createOnlyProperties of {kind} in {}", registry_name()),
            );
        }
        if let Some(impact) = documented::of(edit) {
            return impact;
        }
        match schema {
            None if kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource" => Impact::possible(
                Consequence::InPlace,
                "a custom resource: its own handler decides what an update does",
                page(kind),
            ),
            None => Impact::possible(
                Consequence::InPlace,
                format!(
                    "{kind} is not in the registry schemas that landfall knows, so what an update does is not known"
                ),
                registry_name(),
            ),
            Some(schema) if schema.conditional_create_only().covers(&path) => Impact::possible(
                Consequence::Replacement,
                format!("{} replaces the resource under conditions that only the service knows", name_of(edit.path)),
                format!("conditionalCreateOnlyProperties of {kind} in {}", registry_name()),
            ),
            Some(schema) if !schema.handlers().is_empty() && !schema.handlers().contains_key("update") => {
                Impact::certain(
                    Consequence::Replacement,
                    "the type can't be updated, only created and deleted",
                    format!("{kind} has no update handler in {}", registry_name()),
                )
            }
            Some(_) => Impact::certain(
                Consequence::InPlace,
                "changed where it is",
                format!("not create-only in {}", registry_name()),
            ),
        }
    }

    fn attribute(&self, name: &str, before: &Resource, after: &Resource) -> Option<Impact> {
        Some(match name {
            "DeletionPolicy" | "UpdateReplacePolicy" => stateful::policy_change(name, after),
            "UpdatePolicy" | "CreationPolicy" => Impact::certain(
                Consequence::InPlace,
                "decides how CloudFormation carries out later updates, and changes nothing by itself",
                attribute_page(name),
            ),
            "Condition" => Impact::possible(
                self.removal(before).impact.consequence,
                "whether the resource exists is decided by another condition, whose outcome is not known here",
                attribute_page("Condition"),
            ),
            _ if name.starts_with("Conditions.") => Impact::possible(
                Consequence::InPlace,
                "a condition that decides what this resource is made of is defined otherwise, and its outcome is not known here",
                attribute_page("Condition"),
            ),
            _ => Impact::certain(
                Consequence::InPlace,
                "read by the helper scripts on the instance",
                "CloudFormation user guide, AWS::CloudFormation::Init",
            ),
        })
    }

    fn kind(&self, before: &Resource, after: &Resource) -> Impact {
        Impact::certain(
            Consequence::Replacement,
            format!(
                "CloudFormation refuses to change {} into {} under one logical id: give the new resource another id",
                before.kind, after.kind
            ),
            "CloudFormation user guide, update behaviours of stack resources",
        )
    }

    fn replacement(&self, before: &Resource, after: &Resource) -> Impact {
        stateful::replacement(before, after)
    }

    fn removal(&self, resource: &Resource) -> Removal {
        stateful::removal(resource)
    }

    fn stirs(&self, target: &Resource, action: Action) -> bool {
        match action {
            Action::Replace => true,
            Action::Update => {
                let kind = target.kind.as_str();
                kind.starts_with("Custom::")
                    || [LAUNCH_TEMPLATE, "AWS::CloudFormation::Stack", "AWS::CloudFormation::CustomResource"]
                        .contains(&kind)
            }
            Action::Create | Action::Delete | Action::Forget => false,
        }
    }

    fn moves(&self, target: &Resource, action: Action, reference: &Referred) -> Movement {
        match (action, reference.attribute.as_deref()) {
            _ if !self.stirs(target, action) => Movement::Stays,
            // A successor listens on the port that its own properties say.
            (Action::Replace, Some(name)) if name.ends_with("Port") => Movement::Stays,
            (Action::Replace, _) => Movement::Moves,
            (_, None) => Movement::Stays,
            // Each update of a launch template makes a new version.
            (_, Some("LatestVersionNumber")) if target.kind == LAUNCH_TEMPLATE => Movement::Moves,
            (_, Some(_)) if target.kind == LAUNCH_TEMPLATE => Movement::Stays,
            // Outputs of nested stacks and of custom resources are only known afterwards.
            (_, Some(_)) => Movement::MayMove,
        }
    }
}

/// Whether the registry says that this difference replaces the resource.
///
/// Where a whole group of properties comes or goes, it does so if something create-only was or is in it.
fn replaces(schema: &TypeSchema, path: &[&str], edit: &Edit<'_>) -> bool {
    let listed = schema.create_only();
    if listed.covers(path) {
        return true;
    }
    if !listed.reaches_into(path) {
        return false;
    }
    let below = |listed: &str| -> Option<Vec<String>> {
        let named: Vec<&str> = path.iter().copied().filter(|part| !is_index(part)).collect();
        let parts: Vec<&str> = listed.split('/').filter(|part| *part != "*").collect();
        parts.strip_prefix(named.as_slice()).map(|rest| rest.iter().map(|part| (*part).to_owned()).collect())
    };
    listed.iter().filter_map(below).any(|rest| edit.was.into_iter().chain(edit.is).any(|value| holds(value, &rest)))
}

/// Whether something is written at a path below a value, in any element of lists on the way.
fn holds(value: &Meaning, path: &[String]) -> bool {
    match (value, path) {
        (Meaning::Assumed(_), _) => false,
        (_, []) => true,
        (Meaning::Fields(fields), [first, rest @ ..]) => fields.get(first).is_some_and(|inner| holds(inner, rest)),
        (Meaning::List(items) | Meaning::Set { items, .. }, _) => items.iter().any(|item| holds(item, path)),
        (Meaning::Scalar(_) | Meaning::Secret(_), _) => false,
    }
}

/// The steps of a path as the registry writes them.
fn parts(path: &FieldPath) -> Vec<String> {
    path.steps()
        .iter()
        .map(|step| match step {
            Step::Name(name) => name.clone(),
            Step::Index(at) => at.to_string(),
        })
        .collect()
}

fn is_index(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// A path's names, for a sentence.
fn name_of(path: &FieldPath) -> String {
    path.names().collect::<Vec<_>>().join(".")
}

/// What the registry schemas are called as a source.
fn registry_name() -> String {
    let date = registry::schema_date();
    format!("the CloudFormation registry schemas of {}", date.get(..10).unwrap_or(date))
}

/// The page of a type in the CloudFormation template reference.
fn page(kind: &str) -> String {
    let parts: Vec<String> = kind.split("::").skip(1).map(str::to_lowercase).collect();
    match parts.as_slice() {
        [service, name] => format!(
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-{service}-{name}.html"
        ),
        _ => "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref.html".to_owned(),
    }
}

/// The page of a resource attribute in the CloudFormation template reference.
fn attribute_page(name: &str) -> String {
    match name {
        "Condition" => {
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html"
                .to_owned()
        }
        _ => format!(
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-{}.html",
            name.to_lowercase()
        ),
    }
}

/// A property's text, where it is a single value.
fn property<'a>(resource: &'a Resource, name: &str) -> Option<&'a Value> {
    resource.properties.get(name)
}

/// Whether a property is switched on.
fn is_on(resource: &Resource, name: &str) -> bool {
    match property(resource, name) {
        Some(Value::Bool(on)) => *on,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// Whether a property is switched off; not so where it says nothing.
fn is_off(resource: &Resource, name: &str) -> bool {
    match property(resource, name) {
        Some(Value::Bool(on)) => !*on,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("false"),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
