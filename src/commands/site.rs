//! A target with everything that verbs need of it besides its files: its place, its cloud, its part of the ledger.

use std::sync::Arc;

use super::session::Session;
use super::sources::Folder;
use super::trouble::Trouble;
use super::validate::checked;
use crate::clouds::stack_name;
use crate::deploy::book::Book;
use crate::environment::load::{Environment, TargetError, targets};
use crate::ledger::entry::Intent;
use crate::model::ledger::Ledger;
use crate::model::placement::{Cloud, Target};
use crate::plan::deployment::Place;
use crate::ports;
use crate::ports::ledger::LedgerStore;
use crate::views;

/// A target with everything that verbs need of it.
pub struct Site {
    /// Which target.
    pub target: Target,
    /// The cloud that it lives in.
    pub kind: Cloud,
    /// Where it lives.
    pub place: Place,
    /// Its stack's name.
    pub stack: String,
    /// Its cloud, in the pinned account and region.
    pub cloud: Box<dyn ports::cloud::Cloud>,
    /// Its part of the ledger.
    pub book: Book,
}

impl Site {
    /// Opens a target. Its environment has to be right, and its cloud has to have credentials; nothing is asked of it yet.
    pub async fn open(session: &mut Session, target: &Target) -> Result<Site, Trouble> {
        let environment = environment(session, target)?;
        Site::of(session, &environment).await
    }

    /// Opens the target of an environment that is right.
    pub async fn of(session: &Session, environment: &Environment) -> Result<Site, Trouble> {
        let place = place(environment);
        let book = book(session, environment).await?;
        let cloud = session.clouds.connect(&place).await?;
        let target = environment.target.clone();
        let stack = stack_name(&target);
        Ok(Site { target, kind: environment.stack.placement.cloud, place, stack, cloud, book })
    }
}

impl Site {
    /// Opens a target as a record knows it, without its files.
    pub async fn recorded(
        session: &Session,
        target: Target,
        kind: Cloud,
        intent: &Intent,
        book: Book,
    ) -> Result<Site, Trouble> {
        let cloud = session.clouds.connect(&intent.place).await?;
        Ok(Site { target, kind, place: intent.place.clone(), stack: intent.stack.clone(), cloud, book })
    }
}

/// Refuses to go on where the environment is deployed from one branch and another, or none, is checked out.
pub fn on_its_branch(session: &Session, environment: &Environment) -> Result<(), Trouble> {
    let Some(wanted) = &environment.stack.placement.branch else { return Ok(()) };
    let found = session.machine.branch(&session.root);
    if found.as_ref() == Some(wanted) {
        return Ok(());
    }
    let target = &environment.target;
    let found =
        found.map_or_else(|| "no branch is checked out".to_owned(), |found| format!("this is the branch `{found}`"));
    Err(Trouble::Refused {
        what: format!("{target} is deployed from the branch `{wanted}`, and {found}"),
        why: vec![format!("`placement.branch` of {target} says so; nothing was asked of the cloud")],
        remedy: format!("check out `{wanted}`, or deploy an environment that belongs to this branch"),
    })
}

/// Reads a target's environment; shows what is wrong with it where something is.
pub fn environment(session: &mut Session, target: &Target) -> Result<Environment, Trouble> {
    let (environment, diagnostics) = checked(session, target);
    if environment.is_none() || diagnostics.has_errors() {
        let wrong = std::slice::from_ref(target);
        views::validate::show(&mut session.output, wrong, wrong, &diagnostics)?;
    }
    environment.ok_or(Trouble::Environment)
}

/// Where an environment says that it lives.
pub fn place(environment: &Environment) -> Place {
    let placement = &environment.stack.placement;
    Place {
        cloud: placement.cloud.word().to_owned(),
        account: placement.account.clone(),
        region: placement.region.clone(),
        engine: placement.engine.program().map(str::to_owned),
    }
}

/// Where an environment's ledger is.
pub fn ledger_address(session: &Session, environment: &Environment) -> String {
    session.ledger_address(environment.stack.ledger.as_ref().map(Ledger::address))
}

/// Whose the ledger at this address has to be: the target's account's, unless the environment says it of this very address.
pub fn ledger_owner(environment: &Environment, address: &str) -> Place {
    let place = place(environment);
    match &environment.stack.ledger {
        Some(Ledger::Shared(shared)) if shared.url == address => {
            Place { account: shared.account.clone(), region: shared.region.clone(), ..place }
        }
        _ => place,
    }
}

/// An environment's part of its ledger.
pub async fn book(session: &Session, environment: &Environment) -> Result<Book, Trouble> {
    let address = ledger_address(session, environment);
    let owner = ledger_owner(environment, &address);
    let store: Arc<dyn LedgerStore> = Arc::from(session.ledgers.open(&address, &owner).await?);
    Ok(Book::new(store, Arc::clone(&session.clock), &environment.target.to_string()))
}

/// The targets that were named; all where none was. None at all is an error.
pub fn named(session: &Session, asked: &[String]) -> Result<Vec<Target>, Trouble> {
    targets(&Folder::new(&*session.files, &session.root), asked)
        .map_err(|error: TargetError| Trouble::Usage(error.to_string()))
}

/// The one target that was named.
pub fn one(session: &Session, asked: &str) -> Result<Target, Trouble> {
    let mut found = named(session, &[asked.to_owned()])?;
    match (asked.contains('/'), found.len(), found.pop()) {
        (true, 1, Some(target)) => Ok(target),
        _ => Err(Trouble::Usage(format!("`{asked}` is a system: name one of its environments, such as {asked}/dev"))),
    }
}
