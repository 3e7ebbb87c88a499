//! Instances of Cloud SQL that follow another one, and what the provider makes of them beyond its flags.
//!
//! Source: terraform-provider-google, `google_sql_database_instance`: its `CustomizeDiff` and acceptance tests of replicas; Cloud SQL Admin API
//! v1, `instances.insert`, `instances.promoteReplica`.

use serde_json::{Map, Value};

use super::difference::PropertyChange;
use super::services;
use crate::sandbox::world::World;

const KIND: &str = "google_sql_database_instance";
const FOLLOWS: &str = "master_instance_name";

/// What of a change takes another instance: what is followed is decided when it is made, but for a replica that is to follow nothing any more,
/// which is promoted where it is. One that merely isn't said to follow goes on following: what it follows is known to the provider.
///
/// # Errors
/// What the provider refuses while it plans.
pub fn decide(
    kind: &str,
    is: &Map<String, Value>,
    wanted: &Map<String, Value>,
    changes: &mut Vec<PropertyChange>,
) -> Result<(), String> {
    if kind != KIND {
        return Ok(());
    }
    let promoted = text(wanted, "instance_type") == Some("CLOUD_SQL_INSTANCE") && text(is, FOLLOWS).is_some();
    if promoted && text(wanted, FOLLOWS).is_some() {
        return Err(
            "Replica promote configuration check failed. Please remove master_instance_name and try again.".to_owned()
        );
    }
    if !promoted && text(wanted, FOLLOWS).is_none() && !wanted.contains_key(FOLLOWS) {
        changes.retain(|change| change.path != FOLLOWS);
    }
    for change in changes.iter_mut().filter(|change| change.path == FOLLOWS) {
        change.forces_new = !promoted;
    }
    Ok(())
}

/// Why an instance can't be made: what it is to follow isn't there.
pub fn unfit(world: &World, kind: &str, given: &Map<String, Value>, project: &str) -> Option<String> {
    let source = text(given, FOLLOWS).filter(|_| kind == KIND)?;
    services::find(world, project, KIND, source).is_none().then(|| {
        let name = text(given, "name").unwrap_or_default();
        format!("Error, failed to create instance {name}: googleapi: Error 404: The Cloud SQL instance {source} does not exist., notFound")
    })
}

fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::gcp::difference::between;

    fn decided(is: Value, wanted: Value) -> Result<Vec<String>, String> {
        let (Value::Object(is), Value::Object(wanted)) = (is, wanted) else { panic!("no objects") };
        let mut changes = between(KIND, &is, &wanted);
        decide(KIND, &is, &wanted, &mut changes)?;
        Ok(changes.iter().map(|one| format!("{}{}", one.path, if one.forces_new { " anew" } else { "" })).collect())
    }

    #[test]
    fn a_replica_is_promoted_where_it_is_and_follows_another_only_when_it_is_made_anew() {
        let replica = json!({ "name": "copy", "master_instance_name": "first" });
        let promoted = json!({ "name": "copy", "instance_type": "CLOUD_SQL_INSTANCE" });
        assert_eq!(decided(replica.clone(), promoted.clone()).unwrap(), ["instance_type", "master_instance_name"]);
        assert!(decided(promoted, replica.clone()).unwrap().contains(&"master_instance_name anew".to_owned()));
        let other = json!({ "name": "copy", "master_instance_name": "second" });
        assert_eq!(decided(replica, other).unwrap(), ["master_instance_name anew"]);
    }

    #[test]
    fn a_replica_is_not_promoted_by_silence_nor_while_it_is_said_to_follow() {
        let replica = json!({ "name": "copy", "master_instance_name": "first" });
        assert_eq!(decided(replica.clone(), json!({ "name": "copy" })).unwrap(), Vec::<String>::new());
        let both = json!({ "name": "copy", "master_instance_name": "first", "instance_type": "CLOUD_SQL_INSTANCE" });
        assert!(decided(replica, both).unwrap_err().contains("remove master_instance_name"));
    }
}
