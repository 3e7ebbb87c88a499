//! What holds something that is lost when it is deleted, and what saves it.

use crate::plan::consequence::{Consequence, Impact};
use crate::plan::knowledge::Removal;
use crate::plan::resource::Resource;

use Consequence::{DataLoss, InPlace, Irreversible};

/// Types that hold something: what deleting one does, what is lost, and who says so.
const HOLDS: &[(&str, Consequence, &str, &str)] = &[
    (
        "Microsoft.Cache/redisEnterprise",
        Irreversible,
        "everything in the cache is gone",
        "Azure Managed Redis documentation, persistence",
    ),
    (
        "Microsoft.Cache/redisEnterprise/databases",
        Irreversible,
        "everything in the cache is gone",
        "Azure Managed Redis documentation, persistence",
    ),
    (
        "Microsoft.ContainerRegistry/registries",
        Irreversible,
        "its images are gone, those of earlier releases among them",
        "Container Registry documentation, delete images",
    ),
    (
        "Microsoft.DBforPostgreSQL/flexibleServers",
        DataLoss,
        "the databases are gone; for five days a backup can be restored on request",
        "Azure Database for PostgreSQL documentation, restore a dropped server",
    ),
    (
        "Microsoft.DBforPostgreSQL/flexibleServers/databases",
        DataLoss,
        "the database is dropped; the server's backups still hold it",
        "Azure Database for PostgreSQL documentation, backup and restore",
    ),
    (
        "Microsoft.KeyVault/vaults",
        DataLoss,
        "its secrets can't be read until the vault is recovered, for which there are 90 days",
        "Key Vault documentation, soft-delete overview",
    ),
    (
        "Microsoft.KeyVault/vaults/secrets",
        DataLoss,
        "it can't be read until it is recovered",
        "Key Vault documentation, soft-delete overview",
    ),
    (
        "Microsoft.OperationalInsights/workspaces",
        DataLoss,
        "its logs are gone; for 14 days the workspace can be recovered",
        "Log Analytics documentation, delete and recover a workspace",
    ),
    (
        "Microsoft.ServiceBus/namespaces",
        Irreversible,
        "the messages of all its queues are gone",
        "Service Bus documentation, delete a namespace",
    ),
    (
        "Microsoft.ServiceBus/namespaces/queues",
        Irreversible,
        "the messages in it are gone",
        "Service Bus documentation, queues",
    ),
    (
        "Microsoft.ServiceBus/namespaces/topics",
        Irreversible,
        "messages that nobody has taken yet are gone",
        "Service Bus documentation, topics",
    ),
    (
        "Microsoft.ServiceBus/namespaces/topics/subscriptions",
        Irreversible,
        "messages that nobody has taken yet are gone",
        "Service Bus documentation, topics",
    ),
    (
        "Microsoft.Storage/storageAccounts",
        DataLoss,
        "its objects are gone; for 14 days the account may be recovered, if no other took its name",
        "Azure Storage documentation, recover a deleted storage account",
    ),
    (
        "Microsoft.Storage/storageAccounts/blobServices/containers",
        Irreversible,
        "the objects in it are gone",
        "Azure Blob Storage documentation, delete a container",
    ),
];

/// Types that hold nothing and that landfall renders: what isn't here or above isn't known.
const PROVIDERS: [&str; 14] = [
    "Microsoft.App/",
    "Microsoft.Authorization/",
    "Microsoft.Cache/",
    "Microsoft.Cdn/",
    "Microsoft.Consumption/",
    "Microsoft.ContainerRegistry/",
    "Microsoft.DBforPostgreSQL/",
    "Microsoft.Insights/",
    "Microsoft.KeyVault/",
    "Microsoft.ManagedIdentity/",
    "Microsoft.Network/",
    "Microsoft.OperationalInsights/",
    "Microsoft.Resources/",
    "Microsoft.Storage/",
];

/// Whether the types of its provider are known.
pub(super) fn is_known(kind: &str) -> bool {
    PROVIDERS.iter().any(|provider| kind.starts_with(provider)) || holds(kind).is_some()
}

fn holds(kind: &str) -> Option<&'static (&'static str, Consequence, &'static str, &'static str)> {
    HOLDS.iter().find(|(holder, ..)| holder.eq_ignore_ascii_case(kind))
}

/// What taking a resource out of the template does: the stack deletes what it no longer manages.
pub(super) fn removal(resource: &Resource) -> Removal {
    const STACK: &str = "Azure Resource Manager documentation, deployment stacks: actionOnUnmanage";
    let kind = resource.kind.as_str();
    if kind.eq_ignore_ascii_case("Microsoft.DBforPostgreSQL/flexibleServers") && is_copy(resource) {
        let why = "the stack deletes it; it is a copy, and the server that it follows has the data";
        return Removal { kept: false, impact: Impact::certain(InPlace, why, STACK) };
    }
    // A setting can't be deleted: it keeps the value that it has.
    if kind.eq_ignore_ascii_case("Microsoft.DBforPostgreSQL/flexibleServers/configurations") {
        let why = "a setting can't be deleted: it keeps the value that it has";
        return Removal { kept: true, impact: Impact::certain(InPlace, why, STACK) };
    }
    let impact = match holds(kind) {
        Some((_, loss, lost, source)) => Impact::certain(*loss, format!("the stack deletes it: {lost}"), *source),
        None if is_known(kind) => Impact::certain(InPlace, "the stack deletes it; it holds nothing", STACK),
        None => Impact::possible(DataLoss, format!("the stack deletes it, and what {kind} holds is not known"), STACK),
    };
    Removal { kept: false, impact }
}

/// Whether a server follows another one: it was made so, and wasn't promoted.
fn is_copy(resource: &Resource) -> bool {
    let said = |path| resource.properties.pointer(path).and_then(serde_json::Value::as_str);
    said("/properties/createMode") == Some("Replica") && said("/properties/replica/promoteMode").is_none()
}
