//! The documents of every case, byte for byte.

use std::path::PathBuf;

use landfall::clouds::Form;
use landfall::model::placement::Target;

use crate::case::{Case, Outcome, root};
use crate::kept::Kept;

/// Where a target's documents are kept.
fn kept(target: &Target) -> PathBuf {
    root().join("tests/golden").join(target.system.as_str()).join(target.environment.as_str())
}

#[test]
fn documents_are_what_they_were() -> Outcome<()> {
    let mut files = Kept::new();
    for case in Case::all()? {
        let rendered = case.rendered(Form::Yaml)?;
        let mut documents = vec![(rendered.name, rendered.document)];
        documents.extend(rendered.beside);
        if let Some(policy) = &rendered.policy {
            documents.push(("stack-policy.json", format!("{policy:#}\n")));
        }
        for (name, text) in documents {
            let path = kept(&case.target).join(name);
            files.compare(format!("{} {name}", case.target), &path, &text)?;
        }
    }
    files.hold();
    Ok(())
}

#[test]
fn the_same_stack_gives_the_same_bytes() -> Outcome<()> {
    for case in Case::all()? {
        for form in [Form::Yaml, Form::Json] {
            assert!(case.rendered(form)? == case.rendered(form)?, "{}", case.target);
        }
    }
    Ok(())
}
