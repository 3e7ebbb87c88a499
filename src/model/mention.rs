//! Where components name each other: every place of a stack at which a reference stands.

use super::access::{Access, Grant};
use super::alarm::MetricMath;
use super::metric::{Measurement, Metric};
use super::procedure::{ByHand, Query};
use super::reference::{Kind, Reference};
use super::stack::Stack;
use super::topic::Subscriber;
use super::variable::Variable;

/// A place at which a component is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The keys from the top of the environment file to the place; list places as numbers from zero.
    pub path: Vec<String>,
    /// What the component is named for.
    pub role: Role,
    /// The component that is named.
    pub reference: Reference,
}

/// What a component is named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A workload may do something with it.
    Access,
    /// It answers the requests to an API.
    Answers,
    /// A function or service runs it.
    Artifact,
    /// A variable holds one of its attributes.
    Attribute,
    /// A function takes its messages.
    Consumed,
    /// People run it when something is wrong.
    ByHand,
    /// It gets the events that a function gave up.
    DeadLetter,
    /// It is asked for its health after a deployment.
    Health,
    /// It leads people to a procedure.
    LeadsTo,
    /// An alarm or a graph shows one of its measurements.
    Measured,
    /// It brings the schema up to date.
    Migrates,
    /// It is told of an alarm or of spending.
    Notified,
    /// Native properties are set on it.
    Overridden,
    /// It is asked from outside, over and over.
    Probed,
    /// People ask it for what happened.
    Queried,
    /// A service's images come from it.
    Registry,
    /// A schedule runs it.
    Run,
    /// A variable holds the secret.
    Secret,
    /// A site serves its files.
    Served,
    /// It hears a topic.
    Subscriber,
    /// It has to stay quiet while a new version takes over.
    Watched,
}

impl Role {
    /// Whether a component of that kind can stand there.
    pub fn takes(self, kind: Kind) -> bool {
        match self {
            Role::Access => !Grant::on(kind).is_empty(),
            Role::Artifact => kind == Kind::Artifact,
            // The grammar of attributes holds the kinds already.
            Role::Attribute => true,
            Role::Consumed | Role::DeadLetter => kind == Kind::Queue,
            Role::Health => matches!(kind, Kind::Api | Kind::Service),
            Role::LeadsTo | Role::Watched => kind == Kind::Alarm,
            Role::Probed => matches!(kind, Kind::Api | Kind::Service | Kind::Site),
            Role::Queried => kind == Kind::Database,
            Role::Measured => Measurement::ALL.into_iter().any(|measurement| measurement.taken_of(kind)),
            Role::Notified => kind == Kind::Topic,
            Role::Overridden => true,
            Role::Registry => kind == Kind::Registry,
            Role::Answers | Role::ByHand | Role::Migrates | Role::Run => kind == Kind::Function,
            Role::Secret => matches!(kind, Kind::Secret | Kind::Database | Kind::Cache),
            Role::Served => kind == Kind::Bucket,
            Role::Subscriber => matches!(kind, Kind::Queue | Kind::Function),
        }
    }

    /// The kinds that can stand there, in alphabetical order.
    pub fn kinds(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.takes(*kind))
    }
}

impl Stack {
    /// Every place at which a component is named.
    pub fn mentions(&self) -> Vec<Mention> {
        let mut all = Mentions(Vec::new());
        for (name, function) in &self.functions {
            let at = [Kind::Function.section(), name.as_str()];
            all.add(&at, &["artifact"], Role::Artifact, Reference::new(Kind::Artifact, &function.artifact));
            all.access(&at, &function.access);
            all.variables(&at, function.environment.iter().map(|(name, variable)| (name.as_str(), variable)));
            if let Some(consumption) = &function.consumes {
                all.add(&at, &["consumes", "queue"], Role::Consumed, consumption.queue.clone());
            }
            if let Some(queue) = &function.retry.dead_letter {
                all.add(&at, &["retry", "dead-letter"], Role::DeadLetter, queue.clone());
            }
            for (index, alarm) in function.rollout.iter().flat_map(|rollout| &rollout.watch).enumerate() {
                all.add(&at, &["rollout", "watch", &index.to_string()], Role::Watched, alarm.clone());
            }
        }
        for (name, service) in &self.services {
            let at = [Kind::Service.section(), name.as_str()];
            all.add(&at, &["artifact"], Role::Artifact, Reference::new(Kind::Artifact, &service.artifact));
            all.add(&at, &["registry"], Role::Registry, Reference::new(Kind::Registry, &service.registry));
            all.access(&at, &service.access);
            all.variables(&at, service.environment.iter().map(|(name, variable)| (name.as_str(), variable)));
            for (index, alarm) in service.rollout.iter().flat_map(|rollout| &rollout.watch).enumerate() {
                all.add(&at, &["rollout", "watch", &index.to_string()], Role::Watched, alarm.clone());
            }
        }
        for (name, topic) in &self.topics {
            let at = [Kind::Topic.section(), name.as_str()];
            for (index, subscriber) in topic.subscribers.iter().enumerate() {
                if let Subscriber::Component(by) = subscriber {
                    let rest = ["subscribers", &index.to_string(), "component"];
                    all.add(&at, &rest, Role::Subscriber, by.component.clone());
                }
            }
        }
        for (name, schedule) in &self.schedules {
            all.add(&[Kind::Schedule.section(), name.as_str()], &["run"], Role::Run, schedule.run.clone());
        }
        for (name, api) in &self.apis {
            all.add(&[Kind::Api.section(), name.as_str()], &["run"], Role::Answers, api.run.clone());
        }
        for (name, site) in &self.sites {
            all.add(&[Kind::Site.section(), name.as_str()], &["bucket"], Role::Served, site.bucket.clone());
        }
        for (name, alarm) in &self.alarms {
            let at = [Kind::Alarm.section(), name.as_str()];
            all.metric(&at, &["metric"], alarm.metric.as_ref());
            all.math(&at, &["math"], alarm.math.as_ref());
            all.notified(&at, &alarm.notify);
        }
        for (name, dashboard) in &self.dashboards {
            let at = [Kind::Dashboard.section(), name.as_str()];
            for (index, graph) in dashboard.graphs.iter().enumerate() {
                let index = index.to_string();
                all.metric(&at, &["graphs", &index, "metric"], graph.metric.as_ref());
                all.math(&at, &["graphs", &index, "math"], graph.math.as_ref());
            }
        }
        for (name, budget) in &self.budgets {
            all.notified(&[Kind::Budget.section(), name.as_str()], &budget.notify);
        }
        for (name, anomaly) in &self.cost_anomalies {
            all.notified(&[Kind::CostAnomaly.section(), name.as_str()], &anomaly.notify);
        }
        if let Some(health) = &self.gates.health {
            all.add(&["gates"], &["health", "of"], Role::Health, health.of.clone());
        }
        for (name, probe) in &self.probes {
            all.add(&["probes", name.as_str()], &["of"], Role::Probed, probe.of.clone());
        }
        for (name, procedure) in &self.procedures {
            let at = ["procedures", name.as_str()];
            for (index, alarm) in procedure.alarms.iter().enumerate() {
                all.add(&at, &["alarms", &index.to_string()], Role::LeadsTo, alarm.clone());
            }
            all.by_hand(&at, "run", procedure.run.as_ref());
            all.queried(&at, "query", procedure.query.as_ref());
        }
        if let Some(migrations) = &self.migrations {
            all.add(&["migrations"], &["run"], Role::Migrates, migrations.run.clone());
        }
        if let Some(recovery) = &self.recovery {
            all.by_hand(&["recovery"], "backfill", recovery.backfill.as_ref());
            all.queried(&["recovery"], "reset", recovery.reset.as_ref());
        }
        for (cloud, overrides) in &self.overrides {
            for reference in overrides.keys() {
                let at = ["overrides", cloud.word()];
                all.add(&at, &[&reference.to_string()], Role::Overridden, reference.clone());
            }
        }
        all.0
    }
}

struct Mentions(Vec<Mention>);

impl Mentions {
    fn add(&mut self, at: &[&str], rest: &[&str], role: Role, reference: Reference) {
        let path = at.iter().chain(rest).map(|part| (*part).to_owned()).collect();
        self.0.push(Mention { path, role, reference });
    }

    fn access(&mut self, at: &[&str], access: &Access) {
        for reference in access.keys() {
            self.add(at, &["access", &reference.to_string()], Role::Access, reference.clone());
        }
    }

    fn variables<'a>(&mut self, at: &[&str], variables: impl Iterator<Item = (&'a str, &'a Variable)>) {
        for (name, variable) in variables {
            match variable {
                Variable::From(from) => {
                    self.add(at, &["environment", name, "from"], Role::Attribute, from.from.of.clone());
                }
                Variable::Secret(from) => {
                    self.add(at, &["environment", name, "secret"], Role::Secret, from.secret.clone());
                }
                Variable::Text(_) | Variable::Number(_) | Variable::Decimal(_) | Variable::Switch(_) => {}
            }
        }
    }

    fn metric(&mut self, at: &[&str], rest: &[&str], metric: Option<&Metric>) {
        if let Some(Metric::Measured(measured)) = metric {
            let rest: Vec<&str> = rest.iter().copied().chain(["of"]).collect();
            self.add(at, &rest, Role::Measured, measured.of.clone());
        }
    }

    fn math(&mut self, at: &[&str], rest: &[&str], math: Option<&MetricMath>) {
        for (name, term) in math.into_iter().flat_map(|math| &math.terms) {
            let rest: Vec<&str> = rest.iter().copied().chain(["terms", name.as_str(), "metric"]).collect();
            self.metric(at, &rest, Some(&term.metric));
        }
    }

    fn by_hand(&mut self, at: &[&str], key: &str, run: Option<&ByHand>) {
        if let Some(run) = run {
            self.add(at, &[key, "function"], Role::ByHand, run.function.clone());
        }
    }

    fn queried(&mut self, at: &[&str], key: &str, query: Option<&Query>) {
        if let Some(query) = query {
            self.add(at, &[key, "database"], Role::Queried, query.database.clone());
        }
    }

    fn notified(&mut self, at: &[&str], topics: &[Reference]) {
        for (index, topic) in topics.iter().enumerate() {
            self.add(at, &["notify", &index.to_string()], Role::Notified, topic.clone());
        }
    }
}
