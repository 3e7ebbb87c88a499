//! Text of users that CloudFormation would take for a reference to a secret.

use serde_json::Value;

use super::draft::Draft;
use crate::diagnostics::finding::Finding;

/// How a dynamic reference begins. CloudFormation looks for it in every property, even in text that intrinsic functions
/// put together, and there is no way to escape it (CloudFormation user guide, "Dynamic references").
const DYNAMIC: &str = "{{resolve:";

/// Refuses text that would be replaced by a secret or a parameter. Overrides may hold it: they are native properties.
pub(super) fn check(draft: &mut Draft<'_>) {
    let Ok(stack) = serde_json::to_value(draft.stack) else { return };
    let Value::Object(sections) = stack else { return };
    for (section, value) in sections.iter().filter(|(section, _)| *section != "overrides") {
        walk(&mut vec![section.clone()], value, &mut draft.findings);
    }
}

fn walk(path: &mut Vec<String>, value: &Value, findings: &mut Vec<Finding>) {
    match value {
        Value::String(text) if text.contains(DYNAMIC) => findings.push(refused(path)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                walk(path, item, findings);
                path.pop();
            }
        }
        Value::Object(object) => {
            for (key, item) in object {
                path.push(key.clone());
                if key.contains(DYNAMIC) {
                    findings.push(refused(path));
                }
                walk(path, item, findings);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn refused(path: &[String]) -> Finding {
    Finding::error("dynamic-reference", path, "CloudFormation would replace this text")
        .why(format!(
            "text with `{DYNAMIC}` in it is replaced by a secret's or parameter's value, and nothing can prevent it"
        ))
        .fix("write it differently; a secret is given as `{ secret: secret.name }`")
}
