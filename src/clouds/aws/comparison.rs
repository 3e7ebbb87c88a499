//! Two templates compared: the plan that leads from one to the other.

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
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// The template.
    pub template: Template,
    /// What is known beside it.
    pub given: &'a Given,
}

/// The plan from one template to another, offline. `target` is what the plan is called.
///
/// Nothing is asked of the cloud: what only it knows counts as the same where it is written the same.
pub fn compare(target: &str, before: Side<'_>, after: Side<'_>) -> Plan {
    let missing = missing_parameters(&before, &after);
    let (given_before, given_after) = (before.given, after.given);
    let ((old, old_source), (new, new_source)) = parallel::both(|| carried_out(before), || carried_out(after));
    let (mut old, mut new) = resolved::pair((old, given_before), (new, given_after));
    let mut notes = Vec::new();
    for (side, source, resolved) in [("before", old_source, &mut old), ("after", new_source, &mut new)] {
        source.trace(resolved);
        notes.extend(source.note.into_iter().chain(resolved.notes.drain(..)).map(|note| format!("{note} ({side})")));
    }
    notes.extend(missing);
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
        rollouts: Vec::new(),
        drift: Vec::new(),
        notes,
    }
}

/// The resources of one template as CloudFormation carries it out.
pub(super) fn settled(side: Side<'_>) -> Vec<Resource> {
    let given = side.given;
    let (template, source) = carried_out(side);
    let mut resolved = resolved::alone(template, given);
    source.trace(&mut resolved);
    resolved.resources
}

/// What a template's resources come from, where CloudFormation carries out another than the one that is written.
#[derive(Default)]
struct Source {
    /// The written resource that each was made from, by id, and the component of that one.
    origins: BTreeMap<String, (String, Option<String>)>,
    /// What went wrong on the way.
    note: Option<String>,
}

impl Source {
    /// Says of each resource that the transform made where it comes from, and gives it the component of that one.
    fn trace(&self, resolved: &mut Resolved) {
        for resource in &mut resolved.resources {
            let Some((origin, component)) = self.origins.get(&resource.id) else { continue };
            if resource.component.is_none() {
                resource.component.clone_from(component);
            }
            resource.origin = Some(origin.clone());
        }
    }
}

/// The template as CloudFormation carries it out: with the SAM transform expanded. One that can't be expanded is compared as it is
/// written.
fn carried_out(side: Side<'_>) -> (Template, Source) {
    let written = side.template;
    let mut source = Source::default();
    if !sam::is_sam(&written) {
        return (written, source);
    }
    let mut inputs = sam::Inputs { parameters: side.given.parameters.clone(), ..sam::Inputs::default() };
    if let Some(region) = side.given.pseudo.get("AWS::Region").and_then(Value::as_str) {
        inputs.region = region.to_owned();
    }
    match sam::expand_with(&written, &inputs) {
        Ok(expanded) => {
            let traced = |(id, origin): (String, String)| {
                let component = written.resources.get(&origin).and_then(resolved::component);
                (id, (origin, component))
            };
            source.origins = expanded.origins.into_iter().map(traced).collect();
            (expanded.template, source)
        }
        Err(error) => {
            source.note = Some(format!("the SAM resources are compared as they are written: {error}"));
            (written, source)
        }
    }
}

/// Parameters that are new, have no default and no value: the deployment fails without one.
fn missing_parameters(before: &Side<'_>, after: &Side<'_>) -> Vec<String> {
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
