//! Five losses, and what each comes to: how long until the system answers again and how much of its data is gone, from the components
//! and a cloud's usual times, beside what is promised.

use serde::Serialize;

use super::runbook::span;
use crate::model::cache::Cache;
use crate::model::database::Database;
use crate::model::metric::{Measurement, Metric};
use crate::model::name::Name;
use crate::model::promise::Promise;
use crate::model::reference::{Kind, Reference};
use crate::model::secret::Secret;
use crate::model::service::Service;
use crate::model::stack::Stack;

/// Seconds of a person's hand: to read, to decide, to type.
pub(super) const BY_HAND: u64 = 600;
/// Seconds until it is noticed that a worker's machine is gone, which no health check asks.
const UNASKED: u64 = 60;
/// Seconds that a copy of a cache is behind what it copies, which it does all the time.
const CACHE_LAG: u64 = 1;
/// Seconds that a copy of a database is behind, where no alarm watches it: a round figure.
const REPLICA_LAG: u64 = 60;
/// Seconds between two daily copies.
pub(super) const A_DAY: u64 = 86_400;

/// How long a cloud usually takes, in seconds.
pub(super) struct Habits {
    /// What it is called, in a sentence.
    pub(super) cloud: &'static str,
    /// To start a copy of a service on another machine.
    pub(super) copy: u64,
    /// Until another node of a cache has taken over.
    pub(super) node: u64,
    /// To start the only node of a cache anew.
    pub(super) only_node: u64,
    /// How often a cache with copies is written down.
    pub(super) snapshots: u64,
    /// Until the standby of a database has taken over.
    pub(super) standby: u64,
    /// To start a database's machine anew, with its disk.
    pub(super) restart: u64,
    /// To make a replica a database of its own.
    pub(super) promote: u64,
    /// To restore a database to a point in time, beside the old one.
    pub(super) restore: u64,
    /// To carry out a deployment that replaces every copy.
    pub(super) deploy: u64,
    /// For how many days the log between two copies of a database is kept at most.
    pub(super) log_days: u64,
}

/// What survives the loss of the region, and the way back with it.
pub(super) struct Elsewhere {
    /// Each step with its seconds, in their order; none where there is no way before the region is back.
    pub(super) steps: Option<Vec<(String, u64)>>,
    /// How old the data are at most, in seconds; none where they are gone.
    pub(super) age: Option<u64>,
    /// What is copied elsewhere and what isn't, sentences for people.
    pub(super) notes: Vec<String>,
}

/// The five losses, for the text.
#[derive(Serialize)]
pub(super) struct Scenarios {
    cloud: &'static str,
    losses: Vec<Loss>,
    /// Whether there is a way back before a lost region is.
    comes_back: bool,
}

/// A loss, and what it comes to.
#[derive(Serialize)]
struct Loss {
    /// A word of the model's for it.
    key: &'static str,
    title: &'static str,
    /// Who acts.
    acts: &'static str,
    rows: Vec<Row>,
    /// Whether any row says how.
    explained: bool,
    /// Whether each row says what it loses.
    lossy: bool,
    takes: String,
    loses: String,
    promise: Option<Promised>,
    notes: Vec<String>,
}

/// What happens to one component, or a step of people.
#[derive(Serialize)]
struct Row {
    what: String,
    how: String,
    takes: String,
    loses: String,
}

#[derive(Serialize)]
struct Promised {
    within: String,
    may_lose: String,
    /// Whether the time is kept.
    in_time: bool,
    /// Whether no more is lost.
    kept: bool,
}

/// What one component or step adds: seconds until it is done, and seconds of data that are gone. None is for ever, and all.
struct Part {
    what: String,
    how: String,
    takes: Option<u64>,
    loses: Option<u64>,
}

/// The way to another region that nobody has written an environment for yet.
pub(super) struct Unprepared {
    /// What is said of that region: `another region`.
    pub(super) region: &'static str,
    /// To deploy the stack there, in seconds.
    pub(super) deploy: u64,
    /// To restore a database there, in seconds.
    pub(super) restore: u64,
    /// What it is restored from, in a sentence.
    pub(super) from: &'static str,
    /// To make a replica a database of its own, in seconds.
    pub(super) promote: u64,
    /// Whether a replica stands in an environment of that region, which takes over with it; elsewhere it is loaded into the new one's.
    pub(super) stands: bool,
    /// Until changed records are asked for anew everywhere, in seconds.
    pub(super) dns: u64,
}

impl Unprepared {
    /// Its steps, each with its seconds.
    pub(super) fn steps(&self, stack: &Stack) -> Vec<(String, u64)> {
        let mut steps = if self.stands && replicated(stack).is_some() {
            vec![("decide".to_owned(), BY_HAND), ("deploy there what isn't there yet".to_owned(), self.deploy)]
        } else {
            vec![
                (format!("decide, and write an environment for {}", self.region), 2 * BY_HAND),
                ("deploy the stack there".to_owned(), self.deploy),
            ]
        };
        if stack.secrets.values().any(Secret::is_external) {
            steps.push(("put the secrets there".to_owned(), BY_HAND));
        }
        for (name, database) in &stack.databases {
            let of = Reference::new(Kind::Database, name);
            let (what, seconds) = match &database.replica_in {
                Some(region) if self.stands => (format!("promote the replica of {of} in {region}"), self.promote),
                Some(region) => (
                    format!("promote the replica of {of} in {region}, and load it into the new one"),
                    self.promote + 2 * BY_HAND,
                ),
                None => (
                    format!("restore {of} there from {}, and load it into the new one", self.from),
                    self.restore + 2 * BY_HAND,
                ),
            };
            steps.push((what, seconds));
        }
        if stack.domain.is_some() {
            steps.push(("switch the names".to_owned(), BY_HAND + self.dns));
        }
        steps
    }
}

/// The buckets whose objects another region has too, and those of which it has none.
pub(super) fn buckets(stack: &Stack) -> (Vec<Reference>, Vec<Reference>) {
    let named = |copied: bool| {
        let buckets = stack.buckets.iter().filter(move |(_, bucket)| bucket.copied_to.is_some() == copied);
        buckets.map(|(name, _)| Reference::new(Kind::Bucket, name)).collect()
    };
    (named(true), named(false))
}

/// How old the data of databases are at most in another region, in seconds: as far as the replica there is behind, or as old as `copies`.
pub(super) fn age(stack: &Stack, copies: u64) -> u64 {
    let of = |(name, database): (&Name, &Database)| match database.replica_in {
        Some(_) => lag(stack, &Reference::new(Kind::Database, name)),
        None => copies,
    };
    stack.databases.iter().map(of).max().unwrap_or(0)
}

/// What is said of the databases that have a replica in another region; nothing where none has.
pub(super) fn replicated(stack: &Stack) -> Option<String> {
    let of = |(name, database): (&Name, &Database)| {
        Some(format!("{} (in {})", Reference::new(Kind::Database, name), database.replica_in.as_deref()?))
    };
    let named: Vec<String> = stack.databases.iter().filter_map(of).collect();
    (!named.is_empty())
        .then(|| format!("A replica in another region follows these, seconds behind: {}.", named.join(", ")))
}

/// Components one after the other, for a sentence.
pub(super) fn listed(references: &[Reference]) -> String {
    references.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The five losses of a stack.
pub(super) fn scenarios(stack: &Stack, habits: &Habits, elsewhere: Elsewhere) -> Scenarios {
    let promises = stack.promises;
    let comes_back = elsewhere.steps.is_some();
    let of_recovery =
        stack.recovery.as_ref().map(|recovery| Promise { within: recovery.within, may_lose: recovery.may_lose });
    let nobody = "Nobody has to do anything: look whether it happened.";
    let people = "People act.";
    let standing = stack.databases.values().all(|database| database.high_availability);
    let (steps, age, notes) = region(elsewhere);
    let losses = vec![
        Told { key: "machine", title: "A machine is lost", acts: nobody, promise: promises.machine, ..Told::default() }
            .at_once(machine(stack, habits)),
        Told {
            key: "database",
            title: "A database is lost",
            acts: if standing { nobody } else { "People act where no standby does." },
            promise: promises.database,
            ..Told::default()
        }
        .at_once(databases(stack, habits)),
        Told {
            key: "region",
            title: "The region is lost",
            acts: people,
            // What is promised for it stands with the way to another one, where there is one.
            promise: of_recovery.or(promises.region),
            notes,
        }
        .in_turn(steps, age),
        Told {
            key: "data",
            title: "Data are garbled or deleted",
            acts: people,
            promise: promises.data,
            notes: unkept(stack),
        }
        .in_turn(garbled(stack, habits), Some(0)),
        Told { key: "breach", title: "Somebody got in", acts: people, promise: promises.breach, notes: unkept(stack) }
            .in_turn(breach(stack, habits), Some(0)),
    ];
    Scenarios { cloud: habits.cloud, losses, comes_back }
}

/// What is said of a loss, before its parts.
#[derive(Default)]
struct Told {
    key: &'static str,
    title: &'static str,
    acts: &'static str,
    promise: Option<Promise>,
    notes: Vec<String>,
}

impl Told {
    /// What happens to each component at the same time: the longest and the most count.
    fn at_once(self, parts: Vec<Part>) -> Loss {
        let most = |of: fn(&Part) -> Option<u64>| {
            let each: Option<Vec<u64>> = parts.iter().map(of).collect();
            each.map(|each| each.into_iter().max().unwrap_or(0))
        };
        let (takes, loses) = (most(|part| part.takes), most(|part| part.loses));
        self.comes_to(parts, takes, loses, true)
    }

    /// What people do one after the other: the sum counts. `loses` is how old the data are then.
    fn in_turn(self, parts: Vec<Part>, loses: Option<u64>) -> Loss {
        let takes: Option<u64> = parts.iter().map(|part| part.takes).sum();
        self.comes_to(parts, takes, loses, false)
    }

    fn comes_to(self, parts: Vec<Part>, takes: Option<u64>, loses: Option<u64>, lossy: bool) -> Loss {
        let Self { key, title, acts, promise, notes } = self;
        let promise = promise.map(|promise| Promised {
            within: span(promise.within.as_seconds()),
            may_lose: data(Some(promise.may_lose.as_seconds())),
            in_time: takes.is_some_and(|takes| takes <= promise.within.as_seconds()),
            kept: loses.is_some_and(|loses| loses <= promise.may_lose.as_seconds()),
        });
        let explained = parts.iter().any(|part| !part.how.is_empty());
        let row = |part: Part| Row { what: part.what, how: part.how, takes: time(part.takes), loses: data(part.loses) };
        let rows = parts.into_iter().map(row).collect();
        Loss { key, title, acts, rows, explained, lossy, takes: time(takes), loses: data(loses), promise, notes }
    }
}

/// A time for people.
fn time(seconds: Option<u64>) -> String {
    match seconds {
        None => "as long as it lasts".to_owned(),
        Some(0) => "no time".to_owned(),
        Some(seconds) => span(seconds),
    }
}

/// An age of data for people.
fn data(seconds: Option<u64>) -> String {
    match seconds {
        None => "everything".to_owned(),
        Some(0) => "nothing".to_owned(),
        Some(seconds) if seconds < 600 && !seconds.is_multiple_of(60) => format!("{seconds}s"),
        Some(seconds) => span(seconds),
    }
}

fn machine(stack: &Stack, habits: &Habits) -> Vec<Part> {
    let services = stack.services.iter().map(|(name, service)| copies(name, service, habits));
    let caches = stack.caches.iter().map(|(name, cache)| nodes(name, cache, habits));
    let functions = (!stack.functions.is_empty()).then(|| Part {
        what: "functions".to_owned(),
        how: "a run that fails is started again elsewhere".to_owned(),
        takes: Some(0),
        loses: Some(0),
    });
    services.chain(caches).chain(functions).collect()
}

fn copies(name: &Name, service: &Service, habits: &Habits) -> Part {
    let checked = service.load_balancer.as_ref().map(|balancer| &balancer.health);
    let noticed = checked.map_or(UNASKED, |health| health.every.as_seconds() * u64::from(health.unhealthy));
    let others = service.scale.min.saturating_sub(1);
    let meanwhile = match others {
        0 => "nobody does its work meanwhile".to_owned(),
        1 => "the other one goes on meanwhile".to_owned(),
        others => format!("the other {others} go on meanwhile"),
    };
    Part {
        what: Reference::new(Kind::Service, name).to_string(),
        how: format!("noticed within {}, another copy is started; {meanwhile}", data(Some(noticed))),
        takes: Some(noticed + habits.copy),
        // What it keeps, it keeps elsewhere.
        loses: Some(0),
    }
}

fn nodes(name: &Name, cache: &Cache, habits: &Habits) -> Part {
    let (how, takes, loses) = match (cache.nodes, cache.backup) {
        (2.., _) => ("another node takes over", habits.node, Some(CACHE_LAG)),
        (_, Some(_)) => ("it is started anew with its last snapshot", habits.only_node, Some(habits.snapshots)),
        (_, None) => ("it is started anew, empty", habits.only_node, None),
    };
    let what = Reference::new(Kind::Cache, name).to_string();
    Part { what, how: how.to_owned(), takes: Some(takes), loses }
}

fn databases(stack: &Stack, habits: &Habits) -> Vec<Part> {
    let of = |(name, database): (&Name, &Database)| {
        let reference = Reference::new(Kind::Database, name);
        let (how, takes, loses) = if database.high_availability {
            ("the standby in another zone, which has every write, takes over".to_owned(), habits.standby, 0)
        } else if database.replicas > 0 {
            ("people make the replica the database".to_owned(), BY_HAND + habits.promote, lag(stack, &reference))
        } else if let Some(region) = &database.replica_in {
            let how = format!("people make the replica in {region} the database");
            (how, BY_HAND + habits.promote, lag(stack, &reference))
        } else {
            ("its machine is started anew with its disk; a lost zone has to come back".to_owned(), habits.restart, 0)
        };
        Part { what: reference.to_string(), how, takes: Some(takes), loses: Some(loses) }
    };
    stack.databases.iter().map(of).collect()
}

/// How far a replica may be behind before an alarm rings.
pub(super) fn lag(stack: &Stack, of: &Reference) -> u64 {
    let watched = stack.alarms.values().find_map(|alarm| match &alarm.metric {
        Some(metric @ Metric::Measured(measured)) if measured.of == *of && measured.name == Measurement::ReplicaLag => {
            alarm.above.and_then(|above| above.figure(stack, Some(metric)).ok())
        }
        Some(Metric::Measured(_) | Metric::Emitted(_)) | None => None,
    });
    watched.map_or(REPLICA_LAG, |seconds| seconds.max(0.0).ceil() as u64)
}

fn region(elsewhere: Elsewhere) -> (Vec<Part>, Option<u64>, Vec<String>) {
    let Elsewhere { steps, age, notes } = elsewhere;
    let waited = Part { takes: None, ..by_hand("wait until the region is back", 0) };
    let steps = steps.map(|steps| steps.into_iter().map(|(what, seconds)| by_hand(what, seconds)).collect());
    (steps.unwrap_or_else(|| vec![waited]), age, notes)
}

fn by_hand(what: impl Into<String>, takes: u64) -> Part {
    Part { what: what.into(), how: String::new(), takes: Some(takes), loses: Some(0) }
}

fn garbled(stack: &Stack, habits: &Habits) -> Vec<Part> {
    let mut parts = vec![by_hand("find the second before it happened", BY_HAND)];
    parts.extend(restored(stack, habits));
    parts
}

/// The restore of every database, and what is copied back from it.
fn restored(stack: &Stack, habits: &Habits) -> Vec<Part> {
    let of = |(name, database): (&Name, &Database)| {
        let reference = Reference::new(Kind::Database, name);
        let keep = database.backup.keep.as_days();
        let log = keep.min(habits.log_days);
        let mut how = format!("to any second of the last {log} days");
        if keep > log {
            how.push_str(&format!(", before that to one of {keep} daily copies"));
        }
        Part { what: format!("restore {reference} beside itself"), how, takes: Some(habits.restore), loses: Some(0) }
    };
    let mut parts: Vec<Part> = stack.databases.iter().map(of).collect();
    if !parts.is_empty() {
        parts.push(by_hand("copy back what was lost", BY_HAND));
    }
    parts
}

/// What nobody can bring back.
fn unkept(stack: &Stack) -> Vec<String> {
    let buckets = stack.buckets.iter().filter(|(_, bucket)| !bucket.versioned);
    let named: Vec<String> = buckets.map(|(name, _)| Reference::new(Kind::Bucket, name).to_string()).collect();
    if named.is_empty() {
        return Vec::new();
    }
    vec![format!("Earlier versions of objects aren't kept in {}: what is overwritten there is gone.", named.join(", "))]
}

fn breach(stack: &Stack, habits: &Habits) -> Vec<Part> {
    let mut parts = vec![by_hand("keep everybody out, and see what was changed", 2 * BY_HAND)];
    let kept = stack.secrets.values().filter(|secret| secret.is_external()).count();
    let made = stack.secrets.len() - kept;
    if !stack.secrets.is_empty() {
        let secrets = |count: usize| if count == 1 { "1 secret".to_owned() } else { format!("{count} secrets") };
        let what = match (kept, made) {
            (kept, 0) => format!("change {} at the source", secrets(kept)),
            (0, made) => format!("make {} anew", secrets(made)),
            (kept, made) => format!("change {} at the source, make {made} anew", secrets(kept)),
        };
        parts.push(by_hand(what, BY_HAND));
    }
    parts.push(by_hand("deploy a release that is proved: every copy starts anew", habits.deploy));
    parts.extend(restored(stack, habits));
    parts
}
