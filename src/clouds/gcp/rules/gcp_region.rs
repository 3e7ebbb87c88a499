//! The region, or the one of a database's copy, isn't one of Google Cloud's.
//!
//! Why: nothing answers there. A region that Google opened after this version of landfall is only warned of.
//! Mend: write the region's name, such as us-central1.
//! Source: Compute Engine documentation, "Regions and zones", November 2026.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::nearest::nearest;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "gcp-region";

const REGIONS: [&str; 42] = [
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "australia-southeast1",
    "australia-southeast2",
    "europe-central2",
    "europe-north1",
    "europe-north2",
    "europe-southwest1",
    "europe-west1",
    "europe-west10",
    "europe-west12",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "northamerica-south1",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
];

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let copies = stack.databases.iter().filter_map(|(name, database)| {
        let region = database.replica_in.as_deref()?;
        unknown(&["databases", name.as_str(), "replica-in"], region)
    });
    unknown(&["placement", "region"], &stack.placement.region).into_iter().chain(copies).collect()
}

/// What is wrong with a region.
fn unknown(path: &[&str], region: &str) -> Option<Finding> {
    if REGIONS.contains(&region) {
        return None;
    }
    let what = format!("`{region}` is no region of Google Cloud that landfall knows");
    // An area, a direction and a number: one that opened later.
    let later = region.split_once('-').is_some_and(|(area, rest)| {
        REGIONS.iter().any(|known| known.split_once('-').is_some_and(|(known, _)| known == area))
            && rest.ends_with(|last: char| last.is_ascii_digit())
            && rest.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit())
    });
    let fix = match nearest(region, REGIONS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write the region's name, such as us-central1".to_owned(),
    };
    let finding = if later { Finding::warning(CODE, path, what) } else { Finding::error(CODE, path, what) };
    Some(finding.why("nothing answers in a region that isn't there").fix(fix))
}
