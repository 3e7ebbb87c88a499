//! `landfall rotate`

use std::path::Path;

use clap::Args;

use super::apply::{approved_all, ready, tally, unrefused};
use super::decision::{Decision, decide};
use super::definition::Definition;
use super::drifting::Look;
use super::gates::{gate, judged};
use super::running::{Running, Turn, confirm, finish_pending, progress, settle};
use super::sealed::define;
use super::session::Session;
use super::site::{Site, environment, one};
use super::trouble::Trouble;
use crate::clouds::{largest_secret, secret_place};
use crate::deploy::error::DeployError;
use crate::deploy::job::Order;
use crate::diagnostics::nearest;
use crate::environment::load::Environment;
use crate::exit_code::Exit;
use crate::ledger::entry::{Origin, Rotation};
use crate::model::name::Name;
use crate::plan::readiness::{Readiness, readiness};
use crate::ports::secret::Hidden;
use crate::views;

/// Gives a secret a new value, and starts anew what reads it.
///
/// The value comes from a file or from standard input, or is made up: never from the command line, and it is shown and recorded
/// nowhere. It is put there, and then what is deployed is deployed once more with nothing but the secret's rotation counted up, so that the
/// cloud itself starts functions and services anew: no drift is left. Refused where the files say more than what is deployed. Killed
/// before the value was sent, nothing has changed; killed after it, `landfall recover` finishes it.
#[derive(Clone, Debug, Args)]
pub struct Rotate {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Which secret, by its name in the environment's `secrets`.
    #[arg(value_name = "SECRET")]
    pub secret: String,
    /// The file that holds the new value, - for standard input. A line break at its end is no part of it.
    #[arg(long, value_name = "FILE", env = "LANDFALL_VALUE_FROM")]
    pub from: Option<String>,
    /// Have the new value made up, by the cloud or, where it makes none, on this machine: 48 letters and digits that nobody gets to see.
    #[arg(long, env = "LANDFALL_GENERATE", conflicts_with = "from")]
    pub generate: bool,
    /// Somebody put the new value there already: only start anew what reads it.
    #[arg(long, env = "LANDFALL_AS_IS", conflicts_with_all = ["from", "generate"])]
    pub as_is: bool,
    /// The lock, and how long it waits.
    #[command(flatten)]
    pub turn: Turn,
}

/// Where the new value comes from.
enum Source {
    Given(Hidden),
    Generated,
    There,
}

/// Rotates.
pub async fn run(arguments: &Rotate, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    let secret = named(&environment, &arguments.secret)?.clone();
    let source = source(arguments, &environment, session)?;
    let site = Site::of(session, &environment).await?;
    site.cloud.identity().await?;
    let command = format!("rotate {target} {secret}");
    let running = Running::begin(session, &site, &command, arguments.turn.take_over, arguments.turn.timeout).await?;
    let rotated = rotate(arguments, session, &site, &running, environment, &secret, source).await;
    running.end().await;
    rotated
}

/// The secret of that name.
fn named<'a>(environment: &'a Environment, asked: &str) -> Result<&'a Name, Trouble> {
    let secrets = &environment.stack.secrets;
    secrets.keys().find(|name| name.as_str() == asked).ok_or_else(|| {
        let remedy = match nearest::nearest(asked, secrets.keys().map(Name::as_str)) {
            Some(near) => format!("did you mean {near}?"),
            None => "add it under `secrets` and deploy".to_owned(),
        };
        Trouble::Refused {
            what: format!("{} has no secret `{asked}`", environment.target),
            why: vec!["only what its files have under `secrets` is rotated".to_owned()],
            remedy,
        }
    })
}

fn source(arguments: &Rotate, environment: &Environment, session: &Session) -> Result<Source, Trouble> {
    let file = match (&arguments.from, arguments.generate, arguments.as_is) {
        (_, true, _) => return Ok(Source::Generated),
        (_, _, true) => return Ok(Source::There),
        (Some(file), false, false) => file,
        (None, false, false) => {
            return Err(Trouble::Usage(
                "say where the new value comes from: --from FILE, --generate or --as-is".to_owned(),
            ));
        }
    };
    let path = if file == "-" { Path::new("/dev/stdin") } else { Path::new(file) };
    let largest = largest_secret(environment.stack.placement.cloud);
    let bytes = session.files.read(path, largest + 2)?;
    let refused = |why: &str| Trouble::Refused {
        what: "this is no value of a secret".to_owned(),
        why: vec![why.to_owned()],
        remedy: "give a file with the new value and nothing else".to_owned(),
    };
    let text = String::from_utf8(bytes).map_err(|_| refused("it isn't text in UTF-8"))?;
    let value = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if value.trim().is_empty() {
        return Err(refused("it is empty"));
    }
    if value.len() as u64 > largest {
        return Err(refused(&format!("it has more than the {largest} bytes that a secret takes there")));
    }
    Ok(Source::Given(Hidden::new(value.to_owned())))
}

/// Decides under the lock, shows what starts anew, asks, and carries it out.
async fn rotate(
    arguments: &Rotate,
    session: &mut Session,
    site: &Site,
    running: &Running,
    environment: Environment,
    secret: &Name,
    source: Source,
) -> Result<Exit, Trouble> {
    let target = environment.target.to_string();
    if let Some(intent) = &site.book.standing().await?.pending
        && let Err(error) = finish_pending(session, site, running, intent).await
        && !matches!(error, Trouble::Deploy(DeployError::NotRotated { .. }))
    {
        return Err(error);
    }
    settle(session, site, running, arguments.turn.wait).await?;
    let mut definition = deployed(session, site, environment, secret).await?;
    definition.rotated = Some(secret.clone());
    let decision = decide(session, site, &definition, false, Look::Not).await?;
    ready(decision.stack.as_ref(), &target)?;
    let physical = match source {
        Source::There => None,
        Source::Given(_) | Source::Generated => Some(physical(site, &definition.environment, secret).await?),
    };
    let after = match &physical {
        Some(physical) => site.cloud.newest(physical).await?,
        None => None,
    };
    views::plan::show(&mut session.output, &decision.saved, None)?;
    unrefused(&decision.refusals)?;
    approved_all(&decision.saved, &[])?;
    let does = if physical.is_some() { "Give it its new value, and start" } else { "Start" };
    let question = format!("\nsecret.{secret} of {target}: {does} anew what reads it? Only \"yes\" goes on: ");
    confirm(session, &question)?;
    let value = match source {
        Source::Given(value) => Some(value),
        Source::Generated => Some(site.cloud.random().await?),
        Source::There => None,
    };
    let order = Order {
        deployment: decision.deployment.clone(),
        plan: decision.saved.digest.clone(),
        before: decision.before(),
        preview: decision.preview.clone(),
        tally: tally(&decision.saved.sealed.plan),
        approved: Vec::new(),
        release: decision.release.clone(),
        origin: origin(&decision),
        schemas: decision.schemas.clone(),
        hold: None,
        gate: gate(site, &definition.environment.stack, &decision, &decision.saved.sealed.plan).await?,
        flags: decision.flags.clone(),
        rotates: Some((Rotation { secret: secret.to_string(), physical, after }, value)),
        rotations: decision.rotations.clone(),
        switches: Vec::new(),
    };
    let progress = progress(session, site, order.tally);
    let done = running.job(site, &progress).deploy(&order).await;
    progress.close();
    let done = done.map_err(|error| half(&target, secret, error))?;
    views::rotate::show(&mut session.output, &target, secret.as_str(), &order, &done)?;
    judged(&target, done.outcome.judgement.as_ref())?;
    Ok(Exit::Done)
}

/// How what is deployed came about: it is deployed once more.
fn origin(decision: &Decision) -> Origin {
    let recorded = decision.standing.deployed.as_ref().and_then(|deployed| deployed.deploy.as_ref());
    recorded.and_then(|deploy| deploy.origin.clone()).unwrap_or(Origin::Applied)
}

/// A failure after the value was sent says so.
fn half(target: &str, secret: &Name, error: DeployError) -> Trouble {
    match error {
        DeployError::Failed(failed) => Trouble::Failed {
            what: format!(
                "the new value of secret.{secret} is there, and starting anew what reads it failed: {}",
                failed.what
            ),
            remedy: format!(
                "`landfall history {target}` says what failed first; correct it, then `landfall rotate {target} {secret} --as-is`"
            ),
        },
        error => error.into(),
    }
}

/// What is deployed, by its release or the files: refused where that would deploy anything besides.
async fn deployed(
    session: &mut Session,
    site: &Site,
    environment: Environment,
    secret: &Name,
) -> Result<Definition, Trouble> {
    let target = environment.target.to_string();
    let standing = site.book.standing().await?;
    let stack = site.cloud.describe(&site.stack).await?;
    let serves = stack.as_ref().is_some_and(|stack| readiness(Some(stack)) == Readiness::Update);
    if standing.deployed.is_none() || !serves {
        return Err(Trouble::Refused {
            what: format!("{target} has nothing that serves"),
            why: vec!["what reads a secret is started anew by deploying once more what is deployed".to_owned()],
            remedy: format!("`landfall apply {target}` deploys it; `landfall status {target}` says where it stands"),
        });
    }
    let release = standing.release().map(|release| release.id.to_string());
    let mut definition = define(session, environment, release.as_deref()).await?;
    let as_it_is = decide(session, site, &definition, false, Look::Not).await?;
    if as_it_is.settled {
        return Ok(definition);
    }
    // A cloud that undoes nothing leaves a failed rotation half-way: this one goes on with it.
    if let Some(stack) = stack.filter(|stack| !stack.phase.is_serving()) {
        definition.rotated = Some(secret.clone());
        let wanted = decide(session, site, &definition, false, Look::Not).await?.deployment.document;
        if site.cloud.document(&stack.id).await? == Some(wanted) {
            return Ok(definition);
        }
    }
    let plan = &as_it_is.saved.sealed.plan;
    Err(Trouble::Refused {
        what: format!("the files of {target} say more than what is deployed, and a rotation deploys nothing else"),
        why: plan.changes.iter().map(|change| format!("{} ({}) would change", change.id, change.kind)).collect(),
        remedy: format!("`landfall apply {target}` first, or go back to the files that are deployed"),
    })
}

/// What the cloud calls a secret.
async fn physical(site: &Site, environment: &Environment, secret: &Name) -> Result<String, Trouble> {
    let place = secret_place(&environment.target, &environment.stack, secret);
    let resources = site.cloud.resources(&site.stack).await?;
    let found = resources.into_iter().find(|resource| resource.id == place.resource);
    found.and_then(|resource| resource.physical).map(|physical| physical + &place.inside).ok_or_else(|| {
        Trouble::Refused {
            what: format!("secret.{secret} of {} can't be rotated", site.target),
            why: vec!["what is deployed doesn't have it yet".to_owned()],
            remedy: format!("`landfall apply {}` deploys it", site.target),
        }
    })
}
