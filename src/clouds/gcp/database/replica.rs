//! Instances that follow another one: those beside it, which serve reads, and the one in another region, which can take over.
//!
//! The network spans all regions, and the range of the private services with it: the one elsewhere is reached as those here are.

use serde_json::{Value, json};

use super::{KIND, left_out, longest, physical, put, settings};
use crate::clouds::gcp::draft::{Draft, at, attribute};
use crate::clouds::gcp::{names, network};
use crate::diagnostics::finding::Finding;
use crate::model::database::Database;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

/// The most copies that read from one instance (Cloud SQL documentation, "Quotas and limits").
const REPLICAS: u32 = 10;

/// Adds the copies of a database. `instance` is what they share with it.
pub(super) fn render(draft: &mut Draft<'_>, of: &Reference, database: &Database, instance: &Value, tier: &str) {
    let local = names::local(of);
    for number in 1..=database.replicas {
        let mut replica = instance.clone();
        put(&mut replica, "name", json!(copy(draft, &of.name, number)));
        put(&mut replica, "settings", settings(tier, database, false));
        add(draft, of, replica_local(&local, number), follows(replica, &local));
    }
    let Some(region) = &database.replica_in else { return };
    let mut replica = instance.clone();
    put(&mut replica, "name", json!(elsewhere(draft, &of.name, region)));
    put(&mut replica, "region", json!(region));
    put(&mut replica, "settings", settings(tier, database, database.promoted));
    if database.promoted {
        // The provider promotes one that it knows as a replica when this says otherwise and it follows nothing.
        put(&mut replica, "instance_type", json!("CLOUD_SQL_INSTANCE"));
    } else {
        replica = follows(replica, &local);
    }
    add(draft, of, elsewhere_local(&local), replica);
    draft.output(
        format!("{}_host", elsewhere_local(&local)),
        format!("Where the copy of {of} in {region} listens"),
        attribute(KIND, &elsewhere_local(&local), "private_ip_address"),
    );
}

fn follows(mut replica: Value, local: &str) -> Value {
    put(&mut replica, "master_instance_name", attribute(KIND, local, "name"));
    replica
}

fn add(draft: &mut Draft<'_>, of: &Reference, local: String, arguments: Value) {
    let version = draft.stack.databases.get(&of.name).map(|database| database.version.clone()).unwrap_or_default();
    let resource = draft.add(&of.to_string(), KIND, local, arguments);
    resource.depends_on.insert(network::peering());
    left_out(resource, version.split('.').next().unwrap_or_default());
}

/// The name of a copy; copies count from one.
fn copy(draft: &Draft<'_>, name: &Name, number: u32) -> String {
    names::with(draft.target, name.as_str(), &format!("replica-{number}"), longest(draft))
}

/// The name of the copy in another region.
fn elsewhere(draft: &Draft<'_>, name: &Name, region: &str) -> String {
    names::with(draft.target, name.as_str(), &format!("replica-{region}"), longest(draft))
}

/// The names of a database's copies that follow it.
pub(in crate::clouds::gcp) fn replicas(draft: &Draft<'_>, name: &Name) -> Vec<String> {
    let Some(database) = draft.stack.databases.get(name) else { return Vec::new() };
    let elsewhere = database.replica_in.iter().filter(|_| !database.promoted);
    (1..=database.replicas)
        .map(|number| copy(draft, name, number))
        .chain(elsewhere.map(|region| self::elsewhere(draft, name, region)))
        .collect()
}

/// The name of the instance that takes writes.
pub(in crate::clouds::gcp) fn serving(draft: &Draft<'_>, name: &Name) -> String {
    let database = draft.stack.databases.get(name).filter(|database| database.promoted);
    match database.and_then(|database| database.replica_in.as_deref()) {
        Some(region) => elsewhere(draft, name, region),
        None => physical(draft, name),
    }
}

/// The names of all instances of a database.
pub(in crate::clouds::gcp) fn instances(draft: &Draft<'_>, name: &Name) -> Vec<String> {
    let mut all = vec![physical(draft, name)];
    all.extend(replicas(draft, name));
    let serving = serving(draft, name);
    if !all.contains(&serving) {
        all.push(serving);
    }
    all
}

/// The name of a copy inside the document; copies count from one.
pub(in crate::clouds::gcp) fn replica_local(local: &str, number: u32) -> String {
    format!("{local}_replica_{number}")
}

/// The name of the copy in another region inside the document.
pub(in crate::clouds::gcp) fn elsewhere_local(local: &str) -> String {
    format!("{local}_replica_elsewhere")
}

/// The name inside the document of the instance that takes writes.
pub(in crate::clouds::gcp) fn first(stack: &Stack, name: &Name) -> String {
    let local = names::local(&Reference::new(Kind::Database, name));
    let promoted = stack.databases.get(name).is_some_and(|database| database.promoted && database.replica_in.is_some());
    if promoted { elsewhere_local(&local) } else { local }
}

/// What gives the address of a database.
pub(in crate::clouds::gcp) fn host(stack: &Stack, name: &Name) -> Value {
    attribute(KIND, &first(stack, name), "private_ip_address")
}

/// What gives the address of a database that takes reads only: the first copy, or the database itself where it has none. A copy in another
/// region isn't asked from here, and those that follow what was left behind aren't either.
pub(in crate::clouds::gcp) fn reader(stack: &Stack, name: &Name) -> String {
    let local = names::local(&Reference::new(Kind::Database, name));
    let copied = stack.databases.get(name).is_some_and(|database| database.replicas > 0 && !database.promoted);
    let local = if copied { replica_local(&local, 1) } else { first(stack, name) };
    format!("{KIND}.{local}.private_ip_address")
}

/// What gives the addresses of a database and its copies.
pub(in crate::clouds::gcp) fn addresses(stack: &Stack, name: &Name) -> Vec<String> {
    let local = names::local(&Reference::new(Kind::Database, name));
    let Some(database) = stack.databases.get(name) else { return Vec::new() };
    std::iter::once(local.clone())
        .chain((1..=database.replicas).map(|number| replica_local(&local, number)))
        .chain(database.replica_in.iter().map(|_| elsewhere_local(&local)))
        .map(|local| format!("{KIND}.{local}.private_ip_address"))
        .collect()
}

/// What Cloud SQL would refuse of copies.
pub(super) fn check(draft: &mut Draft<'_>, of: &Reference, database: &Database) {
    let count = database.replicas.saturating_add(u32::from(database.replica_in.is_some()));
    if count > REPLICAS {
        draft.findings.push(
            Finding::error("gcp-replicas", at(of, &["replicas"]), format!("{count} copies that serve reads"))
                .why(format!("Cloud SQL lets {REPLICAS} copies follow one database"))
                .fix(format!("ask for at most {REPLICAS}")),
        );
    }
}
