//! Limits of a template as a whole (CloudFormation user guide, "Understand CloudFormation quotas").

use super::draft::Draft;
use super::names;
use crate::diagnostics::finding::Finding;

/// The most resources of a template, after the SAM transform.
const RESOURCES: usize = 500;
/// The largest template in bytes, from a bucket.
const BYTES: usize = 1_000_000;
/// The most outputs.
const OUTPUTS: usize = 200;
/// The longest description in bytes.
const DESCRIPTION: usize = 1024;
/// A function becomes four: itself, a version, an alias, and how its events are retried.
const BY_TRANSFORM: usize = 3;
/// No template with fewer resources comes near the largest size, so that most are not written twice.
const SURELY_SMALL: usize = 150;

/// Adds the findings about the template as a whole.
pub(super) fn check(draft: &mut Draft<'_>) {
    let functions =
        draft.template.resources.values().filter(|resource| resource.kind == "AWS::Serverless::Function").count();
    let resources = draft.template.resources.len() + functions * BY_TRANSFORM;
    let (outputs, description) = (draft.template.outputs.len(), draft.stack.description.len());
    let split = "split the system into two";
    if resources > RESOURCES {
        draft.findings.push(
            Finding::error("too-many-resources", ["description"], format!("the stack has {resources} resources"))
                .why(format!("CloudFormation takes {RESOURCES}"))
                .fix(split),
        );
    }
    if outputs > OUTPUTS {
        draft.findings.push(
            Finding::error("too-many-outputs", ["description"], format!("the stack gives back {outputs} values"))
                .why(format!("CloudFormation takes {OUTPUTS}"))
                .fix(split),
        );
    }
    if resources > SURELY_SMALL
        && let Ok(text) = draft.template.to_json()
        && text.len() > BYTES
    {
        draft.findings.push(
            Finding::error("template-too-large", ["description"], format!("the template has {} bytes", text.len()))
                .why(format!("CloudFormation takes {BYTES}"))
                .fix(split),
        );
    }
    if description > DESCRIPTION {
        draft.findings.push(
            Finding::error("description-too-long", ["description"], format!("the description has {description} bytes"))
                .why(format!("CloudFormation takes {DESCRIPTION}"))
                .fix("say it in fewer words"),
        );
    }
    let stack = names::stack(draft.target);
    if stack.len() > names::STACK {
        draft.findings.push(
            Finding::error("stack-name-too-long", ["description"], format!("the stack's name `{stack}` is too long"))
                .why(format!("CloudFormation takes {} characters", names::STACK))
                .fix("shorten the system's or the environment's name"),
        );
    }
}
