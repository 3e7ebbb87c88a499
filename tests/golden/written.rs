//! What `landfall ci github` and other verbs write for systems of `environments/`. The judges use this file too.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::case::{Outcome, root};

/// The systems whose pipelines are kept and judged: all of those with targets on AWS.
pub(crate) const SYSTEMS: [&str; 2] = ["stormops", "watchpoint"];

/// The ledger of a system whose files don't name one that outlives a runner.
fn given(system: &str) -> &'static [&'static str] {
    if system == "stormops" { &["--ledger", "s3://example-ledgers/landfall"] } else { &[] }
}

/// The files of a system's pipelines by their path below the project's root.
pub(crate) fn written(system: &str) -> Outcome<BTreeMap<String, String>> {
    let ci = ["ci", "github", system, "--repository", "example/weather", "--install", "tools/install-landfall"];
    written_by(&[given(system), &ci].concat())
}

/// The files that a command line writes, by their path below the folder that it is given.
pub(crate) fn written_by(arguments: &[&str]) -> Outcome<BTreeMap<String, String>> {
    let folder = tempfile::tempdir()?;
    let done = Command::new(env!("CARGO_BIN_EXE_landfall"))
        .env_clear()
        .arg("--root")
        .arg(root())
        .args(arguments)
        .arg("--out")
        .arg(folder.path())
        .output()?;
    if !done.status.success() {
        return Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&done.stderr)).into());
    }
    let mut files = BTreeMap::new();
    gather(folder.path(), folder.path(), &mut files)?;
    Ok(files)
}

fn gather(top: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> Outcome<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(top, &path, files)?;
        } else {
            let name = path.strip_prefix(top)?.to_string_lossy().into_owned();
            files.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
