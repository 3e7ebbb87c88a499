//! Buckets: Cloud Storage, private, with access by role only.

use serde_json::{Value, json};

use super::draft::{Draft, at, attribute};
use super::pair::Pair;
use super::{log, names, pair, site};
use crate::diagnostics::finding::Finding;
use crate::model::bucket::{ArchiveTier, Bucket, LifecycleRule};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::units::Time;

/// The type of a bucket.
pub(super) const KIND: &str = "google_storage_bucket";
/// Seconds for which a deleted object can be brought back, where earlier versions aren't kept (Cloud Storage documentation, "Soft
/// delete": seven days where nothing is said, and they are billed).
const SOFT_DELETE: u64 = 604_800;
/// The most rules of a bucket's life cycle (Cloud Storage documentation, "Quotas and limits").
const RULES: usize = 100;

/// Adds a bucket.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, bucket: &Bucket) {
    let of = Reference::new(Kind::Bucket, name);
    let local = names::local(&of);
    let rules = rules(draft, &of, bucket);
    let logs = log::access_logs(draft);
    let here = draft.region();
    let (location, regions) = match copies(draft, &of, bucket) {
        Some((Pair::Predefined(location), _)) => (location.to_owned(), None),
        // The parts of a set in their order.
        Some((Pair::Configurable(location), there)) => {
            let mut regions = [here.to_uppercase(), there.to_uppercase()];
            regions.sort_unstable();
            (location.to_owned(), Some(regions))
        }
        None => (here.to_uppercase(), None),
    };
    let arguments = json!({
        "name": names::bucket(draft.project(), draft.target, name.as_str()),
        "location": location,
        "custom_placement_config": regions.map(|regions| json!({ "data_locations": regions })),
        "storage_class": "STANDARD",
        "uniform_bucket_level_access": true,
        "public_access_prevention": "enforced",
        "versioning": { "enabled": bucket.versioned },
        "soft_delete_policy": { "retention_duration_seconds": if bucket.versioned { 0 } else { SOFT_DELETE } },
        "lifecycle_rule": rules,
        "logging": { "log_bucket": logs, "log_object_prefix": format!("bucket-{name}/") },
        "website": site::folders(draft.stack, &of).map(|index| json!({ "main_page_suffix": index })),
        // A bucket with objects in it isn't deleted.
        "force_destroy": !bucket.protected,
        "deletion_policy": bucket.protected.then_some("ABANDON"),
    });
    let resource = draft.add(&of.to_string(), KIND, &local, arguments);
    if !bucket.versioned {
        resource.without_rule("CKV_GCP_78", "the model asks for no earlier versions of these objects");
    }
    draft.output(format!("{local}_name"), format!("The name of {of}"), attribute(KIND, &local, "name"));
}

/// How a bucket is put into two regions, and the other one; nothing for one that stands in its own only.
fn copies<'a>(draft: &mut Draft<'_>, of: &Reference, bucket: &'a Bucket) -> Option<(Pair, &'a str)> {
    if let Some(name) = bucket.copied_into.as_deref() {
        draft.refuse(
            "gcp-bucket-copies",
            of,
            &["copied-into"],
            format!("copies in the bucket `{name}`"),
            "a bucket stands in both regions itself, under its own name",
            "leave it out here",
        );
    }
    let there = bucket.copied_to.as_deref()?;
    let here = draft.region();
    let found = pair::find(here, there);
    if found.is_none() {
        let others = pair::others(here);
        let fix = match others.as_slice() {
            [] => "leave it out here, or choose a region with a pair".to_owned(),
            others => format!("write one of `{}`", others.join("`, `")),
        };
        draft.refuse(
            "gcp-bucket-copies",
            of,
            &["copied-to"],
            format!("a bucket in `{here}` and `{there}`"),
            "Cloud Storage keeps a bucket in two regions of the same part of the world, and not in all of them",
            fix,
        );
    }
    found.map(|pair| (pair, there))
}

fn rules(draft: &mut Draft<'_>, of: &Reference, bucket: &Bucket) -> Vec<Value> {
    let mut rules = Vec::new();
    if let Some(keep) = bucket.keep_versions {
        let days = days(draft, of, &["keep-versions"], keep);
        rules.push(json!({ "action": { "type": "Delete" }, "condition": { "days_since_noncurrent_time": days, "with_state": "ARCHIVED" } }));
    }
    for (index, rule) in bucket.lifecycle.iter().enumerate() {
        let place = index.to_string();
        let LifecycleRule { prefix, archive_after, archive_to, delete_after } = rule;
        let prefixes = (!prefix.is_empty()).then_some([prefix]);
        if let Some(after) = archive_after {
            let days = days(draft, of, &["lifecycle", &place, "archive-after"], *after);
            rules.push(json!({
                "action": { "type": "SetStorageClass", "storage_class": class(*archive_to) },
                "condition": { "age": days, "matches_prefix": prefixes, "with_state": "LIVE" },
            }));
        }
        if let Some(after) = delete_after {
            let days = days(draft, of, &["lifecycle", &place, "delete-after"], *after);
            rules.push(json!({
                "action": { "type": "Delete" },
                "condition": { "age": days, "matches_prefix": prefixes, "with_state": "LIVE" },
            }));
        }
    }
    if rules.len() > RULES {
        draft.findings.push(
            Finding::error("gcp-lifecycle", at(of, &["lifecycle"]), format!("{} rules", rules.len()))
                .why(format!("a bucket takes {RULES}"))
                .fix("join rules that do the same"),
        );
    }
    rules
}

/// Whole days: the life cycle is gone through once a day.
fn days(draft: &mut Draft<'_>, of: &Reference, rest: &[&str], time: Time) -> u64 {
    let days = time.as_days();
    if Time::days(days) != time {
        draft.nearly(
            "gcp-lifecycle-days",
            of,
            rest,
            format!("`{time}`"),
            format!("Cloud Storage counts ages in whole days: {days}"),
            "write whole days",
        );
    }
    days
}

/// Every class of Cloud Storage is read at once (Cloud Storage documentation, "Storage classes").
fn class(tier: ArchiveTier) -> &'static str {
    match tier {
        ArchiveTier::Infrequent => "NEARLINE",
        ArchiveTier::Archive => "COLDLINE",
        ArchiveTier::DeepArchive => "ARCHIVE",
    }
}
