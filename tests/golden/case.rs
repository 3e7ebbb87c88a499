//! Systems and what they are rendered to.

use std::error::Error;
use std::path::{Path, PathBuf};

use landfall::clouds::aws::render::{Rendered, render};
use landfall::commands::sources::Folder;
use landfall::drivers::local::files::LocalFiles;
use landfall::environment::load::{load, targets};
use landfall::model::placement::Target;

/// What a fallible test step returns.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A target with where its system stands and where its documents are kept.
pub(crate) struct Case {
    /// Which one.
    pub(crate) target: Target,
    /// The folder above `environments/`.
    pub(crate) above: PathBuf,
}

impl Case {
    /// Every target of `environments/` and of the cases' own systems.
    pub(crate) fn all() -> Outcome<Vec<Self>> {
        let mut cases = Vec::new();
        for above in [root().to_owned(), root().join("tests/golden")] {
            let files = LocalFiles;
            for target in targets(&Folder::new(&files, &above), &[])? {
                cases.push(Self { target, above: above.clone() });
            }
        }
        Ok(cases)
    }

    /// The target of a system in `environments/`.
    pub(crate) fn of(target: &str) -> Outcome<Self> {
        Ok(Self { target: target.parse()?, above: root().to_owned() })
    }

    /// What it is rendered to.
    pub(crate) fn rendered(&self) -> Outcome<Rendered> {
        let files = LocalFiles;
        let (environment, diagnostics) = load(&Folder::new(&files, &self.above), &self.target);
        let environment = environment.ok_or_else(|| format!("{}: {diagnostics:#?}", self.target))?;
        render(&self.target, &environment.stack).map_err(|findings| format!("{}: {findings:#?}", self.target).into())
    }

    /// Where its documents are kept.
    pub(crate) fn folder(&self) -> PathBuf {
        let Target { system, environment } = &self.target;
        root().join("tests/golden").join(system.as_str()).join(environment.as_str())
    }
}
