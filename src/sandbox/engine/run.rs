//! Steps that depend on each other, carried out over simulated time.
//!
//! A run is a discrete-event simulation: each step knows when it started and when it ends, and the run is asked "what is due by
//! now?" as often as anybody looks. Between two questions nothing happens, so nothing is lost when the process is killed:
//! whoever asks next finds the run as far along as if somebody had watched all the time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The steps of one phase of an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    started: Timestamp,
    steps: BTreeMap<String, Step>,
    stopped: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Step {
    after: BTreeSet<String>,
    state: StepState,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StepState {
    Waiting,
    Running { until: Timestamp },
    Done { at: Timestamp },
    Failed { at: Timestamp },
    Dropped,
}

/// What is to be done next, and when in simulated time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// All that the step waits for is done: begin it, then tell the run with [`Run::begun`], [`Run::done`] or [`Run::failed`].
    Begin {
        /// The step.
        step: String,
        /// When.
        at: Timestamp,
    },
    /// The step's time is over: end it, then tell the run with [`Run::done`] or [`Run::failed`].
    End {
        /// The step.
        step: String,
        /// When.
        at: Timestamp,
    },
}

impl Run {
    /// A run of the given steps, each with those it waits for. Names that aren't steps of this run are ignored: there is
    /// nothing to wait for.
    pub fn new(started: Timestamp, steps: BTreeMap<String, BTreeSet<String>>) -> Self {
        let known: BTreeSet<String> = steps.keys().cloned().collect();
        let steps = steps
            .into_iter()
            .map(|(name, after)| {
                let step = Step { after: after.intersection(&known).cloned().collect(), state: StepState::Waiting };
                (name, step)
            })
            .collect();
        Self { started, steps, stopped: false }
    }

    /// What is due first, at `now` or earlier. Ends come before begins of the same moment.
    pub fn due(&self, now: Timestamp) -> Option<Due> {
        let mut first: Option<(Timestamp, u8, &String)> = None;
        for (name, step) in &self.steps {
            let candidate = match step.state {
                StepState::Running { until } => (until, 0, name),
                StepState::Waiting if !self.stopped => match self.ready_at(step) {
                    Some(at) => (at, 1, name),
                    None => continue,
                },
                StepState::Waiting | StepState::Done { .. } | StepState::Failed { .. } | StepState::Dropped => continue,
            };
            if first.is_none_or(|best| candidate < best) {
                first = Some(candidate);
            }
        }
        let (at, kind, name) = first?;
        if at > now {
            return None;
        }
        let step = name.clone();
        Some(if kind == 0 { Due::End { step, at } } else { Due::Begin { step, at } })
    }

    fn ready_at(&self, step: &Step) -> Option<Timestamp> {
        let mut at = self.started;
        for name in &step.after {
            match self.steps.get(name).map(|other| &other.state) {
                Some(StepState::Done { at: done }) => at = at.max(*done),
                Some(_) => return None,
                None => {}
            }
        }
        Some(at)
    }

    /// The step has begun and ends at `until`.
    pub fn begun(&mut self, step: &str, until: Timestamp) {
        self.set(step, StepState::Running { until });
    }

    /// The step is done.
    pub fn done(&mut self, step: &str, at: Timestamp) {
        self.set(step, StepState::Done { at });
    }

    /// The step has failed; the steps that wait for it will never begin.
    pub fn failed(&mut self, step: &str, at: Timestamp) {
        self.set(step, StepState::Failed { at });
        loop {
            let blocked: Vec<String> = self
                .steps
                .iter()
                .filter(|(_, candidate)| {
                    candidate.state == StepState::Waiting
                        && candidate.after.iter().any(|name| {
                            matches!(
                                self.steps.get(name).map(|other| &other.state),
                                Some(StepState::Failed { .. } | StepState::Dropped)
                            )
                        })
                })
                .map(|(name, _)| name.clone())
                .collect();
            if blocked.is_empty() {
                break;
            }
            for name in blocked {
                self.set(&name, StepState::Dropped);
            }
        }
    }

    /// No further step begins. Gives back those that are under way, which the caller cancels or lets end.
    pub fn stop(&mut self) -> Vec<String> {
        self.stopped = true;
        self.under_way()
    }

    /// A step under way ends now, undecided.
    pub fn cancelled(&mut self, step: &str) {
        self.set(step, StepState::Dropped);
    }

    /// The steps under way.
    pub fn under_way(&self) -> Vec<String> {
        self.named(|state| matches!(state, StepState::Running { .. }))
    }

    /// The steps that failed.
    pub fn failures(&self) -> Vec<String> {
        self.named(|state| matches!(state, StepState::Failed { .. }))
    }

    /// Nothing is under way and nothing will begin any more.
    pub fn is_over(&self) -> bool {
        self.steps.values().all(|step| match step.state {
            StepState::Running { .. } => false,
            StepState::Waiting => self.stopped,
            StepState::Done { .. } | StepState::Failed { .. } | StepState::Dropped => true,
        })
    }

    /// When the last step ended, or the run started if none did.
    pub fn ended(&self) -> Timestamp {
        self.steps
            .values()
            .filter_map(|step| match step.state {
                StepState::Done { at } | StepState::Failed { at } => Some(at),
                StepState::Waiting | StepState::Running { .. } | StepState::Dropped => None,
            })
            .fold(self.started, Timestamp::max)
    }

    /// When something is due next, if the run isn't over.
    pub fn next_at(&self) -> Option<Timestamp> {
        match self.due(Timestamp::MAX)? {
            Due::Begin { at, .. } | Due::End { at, .. } => Some(at),
        }
    }

    /// Lets a step under way end at another time: sooner when it's signalled, later when it's held.
    pub fn reschedule(&mut self, step: &str, until: Timestamp) {
        if let Some(Step { state: StepState::Running { until: old }, .. }) = self.steps.get_mut(step) {
            *old = until;
        }
    }

    fn named(&self, wanted: impl Fn(&StepState) -> bool) -> Vec<String> {
        self.steps.iter().filter(|(_, step)| wanted(&step.state)).map(|(name, _)| name.clone()).collect()
    }

    fn set(&mut self, step: &str, state: StepState) {
        if let Some(step) = self.steps.get_mut(step) {
            step.state = state;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use jiff::{SignedDuration, Timestamp};

    use super::{Due, Run};

    fn after(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn seconds(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn diamond() -> Run {
        Run::new(
            seconds(0),
            BTreeMap::from([
                ("a".to_owned(), after(&["elsewhere"])),
                ("b".to_owned(), after(&["a"])),
                ("c".to_owned(), after(&["a"])),
                ("d".to_owned(), after(&["b", "c"])),
            ]),
        )
    }

    fn play(run: &mut Run, now: Timestamp, length: i64, log: &mut Vec<String>) {
        while let Some(due) = run.due(now) {
            match due {
                Due::Begin { step, at } => {
                    log.push(format!("{} begin {step}", at.as_second()));
                    run.begun(&step, at + SignedDuration::from_secs(length));
                }
                Due::End { step, at } => {
                    log.push(format!("{} end {step}", at.as_second()));
                    run.done(&step, at);
                }
            }
        }
    }

    #[test]
    fn steps_that_do_not_depend_on_each_other_run_side_by_side() {
        let mut run = diamond();
        let mut log = Vec::new();
        play(&mut run, seconds(100), 10, &mut log);
        let expected =
            ["0 begin a", "10 end a", "10 begin b", "10 begin c", "20 end b", "20 end c", "20 begin d", "30 end d"];
        assert_eq!(log, expected);
        assert!(run.is_over());
        assert_eq!(run.ended(), seconds(30));
    }

    #[test]
    fn looking_often_or_once_makes_no_difference() {
        let (mut watched, mut ignored) = (diamond(), diamond());
        let (mut seen, mut found) = (Vec::new(), Vec::new());
        for second in 0..60 {
            play(&mut watched, seconds(second), 7, &mut seen);
        }
        play(&mut ignored, seconds(60), 7, &mut found);
        assert_eq!(seen, found);
        assert_eq!(watched, ignored);
    }

    #[test]
    fn what_waits_for_a_failure_never_begins() {
        let mut run = diamond();
        run.begun("a", seconds(1));
        run.failed("a", seconds(1));
        assert_eq!(run.due(seconds(100)), None);
        assert!(run.is_over());
        assert_eq!(run.failures(), ["a"]);
    }

    #[test]
    fn a_stopped_run_begins_nothing_and_ends_what_is_under_way() {
        let mut run = diamond();
        run.begun("a", seconds(1));
        assert_eq!(run.stop(), ["a"]);
        assert!(!run.is_over());
        run.done("a", seconds(1));
        assert_eq!(run.due(seconds(100)), None);
        assert!(run.is_over());
    }
}
