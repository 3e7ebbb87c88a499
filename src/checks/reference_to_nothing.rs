//! A reference names a component that isn't there.
//!
//! Why: nothing could be connected, granted, run or told. It is usually a slip of the pen, or the component was removed.
//! Mend: correct the name, or add the component.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::nearest::nearest;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

pub(super) const CODE: &str = "reference-to-nothing";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let components = stack.components();
    let missing = |reference: &Reference, kinds: &[Kind]| {
        let same: Vec<&Reference> = components.iter().filter(|one| one.kind == reference.kind).collect();
        // Where nearly every kind can stand, all that there is would be no help.
        let there = match kinds {
            [_] | [_, _] | [_, _, _] => components.iter().filter(|one| kinds.contains(&one.kind)).collect(),
            _ => same.clone(),
        };
        let near = nearest(reference.name.as_str(), same.iter().map(|one| one.name.as_str()))
            .and_then(|near| same.iter().find(|one| one.name.as_str() == near).copied())
            .or_else(|| there.iter().find(|one| one.name == reference.name).copied());
        let section = reference.kind.section();
        match near {
            Some(near) => format!("did you mean {near}? Otherwise add `{}` under `{section}`", reference.name),
            None if there.is_empty() => format!("add `{}` under `{section}`", reference.name),
            None => {
                let names: Vec<String> = there.iter().take(12).map(ToString::to_string).collect();
                let more = if there.len() > names.len() { " and others" } else { "" };
                format!("add `{}` under `{section}`; there is {}{more}", reference.name, names.join(", "))
            }
        }
    };
    stack
        .mentions()
        .into_iter()
        .filter(|mention| !stack.has(&mention.reference))
        .map(|mention| {
            let kinds: Vec<Kind> = mention.role.kinds().collect();
            Finding::error(CODE, &mention.path, format!("there is no {}", mention.reference))
                .why(format!("nothing stands under `{}` by that name", mention.reference.kind.section()))
                .fix(missing(&mention.reference, &kinds))
        })
        .collect()
}
