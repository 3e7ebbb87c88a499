//! `landfall release prune`, and what keeps a release from being pruned.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::release::Prune;
use super::running::confirm;
use super::session::Session;
use super::site::{environment, ledger_address, ledger_owner, named};
use super::trouble::Trouble;
use crate::deploy::prune::{Past, Pins, Pruned, Rules};
use crate::exit_code::Exit;
use crate::model::units::Time;
use crate::views;

/// What nothing needs stays as long as this, and as long again where it is pruned.
const A_MONTH: Time = Time::days(30);

/// Prunes, or says what would be.
pub(super) async fn prune(arguments: &Prune, session: &mut Session) -> Result<Exit, Trouble> {
    let Prune { system, unused_for, forget_after, dry_run } = arguments;
    let (past, mut rules) = past(session, system, &[]).await?;
    (rules.unused_for, rules.forget_after) = ((*unused_for).into(), (*forget_after).into());
    let outlook = past.prune(&rules, true).await?;
    if *dry_run || outlook == Pruned::default() {
        views::release::pruned(&mut session.output, &outlook, true)?;
        return Ok(Exit::Done);
    }
    session.output.say(&views::release::outlook(&outlook, true))?;
    confirm(session, "\nPrune this? Only \"yes\" goes on: ")?;
    let done = past.prune(&rules, false).await?;
    views::release::pruned(&mut session.output, &done, false)?;
    Ok(Exit::Done)
}

/// What keeps the releases of a system from being pruned.
pub(super) async fn pins(session: &mut Session, system: &str) -> Result<Pins, Trouble> {
    let (past, rules) = past(session, system, &[system.to_owned()]).await?;
    Ok(past.pins(&Rules { only: Some(system.to_owned()), ..rules }).await?)
}

/// The ledger of a system's environments, and how much of the past stays for every target in it: each says so itself. `of` are the
/// systems that are asked, all where none is named: what one doesn't need, another that shares the ledger may.
async fn past(session: &mut Session, system: &str, of: &[String]) -> Result<(Past, Rules), Trouble> {
    let mut ledgers = BTreeMap::new();
    let mut keep: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for target in named(session, of)? {
        let environment = environment(session, &target)?;
        let address = ledger_address(session, &environment);
        let kept = usize::try_from(environment.stack.releases.keep).unwrap_or(usize::MAX);
        keep.entry(address.clone()).or_default().insert(target.to_string(), kept);
        if target.system.as_str() == system {
            ledgers.insert(address.clone(), ledger_owner(&environment, &address));
        }
    }
    match (ledgers.pop_first(), ledgers.is_empty()) {
        (Some((address, owner)), true) => {
            let store = Arc::from(session.ledgers.open(&address, &owner).await?);
            let keep = keep.remove(&address).unwrap_or_default();
            let (unused_for, forget_after) = (A_MONTH.into(), A_MONTH.into());
            let rules = Rules { only: None, keep, unused_for, forget_after };
            Ok((Past { store, clock: Arc::clone(&session.clock) }, rules))
        }
        (None, _) => Err(Trouble::Usage(format!("there is no system `{system}`"))),
        (Some(_), false) => Err(Trouble::Usage(format!(
            "the environments of {system} have ledgers of their own: say with --ledger which of them is meant"
        ))),
    }
}
