//! `landfall promote`

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;

use super::apply::{Request, carry_out};
use super::decision::decide;
use super::definition::Definition;
use super::drifting::Look;
use super::running::{Running, Turn};
use super::sealed::prove;
use super::session::Session;
use super::site::{Site, book, environment, one};
use super::trouble::Trouble;
use crate::exit_code::Exit;
use crate::ledger::entry::{Origin, ReleaseRef};
use crate::ledger::standing::Standing;
use crate::model::gate::Gates;
use crate::model::placement::Target;
use crate::ports::command::CommandEnd;
use crate::release::promotion::{Gate, Policy, Question, approval, approved_digest, gates, leaving};
use crate::release::settings::differing;
use crate::views;
use crate::views::promote::Promotion;

/// Deploys the release that is good in one environment to the next, byte for byte: nothing is built, and nothing of the working
/// copy is taken.
///
/// It passes the gates of the environment that it goes to first, each of which is named where it is closed. What differs between the
/// two environments stands before the changes.
#[derive(Clone, Debug, Args)]
pub struct Promote {
    /// Which system.
    #[arg(value_name = "SYSTEM")]
    pub system: String,
    /// The environment whose release is promoted.
    #[arg(long, value_name = "ENVIRONMENT", env = "LANDFALL_FROM")]
    pub from: String,
    /// The environment that gets it.
    #[arg(long, value_name = "ENVIRONMENT", env = "LANDFALL_TO")]
    pub to: String,
    /// Show what would be done and which gates are closed, and do nothing. The gates' tests are not run.
    #[arg(long, env = "LANDFALL_DRY_RUN")]
    pub dry_run: bool,
    /// Approve what loses data, can't be undone or widens access: EFFECT:RESOURCE as the plan names it, an EFFECT for all of
    /// its resources, or a RESOURCE for all that is done to it. May be given more than once.
    #[arg(long, value_name = "APPROVAL", env = "LANDFALL_APPROVE", value_delimiter = ',')]
    pub approve: Vec<String>,
    /// Let new versions take all calls at once, whatever `rollout` says: for a repair while an alarm that it watches rings.
    #[arg(long, env = "LANDFALL_AT_ONCE")]
    pub at_once: bool,
    /// The lock, and how long it waits.
    #[command(flatten)]
    pub turn: Turn,
}

/// What is promoted, from where.
struct Leaving {
    target: Target,
    standing: Standing,
    served: Duration,
    release: ReleaseRef,
}

/// Promotes.
pub async fn run(arguments: &Promote, session: &mut Session) -> Result<Exit, Trouble> {
    let Promote { system, from, to, .. } = arguments;
    if from == to {
        return Err(Trouble::Usage(format!("a release is promoted to another environment, and `{to}` is the same")));
    }
    session.at_once = arguments.at_once;
    let from = one(session, &format!("{system}/{from}"))?;
    let to = one(session, &format!("{system}/{to}"))?;
    let (here, there) = (environment(session, &from)?, environment(session, &to)?);
    let leaving = find(session, &from, &book(session, &here).await?).await?;
    let proved = prove(session, &there, leaving.release.id.hex()).await?;
    let from_settings = proved.environment(session, &from)?.written();
    let definition = proved.definition(session, &there)?;
    let settings = differing(&from_settings, &definition.environment.written());
    let site = Site::of(session, &definition.environment).await?;
    site.cloud.identity().await?;
    let promotion = Promotion { from: &from, to: &to, release: definition.release(), settings: &settings };
    views::promote::begins(&mut session.output, &promotion)?;
    complete(&definition)?;
    if arguments.dry_run {
        return dry_run(session, &site, &definition, &leaving).await;
    }
    let command = format!("promote {system} --from {} --to {}", from.environment, to.environment);
    let running = Running::begin(session, &site, &command, arguments.turn.take_over, arguments.turn.timeout).await?;
    let done = promote(arguments, session, &site, &definition, &leaving, &running).await;
    running.end().await;
    done
}

/// The release that leaves, and how long it was good.
async fn find(session: &Session, from: &Target, book: &crate::deploy::book::Book) -> Result<Leaving, Trouble> {
    let standing = book.standing().await?;
    let release = leaving(from.environment.as_str(), &standing).cloned().map_err(|why| Trouble::Refused {
        what: format!("no release can leave {from}"),
        why: vec![why],
        remedy: format!("`landfall status {from}{0}` shows where it stands; `landfall apply {from} --release RELEASE{0}` deploys one", session.flag()),
    })?;
    let served = match &standing.deployed {
        Some(deployed) => book.age_of(&deployed.entry).await?,
        None => Duration::ZERO,
    };
    Ok(Leaving { target: from.clone(), standing, served, release })
}

/// Refuses a release of files alone where the environment runs artifacts: nobody could say that they are the same.
fn complete(definition: &Definition) -> Result<(), Trouble> {
    let artifacts = definition.release().is_some_and(|release| !release.sealed.artifacts.is_empty());
    let stack = &definition.environment.stack;
    if artifacts || stack.functions.is_empty() && stack.services.is_empty() {
        return Ok(());
    }
    Err(Trouble::Refused {
        what: "the release seals no artifacts".to_owned(),
        why: vec!["so what runs there could be another build than the one that was tried".to_owned()],
        remedy: "seal a release with `landfall release create --artifacts DIR` and deploy that first".to_owned(),
    })
}

async fn dry_run(
    session: &mut Session,
    site: &Site,
    definition: &Definition,
    leaving: &Leaving,
) -> Result<Exit, Trouble> {
    let gates = &definition.environment.stack.gates;
    let policy = policy(gates);
    let decision = decide(session, site, definition, false, Look::Try).await?;
    let mut found = first_gates(&policy, site, leaving, &decision.standing);
    let plan = approved_digest(&leaving.release, &decision.deployment, &decision.saved.sealed.plan);
    found.extend(approval(&policy, &decision.standing.approvals, &plan));
    views::plan::show(&mut session.output, &decision.saved, None)?;
    views::promote::gates(&mut session.output, &found)?;
    if !gates.tests.is_empty() {
        session.output.say(&format!("{} tests of the gates were not run.\n", gates.tests.len()))?;
    }
    if policy.approval.is_some() {
        session.output.result(&format!("The plan to approve is {plan}\n"))?;
    }
    Ok(if found.iter().all(|gate| gate.open) { Exit::Done } else { Exit::Refused })
}

async fn promote(
    arguments: &Promote,
    session: &mut Session,
    site: &Site,
    definition: &Definition,
    leaving: &Leaving,
    running: &Running,
) -> Result<Exit, Trouble> {
    let gates = &definition.environment.stack.gates;
    let policy = policy(gates);
    let mut found = first_gates(&policy, site, leaving, &site.book.standing().await?);
    if found.iter().all(|gate| gate.open) {
        found.extend(tests(session, gates, leaving, &site.target));
    }
    views::promote::gates(&mut session.output, &found)?;
    open(site, &found)?;
    let request = Request {
        approve: &arguments.approve,
        wait: arguments.turn.wait,
        recreate: false,
        skip_drift: false,
        saved: None,
        origin: Origin::Promoted { from: leaving.target.environment.to_string() },
        policy: Some(&policy),
    };
    carry_out(session, site, definition, running, request).await
}

/// What an environment's gates ask of a promotion.
pub(super) fn policy(gates: &Gates) -> Policy {
    let approval = gates.approval.as_ref();
    Policy {
        from: gates.from.as_ref().map(ToString::to_string),
        soak: gates.soak.map(|soak| Duration::from_secs(soak.as_seconds())),
        approval: approval.map(|one| (usize::try_from(one.count).unwrap_or(usize::MAX), one.persons.clone())),
    }
}

fn first_gates(policy: &Policy, site: &Site, leaving: &Leaving, destination: &Standing) -> Vec<Gate> {
    gates(
        policy,
        &Question {
            from: leaving.target.environment.as_str(),
            origin: &leaving.standing,
            served: leaving.served,
            to: site.target.environment.as_str(),
            destination,
        },
    )
}

/// Runs the tests that let a release in, until one keeps it out.
fn tests(session: &Session, gates: &Gates, leaving: &Leaving, to: &Target) -> Vec<Gate> {
    let variables = BTreeMap::from([
        ("GATE_FROM".to_owned(), leaving.target.to_string()),
        ("GATE_TO".to_owned(), to.to_string()),
        ("GATE_RELEASE".to_owned(), leaving.release.id.to_string()),
    ]);
    let mut found = Vec::new();
    for test in &gates.tests {
        let line = test.run.join(" ");
        let within = Duration::from_secs(test.within.as_seconds());
        let gate = match session.commands.run(&session.root, &test.run, &variables, within) {
            CommandEnd::Passed => Gate::new("tests", true, format!("`{line}` passed")),
            CommandEnd::Failed(how) => Gate::new("tests", false, format!("`{line}` failed: {how}")),
            CommandEnd::NotRun(why) => Gate::new("tests", false, format!("`{line}` could not be run: {why}")),
        };
        let open = gate.open;
        found.push(gate);
        if !open {
            break;
        }
    }
    found
}

/// Refuses where a gate is closed, naming all that are.
pub(super) fn open(site: &Site, found: &[Gate]) -> Result<(), Trouble> {
    let closed: Vec<&Gate> = found.iter().filter(|gate| !gate.open).collect();
    if closed.is_empty() {
        return Ok(());
    }
    let target = &site.target;
    let remedy = if closed.iter().any(|gate| gate.name == "hold") {
        format!("look at what happened, then `landfall hold {target} --lift --why TEXT`")
    } else {
        "promote again when they are open".to_owned()
    };
    Err(Trouble::Refused {
        what: format!(
            "{target} does not take it: {} of its gates closed",
            if closed.len() == 1 { "one".to_owned() } else { closed.len().to_string() }
        ),
        why: closed.iter().map(|gate| format!("{}: {}", gate.name, gate.found)).collect(),
        remedy,
    })
}
