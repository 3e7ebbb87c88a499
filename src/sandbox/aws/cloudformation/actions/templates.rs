//! `GetTemplate`, `GetTemplateSummary` and `ValidateTemplate`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Request, change_sets};
use crate::sandbox::aws::cloudformation::evaluate::scalar_text;
use crate::sandbox::aws::cloudformation::template::Template;
use crate::sandbox::aws::cloudformation::{naming, request};
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

pub(super) fn get(world: &mut World, asked: &Request<'_>) -> Result<Xml, ApiError> {
    let definition = if asked.query.text("ChangeSetName").is_some() {
        &change_sets::find(world, asked)?.1.definition
    } else {
        let name = asked.query.required("StackName")?;
        let id = naming::described(world, asked.caller, name)?;
        match world.stacks.get(&id) {
            Some(stack) if !stack.definition.template_body.is_empty() => &stack.definition,
            _ => return Err(ApiError::validation(format!("Stack with id {name} does not exist"))),
        }
    };
    let body = match asked.query.text("TemplateStage").unwrap_or("Original") {
        "Original" => definition.template_body.clone(),
        "Processed" => Value::Object(definition.template.sections.clone()).to_string(),
        other => {
            return Err(ApiError::constraint(
                other,
                "templateStage",
                "Member must satisfy enum value set: [Original, Processed]",
            ));
        }
    };
    let mut xml = Xml::new();
    xml.text("TemplateBody", body);
    xml.texts("StagesAvailable", ["Original", "Processed"]);
    Ok(xml)
}

fn given(world: &World, asked: &Request<'_>) -> Result<Template, ApiError> {
    let text = request::template_text(world, asked.caller, asked.query)?
        .ok_or_else(|| ApiError::validation("Either Template URL or Template Body must be specified."))?;
    let template = Template::parse(&text)?;
    if template.transforms().is_empty() {
        template.check_references()?;
    }
    Ok(template)
}

pub(super) fn validate(world: &mut World, asked: &Request<'_>) -> Result<Xml, ApiError> {
    let template = given(world, asked)?;
    let mut xml = Xml::new();
    xml.list("Parameters", template.parameters(), |xml, (name, declaration)| {
        xml.text("ParameterKey", name);
        xml.optional("DefaultValue", declaration.get("Default").and_then(scalar_text));
        xml.text("NoEcho", declaration.get("NoEcho").and_then(scalar_text).as_deref() == Some("true"));
        xml.optional("Description", declaration.get("Description").and_then(Value::as_str));
    });
    xml.optional("Description", template.description());
    let (capabilities, reason) = template.required_capabilities();
    if !capabilities.is_empty() {
        xml.texts("Capabilities", capabilities);
        xml.text("CapabilitiesReason", reason);
    }
    let transforms = template.transforms();
    if !transforms.is_empty() {
        xml.texts("DeclaredTransforms", transforms);
    }
    Ok(xml)
}

pub(super) fn summary(world: &mut World, asked: &Request<'_>) -> Result<Xml, ApiError> {
    let template = match asked.query.text("StackName") {
        Some(name) => {
            let id = naming::described(world, asked.caller, name)?;
            let body = world.stacks.get(&id).map(|stack| stack.definition.template_body.clone());
            Template::parse(&body.unwrap_or_default())?
        }
        None => given(world, asked)?,
    };
    let mut xml = Xml::new();
    xml.list("Parameters", template.parameters(), |xml, (name, declaration)| {
        xml.text("ParameterKey", name);
        xml.optional("DefaultValue", declaration.get("Default").and_then(scalar_text));
        xml.text("ParameterType", declaration.get("Type").and_then(Value::as_str).unwrap_or("String"));
        xml.text("NoEcho", declaration.get("NoEcho").and_then(scalar_text).as_deref() == Some("true"));
        xml.optional("Description", declaration.get("Description").and_then(Value::as_str));
        xml.inside("ParameterConstraints", |xml| {
            if let Some(Value::Array(values)) = declaration.get("AllowedValues") {
                xml.texts("AllowedValues", values.iter().filter_map(scalar_text));
            }
        });
    });
    xml.optional("Description", template.description());
    let (capabilities, reason) = template.required_capabilities();
    if !capabilities.is_empty() {
        xml.texts("Capabilities", capabilities);
        xml.text("CapabilitiesReason", reason);
    }
    let kinds: BTreeSet<&str> = template.resources().map(|resource| resource.kind()).collect();
    xml.texts("ResourceTypes", kinds);
    xml.optional("Version", template.sections.get("AWSTemplateFormatVersion").and_then(Value::as_str));
    xml.optional("Metadata", template.sections.get("Metadata"));
    let transforms = template.transforms();
    if !transforms.is_empty() {
        xml.texts("DeclaredTransforms", transforms);
    }
    Ok(xml)
}
