//! Copies of a target's databases that stand in the region which takes over already: found, told, and promoted.
//!
//! Where a stack makes them itself, its own deployment promotes them; elsewhere that of the environment whose database follows. Either way what was
//! deployed there last is deployed again with `promoted` said of them, so that nothing else changes, and it is a deployment like any other: planned,
//! asked for, recorded, gone on with by the same command or by `recover`. The files have to say it afterwards: what they say without it would make the
//! copy anew, which loses data and is refused until somebody approves that by name.

use std::collections::BTreeMap;

use super::apply::{self, Request};
use super::failover::Failover;
use super::running::{Running, finish_pending};
use super::sealed::define;
use super::session::Session;
use super::site::{Site, environment, named, on_its_branch, one};
use super::trouble::Trouble;
use super::validate::checked;
use crate::clouds;
use crate::environment::load::Environment;
use crate::exit_code::Exit;
use crate::ledger::entry::Origin;
use crate::model::name::Name;
use crate::model::stack::Stack;
use crate::plan::takeover::Copy;

/// The copies of a target's databases in a region. An environment of the same system that is wrong holds none: what it says is not to be relied upon.
pub fn copies(session: &Session, environment: &Environment, region: &str) -> Result<Vec<Copy>, Trouble> {
    let stack = &environment.stack;
    let copied: Vec<&Name> = there(stack, region).collect();
    if copied.is_empty() {
        return Ok(Vec::new());
    }
    let copy = |name: &Name, holder: &Environment, said: &str| {
        let place = holder.place(&["databases".to_owned(), name.to_string(), said.to_owned()]);
        Copy {
            database: name.to_string(),
            holder: holder.target.to_string(),
            said: format!("{}:{}", place.file, place.line),
            promoted: holder.stack.databases.get(name).is_some_and(|database| database.promoted),
            behind: clouds::behind(stack, name),
        }
    };
    if clouds::copies_elsewhere(stack.placement.cloud) {
        return Ok(copied.into_iter().map(|name| copy(name, environment, "replica-in")).collect());
    }
    let mut found = Vec::new();
    for target in named(session, &[environment.target.system.to_string()])? {
        let Some(holder) = checked(session, &target).0 else { continue };
        let (here, placed) = (&stack.placement, &holder.stack.placement);
        if (placed.cloud, placed.account.as_str(), placed.region.as_str())
            != (here.cloud, here.account.as_str(), region)
        {
            continue;
        }
        let follows = |name: &&&Name| holder.stack.databases.get(**name).is_some_and(|one| one.follows.is_some());
        found.extend(copied.iter().filter(follows).map(|name| copy(name, &holder, "follows")));
    }
    Ok(found)
}

/// The databases of a stack that are to have a copy in a region.
pub fn there<'a>(stack: &'a Stack, region: &str) -> impl Iterator<Item = &'a Name> {
    let copied = stack.databases.iter().filter(move |(_, database)| database.replica_in.as_deref() == Some(region));
    copied.map(|(name, _)| name)
}

/// Promotes them, one stack after the other.
pub async fn promote(arguments: &Failover, session: &mut Session, copies: &[Copy]) -> Result<Exit, Trouble> {
    let mut held: BTreeMap<&str, Vec<&Copy>> = BTreeMap::new();
    for copy in copies {
        held.entry(copy.holder.as_str()).or_default().push(copy);
    }
    for (holder, copies) in held {
        let target = one(session, holder)?;
        let working = environment(session, &target)?;
        on_its_branch(session, &working)?;
        let site = Site::of(session, &working).await?;
        site.cloud.identity().await?;
        let command = format!("failover {} --to {} --promote", arguments.target, arguments.to);
        let running =
            Running::begin(session, &site, &command, arguments.turn.take_over, arguments.turn.timeout).await?;
        let done = deploy(arguments, session, &site, working, &copies, &running).await;
        running.end().await;
        done?;
    }
    let unsaid: Vec<&Copy> = copies.iter().filter(|copy| !copy.promoted).collect();
    if !unsaid.is_empty() {
        let mut text = "\nWrite `promoted: true` into the files, before anything else is deployed there:\n".to_owned();
        unsaid.iter().for_each(|copy| text.push_str(&format!("  {}, beside it\n", copy.said)));
        session.output.say(&text)?;
    }
    Ok(Exit::Done)
}

/// Deploys what a stack has, with its copies promoted.
async fn deploy(
    arguments: &Failover,
    session: &mut Session,
    site: &Site,
    working: Environment,
    copies: &[&Copy],
    running: &Running,
) -> Result<(), Trouble> {
    if let Some(intent) = &site.book.standing().await?.pending {
        finish_pending(session, site, running, intent).await?;
    }
    let standing = site.book.standing().await?;
    if standing.deployed.is_none() {
        return Err(Trouble::Refused {
            what: format!("{} is not deployed: no copy stands there that could take over", site.target),
            why: vec!["its ledger has no deployment that was good".to_owned()],
            remedy: format!("deploy it: `landfall apply {}{}`", site.target, session.flag()),
        });
    }
    let release = standing.release().map(|release| release.id.to_string());
    let mut definition = define(session, working, release.as_deref()).await?;
    for copy in copies {
        let databases = &mut definition.environment.stack.databases;
        let database = databases.iter_mut().find(|(name, _)| name.as_str() == copy.database).map(|(_, one)| one);
        let Some(database) = database.filter(|one| one.follows.is_some() || one.replica_in.is_some()) else {
            return Err(Trouble::Refused {
                what: format!("the release that {} runs has no copy of database.{}", site.target, copy.database),
                why: vec![format!("{} has one, and is not deployed", copy.said)],
                remedy: "restore its backup: `landfall runbook` has the way".to_owned(),
            });
        };
        database.promoted = true;
    }
    let request = Request {
        approve: &arguments.approve,
        wait: arguments.turn.wait,
        recreate: false,
        skip_drift: false,
        saved: None,
        origin: Origin::Applied,
        policy: None,
    };
    apply::carry_out(session, site, &definition, running, request).await.map(|_| ())
}
