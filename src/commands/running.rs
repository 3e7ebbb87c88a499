//! What the verbs that change a target share: the lock, the question, waiting, and finishing what was interrupted.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::session::Session;
use super::site::Site;
use super::trouble::Trouble;
use crate::clouds::usual_seconds;
use crate::deploy::error::DeployError;
use crate::deploy::job::{Done, Job};
use crate::deploy::lease::Lease;
use crate::deploy::watch::{News, Watch};
use crate::ledger::entry::{Intent, Purpose, Record, Tally};
use crate::model::units::Time;
use crate::plan::readiness::{Readiness, readiness};
use crate::plan::stack::Phase;
use crate::ports::clock::Clock;
use crate::ports::interrupt::Interrupt;
use crate::views;

/// How long the cloud may take to remove what an update replaced: the update itself is done by then.
const CLEANING_UP: Duration = Duration::from_secs(1800);

/// How a verb that changes a target gets its turn, and how long it stays.
#[derive(Clone, Copy, Debug, Args)]
pub struct Turn {
    /// Wait this long for work on the stack that somebody else has begun.
    #[arg(long, value_name = "TIME", env = "LANDFALL_WAIT", default_value = "0s")]
    pub wait: Time,
    /// Follow the cloud's work for this long, then leave it to `landfall recover`.
    #[arg(long, value_name = "TIME", env = "LANDFALL_TIMEOUT", default_value = "6h")]
    pub timeout: Time,
    /// Take the lock whoever holds it. The run that held it can change nothing from then on.
    #[arg(long, env = "LANDFALL_TAKE_OVER")]
    pub take_over: bool,
}

/// A run that holds its target's lock.
pub struct Running {
    lease: Lease,
    clock: Arc<dyn Clock>,
    interrupt: Interrupt,
    patience: Duration,
}

impl Running {
    /// Takes the lock.
    pub async fn begin(
        session: &Session,
        site: &Site,
        command: &str,
        take_over: bool,
        timeout: Time,
    ) -> Result<Running, Trouble> {
        let progress = progress(session, site, Tally::default());
        let lease = Lease::acquire(site.book.clone(), &*session.machine, command, take_over, &progress).await?;
        Ok(Running {
            lease,
            clock: Arc::clone(&session.clock),
            interrupt: session.interrupt.clone(),
            patience: Duration::from_secs(timeout.as_seconds()),
        })
    }

    /// What a change of the target works with.
    pub fn job<'a>(&'a self, site: &'a Site, watch: &'a dyn Watch) -> Job<'a> {
        Job {
            cloud: &*site.cloud,
            lease: &self.lease,
            clock: Arc::clone(&self.clock),
            watch,
            interrupt: self.interrupt.clone(),
            patience: self.patience,
        }
    }

    /// The lock.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Writes an entry that stands by itself.
    pub async fn record(&self, record: &Record) -> Result<u64, Trouble> {
        Ok(self.lease.append(record).await?.sequence)
    }

    /// Lets go of the lock.
    pub async fn end(self) {
        self.lease.release().await;
    }
}

/// A display of progress on about so many resources.
pub fn progress(session: &Session, site: &Site, tally: Tally) -> views::apply::Progress {
    let cloud = site.kind;
    let usual = Box::new(move |kind: &str| usual_seconds(cloud, kind));
    views::apply::Progress::new(&*session.terminal, session.output.colour, tally, usual)
}

/// Asks a question that only "yes" answers; refuses where nobody is there to answer.
pub fn confirm(session: &Session, question: &str) -> Result<(), Trouble> {
    if session.yes {
        return Ok(());
    }
    let refused = |what: &str, remedy: &str| Trouble::Refused {
        what: what.to_owned(),
        why: vec!["nothing was changed".to_owned()],
        remedy: remedy.to_owned(),
    };
    if !session.terminal.can_answer() {
        return Err(refused("nobody is here to say yes", "--yes says it beforehand"));
    }
    if session.terminal.ask(question)? == "yes" {
        return Ok(());
    }
    Err(refused("not confirmed", "answer with the whole word yes to go on"))
}

/// Finishes an interrupted run, and shows how it ended.
pub async fn finish_pending(
    session: &mut Session,
    site: &Site,
    running: &Running,
    intent: &Intent,
) -> Result<Done, Trouble> {
    let tally = match &intent.purpose {
        Purpose::Deploy(deploy) => deploy.tally,
        Purpose::Destroy { .. } | Purpose::ContinueUndo { .. } | Purpose::Switch(_) => Tally::default(),
    };
    let progress = progress(session, site, tally);
    let done = running.job(site, &progress).resume(intent).await;
    progress.close();
    let done = done?;
    views::recover::show(&mut session.output, &site.target.to_string(), intent, &done)?;
    Ok(done)
}

/// Waits until the cloud is done with what somebody else began, or says who that is.
pub async fn settle(session: &mut Session, site: &Site, running: &Running, wait: Time) -> Result<(), Trouble> {
    let start = running.clock.elapsed();
    let mut interrupt = running.interrupt.clone();
    let progress = progress(session, site, Tally::default());
    loop {
        let Some(stack) = site.cloud.describe(&site.stack).await? else { return Ok(()) };
        if readiness(Some(&stack)) != Readiness::Wait {
            return Ok(());
        }
        let elapsed = running.clock.elapsed().saturating_sub(start);
        let longest =
            if stack.phase == Phase::CleaningUp { CLEANING_UP } else { Duration::from_secs(wait.as_seconds()) };
        if elapsed >= longest {
            let initiator = site.cloud.initiator(&stack.id).await?;
            return Err(DeployError::Busy { stack: Box::new(stack), initiator }.into());
        }
        progress.news(&News::Waiting { stack: &stack, elapsed });
        tokio::select! {
            biased;
            why = interrupt.wait() => {
                let state = "nothing was begun".to_owned();
                let target = site.target.to_string();
                return Err(DeployError::Interrupted { target, why: format!("stopped by {why}"), state }.into());
            }
            () = running.clock.sleep(Duration::from_secs(3)) => {}
        }
    }
}
