//! `landfall bundle`

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::session::Session;
use super::sources::Folder;
use crate::bundle::image::Content;
use crate::bundle::manifest::{self, BundledArtifact, BundledFile, Manifest};
use crate::bundle::provenance::{Build, provenance};
use crate::bundle::{archive, bill, executable, image};
use crate::environment::load::{load, targets};
use crate::exit_code::Exit;
use crate::model::artifact::{Architecture, Artifact};
use crate::model::name::Name;
use crate::plan::digest::Digest;
use crate::ports::compiler::{Compiler, Source};
use crate::views;

/// The largest prebuilt archive that is taken, bytes (source: AWS Lambda quotas, deployment package through S3, 250 MB unzipped).
const LARGEST_ARCHIVE: u64 = 250 * 1024 * 1024;

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
        let mut bundle = Building { session, files: BTreeMap::new(), artifacts: BTreeMap::new() };
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

/// A bundle while it is built: everything is in memory until all of it is sound.
struct Building<'run> {
    session: &'run mut Session,
    files: BTreeMap<String, Vec<u8>>,
    artifacts: BTreeMap<String, BundledArtifact>,
}

impl Building<'_> {
    fn artifact(&mut self, name: &Name, artifact: &Artifact, processors: &[Architecture]) -> Result<(), String> {
        match (&artifact.source_crate, &artifact.zip) {
            (Some(folder), None) => self.compile_crate(name, folder, processors),
            (None, Some(path)) => self.take_archive(name, path),
            (Some(_), Some(_)) | (None, None) => Err("it needs either `crate` or `zip`".to_owned()),
        }
    }

    fn take_archive(&mut self, name: &Name, path: &str) -> Result<(), String> {
        let bytes = self
            .session
            .files
            .read(&self.session.root.join(path), LARGEST_ARCHIVE)
            .map_err(|error| error.to_string())?;
        let file = format!("{name}.zip");
        self.files.insert(file.clone(), bytes);
        // Whoever built it knows for which processor; it is good for every one that the environment asks for.
        let archives =
            [Architecture::X86_64, Architecture::Aarch64].map(|one| (one.word().to_owned(), file.clone())).into();
        self.artifacts.insert(name.to_string(), BundledArtifact { archives, ..BundledArtifact::default() });
        Ok(())
    }

    fn compile_crate(&mut self, name: &Name, folder: &str, processors: &[Architecture]) -> Result<(), String> {
        let root = self.session.root.clone();
        let compiler = self.session.compiler.clone();
        let source = compiler.source(&root, folder).map_err(|error| error.to_string())?;
        let (mut bundled, mut contents) = (BundledArtifact::default(), Vec::new());
        for processor in processors {
            let say = format!("compiling {folder} for {}\n", compiler.target(*processor));
            self.session.output.say(&say).map_err(|error| error.to_string())?;
            let bytes = compiler.compile(&root, folder, *processor).map_err(|error| error.to_string())?;
            let found = executable::architecture(&bytes).map_err(|error| error.to_string())?;
            if found != *processor {
                return Err(format!("the compiler made an executable for {}, not {}", found.word(), processor.word()));
            }
            let file = format!("{name}-{}.zip", processor.word());
            self.files.insert(file.clone(), archive::archive(&bytes).map_err(|error| error.to_string())?);
            bundled.archives.insert(processor.word().to_owned(), file);
            contents.push(Content { architecture: *processor, executable: bytes, files: Vec::new() });
        }
        let layout = image::layout(name.as_str(), &contents).map_err(|error| error.to_string())?;
        let image = format!("{name}-image");
        self.files.extend(layout.files.into_iter().map(|(path, bytes)| (format!("{image}/{path}"), bytes)));
        bundled.image = Some(image);
        bundled.image_digest = Some(layout.digest.to_string());
        self.papers(name, folder, &source, &contents, &*compiler, &mut bundled)?;
        self.artifacts.insert(name.to_string(), bundled);
        Ok(())
    }

    /// The bill of materials and the provenance.
    fn papers(
        &mut self,
        name: &Name,
        folder: &str,
        source: &Source,
        contents: &[Content],
        compiler: &dyn Compiler,
        bundled: &mut BundledArtifact,
    ) -> Result<(), String> {
        let bill = bill::bill(&source.metadata, &source.manifest).map_err(|error| error.to_string())?;
        let file = format!("{name}.cdx.json");
        self.files.insert(file.clone(), format!("{bill:#}\n").into_bytes());
        bundled.bill = Some(file);
        let mut outputs: BTreeMap<String, String> = bundled
            .archives
            .values()
            .filter_map(|path| self.files.get(path).map(|bytes| (path.clone(), Digest::of(bytes).hex().to_owned())))
            .collect();
        outputs.extend(
            bundled
                .image_digest
                .as_deref()
                .map(|digest| (format!("{name}-image"), digest.trim_start_matches("sha256:").to_owned())),
        );
        let targets: BTreeSet<String> = contents.iter().map(|content| compiler.target(content.architecture)).collect();
        let statement = provenance(&Build {
            outputs,
            source_crate: folder.to_owned(),
            commit: source.commit.clone(),
            dirty: source.dirty,
            lock: Digest::of(&source.lock).hex().to_owned(),
            compiler: source.compiler.clone(),
            targets: targets.into_iter().collect(),
        });
        let file = format!("{name}.provenance.json");
        self.files.insert(file.clone(), format!("{statement:#}\n").into_bytes());
        bundled.provenance = Some(file);
        Ok(())
    }
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
