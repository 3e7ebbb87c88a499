//! What the engine needs and gives, for whoever deploys it: written to `contract.json` beside the manifest.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    configuration::variable::{Kind, VARIABLES},
    database::migration,
    metric::{Metric, NAMESPACE},
    role::Role,
};

/// The whole contract.
#[derive(Debug, Serialize)]
pub struct Contract {
    /// The shape of this document.
    pub format_version: u32,
    /// The engine's version.
    pub version: &'static str,
    /// The oldest schema that it works with and the newest that it knows.
    pub schema: SchemaRange,
    /// The namespace of its metrics.
    pub metric_namespace: &'static str,
    /// Its roles.
    pub roles: Vec<RoleContract>,
}

/// Versions of the database's schema.
#[derive(Debug, Serialize)]
pub struct SchemaRange {
    /// The oldest.
    pub least: i64,
    /// The newest.
    pub newest: i64,
    /// The oldest build, by the newest version that it knew, which still works with the newest: a migration that takes something
    /// away ends the line.
    pub works_from: i64,
}

/// What one role needs and gives.
#[derive(Debug, Serialize)]
pub struct RoleContract {
    /// The role's name: the argument, or a function's handler.
    pub role: Role,
    /// `function` for one that works through events, `service` for one that listens, `job` for one that runs once.
    pub runs_as: &'static [&'static str],
    /// Environment variables that it reads.
    pub variables: Vec<VariableContract>,
    /// The port that it listens on.
    pub port: Option<u16>,
    /// Where its health is asked.
    pub health_path: Option<&'static str>,
    /// Variables that hold the address of a queue which it sends to; the engine's own queue is a table.
    pub queues: &'static [&'static str],
    /// Metrics that it emits.
    pub metrics: Vec<MetricContract>,
    /// What it does with other components, by their kind.
    pub permissions: BTreeMap<&'static str, &'static [&'static str]>,
    /// MiB of memory at least.
    pub memory_mib: u32,
    /// Seconds at least that an invocation may take; nothing for a role that runs on.
    pub seconds: Option<u32>,
}

/// One environment variable.
#[derive(Debug, Serialize)]
pub struct VariableContract {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// Whether the role refuses to start without it.
    pub required: bool,
    /// Whether its value must not be seen; a reference to a secret is taken too.
    pub secret: bool,
    /// What stands when it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<&'static str>,
    /// The only words that it may hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_of: Option<&'static [&'static str]>,
}

/// One metric.
#[derive(Debug, Serialize)]
pub struct MetricContract {
    /// Its name.
    pub name: &'static str,
    /// Its unit, in CloudWatch's words.
    pub unit: &'static str,
}

/// The contract of this build.
pub fn contract() -> Contract {
    let (least, newest) = migration::range();
    Contract {
        format_version: 1,
        version: env!("CARGO_PKG_VERSION"),
        schema: SchemaRange { least, newest, works_from: migration::works_from() },
        metric_namespace: NAMESPACE,
        roles: Role::ALL.into_iter().map(of).collect(),
    }
}

fn of(role: Role) -> RoleContract {
    use Metric::{
        CrmSyncs, CrmSyncsDone, DatabaseErrors, FirstContacts, FirstContactsInTime, ForecastsIngested, HailAlerts,
        LeadLatency, RouteLatency, SLABreaches,
    };
    let (metrics, memory_mib, seconds): (&[Metric], _, _) = match role {
        Role::Api => (&[DatabaseErrors, FirstContacts, FirstContactsInTime, RouteLatency, SLABreaches], 128, None),
        Role::Crm => (&[CrmSyncs, CrmSyncsDone, DatabaseErrors, SLABreaches], 128, Some(60)),
        // A field of the whole United States at a kilometre is 98 MB in numbers, beside the file itself.
        Role::Ingest => (&[DatabaseErrors, ForecastsIngested, HailAlerts, SLABreaches], 1024, Some(120)),
        Role::Migrate => (&[DatabaseErrors], 128, Some(300)),
        Role::Propose => (&[DatabaseErrors, LeadLatency, SLABreaches], 128, Some(120)),
        Role::Route => (&[DatabaseErrors, RouteLatency, SLABreaches], 256, Some(60)),
    };
    let variables =
        VARIABLES.iter().filter(|variable| variable.roles.contains(&role)).map(|variable| VariableContract {
            name: variable.name,
            meaning: variable.meaning,
            required: variable.required,
            secret: variable.secret,
            default: variable.default,
            one_of: if let Kind::OneOf(words) = variable.kind { Some(words) } else { None },
        });
    let service = role == Role::Api;
    RoleContract {
        role,
        runs_as: if service { &["service", "function"] } else { &["function", "job"] },
        variables: variables.collect(),
        port: service.then_some(8501),
        health_path: service.then_some("/health"),
        queues: &[],
        metrics: metrics.iter().map(|metric| MetricContract { name: metric.name(), unit: metric.unit() }).collect(),
        permissions: permissions(role),
        memory_mib,
        seconds,
    }
}

/// Logging in to the database and reading secrets given by reference; the cache is the API's.
fn permissions(role: Role) -> BTreeMap<&'static str, &'static [&'static str]> {
    let mut permissions: BTreeMap<&str, &[&str]> =
        BTreeMap::from([("database", &["connect"][..]), ("secret", &["read"])]);
    if role == Role::Api {
        permissions.insert("cache", &["connect"]);
    }
    permissions
}

#[cfg(test)]
mod tests {
    use super::contract;

    /// Writes `contract.json` when `UPDATE_CONTRACT` is set, and fails all the same if it differed.
    #[test]
    fn the_contract_on_disk_is_the_one_of_this_build() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/contract.json");
        let expected = serde_json::to_string_pretty(&contract()).unwrap() + "\n";
        let found = std::fs::read_to_string(path).unwrap_or_default();
        if crate::environment::variable("UPDATE_CONTRACT").is_some() {
            std::fs::write(path, &expected).unwrap();
        }
        assert!(
            found == expected,
            "engine/contract.json is stale: run this test with UPDATE_CONTRACT=1 and look at the diff"
        );
    }
}
