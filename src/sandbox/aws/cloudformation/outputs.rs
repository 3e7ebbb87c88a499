//! The values that a stack gives, and those that it takes from others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::evaluate::scalar_text;
use super::stack::{Definition, Output, Stack};
use super::surroundings::{self, Live};
use super::template::References;
use crate::sandbox::world::World;

/// The outputs of a stack whose resources all exist, and the names of the exports that it uses.
///
/// # Errors
/// In CloudFormation's words, when one can't be evaluated, its export's name is taken, or an export that another stack uses would go.
pub fn compute(world: &World, stack: &Stack) -> Result<(Vec<Output>, BTreeSet<String>), String> {
    let definition = &stack.definition;
    let live = Live { world, place: &stack.place, resources: &stack.resources };
    let pseudo = surroundings::pseudo(&stack.id, &stack.name, &stack.place, definition);
    let evaluator = surroundings::evaluator(definition, &pseudo, &live).map_err(|error| error.to_string())?;
    let mut outputs = Vec::new();
    for (key, output) in definition.template.section("Outputs") {
        if !evaluator.holds(output.get("Condition").and_then(|name| name.as_str())) {
            continue;
        }
        let value = output.get("Value").cloned().unwrap_or_default();
        let value = evaluator
            .value(&value)
            .map_err(|error| error.to_string())?
            .and_then(|value| scalar_text(&value))
            .ok_or_else(|| format!("Template format error: Output {key} is malformed. The Value field of every Outputs member must evaluate to a String."))?;
        let export_name = match output.get("Export").and_then(|export| export.get("Name")) {
            Some(name) => Some(evaluator.text(name, "export name").map_err(|error| error.to_string())?),
            None => None,
        };
        if let Some(name) = &export_name
            && let Some((owner, _)) = surroundings::exporter(world, &stack.place, name)
            && owner.id != stack.id
        {
            return Err(format!("Export with name {name} is already exported by stack {}", owner.name));
        }
        let description = output.get("Description").and_then(|text| text.as_str()).map(str::to_owned);
        outputs.push(Output { key: key.to_owned(), value, description, export_name });
    }
    for (name, value) in stack.exports() {
        let kept = outputs.iter().find(|output| output.export_name.as_deref() == Some(name));
        let importers = surroundings::importers(world, &stack.place, name);
        if importers.is_empty() {
            continue;
        }
        let users = importers.join(" and ");
        match kept {
            None => return Err(format!("Export {name} cannot be deleted as it is in use by {users}")),
            Some(output) if output.value != value => {
                return Err(format!("Export {name} cannot be updated as it is in use by {users}"));
            }
            Some(_) => {}
        }
    }
    let mut imports = BTreeSet::new();
    for (_, resource) in definition.template.section("Resources") {
        collect_imports(resource, &mut |name| {
            imports.extend(evaluator.text(name, "import").ok());
        });
    }
    for (_, output) in definition.template.section("Outputs") {
        collect_imports(output, &mut |name| {
            imports.extend(evaluator.text(name, "import").ok());
        });
    }
    Ok((outputs, imports))
}

/// Whether a definition's outputs differ from those of the stack's own: that alone is worth an update.
pub fn differ(stack: &Stack, definition: &Definition) -> bool {
    let declared = |definition: &Definition| definition.template.sections.get("Outputs").cloned().unwrap_or_default();
    let (old, new) = (declared(&stack.definition), declared(definition));
    old != new || references_changed(&new, stack, definition)
}

/// Whether a parameter that the outputs refer to has another value.
fn references_changed(outputs: &Value, stack: &Stack, definition: &Definition) -> bool {
    let mut references = References::default();
    references.collect(outputs);
    references.names.iter().any(|name| {
        let value = |definition: &Definition| definition.parameters.get(name).map(|parameter| parameter.value.clone());
        value(&stack.definition) != value(definition)
    })
}

fn collect_imports(value: &Value, found: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if key == "Fn::ImportValue" {
                    found(value);
                }
                collect_imports(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_imports(item, found)),
        _ => {}
    }
}
