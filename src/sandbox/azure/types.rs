//! What the type definitions don't tell: what a resource gives, how long it takes, what can't be changed or deleted.

use serde_json::{Map, Value, json};

use super::caller::{guid, tenant};
use super::error::ArmError;
use super::identifier::Identifier;

/// The type of locks.
pub const LOCK: &str = "Microsoft.Authorization/locks";

/// What Azure makes up for a resource, under its properties (the types' pages in the REST API reference: read-only properties).
pub fn given(id: &Identifier, body: &Map<String, Value>) -> Map<String, Value> {
    let own = id.own_name();
    let location = body.get("location").and_then(Value::as_str).unwrap_or("global").replace(' ', "").to_lowercase();
    let short = guid(&id.text.to_ascii_lowercase()).replace('-', "");
    let short = short.get(..8).unwrap_or_default();
    let made = match id.kind.as_str() {
        "Microsoft.ManagedIdentity/userAssignedIdentities" => json!({
            "principalId": guid(&format!("principal of {}", id.text.to_ascii_lowercase())),
            "clientId": guid(&format!("client of {}", id.text.to_ascii_lowercase())),
            "tenantId": tenant(&id.subscription),
        }),
        "Microsoft.ContainerRegistry/registries" => json!({ "loginServer": format!("{own}.azurecr.io") }),
        "Microsoft.KeyVault/vaults" => json!({ "vaultUri": format!("https://{own}.vault.azure.net/") }),
        "Microsoft.DBforPostgreSQL/flexibleServers" => json!({
            "fullyQualifiedDomainName": format!("{own}.postgres.database.azure.com"),
            "state": "Ready",
        }),
        "Microsoft.Cache/redisEnterprise" => json!({
            "hostName": format!("{own}.{location}.redis.azure.net"),
            "resourceState": "Running",
        }),
        "Microsoft.Cdn/profiles/afdEndpoints" => json!({ "hostName": format!("{own}-{short}.z01.azurefd.net") }),
        "Microsoft.Storage/storageAccounts" => {
            json!({ "primaryEndpoints": { "web": format!("https://{own}.z13.web.core.windows.net/") } })
        }
        "Microsoft.App/managedEnvironments" => {
            json!({ "defaultDomain": format!("{own}-{short}.{location}.azurecontainerapps.io") })
        }
        "Microsoft.App/containerApps" => json!({ "runningStatus": "Running" }),
        _ => json!({}),
    };
    let mut made = made.as_object().cloned().unwrap_or_default();
    made.insert("provisioningState".to_owned(), json!("Succeeded"));
    made
}

/// The property that says how a resource is, and its word where it isn't well (the types' pages in the REST API reference).
pub fn down(kind: &str) -> Option<(&'static str, &'static str)> {
    match kind {
        "Microsoft.App/containerApps" => Some(("runningStatus", "Stopped")),
        "Microsoft.DBforPostgreSQL/flexibleServers" => Some(("state", "Stopped")),
        _ => None,
    }
}

/// Seconds that creating a resource takes; changing it takes a third, deleting it a half. Ours: orders of magnitude.
pub fn seconds(kind: &str) -> f64 {
    match kind {
        "Microsoft.Cache/redisEnterprise" => 600.0,
        "Microsoft.DBforPostgreSQL/flexibleServers" => 420.0,
        "Microsoft.App/managedEnvironments" => 180.0,
        "Microsoft.Cache/redisEnterprise/databases" => 120.0,
        "Microsoft.DBforPostgreSQL/flexibleServers/administrators" | "Microsoft.Network/privateEndpoints" => 60.0,
        "Microsoft.Storage/storageAccounts" | "Microsoft.ServiceBus/namespaces" | "Microsoft.KeyVault/vaults" => 25.0,
        "Microsoft.App/containerApps" | "Microsoft.App/jobs" | "Microsoft.ContainerRegistry/registries" => 20.0,
        _ => 5.0,
    }
}

/// Whether the type has no delete of its own: it goes with what it is a part of (the types' pages in the REST API reference).
pub fn stays(kind: &str) -> bool {
    matches!(
        kind,
        "Microsoft.DBforPostgreSQL/flexibleServers/configurations"
            | "Microsoft.Storage/storageAccounts/blobServices"
            | "Microsoft.Storage/storageAccounts/fileServices"
            | "Microsoft.KeyVault/vaults/secrets"
    )
}

/// The beginnings of what is decided when a resource is created, by type; each as the type's page in the REST API reference or its
/// service's documentation says.
const FIXED: &[(&str, &[&str])] = &[
    ("Microsoft.App/containerApps", &["properties.managedEnvironmentId", "properties.environmentId"]),
    ("Microsoft.App/jobs", &["properties.environmentId"]),
    ("Microsoft.App/managedEnvironments", &["properties.vnetConfiguration", "properties.zoneRedundant"]),
    ("Microsoft.Authorization/roleAssignments", &["properties.principalId", "properties.roleDefinitionId"]),
    ("Microsoft.Cache/redisEnterprise/databases", &["properties.clusteringPolicy", "properties.modules"]),
    (
        "Microsoft.DBforPostgreSQL/flexibleServers",
        &[
            "properties.administratorLogin",
            "properties.backup.geoRedundantBackup",
            "properties.createMode",
            "properties.network.delegatedSubnetResourceId",
            "properties.network.privateDnsZoneArmResourceId",
            "properties.sourceServerResourceId",
            "properties.storage.type",
        ],
    ),
    ("Microsoft.DBforPostgreSQL/flexibleServers/databases", &["properties.charset", "properties.collation"]),
    (
        "Microsoft.KeyVault/vaults",
        &["properties.enablePurgeProtection", "properties.softDeleteRetentionInDays", "properties.tenantId"],
    ),
    ("Microsoft.Network/privateEndpoints", &["properties.subnet"]),
    ("Microsoft.Network/publicIPAddresses", &["sku", "zones", "properties.publicIPAllocationMethod"]),
    (
        "Microsoft.ServiceBus/namespaces/queues",
        &["properties.requiresDuplicateDetection", "properties.requiresSession", "properties.enablePartitioning"],
    ),
    (
        "Microsoft.Storage/storageAccounts",
        &["properties.isHnsEnabled", "properties.encryption.requireInfrastructureEncryption"],
    ),
];

/// What of a change Azure refuses because only a new resource can have it; numbers of disks that get smaller among it.
pub fn refused(kind: &str, before: &Map<String, Value>, after: &Map<String, Value>) -> Option<ArmError> {
    let at = |of: &Map<String, Value>, path: &str| -> Option<Value> {
        let mut parts = path.split('.');
        let mut found = of.get(parts.next()?)?;
        for part in parts {
            found = found.get(part)?;
        }
        Some(found.clone())
    };
    let differs = |path: &str| match (at(before, path), at(after, path)) {
        (Some(before), Some(after)) => !same(&before, &after),
        // What isn't said again stays as it is.
        (Some(_), None) | (None, None) => false,
        (None, Some(_)) => true,
    };
    if let (Some(Value::String(was)), Some(Value::String(is))) = (before.get("location"), after.get("location"))
        && !was.replace(' ', "").eq_ignore_ascii_case(&is.replace(' ', ""))
    {
        let message = format!(
            "The resource already exists in location '{was}'. A resource with the same name cannot be created in location '{is}'. Please select a new resource name."
        );
        return Some(ArmError::new(409, "InvalidResourceLocation", message));
    }
    let fixed = FIXED.iter().filter(|(of, _)| *of == kind).flat_map(|(_, paths)| paths.iter());
    let changed = fixed.copied().find(|path| differs(path));
    let disk = "properties.storage.storageSizeGB";
    let shrinks = || {
        let size = |of: &Map<String, Value>| at(of, disk).and_then(|size| size.as_i64());
        size(before).zip(size(after)).is_some_and(|(was, is)| is < was)
    };
    changed.or_else(|| shrinks().then_some(disk)).map(|path| {
        ArmError::new(409, "PropertyChangeNotAllowed", format!("Changing property '{path}' is not allowed."))
    })
}

/// Whether two values mean the same: identifiers and places whatever their case.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) if one.starts_with("/subscriptions/") => {
            one.eq_ignore_ascii_case(other)
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_is_fixed_at_creation_is_refused_and_the_rest_is_changed() {
        let server = "Microsoft.DBforPostgreSQL/flexibleServers";
        let before = body(
            json!({ "location": "eastus", "properties": { "version": "16", "storage": { "storageSizeGB": 128 }, "administratorLogin": "a" } }),
        );
        let with = |path: &str, value: Value| {
            let mut after = Value::Object(before.clone());
            if let Some(place) = after.pointer_mut(path) {
                *place = value;
            }
            refused(server, &before, &body(after)).map(|error| error.code)
        };
        assert_eq!(with("/properties/version", json!("17")), None);
        assert_eq!(with("/properties/storage/storageSizeGB", json!(256)), None);
        assert_eq!(with("/properties/storage/storageSizeGB", json!(64)).as_deref(), Some("PropertyChangeNotAllowed"));
        assert_eq!(with("/properties/administratorLogin", json!("b")).as_deref(), Some("PropertyChangeNotAllowed"));
        assert_eq!(with("/location", json!("westus")).as_deref(), Some("InvalidResourceLocation"));
        assert_eq!(with("/location", json!("East US")), None);
    }
}
