//! Two templates compared: the plan that leads from one to the other.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::Template;
use super::exposure;
use super::impact::CloudFormation;
use super::resolved::{self, Given, Output, Resolved};
use super::sam;
use crate::parallel;
use crate::plan::Plan;
use crate::plan::change::{Action, Change, OutputChange};
use crate::plan::diff::diff;
use crate::plan::resource::Resource;

/// One side of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The template.
    pub template: &'a Template,
    /// What is known beside it.
    pub given: &'a Given,
}

/// The plan from one template to another, offline. `target` is what the plan is called.
///
/// Nothing is asked of the cloud: what only it knows counts as the same where it is written the same.
pub fn compare(target: &str, before: Side<'_>, after: Side<'_>) -> Plan {
    let (old_form, new_form) = parallel::both(|| Form::of(before), || Form::of(after));
    let (mut old, mut new) = resolved::pair((&old_form.template, before.given), (&new_form.template, after.given));
    let mut notes = Vec::new();
    for (side, form, resolved) in [("before", old_form, &mut old), ("after", new_form, &mut new)] {
        form.trace(resolved);
        notes.extend(form.note.into_iter().chain(resolved.notes.drain(..)).map(|note| format!("{note} ({side})")));
    }
    notes.extend(missing_parameters(before, after));
    let (exposures, changes) = parallel::both(
        || exposure::widened(&old.resources, &new.resources),
        || diff(&old.resources, &new.resources, &CloudFormation),
    );
    notes.extend(renamed(&changes, &old, &new));
    Plan {
        target: target.to_owned(),
        initial: old.resources.is_empty(),
        exposures,
        outputs: outputs(&old.outputs, &new.outputs),
        changes,
        cost: None,
        cloud: None,
        disagreements: Vec::new(),
        drift: Vec::new(),
        notes,
    }
}

/// The resources of one template as CloudFormation carries it out.
pub(super) fn settled(side: Side<'_>) -> Vec<Resource> {
    let form = Form::of(side);
    let mut resolved = resolved::alone(&form.template, side.given);
    form.trace(&mut resolved);
    resolved.resources
}

/// A template in the form in which CloudFormation carries it out, and where its resources come from.
struct Form<'a> {
    template: Cow<'a, Template>,
    written: &'a Template,
    origins: BTreeMap<String, String>,
    /// What went wrong on the way.
    note: Option<String>,
}

impl<'a> Form<'a> {
    /// Expands the SAM transform; a template that can't be expanded is compared as it is written.
    fn of(side: Side<'a>) -> Form<'a> {
        let written = side.template;
        let mut form = Form { template: Cow::Borrowed(written), written, origins: BTreeMap::new(), note: None };
        if !sam::is_sam(written) {
            return form;
        }
        let mut inputs = sam::Inputs { parameters: side.given.parameters.clone(), ..sam::Inputs::default() };
        if let Some(region) = side.given.pseudo.get("AWS::Region").and_then(Value::as_str) {
            inputs.region = region.to_owned();
        }
        match sam::expand_with(written, &inputs) {
            Ok(expanded) => {
                form.template = Cow::Owned(expanded.template);
                form.origins = expanded.origins;
            }
            Err(error) => form.note = Some(format!("the SAM resources are compared as they are written: {error}")),
        }
        form
    }

    /// Says of each resource that the transform made where it comes from, and gives it the component of that one.
    fn trace(&self, resolved: &mut Resolved) {
        for resource in &mut resolved.resources {
            let Some(origin) = self.origins.get(&resource.id) else { continue };
            if resource.component.is_none() {
                resource.component = self.written.resources.get(origin).and_then(resolved::component);
            }
            resource.origin = Some(origin.clone());
        }
    }
}

/// Parameters that are new, have no default and no value: the deployment fails without one.
fn missing_parameters(before: Side<'_>, after: Side<'_>) -> Vec<String> {
    after
        .template
        .parameters
        .iter()
        .filter(|(name, declaration)| {
            !declaration.contains_key("Default")
                && !after.given.parameters.contains_key(*name)
                && !before.template.parameters.contains_key(*name)
        })
        .map(|(name, _)| format!("parameter {name} is new and has no default: deploying needs a value for it"))
        .collect()
}

/// Resources that go under one id and come under another, unchanged: to CloudFormation a deletion and a creation.
fn renamed(changes: &[Change], old: &Resolved, new: &Resolved) -> Vec<String> {
    let created: BTreeSet<&str> = only(changes, |change| change.action == Action::Create);
    let deleted: BTreeSet<&str> = only(changes, |change| change.action == Action::Delete);
    if created.is_empty() || deleted.is_empty() {
        return Vec::new();
    }
    let mut notes = Vec::new();
    for was in old.resources.iter().filter(|resource| deleted.contains(resource.id.as_str())) {
        let same: Vec<&str> = new
            .resources
            .iter()
            .filter(|is| created.contains(is.id.as_str()) && is.kind == was.kind && is.properties == was.properties)
            .map(|is| is.id.as_str())
            .collect();
        if let [is] = same.as_slice() {
            notes.push(format!(
                "{} and {is} are the same but for their id: CloudFormation creates {is} and deletes {}, it does not rename",
                was.id, was.id
            ));
        }
    }
    notes
}

fn only(changes: &[Change], wanted: impl Fn(&Change) -> bool) -> BTreeSet<&str> {
    changes.iter().filter(|change| wanted(change)).map(|change| change.id.as_str()).collect()
}

fn outputs(old: &BTreeMap<String, Output>, new: &BTreeMap<String, Output>) -> Vec<OutputChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| {
            let (was, is) = (old.get(name), new.get(name));
            if was == is {
                return None;
            }
            let export =
                |output: Option<&Output>| output.and_then(|output| output.export.as_ref()).map(super::policy::text);
            let (exported, still) = (export(was), export(is));
            let warning = match &exported {
                Some(export) if exported != still => {
                    Some(format!("the export {export} goes: the update fails while another stack imports it"))
                }
                Some(export) if was.map(|output| &output.value) != is.map(|output| &output.value) => {
                    Some(format!("the export {export} changes: the update fails while another stack imports it"))
                }
                _ => None,
            };
            Some(OutputChange {
                name: name.clone(),
                before: was.map(|output| shown(name, &output.value)),
                after: is.map(|output| shown(name, &output.value)),
                exported: still.or(exported),
                warning,
            })
        })
        .collect()
}

/// An output's value, masked where it is a secret that somebody wrote down.
fn shown(name: &str, value: &Value) -> Value {
    if super::secrecy::is_secret(name, value) {
        Value::String(crate::plan::meaning::MASK.to_owned())
    } else {
        value.clone()
    }
}

#[cfg(test)]
mod tests;
