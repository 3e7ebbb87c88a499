//! `landfall drift`

use std::collections::BTreeMap;

use clap::Args;

use super::drifting::{found, parted};
use super::running::{Running, confirm, progress};
use super::session::Session;
use super::site::{Site, named, one};
use super::trouble::Trouble;
use crate::deploy::error::DeployError;
use crate::deploy::job::Order;
use crate::exit_code::Exit;
use crate::ledger::entry::{Deploy, DriftAccepted, Ending, Origin, Record, Switch, Tally};
use crate::ledger::flag::{Flag, Flags};
use crate::model::placement::Target;
use crate::model::units::Time;
use crate::plan::change::Action;
use crate::plan::deployment::{BESIDE, Deployment, Upload};
use crate::plan::digest::Digest;
use crate::plan::drift::{self, DriftState, ResourceDrift};
use crate::plan::readiness::{Readiness, readiness};
use crate::plan::stack::StackFacts;
use crate::ports::cloud::{Preview, PreviewKind, PreviewState};
use crate::views;
use crate::views::drift::{Drifted, Found};

/// Shows what the cloud has that its stack has not: every property that was changed by hand, and every resource that is gone.
///
/// What is found can be accepted, so that it isn't told again while it stays as it is, or put back.
#[derive(Clone, Debug, Args)]
pub struct Drift {
    /// Which targets: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Exit with 2 where something differs.
    #[arg(long, env = "LANDFALL_DETAILED_EXITCODE")]
    pub detailed_exitcode: bool,
    /// Record what is found as meant, for one TARGET: from then on it counts as drift only where it changes again. The next
    /// deployment may still overwrite it: what is to stay for good belongs into the environment's files.
    #[arg(long, conflicts_with = "revert")]
    pub accept: bool,
    /// Have the cloud put everything back as the last deployment left it, for one TARGET, also what was accepted. A resource that is
    /// gone is created anew, without what it held. Settings that were switched stay so. Refused where a resource would have to be
    /// replaced.
    #[arg(long)]
    pub revert: bool,
    /// With --revert: follow the cloud's work for this long, then leave it to `landfall recover`.
    #[arg(long, value_name = "TIME", env = "LANDFALL_TIMEOUT", default_value = "6h")]
    pub timeout: Time,
}

/// Looks for drift. A target that can't be asked doesn't keep the others from being asked, but the run has failed then.
pub async fn run(arguments: &Drift, session: &mut Session) -> Result<Exit, Trouble> {
    if arguments.accept || arguments.revert {
        let [target] = arguments.targets.as_slice() else {
            return Err(Trouble::Usage("--accept and --revert decide about one target: name it".to_owned()));
        };
        let target = one(session, target)?;
        return answer(arguments, session, &target).await;
    }
    let targets = named(session, &arguments.targets)?;
    let mut all = Vec::new();
    let mut trouble = None;
    for target in &targets {
        let found = match look(session, target).await {
            Ok(found) => found,
            Err(Trouble::Output(error)) => return Err(Trouble::Output(error)),
            Err(error) if targets.len() == 1 => return Err(error),
            Err(error) => {
                if let Ok(said) = error.said() {
                    session.output.say(&said.text())?;
                }
                trouble.get_or_insert(error);
                Found::Unknown
            }
        };
        all.push(Drifted { target: target.to_string(), found });
    }
    views::drift::show(&mut session.output, &all)?;
    let differs = all.iter().any(|one| one.found.differs());
    Ok(match (trouble, differs) {
        (Some(_), _) => Exit::Failed,
        (None, true) if arguments.detailed_exitcode => Exit::Differences,
        (None, _) => Exit::Done,
    })
}

async fn look(session: &mut Session, target: &Target) -> Result<Found, Trouble> {
    let site = Site::open(session, target).await?;
    site.cloud.identity().await?;
    let deployed = site.book.standing().await?.deployed.map(|deployed| deployed.entry.sequence);
    let found = match site.cloud.describe(&site.stack).await? {
        Some(stack) => compared(&site, &stack.id).await?,
        None if deployed.is_some() => Found::Gone,
        None => Found::NotDeployed,
    };
    note(session, &site, deployed, &found).await;
    Ok(found)
}

/// Leaves a note for `landfall status`. Who may look but not write in the ledger has looked all the same.
async fn note(session: &Session, site: &Site, deployed: Option<u64>, found: &Found) {
    let Some(seen) = found.seen() else { return };
    let by = session.machine.holder(&format!("drift {}", site.target));
    if let Err(error) = site.book.sighted(by, deployed, seen).await {
        tracing::warn!(%error, "that it was looked for could not be noted in the ledger");
    }
}

/// What differs, parted from what was accepted.
async fn compared(site: &Site, stack: &str) -> Result<Found, Trouble> {
    let (found, switched) = parted(site, stack).await?;
    let accepted = site.book.accepted().await?.map(|(_, accepted)| accepted).unwrap_or_default();
    let (open, accepted) = drift::part(found, &accepted);
    Ok(Found::Compared { open, accepted, switched })
}

/// Accepts what differs or puts it back, while nobody else works on the target.
async fn answer(arguments: &Drift, session: &mut Session, target: &Target) -> Result<Exit, Trouble> {
    let site = Site::open(session, target).await?;
    site.cloud.identity().await?;
    let command = format!("drift {target} {}", if arguments.accept { "--accept" } else { "--revert" });
    let running = Running::begin(session, &site, &command, false, arguments.timeout).await?;
    let answered =
        if arguments.accept { accept(session, &site, &running).await } else { revert(session, &site, &running).await };
    running.end().await;
    answered
}

/// The stack, where it is deployed and nothing is going on with it.
async fn steady(site: &Site) -> Result<StackFacts, Trouble> {
    let target = site.target.to_string();
    if let Some(pending) = site.book.standing().await?.pending {
        return Err(DeployError::Pending { target, intent: Box::new(pending) }.into());
    }
    let stack = site.cloud.describe(&site.stack).await?;
    stack.filter(|stack| readiness(Some(stack)) == Readiness::Update).ok_or_else(|| Trouble::Refused {
        what: format!("{target} has no stack that serves"),
        why: vec!["drift is what differs from a deployment that succeeded".to_owned()],
        remedy: format!("`landfall plan {target}` shows where it stands"),
    })
}

async fn accept(session: &mut Session, site: &Site, running: &Running) -> Result<Exit, Trouble> {
    let target = site.target.to_string();
    let stack = steady(site).await?;
    let found = found(site, &stack.id).await?;
    let differences = drift::differences(&found);
    let before = site.book.accepted().await?.map(|(_, accepted)| accepted).unwrap_or_default();
    let (open, accepted) = drift::part(found.clone(), &before);
    let shown = [Drifted { target: target.clone(), found: Found::Compared { open, accepted, switched: Vec::new() } }];
    views::drift::show(&mut session.output, &shown)?;
    if !shown.iter().any(|one| one.found.differs()) {
        return Ok(Exit::Done);
    }
    confirm(session, &format!("\nAccept this as {target} is meant to be? Only \"yes\" goes on: "))?;
    let entry = running.record(&Record::DriftAccepted(DriftAccepted { differences: differences.clone() })).await?;
    let deployed = site.book.standing().await?.deployed.map(|deployed| deployed.entry.sequence);
    let (open, accepted) = drift::part(found, &differences);
    note(session, site, deployed, &Found::Compared { open, accepted, switched: Vec::new() }).await;
    session.output.say(&format!("Accepted; recorded as entry {entry}.\n"))?;
    Ok(Exit::Done)
}

async fn revert(session: &mut Session, site: &Site, running: &Running) -> Result<Exit, Trouble> {
    let target = site.target.to_string();
    let stack = steady(site).await?;
    let (found_now, switched) = parted(site, &stack.id).await?;
    let digest = drift::digest(&found_now);
    let flags = site.book.flags().await?;
    let (moved, rest) = of_flags(&found_now, &flags);
    let seen = Found::Compared { open: found_now, accepted: Vec::new(), switched };
    let shown = [Drifted { target: target.clone(), found: seen }];
    views::drift::show(&mut session.output, &shown)?;
    if !shown.iter().any(|one| one.found.differs()) {
        return Ok(Exit::Done);
    }
    if !rest {
        switch_back(session, site, running, moved).await?;
        let deployed = site.book.standing().await?.deployed.map(|deployed| deployed.entry.sequence);
        note(session, site, deployed, &compared(site, &stack.id).await?).await;
        return Ok(Exit::Done);
    }
    let (deployment, recorded) = deployed(site, &stack).await?;
    let preview = preview(session, site, &deployment, &digest).await?;
    unreplaced(&preview)?;
    let of = |action: Action| preview.changes.iter().filter(|change| change.action == action).count();
    let tally =
        Tally { create: of(Action::Create), update: of(Action::Update), replace: 0, delete: of(Action::Delete) };
    let (changed, created) = (tally.update, tally.create);
    confirm(
        session,
        &format!(
            "\nPut {target} back as it was deployed: {changed} resources changed, {created} created anew? Only \"yes\" goes on: "
        ),
    )?;
    let order = Order {
        deployment,
        plan: digest,
        before: Some(stack.mark()),
        preview: Some(preview.changes),
        tally,
        approved: Vec::new(),
        release: recorded.release,
        origin: recorded.origin.unwrap_or(Origin::Applied),
        schemas: recorded.schemas,
        hold: None,
        gate: None,
        flags,
        rotates: None,
        rotations: recorded.rotations,
        switches: Vec::new(),
    };
    let progress = progress(session, site, tally);
    let done = running.job(site, &progress).revert(&order).await;
    progress.close();
    let done = done?;
    let left = found(site, &stack.id).await?;
    let deployed = site.book.standing().await?.deployed.map(|deployed| deployed.entry.sequence);
    let seen = Found::Compared { open: left.clone(), accepted: Vec::new(), switched: Vec::new() };
    note(session, site, deployed, &seen).await;
    let left: Vec<String> = left.iter().flat_map(ResourceDrift::lines).collect();
    if left.is_empty() && done.outcome.ending == Ending::Succeeded {
        let entry = done.sequence;
        session.output.say(&format!("{target} is again as it was deployed; recorded as entry {entry}.\n"))?;
        return Ok(Exit::Done);
    }
    Err(Trouble::Failed {
        what: format!("the cloud did not put everything back: {}", left.join("; ")),
        remedy: format!("change it back by hand, or `landfall drift {target} --accept`"),
    })
}

/// The switched settings that somebody changed by hand, and whether anything else differs.
fn of_flags(found: &[ResourceDrift], flags: &Flags) -> (Flags, bool) {
    let is = |flag: &Flag, drift: &ResourceDrift, path: &str| flag.resource == drift.id && flag.field == path;
    let fields = || found.iter().flat_map(|drift| drift.fields.iter().map(move |field| (drift, field.path.as_str())));
    let moved = flags.iter().filter(|(_, flag)| fields().any(|(drift, path)| is(flag, drift, path)));
    let moved = moved.map(|(setting, flag)| (setting.clone(), flag.clone())).collect();
    let gone = found.iter().any(|drift| drift.state == DriftState::Deleted);
    let rest = gone || fields().any(|(drift, path)| !flags.values().any(|flag| is(flag, drift, path)));
    (moved, rest)
}

/// Puts settings back to what they were switched to: the stack has no part in that.
async fn switch_back(session: &mut Session, site: &Site, running: &Running, moved: Flags) -> Result<(), Trouble> {
    let target = &site.target;
    let settings = moved.keys().map(|setting| format!("setting.{setting}")).collect::<Vec<_>>().join(", ");
    confirm(session, &format!("\nPut {settings} of {target} back as switched? Only \"yes\" goes on: "))?;
    for (setting, flag) in moved {
        let was = site.cloud.setting(&flag.parameter).await?;
        let why = Some("changed by hand and put back".to_owned());
        let switch = Switch { setting, flag, was, reset: false, why };
        let progress = progress(session, site, Tally::default());
        let done = running.job(site, &progress).switch(&site.place, &site.stack, switch.clone()).await;
        progress.close();
        views::flag::set(&mut session.output, &target.to_string(), &switch, done?.sequence)?;
    }
    Ok(())
}

/// What is deployed, as it was asked for, and the record of that.
async fn deployed(site: &Site, stack: &StackFacts) -> Result<(Deployment, Deploy), Trouble> {
    let target = site.target.to_string();
    let refused = |why: &str| Trouble::Refused {
        what: format!("{target} can't be put back"),
        why: vec![why.to_owned()],
        remedy: format!("`landfall plan {target}` and `landfall apply {target}` deploy what its files say"),
    };
    let recorded = site.book.standing().await?.deployed.and_then(|deployed| deployed.deploy);
    let Some(recorded) = recorded else {
        return Err(refused("the ledger does not say what was deployed"));
    };
    let text = site.cloud.document(&stack.id).await?.unwrap_or_default();
    if Digest::of(text.as_bytes()) != recorded.document {
        return Err(refused("its stack has another document than the one recorded: it was changed without landfall"));
    }
    let mut uploads = Vec::new();
    for (key, digest) in recorded.uploads.iter().filter(|(key, _)| key.starts_with(BESIDE)) {
        uploads.push(Upload { key: key.clone(), bytes: site.book.document(digest).await? });
    }
    let deployment = Deployment {
        target,
        place: site.place.clone(),
        stack: site.stack.clone(),
        document: text,
        parameters: recorded.parameters.clone(),
        at_once: recorded.at_once.clone(),
        tags: recorded.tags.clone(),
        protection: recorded.protection.clone(),
        bucket: recorded.bucket.clone(),
        // Anything else that the document refers to was uploaded when it was deployed.
        uploads,
        images: BTreeMap::new(),
        migration: None,
        ground: None,
    };
    Ok((deployment, recorded))
}

/// What the cloud would do to put everything back.
async fn preview(session: &Session, site: &Site, deployment: &Deployment, digest: &Digest) -> Result<Preview, Trouble> {
    let token = session.clock.unique();
    let name = format!("landfall-drift-{}-{}", digest.short(), token.get(..8).unwrap_or_default());
    let preview = site.cloud.preview(deployment, PreviewKind::Revert, &name, &token).await?;
    site.cloud.discard(&site.stack, &preview.id).await?;
    match &preview.state {
        PreviewState::Ready | PreviewState::Started | PreviewState::Obsolete => Ok(preview),
        PreviewState::Failed(reason) => Err(DeployError::Rejected { reason: reason.clone() }.into()),
        PreviewState::Empty => Err(Trouble::Refused {
            what: "the cloud finds nothing that it could put back".to_owned(),
            why: vec!["its drift-aware preview does not reach what differs".to_owned()],
            remedy: "change it back by hand, or accept it with --accept".to_owned(),
        }),
    }
}

/// Refuses to put back what would cost a resource.
fn unreplaced(preview: &Preview) -> Result<(), Trouble> {
    let costs = |action: Action| matches!(action, Action::Replace | Action::Delete);
    let costly = preview.changes.iter().filter(|change| costs(change.action) || change.replacement_possible);
    let why: Vec<String> = costly.map(|change| format!("{} ({})", change.id, change.kind)).collect();
    if why.is_empty() {
        return Ok(());
    }
    Err(Trouble::Refused {
        what: "putting this back would replace or delete resources with what they hold".to_owned(),
        why,
        remedy: "change these back by hand, or accept them with --accept".to_owned(),
    })
}
