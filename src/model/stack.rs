//! A whole application stack.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::alarm::Alarm;
use super::api::Api;
use super::artifact::Artifact;
use super::bucket::Bucket;
use super::budget::Budget;
use super::cache::Cache;
use super::cost_anomaly::CostAnomaly;
use super::dashboard::Dashboard;
use super::database::Database;
use super::domain::Domain;
use super::function::Function;
use super::gate::Gates;
use super::ledger::Ledger;
use super::log::Logs;
use super::migration::Migrations;
use super::name::Name;
use super::network::Network;
use super::placement::{Cloud, Placement};
use super::portability::Portability;
use super::probe::Probe;
use super::procedure::Procedure;
use super::promise::Promises;
use super::protection::Protection;
use super::queue::Queue;
use super::recovery::Recovery;
use super::reference::{Kind, Reference};
use super::registry::Registry;
use super::releases::Releases;
use super::schedule::Schedule;
use super::secret::Secret;
use super::service::Service;
use super::setting::Setting;
use super::site::Site;
use super::topic::Topic;

/// One environment of a system: where it stands and everything that it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stack {
    /// What the system is, for people.
    pub description: String,
    /// Where it stands.
    pub placement: Placement,
    /// Where deployments are recorded: a folder below the project's root (`file:.landfall/ledger`), the address of a store
    /// that `landfall --help` names for `--ledger`, or such an address with the account and region that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<Ledger>,
    /// What may not be done otherwise than asked, where the cloud can only come near.
    #[serde(default)]
    pub portability: Portability,
    /// What it is guarded against.
    #[serde(default)]
    pub protection: Protection,
    /// What a release has to pass on its way here, and what a deployment has to show.
    #[serde(default)]
    pub gates: Gates,
    /// How much of the past stays ready to be brought back.
    #[serde(default)]
    pub releases: Releases,
    /// Labels on everything that can carry them.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The name under which the internet finds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<Domain>,
    /// The private network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// What workloads write down.
    #[serde(default)]
    pub logs: Logs,
    /// Built workloads.
    #[serde(default)]
    pub artifacts: BTreeMap<Name, Artifact>,
    /// Relational databases.
    #[serde(default)]
    pub databases: BTreeMap<Name, Database>,
    /// How the databases' schema follows the releases that use it. Nothing is run where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrations: Option<Migrations>,
    /// In-memory stores.
    #[serde(default)]
    pub caches: BTreeMap<Name, Cache>,
    /// Object stores.
    #[serde(default)]
    pub buckets: BTreeMap<Name, Bucket>,
    /// Message queues.
    #[serde(default)]
    pub queues: BTreeMap<Name, Queue>,
    /// Channels of notifications.
    #[serde(default)]
    pub topics: BTreeMap<Name, Topic>,
    /// Values that nobody may read in passing.
    #[serde(default)]
    pub secrets: BTreeMap<Name, Secret>,
    /// Plain values that workloads read while they run, such as feature flags.
    #[serde(default)]
    pub settings: BTreeMap<Name, Setting>,
    /// Stores of container images.
    #[serde(default)]
    pub registries: BTreeMap<Name, Registry>,
    /// Code that runs on events.
    #[serde(default)]
    pub functions: BTreeMap<Name, Function>,
    /// Containers that run all the time.
    #[serde(default)]
    pub services: BTreeMap<Name, Service>,
    /// Addresses on the internet at which functions answer.
    #[serde(default)]
    pub apis: BTreeMap<Name, Api>,
    /// Files of buckets, served to the world by the cloud's content delivery network.
    #[serde(default)]
    pub sites: BTreeMap<Name, Site>,
    /// Clocks that run functions.
    #[serde(default)]
    pub schedules: BTreeMap<Name, Schedule>,
    /// Who is told when.
    #[serde(default)]
    pub alarms: BTreeMap<Name, Alarm>,
    /// Pages of graphs.
    #[serde(default)]
    pub dashboards: BTreeMap<Name, Dashboard>,
    /// Limits on spending.
    #[serde(default)]
    pub budgets: BTreeMap<Name, Budget>,
    /// Watches for unusual spending.
    #[serde(default)]
    pub cost_anomalies: BTreeMap<Name, CostAnomaly>,
    /// What people do when something is wrong, for the runbook.
    #[serde(default)]
    pub procedures: BTreeMap<Name, Procedure>,
    /// What is asked from outside, so that somebody is told also when the cloud is down.
    #[serde(default)]
    pub probes: BTreeMap<Name, Probe>,
    /// What is promised for the day on which something is lost, beside which the runbook says what is reached.
    #[serde(default)]
    pub promises: Promises,
    /// What is promised when a whole region is lost. Nothing where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// Native properties by cloud, component and native type, for what the model has no word for. They are checked
    /// against the cloud's own schema and win over what landfall would have rendered.
    #[serde(default)]
    pub overrides: BTreeMap<Cloud, Overrides>,
}

/// Native properties by component and native type.
pub type Overrides = BTreeMap<Reference, BTreeMap<String, BTreeMap<String, Value>>>;

impl Stack {
    /// Takes every protection against deletion off, its own and its components', for what is there only for a while.
    pub fn unprotect(&mut self) {
        self.protection = Protection::default();
        self.databases.values_mut().for_each(|database| database.protected = false);
        self.buckets.values_mut().for_each(|bucket| bucket.protected = false);
        let balancers = self.services.values_mut().filter_map(|service| service.load_balancer.as_mut());
        balancers.for_each(|balancer| balancer.protected = false);
    }

    /// Every named component, ordered by kind and name.
    pub fn components(&self) -> BTreeSet<Reference> {
        fn all<'a, T>(kind: Kind, map: &'a BTreeMap<Name, T>) -> impl Iterator<Item = Reference> + 'a {
            map.keys().map(move |name| Reference::new(kind, name))
        }
        let mut components = BTreeSet::new();
        for kind in Kind::ALL {
            match kind {
                Kind::Alarm => components.extend(all(kind, &self.alarms)),
                Kind::Api => components.extend(all(kind, &self.apis)),
                Kind::Artifact => components.extend(all(kind, &self.artifacts)),
                Kind::Bucket => components.extend(all(kind, &self.buckets)),
                Kind::Budget => components.extend(all(kind, &self.budgets)),
                Kind::Cache => components.extend(all(kind, &self.caches)),
                Kind::CostAnomaly => components.extend(all(kind, &self.cost_anomalies)),
                Kind::Dashboard => components.extend(all(kind, &self.dashboards)),
                Kind::Database => components.extend(all(kind, &self.databases)),
                Kind::Function => components.extend(all(kind, &self.functions)),
                Kind::Queue => components.extend(all(kind, &self.queues)),
                Kind::Registry => components.extend(all(kind, &self.registries)),
                Kind::Schedule => components.extend(all(kind, &self.schedules)),
                Kind::Secret => components.extend(all(kind, &self.secrets)),
                Kind::Service => components.extend(all(kind, &self.services)),
                Kind::Setting => components.extend(all(kind, &self.settings)),
                Kind::Site => components.extend(all(kind, &self.sites)),
                Kind::Topic => components.extend(all(kind, &self.topics)),
            }
        }
        components
    }

    /// Whether there is such a component.
    pub fn has(&self, reference: &Reference) -> bool {
        let name = &reference.name;
        match reference.kind {
            Kind::Alarm => self.alarms.contains_key(name),
            Kind::Api => self.apis.contains_key(name),
            Kind::Artifact => self.artifacts.contains_key(name),
            Kind::Bucket => self.buckets.contains_key(name),
            Kind::Budget => self.budgets.contains_key(name),
            Kind::Cache => self.caches.contains_key(name),
            Kind::CostAnomaly => self.cost_anomalies.contains_key(name),
            Kind::Dashboard => self.dashboards.contains_key(name),
            Kind::Database => self.databases.contains_key(name),
            Kind::Function => self.functions.contains_key(name),
            Kind::Queue => self.queues.contains_key(name),
            Kind::Registry => self.registries.contains_key(name),
            Kind::Schedule => self.schedules.contains_key(name),
            Kind::Secret => self.secrets.contains_key(name),
            Kind::Service => self.services.contains_key(name),
            Kind::Setting => self.settings.contains_key(name),
            Kind::Site => self.sites.contains_key(name),
            Kind::Topic => self.topics.contains_key(name),
        }
    }
}
