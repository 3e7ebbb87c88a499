//! In which two regions Cloud Storage makes a bucket.
//!
//! Source: Cloud Storage documentation, "Bucket locations": the pairs of `clouds::gcp::pair`, and that one of another is answered with an error.
//! Its words: terraform-google-cloud-storage, pull request 231, where a test's output quotes them.

use serde_json::{Map, Value};

use crate::clouds::gcp::pair::{self, Pair};

/// Why a bucket can't be made: the regions that it asks for make no pair of its location. A pair that has a name is asked for by it.
pub(super) fn unfit(kind: &str, given: &Map<String, Value>, project: &str) -> Option<String> {
    let placement = given.get("custom_placement_config").filter(|_| kind == "google_storage_bucket")?;
    let placement = placement.as_array().map_or(Some(placement), |blocks| blocks.first())?;
    let regions: Vec<String> =
        placement.get("data_locations")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
    let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
    let location = text("location").to_uppercase();
    let found = match regions.as_slice() {
        [one, other] => pair::find(one, other),
        _ => None,
    };
    if matches!(found, Some(Pair::Configurable(of)) if of == location) {
        return None;
    }
    let class = Some(text("storage_class")).filter(|class| !class.is_empty()).unwrap_or("STANDARD");
    let regions: Vec<String> = regions.iter().map(|region| format!("data_location {region}")).collect();
    Some(format!(
        "googleapi: Error 400: Project {project} may not create storageClass {class} buckets with locationConstraint {location} and {}., invalid",
        regions.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(location: &str, regions: &[&str]) -> Option<String> {
        let given =
            json!({ "name": "a", "location": location, "custom_placement_config": { "data_locations": regions } });
        let Value::Object(given) = given else { panic!("no object") };
        unfit("google_storage_bucket", &given, "shop-project")
    }

    #[test]
    fn a_bucket_stands_in_two_regions_that_its_location_pairs() {
        assert_eq!(refused("US", &["US-CENTRAL1", "US-WEST1"]), None);
        assert_eq!(refused("eu", &["europe-west1", "europe-west9"]), None);
        let far = refused("US", &["US-CENTRAL1", "EUROPE-WEST1"]).unwrap();
        assert!(far.contains("data_location us-central1, data_location europe-west1"), "{far}");
        assert!(refused("EU", &["US-CENTRAL1", "US-WEST1"]).is_some(), "another location");
        assert!(refused("US", &["US-CENTRAL1"]).is_some(), "one region");
    }

    #[test]
    fn a_pair_that_has_a_name_is_asked_for_by_it() {
        assert!(refused("US", &["US-CENTRAL1", "US-EAST1"]).is_some());
        let named = Map::from_iter([("location".to_owned(), json!("NAM4"))]);
        assert_eq!(unfit("google_storage_bucket", &named, "shop-project"), None);
    }
}
