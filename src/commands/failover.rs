//! `landfall failover`

use std::sync::Arc;

use clap::Args;

use super::apply::{self, Request};
use super::destroy::{self, Destroy};
use super::runbook::{refused, told};
use super::running::{Running, Turn, confirm, finish_pending};
use super::sealed::define;
use super::session::Session;
use super::site::{Site, book, environment, on_its_branch, one};
use super::takeover::{self, copies, there as copied_there};
use super::trouble::Trouble;
use crate::clouds;
use crate::deploy::drill::Course;
use crate::environment::load::Environment;
use crate::exit_code::Exit;
use crate::ledger::drill::{Drill, Found, Taken};
use crate::ledger::entry::{FORMAT_VERSION, Origin, Record};
use crate::model::placement::Target;
use crate::model::recovery::Recovery;
use crate::plan::failover::{Measured, Work};
use crate::plan::stack::Phase;
use crate::views;

/// Shows the way to another region, step by step, with what each costs in time against what is promised; goes it in the sandbox, to see
/// whether it holds; or promotes the copies of the target's databases that stand there already.
///
/// A promotion deploys again what holds the copies as it was deployed last, with `promoted` said of them: they become databases of their own, for good,
/// without what had not reached them yet. Killed anywhere, the same command goes on, or `landfall recover`.
///
/// A drill deploys what takes over from the release that the target has, restores each database from its latest backup, tells a real
/// PostgreSQL what is lost (its address, postgres://USER:PASSWORD@HOST:PORT/NAME, is taken from the variable LANDFALL_DRILL_DATABASE and from
/// nowhere else), runs the function that makes the rest anew, switches the names; and puts everything back. Each step is measured, and the
/// record is kept in the ledger. Killed anywhere, the same command goes on.
#[derive(Clone, Debug, Args)]
pub struct Failover {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// The region that takes over: the one that the environment's `recovery` names, or the `replica-in` of its databases.
    #[arg(long, value_name = "REGION", env = "LANDFALL_TO")]
    pub to: String,
    /// Only show it, with what the last drill measured.
    #[arg(
        long,
        required_unless_present_any = ["drill", "promote"],
        conflicts_with_all = ["drill", "promote"],
        env = "LANDFALL_FAILOVER_PLAN"
    )]
    pub plan: bool,
    /// Promote the copies of the target's databases that stand there, for good; the rest of the way stays with people.
    #[arg(long, conflicts_with = "drill", env = "LANDFALL_PROMOTE")]
    pub promote: bool,
    /// Go it, in the sandbox: landfall doesn't do that in a cloud yet.
    #[arg(long, env = "LANDFALL_DRILL")]
    pub drill: bool,
    /// Leave out what the restored database is told; the record says so.
    #[arg(long, requires = "drill", env = "LANDFALL_WITHOUT_SQL")]
    pub without_sql: bool,
    /// Leave the stack that took over standing at the end.
    #[arg(long, requires = "drill", env = "LANDFALL_KEEP")]
    pub keep: bool,
    /// Go no further on a drill that was interrupted or failed: put back and take away what it did.
    #[arg(long, requires = "drill", env = "LANDFALL_GIVE_UP")]
    pub give_up: bool,
    /// Approve what deploying the stack needs to be approved by name, as `landfall plan` of it says.
    #[arg(long, conflicts_with = "plan", value_name = "APPROVAL", env = "LANDFALL_APPROVE", value_delimiter = ',')]
    pub approve: Vec<String>,
    /// The lock, and how long it waits.
    #[command(flatten)]
    pub turn: Turn,
}

/// Shows it, or goes it.
pub async fn run(arguments: &Failover, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    let copies = copies(session, &environment, &arguments.to)?;
    if arguments.promote {
        if copies.is_empty() {
            return Err(no_copy(&environment, &arguments.to));
        }
        return takeover::promote(arguments, session, &copies).await;
    }
    let Some(recovery) = environment.stack.recovery.clone() else {
        if arguments.drill || copied_there(&environment.stack, &arguments.to).next().is_none() {
            return Err(Trouble::Refused {
                what: format!("{target} promises nothing for the loss of its region"),
                why: vec!["its environment has no `recovery`".to_owned()],
                remedy:
                    "say in `recovery` which region and environment take over, within what time, and what may be lost"
                        .to_owned(),
            });
        }
        if copies.is_empty() {
            return Err(no_copy(&environment, &arguments.to));
        }
        let region = &environment.stack.placement.region;
        return told(session, &target, &views::failover::copies(&target, region, &arguments.to, &copies));
    };
    if recovery.region != arguments.to {
        let (named, asked) = (&recovery.region, &arguments.to);
        return Err(Trouble::Usage(format!(
            "{target} comes back in {named}, not in {asked}: `recovery.region` says so"
        )));
    }
    stands_there(session, &target, &recovery)?;
    if arguments.drill {
        return drill(arguments, session, environment, &recovery).await;
    }
    let measured = measured(session, &environment).await?;
    let promoted = views::failover::copies(&target, &environment.stack.placement.region, &arguments.to, &copies);
    match clouds::recovery(&target, &environment.stack, measured.as_ref()) {
        Ok(text) => told(session, &target, &format!("{promoted}{}", text.unwrap_or_default())),
        // Of the way there the copies are what is written down.
        Err(_) if !copies.is_empty() => told(session, &target, &promoted),
        Err(findings) => Err(refused(session, &environment, &findings)?),
    }
}

/// Why nothing takes over in a region.
fn no_copy(environment: &Environment, region: &str) -> Trouble {
    let target = &environment.target;
    if copied_there(&environment.stack, region).next().is_some() {
        return Trouble::Refused {
            what: format!("nothing in {region} follows a database of {target}"),
            why: vec![format!(
                "its files have `replica-in: {region}`, and on {} an environment that stands there holds the copy",
                environment.stack.placement.cloud
            )],
            remedy: format!(
                "write one in the same account and in {region}, whose databases have the same names and `follows` these"
            ),
        };
    }
    Trouble::Refused {
        what: format!("no database of {target} has a copy in {region}"),
        why: vec!["`replica-in` of none of them names that region".to_owned()],
        remedy: "restore a backup there: `landfall runbook` has the way".to_owned(),
    }
}

/// Refuses a way that leads to another region than the one of the environment that takes over.
pub fn stands_there(session: &mut Session, target: &Target, recovery: &Recovery) -> Result<(), Trouble> {
    let to = Target { system: target.system.clone(), environment: recovery.environment.clone() };
    let there = environment(session, &to)?.stack.placement.region;
    if there == recovery.region {
        return Ok(());
    }
    Err(Trouble::Refused {
        what: format!("{target} can't come back as {to} in {}", recovery.region),
        why: vec![format!("{to} stands in {there}")],
        remedy: "give `recovery.region` and the `placement` of that environment the same region".to_owned(),
    })
}

/// What the last drill measured, where the ledger can be read: the way is shown without it, too.
async fn measured(session: &mut Session, environment: &Environment) -> Result<Option<Measured>, Trouble> {
    let last = match book(session, environment).await {
        Ok(book) => book.last_drill().await.map_err(Trouble::from),
        Err(trouble) => Err(trouble),
    };
    match last {
        Ok(last) => Ok(last.filter(|(_, drill)| drill.given_up.is_none()).map(|(_, drill)| drill.measured())),
        Err(trouble) => {
            let why = trouble.said().map_or_else(|_| "it was said above".to_owned(), |said| said.what);
            session.output.say(&format!("What drills measured is not shown: {why}\n"))?;
            Ok(None)
        }
    }
}

/// The two ends of the way.
struct Ends {
    here: Site,
    there: Site,
    /// The environment that takes over, as the working copy says it.
    environment: Environment,
}

async fn drill(
    arguments: &Failover,
    session: &mut Session,
    environment: Environment,
    recovery: &Recovery,
) -> Result<Exit, Trouble> {
    let target = environment.target.clone();
    if !session.sandboxed {
        return Err(Trouble::Refused {
            what: "a drill in a real cloud is not done by landfall yet".to_owned(),
            why: vec!["nobody has gone this way in a real account, and it would switch production's names".to_owned()],
            remedy: format!(
                "add --sandbox to drill it here; `landfall failover {target} --to {} --plan` has the commands to go it by hand",
                arguments.to
            ),
        });
    }
    let way = match clouds::failover(&target, &environment.stack) {
        Ok(Some(way)) => way,
        Ok(None) => return Ok(Exit::Done),
        Err(findings) => return Err(refused(session, &environment, &findings)?),
    };
    let to = Target { system: target.system.clone(), environment: recovery.environment.clone() };
    let other = super::site::environment(session, &to)?;
    on_its_branch(session, &other)?;
    let ends = Ends {
        here: Site::of(session, &environment).await?,
        there: Site::of(session, &other).await?,
        environment: other,
    };
    ends.here.cloud.identity().await?;
    ends.there.cloud.identity().await?;
    let command = format!("failover {target} --to {} --drill", arguments.to);
    let running =
        Running::begin(session, &ends.here, &command, arguments.turn.take_over, arguments.turn.timeout).await?;
    let gone = go(arguments, session, &ends, &running, way).await;
    running.end().await;
    gone
}

/// Goes it under the lock of the target whose region is taken for lost, from wherever an earlier run left it.
async fn go(
    arguments: &Failover,
    session: &mut Session,
    ends: &Ends,
    running: &Running,
    way: crate::plan::failover::Failover,
) -> Result<Exit, Trouble> {
    let book = &ends.here.book;
    let standing = book.standing().await?;
    if let Some(intent) = &standing.pending {
        finish_pending(session, &ends.here, running, intent).await?;
    }
    let mut drill = match book.drill().await?.filter(|drill| drill.ended.is_none()) {
        Some(open) => match book.last_drill().await?.filter(|(_, last)| last.id == open.id) {
            // Cut off after the entry and before the note said so.
            Some((entry, last)) => {
                book.write_drill(&last).await?;
                views::failover::show(&mut session.output, &last, entry)?;
                return Ok(Exit::Done);
            }
            None => {
                session.output.say(&format!("Going on with the drill that began at {}.\n", open.began))?;
                open
            }
        },
        None if arguments.give_up => {
            return Err(Trouble::Refused {
                what: format!("no drill of {} is open", way.target),
                why: vec!["the last one ended, or there never was one".to_owned()],
                remedy: "nothing is left to give up".to_owned(),
            });
        }
        None => begun(arguments, session, ends, way).await?,
    };
    if !arguments.give_up && drill.given_up.is_none() {
        has_database(arguments, session, &drill)?;
    }
    let question = format!(
        "\nDrill the way from {} to {} in {}? Only \"yes\" goes on: ",
        drill.way.target, drill.way.to, drill.way.region
    );
    confirm(session, &question)?;
    let database = Arc::clone(&session.database);
    let course = Course {
        lease: running.lease(),
        here: &*ends.here.cloud,
        there: &*ends.there.cloud,
        database: &*database,
        without_sql: arguments.without_sql,
        clock: Arc::clone(&session.clock),
        interrupt: session.interrupt.clone(),
    };
    if arguments.give_up && drill.given_up.is_none() {
        drill.given_up = Some("somebody asked for it".to_owned());
    }
    for number in 0..drill.steps.len() {
        step(arguments, session, ends, &course, &mut drill, number).await?;
    }
    drill.ended = Some(session.clock.now());
    let entry = running.record(&Record::Drilled(Box::new(drill.clone()))).await?;
    book.write_drill(&drill).await?;
    views::failover::show(&mut session.output, &drill, entry)?;
    Ok(Exit::Done)
}

/// A drill that begins: nothing of it is done yet.
async fn begun(
    arguments: &Failover,
    session: &Session,
    ends: &Ends,
    way: crate::plan::failover::Failover,
) -> Result<Drill, Trouble> {
    let standing = ends.here.book.standing().await?;
    if standing.deployed.is_none() {
        return Err(Trouble::Refused {
            what: format!("{} is not deployed: there is nothing to come back", way.target),
            why: vec!["its ledger has no deployment that was good".to_owned()],
            remedy: format!("deploy it: `landfall apply {}{}`", way.target, session.flag()),
        });
    }
    let steps = way.steps.len() + way.clean_up.len();
    let drill = Drill {
        format_version: FORMAT_VERSION,
        id: session.clock.unique(),
        release: standing.release().cloned(),
        pace: ends.there.cloud.pace().await,
        began: session.clock.now(),
        ended: None,
        given_up: None,
        steps: vec![Taken::Ahead; steps],
        way,
    };
    has_database(arguments, session, &drill)?;
    Ok(drill)
}

/// Refuses a drill that would stop half-way, because nobody said which database is told what is lost.
fn has_database(arguments: &Failover, session: &Session, drill: &Drill) -> Result<(), Trouble> {
    let needed = drill.steps().find_map(|(step, taken)| match (&step.work, taken) {
        (Work::Tell(telling), Taken::Ahead | Taken::Begun { .. }) => Some(telling.database.clone()),
        _ => None,
    });
    let Some(told) = needed.filter(|_| !arguments.without_sql) else { return Ok(()) };
    let variable = session.database.variable();
    let remedy = format!(
        "put postgres://USER:PASSWORD@HOST:PORT/NAME of a PostgreSQL into the variable {variable}, or leave that step out with --without-sql"
    );
    let refused = |why: String| Trouble::Refused {
        what: format!("the drill has no database to tell what {told} lost"),
        why: vec![why, "nothing was begun".to_owned()],
        remedy: remedy.clone(),
    };
    match session.database.place() {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(refused(format!("the variable {variable} is not set"))),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// Goes one step, unless that was done.
async fn step(
    arguments: &Failover,
    session: &mut Session,
    ends: &Ends,
    course: &Course<'_>,
    drill: &mut Drill,
    number: usize,
) -> Result<(), Trouble> {
    let (Some(step), Some(taken)) = (drill.step(number).cloned(), drill.steps.get(number)) else { return Ok(()) };
    let resumed = matches!(taken, Taken::Begun { .. });
    if matches!(taken, Taken::Done { .. } | Taken::LeftOut { .. }) {
        return Ok(());
    }
    if drill.given_up.is_some() && !drill.cleans_up(number) {
        // What it found so far stays where it is: cleaning up goes by it.
        return Ok(());
    }
    views::failover::begins(&mut session.output, drill, number, &step)?;
    course.begin(drill, number).await?;
    match &step.work {
        Work::Deploy => {
            let found = deploy(arguments, session, ends, course, drill, number).await?;
            course.done(drill, number, Some(found), resumed).await?;
        }
        Work::TakeDown => match stays(arguments, drill) {
            Some(why) => course.leave_out(drill, number, why).await?,
            None => {
                take_down(arguments, session, ends).await?;
                course.done(drill, number, None, resumed).await?;
            }
        },
        _ => course.go(drill, number, resumed).await?,
    }
    if let Some(taken) = drill.steps.get(number) {
        views::failover::ended(&mut session.output, &step, taken)?;
    }
    Ok(())
}

/// Does at the other end what another verb does: under that end's own lock, with nothing asked and no result of its own.
async fn there<T>(
    arguments: &Failover,
    session: &mut Session,
    ends: &Ends,
    verb: &str,
    work: impl AsyncFnOnce(&mut Session, &Running) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let command = format!("{verb} {} (drill of {})", ends.there.target, ends.here.target);
    let Turn { take_over, timeout, .. } = arguments.turn;
    let running = Running::begin(session, &ends.there, &command, take_over, timeout).await?;
    let (yes, aside) = (std::mem::replace(&mut session.yes, true), session.output.aside());
    let done = work(session, &running).await;
    session.output.back(aside);
    session.yes = yes;
    running.end().await;
    done
}

/// Deploys the stack that takes over, from the release that the target has, as `landfall apply` does.
async fn deploy(
    arguments: &Failover,
    session: &mut Session,
    ends: &Ends,
    course: &Course<'_>,
    drill: &mut Drill,
    number: usize,
) -> Result<Found, Trouble> {
    let stood = match drill.stood() {
        Some(stood) => stood,
        None => {
            let there = ends.there.cloud.describe(&ends.there.stack).await?;
            let stood = there.is_some_and(|stack| stack.phase != Phase::Empty);
            course.note(drill, number, Found::Stack { stood }).await?;
            stood
        }
    };
    let release = drill.release.as_ref().map(|release| release.id.to_string());
    let working = super::site::environment(session, &ends.environment.target)?;
    let mut definition = define(session, working, release.as_deref()).await?;
    if !stood && !arguments.keep {
        // What is taken down at the end isn't guarded against that.
        definition.environment.stack.unprotect();
    }
    let request = Request {
        approve: &arguments.approve,
        wait: arguments.turn.wait,
        recreate: !stood,
        skip_drift: false,
        saved: None,
        origin: Origin::Applied,
        policy: None,
    };
    there(arguments, session, ends, "apply", async |session, running| {
        apply::carry_out(session, &ends.there, &definition, running, request).await
    })
    .await?;
    Ok(Found::Stack { stood })
}

/// Why the stack that took over isn't taken down; none where it is.
fn stays(arguments: &Failover, drill: &Drill) -> Option<String> {
    match drill.stood() {
        Some(false) if arguments.keep => {
            Some(format!("it was asked to stay: `landfall destroy {}` takes it down", drill.way.to))
        }
        Some(false) => None,
        Some(true) => Some("it stood before the drill".to_owned()),
        None => Some("it was not made".to_owned()),
    }
}

/// Takes the stack down that took over, as `landfall destroy` does.
async fn take_down(arguments: &Failover, session: &mut Session, ends: &Ends) -> Result<(), Trouble> {
    let asked = Destroy {
        target: ends.there.target.to_string(),
        delete_data: true,
        lift_protection: true,
        retain: Vec::new(),
        turn: arguments.turn,
    };
    there(arguments, session, ends, "destroy", async |session, running| {
        destroy::destroy(&asked, session, &ends.there, running).await
    })
    .await
    .map(|_| ())
}
