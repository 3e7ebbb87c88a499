//! Settings: AWS Systems Manager Parameter Store. CloudFormation writes a value when a template with another one is deployed, and
//! leaves alone what was changed there in between.

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::sub;
use super::names;
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::setting::Setting;
use crate::model::stack::Stack;

/// The type of its resource.
pub(super) const KIND: &str = "AWS::SSM::Parameter";

/// The largest value of a parameter of the standard tier, in bytes (Systems Manager user guide, "Managing parameter tiers").
const LARGEST: usize = 4096;

/// Where a setting stands.
pub(super) fn path(target: &Target, stack: &Stack, name: &Name) -> String {
    let below = stack.settings.get(name).and_then(|setting| setting.path.as_deref());
    names::kept_at(target, below.unwrap_or(name.as_str()))
}

/// The Amazon Resource Name of a setting. It is put together, so that readers and what they read can be made at once.
pub(super) fn arn(target: &Target, stack: &Stack, name: &Name) -> Value {
    sub(format!(
        "arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter{}",
        path(target, stack, name)
    ))
}

/// Adds a setting.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, setting: &Setting) {
    let of = Reference::new(Kind::Setting, name);
    let value = setting.value.to_string();
    if value.is_empty() || value.len() > LARGEST {
        let [section, key] = of.path();
        draft.findings.push(
            Finding::error(
                "setting-value",
                [section, key, "value".to_owned()],
                format!("{of} has {} bytes", value.len()),
            )
            .why("Parameter Store takes values of 1 to 4,096 bytes")
            .fix("shorten it, or put it into a bucket"),
        );
    }
    let id = names::logical(&of);
    let path = path(draft.target, draft.stack, name);
    draft.add(
        &of.to_string(),
        &id,
        KIND,
        json!({ "Name": path, "Type": "String", "Value": value, "Description": setting.description }),
    );
    draft.output(format!("{id}Path"), format!("Where {of} stands"), Value::String(path));
}
