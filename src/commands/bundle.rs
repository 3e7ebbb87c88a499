//! `landfall bundle`

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::building::Building;
use super::session::Session;
use super::sources::Folder;
use crate::bundle::manifest::{self, BundledArtifact, BundledFile, Manifest};
use crate::environment::load::{load, targets};
use crate::exit_code::Exit;
use crate::model::artifact::{Architecture, Artifact};
use crate::model::name::Name;
use crate::views;

/// Builds the artifacts that systems run, the same bytes on every machine: function archives, container images, a bill of
/// materials, a provenance, and a manifest that names every file by digest.
#[derive(Clone, Debug, Args)]
pub struct Bundle {
    /// Whose artifacts; those of every system where none is given.
    #[arg(value_name = "SYSTEM")]
    pub systems: Vec<String>,
    /// Only for this processor; for both where not given.
    #[arg(long, value_name = "ARCH", env = "LANDFALL_ARCH")]
    pub arch: Option<Arch>,
    /// The folder to write to; each system gets a folder of its name inside.
    #[arg(long, value_name = "DIR", env = "LANDFALL_OUT")]
    pub out: PathBuf,
}

/// A processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Arch {
    /// 64-bit Arm.
    Aarch64,
    /// 64-bit x86.
    #[value(name = "x86_64")]
    X86_64,
}

impl Arch {
    fn all(chosen: Option<Arch>) -> Vec<Architecture> {
        match chosen {
            None => vec![Architecture::X86_64, Architecture::Aarch64],
            Some(Arch::Aarch64) => vec![Architecture::Aarch64],
            Some(Arch::X86_64) => vec![Architecture::X86_64],
        }
    }
}

/// Builds them.
pub fn run(arguments: &Bundle, session: &mut Session) -> io::Result<Exit> {
    let targets = match targets(&Folder::new(&*session.files, &session.root), &arguments.systems) {
        Ok(targets) => targets,
        Err(error) => {
            session.output.say(&format!("error: {error}\n"))?;
            return Ok(Exit::Usage);
        }
    };
    let mut systems: BTreeMap<Name, BTreeMap<Name, Artifact>> = BTreeMap::new();
    for target in &targets {
        let (environment, diagnostics) = load(&Folder::new(&*session.files, &session.root), target);
        if diagnostics.has_errors() {
            views::validate::problems(&mut session.output, &diagnostics)?;
            return Ok(Exit::Failed);
        }
        let artifacts = systems.entry(target.system.clone()).or_default();
        artifacts.extend(environment.into_iter().flat_map(|environment| environment.stack.artifacts));
    }
    for (system, artifacts) in &systems {
        if artifacts.is_empty() {
            session.output.say(&format!("{system} names no artifact, so there is nothing to bundle\n"))?;
            continue;
        }
        let mut bundle = Building::new(session);
        for (name, artifact) in artifacts {
            if let Err(problem) = bundle.artifact(name, artifact, &Arch::all(arguments.arch)) {
                session.output.say(&format!("error: artifact {name} of {system}: {problem}\n"))?;
                return Ok(Exit::Failed);
            }
        }
        let Building { files, artifacts, .. } = bundle;
        write(session, &arguments.out.join(system.as_str()), files, artifacts)?;
    }
    Ok(Exit::Done)
}

fn write(
    session: &mut Session,
    folder: &Path,
    files: BTreeMap<String, Vec<u8>>,
    artifacts: BTreeMap<String, BundledArtifact>,
) -> io::Result<()> {
    let named = files.iter().map(|(path, bytes)| (path.clone(), BundledFile::of(bytes))).collect();
    let manifest = Manifest { format_version: 1, artifacts, files: named };
    for (path, bytes) in &files {
        session.files.put(&folder.join(path), bytes).map_err(io::Error::other)?;
    }
    // Last, so that a folder with a manifest is a whole bundle.
    let text = serde_json::to_string_pretty(&manifest).map_err(io::Error::other)?;
    session.files.put(&folder.join(manifest::FILE), format!("{text}\n").as_bytes()).map_err(io::Error::other)?;
    views::bundle::show(&mut session.output, folder, &manifest)
}
