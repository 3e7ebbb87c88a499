//! What changing a property of a type does, where it isn't simply changed: by type, with its source.
//!
//! Sources are pages of Microsoft's documentation by title; where a row says "REST API reference", the type's page there describes
//! the property so. What isn't listed is changed in place.

use super::when::When;
use crate::plan::consequence::{Consequence, Impact};
use crate::plan::knowledge::Edit;

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Azure refuses it: only a new resource can have it.
    Fixed,
    /// The resource doesn't serve for a while.
    Interrupts,
    /// Data goes.
    Loses,
    /// It can't be taken back.
    Final,
}

use Effect::{Final, Fixed, Interrupts, Loses};
use When::{Changed, Comes, Falls, Goes};

/// A row: the beginning of a path below the resource, when it counts, what it does, why, and who says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    kind: &'static str,
    path: &'static str,
    when: When,
    effect: Effect,
    why: &'static str,
    source: &'static str,
}

const fn row(
    kind: &'static str,
    path: &'static str,
    when: When,
    effect: Effect,
    why: &'static str,
    source: &'static str,
) -> Row {
    Row { kind, path, when, effect, why, source }
}

const APP_ENVIRONMENT: &str = "Microsoft.App/managedEnvironments";
const SERVER: &str = "Microsoft.DBforPostgreSQL/flexibleServers";
const CONFIGURATION: &str = "Microsoft.DBforPostgreSQL/flexibleServers/configurations";
const ACCOUNT: &str = "Microsoft.Storage/storageAccounts";
const POLICY: &str = "Microsoft.Storage/storageAccounts/managementPolicies";
const NAMESPACE: &str = "Microsoft.ServiceBus/namespaces";
const QUEUE: &str = "Microsoft.ServiceBus/namespaces/queues";
const TOPIC: &str = "Microsoft.ServiceBus/namespaces/topics";
const VAULT: &str = "Microsoft.KeyVault/vaults";
const CACHE: &str = "Microsoft.Cache/redisEnterprise";
const CACHE_DATABASE: &str = "Microsoft.Cache/redisEnterprise/databases";
const REGISTRY: &str = "Microsoft.ContainerRegistry/registries";
const NETWORK: &str = "Microsoft.Network/virtualNetworks";
const GATEWAY: &str = "Microsoft.Network/natGateways";
const ADDRESS: &str = "Microsoft.Network/publicIPAddresses";
const ENDPOINT: &str = "Microsoft.Network/privateEndpoints";
const ROLE: &str = "Microsoft.Authorization/roleAssignments";
const PROFILE: &str = "Microsoft.Cdn/profiles";
const DOMAIN: &str = "Microsoft.Cdn/profiles/customDomains";
const WORKSPACE: &str = "Microsoft.OperationalInsights/workspaces";
const BUDGET: &str = "Microsoft.Consumption/budgets";

/// The rows; the first that fits counts.
const ROWS: &[Row] = &[
    // Of every type.
    row(
        "",
        "location",
        Changed,
        Fixed,
        "a resource stays in the region that it was created in",
        "Azure Resource Manager documentation, resource location (resource-location)",
    ),
    row(
        APP_ENVIRONMENT,
        "properties.vnetConfiguration",
        Changed,
        Fixed,
        "an environment stays in the network that it was created in",
        "Container Apps documentation, networking in Azure Container Apps environment (networking)",
    ),
    row(
        APP_ENVIRONMENT,
        "properties.zoneRedundant",
        Changed,
        Fixed,
        "whether an environment is spread over zones is decided when it is created",
        "Container Apps documentation, reliability (reliability-azure-container-apps)",
    ),
    row(
        SERVER,
        "properties.createMode",
        Changed,
        Fixed,
        "how a server comes to be is decided when it is created",
        "REST API reference, flexible servers",
    ),
    row(
        SERVER,
        "properties.sourceServerResourceId",
        Changed,
        Fixed,
        "a replica follows the server that it was made from",
        "REST API reference, flexible servers",
    ),
    row(
        SERVER,
        "properties.replica",
        Comes,
        Interrupts,
        "the replica is promoted to a database of its own, for good",
        "Azure Database for PostgreSQL documentation, promote read replicas (concepts-read-replicas-promote)",
    ),
    row(
        SERVER,
        "properties.replica",
        Goes,
        Fixed,
        "a server that was promoted follows nothing again: a replica is decided when it is created",
        "Azure Database for PostgreSQL documentation, read replicas (concepts-read-replicas)",
    ),
    row(
        SERVER,
        "properties.network.delegatedSubnetResourceId",
        Changed,
        Fixed,
        "a server stays in the subnet that it was created in",
        "Azure Database for PostgreSQL documentation, networking (concepts-networking-private)",
    ),
    row(
        SERVER,
        "properties.network.privateDnsZoneArmResourceId",
        Changed,
        Fixed,
        "a server keeps the zone of names that it was created with",
        "Azure Database for PostgreSQL documentation, networking (concepts-networking-private)",
    ),
    row(
        SERVER,
        "properties.backup.geoRedundantBackup",
        Changed,
        Fixed,
        "whether backups are copied to another region is decided when the server is created",
        "Azure Database for PostgreSQL documentation, backup and restore (concepts-backup-restore)",
    ),
    row(
        SERVER,
        "properties.administratorLogin",
        Changed,
        Fixed,
        "the administrator's name can't be changed",
        "REST API reference, flexible servers",
    ),
    row(
        SERVER,
        "properties.storage.storageSizeGB",
        Falls,
        Fixed,
        "a disk can grow and not shrink",
        "Azure Database for PostgreSQL documentation, storage (concepts-storage)",
    ),
    row(
        SERVER,
        "properties.storage.type",
        Changed,
        Fixed,
        "the kind of a disk is decided when the server is created",
        "Azure Database for PostgreSQL documentation, storage (concepts-storage)",
    ),
    row(
        SERVER,
        "properties.version",
        Falls,
        Fixed,
        "a server goes to newer versions only",
        "Azure Database for PostgreSQL documentation, major version upgrade (concepts-major-version-upgrade)",
    ),
    row(
        SERVER,
        "properties.version",
        Changed,
        Final,
        "the upgrade stops the server for minutes, and there is no way back",
        "Azure Database for PostgreSQL documentation, major version upgrade (concepts-major-version-upgrade)",
    ),
    row(
        SERVER,
        "sku",
        Changed,
        Interrupts,
        "the server moves to another machine and restarts; with a standby the interruption is short",
        "Azure Database for PostgreSQL documentation, scaling (concepts-scaling-resources)",
    ),
    row(
        SERVER,
        "properties.backup.backupRetentionDays",
        Falls,
        Loses,
        "backups older than the new time are deleted",
        "Azure Database for PostgreSQL documentation, backup and restore (concepts-backup-restore)",
    ),
    row(
        SERVER,
        "properties.highAvailability",
        Goes,
        Interrupts,
        "the standby is deleted, and nothing takes over any more",
        "Azure Database for PostgreSQL documentation, high availability (concepts-high-availability)",
    ),
    row(
        CONFIGURATION,
        "properties.value",
        Changed,
        Interrupts,
        "settings that the engine reads at its start take effect with a restart, which somebody has to begin",
        "Azure Database for PostgreSQL documentation, server parameters (concepts-server-parameters)",
    ),
    row(
        CACHE,
        "sku",
        Changed,
        Interrupts,
        "the cache moves to other machines; connections break for moments",
        "Azure Managed Redis documentation, scale an instance (how-to-scale)",
    ),
    row(
        CACHE,
        "zones",
        Changed,
        Fixed,
        "zones are decided when the cache is created",
        "REST API reference, Redis Enterprise",
    ),
    row(
        CACHE,
        "properties.highAvailability",
        Changed,
        Fixed,
        "copies can be added to a cache and not taken away",
        "Azure Managed Redis documentation, high availability (high-availability)",
    ),
    row(
        CACHE_DATABASE,
        "properties.clusteringPolicy",
        Changed,
        Fixed,
        "how keys are spread is decided when the cache is created; the keys are gone with it",
        "Azure Managed Redis documentation, architecture (architecture)",
    ),
    row(
        CACHE_DATABASE,
        "properties.port",
        Changed,
        Fixed,
        "the port is decided when the cache is created",
        "REST API reference, Redis Enterprise databases",
    ),
    row(
        CACHE_DATABASE,
        "properties.modules",
        Changed,
        Fixed,
        "modules are decided when the cache is created",
        "Azure Managed Redis documentation, modules (redis-modules)",
    ),
    row(
        CACHE_DATABASE,
        "properties.clientProtocol",
        Changed,
        Interrupts,
        "clients have to connect another way",
        "REST API reference, Redis Enterprise databases",
    ),
    row(
        ACCOUNT,
        "kind",
        Changed,
        Fixed,
        "an account of this kind can't become one of another",
        "REST API reference, storage accounts",
    ),
    row(
        ACCOUNT,
        "properties.isHnsEnabled",
        Changed,
        Fixed,
        "folders are decided when the account is created",
        "REST API reference, storage accounts",
    ),
    row(
        ACCOUNT,
        "properties.encryption.requireInfrastructureEncryption",
        Changed,
        Fixed,
        "the second encryption is decided when the account is created",
        "Azure Storage documentation, infrastructure encryption (infrastructure-encryption-enable)",
    ),
    row(
        ACCOUNT,
        "sku.name",
        Changed,
        Interrupts,
        "the objects are copied to their new places, for hours to days, and the account serves meanwhile",
        "Azure Storage documentation, change how data is replicated (redundancy-migration)",
    ),
    row(
        POLICY,
        "properties.policy",
        Changed,
        Loses,
        "objects that the rules delete are deleted, also those that are there already",
        "Azure Blob Storage documentation, lifecycle management (lifecycle-management-overview)",
    ),
    row(
        NAMESPACE,
        "sku",
        Changed,
        Fixed,
        "a namespace of the standard tier can't become one of the premium tier, or the other way round",
        "Service Bus documentation, migrate to premium (service-bus-migrate-standard-premium)",
    ),
    row(
        QUEUE,
        "properties.requiresSession",
        Changed,
        Fixed,
        "sessions are decided when the queue is created",
        "Service Bus documentation, message sessions (message-sessions)",
    ),
    row(
        QUEUE,
        "properties.requiresDuplicateDetection",
        Changed,
        Fixed,
        "the detection of duplicates is decided when the queue is created",
        "Service Bus documentation, duplicate detection (duplicate-detection)",
    ),
    row(
        QUEUE,
        "properties.enablePartitioning",
        Changed,
        Fixed,
        "partitions are decided when the queue is created",
        "Service Bus documentation, partitioned queues and topics (service-bus-partitioning)",
    ),
    row(
        QUEUE,
        "properties.defaultMessageTimeToLive",
        Changed,
        Interrupts,
        "messages that were sent before keep the time that they were sent with",
        "Service Bus documentation, message expiration (message-expiration)",
    ),
    row(
        TOPIC,
        "properties.requiresDuplicateDetection",
        Changed,
        Fixed,
        "the detection of duplicates is decided when the topic is created",
        "Service Bus documentation, duplicate detection (duplicate-detection)",
    ),
    row(
        TOPIC,
        "properties.enablePartitioning",
        Changed,
        Fixed,
        "partitions are decided when the topic is created",
        "Service Bus documentation, partitioned queues and topics (service-bus-partitioning)",
    ),
    row(
        VAULT,
        "properties.enablePurgeProtection",
        Goes,
        Fixed,
        "once on, the protection stays on",
        "Key Vault documentation, soft-delete overview (soft-delete-overview)",
    ),
    row(
        VAULT,
        "properties.enablePurgeProtection",
        Comes,
        Final,
        "it can't be switched off again: a deleted vault stays for its time, and keeps its name",
        "Key Vault documentation, soft-delete overview (soft-delete-overview)",
    ),
    row(
        VAULT,
        "properties.enableSoftDelete",
        Goes,
        Fixed,
        "once on, it stays on",
        "Key Vault documentation, soft-delete overview (soft-delete-overview)",
    ),
    row(
        VAULT,
        "properties.softDeleteRetentionInDays",
        Changed,
        Fixed,
        "how long deleted secrets are kept is decided when the vault is created",
        "Key Vault documentation, soft-delete overview (soft-delete-overview)",
    ),
    row(VAULT, "properties.tenantId", Changed, Fixed, "a vault stays with its tenant", "REST API reference, vaults"),
    row(
        REGISTRY,
        "properties.zoneRedundancy",
        Changed,
        Fixed,
        "zones are decided when the registry is created",
        "Container Registry documentation, zone redundancy (zone-redundancy)",
    ),
    row(
        REGISTRY,
        "properties.policies.retentionPolicy.days",
        Falls,
        Loses,
        "images without a tag that are older than the new time are deleted",
        "Container Registry documentation, set a retention policy (container-registry-retention-policy)",
    ),
    row(
        NETWORK,
        "properties.subnets.properties.addressPrefix",
        Changed,
        Fixed,
        "a subnet with something in it keeps its range",
        "Virtual Network documentation, add, change, or delete a subnet (virtual-network-manage-subnet)",
    ),
    row(
        NETWORK,
        "properties.subnets.properties.delegations",
        Changed,
        Fixed,
        "a subnet with something in it keeps its delegation",
        "Virtual Network documentation, subnet delegation (subnet-delegation-overview)",
    ),
    row(
        NETWORK,
        "properties.subnets.properties.natGateway",
        Changed,
        Interrupts,
        "connections to the internet break",
        "NAT Gateway documentation, NAT gateway resource (nat-gateway-resource)",
    ),
    row(GATEWAY, "sku", Changed, Fixed, "a gateway keeps its tier", "NAT Gateway documentation, SKU (nat-sku)"),
    row(
        GATEWAY,
        "zones",
        Changed,
        Fixed,
        "a gateway stays in its zone",
        "NAT Gateway documentation, availability zones (nat-availability-zones)",
    ),
    row(
        GATEWAY,
        "properties.publicIpAddresses",
        Changed,
        Interrupts,
        "connections to the internet break, and come from another address afterwards",
        "NAT Gateway documentation, NAT gateway resource (nat-gateway-resource)",
    ),
    row(
        ADDRESS,
        "sku",
        Changed,
        Fixed,
        "an address keeps its tier",
        "Virtual Network documentation, public IP addresses (public-ip-addresses)",
    ),
    row(
        ADDRESS,
        "zones",
        Changed,
        Fixed,
        "an address stays in its zones",
        "Virtual Network documentation, public IP addresses (public-ip-addresses)",
    ),
    row(
        ENDPOINT,
        "properties.subnet",
        Changed,
        Fixed,
        "an endpoint stays in its subnet",
        "Private Link documentation, what is a private endpoint (private-endpoint-overview)",
    ),
    row(
        ENDPOINT,
        "properties.privateLinkServiceConnections",
        Changed,
        Fixed,
        "an endpoint leads to what it was made for",
        "Private Link documentation, what is a private endpoint (private-endpoint-overview)",
    ),
    row(
        ROLE,
        "properties.principalId",
        Changed,
        Fixed,
        "an assignment is of one identity, one role and one resource",
        "Azure RBAC documentation, troubleshooting (troubleshooting: RoleAssignmentUpdateNotPermitted)",
    ),
    row(
        ROLE,
        "properties.roleDefinitionId",
        Changed,
        Fixed,
        "an assignment is of one identity, one role and one resource",
        "Azure RBAC documentation, troubleshooting (troubleshooting: RoleAssignmentUpdateNotPermitted)",
    ),
    row(
        PROFILE,
        "sku",
        Changed,
        Fixed,
        "a profile goes from standard to premium by an upgrade of its own only",
        "Front Door documentation, tier upgrade (tier-upgrade)",
    ),
    row(
        DOMAIN,
        "properties.hostName",
        Changed,
        Fixed,
        "a custom domain is of one name",
        "REST API reference, AFD custom domains",
    ),
    row(
        DOMAIN,
        "properties.tlsSettings",
        Changed,
        Interrupts,
        "another certificate takes minutes to reach every place",
        "Front Door documentation, configure HTTPS (standard-premium/how-to-configure-https-custom-domain)",
    ),
    row(
        WORKSPACE,
        "properties.retentionInDays",
        Falls,
        Loses,
        "logs older than the new time are deleted, after 30 days",
        "Log Analytics documentation, manage data retention (data-retention-configure)",
    ),
    row(
        BUDGET,
        "properties.timePeriod.startDate",
        Changed,
        Fixed,
        "a budget keeps the month in which it began",
        "Cost Management documentation, create and manage budgets (tutorial-acm-create-budgets)",
    ),
    row(BUDGET, "properties.timeGrain", Changed, Fixed, "a budget keeps its interval", "REST API reference, budgets"),
];

/// The row for a difference.
pub(super) fn find(edit: &Edit<'_>, path: &str) -> Option<&'static Row> {
    let mut rows = ROWS.iter().filter(|row| covers(row, &edit.after.kind, path));
    rows.find(|row| row.when.counts(edit))
}

/// Whether some change of a property is refused.
pub(super) fn is_fixed(kind: &str, path: &str) -> bool {
    ROWS.iter().any(|row| row.effect == Fixed && covers(row, kind, path))
}

fn covers(row: &Row, kind: &str, path: &str) -> bool {
    let below = path.strip_prefix(row.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    (row.kind.is_empty() || row.kind.eq_ignore_ascii_case(kind)) && below
}

impl Row {
    /// What it does to a change at that path.
    pub(super) fn impact(&self, path: &str) -> Impact {
        let consequence = match self.effect {
            Fixed => Consequence::Replacement,
            Interrupts => Consequence::Interruption,
            Loses => Consequence::DataLoss,
            Final => Consequence::Irreversible,
        };
        let name = path.strip_prefix("properties.").unwrap_or(path);
        Impact::certain(consequence, format!("{name}: {}", self.why), self.source)
    }
}
