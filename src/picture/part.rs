//! What stands in the picture: each component with the figures that people look for, and what comes with them.

use crate::model::alarm::{Alarm, Severity};
use crate::model::artifact::Artifact;
use crate::model::cache::{Cache, CacheEngine};
use crate::model::database::{Database, DatabaseEngine};
use crate::model::function::Function;
use crate::model::metric::{Metric, Statistic};
use crate::model::name::Name;
use crate::model::queue::Queue;
use crate::model::reference::{Kind, Reference};
use crate::model::schedule::Schedule;
use crate::model::secret::SecretValue;
use crate::model::service::Service;
use crate::model::stack::Stack;
use crate::model::topic::Subscriber;
use crate::model::units::{Size, Time};

/// Something that stands in the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The component that it is; none for what comes with one.
    pub of: Option<Reference>,
    /// What it is known by: `service.api`, `load-balancer.api`, `internet`.
    pub id: String,
    /// The word for its look.
    pub look: &'static str,
    /// What it is, for people: `Service`, `PostgreSQL 16`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The figures that people look for, most important first.
    pub facts: Vec<String>,
    /// What it is for, in its author's words.
    pub about: Option<String>,
    /// Where it stands.
    pub stands: Stands,
}

impl Part {
    /// Whether it is an alarm that somebody gets up for.
    pub fn is_critical(&self) -> bool {
        self.kind == CRITICAL
    }
}

/// What an alarm is that somebody gets up for.
const CRITICAL: &str = "Critical alarm";

/// Where a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    /// Outside of everything: the internet.
    Internet,
    /// Where calls come in, outside of the network.
    Caller,
    /// Where calls come into the network.
    Edge,
    /// In the private subnets, and works.
    Private,
    /// Outside of the network, and works.
    Free,
    /// In the private subnets, and holds data.
    Data,
    /// Kept by the cloud outside of the network.
    Kept,
    /// Told of what is watched.
    Told,
    /// Among what watches.
    Watches,
    /// Among what the others are built from and seen by.
    Beside,
}

/// The id of the internet.
pub const INTERNET: &str = "internet";

/// The id of a service's load balancer.
pub fn load_balancer(service: &Name) -> String {
    format!("load-balancer.{service}")
}

/// Everything that stands in the picture of a stack: every component, each once, and what comes with them.
pub fn parts(stack: &Stack) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut from_outside = !stack.apis.is_empty() || !stack.sites.is_empty();
    for (name, service) in &stack.services {
        if service.load_balancer.as_ref().is_some_and(|balancer| balancer.public) {
            from_outside = true;
            parts.push(Part {
                of: None,
                id: load_balancer(name),
                look: "load-balancer",
                kind: "Load balancer".to_owned(),
                name: name.to_string(),
                facts: vec!["public".to_owned(), "TLS".to_owned()],
                about: None,
                stands: Stands::Edge,
            });
        }
    }
    if from_outside {
        parts.push(Part {
            of: None,
            id: INTERNET.to_owned(),
            look: INTERNET,
            kind: String::new(),
            name: "Internet".to_owned(),
            facts: Vec::new(),
            about: None,
            stands: Stands::Internet,
        });
    }
    parts.extend(stack.components().into_iter().map(|reference| component(stack, reference)));
    parts
}

/// What is said of a component.
struct Said {
    kind: String,
    facts: Vec<String>,
    about: Option<String>,
    stands: Stands,
}

impl Said {
    fn new(kind: &str, stands: Stands, facts: Vec<String>, about: Option<&String>) -> Self {
        Self { kind: kind.to_owned(), facts, about: about.cloned(), stands }
    }
}

fn component(stack: &Stack, reference: Reference) -> Part {
    let said = said(stack, &reference);
    let Said { kind, facts, about, stands } =
        said.unwrap_or_else(|| Said::new(reference.kind.word(), Stands::Beside, Vec::new(), None));
    Part {
        id: reference.to_string(),
        look: reference.kind.word(),
        name: reference.name.to_string(),
        of: Some(reference),
        kind,
        facts,
        about,
        stands,
    }
}

fn said(stack: &Stack, reference: &Reference) -> Option<Said> {
    let name = &reference.name;
    Some(match reference.kind {
        Kind::Alarm => {
            let alarm = stack.alarms.get(name)?;
            let urgent = alarm.severity == Severity::Critical;
            let kind = if urgent { CRITICAL } else { "Alarm" };
            Said::new(kind, Stands::Watches, condition(alarm), Some(&alarm.description))
        }
        Kind::Api => {
            let api = stack.apis.get(name)?;
            let facts = vec![format!("{} requests a second", api.throttle.per_second), "TLS".to_owned()];
            Said::new("API", Stands::Caller, facts, api.description.as_ref())
        }
        Kind::Artifact => {
            let artifact = stack.artifacts.get(name)?;
            Said::new("Artifact", Stands::Beside, built(artifact), artifact.description.as_ref())
        }
        Kind::Bucket => {
            let bucket = stack.buckets.get(name)?;
            let archived = bucket.lifecycle.iter().filter_map(|rule| rule.archive_after).min();
            let versions = bucket.versioned.then(|| "keeps versions".to_owned());
            let archived = archived.map(|after| format!("archives after {}", time(after)));
            let facts = versions.into_iter().chain(archived).collect();
            Said::new("Bucket", Stands::Kept, facts, bucket.description.as_ref())
        }
        Kind::Budget => {
            let facts = vec![format!("{} a month", stack.budgets.get(name)?.monthly)];
            Said::new("Budget", Stands::Watches, facts, None)
        }
        Kind::Cache => {
            let cache = stack.caches.get(name)?;
            Said::new(&store(cache), Stands::Data, nodes(cache), None)
        }
        Kind::CostAnomaly => {
            let facts = vec![format!("above {} a day", stack.cost_anomalies.get(name)?.daily_above)];
            Said::new("Cost anomaly", Stands::Watches, facts, None)
        }
        Kind::Dashboard => {
            let facts = vec![many(stack.dashboards.get(name)?.graphs.len(), "graph")];
            Said::new("Dashboard", Stands::Beside, facts, None)
        }
        Kind::Database => {
            let database = stack.databases.get(name)?;
            let DatabaseEngine::Postgresql = database.engine;
            let kind = format!("PostgreSQL {}", database.version);
            Said::new(&kind, Stands::Data, machine(database), None)
        }
        Kind::Function => {
            let function = stack.functions.get(name)?;
            let stands = if function.private { Stands::Private } else { Stands::Free };
            Said::new("Function", stands, runs(function), function.description.as_ref())
        }
        Kind::Queue => {
            let queue = stack.queues.get(name)?;
            Said::new("Queue", Stands::Kept, messages(queue), queue.description.as_ref())
        }
        Kind::Registry => {
            let facts = vec![format!("keeps {} images", stack.registries.get(name)?.keep_images)];
            Said::new("Registry", Stands::Beside, facts, None)
        }
        Kind::Schedule => {
            let schedule = stack.schedules.get(name)?;
            Said::new("Schedule", Stands::Caller, when(schedule), schedule.description.as_ref())
        }
        Kind::Secret => {
            let secret = stack.secrets.get(name)?;
            let value = match secret.value {
                SecretValue::External => "put there by a person",
                SecretValue::Generated => "generated",
            };
            Said::new("Secret", Stands::Kept, vec![value.to_owned()], Some(&secret.description))
        }
        Kind::Service => {
            let service = stack.services.get(name)?;
            Said::new("Service", Stands::Private, copies(service), service.description.as_ref())
        }
        Kind::Setting => {
            let setting = stack.settings.get(name)?;
            Said::new(
                "Setting",
                Stands::Kept,
                [setting.value.to_string()].into_iter().filter(|text| !text.is_empty()).collect(),
                Some(&setting.description),
            )
        }
        Kind::Site => {
            let site = stack.sites.get(name)?;
            let host = stack.domain.as_ref().map(|domain| site.host(name, domain));
            let facts = host.into_iter().chain(["TLS".to_owned(), format!("cached {}", time(site.cache))]).collect();
            Said::new("Site", Stands::Caller, facts, site.description.as_ref())
        }
        Kind::Topic => {
            let topic = stack.topics.get(name)?;
            let told = topic.subscribers.iter().filter_map(|subscriber| match subscriber {
                Subscriber::Email(by) => Some(by.email.clone()),
                Subscriber::Https(by) => Some(by.https.clone()),
                Subscriber::Component(_) => None,
            });
            Said::new("Topic", Stands::Told, told.collect(), topic.description.as_ref())
        }
    })
}

fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A size with a space before its unit.
fn size(size: Size) -> String {
    spaced(&size.to_string())
}

fn spaced(text: &str) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    format!("{number} {unit}")
}

/// A time with its unit as a word.
fn time(time: Time) -> String {
    let text = time.to_string();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let one = number == "1";
    let word = match unit {
        "d" if one => "day",
        "d" => "days",
        "m" => "min",
        unit => unit,
    };
    format!("{number} {word}")
}

fn copies(service: &Service) -> Vec<String> {
    let scale = &service.scale;
    let copies = match (scale.min, scale.max) {
        (1, 1) => "1 copy".to_owned(),
        (min, max) if min == max => format!("{max} copies"),
        (min, max) => format!("{min}–{max} copies"),
    };
    let mut facts = vec![copies, format!("{} vCPU", service.vcpu), size(service.memory)];
    if service.load_balancer.as_ref().is_some_and(|balancer| !balancer.public) {
        facts.push("internal load balancer".to_owned());
    }
    if service.rollout.is_some() {
        facts.push("blue/green".to_owned());
    }
    facts
}

fn runs(function: &Function) -> Vec<String> {
    let mut facts = vec![size(function.memory), format!("up to {}", time(function.timeout))];
    facts.extend(function.concurrency.map(|most| format!("{most} at once")));
    if function.rollout.is_some() {
        facts.push("canary".to_owned());
    }
    facts
}

fn machine(database: &Database) -> Vec<String> {
    let mut facts = vec![
        format!("{} vCPU", database.size.vcpu),
        size(database.size.memory),
        format!("{} disk", size(database.storage.size)),
    ];
    if database.high_availability {
        facts.push("standby in another zone".to_owned());
    }
    if database.replicas > 0 {
        facts.push(many(usize::try_from(database.replicas).unwrap_or(usize::MAX), "replica"));
    }
    if let Some(region) = &database.replica_in {
        facts.push(format!("replica in {region}"));
    }
    if database.pooler {
        facts.push("pooler".to_owned());
    }
    facts.push(format!("backups {}", time(database.backup.keep)));
    facts
}

fn store(cache: &Cache) -> String {
    let engine = match cache.engine {
        CacheEngine::Redis => "Redis",
        CacheEngine::Valkey => "Valkey",
    };
    format!("{engine} {}", cache.version)
}

fn nodes(cache: &Cache) -> Vec<String> {
    let nodes = many(usize::try_from(cache.nodes).unwrap_or(usize::MAX), "node");
    vec![format!("{nodes} of {}", size(cache.memory))]
}

fn messages(queue: &Queue) -> Vec<String> {
    let mut facts = vec![format!("keeps {}", time(queue.keep))];
    if queue.ordered {
        facts.push("in order".to_owned());
    }
    facts.extend(queue.dead_letters.map(|dead| format!("dead letters after {} tries", dead.after)));
    facts
}

fn when(schedule: &Schedule) -> Vec<String> {
    let every = schedule.every.map(|every| format!("every {}", time(every)));
    let cron = schedule.cron.as_ref().map(|cron| format!("{cron} {}", schedule.time_zone));
    let off = (!schedule.enabled).then(|| "switched off".to_owned());
    every.into_iter().chain(cron).chain(off).collect()
}

fn built(artifact: &Artifact) -> Vec<String> {
    let made = artifact.source_crate.as_ref().map(|source| format!("crate {source}"));
    let zip = artifact.zip.as_ref().map(|_| "archive".to_owned());
    let executables = artifact.executables.keys().map(|processor| format!("executable for {}", processor.word()));
    made.into_iter().chain(zip).chain(executables).collect()
}

/// What makes an alarm ring.
fn condition(alarm: &Alarm) -> Vec<String> {
    let watched = match (&alarm.metric, &alarm.math) {
        (Some(metric), _) => measured(metric, alarm.statistic),
        (None, Some(math)) => vec![math.expression.clone()],
        (None, None) => Vec::new(),
    };
    let bound = None
        .or_else(|| alarm.above.map(|above| format!("above {above}")))
        .or_else(|| alarm.below.map(|below| format!("below {below}")))
        .or_else(|| alarm.absent_for.map(|lasts| format!("none for {}", time(lasts))));
    vec![watched.into_iter().chain(bound).collect::<Vec<_>>().join(" ")]
}

fn measured(metric: &Metric, statistic: Option<Statistic>) -> Vec<String> {
    let percentile = match statistic {
        Some(Statistic::P50) => " (half)",
        Some(Statistic::P95) => " (95 %)",
        Some(Statistic::P99) => " (99 %)",
        Some(Statistic::Sum | Statistic::Average | Statistic::Minimum | Statistic::Maximum | Statistic::Count)
        | None => "",
    };
    match metric {
        Metric::Measured(metric) => {
            let word = metric.name.word().replace('-', " ");
            vec![metric.of.to_string(), format!("{word}{percentile}")]
        }
        Metric::Emitted(metric) => {
            let labels: Vec<&str> = metric.dimensions.values().map(String::as_str).collect();
            let labels = if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(" ")) };
            vec![format!("{}{labels}{percentile}", metric.name)]
        }
    }
}
