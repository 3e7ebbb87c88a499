//! What the verbs that deploy share of gates: what has to be seen afterwards, what was seen, and going back.

use std::collections::BTreeSet;

use super::bundled::failed;
use super::decision::Decision;
use super::running::{Running, progress};
use super::session::Session;
use super::site::Site;
use super::trouble::Trouble;
use crate::bundle::placeholder;
use crate::clouds::{Deployed, address_output, build_parameter, compare};
use crate::deploy::gate::Back;
use crate::ledger::entry::{Intent, Tally};
use crate::ledger::gate::{Build, Gate, Health, Judgement, digest_in};
use crate::model::gate::GateHealth;
use crate::model::stack::Stack;
use crate::plan::Plan;
use crate::plan::approval::Effect;
use crate::plan::deployment::Deployment;
use crate::plan::digest::Digest;
use crate::plan::rollout::{Rollout, Watcher};
use crate::views;

/// What has to be seen after a deployment of an environment; none where neither it nor what rolls out by the plan asks for anything.
pub async fn gate(site: &Site, stack: &Stack, decision: &Decision, plan: &Plan) -> Result<Option<Gate>, Trouble> {
    let gates = &stack.gates;
    let ours = plan.rollouts.iter().filter(|rollout| rollout.by == Watcher::Landfall);
    let rollouts: Vec<Rollout> = ours.cloned().collect();
    if !gates.looks_afterwards() && rollouts.is_empty() {
        return Ok(None);
    }
    let rolled = rollouts.iter().map(|rollout| rollout.id.clone());
    let only = if gates.looks_afterwards() { BTreeSet::new() } else { rolled.collect() };
    let health = gates.health.as_ref().map(|health| {
        Ok::<_, Trouble>(Health {
            of: health.of.to_string(),
            output: address_output(stack.placement.cloud, &health.of).unwrap_or_default(),
            path: health.path.clone(),
            within: health.within.as_seconds(),
            build: build(stack, health, &decision.deployment)?,
        })
    });
    Ok(Some(Gate {
        well_within: gates.well_within().as_seconds(),
        only,
        rollouts,
        alarms_quiet: gates.alarms_quiet.map(|time| time.as_seconds()),
        health: health.transpose()?,
        one_way: one_way(site, decision).await?,
    }))
}

/// The build that has to answer for what the health path is of; none where that isn't asked, or where there is no build yet.
fn build(stack: &Stack, health: &GateHealth, deployment: &Deployment) -> Result<Option<Build>, Trouble> {
    let (Some(shown), Some(parameter)) = (&health.build, build_parameter(stack, &health.of)) else { return Ok(None) };
    let Some(digest) = deployment.parameters.get(&parameter).and_then(|given| digest_in(given)) else {
        return Ok(None);
    };
    let stands_in = placeholder::archive().map_err(|error| failed(error.to_string()))?;
    let built = Digest::of(&stands_in).hex() != digest;
    Ok(built.then(|| Build { digest: digest.to_owned(), shown: shown.clone() }))
}

/// What going back to what is deployed now would lose. Known before anything is changed, so that nobody has to compare documents
/// once something is wrong.
async fn one_way(site: &Site, decision: &Decision) -> Result<Vec<String>, Trouble> {
    let deployed = decision.standing.deployed.as_ref().and_then(|deployed| deployed.deploy.as_ref());
    let Some(good) = deployed else { return Ok(Vec::new()) };
    let bytes = site.book.document(&good.document).await?;
    let document = String::from_utf8_lossy(&bytes).into_owned();
    let back = Deployed { document, parameters: good.parameters.clone() };
    let deployment = &decision.deployment;
    let there = Deployed { document: deployment.document.clone(), parameters: deployment.parameters.clone() };
    let plan = compare(site.kind, &site.target, &site.place, &there, &back);
    let plan = plan.map_err(|why| Trouble::Failed {
        what: format!("the documents of {} can't be compared: {why}", site.target),
        remedy: "`landfall diff` shows where".to_owned(),
    })?;
    let loses = |effect: Effect| matches!(effect, Effect::DataLoss | Effect::Irreversible);
    let lost = plan.approvals_needed().into_iter().filter(|approval| loses(approval.effect));
    Ok(lost.map(|approval| format!("{} of {}", approval.effect.word(), approval.resource)).collect())
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

/// Goes back from an unwell deployment where the run that found it so was interrupted before.
pub async fn go_back(session: &mut Session, site: &Site, running: &Running, unwell: &Intent) -> Result<Back, Trouble> {
    let progress = progress(session, site, Tally::default());
    let back = running.job(site, &progress).go_back(unwell).await;
    progress.close();
    let back = back?;
    if let Back::Done(done) = &back {
        views::recover::went_back(&mut session.output, &site.target.to_string(), unwell, done)?;
    }
    Ok(back)
}
