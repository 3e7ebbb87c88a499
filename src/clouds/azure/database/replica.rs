//! Servers that follow another one: those beside it, which serve reads, and the one in another region, which can take over.
//!
//! No network is made in the other region. Servers stand outside of networks and are reached through endpoints, and an endpoint may lead to
//! another region; they follow each other by themselves (Azure Private Link documentation, "What is a private endpoint?"; Azure Database for
//! PostgreSQL documentation, "Networking with Private Link": read replicas work as designed). A server with endpoints can't have one that
//! follows it from within a network (the same page).

use serde_json::{Map, Value, json};

use super::{SERVERS, connect, id, maintenance, settings};
use crate::clouds::azure::draft::Draft;
use crate::clouds::azure::id::Id;
use crate::clouds::azure::{log, names, protection};
use crate::model::database::Database;
use crate::model::name::Name;
use crate::model::reference::Reference;

/// The most servers that follow one (Azure Database for PostgreSQL documentation, "Read replicas").
const REPLICAS: u32 = 5;

/// Adds the copies of a database, each with its settings, one after the other: a server with a copy in the making takes no other work. `shared` is
/// what they have in common with it; gives back what the next step waits for.
///
/// They have their settings before it has its own: what bounds memory has to be at least as large at a copy as at what it follows.
pub(super) fn render(
    draft: &mut Draft<'_>,
    of: &Reference,
    database: &Database,
    shared: &Map<String, Value>,
    sku: &Value,
    after: String,
) -> String {
    let component = of.to_string();
    let part = component.replace('.', "-");
    let mut last = after;
    for number in 1..=database.replicas {
        let server = copy(draft, &of.name, number);
        let properties = Value::Object(shared.clone());
        last = add(draft, of, &server, json!({ "sku": sku, "properties": properties }), None, last);
        last = settings(draft, &component, &server, database, last);
        connect(draft, &component, &server, &format!("{part}-replica-{number}"));
    }
    let Some(region) = &database.replica_in else { return last };
    let server = elsewhere(draft, &of.name, region);
    let mut properties = shared.clone();
    properties.insert("maintenanceWindow".to_owned(), maintenance(database));
    if database.promoted {
        // What has reached the region is applied first. Where the other one is lost, people promote it by hand, without.
        let promotion = json!({ "promoteMode": "Standalone", "promoteOption": "Planned" });
        properties.insert("replica".to_owned(), promotion);
    }
    last = add(draft, of, &server, json!({ "sku": sku, "properties": properties }), Some(region), last);
    last = settings(draft, &component, &server, database, last);
    connect(draft, &component, &server, &format!("{part}-replica-{region}"));
    if database.export_logs {
        log::send(draft, &component, &server, &[super::LOGS]);
    }
    if database.protected || draft.stack.protection.data {
        protection::lock(draft, &component, &server);
    }
    let output = format!("database{}ReplicaHost", names::pascal(of.name.as_str()));
    draft.output(output, server.gives("fullyQualifiedDomainName"));
    last
}

/// Adds a server that follows the database's own; `region` is where, if that is elsewhere.
fn add(draft: &mut Draft<'_>, of: &Reference, server: &Id, body: Value, region: Option<&str>, after: String) -> String {
    let mut body = body;
    let source = id(draft, &of.name).value();
    if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("createMode".to_owned(), json!("Replica"));
        properties.insert("sourceServerResourceId".to_owned(), source);
    }
    let resource = draft.add(&of.to_string(), server, body);
    resource.depends_on.insert(format!("[{after}]"));
    if let Some(region) = region {
        resource.body.insert("location".to_owned(), json!(region));
    }
    server.text()
}

/// The server of a copy, counted from one.
fn copy(draft: &Draft<'_>, name: &Name, number: u32) -> Id {
    Id::new(SERVERS, draft.global(&format!("{name}-replica-{number}"), names::DATABASE))
}

/// The server of the copy in another region.
pub(in crate::clouds::azure) fn elsewhere(draft: &Draft<'_>, name: &Name, region: &str) -> Id {
    Id::new(SERVERS, draft.global(&format!("{name}-replica-{region}"), names::DATABASE))
}

/// The servers that follow a database's own.
pub(in crate::clouds::azure) fn replicas(draft: &Draft<'_>, name: &Name) -> Vec<Id> {
    let Some(database) = draft.stack.databases.get(name) else { return Vec::new() };
    let elsewhere = database.replica_in.iter().filter(|_| !database.promoted);
    (1..=database.replicas)
        .map(|number| copy(draft, name, number))
        .chain(elsewhere.map(|region| self::elsewhere(draft, name, region)))
        .collect()
}

/// The server that takes writes: the database's own, or the copy that took over.
pub(in crate::clouds::azure) fn serving(draft: &Draft<'_>, name: &Name) -> Id {
    let database = draft.stack.databases.get(name).filter(|database| database.promoted);
    match database.and_then(|database| database.replica_in.as_deref()) {
        Some(region) => elsewhere(draft, name, region),
        None => id(draft, name),
    }
}

/// The server for reads only: the first copy, or the one that takes writes where there is none. A copy in another region isn't asked from here,
/// and those that follow what was left behind aren't either.
pub(in crate::clouds::azure) fn reader(draft: &Draft<'_>, name: &Name) -> Id {
    let copied = draft.stack.databases.get(name).is_some_and(|database| database.replicas > 0 && !database.promoted);
    if copied { copy(draft, name, 1) } else { serving(draft, name) }
}

/// What Azure would refuse of copies, or does otherwise than asked.
pub(super) fn check(draft: &mut Draft<'_>, of: &Reference, database: &Database) {
    let count = database.replicas.saturating_add(u32::from(database.replica_in.is_some()));
    if count > REPLICAS {
        draft.never(
            "azure-database-replicas",
            of,
            ["replicas"],
            format!("{count} replicas"),
            format!("a server has at most {REPLICAS}, those in other regions among them"),
            "ask for fewer",
        );
    }
    if database.replicas > 1 {
        draft.nearly(
            "azure-database-replicas",
            of,
            ["replicas"],
            "one name that leads to every replica",
            "each replica has a name of its own; `reader-host` is the first one's",
            "spread reads in the workload, or ask for one larger replica",
        );
    }
    if database.follows.is_some() {
        draft.never(
            "azure-database-replica",
            of,
            ["follows"],
            "a copy of another environment's database",
            "the stack of a database makes its copies in other regions too",
            "leave it out here; `replica-in` on the other database makes a copy in this region",
        );
    }
    let Some(region) = database.replica_in.clone() else { return };
    if !database.promoted {
        let here = draft.region();
        return draft.nearly(
            "azure-database-replica",
            of,
            ["replica-in"],
            format!("a copy in `{region}` that can be promoted whatever happens to `{here}`"),
            format!(
                "it stands in the stack's resource group, which belongs to `{here}`: while that region is down, Resource Manager may take no change of what is in the group, the promotion neither (Azure Resource Manager documentation, \"Resource group location alignment\")"
            ),
            "keep `backup.copied-to` too, whose copies are restored into another group, and ask Azure's support where the promotion is refused",
        );
    }
    if database.high_availability {
        draft.nearly(
            "azure-database-replica",
            of,
            ["high-availability"],
            format!("a standby for the copy in `{region}` that took over"),
            "a replica has none, and a server isn't given one while it is promoted; deployments leave that of the copy as it is",
            "add it once it took over, where its region has zones: `az postgres flexible-server update --zonal-resiliency Enabled`",
        );
    }
    if database.backup.copied_to.is_some() {
        draft.nearly(
            "azure-database-replica",
            of,
            ["backup", "copied-to"],
            format!("copies of the backups of what took over in `{region}`, in another region"),
            "a replica has no backups, and whether they are copied is decided when a server is made: those of the copy that took over stay in its region",
            "load it into a server that is made with such copies before you take the first one away, where you need them",
        );
    }
}
