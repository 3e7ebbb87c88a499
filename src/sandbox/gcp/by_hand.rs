//! Resources that somebody makes beside every deployment: by hand, or with a program of their own.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::types::{self, Home};
use super::{artifact_registry, placement, replica, revisions};
use crate::clouds::gcp::provider;
use crate::sandbox::engine::inventory::{self, Physical, Place};
use crate::sandbox::world::World;

/// Makes a resource, from the arguments of the provider's type; gives what the cloud calls it.
///
/// # Errors
/// What the provider or the cloud refuses of it.
pub fn make(
    world: &mut World,
    kind: &str,
    home: Home<'_>,
    given: Map<String, Value>,
    now: Timestamp,
) -> Result<String, String> {
    let known = provider::find(kind).ok_or_else(|| format!("the provider knows no type {kind}"))?;
    if let Some(wrong) = provider::check(known, &given).into_iter().next() {
        return Err(wrong);
    }
    let project = types::project(&given, home).to_owned();
    let number = world.ids.below(1_000_000_000_000).to_string();
    let id = types::identifier(kind, &given, home, &number);
    let place = Place { account: project.clone(), region: "global".to_owned() };
    let key = inventory::key(&place, kind, &id);
    if world.resources.get(&key).is_some() {
        return Err("Error 409: Resource already exists, alreadyExists".to_owned());
    }
    let unfit = artifact_registry::unfit(world, kind, &given, &project)
        .or_else(|| replica::unfit(world, kind, &given, &project))
        .or_else(|| placement::unfit(kind, &given, &project));
    if let Some(why) = unfit {
        return Err(why);
    }
    let attributes = types::made_up(kind, &id, &given, home);
    let made = Physical {
        kind: kind.to_owned(),
        id: id.clone(),
        place,
        properties: given,
        attributes,
        owner: None,
        created: now,
        updated: now,
    };
    world.resources.put(key.clone(), made);
    revisions::follow(world, &key, now);
    Ok(id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_made_by_hand_is_there_once_and_only_as_the_cloud_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::open(folder.path(), "seed").unwrap();
        let home = Home { project: "shop-project", region: "us-central1" };
        let mut made = |kind: &str, given: Value| {
            let Value::Object(given) = given else { panic!("no arguments") };
            make(&mut world, kind, home, given, Timestamp::UNIX_EPOCH)
        };
        let topic = json!({ "name": "orders" });
        assert_eq!(made("google_pubsub_topic", topic.clone()).unwrap(), "projects/shop-project/topics/orders");
        assert!(made("google_pubsub_topic", topic).unwrap_err().contains("already exists"));
        assert!(made("google_pubsub_topic", json!({ "nmae": "orders" })).is_err());
        let far = json!({ "name": "a", "location": "US", "custom_placement_config": { "data_locations": ["US-WEST1", "EUROPE-WEST1"] } });
        assert!(made("google_storage_bucket", far).unwrap_err().contains("may not create"));
        assert!(made("google_pubsub", json!({})).is_err());
    }
}
