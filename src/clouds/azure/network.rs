//! Networks: a virtual network whose first subnet holds workloads and whose second holds the private endpoints of data.
//!
//! Subnets of Azure span the zones of their region, and load balancer and egress stand outside of them. Who may talk to whom is
//! held twice: the subnets' security groups let workloads through to the ports of data and nothing else, and what holds data asks
//! for an identity or a token.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::expression;
use super::id::Id;
use super::names;
use crate::diagnostics::finding::Finding;
use crate::model::database::POSTGRESQL_PORT;
use crate::model::network::{Egress, Network};
use crate::model::units::Time;

mod flow_logs;

/// The component.
pub(super) const COMPONENT: &str = "network";
/// The name of the subnet of workloads.
const WORKLOADS: &str = "workloads";
/// The name of the subnet of private endpoints.
const DATA: &str = "data";
/// The port of the pooler in front of a database (Azure Database for PostgreSQL documentation, "PgBouncer").
pub(super) const POOLER_PORT: u16 = 6432;
/// The port of a cache (Azure Managed Redis documentation, "Networking"); the engine's own is not offered.
pub(super) const MANAGED_CACHE_PORT: u16 = 10_000;
/// The smallest subnet of an environment of container apps (Container Apps documentation, "Configuring virtual networks").
const SMALLEST_PREFIX: u8 = 27;

fn network(draft: &Draft<'_>) -> Id {
    Id::new("Microsoft.Network/virtualNetworks", draft.stack_name(names::NETWORK))
}

/// The network's identifier.
pub(super) fn id(draft: &Draft<'_>) -> Value {
    network(draft).value()
}

/// The subnet of workloads.
pub(super) fn workloads(draft: &Draft<'_>) -> Value {
    network(draft).child("Microsoft.Network/virtualNetworks/subnets", WORKLOADS).value()
}

/// The subnet of private endpoints.
pub(super) fn data(draft: &Draft<'_>) -> Value {
    network(draft).child("Microsoft.Network/virtualNetworks/subnets", DATA).value()
}

/// Adds the network, its security groups, its way out and its flow logs.
pub(super) fn render(draft: &mut Draft<'_>, wanted: &Network) {
    let (Some(first), Some(second)) = (wanted.private.first(), wanted.private.get(1)) else {
        let finding = Finding::refused("azure-subnets", ["network", "private"], "one private subnet")
            .why("an environment of container apps has a subnet to itself, so what holds data needs a second one")
            .fix("list two private subnets");
        return draft.findings.push(finding);
    };
    if first.net().prefix_len() > SMALLEST_PREFIX {
        draft.findings.push(
            Finding::refused("azure-subnets", ["network", "private", "0"], format!("workloads in `{first}`"))
                .why(format!("an environment of container apps takes a subnet of /{SMALLEST_PREFIX} or larger"))
                .fix(format!("write a range of /{SMALLEST_PREFIX} or larger")),
        );
    }
    departures(draft, wanted);
    let workloads = security_group(draft, WORKLOADS, &into_workloads(first.net()));
    let data = security_group(draft, DATA, &into_data(draft, wanted, first.net()));
    let gateway = gateway(draft, wanted.egress);
    let id = network(draft);
    draft.add(
        COMPONENT,
        &id,
        json!({
            "properties": {
                "addressSpace": { "addressPrefixes": [wanted.range.to_string()] },
                "subnets": [
                    {
                        "name": WORKLOADS,
                        "properties": {
                            "addressPrefix": first.to_string(),
                            "defaultOutboundAccess": false,
                            "delegations": [{
                                "name": "container-apps",
                                "properties": { "serviceName": "Microsoft.App/environments" },
                            }],
                            "natGateway": gateway.map(|gateway| json!({ "id": gateway })),
                            "networkSecurityGroup": { "id": workloads },
                        },
                    },
                    {
                        "name": DATA,
                        "properties": {
                            "addressPrefix": second.to_string(),
                            "defaultOutboundAccess": false,
                            "networkSecurityGroup": { "id": data },
                            // Without this the security group isn't asked about private endpoints.
                            "privateEndpointNetworkPolicies": "NetworkSecurityGroupEnabled",
                        },
                    },
                ],
            },
        }),
    );
    if let Some(keep) = wanted.flow_logs {
        flow_logs::render(draft, keep);
    }
}

/// What is otherwise than the model says.
fn departures(draft: &mut Draft<'_>, wanted: &Network) {
    draft.findings.push(
        Finding::approximated("azure-subnets", ["network", "private"], "a private subnet in each zone")
            .why("subnets of Azure span all zones: the first holds workloads, the second the private endpoints of data; further ones aren't made. Security groups tell the two apart, not one component from another: identities and tokens do that")
            .fix("nothing, or list two"),
    );
    if !wanted.public.is_empty() {
        draft.findings.push(
            Finding::approximated("azure-subnets", ["network", "public"], "public subnets")
                .why("the load balancer (Front Door) and the gateway of egress stand outside of the network, so nothing would be in them; they aren't made")
                .fix("leave them out for this environment: `public: []`"),
        );
    }
}

/// A rule of a security group.
struct Rule {
    name: &'static str,
    access: &'static str,
    protocol: &'static str,
    source: String,
    ports: BTreeSet<String>,
}

fn allow(name: &'static str, protocol: &'static str, source: impl ToString, ports: &[&str]) -> Rule {
    let ports = ports.iter().map(|port| (*port).to_owned()).collect();
    Rule { name, access: "Allow", protocol, source: source.to_string(), ports }
}

fn nothing_else() -> Rule {
    Rule { access: "Deny", ..allow("nothing-else", "*", "*", &["*"]) }
}

/// What reaches workloads (Container Apps documentation, "Securing a virtual network with network security groups": 443 and 31443
/// of clients, 30000 to 32767 of the load balancer's probes, everything within the subnet).
fn into_workloads(own: Ipv4Net) -> Vec<Rule> {
    vec![
        allow("within", "*", own, &["*"]),
        allow("https", "Tcp", "VirtualNetwork", &["443", "31443"]),
        allow("probes", "Tcp", "AzureLoadBalancer", &["30000-32767"]),
        nothing_else(),
    ]
}

/// What reaches data: workloads, on the ports that are there, and who asks for measurements.
fn into_data(draft: &Draft<'_>, wanted: &Network, workloads: Ipv4Net) -> Vec<Rule> {
    let mut measured = BTreeSet::new();
    measured.extend((!draft.stack.databases.is_empty()).then(|| POSTGRESQL_PORT.to_string()));
    measured.extend((!draft.stack.caches.is_empty()).then(|| MANAGED_CACHE_PORT.to_string()));
    let mut ports = BTreeSet::from(["443".to_owned()]);
    ports.extend(measured.iter().cloned());
    ports.extend(draft.stack.databases.values().any(|database| database.pooler).then(|| POOLER_PORT.to_string()));
    let workloads = Rule { ports, ..allow("workloads", "Tcp", workloads, &[]) };
    let monitoring = wanted.monitoring.filter(|_| !measured.is_empty());
    let monitoring = monitoring.map(|range| Rule { ports: measured, ..allow("monitoring", "Tcp", range, &[]) });
    std::iter::once(workloads).chain(monitoring).chain([nothing_else()]).collect()
}

fn security_group(draft: &mut Draft<'_>, subnet: &str, rules: &[Rule]) -> Value {
    let id = Id::new("Microsoft.Network/networkSecurityGroups", draft.physical(subnet, names::NETWORK));
    let rules: Vec<Value> = (1..)
        .zip(rules)
        .map(|(number, rule)| {
            let alone = rule.ports.iter().next().filter(|_| rule.ports.len() == 1);
            json!({
                "name": rule.name,
                "properties": {
                    "access": rule.access,
                    "direction": "Inbound",
                    "priority": number * 100,
                    "protocol": rule.protocol,
                    "sourceAddressPrefix": rule.source,
                    "sourcePortRange": "*",
                    "destinationAddressPrefix": "*",
                    "destinationPortRange": alone,
                    "destinationPortRanges": (rule.ports.len() > 1).then_some(&rule.ports),
                },
            })
        })
        .collect();
    draft.add(COMPONENT, &id, json!({ "properties": { "securityRules": rules } }));
    id.value()
}

/// The gateway through which workloads reach the internet. One of the first kind stands in one zone; one of the second spans them
/// (Azure NAT Gateway documentation, "Standard V2").
fn gateway(draft: &mut Draft<'_>, egress: Egress) -> Option<Value> {
    let (sku, zones) = match egress {
        Egress::None => return None,
        Egress::Single => ("Standard", Some(json!(["1"]))),
        Egress::PerZone => ("StandardV2", None),
    };
    let address = Id::new("Microsoft.Network/publicIPAddresses", draft.physical("egress", names::NETWORK));
    let gateway = Id::new("Microsoft.Network/natGateways", draft.physical("egress", names::NETWORK));
    draft.add(
        COMPONENT,
        &address,
        json!({
            "sku": { "name": sku, "tier": "Regional" },
            "zones": zones.clone().unwrap_or_else(|| json!(["1", "2", "3"])),
            "properties": { "publicIPAllocationMethod": "Static", "publicIPAddressVersion": "IPv4" },
        }),
    );
    draft.add(
        COMPONENT,
        &gateway,
        json!({
            "sku": { "name": sku },
            "zones": zones,
            "properties": { "publicIpAddresses": [{ "id": address.value() }] },
        }),
    );
    Some(gateway.value())
}

/// Whether there is a network; a finding where something needs one.
pub(super) fn needed(draft: &mut Draft<'_>, of: &crate::model::reference::Reference) -> bool {
    let there = draft.stack.network.as_ref().is_some_and(|network| network.private.len() > 1);
    if draft.stack.network.is_none() {
        draft.never(
            "azure-network",
            of,
            [],
            format!("`{of}` without a network"),
            "what holds data is reached through private endpoints, and those stand in a network",
            "give the environment a `network` with two private subnets",
        );
    }
    there
}

/// Connects something that holds data to the network: an endpoint in the subnet of data, and the name by which it is found.
/// `group` is the part of it that is meant, `zone` the private zone of its names (Azure Private Link documentation, "Azure private
/// endpoint private DNS zone values").
pub(super) fn connect(draft: &mut Draft<'_>, component: &str, to: &Id, part: &str, group: &str, zone: &str) {
    let zone = private_zone(draft, zone);
    let id = Id::new("Microsoft.Network/privateEndpoints", draft.physical(part, names::NETWORK));
    let subnet = data(draft);
    draft.add(
        component,
        &id,
        json!({
            "properties": {
                "subnet": { "id": subnet },
                "privateLinkServiceConnections": [{
                    "name": group,
                    "properties": { "privateLinkServiceId": to.value(), "groupIds": [group] },
                }],
            },
        }),
    );
    draft.add(
        component,
        &id.child("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", "default"),
        json!({
            "properties": {
                "privateDnsZoneConfigs": [{ "name": group, "properties": { "privateDnsZoneId": zone } }],
            },
        }),
    );
}

/// A zone of names that only the network sees, made once.
fn private_zone(draft: &mut Draft<'_>, name: &str) -> Value {
    let zone = Id::new("Microsoft.Network/privateDnsZones", name);
    if !draft.has(&zone) {
        let network = id(draft);
        draft.add(COMPONENT, &zone, json!({ "properties": {} }));
        let link =
            zone.child("Microsoft.Network/privateDnsZones/virtualNetworkLinks", &draft.stack_name(names::NETWORK));
        let properties = json!({ "registrationEnabled": false, "virtualNetwork": { "id": network } });
        draft.add(COMPONENT, &link, json!({ "properties": properties }));
    }
    zone.value()
}

/// The tenant of the subscription.
pub(super) fn tenant() -> Value {
    expression("subscription().tenantId")
}

/// Whole days, at least one.
pub(super) fn days(time: Time) -> u64 {
    time.as_seconds().div_ceil(86_400).max(1)
}
