//! A reference names a component of a kind that can't stand there.
//!
//! Why: a schedule runs functions only, an alarm tells topics only, and so on: the component named can't do what is asked of it.
//! Mend: name a component of a kind that can.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::listing::alternatives;
use crate::model::mention::{Mention, Role};
use crate::model::reference::Kind;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "reference-of-wrong-kind";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    stack
        .mentions()
        .into_iter()
        .filter(|mention| !mention.role.takes(mention.reference.kind))
        .map(|mention| {
            let kinds = alternatives(mention.role.kinds().map(with_article));
            let there: Vec<String> = stack
                .components()
                .iter()
                .filter(|one| mention.role.takes(one.kind))
                .take(12)
                .map(ToString::to_string)
                .collect();
            let fix = match there.as_slice() {
                [] => format!("name {kinds}; there is none yet"),
                there => format!("name {}", alternatives(there)),
            };
            Finding::error(CODE, &mention.path, format!("{} can't {}", mention.reference, does(&mention)))
                .why(format!("that takes {kinds}, and this is {}", with_article(mention.reference.kind)))
                .fix(fix)
        })
        .collect()
}

fn with_article(kind: Kind) -> String {
    let word = kind.word();
    format!("{} {word}", if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" })
}

fn does(mention: &Mention) -> &'static str {
    match mention.role {
        Role::Access => "be granted to anybody",
        Role::Artifact => "be what a workload runs",
        Role::Attribute => "give an attribute",
        Role::ByHand => "be run by hand",
        Role::Consumed => "have its messages taken",
        Role::DeadLetter => "keep what was given up",
        Role::Health => "be asked for its health",
        Role::LeadsTo => "lead to a procedure",
        Role::Measured => "be measured",
        Role::Migrates => "bring the schema up to date",
        Role::Notified => "be told",
        Role::Overridden => "be overridden",
        Role::Probed => "be asked from outside",
        Role::Queried => "be asked in SQL",
        Role::Registry => "hold images",
        Role::Answers => "answer the requests to an API",
        Role::Run => "be run by a schedule",
        Role::Secret => "be read as a secret",
        Role::Served => "have its files served",
        Role::Subscriber => "hear a topic",
        Role::Watched => "ring while a new version takes over",
    }
}
