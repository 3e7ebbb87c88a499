//! Buckets: a storage account each, with one container, reached through the network by identities only.

use serde_json::{Value, json};

use super::draft::Draft;
use super::id::Id;
use super::{names, network, pair, protection, site};
use crate::model::bucket::{ArchiveTier, Bucket, LifecycleRule};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};

/// The container that holds the objects.
pub(super) const CONTAINER: &str = "objects";

/// The account of a bucket.
pub(super) fn id(draft: &Draft<'_>, name: &Name) -> Id {
    Id::new("Microsoft.Storage/storageAccounts", draft.compact(name.as_str(), names::ACCOUNT))
}

/// An account as we always make it: encrypted twice, TLS only, nothing public. `keys` tells whether its keys open it.
pub(super) fn account(replication: &str, keys: bool) -> Value {
    json!({
        "kind": "StorageV2",
        "sku": { "name": replication },
        "properties": {
            "accessTier": "Hot",
            "allowBlobPublicAccess": false,
            "allowCrossTenantReplication": false,
            "allowSharedKeyAccess": keys,
            "defaultToOAuthAuthentication": true,
            "encryption": {
                "keySource": "Microsoft.Storage",
                "requireInfrastructureEncryption": true,
                "services": { "blob": { "enabled": true, "keyType": "Account" }, "file": { "enabled": true, "keyType": "Account" } },
            },
            "isLocalUserEnabled": false,
            "minimumTlsVersion": "TLS1_2",
            "networkAcls": { "bypass": "AzureServices", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": [] },
            // Services that the account trusts still reach it.
            "publicNetworkAccess": "Disabled",
            "supportsHttpsTrafficOnly": true,
        },
    })
}

/// Adds a bucket.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, bucket: &Bucket) {
    let of = Reference::new(Kind::Bucket, name);
    let component = of.to_string();
    if !network::needed(draft, &of) {
        return;
    }
    copies(draft, &of, bucket);
    // Both kinds have every object in the paired region too. Archives aren't offered where objects are spread over zones (Blob Storage
    // documentation, "Access tiers for blob data").
    let archived =
        bucket.lifecycle.iter().any(|rule| rule.archive_after.is_some() && rule.archive_to != ArchiveTier::Infrequent);
    let id = id(draft, name);
    draft.add(&component, &id, account(if archived { "Standard_GRS" } else { "Standard_GZRS" }, false));
    let blobs = id.child("Microsoft.Storage/storageAccounts/blobServices", "default");
    draft.add(
        &component,
        &blobs,
        json!({ "properties": {
            "isVersioningEnabled": bucket.versioned,
            "staticWebsite": site::served(draft.stack, &of),
        } }),
    );
    let container = blobs.child("Microsoft.Storage/storageAccounts/blobServices/containers", CONTAINER);
    draft.add(&component, &container, json!({ "properties": { "publicAccess": "None" } }));
    let rules = rules(bucket);
    if !rules.is_empty() {
        let policy = id.child("Microsoft.Storage/storageAccounts/managementPolicies", "default");
        draft.add(&component, &policy, json!({ "properties": { "policy": { "rules": rules } } }));
    }
    for (index, rule) in bucket.lifecycle.iter().enumerate() {
        if rule.archive_after.is_some() && rule.archive_to == ArchiveTier::DeepArchive {
            draft.nearly(
                "azure-archive",
                &of,
                ["lifecycle", &index.to_string(), "archive-to"],
                "archive that is read after half a day",
                "Azure has one archive tier, which is read after up to 15 hours",
                "write `archive`",
            );
        }
    }
    network::connect(draft, &component, &id, &component.replace('.', "-"), "blob", "privatelink.blob.core.windows.net");
    if bucket.protected {
        protection::lock(draft, &component, &id);
    }
}

/// Says so where copies are to lie somewhere else than in the region's pair, in the account itself.
fn copies(draft: &mut Draft<'_>, of: &Reference, bucket: &Bucket) {
    if let Some(wanted) = bucket.copied_to.as_deref() {
        pair::check(draft, "azure-bucket-copies", of, ["copied-to"], "objects", wanted);
    }
    if let Some(name) = bucket.copied_into.as_deref() {
        draft.never(
            "azure-bucket-copies",
            of,
            ["copied-into"],
            format!("copies in the bucket `{name}`"),
            "a storage account keeps its copies itself, under its own name",
            "leave it out here",
        );
    }
}

fn rules(bucket: &Bucket) -> Vec<Value> {
    let mut rules: Vec<Value> = (1..).zip(&bucket.lifecycle).filter_map(|(number, rule)| aging(number, rule)).collect();
    if let Some(keep) = bucket.keep_versions.filter(|_| bucket.versioned) {
        let deleted = json!({ "daysAfterCreationGreaterThan": network::days(keep) });
        rules.push(rule("earlier-versions", "", json!({ "version": { "delete": deleted } })));
    }
    rules
}

fn aging(number: usize, aging: &LifecycleRule) -> Option<Value> {
    let after = |time| json!({ "daysAfterModificationGreaterThan": network::days(time) });
    let mut actions = serde_json::Map::new();
    if let Some(time) = aging.archive_after {
        let tier = match aging.archive_to {
            ArchiveTier::Infrequent => "tierToCool",
            ArchiveTier::Archive | ArchiveTier::DeepArchive => "tierToArchive",
        };
        actions.insert(tier.to_owned(), after(time));
    }
    if let Some(time) = aging.delete_after {
        actions.insert("delete".to_owned(), after(time));
    }
    (!actions.is_empty()).then(|| rule(&format!("rule-{number}"), &aging.prefix, json!({ "baseBlob": actions })))
}

fn rule(name: &str, prefix: &str, actions: Value) -> Value {
    json!({
        "name": name,
        "enabled": true,
        "type": "Lifecycle",
        "definition": {
            "actions": actions,
            "filters": { "blobTypes": ["blockBlob"], "prefixMatch": [format!("{CONTAINER}/{prefix}")] },
        },
    })
}
