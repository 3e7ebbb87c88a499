//! Transforms: the macros that CloudFormation runs over a template before it looks at it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::evaluate::scalar_text;
use super::stack::Parameter;
use super::template::Template;
use crate::clouds::aws::{document, sam};

/// Runs a template's transforms.
///
/// # Errors
/// The reason, as a change set's or a stack's status gives it.
pub fn run(template: &Template, parameters: &BTreeMap<String, Parameter>, region: &str) -> Result<Template, String> {
    let transforms = template.transforms();
    if transforms.is_empty() {
        return Ok(template.clone());
    }
    if let Some(other) = transforms.iter().find(|name| *name != sam::TRANSFORM) {
        return Err(format!("No transform named {other} found."));
    }
    let failed = |reason: String| {
        format!(
            "Transform {} failed with: Invalid Serverless Application Specification document. Number of errors found: 1. {reason}",
            sam::TRANSFORM
        )
    };
    let typed: document::Template =
        serde_json::from_value(Value::Object(template.sections.clone())).map_err(|error| failed(error.to_string()))?;
    let inputs = sam::Inputs {
        region: region.to_owned(),
        parameters: parameters
            .iter()
            .filter_map(|(name, parameter)| Some((name.clone(), scalar_text(&parameter.value)?)))
            .collect(),
    };
    let expanded = sam::expand_with(&typed, &inputs).map_err(|error| failed(error.to_string()))?;
    match serde_json::to_value(&expanded.template) {
        Ok(Value::Object(sections)) => Ok(Template { sections }),
        _ => Err(failed("The expanded template can't be written.".to_owned())),
    }
}
