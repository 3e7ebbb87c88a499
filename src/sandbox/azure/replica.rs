//! Servers that follow another one: what Azure asks of them, and how one is promoted.
//!
//! Source: Azure Database for PostgreSQL documentation, "Read replicas", "Promote read replicas", "Geo-replication"; Azure Verified Modules,
//! `avm/res/db-for-postgre-sql/flexible-server`, parameter `replica`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::error::ArmError;
use super::identifier::{Identifier, folded};
use super::resources;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

/// The type of servers.
pub const SERVER: &str = "Microsoft.DBforPostgreSQL/flexibleServers";
/// The most that follow one.
const MOST: usize = 5;
/// What is remembered of one that was promoted: it follows nothing again, whatever is said of it later.
const PROMOTED: &str = "(promoted)";

/// What keeps a server from becoming like this, as far as replicas go. The words are ours.
pub fn refused(world: &World, id: &Identifier, body: &Map<String, Value>) -> Option<ArmError> {
    if id.kind != SERVER {
        return None;
    }
    let invalid = |message: String| Some(ArmError::bad_request("InvalidParameterValue", message));
    let own = id.own_name();
    let promotes = said(body, "replica", "promoteMode").is_some();
    let copy = text(body, "createMode") == Some("Replica");
    match world.resources.get(&resources::key(id)) {
        None if promotes => {
            invalid(format!("The server '{own}' does not exist: replica can be set on an existing server only."))
        }
        None if copy => unfit(world, own, body),
        None => None,
        Some(before) if promotes && !follows(before) && !before.attributes.contains_key(PROMOTED) => {
            invalid(format!("The server '{own}' is not a read replica and cannot be promoted."))
        }
        Some(before) if follows(before) && stands_by(body) => {
            invalid(format!("High availability is not supported on the read replica '{own}'."))
        }
        Some(_) => None,
    }
}

/// Why a server can't be made to follow another one.
fn unfit(world: &World, own: &str, body: &Map<String, Value>) -> Option<ArmError> {
    let invalid = |message: String| Some(ArmError::bad_request("InvalidParameterValue", message));
    let Some(source) = text(body, "sourceServerResourceId") else {
        return invalid(format!("sourceServerResourceId is required to create the read replica '{own}'."));
    };
    let Some(first) = resources::find(world, source) else {
        let message = format!("The source server '{source}' of the read replica '{own}' was not found.");
        return Some(ArmError::new(404, "ResourceNotFound", message));
    };
    let burstable =
        |of: &Map<String, Value>| of.get("sku").and_then(|sku| sku.get("tier")) == Some(&json!("Burstable"));
    if burstable(&first.properties) || burstable(body) {
        return invalid(format!("Read replicas are not supported in the Burstable tier: '{own}' of '{source}'."));
    }
    let others = world.resources.iter().filter(|(_, one)| follows(one));
    let others =
        others.filter(|(_, one)| text(&one.properties, "sourceServerResourceId").map(folded) == Some(folded(source)));
    if others.count() >= MOST {
        return invalid(format!("The server '{source}' has {MOST} read replicas already."));
    }
    if stands_by(body) {
        return invalid(format!("High availability is not supported on the read replica '{own}'."));
    }
    if said(body, "backup", "geoRedundantBackup").and_then(Value::as_str) == Some("Enabled") {
        return invalid(format!("Geo-redundant backup is not supported on the read replica '{own}'."));
    }
    let grows = |of| said(of, "storage", "autoGrow").and_then(Value::as_str) == Some("Enabled");
    if grows(&first.properties) && !grows(body) {
        return invalid(format!("Storage autogrow has to be enabled on the read replica '{own}' as on its source."));
    }
    let size = |of| said(of, "storage", "storageSizeGB").and_then(Value::as_u64);
    if size(body) < size(&first.properties) {
        return invalid(format!("The storage of the read replica '{own}' must not be smaller than its source's."));
    }
    None
}

/// Whether a server follows another one.
fn follows(server: &Physical) -> bool {
    server.kind == SERVER
        && text(&server.properties, "createMode") == Some("Replica")
        && !server.attributes.contains_key(PROMOTED)
}

/// Remembers that a server was promoted.
pub fn follow(world: &mut World, id: &Identifier) {
    if let Some(server) = world.resources.edit(&resources::key(id))
        && server.kind == SERVER
        && said(&server.properties, "replica", "promoteMode").is_some()
    {
        server.attributes.insert(PROMOTED.to_owned(), json!(true));
    }
}

/// Changes some of a server's properties, as `az postgres flexible-server replica promote` does.
///
/// # Errors
/// As for a whole server.
pub fn patch(world: &mut World, id: &Identifier, api: &str, body: &Value, now: Timestamp) -> Result<(), ArmError> {
    let there = world.resources.get(&resources::key(id)).ok_or_else(|| resources::missing(id))?;
    let mut wanted = there.properties.clone();
    for (name, value) in body.as_object().into_iter().flatten() {
        match (wanted.get_mut(name).and_then(Value::as_object_mut), value.as_object()) {
            (Some(old), Some(new)) => old.extend(new.clone()),
            _ => {
                wanted.insert(name.clone(), value.clone());
            }
        }
    }
    if let Some(error) = resources::refused(world, id, api, &wanted) {
        return Err(error);
    }
    resources::put(world, id, wanted, None, now);
    Ok(())
}

/// Whether a standby is asked for.
fn stands_by(body: &Map<String, Value>) -> bool {
    said(body, "highAvailability", "mode").and_then(Value::as_str).is_some_and(|mode| mode != "Disabled")
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get("properties")?.get(name)?.as_str()
}

fn said<'a>(body: &'a Map<String, Value>, group: &str, name: &str) -> Option<&'a Value> {
    body.get("properties")?.get(group)?.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::azure::group;

    const SUBSCRIPTION: &str = "00000000-0000-4000-8000-0000000000aa";
    const API: &str = "2025-08-01";

    fn world(folder: &tempfile::TempDir) -> World {
        let mut world = World::open(folder.path(), "seed").unwrap();
        group::put(&mut world, SUBSCRIPTION, "shop", &json!({ "location": "eastus" })).unwrap();
        world
    }

    fn id(name: &str) -> Identifier {
        let text = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/shop/providers/{SERVER}/{name}");
        Identifier::read(&text).unwrap()
    }

    fn server(tier: &str) -> Value {
        json!({
            "location": "eastus",
            "sku": { "name": "any", "tier": tier },
            "properties": { "createMode": "Default", "storage": { "storageSizeGB": 64, "autoGrow": "Enabled" } },
        })
    }

    fn copy_of(name: &str) -> Value {
        let mut copy = server("GeneralPurpose");
        copy["location"] = json!("westus");
        copy["properties"]["createMode"] = json!("Replica");
        copy["properties"]["sourceServerResourceId"] = json!(id(name).text);
        copy
    }

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    fn make(world: &mut World, name: &str, body: &Value) -> Result<(), String> {
        if let Some(error) = refused(world, &id(name), &object(body)) {
            return Err(error.message);
        }
        resources::put(world, &id(name), object(body), None, Timestamp::UNIX_EPOCH);
        Ok(())
    }

    fn with(mut body: Value, group: &str, name: &str, value: Value) -> Value {
        body["properties"][group][name] = value;
        body
    }

    #[test]
    fn a_copy_needs_a_source_that_can_have_one_and_asks_for_nothing_that_copies_lack() {
        let folder = tempfile::tempdir().unwrap();
        let mut world = world(&folder);
        let refused = |world: &mut World, body: Value| make(world, "copy", &body).unwrap_err();
        assert!(refused(&mut world, copy_of("main")).contains("was not found"));
        make(&mut world, "small", &server("Burstable")).unwrap();
        assert!(refused(&mut world, copy_of("small")).contains("Burstable"));
        make(&mut world, "main", &server("GeneralPurpose")).unwrap();
        let standby = with(copy_of("main"), "highAvailability", "mode", json!("ZoneRedundant"));
        assert!(refused(&mut world, standby).contains("High availability"));
        let copied = with(copy_of("main"), "backup", "geoRedundantBackup", json!("Enabled"));
        assert!(refused(&mut world, copied).contains("Geo-redundant"));
        let fixed = with(copy_of("main"), "storage", "autoGrow", json!("Disabled"));
        assert!(refused(&mut world, fixed).contains("autogrow"));
        let small = with(copy_of("main"), "storage", "storageSizeGB", json!(32));
        assert!(refused(&mut world, small).contains("smaller"));
        let promoted = with(copy_of("main"), "replica", "promoteMode", json!("Standalone"));
        assert!(refused(&mut world, promoted).contains("existing server only"));
        for number in 1..=MOST {
            make(&mut world, &format!("copy-{number}"), &copy_of("main")).unwrap();
        }
        assert!(refused(&mut world, copy_of("main")).contains("5 read replicas already"));
    }

    #[test]
    fn a_promoted_copy_follows_nothing_again_and_may_have_a_standby() {
        let folder = tempfile::tempdir().unwrap();
        let mut world = world(&folder);
        make(&mut world, "main", &server("GeneralPurpose")).unwrap();
        make(&mut world, "copy", &copy_of("main")).unwrap();
        let standby = with(copy_of("main"), "highAvailability", "mode", json!("ZoneRedundant"));
        assert!(make(&mut world, "copy", &standby).unwrap_err().contains("High availability"));
        let promotion = with(copy_of("main"), "replica", "promoteMode", json!("Standalone"));
        make(&mut world, "copy", &promotion).unwrap();
        // The same again is nothing, and it counts as no copy any more.
        make(&mut world, "copy", &promotion).unwrap();
        make(&mut world, "copy", &standby).unwrap();
        assert!(!follows(resources::find(&world, &id("copy").text).unwrap()));
        // What follows nothing isn't promoted.
        let first = with(server("GeneralPurpose"), "replica", "promoteMode", json!("Standalone"));
        assert!(make(&mut world, "main", &first).unwrap_err().contains("not a read replica"));
    }

    #[test]
    fn a_promotion_by_hand_says_nothing_of_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let mut world = world(&folder);
        let now = Timestamp::UNIX_EPOCH;
        let promotion =
            json!({ "properties": { "replica": { "promoteMode": "Standalone", "promoteOption": "Forced" } } });
        assert_eq!(patch(&mut world, &id("copy"), API, &promotion, now).unwrap_err().code, "ResourceNotFound");
        make(&mut world, "main", &server("GeneralPurpose")).unwrap();
        assert!(patch(&mut world, &id("main"), API, &promotion, now).is_err());
        make(&mut world, "copy", &copy_of("main")).unwrap();
        patch(&mut world, &id("copy"), API, &promotion, now).unwrap();
        let copy = resources::find(&world, &id("copy").text).unwrap();
        assert!(!follows(copy));
        assert_eq!(copy.properties["location"], "westus");
    }
}
