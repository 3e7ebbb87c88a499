//! The way to another region as data: its steps in their order, what each is done with and what it takes. The text that people go by and
//! the drill are both made of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The way to another region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failover {
    /// The target whose region is lost.
    pub target: String,
    /// Its stack's name.
    pub stack: String,
    /// The target that takes over.
    pub to: String,
    /// The region that it stands in.
    pub region: String,
    /// Its stack's name.
    pub there: String,
    /// How long it may take, seconds.
    pub within: u64,
    /// How old the data may be, seconds.
    pub may_lose: u64,
    /// The steps there.
    pub steps: Vec<Step>,
    /// What a drill does after them, so that everything is as it was.
    pub clean_up: Vec<Step>,
    /// The way back, once the region is there again.
    pub back: Vec<Leg>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is done, for people: no two steps say the same.
    pub what: String,
    /// What it usually takes, seconds.
    pub seconds: u64,
    /// What is done.
    pub work: Work,
}

/// A part of the way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// What is done, for people.
    pub what: String,
    /// What it usually takes, seconds.
    pub seconds: u64,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Work {
    /// Somebody says that the region is lost.
    Decide,
    /// The stack that takes over is deployed.
    Deploy,
    /// What the secrets hold is put there by those who keep it.
    PutSecrets {
        /// The secrets' names.
        secrets: Vec<String>,
    },
    /// A database's copy that stands there already is promoted, for good.
    Promote {
        /// The database, such as `database.main`.
        database: String,
    },
    /// A database is restored beside the stack's own.
    Restore(Restoration),
    /// The restored database is told what is lost.
    Tell(Telling),
    /// A function makes anew what isn't copied.
    Backfill(Backfill),
    /// Names are led to what takes over.
    Switch {
        /// The names.
        names: Vec<Named>,
    },
    /// Names are led back to where they led before.
    SwitchBack,
    /// A restored database is taken away.
    TakeAway {
        /// Its name in the cloud.
        copy: String,
    },
    /// The stack that took over is taken down.
    TakeDown,
}

/// How a database is restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restoration {
    /// The database, such as `database.main`.
    pub database: String,
    /// Its resource in the document of both stacks.
    pub resource: String,
    /// What the copy is called in the cloud.
    pub copy: String,
    /// The resource of the stack there that says in which subnets.
    pub subnets: String,
    /// The resource of the stack there that says who reaches it.
    pub group: String,
}

/// What a database is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telling {
    /// The database, such as `database.main`.
    pub database: String,
    /// The SQL.
    pub sql: String,
}

/// How what isn't copied is made anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backfill {
    /// The function, such as `function.poller`.
    pub function: String,
    /// What it is called by in the cloud.
    pub called: String,
    /// What it is given.
    pub input: Value,
    /// How long a run may take, seconds.
    pub seconds: u64,
    /// Where its answer says how much is left, as a JSON pointer; none where only people can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
}

/// A name under which people find something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The name.
    pub host: String,
    /// The zone in which its record stands; none where the files don't name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The output of the stack there that says what it is to lead to.
    pub leads_to: String,
    /// The output that says in which zone that name stands.
    pub in_zone: String,
}

/// What a drill measured of the steps, in the cloud's time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// The day of the drill.
    pub on: String,
    /// Seconds by step, as far as it took them.
    pub steps: BTreeMap<String, u64>,
    /// All steps together, those that people take as planned, seconds.
    pub total: u64,
    /// How old the oldest restored data were, seconds; none where nothing was restored.
    pub age: Option<u64>,
}

impl Failover {
    /// What all steps usually take together, seconds.
    pub fn seconds(&self) -> u64 {
        self.steps.iter().map(|step| step.seconds).sum()
    }
}

impl Work {
    /// Whether it takes the cloud's time, which the sandbox plays faster.
    pub fn is_clouds(&self) -> bool {
        match self {
            Work::Deploy
            | Work::Promote { .. }
            | Work::Restore(_)
            | Work::Switch { .. }
            | Work::SwitchBack
            | Work::TakeAway { .. }
            | Work::TakeDown => true,
            Work::Decide | Work::PutSecrets { .. } | Work::Tell(_) | Work::Backfill(_) => false,
        }
    }

    /// Why a drill leaves it to people; none where it doesn't.
    pub fn left_to_people(&self) -> Option<&'static str> {
        match self {
            Work::Decide => Some("nobody has to decide in a drill"),
            Work::PutSecrets { .. } => Some("only those who keep the secrets can put them there"),
            Work::Promote { .. } => Some("a copy takes over for good, and production has no other one"),
            Work::Deploy
            | Work::Restore(_)
            | Work::Tell(_)
            | Work::Backfill(_)
            | Work::Switch { .. }
            | Work::SwitchBack
            | Work::TakeAway { .. }
            | Work::TakeDown => None,
        }
    }
}
