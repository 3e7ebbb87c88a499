//! Going the steps of a drill: each is written down before it is begun and when it is done, and a run that was killed goes on at the one
//! that it stood at.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::error::DeployError;
use super::lease::Lease;
use crate::ledger::drill::{Drill, Found, Led, Taken, milliseconds};
use crate::plan::failover::{Backfill, Named, Restoration, Telling, Work};
use crate::ports::clock::Clock;
use crate::ports::cloud::{Cloud, CloudError};
use crate::ports::copies::{Backup, CopyOrder, CopyState};
use crate::ports::database::{Database, DatabaseError, Ended};
use crate::ports::interrupt::Interrupt;

/// How often a function is run until nothing is left. Ours: more is no catching up.
const MOST_RUNS: u32 = 100;
/// How often it is looked how a cloud is getting on, in the cloud's time. Ours.
const OFTEN: Duration = Duration::from_secs(10);
/// No more often than this, however fast the cloud's time goes.
const SHORTEST: Duration = Duration::from_millis(50);
/// How long a database may take to notice that a client was killed, and how often it is asked. Ours.
const NOTICED: Duration = Duration::from_secs(30);
const ASKED: Duration = Duration::from_millis(200);

/// What a drill works with, while it holds the lock of the target whose region it takes for lost.
pub struct Course<'a> {
    /// The target's lock, and the ledger under it.
    pub lease: &'a Lease,
    /// The target's cloud.
    pub here: &'a dyn Cloud,
    /// The cloud of what takes over.
    pub there: &'a dyn Cloud,
    /// The database that is told what is lost.
    pub database: &'a dyn Database,
    /// Whether it isn't told.
    pub without_sql: bool,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// A request to stop.
    pub interrupt: Interrupt,
}

/// How a step ended.
enum End {
    Done(Option<Found>),
    LeftOut(String),
}

impl Course<'_> {
    /// Writes down that a step begins; one that was begun before goes on.
    pub async fn begin(&self, drill: &mut Drill, number: usize) -> Result<(), DeployError> {
        if let Some(why) = self.interrupt.asked() {
            return Err(stopped(drill, number, &why));
        }
        if let Some(taken @ Taken::Ahead) = drill.steps.get_mut(number) {
            *taken = Taken::Begun { at: self.clock.now(), found: None };
            self.write(drill).await?;
        }
        Ok(())
    }

    /// Writes down what was found on the way, before anything is done with it.
    pub async fn note(&self, drill: &mut Drill, number: usize, note: Found) -> Result<(), DeployError> {
        if let Some(Taken::Begun { found, .. }) = drill.steps.get_mut(number) {
            *found = Some(note);
        }
        self.write(drill).await
    }

    /// Writes down that a step is done; `resumed` where another run had begun it.
    pub async fn done(
        &self,
        drill: &mut Drill,
        number: usize,
        found: Option<Found>,
        resumed: bool,
    ) -> Result<(), DeployError> {
        let now = self.clock.now();
        if let Some(taken) = drill.steps.get_mut(number)
            && let Taken::Begun { at, .. } = taken
        {
            *taken = Taken::Done { milliseconds: milliseconds(*at, now), resumed, found };
        }
        self.write(drill).await
    }

    /// Writes down that a step isn't gone, and why.
    pub async fn leave_out(&self, drill: &mut Drill, number: usize, why: String) -> Result<(), DeployError> {
        if let Some(taken) = drill.steps.get_mut(number) {
            *taken = Taken::LeftOut { why };
        }
        self.write(drill).await
    }

    async fn write(&self, drill: &Drill) -> Result<(), DeployError> {
        self.lease.assure().await?;
        self.lease.book().write_drill(drill).await
    }

    /// Goes a step that needs neither a deployment nor a deletion, from wherever an earlier run left it.
    pub async fn go(&self, drill: &mut Drill, number: usize, resumed: bool) -> Result<(), DeployError> {
        let Some(step) = drill.step(number).cloned() else { return Ok(()) };
        self.lease.assure().await?;
        let mut interrupt = self.interrupt.clone();
        let mut now = drill.clone();
        let work = async {
            match &step.work {
                Work::Restore(order) => self.restore(&mut now, number, order).await,
                Work::Tell(telling) => self.tell(&mut now, number, telling).await,
                Work::Backfill(backfill) => self.backfill(&mut now, number, backfill).await,
                Work::Switch { names } => self.switch(&mut now, number, names).await,
                Work::SwitchBack => self.switch_back(&now, number).await,
                Work::TakeAway { copy } => self.take_away(&now, number, copy).await,
                Work::Decide | Work::PutSecrets { .. } | Work::Promote { .. } | Work::Deploy | Work::TakeDown => {
                    Ok(End::LeftOut(step.work.left_to_people().unwrap_or("it was not gone").to_owned()))
                }
            }
        };
        let end = tokio::select! {
            biased;
            why = interrupt.wait() => Err(stopped(drill, number, &why)),
            end = work => end,
        };
        *drill = now;
        match end? {
            End::Done(found) => self.done(drill, number, found, resumed).await,
            End::LeftOut(why) => self.leave_out(drill, number, why).await,
        }
    }

    async fn restore(&self, drill: &mut Drill, number: usize, order: &Restoration) -> Result<End, DeployError> {
        let fail = |why: String, remedy: &str| failed(drill, number, why, remedy);
        let noted = match drill.steps.get(number) {
            Some(Taken::Begun { found: Some(Found::Copy { backup, latest, age }), .. }) => {
                Some((Backup { id: backup.clone(), latest: *latest }, *age))
            }
            _ => None,
        };
        let (backup, age) = match noted {
            Some(noted) => noted,
            None => {
                if self.there.copy(&order.copy).await?.is_some() {
                    let why = format!("{} stands there already, and no drill has made it", order.copy);
                    return Err(fail(why, "look whose it is; take it away or give it another name, then drill again"));
                }
                let stack = drill.way.stack.clone();
                let name = physical(self.here, &stack, &order.resource).await?;
                let Some(backup) = self.there.latest_backup(&name).await? else {
                    let why = format!("no backup of {} lies in {}", order.database, drill.way.region);
                    return Err(fail(
                        why,
                        "have its backups copied there: `landfall runbook` has the commands, under \"Before the day\"",
                    ));
                };
                let age = milliseconds(backup.latest, self.clock.now());
                let found = Found::Copy { backup: backup.id.clone(), latest: backup.latest, age };
                self.note(drill, number, found).await?;
                (backup, age)
            }
        };
        let order = CopyOrder {
            backup: backup.id.clone(),
            name: order.copy.clone(),
            subnets: physical(self.there, &drill.way.there, &order.subnets).await?,
            group: physical(self.there, &drill.way.there, &order.group).await?,
        };
        self.lease.assure().await?;
        if self.there.copy(&order.name).await?.is_none() {
            self.there.make_copy(&order).await?;
        }
        let mut asked = false;
        loop {
            match self.there.copy(&order.name).await? {
                Some(CopyState::Ready { password: true }) => break,
                Some(CopyState::Ready { password: false }) if asked => {}
                Some(CopyState::Ready { password: false }) => {
                    self.lease.assure().await?;
                    self.there.take_password(&order.name).await?;
                    asked = true;
                }
                Some(CopyState::Busy(_)) => {}
                Some(CopyState::Going) | None => {
                    let why = format!("{} was deleted while it was made", order.name);
                    return Err(failed(drill, number, why, "drill again: it is made anew"));
                }
                Some(CopyState::Sick(state)) => {
                    let why = format!("{} is {state}", order.name);
                    return Err(failed(
                        drill,
                        number,
                        why,
                        "look at it in the cloud's console, delete it there, then drill again",
                    ));
                }
            }
            self.pause().await;
        }
        Ok(End::Done(Some(Found::Copy { backup: backup.id, latest: backup.latest, age })))
    }

    async fn tell(&self, drill: &mut Drill, number: usize, telling: &Telling) -> Result<End, DeployError> {
        if self.without_sql {
            return Ok(End::LeftOut("it was asked for without SQL".to_owned()));
        }
        let database = self.database.place().map_err(|error| said(drill, number, &error))?.unwrap_or_default();
        if let Some(Taken::Begun { found: Some(found @ Found::Told { database: then, transaction, .. }), .. }) =
            drill.steps.get(number)
            && *then == database
            && self.committed(transaction).await.map_err(|error| said(drill, number, &error))?
        {
            return Ok(End::Done(Some(found.clone())));
        }
        let mut open = self.database.begin().await.map_err(|error| said(drill, number, &error))?;
        let transaction = open.name().to_owned();
        let told = |rows| Found::Told { database: database.clone(), transaction: transaction.clone(), rows };
        // Written down before the statements run, which may end the transaction themselves, and once more with what they came to.
        self.note(drill, number, told(None)).await?;
        let rows = open.tell(&telling.sql).await.map_err(|error| said(drill, number, &error))?;
        self.note(drill, number, told(Some(rows))).await?;
        match open.commit().await {
            Ok(()) => {}
            Err(DatabaseError::Ambiguous(_))
                if self.committed(&transaction).await.map_err(|error| said(drill, number, &error))? => {}
            Err(error) => return Err(said(drill, number, &error)),
        }
        Ok(End::Done(Some(told(Some(rows)))))
    }

    /// Whether a transaction was committed; one that is still open belonged to a run that was killed, and the database notices that.
    async fn committed(&self, transaction: &str) -> Result<bool, DatabaseError> {
        let start = self.clock.elapsed();
        loop {
            match self.database.ended(transaction).await? {
                Ended::Committed => return Ok(true),
                Ended::Never => return Ok(false),
                Ended::Open if self.clock.elapsed().saturating_sub(start) < NOTICED => {
                    self.clock.sleep(ASKED).await;
                }
                Ended::Open => {
                    let why = "the transaction of the run that was killed is still open".to_owned();
                    return Err(DatabaseError::Ambiguous(why));
                }
            }
        }
    }

    async fn backfill(&self, drill: &mut Drill, number: usize, backfill: &Backfill) -> Result<End, DeployError> {
        let before = match drill.steps.get(number) {
            Some(Taken::Begun { found: Some(Found::Runs { calls, .. }), .. }) => *calls,
            _ => 0,
        };
        let longest = Duration::from_secs(backfill.seconds);
        for calls in before + 1..=before.saturating_add(MOST_RUNS) {
            self.lease.assure().await?;
            let answer = self.there.run(&backfill.called, &backfill.input, longest).await?;
            let answer = answer.map_err(|why| {
                let why = format!("{} failed in run {calls}: {why}", backfill.function);
                failed(drill, number, why, "look at its log, mend it, then drill again")
            })?;
            let Some(pointer) = &backfill.left else {
                return Ok(End::Done(Some(Found::Runs { calls, left: None })));
            };
            let Some(left) = answer.pointer(pointer).and_then(Value::as_u64) else {
                let why = format!("{} answers no number at {pointer}", backfill.function);
                return Err(failed(
                    drill,
                    number,
                    why,
                    "have it answer how much is left there, or name another place as `left` of `recovery.backfill`",
                ));
            };
            let found = Found::Runs { calls, left: Some(left) };
            if left == 0 {
                return Ok(End::Done(Some(found)));
            }
            self.note(drill, number, found).await?;
        }
        let why = format!("{} has not caught up after {MOST_RUNS} runs", backfill.function);
        Err(failed(drill, number, why, "look at its log; drill again to go on"))
    }

    async fn switch(&self, drill: &mut Drill, number: usize, names: &[Named]) -> Result<End, DeployError> {
        let named: Vec<(&Named, &String)> =
            names.iter().filter_map(|named| Some((named, named.zone.as_ref()?))).collect();
        if named.is_empty() {
            return Ok(End::LeftOut("the files don't say in which zone they stand: people switch them".to_owned()));
        }
        let outputs = self.there.describe(&drill.way.there).await?.map(|stack| stack.outputs).unwrap_or_default();
        let mut to = Vec::new();
        for (named, zone) in &named {
            let (Some(name), Some(in_zone)) = (outputs.get(&named.leads_to), outputs.get(&named.in_zone)) else {
                let why = format!(
                    "{} doesn't say what {} has to lead to: it has no output {}",
                    drill.way.there, named.host, named.in_zone
                );
                let remedy = format!(
                    "give {} the `domain` without its `zone`: a record in it is switched, not made twice",
                    drill.way.to
                );
                return Err(failed(drill, number, why, &remedy));
            };
            to.push(Led {
                host: named.host.clone(),
                zone: (*zone).clone(),
                to: name.clone(),
                to_zone: in_zone.clone(),
                healthy: false,
            });
        }
        let noted = matches!(drill.steps.get(number), Some(Taken::Begun { found: Some(Found::Led { .. }), .. }));
        if !noted {
            let mut was = Vec::new();
            for led in &to {
                let found = self.here.leads(&led.zone, &led.host).await?;
                was.push(found.ok_or_else(|| {
                    let why = format!("{} has no record in the zone {}", led.host, led.zone);
                    failed(drill, number, why, "deploy the target: its stack makes the record")
                })?);
            }
            self.note(drill, number, Found::Led { was }).await?;
        }
        self.lead(&to).await?;
        Ok(End::Done(Some(Found::Led { was: drill.led() })))
    }

    async fn switch_back(&self, drill: &Drill, _: usize) -> Result<End, DeployError> {
        let was = drill.led();
        if was.is_empty() {
            return Ok(End::LeftOut("no name was switched".to_owned()));
        }
        self.lead(&was).await?;
        Ok(End::Done(None))
    }

    /// Leads names there, and waits until everybody knows.
    async fn lead(&self, to: &[Led]) -> Result<(), DeployError> {
        let mut changes = Vec::new();
        for led in to {
            self.lease.assure().await?;
            changes.push(self.here.lead(led).await?);
        }
        for change in &changes {
            while !self.here.is_everywhere(change).await? {
                self.pause().await;
            }
        }
        Ok(())
    }

    async fn take_away(&self, drill: &Drill, _: usize, copy: &str) -> Result<End, DeployError> {
        let made = drill.steps().any(|(step, taken)| {
            let of = matches!(&step.work, Work::Restore(order) if order.copy == copy);
            let noted = matches!(
                taken,
                Taken::Begun { found: Some(Found::Copy { .. }), .. }
                    | Taken::Done { found: Some(Found::Copy { .. }), .. }
            );
            of && noted
        });
        if !made {
            return Ok(End::LeftOut("it was not made".to_owned()));
        }
        loop {
            match self.there.copy(copy).await? {
                None => return Ok(End::Done(None)),
                Some(CopyState::Going | CopyState::Busy(_)) => {}
                Some(CopyState::Ready { .. } | CopyState::Sick(_)) => {
                    self.lease.assure().await?;
                    self.there.remove_copy(copy).await?;
                }
            }
            self.pause().await;
        }
    }

    async fn pause(&self) {
        let pace = self.there.pace().await;
        self.clock.sleep(OFTEN.mul_f64(pace.clamp(0.0, 1.0)).max(SHORTEST)).await;
    }
}

/// What the cloud calls a resource of a stack.
async fn physical(cloud: &dyn Cloud, stack: &str, resource: &str) -> Result<String, DeployError> {
    let found = cloud.resources(stack).await?.into_iter().find(|one| one.id == resource);
    let physical = found.and_then(|one| one.physical);
    physical.ok_or_else(|| CloudError::NotFound { what: format!("{resource} of the stack {stack}") }.into())
}

fn name(drill: &Drill, number: usize) -> String {
    drill.step(number).map(|step| step.what.clone()).unwrap_or_default()
}

fn failed(drill: &Drill, number: usize, why: String, remedy: &str) -> DeployError {
    DeployError::Drill { step: name(drill, number), why, remedy: remedy.to_owned(), interrupted: false }
}

fn said(drill: &Drill, number: usize, error: &DatabaseError) -> DeployError {
    let remedy = match error {
        DatabaseError::Address { .. } | DatabaseError::Unreachable { .. } => "correct the variable, then drill again",
        DatabaseError::Refused(_) => {
            "nothing of it was kept; correct `recovery.reset` or the database, then drill again; --give-up ends the drill without it"
        }
        DatabaseError::Ambiguous(_) => "drill again: it is asked what became of it",
    };
    failed(drill, number, error.to_string(), remedy)
}

fn stopped(drill: &Drill, number: usize, why: &str) -> DeployError {
    DeployError::Drill {
        step: name(drill, number),
        why: format!("stopped by {why}"),
        remedy: "the same command goes on; with --give-up it puts everything back".to_owned(),
        interrupted: true,
    }
}
