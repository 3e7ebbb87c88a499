//! A drill of the way to another region: what was decided, how far it is, what each step took.
//!
//! While it runs it is a note beside the entries, written before and after each step, by which a run that was killed goes on. Once it has
//! ended it is an entry.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::entry::ReleaseRef;
use crate::plan::failover::{Failover, Measured, Step};

/// A drill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drill {
    /// The format of the ledger.
    pub format_version: u32,
    /// Its identity.
    pub id: String,
    /// The way, as it was decided when it began.
    pub way: Failover,
    /// The release that the target had; none where the files of a working copy were deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseRef>,
    /// How fast the cloud's time went: 1 in a cloud, less in the sandbox, 0 where it took none at all.
    pub pace: f64,
    /// When it began, on the clock of whoever drilled.
    pub began: Timestamp,
    /// When it ended; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Why it was given up; none where it was gone to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<String>,
    /// How far each step is: those of the way, then those that clean up.
    pub steps: Vec<Taken>,
}

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Taken {
    /// It comes later.
    Ahead,
    /// It is under way.
    Begun {
        /// Since when.
        at: Timestamp,
        /// What was found on the way that a run that goes on has to know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<Found>,
    },
    /// It is done.
    Done {
        /// What it took, milliseconds, on the clock of whoever drilled; a pause after a kill counts.
        milliseconds: u64,
        /// Whether a run was cut off during it and another one finished it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        resumed: bool,
        /// What it found or made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<Found>,
    },
    /// It was not gone.
    LeftOut {
        /// Why.
        why: String,
    },
}

/// What a step found or made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "kebab-case")]
pub enum Found {
    /// The stack that takes over.
    Stack {
        /// Whether it stood before the drill, which then leaves it standing.
        stood: bool,
    },
    /// A copy of a database.
    Copy {
        /// The backup that it is made of.
        backup: String,
        /// The latest moment that is in it, on the cloud's clock.
        latest: Timestamp,
        /// How long ago that was when the step began, milliseconds.
        age: u64,
    },
    /// The database was told.
    Told {
        /// Which database it was: a digest of where it is.
        database: String,
        /// The transaction, as the database names it.
        transaction: String,
        /// How many rows changed; none where that was not written down before the run was cut off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<u64>,
    },
    /// The function was run.
    Runs {
        /// How often.
        calls: u32,
        /// How much is left by its last answer; none where it doesn't say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<u64>,
    },
    /// Names were led elsewhere.
    Led {
        /// Where each led before.
        was: Vec<Led>,
    },
}

/// Where a name leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Led {
    /// The name.
    pub host: String,
    /// The zone of its record.
    pub zone: String,
    /// What it leads to.
    pub to: String,
    /// The zone of that.
    pub to_zone: String,
    /// Whether the record is held back while nothing there is well.
    pub healthy: bool,
}

impl Drill {
    /// Its steps: those of the way, then those that clean up.
    pub fn steps(&self) -> impl Iterator<Item = (&Step, &Taken)> {
        self.way.steps.iter().chain(&self.way.clean_up).zip(&self.steps)
    }

    /// A step by its number.
    pub fn step(&self, number: usize) -> Option<&Step> {
        self.way.steps.iter().chain(&self.way.clean_up).nth(number)
    }

    /// What a step took in the cloud's own time, seconds; none where it wasn't gone, or where the cloud's part took no time at all.
    pub fn cloud_seconds(&self, step: &Step, taken: &Taken) -> Option<u64> {
        let Taken::Done { milliseconds, .. } = taken else { return None };
        if self.pace <= 0.0 && step.work.is_clouds() {
            return None;
        }
        let scaled = if step.work.is_clouds() { self.in_cloud_time(*milliseconds) } else { *milliseconds };
        Some(scaled.div_ceil(1000))
    }

    fn in_cloud_time(&self, milliseconds: u64) -> u64 {
        if self.pace > 0.0 { (milliseconds as f64 / self.pace).round() as u64 } else { milliseconds }
    }

    /// All steps of the way together, in the cloud's time, what was left out as planned; seconds.
    pub fn total(&self) -> u64 {
        let way = self.way.steps.iter().zip(&self.steps);
        way.map(|(step, taken)| self.cloud_seconds(step, taken).unwrap_or(step.seconds)).sum()
    }

    /// How old the oldest restored data were, in the cloud's time, seconds; none where nothing was restored.
    pub fn age(&self) -> Option<u64> {
        let found = self.steps.iter().filter_map(|taken| match taken {
            Taken::Done { found: Some(Found::Copy { age, .. }), .. } => Some(*age),
            _ => None,
        });
        found.max().map(|age| self.in_cloud_time(age).div_ceil(1000))
    }

    /// Whether a step is one that takes back what the way did, and so is gone also where the drill is given up.
    pub fn cleans_up(&self, number: usize) -> bool {
        number >= self.way.steps.len()
    }

    /// Where names led before they were switched; nothing where they weren't.
    pub fn led(&self) -> Vec<Led> {
        let found = self.steps.iter().find_map(|taken| match taken {
            Taken::Begun { found: Some(Found::Led { was }), .. }
            | Taken::Done { found: Some(Found::Led { was }), .. } => Some(was.clone()),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// Whether the stack that takes over stood before the drill; none where the drill has not looked.
    pub fn stood(&self) -> Option<bool> {
        self.steps.iter().find_map(|taken| match taken {
            Taken::Begun { found: Some(Found::Stack { stood }), .. }
            | Taken::Done { found: Some(Found::Stack { stood }), .. } => Some(*stood),
            _ => None,
        })
    }

    /// What its steps took, for those who plan.
    pub fn measured(&self) -> Measured {
        let steps =
            self.steps().filter_map(|(step, taken)| Some((step.what.clone(), self.cloud_seconds(step, taken)?)));
        Measured {
            on: self.began.strftime("%Y-%m-%d").to_string(),
            steps: steps.collect(),
            total: self.total(),
            age: self.age(),
        }
    }
}

/// The milliseconds from one moment to another; 0 where the clock was set back.
pub fn milliseconds(from: Timestamp, to: Timestamp) -> u64 {
    let passed: SignedDuration = to.duration_since(from);
    u64::try_from(passed.as_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Drill, Found, Taken};
    use crate::ledger::entry::FORMAT_VERSION;
    use crate::plan::failover::{Failover, Step, Work};
    use jiff::Timestamp;

    fn step(what: &str, seconds: u64, work: Work) -> Step {
        Step { what: what.into(), seconds, work }
    }

    fn done(milliseconds: u64, found: Option<Found>) -> Taken {
        Taken::Done { milliseconds, resumed: false, found }
    }

    #[test]
    fn the_clouds_work_counts_in_the_clouds_time_and_peoples_as_planned() {
        let way = Failover {
            target: "shop/prod".into(),
            stack: "shop-prod".into(),
            to: "shop/there".into(),
            region: "us-west-2".into(),
            there: "shop-there".into(),
            within: 3600,
            may_lose: 60,
            steps: vec![
                step("decide", 600, Work::Decide),
                step("deploy the stack", 900, Work::Deploy),
                step("tell", 600, Work::Switch { names: Vec::new() }),
            ],
            clean_up: vec![step("take down", 300, Work::TakeDown)],
            back: Vec::new(),
        };
        let copy = Found::Copy { backup: "arn".into(), latest: Timestamp::UNIX_EPOCH, age: 500 };
        let drill = Drill {
            format_version: FORMAT_VERSION,
            id: "1".into(),
            way,
            release: None,
            pace: 0.01,
            began: Timestamp::UNIX_EPOCH,
            ended: None,
            given_up: None,
            steps: vec![Taken::LeftOut { why: "no".into() }, done(5_000, None), done(1_000, Some(copy)), Taken::Ahead],
        };
        assert_eq!(drill.total(), 600 + 500 + 100);
        assert_eq!(drill.age(), Some(50));
        assert_eq!(drill.measured().steps.get("deploy the stack"), Some(&500));
        assert!(drill.cleans_up(3) && !drill.cleans_up(2));
    }
}
