//! Finding a release in a ledger, proving it, and reading what it makes of a target.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::definition::Definition;
use super::session::Session;
use super::site::{ledger_address, ledger_owner};
use super::trouble::Trouble;
use super::validate::judged;
use crate::deploy::shelf::Shelf;
use crate::environment::load::Environment;
use crate::environment::source::{SourceError, Sources};
use crate::model::gate::Gates;
use crate::model::placement::Target;
use crate::plan::digest::Digest;
use crate::release::sealed::{Release, refused_name};
use crate::release::verify::Flaw;
use crate::views;

/// The releases of an environment's system, in the environment's ledger.
pub async fn shelf(session: &Session, environment: &Environment) -> Result<Shelf, Trouble> {
    let address = ledger_address(session, environment);
    let store = Arc::from(session.ledgers.open(&address, &ledger_owner(environment, &address)).await?);
    Ok(Shelf::new(store, Arc::clone(&session.clock), environment.target.system.as_str()))
}

/// The one release that a name or the beginning of a digest stands for.
pub async fn find(shelf: &Shelf, system: &str, asked: &str) -> Result<(Digest, Result<Release, Flaw>), Trouble> {
    if refused_name(asked).is_none()
        && let Some(id) = shelf.named(asked).await?
    {
        let found = shelf.release(&id).await?.and_then(|release| match release.sealed.name.as_deref() {
            Some(name) if name == asked => Ok(release),
            _ => Err(Flaw::Misnamed { asked: asked.to_owned(), sealed: release.sealed.name }),
        });
        return Ok((id, found));
    }
    let digits = asked.strip_prefix("sha256:").unwrap_or(asked);
    let mut ids = if digits.len() < 6 { Vec::new() } else { shelf.ids().await? };
    ids.retain(|id| id.hex().starts_with(digits));
    match (ids.pop(), ids.is_empty()) {
        (Some(id), true) => {
            let found = shelf.release(&id).await?;
            Ok((id, found))
        }
        (None, _) => Err(Trouble::Failed {
            what: format!("{system} has no release `{asked}` in this ledger"),
            remedy: format!("`landfall release list {system}` shows those that there are"),
        }),
        (Some(_), false) => {
            Err(Trouble::Usage(format!("`{asked}` is the beginning of several digests: give more of it")))
        }
    }
}

/// What a target shall be: as the release says that was asked for, else as the working copy does.
pub async fn define(session: &mut Session, working: Environment, release: Option<&str>) -> Result<Definition, Trouble> {
    match release {
        Some(asked) => prove(session, &working, asked).await?.definition(session, &working),
        None => Definition::working(session, working),
    }
}

/// A release whose seal, signature and every byte were proved.
pub struct Proved {
    release: Release,
    contents: BTreeMap<Digest, Vec<u8>>,
}

/// Finds a release and proves it. `working` is an environment of the working copy: it says which ledger the release is looked for in,
/// and nothing else of it is used.
pub async fn prove(session: &Session, working: &Environment, asked: &str) -> Result<Proved, Trouble> {
    let target = &working.target;
    let shelf = shelf(session, working).await?;
    let (id, found) = find(&shelf, target.system.as_str(), asked).await?;
    let release = found.map_err(|flaw| unsound(&id, &[flaw]))?;
    let contracts = release.sealed.artifacts.values().filter_map(|artifact| artifact.contract.as_ref());
    let archives = release.sealed.artifacts.values().flat_map(|artifact| artifact.archives.values());
    let images = release.sealed.artifacts.values().flat_map(|artifact| artifact.layout.values());
    let built = contracts.chain(archives).chain(images);
    let kept: BTreeSet<&Digest> = release.sealed.definition.values().chain(built).collect();
    let (contents, flaws) = shelf.prove(&release, &kept).await?;
    if !flaws.is_empty() {
        return Err(unsound(&id, &flaws));
    }
    Ok(Proved { release, contents })
}

impl Proved {
    /// What the release makes of a target. `working` is the same target in the working copy: where its ledger is, is for both to say.
    pub fn definition(self, session: &mut Session, working: &Environment) -> Result<Definition, Trouble> {
        let target = &working.target;
        let environment = self.environment(session, target)?;
        let Proved { release, contents } = self;
        let (sealed, here) = (ledger_address(session, &environment), ledger_address(session, working));
        if sealed != here {
            return Err(Trouble::Refused {
                what: format!("the release {} keeps the ledger of {target} elsewhere", release.reference()),
                why: vec![format!("it says {sealed}, the working copy says {here}")],
                remedy: "say with --ledger where this deployment is recorded".to_owned(),
            });
        }
        Ok(Definition::sealed(environment, release, contents))
    }

    /// A target's environment as the release's own files say it.
    pub fn environment(&self, session: &mut Session, target: &Target) -> Result<Environment, Trouble> {
        let Proved { release, contents } = self;
        let files = SealedFiles { release, contents };
        if !files.has(target.system.as_str(), target.environment.as_str()) {
            return Err(Trouble::Refused {
                what: format!("the release {} knows no {target}", release.reference()),
                why: vec![format!("it seals no file {}.yaml", target.environment)],
                remedy: "seal another release with that file".to_owned(),
            });
        }
        let (environment, diagnostics) = judged(&files, target);
        if environment.is_none() || diagnostics.has_errors() {
            let wrong = std::slice::from_ref(target);
            views::validate::show(&mut session.output, wrong, wrong, &diagnostics)?;
        }
        environment.ok_or(Trouble::Environment)
    }
}

/// The gates that a release's own files set before a target; or why they can't be read. Of its artifacts nothing is read.
pub async fn sealed_gates(
    session: &Session,
    working: &Environment,
    id: &Digest,
) -> Result<Result<Gates, String>, Trouble> {
    let target = &working.target;
    let shelf = shelf(session, working).await?;
    let release = match shelf.release(id).await? {
        Ok(release) => release,
        Err(flaw) => return Ok(Err(flaw.to_string())),
    };
    let contents = match shelf.files(&release).await? {
        Ok(contents) => contents,
        Err(flaw) => return Ok(Err(flaw.to_string())),
    };
    let files = SealedFiles { release: &release, contents: &contents };
    if !files.has(target.system.as_str(), target.environment.as_str()) {
        return Ok(Err(format!("it seals no file {}.yaml", target.environment)));
    }
    let (environment, _) = judged(&files, target);
    Ok(environment.map(|environment| environment.stack.gates).ok_or_else(|| format!("its files of {target} are wrong")))
}

fn unsound(id: &Digest, flaws: &[Flaw]) -> Trouble {
    Trouble::Refused {
        what: format!("the release {} is not what was sealed", id.short()),
        why: flaws.iter().map(ToString::to_string).collect(),
        remedy: "nothing was asked of the cloud; put back the ledger's objects from its versions or a copy".to_owned(),
    }
}

/// A release's files as the source of environment files.
struct SealedFiles<'a> {
    release: &'a Release,
    contents: &'a BTreeMap<Digest, Vec<u8>>,
}

impl Sources for SealedFiles<'_> {
    fn systems(&self) -> Result<Vec<String>, SourceError> {
        Ok(vec![self.release.sealed.system.clone()])
    }

    fn files(&self, _system: &str) -> Result<Vec<String>, SourceError> {
        let names = self.release.sealed.definition.keys();
        Ok(names.filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned)).collect())
    }

    fn read(&self, system: &str, file: &str, _limit: u64) -> Result<Vec<u8>, SourceError> {
        let name = format!("{file}.yaml");
        let bytes = self.release.sealed.definition.get(&name).and_then(|digest| self.contents.get(digest));
        let path = format!("environments/{system}/{name} of the release {}", self.release.id.short());
        bytes.cloned().ok_or_else(|| SourceError { path, reason: "it is not sealed".to_owned() })
    }
}
