//! The resource types that we render: their version, and what beside their properties they take.
//!
//! Source: the type definitions of the resource providers, Azure/bicep-types-az, August 2026.

/// Where resources of a type stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// In the region of the target.
    Region,
    /// Everywhere: the location is `global`.
    Global,
    /// Where the resource stands that they belong to.
    None,
}

/// A resource type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    /// Its name, `Microsoft.Storage/storageAccounts`.
    pub(super) kind: &'static str,
    /// The version of its interface.
    pub(super) api: &'static str,
    /// Where its resources stand.
    pub(super) location: Location,
    /// Whether its resources carry tags.
    pub(super) tags: bool,
}

const fn of(kind: &'static str, api: &'static str, location: Location, tags: bool) -> Type {
    Type { kind, api, location, tags }
}

use Location::{Global, None, Region};

/// Every type that we render, sorted by name.
const TYPES: &[Type] = &[
    of("Microsoft.App/containerApps", "2025-07-01", Region, true),
    of("Microsoft.App/jobs", "2025-07-01", Region, true),
    of("Microsoft.App/managedEnvironments", "2025-07-01", Region, true),
    of("Microsoft.Authorization/locks", "2020-05-01", None, false),
    of("Microsoft.Authorization/roleAssignments", "2022-04-01", None, false),
    of("Microsoft.Cache/redisEnterprise", "2025-07-01", Region, true),
    of("Microsoft.Cache/redisEnterprise/databases", "2025-07-01", None, false),
    of("Microsoft.Cdn/profiles", "2025-06-01", Global, true),
    of("Microsoft.Cdn/profiles/afdEndpoints", "2025-06-01", Global, true),
    of("Microsoft.Cdn/profiles/afdEndpoints/routes", "2025-06-01", None, false),
    of("Microsoft.Cdn/profiles/customDomains", "2025-06-01", None, false),
    of("Microsoft.Cdn/profiles/originGroups", "2025-06-01", None, false),
    of("Microsoft.Cdn/profiles/originGroups/origins", "2025-06-01", None, false),
    of("Microsoft.Cdn/profiles/securityPolicies", "2025-06-01", None, false),
    of("Microsoft.Consumption/budgets", "2024-08-01", None, false),
    of("Microsoft.ContainerRegistry/registries", "2025-11-01", Region, true),
    of("Microsoft.DBforPostgreSQL/flexibleServers", "2025-08-01", Region, true),
    of("Microsoft.DBforPostgreSQL/flexibleServers/configurations", "2025-08-01", None, false),
    of("Microsoft.DBforPostgreSQL/flexibleServers/databases", "2025-08-01", None, false),
    of("Microsoft.Insights/actionGroups", "2023-01-01", Global, true),
    of("Microsoft.Insights/diagnosticSettings", "2021-05-01-preview", None, false),
    of("Microsoft.Insights/metricAlerts", "2018-03-01", Global, true),
    of("Microsoft.Insights/scheduledQueryRules", "2023-12-01", Region, true),
    of("Microsoft.Insights/workbooks", "2023-06-01", Region, true),
    of("Microsoft.KeyVault/vaults", "2025-05-01", Region, true),
    of("Microsoft.ManagedIdentity/userAssignedIdentities", "2024-11-30", Region, true),
    of("Microsoft.Network/FrontDoorWebApplicationFirewallPolicies", "2025-10-01", Global, true),
    of("Microsoft.Network/natGateways", "2025-07-01", Region, true),
    of("Microsoft.Network/networkSecurityGroups", "2025-07-01", Region, true),
    of("Microsoft.Network/privateDnsZones", "2024-06-01", Global, true),
    of("Microsoft.Network/privateDnsZones/virtualNetworkLinks", "2024-06-01", Global, true),
    of("Microsoft.Network/privateEndpoints", "2025-07-01", Region, true),
    of("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", "2025-07-01", None, false),
    of("Microsoft.Network/publicIPAddresses", "2025-07-01", Region, true),
    of("Microsoft.Network/virtualNetworks", "2025-07-01", Region, true),
    of("Microsoft.OperationalInsights/workspaces", "2025-07-01", Region, true),
    of("Microsoft.Resources/deployments", "2025-04-01", None, false),
    of("Microsoft.ServiceBus/namespaces", "2024-01-01", Region, true),
    of("Microsoft.ServiceBus/namespaces/queues", "2024-01-01", None, false),
    of("Microsoft.ServiceBus/namespaces/topics", "2024-01-01", None, false),
    of("Microsoft.ServiceBus/namespaces/topics/subscriptions", "2024-01-01", None, false),
    of("Microsoft.Storage/storageAccounts", "2025-08-01", Region, true),
    of("Microsoft.Storage/storageAccounts/blobServices", "2025-08-01", None, false),
    of("Microsoft.Storage/storageAccounts/blobServices/containers", "2025-08-01", None, false),
    of("Microsoft.Storage/storageAccounts/managementPolicies", "2025-08-01", None, false),
];

/// What is known of a type; only its name where that is nothing.
pub(super) fn find(kind: &'static str) -> Type {
    TYPES.iter().copied().find(|one| one.kind == kind).unwrap_or(of(kind, "", None, false))
}

/// Every type that we render.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = Type> {
    TYPES.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_stands_once_and_in_order() {
        assert!(TYPES.is_sorted_by(|a, b| a.kind < b.kind));
    }
}
