//! What the verbs that deploy share of gates: what has to be seen afterwards, what was seen, and going back.

use super::running::{Running, progress};
use super::session::Session;
use super::site::Site;
use super::trouble::Trouble;
use crate::clouds::address_output;
use crate::ledger::entry::{Intent, Tally};
use crate::ledger::gate::{Gate, Health, Judgement};
use crate::model::stack::Stack;
use crate::views;

/// What has to be seen after a deployment of an environment; none where it asks for nothing.
pub fn gate(stack: &Stack) -> Option<Gate> {
    let gates = &stack.gates;
    gates.looks_afterwards().then(|| Gate {
        well_within: gates.well_within().as_seconds(),
        alarms_quiet: gates.alarms_quiet.map(|time| time.as_seconds()),
        health: gates.health.as_ref().map(|health| Health {
            of: health.of.to_string(),
            output: address_output(stack.placement.cloud, &health.of).unwrap_or_default(),
            path: health.path.clone(),
            within: health.within.as_seconds(),
        }),
    })
}

/// Refuses to call a deployment good that could not be asked how it is.
pub fn judged(target: &str, judgement: Option<&Judgement>) -> Result<(), Trouble> {
    match judgement {
        Some(Judgement::NotAsked { why }) => Err(Trouble::Refused {
            what: format!("{target} is deployed, and whether it is well could not be asked"),
            why: vec![why.clone(), "nothing was taken back: what can't be asked isn't sick".to_owned()],
            remedy: format!(
                "look at it, and correct what keeps landfall from asking; `landfall history {target}` keeps that it was not judged"
            ),
        }),
        Some(Judgement::Well | Judgement::Unwell { .. }) | None => Ok(()),
    }
}

/// Goes back from an unwell deployment where the run that found it so was interrupted before; whether there was something good to
/// go back to.
pub async fn go_back(session: &mut Session, site: &Site, running: &Running, unwell: &Intent) -> Result<bool, Trouble> {
    let progress = progress(session, site, Tally::default());
    let done = running.job(site, &progress).go_back(unwell).await;
    progress.close();
    let Some(done) = done? else { return Ok(false) };
    views::recover::went_back(&mut session.output, &site.target.to_string(), unwell, &done)?;
    Ok(true)
}
