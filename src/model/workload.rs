//! What functions and services have in common: code of the system's own, with variables, access and metrics.

use std::collections::{BTreeMap, BTreeSet};

use super::access::{Access, Grant};
use super::metric::EmittedMetric;
use super::name::Name;
use super::reference::{Kind, Reference};
use super::stack::Stack;
use super::variable::{Variable, VariableName};

/// A function or a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload<'stack> {
    /// Which one.
    pub reference: Reference,
    /// Whether it stands in the private network.
    pub private: bool,
    /// Its environment variables.
    pub environment: &'stack BTreeMap<VariableName, Variable>,
    /// What it may do.
    pub access: &'stack Access,
    /// The metrics that it emits itself.
    pub emits: &'stack [EmittedMetric],
}

impl Workload<'_> {
    /// The keys from the top of the environment file to a part of it.
    pub fn path<const COUNT: usize>(&self, rest: [&str; COUNT]) -> Vec<String> {
        self.reference.path().into_iter().chain(rest.into_iter().map(str::to_owned)).collect()
    }

    /// Whether it has been granted that.
    pub fn may(&self, grant: Grant, on: &Reference) -> bool {
        self.access.get(on).is_some_and(|grants| grants.contains(&grant))
    }

    /// Whether it has the value of a secret, in a variable or by a grant.
    pub fn reads(&self, secret: &Reference) -> bool {
        self.access.contains_key(secret) || held(self.environment).any(|one| one == secret)
    }
}

/// The secrets, and the logins of other components, that variables hold.
fn held(environment: &BTreeMap<VariableName, Variable>) -> impl Iterator<Item = &Reference> {
    environment.values().filter_map(|variable| match variable {
        Variable::Secret(from) => Some(&from.secret),
        Variable::Text(_) | Variable::Number(_) | Variable::Decimal(_) | Variable::Switch(_) | Variable::From(_) => {
            None
        }
    })
}

/// The variable that names the secrets of a workload that were rotated, such as `crm:2,mail:1`. A deployment in which it changes
/// starts the workload anew.
pub const ROTATIONS: &str = "SECRET_ROTATIONS";

/// The variable that names the build that a workload runs, where the environment's gates ask it for that. It holds the build's digest.
pub const BUILD: &str = "BUILD_DIGEST";

impl Stack {
    /// Whether the gates ask a workload which build it runs: it answers the health path, itself or behind an API.
    pub fn asks_build(&self, of: &Reference) -> bool {
        let health = self.gates.health.as_ref().filter(|health| health.build.is_some());
        health.is_some_and(|health| match health.of.kind {
            Kind::Api => self.apis.get(&health.of.name).is_some_and(|api| api.run == *of),
            _ => health.of == *of,
        })
    }

    /// How often the secrets were rotated that a workload reads; none where none was.
    pub fn rotations(&self, environment: &BTreeMap<VariableName, Variable>, access: &Access) -> Option<String> {
        let read: BTreeSet<&Reference> =
            held(environment).chain(access.keys()).filter(|reference| reference.kind == Kind::Secret).collect();
        let rotated: Vec<String> = read
            .into_iter()
            .filter_map(|reference| self.secrets.get(&reference.name).map(|secret| (&reference.name, secret.rotation)))
            .filter(|(_, rotation)| *rotation > 0)
            .map(|(name, rotation)| format!("{name}:{rotation}"))
            .collect();
        (!rotated.is_empty()).then(|| rotated.join(","))
    }

    /// Every function, then every service.
    pub fn workloads(&self) -> impl Iterator<Item = Workload<'_>> {
        fn of<T>(kind: Kind, map: &BTreeMap<Name, T>) -> impl Iterator<Item = (Reference, &T)> {
            map.iter().map(move |(name, one)| (Reference::new(kind, name), one))
        }
        let functions = of(Kind::Function, &self.functions).map(|(reference, function)| Workload {
            reference,
            private: function.private,
            environment: &function.environment,
            access: &function.access,
            emits: &function.emits,
        });
        let services = of(Kind::Service, &self.services).map(|(reference, service)| Workload {
            reference,
            private: true,
            environment: &service.environment,
            access: &service.access,
            emits: &service.emits,
        });
        functions.chain(services)
    }
}
