//! Looking at what was deployed, after the cloud says that it is done; and going back where it isn't well.
//!
//! What could not be asked is not sick: nothing is taken back because a permission is missing or a network is down.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;

use super::error::DeployError;
use super::job::{Done, Job};
use super::watch::News;
use crate::ledger::entry::{Deploy, Entry, Held, Intent, Origin, Purpose, Record};
use crate::ledger::gate::{Build, Gate, Health, Judgement, digest_in};
use crate::plan::rollout::Rollout;
use crate::plan::serving::{Serving, switches};
use crate::plan::stack::StackFacts;
use crate::ports::cloud::CloudError;
use crate::ports::sight::{Condition, Ringing};
use crate::release::rollback::{Way, schema_misfits};

/// How often services and databases are looked at until they are well.
const OFTEN: Duration = Duration::from_secs(10);

/// How often alarms are looked at.
const SELDOM: Duration = Duration::from_secs(30);

/// What came of an unwell deployment.
#[derive(Debug)]
pub struct Unwell {
    /// What isn't well, a line each.
    pub reasons: Vec<String>,
    /// How going back ended.
    pub back: Result<Back, Box<DeployError>>,
}

/// How going back from an unwell deployment ended.
#[derive(Debug)]
pub enum Back {
    /// What was good before is deployed again.
    Done(Box<Done>),
    /// Nothing good was deployed before.
    Nothing,
    /// It stays: going back would lose something, or bring back what can't work any more. What, a line each.
    Stays(Vec<String>),
}

/// Why looking ended early.
enum Stop {
    /// It can't be asked.
    Blind(String),
    /// This process was asked to stop.
    Asked(DeployError),
}

/// For how long alarms have to stay quiet.
struct Window<'a> {
    lasts: Duration,
    /// What takes its requests back when one of its alarms rings; none where any alarm of the stack counts.
    of: Option<&'a Rollout>,
}

impl Window<'_> {
    /// Whether it is still looked at, where it was looked at last after so long: once at its end or after it.
    fn is_open(&self, looked: Option<Duration>) -> bool {
        looked.is_none_or(|looked| looked < self.lasts)
    }

    /// What is wrong where that alarm rings; nothing where it isn't watched here.
    fn wrong(&self, alarm: &Ringing) -> Option<String> {
        let Some(rollout) = self.of else { return Some(format!("the alarm {} rings: {}", alarm.id, alarm.why)) };
        let watched = rollout.alarms.iter().find(|watched| watched.id == alarm.id)?;
        let (of, id, rang) = (&rollout.component, &alarm.id, &watched.component);
        Some(format!("the new version of {of} goes: {rang}, which watches it, rang ({}; {id})", alarm.why))
    }
}

/// How far a look is.
enum Look {
    /// Nothing is wrong.
    Well,
    /// Not yet well.
    Settling(Vec<String>),
    /// Something is sick.
    Sick(Vec<String>),
}

impl Job<'_> {
    /// Judges what was deployed; `began` is when the cloud began on it, on the cloud's clock.
    ///
    /// # Errors
    /// [`DeployError::Interrupted`] where this process has to stop first. The intent stays open, and is judged anew.
    pub(super) async fn judge(
        &self,
        gate: &Gate,
        stack: &StackFacts,
        began: Option<Timestamp>,
    ) -> Result<Judgement, DeployError> {
        match self.look(gate, stack, began).await {
            Ok(reasons) if reasons.is_empty() => Ok(Judgement::Well),
            Ok(reasons) => Ok(Judgement::Unwell { reasons }),
            Err(Stop::Blind(why)) => Ok(Judgement::NotAsked { why }),
            Err(Stop::Asked(error)) => Err(error),
        }
    }

    /// What is wrong with it; nothing where it is well.
    async fn look(&self, gate: &Gate, stack: &StackFacts, began: Option<Timestamp>) -> Result<Vec<String>, Stop> {
        let pace = self.cloud.pace().await;
        let time = |seconds: u64| Duration::from_secs(seconds).mul_f64(pace.max(0.0));
        self.watch.news(&News::Judging { what: "whether services and databases are well" });
        let conditions = || self.conditions(stack, &gate.only);
        let reasons = self.until(time(gate.well_within), OFTEN.mul_f64(pace), conditions).await?;
        if !reasons.is_empty() {
            return Ok(reasons);
        }
        if let Some(health) = &gate.health
            && let Some(url) = address(health, stack).map_err(Stop::Blind)?
        {
            let what = match &health.build {
                Some(build) => format!("whether {url} answers as the build {}", short(&build.digest)),
                None => format!("whether {url} answers; which build does is not proved"),
            };
            self.watch.news(&News::Judging { what: &what });
            let asked = || self.asked(&url, health.build.as_ref());
            let reasons = self.until(time(health.within), OFTEN.mul_f64(pace), asked).await?;
            if !reasons.is_empty() {
                return Ok(reasons);
            }
        }
        let windows = self.windows(gate, stack, time).await;
        if windows.is_empty() {
            return Ok(Vec::new());
        }
        let reasons = self.quiet(&windows, SELDOM.mul_f64(pace), stack, began).await?;
        if !reasons.is_empty() {
            return Ok(reasons);
        }
        // What ran at first may have fallen over since.
        self.until(Duration::ZERO, Duration::ZERO, conditions).await
    }

    /// What has to stay quiet for how long: what watches over each new version that took over, and all of the stack's alarms.
    async fn windows<'a>(&self, gate: &'a Gate, stack: &StackFacts, time: impl Fn(u64) -> Duration) -> Vec<Window<'a>> {
        let mut windows = Vec::new();
        for rollout in self.taken_over(&gate.rollouts, stack).await {
            let alarms: Vec<&str> = rollout.alarms.iter().map(|alarm| alarm.component.as_str()).collect();
            let what = format!(
                "whether nothing rings that watches over the new version of {} ({})",
                rollout.component,
                alarms.join(", ")
            );
            self.watch.news(&News::Judging { what: &what });
            windows.push(Window { lasts: time(rollout.seconds), of: Some(rollout) });
        }
        if let Some(quiet) = gate.alarms_quiet {
            self.watch.news(&News::Judging { what: "whether the stack's alarms stay quiet" });
            windows.push(Window { lasts: time(quiet), of: None });
        }
        windows
    }

    /// The rollouts whose service has another version now: a change that made none has nothing to go back from. What can't be asked is
    /// watched.
    async fn taken_over<'a>(&self, rollouts: &'a [Rollout], stack: &StackFacts) -> Vec<&'a Rollout> {
        let serving = if rollouts.is_empty() { Vec::new() } else { self.serving(&stack.id).await };
        let same = |from: &Serving| serving.iter().any(|one| one.id == from.id && one.version == from.version);
        rollouts.iter().filter(|rollout| !rollout.from.as_ref().is_some_and(same)).collect()
    }

    /// Looks again and again until it is well, sick, or the time is over. Asking may fail until then.
    async fn until<F, Fut>(&self, longest: Duration, pause: Duration, look: F) -> Result<Vec<String>, Stop>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<Look, CloudError>>,
    {
        let start = self.clock.elapsed();
        loop {
            let looked = self.unless_asked_to_stop(look()).await?;
            let over = self.clock.elapsed().saturating_sub(start) >= longest;
            match looked {
                Ok(Look::Well) => return Ok(Vec::new()),
                Ok(Look::Sick(reasons)) => return Ok(reasons),
                Ok(Look::Settling(reasons)) if over => return Ok(reasons),
                Ok(Look::Settling(_)) => {}
                Err(error) => self.bear(error, over)?,
            }
            self.unless_asked_to_stop(self.clock.sleep(pause)).await?;
        }
    }

    /// Looks at the alarms until every window is over, once at least in each. Those that have rung since before the deployment are not
    /// its doing: otherwise no deployment could mend what they ring for.
    async fn quiet(
        &self,
        windows: &[Window<'_>],
        pause: Duration,
        stack: &StackFacts,
        began: Option<Timestamp>,
    ) -> Result<Vec<String>, Stop> {
        let start = self.clock.elapsed();
        let elapsed = || self.clock.elapsed().saturating_sub(start);
        let mut looked = None;
        loop {
            let now = elapsed();
            let open = |window: &&Window<'_>| window.is_open(looked);
            let over = windows.iter().all(|window| now >= window.lasts);
            match self.unless_asked_to_stop(self.cloud.ringing(&stack.id)).await? {
                Ok(ringing) => {
                    let since = |since: Option<Timestamp>| since.zip(began).is_none_or(|(since, began)| since >= began);
                    let ours = ringing.iter().filter(|alarm| since(alarm.since));
                    let wrong = |alarm: &Ringing| windows.iter().filter(open).find_map(|window| window.wrong(alarm));
                    let reasons: Vec<String> = ours.filter_map(wrong).collect();
                    if !reasons.is_empty() || over {
                        return Ok(reasons);
                    }
                    looked = Some(now);
                }
                Err(error) => self.bear(error, over)?,
            }
            let now = elapsed();
            let ends = windows.iter().map(|window| window.lasts.saturating_sub(now)).filter(|left| !left.is_zero());
            let next = ends.min().unwrap_or_default();
            self.unless_asked_to_stop(self.clock.sleep(pause.min(next))).await?;
        }
    }

    /// What may pass by itself is asked again until the time is over.
    fn bear(&self, error: CloudError, over: bool) -> Result<(), Stop> {
        let may_pass = matches!(error, CloudError::Throttled { .. } | CloudError::Unavailable { .. });
        if over || !may_pass {
            return Err(Stop::Blind(error.to_string()));
        }
        self.watch.news(&News::Unanswered { why: error.to_string() });
        Ok(())
    }

    /// How services and databases are: those of these ids, or all where none is named.
    async fn conditions(&self, stack: &StackFacts, only: &BTreeSet<String>) -> Result<Look, CloudError> {
        let (mut sick, mut settling) = (Vec::new(), Vec::new());
        let seen = self.cloud.condition(&stack.id).await?;
        for seen in seen.into_iter().filter(|seen| only.is_empty() || only.contains(&seen.id)) {
            match seen.condition {
                Condition::Well => {}
                Condition::Settling(why) => settling.push(format!("{} ({}): {why}", seen.id, seen.kind)),
                Condition::Sick(why) => sick.push(format!("{} ({}): {why}", seen.id, seen.kind)),
            }
        }
        Ok(match (sick.is_empty(), settling.is_empty()) {
            (false, _) => Look::Sick(sick),
            (true, false) => Look::Settling(settling),
            (true, true) => Look::Well,
        })
    }

    /// Asks a health path. What was there before may still answer for a while.
    async fn asked(&self, url: &str, build: Option<&Build>) -> Result<Look, CloudError> {
        let answer = self.cloud.answer(url).await?;
        let wrong = match (answer.status, build) {
            (200, None) => None,
            (200, Some(build)) => match answer.shows(&build.shown) {
                Some(shown) if shown.contains(&build.digest) => None,
                Some(shown) => {
                    Some(format!("{} answers, and not {}, which was deployed", named(&shown), short(&build.digest)))
                }
                None => Some(format!("its answer shows no build at {}", build.shown)),
            },
            (status, _) => Some(format!("it answers with {status}")),
        };
        Ok(wrong.map_or(Look::Well, |wrong| Look::Settling(vec![format!("{url}: {wrong}")])))
    }

    async fn unless_asked_to_stop<T>(&self, work: impl Future<Output = T>) -> Result<T, Stop> {
        let mut interrupt = self.interrupt.clone();
        tokio::select! {
            biased;
            why = interrupt.wait() => Err(Stop::Asked(DeployError::Interrupted {
                target: self.lease.book().target().to_owned(),
                why: format!("stopped by {why}"),
                state: "the cloud is done; whether all is well was not seen to the end".to_owned(),
            })),
            done = work => Ok(done),
        }
    }

    /// Goes back from a deployment that isn't well to the last good one, unless that would lose something, or the database's schema
    /// has left the old build behind: that is for somebody to decide. What goes back is not judged, so it is never taken back itself.
    /// However it ends, the target takes no promotion until somebody has looked.
    pub async fn go_back(&self, unwell: &Intent) -> Result<Back, DeployError> {
        let (entries, found) = self.lease.book().way_back(None).await?;
        let judgement = entries.iter().find_map(|entry| match &entry.record {
            Record::Outcome(outcome) if outcome.intent == unwell.id => outcome.judgement.clone(),
            _ => None,
        });
        let reasons = match judgement {
            Some(Judgement::Unwell { reasons }) => reasons.join("; "),
            Some(Judgement::Well | Judgement::NotAsked { .. }) | None => "no reason is recorded".to_owned(),
        };
        let why = format!("what was deployed wasn't well: {reasons}");
        let Some(way) = found.ok().filter(|way| way.now.intent.id == unwell.id) else {
            self.lease.append(&Record::Held(Held { why })).await?;
            return Ok(Back::Nothing);
        };
        let stays = stays(&entries, &way);
        if !stays.is_empty() {
            let why = format!("{why}; not taken back: {}", stays.join("; "));
            self.lease.append(&Record::Held(Held { why })).await?;
            return Ok(Back::Stays(stays));
        }
        let before = self.cloud.describe(&unwell.stack).await?;
        let id = self.clock.unique();
        let good = way.to.deploy;
        let deploy = Deploy {
            parameters: good.brought_back(),
            preview: format!("landfall-back-{}-{}", good.document.short(), id.get(..8).unwrap_or_default()),
            origin: Some(Origin::RolledBack { to: way.to.entry.sequence, from: way.now.deploy.release }),
            held: Some(why),
            gate: None,
            migration: None,
            ground: None,
            switches: switches(&way.to.serving, &self.serving(&unwell.stack).await),
            reverts_drift: false,
            takes_back: Some(unwell.id.clone()),
            flags: self.lease.book().flags().await?,
            rotates: None,
            rotations: way.now.deploy.rotations,
            ..good
        };
        let intent = Intent {
            id,
            purpose: Purpose::Deploy(Box::new(deploy.clone())),
            place: unwell.place.clone(),
            stack: unwell.stack.clone(),
            before: before.as_ref().map(StackFacts::mark),
            plan: None,
            approved: Vec::new(),
        };
        self.watch.news(&News::GoingBack);
        let deployment = self.recorded(&intent, &deploy).await?;
        self.intend(&intent).await?;
        let ended = self.carry_out(&intent, &deployment, None).await;
        // It leads back here only where something is judged, which this isn't; the type says where the circle ends.
        let completed: Pin<Box<dyn Future<Output = Result<Done, DeployError>> + '_>> =
            Box::pin(self.complete(&intent, ended));
        Ok(Back::Done(Box::new(completed.await?)))
    }

    /// Says that a deployment isn't well, after going back from it.
    pub(super) async fn take_back(&self, unwell: &Intent, reasons: Vec<String>) -> DeployError {
        let back = self.go_back(unwell).await.map_err(Box::new);
        DeployError::Unwell {
            target: self.lease.book().target().to_owned(),
            unwell: Box::new(Unwell { reasons, back }),
        }
    }
}

/// Why a deployment is not taken back by itself; nothing where it is.
fn stays(entries: &[Entry], way: &Way) -> Vec<String> {
    let mut stays = way.now.deploy.gate.as_ref().map(|gate| gate.one_way.clone()).unwrap_or_default();
    let elsewhere = way.to.intent.place != way.now.intent.place || way.to.intent.stack != way.now.intent.stack;
    stays.extend(elsewhere.then(|| format!("{} was deployed elsewhere", way.to.name())));
    let misfits = schema_misfits(entries, way).into_iter();
    stays.extend(misfits.map(|misfit| format!("the build {} of {}: {}", misfit.artifact, way.to.name(), misfit.why)));
    stays
}

/// What an answer says of the build that gave it: the first digits of the digest in it, or its beginning.
fn named(shown: &str) -> String {
    match digest_in(shown) {
        Some(digest) => format!("the build {}", short(digest)),
        None => format!("the build {:?}", shown.chars().take(64).collect::<String>()),
    }
}

/// The first digits of a digest.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// The address to ask; none where what answers is made with its first build, and there is none yet.
fn address(health: &Health, stack: &StackFacts) -> Result<Option<String>, String> {
    let base = stack.outputs.get(&health.output);
    let base = base.ok_or_else(|| format!("the stack gives no address of {} ({})", health.of, health.output))?;
    Ok((!base.is_empty()).then(|| format!("{}{}", base.trim_end_matches('/'), health.path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::rollout::{WatchedAlarm, Watcher};

    fn alarm(id: &str) -> Ringing {
        Ringing { id: id.into(), since: None, why: "7 > 5".into() }
    }

    #[test]
    fn a_window_is_looked_at_until_once_at_its_end_or_after_it() {
        let window = Window { lasts: Duration::from_secs(60), of: None };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(
            [None, seconds(59), seconds(60), seconds(90)].map(|at| window.is_open(at)),
            [true, true, false, false]
        );
        assert!(Window { lasts: Duration::ZERO, of: None }.is_open(None));
    }

    #[test]
    fn over_a_new_version_only_the_alarms_count_that_its_rollout_names() {
        let rollout = Rollout {
            component: "service.web".into(),
            id: "Web".into(),
            by: Watcher::Landfall,
            seconds: 60,
            alarms: vec![WatchedAlarm { component: "alarm.errors".into(), id: "Errors".into() }],
            from: None,
        };
        let window = |of| Window { lasts: Duration::ZERO, of };
        assert_eq!(window(Some(&rollout)).wrong(&alarm("Depth")), None);
        let wrong = window(Some(&rollout)).wrong(&alarm("Errors")).unwrap_or_default();
        assert!(wrong.contains("service.web") && wrong.contains("alarm.errors") && wrong.contains("7 > 5"), "{wrong}");
        assert!(window(None).wrong(&alarm("Depth")).is_some());
    }
}
