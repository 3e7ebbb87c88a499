//! From an artifact of a system to the files of a bundle.

use std::collections::{BTreeMap, BTreeSet};

use super::contracts;
use super::session::Session;
use crate::bundle::file::File;
use crate::bundle::image::Content;
use crate::bundle::manifest::BundledArtifact;
use crate::bundle::provenance::{Build, provenance};
use crate::bundle::{archive, bill, executable, image};
use crate::contract::Contract;
use crate::model::artifact::{Architecture, Artifact};
use crate::model::name::Name;
use crate::plan::digest::Digest;
use crate::ports::compiler::{Compiler, Source};

/// The largest prebuilt archive, executable or file that is taken, bytes (source: AWS Lambda quotas, deployment package through
/// S3, 250 MB unzipped).
const LARGEST: u64 = 250 * 1024 * 1024;

/// A bundle while it is built: everything is in memory until all of it is sound.
pub struct Building<'run> {
    session: &'run mut Session,
    /// Every file so far, by its path inside.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Every artifact so far.
    pub artifacts: BTreeMap<String, BundledArtifact>,
}

impl<'run> Building<'run> {
    /// Nothing yet.
    pub fn new(session: &'run mut Session) -> Self {
        Self { session, files: BTreeMap::new(), artifacts: BTreeMap::new() }
    }

    /// Adds an artifact, for each processor.
    ///
    /// # Errors
    /// What is missing or doesn't fit, in words.
    pub fn artifact(&mut self, name: &Name, artifact: &Artifact, processors: &[Architecture]) -> Result<(), String> {
        let mut bundled = BundledArtifact::default();
        let beside = self.beside(artifact)?;
        match (&artifact.source_crate, artifact.executables.is_empty(), &artifact.zip) {
            (Some(folder), true, None) => self.compile_crate(name, folder, processors, &beside, &mut bundled)?,
            (None, false, None) => {
                let mut contents = Vec::new();
                for processor in processors {
                    contents.extend(self.take_executable(artifact, *processor, &beside)?);
                }
                if contents.is_empty() {
                    return Err("none of its `executables` is for a processor that was asked for".to_owned());
                }
                self.pack(name, &contents, &mut bundled)?;
            }
            (None, true, Some(path)) => self.take_archive(name, path, &mut bundled)?,
            _ => return Err("it needs exactly one of `crate`, `executables` and `zip`".to_owned()),
        }
        self.contract(name, artifact, &mut bundled)?;
        self.artifacts.insert(name.to_string(), bundled);
        Ok(())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.session.files.read(&self.session.root.join(path), LARGEST).map_err(|error| error.to_string())
    }

    /// The files that the executable finds beside itself.
    fn beside(&self, artifact: &Artifact) -> Result<Vec<File>, String> {
        let files = artifact.files.iter();
        files.map(|(inside, path)| Ok(File { path: inside.clone(), bytes: self.read(path)? })).collect()
    }

    fn take_archive(&mut self, name: &Name, path: &str, bundled: &mut BundledArtifact) -> Result<(), String> {
        let bytes = self.read(path)?;
        let file = format!("{name}.zip");
        self.files.insert(file.clone(), bytes);
        // Whoever built it knows for which processor; it is good for every one that the environment asks for.
        bundled.archives =
            [Architecture::X86_64, Architecture::Aarch64].map(|one| (one.word().to_owned(), file.clone())).into();
        Ok(())
    }

    /// An executable that somebody else built; none where there is none for that processor.
    fn take_executable(
        &self,
        artifact: &Artifact,
        processor: Architecture,
        beside: &[File],
    ) -> Result<Option<Content>, String> {
        let Some(path) = artifact.executables.get(&processor) else { return Ok(None) };
        let bytes = self.read(path)?;
        let found = executable::architecture(&bytes).map_err(|error| format!("{path}: {error}"))?;
        if found != processor {
            return Err(format!("{path} is for {}, not {}", found.word(), processor.word()));
        }
        Ok(Some(Content { architecture: processor, executable: bytes, files: beside.to_vec() }))
    }

    fn compile_crate(
        &mut self,
        name: &Name,
        folder: &str,
        processors: &[Architecture],
        beside: &[File],
        bundled: &mut BundledArtifact,
    ) -> Result<(), String> {
        let root = self.session.root.clone();
        let compiler = self.session.compiler.clone();
        let source = compiler.source(&root, folder).map_err(|error| error.to_string())?;
        // What is missing for the last processor is told before the first is compiled for.
        let missing = processors.iter().filter_map(|processor| compiler.ready(*processor).err());
        let missing: BTreeSet<String> = missing.map(|error| error.to_string()).collect();
        if !missing.is_empty() {
            return Err(missing.into_iter().collect::<Vec<_>>().join("\n"));
        }
        let mut contents = Vec::new();
        for processor in processors {
            let say = format!("compiling {folder} for {}\n", compiler.target(*processor));
            self.session.output.say(&say).map_err(|error| error.to_string())?;
            let bytes = compiler.compile(&root, folder, *processor).map_err(|error| error.to_string())?;
            let found = executable::architecture(&bytes).map_err(|error| error.to_string())?;
            if found != *processor {
                return Err(format!("the compiler made an executable for {}, not {}", found.word(), processor.word()));
            }
            contents.push(Content { architecture: *processor, executable: bytes, files: beside.to_vec() });
        }
        self.pack(name, &contents, bundled)?;
        self.papers(name, folder, &source, &contents, &*compiler, bundled)
    }

    /// The archives and the image.
    fn pack(&mut self, name: &Name, contents: &[Content], bundled: &mut BundledArtifact) -> Result<(), String> {
        for content in contents {
            let processor = content.architecture.word();
            let file = format!("{name}-{processor}.zip");
            let bytes = archive::archive(&content.executable, &content.files).map_err(|error| error.to_string())?;
            self.files.insert(file.clone(), bytes);
            bundled.archives.insert(processor.to_owned(), file);
        }
        let layout = image::layout(name.as_str(), contents).map_err(|error| error.to_string())?;
        let image = format!("{name}-image");
        self.files.extend(layout.files.into_iter().map(|(path, bytes)| (format!("{image}/{path}"), bytes)));
        bundled.image = Some(image);
        bundled.image_digest = Some(layout.digest.to_string());
        Ok(())
    }

    /// What the workload needs and gives, as its build wrote it: byte for byte, for a release names it by digest.
    fn contract(&mut self, name: &Name, artifact: &Artifact, bundled: &mut BundledArtifact) -> Result<(), String> {
        let found = contracts::bytes(&*self.session.files, &self.session.root, artifact);
        let Some(bytes) = found.map_err(|error| error.to_string())? else { return Ok(()) };
        Contract::read(&bytes).map_err(|error| format!("its contract can't be read: {error}"))?;
        let file = format!("{name}.contract.json");
        self.files.insert(file.clone(), bytes);
        bundled.contract = Some(file);
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
