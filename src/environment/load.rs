//! A target's files to its stack, or to everything that is wrong with them.

use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use serde_json::Value;

use super::characters::decode;
use super::conceal::conceal;
use super::library::{Base, Library};
use super::merge::{merge, without_nulls};
use super::node::{Content, Node};
use super::parse::parse;
use super::schema::schema;
use super::source::{LARGEST, SourceError, Sources};
use super::structure::Structure;
use crate::diagnostics::diagnostic::{Diagnostic, Diagnostics, Place, Related, Severity};
use crate::diagnostics::finding::Finding;
use crate::diagnostics::shown::message;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::stack::Stack;
use crate::model::text::TextError;

/// The file that every environment of a system is laid over; not an environment itself.
pub const BASE: &str = "base";

/// One environment, read and found sound in structure. Whether it makes sense is for `checks` to say.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Which one.
    pub target: Target,
    /// What it needs.
    pub stack: Stack,
    tree: Node,
    own_file: Arc<str>,
}

impl Environment {
    /// A problem in the model as one in the files.
    pub fn diagnostic(&self, finding: &Finding) -> Diagnostic {
        Diagnostic {
            place: self.place_of(&finding.path, finding.of_key),
            severity: finding.severity,
            code: finding.code.to_owned(),
            summary: finding.summary.clone(),
            why: finding.why.clone(),
            fix: finding.fix.clone(),
            related: finding
                .related
                .iter()
                .map(|(path, what)| Related { place: self.place(path), what: what.clone() })
                .collect(),
        }
    }

    /// Where the deepest written part of a path stands.
    pub fn place(&self, path: &[String]) -> Place {
        self.place_of(path, false)
    }

    fn place_of(&self, path: &[String], of_key: bool) -> Place {
        let mut place = self.tree.place_of(path, of_key).clone();
        if place.file.is_empty() {
            place.file = Arc::clone(&self.own_file);
        }
        if place.end_line != place.line {
            place.end_line = place.line;
            place.end_column = place.column + 1;
        }
        place
    }

    /// What the files say, base and overlay together, without what was left to its default.
    pub fn written(&self) -> Value {
        self.tree.to_value()
    }

    /// The digest of what the files say, independent of comments, order and layout: SHA-256 in hex over the canonical JSON.
    pub fn digest(&self) -> String {
        use sha2::{Digest, Sha256};
        let canonical = self.tree.to_value().to_string();
        hex::encode(Sha256::digest(canonical.as_bytes()))
    }
}

/// Why targets can't be named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The folder can't be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What was asked for isn't `system/environment`.
    #[error(
        "`{0}` isn't a target: write system/environment, such as shop/prod; a system's name alone means all its environments"
    )]
    Form(String),
    /// A folder or a file below `environments/` is named as no system or environment is.
    #[error("environments/{place} can't be {what}, so rename it: {why}")]
    Named {
        /// The folder or file.
        place: String,
        /// What it would be.
        what: &'static str,
        /// What is wrong with its name.
        why: String,
    },
    /// There is no such system.
    #[error("there is no system `{name}` in environments/{hint}")]
    UnknownSystem {
        /// The name asked for.
        name: String,
        /// The systems that there are, in words.
        hint: String,
    },
    /// There is no such environment.
    #[error("there is no environment `{name}` of `{system}`{hint}")]
    UnknownEnvironment {
        /// The system.
        system: String,
        /// The name asked for.
        name: String,
        /// The environments that there are, in words.
        hint: String,
    },
    /// There is nothing at all: never a success.
    #[error("no target: environments/ holds no system with an environment; `landfall init` starts one")]
    None,
}

/// The targets that were asked for: each `system/environment`, or `system` for all its environments; all that there are
/// where nothing was asked for.
///
/// # Errors
/// Where one doesn't exist, or there are none: nothing matched is an error, not a success.
pub fn targets(sources: &dyn Sources, asked: &[String]) -> Result<Vec<Target>, TargetError> {
    let mut targets = Vec::new();
    let systems = sources.systems()?;
    if asked.is_empty() {
        for system in &systems {
            targets.extend(environments(sources, system)?);
        }
    }
    for text in asked {
        let (system, environment) = match text.split_once('/') {
            Some((system, environment)) => (system, Some(environment)),
            None => (text.as_str(), None),
        };
        if !systems.iter().any(|known| known == system) {
            return Err(TargetError::UnknownSystem { name: message(system), hint: known(&systems) });
        }
        let all = environments(sources, system)?;
        match environment {
            None => targets.extend(all),
            Some(environment) => match all.iter().find(|target| target.environment.as_str() == environment) {
                Some(target) => targets.push(target.clone()),
                None if environment.contains('/') || environment.is_empty() => {
                    return Err(TargetError::Form(message(text)));
                }
                None => {
                    let names: Vec<String> = all.iter().map(|target| target.environment.to_string()).collect();
                    return Err(TargetError::UnknownEnvironment {
                        system: system.to_owned(),
                        name: message(environment),
                        hint: known(&names),
                    });
                }
            },
        }
    }
    targets.sort();
    targets.dedup();
    if targets.is_empty() { Err(TargetError::None) } else { Ok(targets) }
}

fn known(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { message(&format!("; there is {}", names.join(", "))) }
}

fn environments(sources: &dyn Sources, system: &str) -> Result<Vec<Target>, TargetError> {
    let named = |place: &str, what| {
        let place = message(place);
        move |error: TextError| TargetError::Named { place, what, why: message(&error.to_string()) }
    };
    let system_name = system.parse::<Name>().map_err(named(system, "a system"))?;
    let mut targets = Vec::new();
    for file in sources.files(system)? {
        if file == BASE {
            continue;
        }
        let environment = file.parse::<Name>().map_err(named(&format!("{system}/{file}.yaml"), "an environment"))?;
        targets.push(Target { system: system_name.clone(), environment });
    }
    Ok(targets)
}

/// Reads one target, as [`load_from`] does.
pub fn load(sources: &dyn Sources, target: &Target) -> (Option<Environment>, Diagnostics) {
    load_from(&Library::new(sources), target)
}

/// Reads a target. The environment is there unless its structure is broken; the problems of both files are all reported.
pub fn load_from(library: &Library<'_>, target: &Target) -> (Option<Environment>, Diagnostics) {
    static STRUCTURE: LazyLock<Structure> = LazyLock::new(|| Structure::new(schema()));
    let (sources, system) = (library.sources, target.system.as_str());
    let base = library.base(system, || {
        let (there, mut diagnostics) = (sources.has(system, BASE), Diagnostics::new());
        let tree = if there { tree(sources, system, BASE, &mut diagnostics) } else { None };
        Base { tree, there, diagnostics }
    });
    let mut diagnostics = base.diagnostics.clone();
    let over = tree(sources, system, target.environment.as_str(), &mut diagnostics);
    let own_file = path(system, target.environment.as_str()).into();
    let (Some(over), true) = (over, base.tree.is_some() || !base.there) else { return (None, diagnostics) };
    let tree = match &base.tree {
        Some(base) => merge(base, over),
        None => without_nulls(over),
    };
    let problems = STRUCTURE.check(&tree);
    let sound = problems.is_empty();
    problems.into_iter().for_each(|problem| diagnostics.push(problem));
    if !sound {
        return (None, diagnostics);
    }
    // Where nothing is wrong, nobody asks for the path, which has its price.
    let stack = Stack::deserialize(tree.to_value());
    match stack.or_else(|_| serde_path_to_error::deserialize::<_, Stack>(tree.to_value())) {
        Ok(stack) => (Some(Environment { target: target.clone(), stack, tree, own_file }), diagnostics),
        Err(error) => {
            // What the schema's patterns let through and the types don't take, such as a range with host bits.
            let steps: Vec<String> = error.path().iter().map(|segment| segment.to_string()).collect();
            let place = tree.place_of(&steps, false).clone();
            diagnostics.push(Diagnostic {
                place: Place { end_line: place.line, ..place },
                severity: Severity::Error,
                code: "wrong-form".into(),
                summary: error.inner().to_string(),
                why: "it can't be read as anything else".into(),
                fix: "write it in the form named".into(),
                related: Vec::new(),
            });
            (None, diagnostics)
        }
    }
}

fn path(system: &str, file: &str) -> String {
    format!("environments/{system}/{file}.yaml")
}

fn tree(sources: &dyn Sources, system: &str, file: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    let path = path(system, file);
    let whole = |code: &str, summary: String, why: &str, fix: &str| Diagnostic {
        place: Place { file: path.as_str().into(), line: 1, column: 1, end_line: 1, end_column: 1 },
        severity: Severity::Error,
        code: code.into(),
        summary,
        why: why.into(),
        fix: fix.into(),
        related: Vec::new(),
    };
    let bytes = match sources.read(system, file, LARGEST) {
        Ok(bytes) => bytes,
        Err(error) => {
            let fix = "check that the file exists and may be read";
            diagnostics.push(whole("unreadable", error.to_string(), "without it the target is unknown", fix));
            return None;
        }
    };
    if bytes.len() as u64 > LARGEST {
        diagnostics.push(whole(
            "too-large",
            format!("the file is larger than {} MiB", LARGEST >> 20),
            "no environment is; it was not read",
            "check that it is the right file",
        ));
        return None;
    }
    let (text, hidden) = match decode(&path, &bytes) {
        Ok(decoded) => decoded,
        Err(problem) => {
            diagnostics.push(*problem);
            return None;
        }
    };
    diagnostics.add_source(path.clone(), text.clone());
    let clean = hidden.is_empty();
    hidden.into_iter().for_each(|problem| diagnostics.push(problem));
    if !clean {
        return None;
    }
    let (node, problems) = parse(&path, &text);
    if let Some(node) = &node {
        conceal(node, diagnostics);
    }
    problems.into_iter().for_each(|problem| diagnostics.push(problem));
    let node = node?;
    match node.content {
        Content::Map(_) => Some(node),
        Content::Null => Some(Node { content: Content::Map(Default::default()), place: node.place }),
        Content::Switch(_) | Content::Number(..) | Content::Text(_) | Content::List(_) => {
            let (what, place) = (node.describe(), node.place);
            let mut problem = whole(
                "not-a-mapping",
                format!("an environment is a mapping, and this is {what}"),
                "it has to say what it holds by name",
                "begin with `description:` and `placement:`; `landfall init` writes an example",
            );
            problem.place = Place { end_line: place.line, end_column: place.column + 1, ..place };
            diagnostics.push(problem);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Memory(BTreeMap<&'static str, &'static str>);

    impl Sources for Memory {
        fn systems(&self) -> Result<Vec<String>, SourceError> {
            Ok(vec!["shop".into()])
        }

        fn files(&self, _: &str) -> Result<Vec<String>, SourceError> {
            Ok(self.0.keys().map(|name| (*name).to_owned()).collect())
        }

        fn read(&self, _: &str, file: &str, _: u64) -> Result<Vec<u8>, SourceError> {
            match self.0.get(file) {
                Some(text) => Ok(text.as_bytes().to_vec()),
                None => Err(SourceError { path: file.into(), reason: "no such file".into() }),
            }
        }
    }

    fn shop(files: &[(&'static str, &'static str)]) -> (Option<Environment>, Diagnostics) {
        let sources = Memory(files.iter().copied().collect());
        load(&sources, &"shop/dev".parse().unwrap())
    }

    const BASE_TEXT: &str =
        "description: a shop\nplacement: {cloud: aws, account: \"111111111111\", region: us-east-1}\n";

    #[test]
    fn an_overlay_holds_only_what_differs() {
        let (environment, diagnostics) = shop(&[("base", BASE_TEXT), ("dev", "placement: {region: eu-west-1}\n")]);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let stack = environment.unwrap().stack;
        assert_eq!((stack.placement.region.as_str(), stack.placement.account.as_str()), ("eu-west-1", "111111111111"));
    }

    #[test]
    fn every_problem_of_both_files_is_reported_at_once_with_its_place() {
        let base = "description: a shop\nplacement: {cloud: aws, account: 111111111111, region: us-east-1}\nbudgets:\n  all: {monthly: 400, alert-at: [80], notify: []}\n";
        let over = "netwrok: {}\nfunctions:\n  Ingest: {}\n  ingest: {artifact: engine, handler: ingest, memory: 3 GB, timeout: 15m, retry: {attempts: 9}}\nnetwork: {range: 10.0.0.1/16, private: []}\nqueues:\n  jobs: {dead-letters: 5}\n";
        let (environment, diagnostics) = shop(&[("base", base), ("dev", over)]);
        assert!(environment.is_none());
        let found: Vec<_> = diagnostics
            .sorted()
            .iter()
            .map(|one| {
                (
                    one.place.file.rsplit('/').next().unwrap().to_owned(),
                    one.place.line,
                    one.place.column,
                    one.code.clone(),
                )
            })
            .collect();
        let expected = [
            ("base.yaml", 2, 34, "wrong-type"),
            ("base.yaml", 4, 18, "wrong-unit"),
            ("base.yaml", 4, 34, "wrong-unit"),
            ("dev.yaml", 1, 1, "unknown-key"),
            ("dev.yaml", 3, 3, "wrong-name"),
            ("dev.yaml", 4, 55, "wrong-form"),
            ("dev.yaml", 4, 93, "out-of-range"),
            ("dev.yaml", 5, 18, "wrong-form"),
            ("dev.yaml", 7, 24, "wrong-type"),
        ];
        let expected: Vec<_> =
            expected.iter().map(|(f, l, c, code)| ((*f).to_owned(), *l, *c, (*code).to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_finding_points_at_the_file_that_wrote_the_value() {
        let (environment, _) = shop(&[("base", BASE_TEXT), ("dev", "tags:\n  team: ops\n")]);
        let environment = environment.unwrap();
        let place = |path: &[&str]| environment.place(&path.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>());
        assert_eq!(place(&["tags", "team"]).file.as_ref(), "environments/shop/dev.yaml");
        assert_eq!((place(&["tags", "team"]).line, place(&["tags", "team"]).column), (2, 9));
        assert_eq!(place(&["placement", "region"]).file.as_ref(), "environments/shop/base.yaml");
        // Beyond what was written: the deepest part that was.
        assert_eq!(place(&["placement", "nothing", "here"]).line, 2);
    }

    #[test]
    fn the_digest_is_of_what_is_said_not_of_how() {
        let digest = |dev| shop(&[("base", BASE_TEXT), ("dev", dev)]).0.unwrap().digest();
        assert_eq!(digest("tags: {a: x, b: y}\n"), digest("# new\ntags:\n  b: y\n  a: x\n"));
        assert_ne!(digest("tags: {a: x}\n"), digest("tags: {a: y}\n"));
    }

    #[test]
    fn no_target_is_an_error_and_an_unknown_one_names_those_there_are() {
        let sources = Memory([("base", BASE_TEXT)].into());
        assert_eq!(targets(&sources, &[]), Err(TargetError::None));
        let sources = Memory([("base", BASE_TEXT), ("dev", "")].into());
        let error = targets(&sources, &["shop/prod".into()]).unwrap_err();
        assert_eq!(error.to_string(), "there is no environment `prod` of `shop`; there is dev");
        assert!(targets(&sources, &["../etc/passwd".into()]).is_err());
        assert_eq!(targets(&sources, &["shop".into()]).unwrap().len(), 1);
    }
}
