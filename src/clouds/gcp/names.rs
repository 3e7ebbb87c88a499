//! Names on Google Cloud: addresses inside the document, names of resources, and their limits.

use sha2::{Digest as _, Sha256};

use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::reference::Reference;

/// The longest name of a network, subnet, firewall rule, address or part of a load balancer (Compute Engine documentation,
/// "Naming resources").
pub(super) const COMPUTE: usize = 63;
/// The longest identifier of a service account; the shortest has six characters (IAM documentation, "Create service accounts").
pub(super) const ACCOUNT: usize = 30;
/// The longest name of a bucket (Cloud Storage documentation, "About Cloud Storage buckets").
pub(super) const BUCKET: usize = 63;
/// The longest name of a database instance with the project's identifier and a colon (Cloud SQL documentation, "Instance
/// settings").
pub(super) const DATABASE: usize = 98;
/// The longest name of a Redis instance (Memorystore documentation, "Create and manage Redis instances").
pub(super) const CACHE: usize = 40;
/// The longest name of a Cloud Run service, job or worker pool (Cloud Run documentation, "Quotas and limits").
pub(super) const RUN: usize = 49;
/// The longest name of a topic or subscription (Pub/Sub documentation, "Resource names").
pub(super) const MESSAGES: usize = 255;
/// The longest identifier of a secret (Secret Manager documentation, "Create a secret").
pub(super) const SECRET: usize = 255;
/// The longest name of a repository (Artifact Registry documentation, "Create standard repositories").
pub(super) const REGISTRY: usize = 63;
/// The longest name of a scheduler's job (Cloud Scheduler API reference, `Job.name`).
pub(super) const SCHEDULE: usize = 500;
/// The longest name of a log bucket or sink (Cloud Logging documentation, "Quotas and limits").
pub(super) const LOGS: usize = 100;

/// The longest name of a metric that is taken out of logs (Cloud Logging API reference, `LogMetric.name`).
pub(super) const LOG_METRIC: usize = 100;
/// The longest name shown of an alert policy, notification channel or dashboard (Cloud Monitoring API reference,
/// `AlertPolicy.displayName`).
pub(super) const DISPLAY: usize = 512;
/// The longest name shown of a budget (Cloud Billing Budget API reference, `Budget.displayName`).
pub(super) const BUDGET: usize = 60;

/// The name of a component inside the document: `database_main` for `database.main`. Names hold no underscores, so that a word
/// that is put behind one never meets another component.
pub(super) fn local(reference: &Reference) -> String {
    format!("{}_{}", reference.kind.word().replace('-', "_"), reference.name)
}

/// The name `system-environment`.
pub(super) fn stack(target: &Target, longest: usize) -> String {
    shortened(&format!("{}-{}", target.system, target.environment), longest)
}

/// The name `system-environment-name`.
pub(super) fn physical(target: &Target, name: &Name, longest: usize) -> String {
    shortened(&format!("{}-{}-{name}", target.system, target.environment), longest)
}

/// The name `system-environment-name-word`.
pub(super) fn with(target: &Target, name: &str, word: &str, longest: usize) -> String {
    shortened(&format!("{}-{}-{name}-{word}", target.system, target.environment), longest)
}

/// The identifier of a service account.
pub(super) fn account(target: &Target, name: &str) -> String {
    shortened(&format!("{}-{}-{name}", target.system, target.environment), ACCOUNT)
}

/// A text within a limit. One that is too long is cut and ends in eight hexadecimal digits of the SHA-256 of the whole, so that
/// it stays the same from one rendering to the next and differs from others cut alike.
pub(super) fn shortened(whole: &str, longest: usize) -> String {
    if whole.len() <= longest {
        return whole.to_owned();
    }
    let digest = hex::encode(Sha256::digest(whole.as_bytes()));
    let kept = whole.get(..longest.saturating_sub(9)).unwrap_or_default().trim_end_matches('-');
    format!("{kept}-{}", digest.get(..8).unwrap_or_default())
}

/// The name of a bucket, which all of Google Cloud shares: the project's identifier makes it ours.
pub(super) fn bucket(project: &str, target: &Target, name: &str) -> String {
    shortened(&format!("{project}-{}-{}-{name}", target.system, target.environment), BUCKET)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_has_one_name_in_the_document_and_no_word_behind_it_meets_another() {
        let name = |text: &str| local(&text.parse().unwrap());
        assert_eq!(name("cost-anomaly.daily"), "cost_anomaly_daily");
        assert_ne!(format!("{}_dead_letters", name("queue.orders")), name("queue.orders-dead-letters"));
    }

    #[test]
    fn a_long_name_is_cut_to_the_limit_and_stays_distinct() {
        let target: Target = "a-system-with-a-long-name/production".parse().unwrap();
        let (first, second) = (account(&target, "one"), account(&target, "two"));
        // A hyphen at the cut is dropped.
        assert!([&first, &second].iter().all(|name| (ACCOUNT - 1..=ACCOUNT).contains(&name.len())));
        assert_ne!(first, second);
        assert_eq!(stack(&target, COMPUTE), "a-system-with-a-long-name-production");
    }
}
