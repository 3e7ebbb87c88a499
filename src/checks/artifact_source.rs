//! An artifact says more than once what it is built from, or gives files to what is packed already.
//!
//! Why: nobody knows which of them would run. A zip archive is taken as it is: nothing is put into it.
//! Mend: keep one of `crate`, `executables` and `zip`; put files into the archive when you build it. With none of the three, a
//! release says which build it is.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::listing::listed;
use crate::model::artifact::Artifact;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "artifact-source";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, artifact) in &stack.artifacts {
        let at = |key: &'static str| ["artifacts", name.as_str(), key];
        let sources = sources(artifact);
        if let [first, .., last] = sources.as_slice() {
            let keys = listed(sources.iter().map(|key| format!("`{key}`")));
            findings.push(
                Finding::error(CODE, at(last), format!("artifact.{name} has {keys}"))
                    .why("nobody knows which of them would run")
                    .fix("keep one of them")
                    .related(at(first), "the other one"),
            );
        }
        if artifact.zip.is_some() && !artifact.files.is_empty() {
            findings.push(
                Finding::error(CODE, at("files"), format!("artifact.{name} has `files` beside a `zip`"))
                    .why("a zip archive is taken as it is: nothing is put into it")
                    .fix("put them into the archive when you build it, and remove `files`")
                    .related(at("zip"), "the archive"),
            );
        }
    }
    findings
}

fn sources(artifact: &Artifact) -> Vec<&'static str> {
    let given = [
        ("crate", artifact.source_crate.is_some()),
        ("executables", !artifact.executables.is_empty()),
        ("zip", artifact.zip.is_some()),
    ];
    given.into_iter().filter_map(|(key, given)| given.then_some(key)).collect()
}
