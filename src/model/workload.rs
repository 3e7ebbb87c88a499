//! What functions and services have in common: code of the system's own, with variables, access and metrics.

use std::collections::BTreeMap;

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
}

impl Stack {
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
