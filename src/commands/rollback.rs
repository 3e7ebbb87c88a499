//! `landfall rollback`

use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::sync::Arc;

use clap::Args;

use super::apply::{approvals, approved_all, ready, tally, unrefused};
use super::decision::{Wanted, judge, stands};
use super::drifting::Look;
use super::running::{Running, Turn, confirm, progress, settle};
use super::session::Session;
use super::site::{Site, environment, ledger_address, ledger_owner, one};
use super::trouble::Trouble;
use crate::clouds::{Deployed, compare, usual_seconds};
use crate::deploy::book::Book;
use crate::deploy::error::DeployError;
use crate::deploy::job::Order;
use crate::exit_code::Exit;
use crate::ledger::entry::{Ending, Entry, Intent, Origin, PushedImage, Tally};
use crate::model::placement::{Cloud, Target};
use crate::plan::Plan;
use crate::plan::approval::Approval;
use crate::plan::change::Action;
use crate::plan::deployment::{Deployment, Image, Place, Upload};
use crate::plan::readiness::{Readiness, readiness};
use crate::plan::serving::{Serving, switches};
use crate::ports::ledger::LedgerStore;
use crate::release::rollback::{NoWay, Past, Way, deployments, schema_misfits, schemas_unknown};
use crate::views;
use crate::views::rollback::{Obstacle, Outlook, Step};

/// Brings back the last good deployment of a target, or an earlier one.
///
/// Everything comes from the ledger: the document, the settings and the artifacts, each checked again. No file of the project is
/// needed where --ledger says where the ledger is. Functions and services are switched to the versions that they ran then, in
/// seconds; the stack follows. A failed update that could not be undone is undone first. Asked twice, it goes
/// back once. The target then takes no promotion until somebody says with `landfall hold --lift` that they have looked.
#[derive(Clone, Debug, Args)]
pub struct Rollback {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Go back to this release: its name, or the first digits of its digest, six at least. It has to have served there.
    #[arg(long, value_name = "RELEASE", env = "LANDFALL_TO")]
    pub to: Option<String>,
    /// Say from the records alone what would go back how, and what can't. The cloud is not asked. Exit with 3 where something can't.
    #[arg(long, env = "LANDFALL_DRY_RUN")]
    pub dry_run: bool,
    /// Approve what loses data, can't be undone or widens access: EFFECT:RESOURCE as the plan names it, an EFFECT for all of
    /// its resources, or a RESOURCE for all that is done to it. May be given more than once.
    #[arg(long, value_name = "APPROVAL", env = "LANDFALL_APPROVE", value_delimiter = ',')]
    pub approve: Vec<String>,
    /// Go back though the database's schema went further than the old build knows, for this reason. It is recorded.
    #[arg(long, value_name = "REASON", env = "LANDFALL_DESPITE_SCHEMA")]
    pub despite_schema: Option<String>,
    /// Where the target lives, for a ledger in an object store on a machine without the target's files; the store's account and
    /// region where it is another account's.
    #[arg(long, value_name = "CLOUD/ACCOUNT/REGION", env = "LANDFALL_PLACE")]
    pub place: Option<String>,
    /// The lock, and how long it waits.
    #[command(flatten)]
    pub turn: Turn,
}

/// Rolls back.
pub async fn run(arguments: &Rollback, session: &mut Session) -> Result<Exit, Trouble> {
    let (target, book) = recorded(session, arguments).await?;
    let (entries, found) = book.way_back(arguments.to.as_deref()).await?;
    if arguments.dry_run {
        return dry_run(session, &target, &book, &entries, found).await;
    }
    let Some(found) = going(session, &target, found)? else { return Ok(Exit::Done) };
    let kind = kind(&found.to.intent.place)?;
    let site = Site::recorded(session, target, kind, &found.to.intent, book).await?;
    site.cloud.identity().await?;
    let command = format!("rollback {}", site.target);
    let running = Running::begin(session, &site, &command, arguments.turn.take_over, arguments.turn.timeout).await?;
    let done = back(arguments, session, &site, &running).await;
    running.end().await;
    done
}

/// The target and its entries, from as few files as that takes: the environment is read only where nothing else says which ledger
/// it has.
async fn recorded(session: &mut Session, arguments: &Rollback) -> Result<(Target, Book), Trouble> {
    let known = session.ledger.is_some() || session.sandboxed;
    let given = arguments.place.as_deref().map(read_place).transpose()?;
    let (target, address, owner) = if known {
        let target = Target::from_str(&arguments.target).map_err(|error| Trouble::Usage(error.to_string()))?;
        let address = session.ledger_address(None);
        let owner = match given {
            Some(owner) => owner,
            // Only an object store has an owner.
            None if !address.contains("://") => {
                Place { cloud: String::new(), account: String::new(), region: String::new(), engine: None }
            }
            None => {
                let target = one(session, &arguments.target)?;
                ledger_owner(&environment(session, &target)?, &address)
            }
        };
        (target, address, owner)
    } else {
        let target = one(session, &arguments.target)?;
        let environment = environment(session, &target)?;
        let address = ledger_address(session, &environment);
        let owner = given.unwrap_or_else(|| ledger_owner(&environment, &address));
        (target, address, owner)
    };
    let store: Arc<dyn LedgerStore> = Arc::from(session.ledgers.open(&address, &owner).await?);
    let book = Book::new(store, Arc::clone(&session.clock), &target.to_string());
    Ok((target, book))
}

fn read_place(text: &str) -> Result<Place, Trouble> {
    match text.split('/').collect::<Vec<_>>().as_slice() {
        [cloud, account, region] => Ok(Place {
            cloud: (*cloud).to_owned(),
            account: (*account).to_owned(),
            region: (*region).to_owned(),
            engine: None,
        }),
        _ => Err(Trouble::Usage(format!(
            "`{text}` is no place: write CLOUD/ACCOUNT/REGION, such as aws/111122223333/us-east-1"
        ))),
    }
}

fn kind(place: &Place) -> Result<Cloud, Trouble> {
    Cloud::ALL.into_iter().find(|cloud| cloud.word() == place.cloud).ok_or_else(|| Trouble::Failed {
        what: format!("the record names a cloud that this landfall doesn't know: `{}`", place.cloud),
        remedy: "use the landfall that wrote it, or a newer one".to_owned(),
    })
}

/// The way to go; none where it was gone already, which is said.
fn going(session: &mut Session, target: &Target, found: Result<Way, NoWay>) -> Result<Option<Way>, Trouble> {
    match found {
        Ok(way) if way.now.intent.place != way.to.intent.place || way.now.intent.stack != way.to.intent.stack => {
            Err(Trouble::Refused {
                what: format!("{} of {target} was deployed elsewhere", way.to.name()),
                why: vec![format!(
                    "it was the stack {} in the account {}, and the target is the stack {} in the account {} now",
                    way.to.intent.stack,
                    way.to.intent.place.account,
                    way.now.intent.stack,
                    way.now.intent.place.account
                )],
                remedy: "choose a release that served where the target lives now, with --to".to_owned(),
            })
        }
        Ok(way) => Ok(Some(way)),
        Err(NoWay::Already(way)) => {
            views::rollback::already(&mut session.output, target, &way)?;
            Ok(None)
        }
        Err(no_way) => Err(Trouble::Refused {
            what: format!("{target} can't be rolled back: {no_way}"),
            why: vec!["a rollback goes back to what was deployed and verified there, and to nothing else".to_owned()],
            remedy: format!("`landfall history {target}` shows what was; otherwise go forward: repair it and apply"),
        }),
    }
}

async fn dry_run(
    session: &mut Session,
    target: &Target,
    book: &Book,
    entries: &[Entry],
    found: Result<Way, NoWay>,
) -> Result<Exit, Trouble> {
    let Some(way) = going(session, target, found)? else { return Ok(Exit::Done) };
    let kind = kind(&way.to.intent.place)?;
    let past = deployments(entries);
    // What a failure left undone is not there: what served before it is.
    let stands = past.iter().find(|past| !matches!(past.ending, Some(Ending::Abandoned | Ending::Undone)));
    let stands = stands.unwrap_or(&way.to);
    let (before, after) = (document(book, stands).await?, document(book, &way.to).await?);
    let mut obstacles = schema_obstacles(entries, &way);
    let (_, _, gone) = files(book, &way.to).await?;
    obstacles.extend(gone);
    let plan = match (before, after) {
        (Ok(before), Ok(after)) => compare(kind, target, &way.to.intent.place, &before, &after).map_err(|why| {
            Trouble::Failed { what: format!("the recorded documents can't be compared: {why}"), remedy: no_remedy() }
        })?,
        (before, after) => {
            obstacles.extend([before.err(), after.err()].into_iter().flatten());
            Plan::default()
        }
    };
    obstacles.extend(plan.approvals_needed().iter().map(|approval| Obstacle {
        what: format!("{} of {}", approval.effect.word(), approval.resource),
        instead: format!("go forward and keep it, or approve it: --approve {approval}"),
    }));
    let mut notes = schemas_unknown(entries, &way);
    match way.now.ending {
        None => notes.push("the last run is open: it is ended first, where the cloud hasn't begun it".to_owned()),
        Some(Ending::Inconsistent) => notes.push(
            "the last run left the stack inconsistent: a failed update is undone first, and the cloud tells then what differs"
                .to_owned(),
        ),
        Some(_) => {}
    }
    let steps = steps(kind, &plan);
    // After a failure the records don't know what serves: whatever it is, the earlier versions take its place.
    let known = !stands.serving.is_empty();
    let switches = if known { switches(&way.to.serving, &stands.serving) } else { way.to.serving.clone() };
    let outlook =
        Outlook { target, way: &way, switches: &switches, steps: &steps, obstacles: &obstacles, notes: &notes };
    views::rollback::outlook(&mut session.output, &outlook, session.sandboxed)?;
    Ok(if obstacles.is_empty() { Exit::Done } else { Exit::Refused })
}

fn no_remedy() -> String {
    "`landfall rollback` without --dry-run asks the cloud".to_owned()
}

/// What was deployed, from the ledger; or what keeps it from being read.
async fn document(book: &Book, past: &Past) -> Result<Result<Deployed, Obstacle>, Trouble> {
    let parameters = past.deploy.brought_back();
    Ok(match book.document(&past.deploy.document).await {
        Ok(bytes) => Ok(Deployed { document: String::from_utf8_lossy(&bytes).into_owned(), parameters }),
        Err(error) => Err(gone(&format!("the document of {}", past.name()), error)?),
    })
}

/// The files and images that a deployment refers to, each checked again; and those that can't be had.
async fn files(book: &Book, past: &Past) -> Result<(Vec<Upload>, BTreeMap<String, Image>, Vec<Obstacle>), Trouble> {
    let (mut uploads, mut images, mut obstacles) = (Vec::new(), BTreeMap::new(), Vec::new());
    for (parameter, recorded) in &past.deploy.images {
        let mut blobs = BTreeMap::new();
        for part in &recorded.blobs {
            match book.document(part).await {
                Ok(bytes) => {
                    blobs.insert(part.clone(), bytes);
                }
                Err(error) => obstacles.push(gone(&format!("the image of {parameter} of {}", past.name()), error)?),
            }
        }
        let PushedImage { digest, name, registries, blobs: _ } = recorded.clone();
        images.insert(parameter.clone(), Image { digest, name, registries, blobs });
    }
    for (key, digest) in &past.deploy.uploads {
        match book.document(digest).await {
            Ok(bytes) => uploads.push(Upload { key: key.clone(), bytes }),
            Err(error) => obstacles.push(gone(&format!("{key} of {}", past.name()), error)?),
        }
    }
    Ok((uploads, images, obstacles))
}

/// Something that the ledger should have and hasn't; an error where it could only not be asked.
fn gone(what: &str, error: DeployError) -> Result<Obstacle, Trouble> {
    use crate::ports::ledger::StoreError;
    match &error {
        DeployError::Store(StoreError::Missing { .. }) | DeployError::Ledger(_) => Ok(Obstacle {
            what: format!("{what} is gone or altered: {error}"),
            instead: "put it back from a copy of the ledger, or go back to another release with --to".to_owned(),
        }),
        _ => Err(error.into()),
    }
}

fn schema_obstacles(entries: &[Entry], way: &Way) -> Vec<Obstacle> {
    let misfits = schema_misfits(entries, way).into_iter();
    let obstacle = |misfit: crate::release::rollback::SchemaMisfit| {
        Obstacle {
        what: format!("the build {} of {}: {}", misfit.artifact, way.to.name(), misfit.why),
        instead: "go forward: repair the newer build and deploy that; or restore the database from before, knowing what was written \
                  since; or --despite-schema REASON"
            .to_owned(),
    }
    };
    misfits.map(obstacle).collect()
}

/// What each change of a plan usually takes.
fn steps(kind: Cloud, plan: &Plan) -> Vec<Step> {
    let step = |change: &crate::plan::change::Change| {
        let usual = usual_seconds(kind, &change.kind);
        let seconds = usual.map(|[create, update, delete]| match change.action {
            Action::Create => create,
            Action::Update => update,
            Action::Replace => create + delete,
            Action::Delete => delete,
            Action::Forget => 0,
        });
        Step {
            id: change.id.clone(),
            kind: change.kind.clone(),
            action: change.action,
            consequence: change.consequence,
            seconds,
        }
    };
    plan.changes.iter().map(step).collect()
}

async fn back(arguments: &Rollback, session: &mut Session, site: &Site, running: &Running) -> Result<Exit, Trouble> {
    if let Some(intent) = &site.book.standing().await?.pending {
        end_pending(session, site, running, intent).await?;
    }
    settle(session, site, running, arguments.turn.wait).await?;
    let confirmed = undo_first(arguments, session, site, running).await?;
    // What was open has come to an end: that may be another way now.
    let (entries, found) = site.book.way_back(arguments.to.as_deref()).await?;
    let Some(way) = going(session, &site.target, found)? else { return Ok(Exit::Done) };
    let schema = schema_obstacles(&entries, &way);
    if arguments.despite_schema.is_none() {
        refuse(&site.target, &schema)?;
    }
    let (uploads, images, gone) = files(&site.book, &way.to).await?;
    refuse(&site.target, &gone)?;
    let deployed = match document(&site.book, &way.to).await? {
        Ok(deployed) => deployed,
        Err(gone) => return refuse(&site.target, &[gone]).map(|()| Exit::Done),
    };
    let deploy = &way.to.deploy;
    let switches = switches(&way.to.serving, &serving(site).await);
    let deployment = Deployment {
        target: site.target.to_string(),
        place: site.place.clone(),
        stack: site.stack.clone(),
        document: deployed.document,
        parameters: deployed.parameters,
        at_once: deploy.at_once.clone(),
        tags: deploy.tags.clone(),
        protection: deploy.protection.clone(),
        bucket: deploy.bucket.clone(),
        uploads,
        images,
        // An old build would not know the newer schema's migrations; what served there had its registries.
        migration: None,
        ground: None,
    };
    let wanted = Wanted {
        configuration: deployment.document_digest(),
        deployment,
        // What goes back waits for no alarm.
        rollouts: Vec::new(),
        // What is recorded was there.
        takeovers: Vec::new(),
        schemas: deploy.schemas.clone(),
        release: deploy.release.clone(),
        // Values don't go back: what was rotated stays so.
        rotations: way.now.deploy.rotations.clone(),
        notes: schemas_unknown(&entries, &way),
        // What serves is switched first, and the cloud's own answer would take longer than that.
        hasty: !switches.is_empty(),
        // It was deployed once before, and what is wrong now is worse than what it costs.
        held_to_budget: false,
    };
    let (standing, stack) = stands(site, false).await?;
    let decision = judge(session, site, wanted, standing, stack, false, Look::Not).await?;
    ready(decision.stack.as_ref(), &site.target.to_string())?;
    views::rollback::begins(&mut session.output, &site.target, &way)?;
    views::plan::show(&mut session.output, &decision.saved, None)?;
    if decision.settled {
        views::rollback::nothing(&mut session.output, &site.target, &way)?;
        return Ok(Exit::Done);
    }
    unrefused(&decision.refusals)?;
    let plan = &decision.saved.sealed.plan;
    let approved = approvals(plan, &arguments.approve)?;
    approved_all(&decision.saved, &approved)?;
    views::rollback::switching(&mut session.output, &switches)?;
    if !confirmed {
        confirm(session, &question(site, &way))?;
    }
    let mut approved: Vec<String> = approved.iter().map(Approval::to_string).collect();
    if let Some(reason) = arguments.despite_schema.as_ref().filter(|_| !schema.is_empty()) {
        approved.push(format!("despite-schema ({reason})"));
    }
    let hold = format!("brought back from {} to {}", way.now.name(), way.to.name());
    let order = Order {
        deployment: decision.deployment.clone(),
        plan: decision.saved.digest.clone(),
        before: decision.before(),
        preview: decision.preview.clone(),
        tally: tally(plan),
        approved,
        release: decision.release.clone(),
        origin: Origin::RolledBack { to: way.to.entry.sequence, from: way.now.deploy.release.clone() },
        schemas: decision.schemas.clone(),
        hold: Some(hold),
        // Nothing is ever taken back from what was taken back.
        gate: None,
        flags: decision.flags.clone(),
        rotates: None,
        rotations: decision.rotations.clone(),
        switches,
    };
    let progress = progress(session, site, order.tally);
    let done = running.job(site, &progress).deploy(&order).await;
    progress.close();
    views::rollback::done(&mut session.output, &site.target, &way, &order, &done?, session.sandboxed)?;
    Ok(Exit::Done)
}

/// Ends a run that is open: what the cloud has begun is followed to its end, what it hasn't is given up. That it fails is no
/// obstacle: it is what is rolled back from.
async fn end_pending(session: &mut Session, site: &Site, running: &Running, intent: &Intent) -> Result<(), Trouble> {
    let busy = site.cloud.describe(&site.stack).await?.is_some_and(|stack| stack.phase.is_busy());
    let progress = progress(session, site, Tally::default());
    let job = running.job(site, &progress);
    let ended = if busy { job.resume(intent).await } else { job.abandon(intent).await };
    progress.close();
    match ended {
        Ok(done) => views::recover::show(&mut session.output, &site.target.to_string(), intent, &done)?,
        Err(DeployError::Failed(failed)) => {
            session.output.say(&format!("The interrupted run has ended: {} failed.\n", failed.what))?;
        }
        Err(DeployError::Unwell { unwell, .. }) => {
            let reasons = unwell.reasons.join("; ");
            session
                .output
                .say(&views::safe(&format!("The interrupted run has ended, and isn't well: {reasons}.\n")))?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn question(site: &Site, way: &Way) -> String {
    let Site { target, place, .. } = site;
    let to = way.to.name();
    format!("\nBring {target} back to {to} (account {}, {})? Only \"yes\" goes on: ", place.account, place.region)
}

/// What serves now, as far as it can be switched; nothing where it can't be asked, and it goes back with the stack.
async fn serving(site: &Site) -> Vec<Serving> {
    match site.cloud.serving(&site.stack).await {
        Ok(serving) => serving,
        Err(error) => {
            tracing::debug!(%error, "what serves can't be asked");
            Vec::new()
        }
    }
}

/// Where a failed update could not be undone, has the earlier versions serve again and goes on undoing it; whether that was
/// confirmed.
async fn undo_first(
    arguments: &Rollback,
    session: &mut Session,
    site: &Site,
    running: &Running,
) -> Result<bool, Trouble> {
    let Some(stack) = site.cloud.describe(&site.stack).await? else { return Ok(false) };
    if readiness(Some(&stack)) != Readiness::Undo {
        return Ok(false);
    }
    let (entries, found) = site.book.way_back(arguments.to.as_deref()).await?;
    let mut switches = Vec::new();
    if let Ok(way) = &found {
        if arguments.despite_schema.is_none() {
            refuse(&site.target, &schema_obstacles(&entries, way))?;
        }
        let (_, _, gone) = files(&site.book, &way.to).await?;
        refuse(&site.target, &gone)?;
        switches = self::switches(&way.to.serving, &serving(site).await);
        views::rollback::switching(&mut session.output, &switches)?;
        if !switches.is_empty() {
            confirm(session, &question(site, way))?;
        }
    }
    session
        .output
        .say(&format!("The stack {} is {}: the failed update is undone first.\n", stack.name, stack.state))?;
    let progress = progress(session, site, Tally::default());
    let done = running.job(site, &progress).continue_undo(&site.place, &stack, &[], &switches).await;
    progress.close();
    done.map(|_| !switches.is_empty()).map_err(Trouble::from)
}

fn refuse(target: &Target, obstacles: &[Obstacle]) -> Result<(), Trouble> {
    if obstacles.is_empty() {
        return Ok(());
    }
    let mut instead: Vec<&str> = obstacles.iter().map(|obstacle| obstacle.instead.as_str()).collect();
    instead.dedup();
    Err(Trouble::Refused {
        what: format!("{target} can't go back like this"),
        why: obstacles.iter().map(|obstacle| obstacle.what.clone()).collect(),
        remedy: instead.join("; "),
    })
}
