//! Systems and what they are rendered to. The judges use this file too.

use std::error::Error;
use std::path::{Path, PathBuf};

use landfall::clouds::{Form, Rendered, render};
use landfall::commands::sources::Folder;
use landfall::drivers::local::files::LocalFiles;
use landfall::environment::load::{load, targets};
use landfall::model::placement::{Cloud, Target};
use landfall::model::stack::Stack;

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

    /// Those of one cloud.
    pub(crate) fn on(cloud: Cloud) -> Outcome<Vec<Self>> {
        let mut cases = Vec::new();
        for case in Self::all()? {
            if case.stack()?.placement.cloud == cloud {
                cases.push(case);
            }
        }
        Ok(cases)
    }

    /// What it needs.
    pub(crate) fn stack(&self) -> Outcome<Stack> {
        let files = LocalFiles;
        let (environment, diagnostics) = load(&Folder::new(&files, &self.above), &self.target);
        Ok(environment.ok_or_else(|| format!("{}: {diagnostics:#?}", self.target))?.stack)
    }

    /// What its cloud takes, where the cloud has two notations in this one.
    pub(crate) fn rendered(&self, form: Form) -> Outcome<Rendered> {
        render(&self.target, &self.stack()?, form).map_err(|findings| format!("{}: {findings:#?}", self.target).into())
    }
}
