//! Which two regions a bucket may stand in. Source: Cloud Storage documentation, "Bucket locations", configurable dual-regions, remembered in
//! November 2026.

/// The location of a bucket that stands in two regions, and the regions of which both have to be.
const LOCATIONS: [(&str, &[&str]); 6] = [
    ("ASIA", &["asia-east1", "asia-southeast1"]),
    ("AU", &["australia-southeast1", "australia-southeast2"]),
    ("CA", &["northamerica-northeast1", "northamerica-northeast2"]),
    (
        "EU",
        &[
            "europe-central2",
            "europe-north1",
            "europe-southwest1",
            "europe-west1",
            "europe-west3",
            "europe-west4",
            "europe-west8",
            "europe-west9",
        ],
    ),
    ("IN", &["asia-south1", "asia-south2"]),
    (
        "US",
        &[
            "us-central1",
            "us-east1",
            "us-east4",
            "us-east5",
            "us-south1",
            "us-west1",
            "us-west2",
            "us-west3",
            "us-west4",
        ],
    ),
];

/// The location that both regions are in; nothing where no bucket stands in these two.
pub(super) fn location(one: &str, other: &str) -> Option<&'static str> {
    let (location, regions) = of(one)?;
    (one != other && regions.contains(&other)).then_some(location)
}

/// The regions in which a bucket may stand beside this one.
pub(super) fn others(region: &str) -> Vec<&'static str> {
    let (_, regions) = of(region).unwrap_or_default();
    regions.iter().copied().filter(|other| *other != region).collect()
}

fn of(region: &str) -> Option<(&'static str, &'static [&'static str])> {
    LOCATIONS.into_iter().find(|(_, regions)| regions.contains(&region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_regions_of_one_location_make_a_pair_and_no_others() {
        assert_eq!(location("us-central1", "us-east1"), Some("US"));
        assert_eq!(location("us-central1", "europe-west1"), None);
        assert_eq!(location("us-central1", "us-central1"), None);
        assert_eq!(location("me-west1", "us-east1"), None);
        assert_eq!(others("asia-south1"), ["asia-south2"]);
        assert!(others("me-west1").is_empty());
    }
}
