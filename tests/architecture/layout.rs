//! How files are laid out: one concept a file, named after it, and the same name on both sides of a boundary.

use std::collections::BTreeSet;

use crate::Breach;
use crate::source::Source;

/// Names that say nothing of what is inside, so that everything ends up there.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "shared", "stuff", "tools", "util", "utils"];

/// Above this a file has grown a second concept. Lines before its tests; most files stay below 400.
const MOST_LINES: usize = 600;

/// `main.rs` wires; it decides nothing.
const MOST_LINES_OF_MAIN: usize = 60;

/// Files of a cloud's folder that render no component.
const OF_NO_COMPONENT: &[&str] =
    &["document", "exposure", "impact", "intrinsics", "mod", "names", "overrides", "registry", "sam"];

pub(crate) fn breaches(sources: &[Source]) -> Vec<Breach> {
    let paths: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    sources
        .iter()
        .flat_map(|source| [named(source), headed(source), sized(source), mirrored(source, &paths)])
        .flatten()
        .map(|(source, line, what)| Breach { file: source.path.clone(), line, what })
        .collect()
}

type Finding<'a> = (&'a Source, usize, String);

fn named(source: &Source) -> Option<Finding<'_>> {
    let part = source
        .path
        .trim_end_matches(".rs")
        .split('/')
        .find(|part| part.split('_').any(|word| EMPTY_NAMES.contains(&word)))?;
    Some((source, 1, format!("`{part}` says nothing of what is inside: name the file after its one concept")))
}

fn headed(source: &Source) -> Option<Finding<'_>> {
    (!source.text.starts_with("//!"))
        .then(|| (source, 1, "opens without `//!`: say in a line what the file is for".to_owned()))
}

fn sized(source: &Source) -> Option<Finding<'_>> {
    let lines = source.text.lines().take_while(|line| *line != "#[cfg(test)]").count();
    if source.path == "main.rs" && lines > MOST_LINES_OF_MAIN {
        let what = format!(
            "{lines} lines; main wires and decides nothing, in {MOST_LINES_OF_MAIN} at most: move the decision to commands"
        );
        return Some((source, MOST_LINES_OF_MAIN, what));
    }
    (lines > MOST_LINES).then(|| {
        (
            source,
            MOST_LINES,
            format!("{lines} lines before its tests, {MOST_LINES} at most: move its second concept out"),
        )
    })
}

/// `clouds/aws/queue.rs` has a `model/queue.rs`; `views/plan.rs` has a `commands/plan.rs`.
fn mirrored<'a>(source: &'a Source, paths: &BTreeSet<&str>) -> Option<Finding<'a>> {
    let parts: Vec<&str> = source.path.trim_end_matches(".rs").split('/').collect();
    let (side, name) = match parts.as_slice() {
        ["clouds", cloud, name, ..] if *cloud != "mod" && !OF_NO_COMPONENT.contains(name) => ("model", *name),
        ["views", name, ..] if !matches!(*name, "mod" | "output") => ("commands", *name),
        _ => return None,
    };
    let twin = [format!("{side}/{name}.rs"), format!("{side}/{name}/mod.rs")];
    if twin.iter().any(|twin| paths.contains(twin.as_str())) {
        return None;
    }
    let what = match side {
        "model" => format!(
            "renders no component: there is no {}. A component's file has the model's name in every cloud; what is none is listed in OF_NO_COMPONENT (tests/architecture/layout.rs)",
            twin[0]
        ),
        _ => format!("shows no verb: there is no {}. A view has the name of the verb whose result it shows", twin[0]),
    };
    Some((source, 1, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{none, source};

    #[test]
    fn files_are_laid_out_by_concept() -> Result<(), Box<dyn std::error::Error>> {
        Ok(none(breaches(&source::all()?))?)
    }

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files.iter().map(|(path, text)| Source::parse(path, text).unwrap()).collect();
        breaches(&sources).iter().map(Breach::to_string).collect()
    }

    #[test]
    fn a_name_that_says_nothing_is_refused() {
        assert_eq!(found(&[("plan/utils.rs", "//! x")]).len(), 1);
        assert_eq!(found(&[("plan/helpers/order.rs", "//! x")]).len(), 1);
        assert_eq!(found(&[("plan/diff_util.rs", "//! x")]).len(), 1);
    }

    #[test]
    fn a_file_without_a_purpose_is_refused() {
        assert_eq!(found(&[("plan/diff.rs", "fn f() {}")]).len(), 1);
    }

    #[test]
    fn a_file_that_grew_is_refused_but_its_tests_do_not_count() {
        let long = format!("//! x\n{}", "\n".repeat(MOST_LINES));
        let tested = format!("//! x\n#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(MOST_LINES));
        assert_eq!(found(&[("plan/diff.rs", &long)]).len(), 1);
        assert_eq!(found(&[("plan/diff.rs", &tested)]).len(), 0);
        assert_eq!(found(&[("main.rs", &format!("//! x\n{}", "\n".repeat(MOST_LINES_OF_MAIN)))]).len(), 1);
    }

    #[test]
    fn a_component_has_the_models_name_in_a_cloud_and_a_view_its_verbs() {
        assert_eq!(found(&[("clouds/aws/sqs.rs", "//! x")]).len(), 1);
        assert_eq!(found(&[("clouds/aws/queue.rs", "//! x"), ("model/queue.rs", "//! x")]).len(), 0);
        assert_eq!(found(&[("clouds/aws/queue/policy.rs", "//! x"), ("model/queue.rs", "//! x")]).len(), 0);
        assert_eq!(found(&[("views/plan.rs", "//! x")]).len(), 1);
        assert_eq!(found(&[("views/plan.rs", "//! x"), ("commands/plan.rs", "//! x")]).len(), 0);
    }
}
