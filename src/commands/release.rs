//! `landfall release`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::bundled::Bundled;
use super::pruning::pins;
use super::sealed::find;
use super::session::Session;
use super::site::{environment, ledger_address, ledger_owner, named};
use super::sources::Folder;
use super::trouble::Trouble;
use crate::deploy::shelf::Shelf;
use crate::environment::source::{LARGEST, Sources};
use crate::exit_code::Exit;
use crate::model::units::Time;
use crate::plan::digest::Digest;
use crate::release::sealed::{self, Origin, Sealed, SealedArtifact, refused_name};
use crate::release::signature::{Key, PublicKey};
use crate::release::verify::untrusted;
use crate::views;

/// The largest key file that is read, bytes. One has about 120.
const LARGEST_KEY: u64 = 4096;

/// Seals what belongs together under one digest, and proves it again.
#[derive(Clone, Debug, Args)]
pub struct Release {
    /// What to do.
    #[command(subcommand)]
    pub what: What,
}

/// What is done with releases.
#[derive(Clone, Debug, Subcommand)]
pub enum What {
    /// Seals a release: the system's files, its artifacts, the commit and who sealed it, all by digest. It lies in the ledger with
    /// everything that it names, and nothing in it can change without being found.
    Create(Create),
    /// Lists a system's releases, the newest first.
    List(List),
    /// Shows what is sealed in a release.
    Show(Show),
    /// Takes away the files and artifacts that no environment needs to go back, in the whole ledger of the system's environments. What
    /// each keeps its `releases` say. They are moved below `pruned/`, where they are still found, and forgotten there later.
    Prune(Prune),
    /// Proves a release: its seal, its signature, and every byte that it names.
    Verify(Verify),
}

/// What is sealed, and how.
#[derive(Clone, Debug, Args)]
pub struct Create {
    /// Which system.
    #[arg(value_name = "SYSTEM")]
    pub system: String,
    /// A name for people, such as 1.4.0; it stands for this release for ever.
    #[arg(long, value_name = "NAME", env = "LANDFALL_NAME")]
    pub name: Option<String>,
    /// Seal the artifacts that `landfall bundle --out DIR` made. Without it, a release is the system's files alone.
    #[arg(long, value_name = "DIR", env = "LANDFALL_ARTIFACTS")]
    pub artifacts: Option<PathBuf>,
    /// Sign with this private key: a file in PEM as `openssl genpkey -algorithm ed25519` writes it. The variable may hold the PEM
    /// itself.
    #[arg(long, value_name = "FILE", env = "LANDFALL_KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// Seal a working copy that differs from its commit, or has none. The release says so for ever.
    #[arg(long, env = "LANDFALL_ALLOW_DIRTY")]
    pub allow_dirty: bool,
}

/// Whose releases.
#[derive(Clone, Debug, Args)]
pub struct List {
    /// Which system.
    #[arg(value_name = "SYSTEM")]
    pub system: String,
}

/// What is pruned.
#[derive(Clone, Debug, Args)]
pub struct Prune {
    /// Which system: one of those whose environments have the ledger.
    #[arg(value_name = "SYSTEM")]
    pub system: String,
    /// Keep what was written or sealed a shorter while ago than this, whether anything needs it or not.
    #[arg(long, value_name = "TIME", env = "LANDFALL_UNUSED_FOR", default_value = "30d")]
    pub unused_for: Time,
    /// Forget what was pruned longer ago than this.
    #[arg(long, value_name = "TIME", env = "LANDFALL_FORGET_AFTER", default_value = "30d")]
    pub forget_after: Time,
    /// Say what would be pruned, and do nothing.
    #[arg(long, env = "LANDFALL_DRY_RUN")]
    pub dry_run: bool,
}

/// Which release.
#[derive(Clone, Debug, Args)]
pub struct Show {
    /// Which system.
    #[arg(value_name = "SYSTEM")]
    pub system: String,
    /// Its name, or the first digits of its digest, six at least.
    #[arg(value_name = "RELEASE")]
    pub release: String,
}

/// Which release, and who is trusted.
#[derive(Clone, Debug, Args)]
pub struct Verify {
    /// Which system.
    #[arg(value_name = "SYSTEM")]
    pub system: String,
    /// Its name, or the first digits of its digest, six at least.
    #[arg(value_name = "RELEASE")]
    pub release: String,
    /// Demand a signature by one of these keys, written as `release create` prints it: ed25519: and 44 characters. May be given
    /// more than once.
    #[arg(long, value_name = "KEY", env = "LANDFALL_TRUST", value_delimiter = ',')]
    pub trust: Vec<PublicKey>,
}

/// Does it.
pub async fn run(arguments: &Release, session: &mut Session) -> Result<Exit, Trouble> {
    match &arguments.what {
        What::Create(create) => self::create(create, session).await,
        What::List(list) => self::list(list, session).await,
        What::Show(show) => self::show(show, session).await,
        What::Prune(prune) => super::pruning::prune(prune, session).await,
        What::Verify(verify) => self::verify(verify, session).await,
    }
}

async fn create(arguments: &Create, session: &mut Session) -> Result<Exit, Trouble> {
    let system = arguments.system.as_str();
    if let Some(refused) = arguments.name.as_deref().and_then(refused_name) {
        return Err(Trouble::Usage(refused));
    }
    let key = arguments.key.as_deref().map(|key| read_key(session, key)).transpose()?;
    let (commit, dirty) = source(session, arguments.allow_dirty)?;
    let shelf = shelf(session, system).await?;
    if let Some(name) = &arguments.name
        && let Some(taken) = shelf.named(name).await?
    {
        return Err(Trouble::Refused {
            what: format!("{system} has a release {name} already: {}", taken.short()),
            why: vec!["a name stands for one release for ever, so that records which say it stay true".to_owned()],
            remedy: "choose another name".to_owned(),
        });
    }
    let mut contents = BTreeMap::new();
    let definition = definition(session, system, &mut contents)?;
    let artifacts = artifacts(session, arguments.artifacts.as_deref(), system, &mut contents)?;
    let by = session.machine.holder(&format!("release create {system}"));
    let origin =
        Origin { commit, dirty, by: by.who, run_url: by.run_url, at: session.clock.now(), landfall: by.landfall };
    let name = arguments.name.clone();
    let mut release = sealed::Release::seal(Sealed { system: system.to_owned(), name, definition, artifacts, origin });
    release.signature = key.map(|key| key.sign(&release.id));
    shelf.put(&release, &contents).await?;
    views::release::created(&mut session.output, &release)?;
    Ok(Exit::Done)
}

async fn list(arguments: &List, session: &mut Session) -> Result<Exit, Trouble> {
    let shelf = shelf(session, &arguments.system).await?;
    let (mut releases, mut flawed) = (Vec::new(), Vec::new());
    for id in shelf.ids().await? {
        match shelf.release(&id).await? {
            Ok(release) => releases.push(release),
            Err(flaw) => flawed.push((id, flaw)),
        }
    }
    releases.sort_by_key(|release| std::cmp::Reverse(release.sealed.origin.at));
    let pins = pins(session, &arguments.system).await?;
    views::release::list(&mut session.output, &arguments.system, &releases, &flawed, &pins)?;
    Ok(if flawed.is_empty() { Exit::Done } else { Exit::Failed })
}

async fn show(arguments: &Show, session: &mut Session) -> Result<Exit, Trouble> {
    let shelf = shelf(session, &arguments.system).await?;
    let (id, found) = find(&shelf, &arguments.system, &arguments.release).await?;
    match found {
        Ok(release) => {
            views::release::show(&mut session.output, &release)?;
            Ok(Exit::Done)
        }
        Err(flaw) => Err(Trouble::Failed {
            what: format!("the release {} of {} can't be shown: {flaw}", id.short(), arguments.system),
            remedy: "put back the ledger's objects from its versions or a copy".to_owned(),
        }),
    }
}

async fn verify(arguments: &Verify, session: &mut Session) -> Result<Exit, Trouble> {
    let shelf = shelf(session, &arguments.system).await?;
    let (id, found) = find(&shelf, &arguments.system, &arguments.release).await?;
    let (release, mut flaws) = match found {
        Ok(release) => {
            let flaws = shelf.flaws(&release).await?;
            (Some(release), flaws)
        }
        Err(flaw) => (None, vec![flaw]),
    };
    flaws.extend(release.as_ref().and_then(|release| untrusted(release, &arguments.trust)));
    views::release::verified(&mut session.output, &arguments.system, &id, release.as_ref(), &flaws)?;
    Ok(if flaws.is_empty() { Exit::Done } else { Exit::Failed })
}

/// A system's releases in the ledger of its environments.
async fn shelf(session: &mut Session, system: &str) -> Result<Shelf, Trouble> {
    if system.contains('/') {
        return Err(Trouble::Usage(format!(
            "`{system}` is a target: a release is of a system and fits all its environments"
        )));
    }
    let mut addresses = BTreeMap::new();
    for target in named(session, &[system.to_owned()])? {
        let environment = environment(session, &target)?;
        let address = ledger_address(session, &environment);
        let owner = ledger_owner(&environment, &address);
        addresses.entry(address).or_insert(owner);
    }
    match (addresses.pop_first(), addresses.is_empty()) {
        (Some((address, owner)), true) => {
            let store = Arc::from(session.ledgers.open(&address, &owner).await?);
            Ok(Shelf::new(store, Arc::clone(&session.clock), system))
        }
        (_, _) => Err(Trouble::Usage(format!(
            "the environments of {system} have ledgers of their own: say with --ledger which of them is meant"
        ))),
    }
}

/// Reads the key: the PEM itself, or the file that holds it.
fn read_key(session: &Session, key: &str) -> Result<Key, Trouble> {
    let pem = if key.trim_start().starts_with("-----BEGIN") {
        key.to_owned()
    } else {
        let bytes = session.files.read(Path::new(key), LARGEST_KEY)?;
        String::from_utf8(bytes).unwrap_or_default()
    };
    Key::read(&pem).map_err(|error| Trouble::Usage(error.to_string()))
}

/// The commit of the working copy, and whether it differs from it.
fn source(session: &Session, allow_dirty: bool) -> Result<(Option<String>, bool), Trouble> {
    let refused = |what: &str, why: Vec<String>| Trouble::Refused {
        what: what.to_owned(),
        why,
        remedy:
            "commit first, so that everybody can find what was sealed; or add --allow-dirty, and the release says so"
                .to_owned(),
    };
    match session.repository.working_copy(&session.root) {
        Some(copy) if copy.changed.is_empty() => Ok((Some(copy.commit), false)),
        Some(copy) if allow_dirty => Ok((Some(copy.commit), true)),
        Some(copy) => {
            let mut why: Vec<String> = copy.changed.iter().take(10).cloned().collect();
            if copy.changed.len() > why.len() {
                why.push(format!("and {} more", copy.changed.len() - why.len()));
            }
            Err(refused(&format!("the working copy differs from its commit {}", copy.commit), why))
        }
        None if allow_dirty => Ok((None, true)),
        None => Err(refused(
            "the project's folder has no commit, so nobody could tell what the release was made from",
            Vec::new(),
        )),
    }
}

/// The system's files by name and digest.
fn definition(
    session: &Session,
    system: &str,
    contents: &mut BTreeMap<Digest, Vec<u8>>,
) -> Result<BTreeMap<String, Digest>, Trouble> {
    let folder = Folder::new(&*session.files, &session.root);
    let unreadable = |error: crate::environment::source::SourceError| Trouble::Failed {
        what: format!("{}: {}", error.path, error.reason),
        remedy: "make the file readable".to_owned(),
    };
    let mut definition = BTreeMap::new();
    for file in folder.files(system).map_err(unreadable)? {
        let bytes = folder.read(system, &file, LARGEST).map_err(unreadable)?;
        definition.insert(format!("{file}.yaml"), keep(bytes, contents));
    }
    Ok(definition)
}

/// The artifacts of a bundle, every file checked against its manifest.
fn artifacts(
    session: &Session,
    artifacts: Option<&Path>,
    system: &str,
    contents: &mut BTreeMap<Digest, Vec<u8>>,
) -> Result<BTreeMap<String, SealedArtifact>, Trouble> {
    let bundle = Bundled::open(session, artifacts, system)?;
    let mut sealed = BTreeMap::new();
    for (name, artifact) in bundle.artifacts() {
        let mut one = SealedArtifact { image: artifact.image_digest.clone(), ..SealedArtifact::default() };
        let mut take = |path: &String| Ok::<_, Trouble>(keep(bundle.file(session, path)?, contents));
        for (processor, path) in &artifact.archives {
            one.archives.insert(processor.clone(), take(path)?);
        }
        for (inner, path) in artifact.image.iter().flat_map(|folder| bundle.below(folder)) {
            one.layout.insert(inner, take(&path)?);
        }
        one.bill = artifact.bill.as_ref().map(&mut take).transpose()?;
        one.provenance = artifact.provenance.as_ref().map(&mut take).transpose()?;
        one.contract = artifact.contract.as_ref().map(&mut take).transpose()?;
        sealed.insert(name.clone(), one);
    }
    Ok(sealed)
}

/// Takes bytes up for storing.
fn keep(bytes: Vec<u8>, contents: &mut BTreeMap<Digest, Vec<u8>>) -> Digest {
    let digest = Digest::of(&bytes);
    contents.insert(digest.clone(), bytes);
    digest
}
