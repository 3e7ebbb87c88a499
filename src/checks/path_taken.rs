//! Two settings, or two secrets, stand at the same path.
//!
//! Why: the second can't be created where the first stands.
//! Mend: give one of them another `path`.

use std::collections::BTreeMap;

use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

pub(super) const CODE: &str = "path-taken";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    // A secret without a path has a place that the cloud makes up.
    let secrets = stack.secrets.iter().filter_map(|(name, secret)| Some((name, secret.path.as_deref()?)));
    let settings =
        stack.settings.iter().map(|(name, setting)| (name, setting.path.as_deref().unwrap_or(name.as_str())));
    taken(Kind::Secret, secrets).into_iter().chain(taken(Kind::Setting, settings)).collect()
}

fn taken<'a>(kind: Kind, kept: impl Iterator<Item = (&'a Name, &'a str)>) -> Vec<Finding> {
    let mut seen: BTreeMap<&str, Reference> = BTreeMap::new();
    let mut findings = Vec::new();
    for (name, path) in kept {
        let reference = Reference::new(kind, name);
        if let Some(first) = seen.get(path) {
            findings.push(
                Finding::error(CODE, reference.path(), format!("{reference} stands where {first} does"))
                    .why(format!("both have the path `{path}`, and one path holds one value"))
                    .fix("give one of the two another `path`")
                    .related(first.path(), "the other one"),
            );
            continue;
        }
        seen.insert(path, reference);
    }
    findings
}
