//! How files are laid out: one concept a file, named after it, and the same name on both sides of a boundary.

use std::collections::BTreeSet;

use crate::Breach;
use crate::source::{Reference, Source};

/// Names that say nothing of what is inside, so that everything ends up there.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "shared", "stuff", "tools", "util", "utils"];

/// Above this a file has grown a second concept. Lines before its tests; most files stay below 400.
const MOST_LINES: usize = 600;

/// `main.rs` wires; it decides nothing.
const MOST_LINES_OF_MAIN: usize = 60;

/// What `model/stack.rs` uses besides its components.
const OF_NO_COMPONENT: &[&str] = &["name", "placement", "protection", "reference", "stack"];

pub(crate) fn breaches(sources: &[Source]) -> Vec<Breach> {
    let paths: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    let components = components(sources);
    sources
        .iter()
        .flat_map(|source| {
            [named(source), headed(source), sized(source), of_component(source, &components), of_verb(source, &paths)]
        })
        .flatten()
        .map(|(source, line, what)| Breach { file: source.path.clone(), line, what })
        .collect()
}

/// The model's files that are components: those whose types the stack has.
fn components(sources: &[Source]) -> BTreeSet<&str> {
    let stack = sources.iter().find(|source| source.path == "model/stack.rs");
    stack.map_or_else(BTreeSet::new, |stack| {
        stack.references.iter().filter_map(of_model).filter(|name| !OF_NO_COMPONENT.contains(name)).collect()
    })
}

/// The model's file that a path leads into.
fn of_model(reference: &Reference) -> Option<&str> {
    match reference.segments.as_slice() {
        [krate, model, file, ..] if krate == "crate" && model == "model" => Some(file),
        _ => None,
    }
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

/// What a cloud makes of one component stands in the file of that name: `clouds/aws/queue.rs`, or in `clouds/aws/queue/`.
fn of_component<'a>(source: &'a Source, components: &BTreeSet<&str>) -> Option<Finding<'a>> {
    let parts: Vec<&str> = source.path.trim_end_matches(".rs").split('/').collect();
    let ["clouds", _, name, ..] = parts.as_slice() else { return None };
    // A rule is named after what it refuses.
    if *name == "rules" {
        return None;
    }
    let used: BTreeSet<&str> =
        source.references.iter().filter_map(of_model).filter(|file| components.contains(file)).collect();
    let [only] = used.iter().copied().collect::<Vec<_>>()[..] else { return None };
    (only != *name && !components.contains(name)).then(|| {
        let folder = parts[..2].join("/");
        (source, 1, format!("is of `model/{only}.rs` alone: call it {folder}/{only}.rs, or put it into {folder}/{only}/, so that it is found"))
    })
}

/// A view has the name of the verb whose result it shows.
fn of_verb<'a>(source: &'a Source, paths: &BTreeSet<&str>) -> Option<Finding<'a>> {
    let name = source.path.strip_prefix("views/")?.trim_end_matches(".rs").split('/').next()?;
    let verbs = [format!("commands/{name}.rs"), format!("commands/{name}/mod.rs")];
    let has_verb = verbs.iter().any(|verb| paths.contains(verb.as_str()));
    (!has_verb && !matches!(name, "mod" | "output")).then(|| {
        (
            source,
            1,
            format!("shows no verb: there is no {}. A view has the name of the verb whose result it shows", verbs[0]),
        )
    })
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
    fn what_a_cloud_makes_of_a_component_has_the_models_name() {
        let stack =
            ("model/stack.rs", "//! x\nuse super::queue::Queue; use super::bucket::Bucket; use super::name::Name;");
        let queue = "//! x\nuse crate::model::queue::Queue; use crate::model::name::Name;";
        let both = "//! x\nuse crate::model::queue::Queue; use crate::model::bucket::Bucket;";
        assert_eq!(found(&[stack, ("clouds/aws/sqs.rs", queue)]).len(), 1);
        assert_eq!(found(&[stack, ("clouds/aws/queue.rs", queue)]).len(), 0);
        assert_eq!(found(&[stack, ("clouds/aws/queue/policy.rs", queue)]).len(), 0);
        assert_eq!(found(&[stack, ("clouds/aws/names.rs", both)]).len(), 0);
        assert_eq!(found(&[stack, ("clouds/aws/names.rs", "//! x\nuse crate::model::name::Name;")]).len(), 0);
    }

    #[test]
    fn a_view_has_its_verbs_name() {
        assert_eq!(found(&[("views/plan.rs", "//! x")]).len(), 1);
        assert_eq!(found(&[("views/plan.rs", "//! x"), ("commands/plan.rs", "//! x")]).len(), 0);
        assert_eq!(found(&[("views/plan/changes.rs", "//! x"), ("commands/plan.rs", "//! x")]).len(), 0);
    }
}
