//! `landfall status`

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use super::promote::policy;
use super::sealed::sealed_gates;
use super::session::Session;
use super::site::{book, environment, named, place};
use super::trouble::Trouble;
use crate::deploy::lease::held;
use crate::environment::load::Environment;
use crate::exit_code::Exit;
use crate::ledger::standing::Standing;
use crate::model::placement::Target;
use crate::release::ahead::{Ahead, foresee};
use crate::release::promotion::{Question, leaving};
use crate::views;
use crate::views::status::{Row, Stands};

/// How many targets are read at a time: a ledger in another region answers one question in a tenth of a second.
const AT_A_TIME: usize = 16;

/// Shows where every target stands: which release since when, what was seen after its deployment, drift, locks, holds, what was
/// interrupted, and the next promotion with the gates that are closed. Reads the ledger only.
#[derive(Clone, Debug, Args)]
pub struct Status {
    /// Which targets: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Write it as a page for a browser too, with a picture of the way that releases take: one file that needs nothing else.
    #[arg(long, value_name = "FILE", env = "LANDFALL_HTML")]
    pub html: Option<PathBuf>,
}

/// Shows it. A target that can't be read is shown as such and doesn't keep the others from being shown, but the run has failed then.
pub async fn run(arguments: &Status, session: &mut Session) -> Result<Exit, Trouble> {
    let targets = named(session, &arguments.targets)?;
    let mut files = BTreeMap::new();
    for target in &targets {
        files.insert(target.clone(), files_of(session, target)?);
    }
    let origins: Vec<Target> = files.values().flatten().filter_map(origin).collect();
    for target in origins {
        if let Entry::Vacant(place) = files.entry(target.clone()) {
            place.insert(environment(session, &target).map_err(|_| ()));
        }
    }
    let all: Vec<(&Target, &Environment)> =
        files.iter().filter_map(|(target, found)| Some((target, found.as_ref().ok()?))).collect();
    let read = stream::iter(all.iter().copied())
        .map(|(target, environment)| {
            let session = &*session;
            async move { (target.clone(), stands(session, environment).await) }
        })
        .buffered(AT_A_TIME)
        .collect::<Vec<_>>()
        .await;
    let mut exit = Exit::Done;
    let mut known: BTreeMap<Target, Result<Stands, String>> = BTreeMap::new();
    for (target, stands) in read {
        let shown = targets.contains(&target);
        let stands = match stands {
            Ok(stands) => Ok(stands),
            Err(error) => Err(said(session, error, shown)?),
        };
        known.insert(target, stands);
    }
    let mut rows = Vec::new();
    for target in &targets {
        let ahead = match files.get(target).and_then(|found| found.as_ref().ok()) {
            Some(environment) => ahead(session, environment, &known).await?,
            None => None,
        };
        let stands = known.get(target).cloned().unwrap_or_else(|| Err("its files are wrong".to_owned()));
        if stands.is_err() {
            exit = Exit::Failed;
        }
        let from = files.get(target).and_then(|found| origin(found.as_ref().ok()?));
        rows.push(Row { target: target.clone(), from: from.map(|from| from.environment.to_string()), stands, ahead });
    }
    let now = session.clock.now();
    views::status::show(&mut session.output, &rows, now)?;
    if let Some(file) = &arguments.html {
        let page = views::status::page(&rows, now).map_err(|error| Trouble::Failed {
            what: format!("the page could not be made: {error}"),
            remedy: "this is a fault of landfall: please report it".to_owned(),
        })?;
        session.files.put(file, page.as_bytes())?;
        session.output.say(&format!("wrote {}\n", file.display()))?;
    }
    Ok(exit)
}

/// A target's files; nothing where they are wrong, which is said.
fn files_of(session: &mut Session, target: &Target) -> Result<Result<Environment, ()>, Trouble> {
    match environment(session, target) {
        Ok(environment) => Ok(Ok(environment)),
        Err(Trouble::Output(error)) => Err(Trouble::Output(error)),
        Err(error) => said(session, error, true).map(|_| Err(())),
    }
}

/// Says what keeps a target from being read, and gives it in a line.
fn said(session: &mut Session, error: Trouble, shown: bool) -> Result<String, Trouble> {
    match error.said() {
        Ok(said) => {
            if shown {
                session.output.say(&said.text())?;
            }
            Ok(said.what)
        }
        Err(exit) => Ok(format!("it could not be read ({})", exit.code())),
    }
}

/// The target that an environment takes its releases from.
fn origin(environment: &Environment) -> Option<Target> {
    let from = environment.stack.gates.from.clone()?;
    Some(Target { system: environment.target.system.clone(), environment: from })
}

async fn stands(session: &Session, environment: &Environment) -> Result<Stands, Trouble> {
    let book = book(session, environment).await?;
    Ok(Stands {
        place: place(environment),
        standing: book.standing().await?,
        lock: held(&book, &*session.machine).await?,
        drift: book.sighting().await?,
    })
}

/// The next promotion into an environment; none where releases begin there.
async fn ahead(
    session: &Session,
    environment: &Environment,
    known: &BTreeMap<Target, Result<Stands, String>>,
) -> Result<Option<Ahead>, Trouble> {
    let Some(origin) = origin(environment) else { return Ok(None) };
    let from = origin.environment.to_string();
    let standing = |target: &Target| known.get(target).and_then(|stands| Some(&stands.as_ref().ok()?.standing));
    let (Some(there), Some(here)) = (standing(&origin), standing(&environment.target)) else {
        let coming = Err(format!("where {from} or {} stands could not be read", environment.target.environment));
        return Ok(Some(Ahead { from, coming }));
    };
    let coming = match leaving(&from, there) {
        Ok(release) => {
            let gates = sealed_gates(session, environment, &release.id).await?;
            gates
                .map(|gates| {
                    let tests: Vec<String> = gates.tests.iter().map(|test| test.run.join(" ")).collect();
                    let to = environment.target.environment.as_str();
                    let served = served(there, session.clock.now());
                    let question = Question { from: &from, origin: there, served, to, destination: here };
                    foresee(&policy(&gates), &tests, &question, release)
                })
                .map_err(|why| format!("release {release} can't be used: {why}"))
        }
        Err(why) => Err(why),
    };
    Ok(Some(Ahead { from, coming }))
}

/// How long what is deployed has been deployed, on this machine's clock: near enough to be shown. A promotion asks the store's.
fn served(standing: &Standing, now: Timestamp) -> Duration {
    let since = standing.deployed.as_ref().map_or(0, |deployed| now.duration_since(deployed.entry.at).as_secs());
    Duration::from_secs(u64::try_from(since).unwrap_or(0))
}
