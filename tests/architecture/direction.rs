//! The direction of dependencies: arrows point towards data.

use crate::Breach;
use crate::source::Source;

/// What each top-level module may use of the others. A module that is not here is refused: say where it belongs first.
const MAY_USE: &[(&str, &[&str])] = &[
    // Data.
    ("diagnostics", &[]),
    ("exit_code", &[]),
    ("model", &[]),
    // Several processors for what decides: the same result however many there are.
    ("parallel", &[]),
    // What a workload's build says of itself, in the model's words.
    ("contract", &["model"]),
    // Dashboards, as others' programs show them.
    ("page", &[]),
    // What others' Prometheus asks of whom.
    ("scrape", &[]),
    ("plan", &["parallel"]),
    ("ledger", &["contract", "plan"]),
    // Decisions.
    ("environment", &["diagnostics", "model"]),
    ("checks", &["contract", "diagnostics", "model"]),
    // What each cloud bills of a document is said in the words of `cost`.
    ("clouds", &["cost", "diagnostics", "model", "page", "parallel", "plan", "scrape"]),
    ("cost", &["model", "plan"]),
    ("picture", &["model"]),
    ("bundle", &["contract", "model", "plan"]),
    ("release", &["contract", "ledger", "plan"]),
    // What the decisions need from outside.
    ("ports", &["ledger", "model", "plan", "release"]),
    ("deploy", &["contract", "ledger", "plan", "ports", "release"]),
    // The edge.
    (
        "views",
        &[
            "bundle",
            "contract",
            "deploy",
            "diagnostics",
            "exit_code",
            "ledger",
            "model",
            "page",
            "picture",
            "plan",
            "ports",
            "cost",
            "release",
            "scrape",
        ],
    ),
    (
        "commands",
        &[
            "bundle",
            "checks",
            "clouds",
            "contract",
            "cost",
            "deploy",
            "diagnostics",
            "environment",
            "exit_code",
            "ledger",
            "model",
            "page",
            "parallel",
            "plan",
            "ports",
            "release",
            "scrape",
            "views",
        ],
    ),
    ("drivers", &["ledger", "model", "plan", "ports", "release", "sandbox"]),
    // It uses none of what it judges, so that it cannot share its mistakes; of the clouds only what they document.
    ("sandbox", &["clouds"]),
];

pub(crate) fn breaches(sources: &[Source]) -> Vec<Breach> {
    sources.iter().flat_map(|source| between_modules(source).into_iter().chain(between_clouds(source))).collect()
}

fn between_modules(source: &Source) -> Vec<Breach> {
    let Some(module) = source.module() else { return vec![] };
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
        let what =
            format!("`{module}` has no row in MAY_USE (tests/architecture/direction.rs): decide what it may use");
        return vec![Breach { file: source.path.clone(), line: 1, what }];
    };
    let foreign =
        |used: &str| used != module && !allowed.contains(&used) && MAY_USE.iter().any(|(name, _)| *name == used);
    source
        .references
        .iter()
        .filter(|reference| reference.module().is_some_and(foreign))
        .map(|reference| Breach {
            file: source.path.clone(),
            line: reference.line,
            what: format!(
                "`{module}` may not use `{}`; it may use {}. Arrows point towards data (src/lib.rs): move what both need down, or hand it in",
                reference.written(),
                if allowed.is_empty() { "nothing of this crate".to_owned() } else { allowed.join(", ") },
            ),
        })
        .collect()
}

fn between_clouds(source: &Source) -> Vec<Breach> {
    let mut parts = source.path.split('/');
    let (Some(side @ ("clouds" | "drivers")), Some(cloud), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return vec![];
    };
    const CLOUDS: [&str; 4] = ["aws", "azure", "gcp", "kubernetes"];
    if !CLOUDS.contains(&cloud) {
        return vec![];
    }
    source
        .references
        .iter()
        .filter(|reference| match reference.segments.as_slice() {
            [krate, at, other, ..] => {
                krate == "crate" && at == side && other != cloud && CLOUDS.contains(&other.as_str())
            }
            _ => false,
        })
        .map(|reference| Breach {
            file: source.path.clone(),
            line: reference.line,
            what: format!(
                "`{side}/{cloud}` may not use `{}`: no cloud names another, so that each can be read and dropped alone",
                reference.written()
            ),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{none, source};

    #[test]
    fn dependencies_point_towards_data() -> Result<(), Box<dyn std::error::Error>> {
        Ok(none(breaches(&source::all()?))?)
    }

    fn broken(path: &str, text: &str) -> String {
        let breaches = breaches(&[Source::parse(path, text).unwrap()]);
        assert_eq!(breaches.len(), 1, "{breaches:?}");
        breaches[0].to_string()
    }

    #[test]
    fn a_module_that_uses_what_lies_above_it_is_named_with_its_place() {
        let said = broken("plan/diff.rs", "//! Doc.\n\nuse crate::clouds::aws::registry;\n");
        assert!(said.starts_with("src/plan/diff.rs:3: `plan` may not use `crate::clouds::aws::registry`"), "{said}");
        broken("model/queue.rs", "fn f() { crate::plan::diff::diff() }");
        broken("sandbox/mod.rs", "use super::ports::cloud::Cloud;");
        broken("commands/apply.rs", "use crate::drivers::aws;");
    }

    #[test]
    fn a_cloud_that_names_another_is_refused() {
        broken("clouds/aws/queue.rs", "use super::super::gcp::queue;");
        broken("drivers/gcp/cloud.rs", "use crate::drivers::aws::cloud;");
    }

    #[test]
    fn a_module_without_a_row_is_refused() {
        broken("plumbing/mod.rs", "");
    }

    #[test]
    fn only_main_names_drivers() {
        let everyone = MAY_USE.iter().filter(|(_, allowed)| allowed.contains(&"drivers")).count();
        assert_eq!(everyone, 0);
        assert!(breaches(&[Source::parse("main.rs", "use landfall::drivers::local;").unwrap()]).is_empty());
    }

    #[test]
    fn what_is_allowed_is_allowed() {
        let allowed = [
            ("clouds/aws/queue.rs", "use crate::model::queue::Queue; use super::names;"),
            ("ports/cloud.rs", "use crate::plan::change::Change;"),
        ];
        for (path, text) in allowed {
            assert!(breaches(&[Source::parse(path, text).unwrap()]).is_empty(), "{path}");
        }
    }
}
