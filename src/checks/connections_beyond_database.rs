//! Workloads may open more connections than a database takes.
//!
//! It is asked of databases that say how many they take (`parameters.max_connections`) and that no pooler stands in front of. A copy of a
//! function or a service is counted as one connection.
//!
//! Why: under load those beyond are refused, and the load doesn't pass, as they try again.
//! Mend: give each function a `concurrency`, raise `max_connections` with a larger machine, or set `pooler: true`.

use crate::diagnostics::finding::Finding;
use crate::model::access::Grant;
use crate::model::database::{Database, ParameterValue};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

pub(super) const CODE: &str = "connections-beyond-database";

/// The engine's setting, and what PostgreSQL keeps of it for its superusers (`superuser_reserved_connections`, 3 by default).
const TAKEN: &str = "max_connections";
const FOR_SUPERUSERS: u64 = 3;

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    stack.databases.iter().filter_map(|(name, database)| of(stack, name, database)).collect()
}

fn of(stack: &Stack, name: &Name, database: &Database) -> Option<Finding> {
    let taken = match database.parameters.get(TAKEN)? {
        ParameterValue::Number(number) => u64::try_from(*number).ok()?.saturating_sub(FOR_SUPERUSERS),
        ParameterValue::Switch(_) | ParameterValue::Decimal(_) | ParameterValue::Text(_) => return None,
    };
    if database.pooler {
        return None;
    }
    let database = Reference::new(Kind::Database, name);
    let copies = copies(stack, &database);
    let unbounded = copies.iter().find(|(_, copies)| copies.is_none());
    let sum: u64 = copies.iter().filter_map(|(_, copies)| *copies).map(u64::from).sum();
    let summary = match unbounded {
        Some((of, _)) => format!("{of} may open any number of connections to {database}, which takes {taken}"),
        None if sum > taken => format!("workloads may open {sum} connections to {database}, which takes {taken}"),
        None => return None,
    };
    let finding = Finding::error(CODE, ["databases", name.as_str(), "parameters", TAKEN], summary)
        .why("each copy holds one, those beyond are refused, and tried again they keep the database from recovering")
        .fix("give each function a `concurrency`, take a larger machine, or set `pooler: true`");
    Some(copies.iter().fold(finding, |finding, (of, copies)| {
        let said = copies.map_or_else(|| "any number".to_owned(), |copies| format!("up to {copies}"));
        finding.related(of.path(), said)
    }))
}

/// Who connects, with the most copies of it; none where nothing bounds them.
fn copies(stack: &Stack, database: &Reference) -> Vec<(Reference, Option<u32>)> {
    let connects = stack.workloads().filter(|workload| workload.may(Grant::Connect, database));
    connects
        .map(|workload| {
            let name = &workload.reference.name;
            let of_function = stack.functions.get(name).filter(|_| workload.reference.kind == Kind::Function);
            let copies = match of_function {
                Some(function) => {
                    let consuming = function.consumes.as_ref().and_then(|consumption| consumption.concurrency);
                    function.concurrency.or(consuming)
                }
                None => stack.services.get(name).map(|service| service.scale.max),
            };
            (workload.reference, copies)
        })
        .collect()
}
