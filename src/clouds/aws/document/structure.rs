//! Values to a template: which sections and attributes there are, and what form each has.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Template, TemplateResource};
use crate::clouds::aws::registry::near;

/// The only version there is.
const VERSION: &str = "2010-09-09";

const SECTIONS: [&str; 12] = [
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
    "Transform",
];

const ATTRIBUTES: [&str; 11] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
    "Version",
    "IgnoreGlobals",
];

/// What is wrong, and at which path.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) path: Vec<String>,
    pub(super) what: String,
}

fn wrong<T>(path: &[&str], what: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { path: path.iter().map(|part| (*part).to_owned()).collect(), what: what.into() })
}

pub(super) fn template(value: Value) -> Result<Template, Wrong> {
    let Value::Object(mut sections) = value else {
        return wrong(&[], "a template is an object with the section Resources");
    };
    if let Some(unknown) = sections.keys().find(|key| !SECTIONS.contains(&key.as_str())) {
        return wrong(&[unknown], unknown_name("section of a template", unknown, &SECTIONS));
    }
    let mut take = |name: &str| sections.remove(name);
    let format_version = text(take("AWSTemplateFormatVersion"), &["AWSTemplateFormatVersion"])?;
    if format_version.as_deref().is_some_and(|version| version != VERSION) {
        return wrong(&["AWSTemplateFormatVersion"], format!("the only version is {VERSION}"));
    }
    let Some(resources) = take("Resources") else {
        return wrong(&[], "the section Resources is missing");
    };
    let resources = object(Some(resources), &["Resources"])?;
    Ok(Template {
        format_version,
        transform: take("Transform"),
        description: text(take("Description"), &["Description"])?,
        metadata: object(take("Metadata"), &["Metadata"])?,
        parameters: objects(take("Parameters"), "Parameters")?,
        mappings: object(take("Mappings"), &["Mappings"])?,
        conditions: object(take("Conditions"), &["Conditions"])?,
        rules: object(take("Rules"), &["Rules"])?,
        hooks: object(take("Hooks"), &["Hooks"])?,
        globals: object(take("Globals"), &["Globals"])?,
        resources: resources
            .into_iter()
            .map(|(id, value)| resource(&id, value).map(|resource| (id, resource)))
            .collect::<Result<_, _>>()?,
        outputs: objects(take("Outputs"), "Outputs")?,
    })
}

fn resource(id: &str, value: Value) -> Result<TemplateResource, Wrong> {
    check_id("Resources", id)?;
    let path = |attribute: &'static str| ["Resources", id, attribute];
    let mut attributes = object(Some(value), &["Resources", id])?;
    if let Some(unknown) = attributes.keys().find(|key| !ATTRIBUTES.contains(&key.as_str())) {
        let what = unknown_name("attribute of a resource", unknown, &ATTRIBUTES);
        return wrong(&["Resources", id, unknown], what);
    }
    let mut take = |name: &str| attributes.remove(name);
    let Some(kind) = text(take("Type"), &path("Type"))? else {
        return wrong(&["Resources", id], "the Type is missing");
    };
    let depends_on = take("DependsOn");
    let is_list_of_text = |items: &Vec<Value>| items.iter().all(Value::is_string);
    if !matches!(&depends_on, None | Some(Value::String(_)))
        && !depends_on.as_ref().and_then(Value::as_array).is_some_and(is_list_of_text)
    {
        return wrong(&path("DependsOn"), "it must be a logical id, or a list of them");
    }
    Ok(TemplateResource {
        kind,
        condition: text(take("Condition"), &path("Condition"))?,
        depends_on,
        deletion_policy: policy(take("DeletionPolicy"), &path("DeletionPolicy"))?,
        update_replace_policy: policy(take("UpdateReplacePolicy"), &path("UpdateReplacePolicy"))?,
        update_policy: take("UpdatePolicy"),
        creation_policy: take("CreationPolicy"),
        version: take("Version"),
        ignore_globals: take("IgnoreGlobals"),
        metadata: object(take("Metadata"), &path("Metadata"))?,
        properties: object(take("Properties"), &path("Properties"))?,
    })
}

fn check_id(section: &str, id: &str) -> Result<(), Wrong> {
    if id.starts_with("Fn::") {
        let what = format!(
            "{id} brings in entries that only CloudFormation knows; write them out, or give the expanded template"
        );
        return wrong(&[section, id], what);
    }
    if id.is_empty() || id.len() > 255 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return wrong(&[section, id], "a logical id is made of 1 to 255 letters and digits (A-Z, a-z, 0-9)");
    }
    Ok(())
}

/// An attribute that may only be computed where the template is transformed by AWS::LanguageExtensions.
fn policy(value: Option<Value>, path: &[&str]) -> Result<Option<String>, Wrong> {
    if value.as_ref().is_some_and(|value| crate::clouds::aws::intrinsics::function(value).is_some()) {
        return wrong(
            path,
            "what AWS::LanguageExtensions computes here only CloudFormation knows; give the expanded template",
        );
    }
    text(value, path)
}

fn text(value: Option<Value>, path: &[&str]) -> Result<Option<String>, Wrong> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => wrong(path, format!("it must be text, not {}", in_words(&other))),
    }
}

fn object(value: Option<Value>, path: &[&str]) -> Result<Map<String, Value>, Wrong> {
    match value {
        None => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(other) => wrong(path, format!("it must be an object, not {}", in_words(&other))),
    }
}

fn objects(value: Option<Value>, section: &'static str) -> Result<BTreeMap<String, Map<String, Value>>, Wrong> {
    object(value, &[section])?
        .into_iter()
        .map(|(id, value)| {
            check_id(section, &id)?;
            Ok((id.clone(), object(Some(value), &[section, &id])?))
        })
        .collect()
}

fn unknown_name(of: &str, unknown: &str, known: &[&str]) -> String {
    match near(unknown, known.iter().copied()) {
        Some(meant) => format!("there is no such {of}; did you mean {meant}?"),
        None => format!("there is no such {of}; known are {}", known.join(", ")),
    }
}

fn in_words(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(object)
            if object.len() == 1 && object.keys().all(|key| key == "Ref" || key.starts_with("Fn::")) =>
        {
            "a function"
        }
        Value::Object(_) => "an object",
    }
}
