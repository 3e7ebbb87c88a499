//! A path that leads out of the project, or isn't one everywhere.
//!
//! Why: an environment may be written by somebody who isn't trusted with the machine that deploys it. `..`, an absolute path
//! or a backslash would make landfall read, pack or write files that aren't the project's.
//! Mend: write the path from the project's root, with forward slashes.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "path-outside-project";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut paths: Vec<(Vec<String>, &str)> = Vec::new();
    for (name, artifact) in &stack.artifacts {
        let at = |keys: &[&str]| -> Vec<String> {
            ["artifacts", name.as_str()].iter().chain(keys).map(|key| (*key).to_owned()).collect()
        };
        let one =
            [("contract", &artifact.contract), ("crate", &artifact.source_crate), ("zip", &artifact.zip)].into_iter();
        paths.extend(one.filter_map(|(key, path)| Some((at(&[key]), path.as_deref()?))));
        for (processor, path) in &artifact.executables {
            paths.push((at(&["executables", processor.word()]), path));
        }
        for (inside, path) in &artifact.files {
            // Both ends: what is read, and where it lands when the archive is unpacked.
            paths.push((at(&["files", inside]), path));
            paths.push((at(&["files", inside]), inside));
        }
    }
    if let Some(folder) = stack.ledger.as_ref().and_then(|ledger| ledger.address().strip_prefix("file:")) {
        paths.push((vec!["ledger".into()], folder));
    }
    paths
        .into_iter()
        .filter_map(|(at, path)| {
            let why = refusal(path)?;
            Some(
                Finding::error(CODE, at, "this path isn't one within the project")
                    .why(why)
                    .fix("write it from the project's root, with forward slashes, such as engine/app"),
            )
        })
        .collect()
}

fn refusal(path: &str) -> Option<&'static str> {
    let drive = path.as_bytes().get(1) == Some(&b':');
    let encoded = path.to_ascii_lowercase();
    if path.is_empty() {
        Some("it is empty")
    } else if path.chars().any(char::is_control) {
        Some("it holds a control character")
    } else if path.contains('\\') {
        Some("it holds a backslash, which is a separator on some machines and a letter on others")
    } else if path.starts_with(['/', '~']) || drive {
        Some("it is absolute")
    } else if path.split('/').any(|part| part == "..") {
        Some("it goes up")
    } else if encoded.contains("%2f") || encoded.contains("%2e") || encoded.contains("%5c") {
        Some("it holds an encoded separator")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_below_the_root_are_let_through() {
        for path in ["/etc", "../x", "a/../../x", "a\\b", "C:/x", "~/x", "", "a\0b", "a/%2e%2e/x", "..%2Fx"] {
            assert!(refusal(path).is_some(), "{path:?}");
        }
        for path in ["engine", "engine/app", "dist/app-1.2..3.zip", ".landfall/ledger"] {
            assert!(refusal(path).is_none(), "{path:?}");
        }
    }
}
