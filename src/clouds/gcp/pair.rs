//! In which two regions a bucket may stand. Source: Cloud Storage documentation, "Bucket locations", its tables of predefined and of configurable
//! dual-regions, as an excerpt of April 2026 quotes them. Notes 3 to 5 of the second table weren't in it.

/// Two regions under one name, by which alone they can be asked for: the other table doesn't pair them (`EUR4` and `NAM4` by its notes 1 and 2).
const PREDEFINED: [(&str, [&str; 2]); 6] = [
    ("ASIA1", ["asia-northeast1", "asia-northeast2"]),
    ("EUR4", ["europe-north1", "europe-west4"]),
    ("EUR5", ["europe-west1", "europe-west2"]),
    ("EUR7", ["europe-west2", "europe-west3"]),
    ("EUR8", ["europe-west3", "europe-west6"]),
    ("NAM4", ["us-central1", "us-east1"]),
];

/// Locations of which any two regions make a pair. Those of one country stand before the part of the world that they are in, too.
const CONFIGURABLE: [(&str, &[&str]); 8] = [
    ("ASIA", &["asia-east1", "asia-southeast1"]),
    ("AU", &["australia-southeast1", "australia-southeast2"]),
    ("CA", &["northamerica-northeast1", "northamerica-northeast2"]),
    ("DE", &["europe-west3", "europe-west10"]),
    ("IN", &["asia-south1", "asia-south2"]),
    ("IT", &["europe-west8", "europe-west12"]),
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
            "europe-west10",
            "europe-west12",
        ],
    ),
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

/// How a bucket is put into two regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pair {
    /// The location has a name, which says both.
    Predefined(&'static str),
    /// Both are named beside the location that they are in.
    Configurable(&'static str),
}

/// How a bucket is put into these two regions; nothing where none can be.
pub fn find(one: &str, other: &str) -> Option<Pair> {
    if one == other {
        return None;
    }
    let predefined = PREDEFINED.into_iter().find(|(_, regions)| regions.contains(&one) && regions.contains(&other));
    let configurable =
        || CONFIGURABLE.into_iter().find(|(_, regions)| regions.contains(&one) && regions.contains(&other));
    predefined
        .map(|(name, _)| Pair::Predefined(name))
        .or_else(|| configurable().map(|(location, _)| Pair::Configurable(location)))
}

/// Whether a location is the name of two regions.
pub fn is_predefined(location: &str) -> bool {
    PREDEFINED.iter().any(|(name, _)| name.eq_ignore_ascii_case(location))
}

/// The regions in which a bucket may stand beside this one, in order.
pub(super) fn others(region: &str) -> Vec<&'static str> {
    let predefined = PREDEFINED.iter().flat_map(|(_, regions)| regions);
    let configurable = CONFIGURABLE.iter().flat_map(|(_, regions)| *regions);
    let mut found: Vec<_> =
        predefined.chain(configurable).copied().filter(|other| find(region, other).is_some()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_regions_of_one_location_make_a_pair_and_no_others() {
        assert_eq!(find("us-central1", "us-east4"), Some(Pair::Configurable("US")));
        assert_eq!(find("us-central1", "europe-west1"), None);
        assert_eq!(find("us-central1", "us-central1"), None);
        assert_eq!(find("me-west1", "us-east1"), None);
        assert_eq!(others("asia-south1"), ["asia-south2"]);
        assert_eq!(others("europe-west2"), ["europe-west1", "europe-west3"]);
        assert!(others("me-west1").is_empty());
    }

    #[test]
    fn a_pair_with_a_name_goes_by_it_and_one_of_a_country_by_the_country() {
        assert_eq!(find("us-east1", "us-central1"), Some(Pair::Predefined("NAM4")));
        assert_eq!(find("europe-west12", "europe-west8"), Some(Pair::Configurable("IT")));
        assert_eq!(find("europe-west12", "europe-west9"), Some(Pair::Configurable("EU")));
        assert!(is_predefined("nam4") && !is_predefined("US"));
    }
}
