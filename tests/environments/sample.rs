//! A sample: the files of one environment, and what landfall says about them.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use landfall::commands::sources::{Folder, Project};
use landfall::commands::validate::judge;
use landfall::diagnostics::diagnostic::Diagnostics;
use landfall::drivers::local::files::LocalFiles;
use landfall::environment::load::{Environment, load};
use landfall::environment::source::{SourceError, Sources};
use landfall::model::placement::Target;

/// What a fallible test step returns.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The files of one environment, `dev` of a system named `sample`.
pub(crate) struct Sample {
    /// The behaviour it shows.
    pub(crate) name: String,
    /// Where its files stand, without extension.
    pub(crate) path: PathBuf,
    files: BTreeMap<String, Vec<u8>>,
}

impl Sample {
    /// A sample of one file.
    pub(crate) fn of(bytes: impl Into<Vec<u8>>) -> Self {
        let files = [("dev".to_owned(), bytes.into())].into();
        Self { name: "made".into(), path: PathBuf::new(), files }
    }

    /// Every sample of a folder, by name.
    pub(crate) fn all(folder: &str) -> Outcome<Vec<Self>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/environments").join(folder);
        let mut samples = Vec::new();
        for entry in fs::read_dir(&root)? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let mut files = BTreeMap::new();
            if path.is_dir() {
                for file in ["base", "dev"] {
                    files.insert(file.to_owned(), fs::read(path.join(file).with_extension("yaml"))?);
                }
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                files.insert("dev".to_owned(), fs::read(&path)?);
            } else {
                continue;
            }
            samples.push(Self { path: root.join(&name), name, files });
        }
        samples.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(samples)
    }

    /// The text of its own file, the one over the base.
    pub(crate) fn text(&self) -> String {
        self.files.get("dev").map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    }

    /// What landfall says about it: everything that `validate` says.
    pub(crate) fn diagnose(&self) -> Outcome<(Option<Environment>, Diagnostics)> {
        let target: Target = "sample/dev".parse()?;
        let (environment, mut diagnostics) = load(self, &target);
        if let Some(environment) = &environment {
            // Contracts stand below `contracts`, beside the samples.
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/environments");
            let folder = Folder::new(&LocalFiles, &root);
            judge(&Project::new(&folder), environment, &mut diagnostics);
        }
        Ok((environment, diagnostics))
    }
}

impl Sources for Sample {
    fn systems(&self) -> Result<Vec<String>, SourceError> {
        Ok(vec!["sample".into()])
    }

    fn files(&self, _system: &str) -> Result<Vec<String>, SourceError> {
        Ok(self.files.keys().cloned().collect())
    }

    fn read(&self, _system: &str, file: &str, limit: u64) -> Result<Vec<u8>, SourceError> {
        let missing = || SourceError { path: file.into(), reason: "no such file".into() };
        let bytes = self.files.get(file).ok_or_else(missing)?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
        Ok(bytes.iter().copied().take(most).collect())
    }
}
