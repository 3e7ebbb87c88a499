//! Which role of its artifact's contract a workload plays.

use crate::contract::role::{Role, RunsAs};
use crate::contract::{Contract, Contracts};
use crate::model::name::Name;
use crate::model::reference::Kind;
use crate::model::service::Service;
use crate::model::stack::Stack;
use crate::model::units::{Size, Time};
use crate::model::workload::Workload;

/// A workload of an artifact that has a contract.
pub(super) struct Part<'stack> {
    /// The workload.
    pub(super) workload: Workload<'stack>,
    /// Its artifact.
    pub(super) artifact: &'stack Name,
    /// The artifact's contract.
    pub(super) contract: &'stack Contract,
    /// The form in which it runs.
    pub(super) form: RunsAs,
    /// The word that tells it its role; none for a service that leaves it to its image.
    pub(super) told: Option<&'stack str>,
    /// The key that holds the word.
    pub(super) key: &'static str,
    /// Memory.
    pub(super) memory: Size,
    /// The longest that a run may take; none for a service.
    pub(super) timeout: Option<Time>,
    /// The service, where it is one.
    pub(super) service: Option<&'stack Service>,
}

impl<'stack> Part<'stack> {
    /// The role that it plays: the one that it is told, else the only one that there is.
    pub(super) fn role(&self) -> Option<&'stack Role> {
        match (self.told, self.contract.roles.as_slice()) {
            (Some(told), _) => self.contract.role(told),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }
}

/// Every workload whose artifact has a contract.
fn parts<'stack>(stack: &'stack Stack, contracts: &'stack Contracts) -> impl Iterator<Item = Part<'stack>> {
    stack.workloads().filter_map(move |workload| {
        let name = &workload.reference.name;
        if workload.reference.kind == Kind::Function {
            let function = stack.functions.get(name)?;
            let (artifact, told) = (&function.artifact, Some(function.handler.as_str()));
            let contract = contracts.get(artifact)?;
            let (memory, timeout) = (function.memory, Some(function.timeout));
            let (form, key) = (RunsAs::Function, "handler");
            Some(Part { workload, artifact, contract, form, told, key, memory, timeout, service: None })
        } else {
            let service = stack.services.get(name)?;
            let (artifact, told) = (&service.artifact, service.command.first().map(String::as_str));
            let contract = contracts.get(artifact)?;
            let (form, key, memory) = (RunsAs::Service, "command", service.memory);
            Some(Part { workload, artifact, contract, form, told, key, memory, timeout: None, service: Some(service) })
        }
    })
}

/// Every workload whose artifact has a contract.
pub(super) fn all<'stack>(stack: &'stack Stack, contracts: &'stack Contracts) -> Vec<Part<'stack>> {
    parts(stack, contracts).collect()
}

/// Every workload that plays a role of its contract, with the role.
pub(super) fn played<'stack>(stack: &'stack Stack, contracts: &'stack Contracts) -> Vec<(Part<'stack>, &'stack Role)> {
    parts(stack, contracts).filter_map(|part| part.role().map(|role| (part, role))).collect()
}
