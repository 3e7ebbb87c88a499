//! The network: a VPC of its own with a subnet for each range, Cloud NAT as the way out, and a peering to the network in which
//! Google runs databases and caches.

pub(super) mod firewall;

use serde_json::{Value, json};

use super::draft::{Draft, attribute};
use super::names::{self, COMPUTE};
use crate::diagnostics::finding::Finding;
use crate::model::network::{Egress, Network};
use crate::model::reference::Reference;

/// The component that it is rendered for.
pub(super) const COMPONENT: &str = "network";
/// The name of the network inside the document.
pub(super) const LOCAL: &str = "network";
/// The name of what leads to Google's own network, inside the document.
pub(super) const PRIVATE_SERVICES: &str = "private_services";
/// Bits of the range that Google's own network gets: room for 256 subnets of 256 addresses (VPC documentation, "Private services
/// access", recommends 16).
const PRIVATE_SERVICES_BITS: u8 = 16;

/// Adds the network.
pub(super) fn render(draft: &mut Draft<'_>, network: &Network) {
    let target = draft.target;
    let id = attribute("google_compute_network", LOCAL, "id");
    draft.add(
        COMPONENT,
        "google_compute_network",
        LOCAL,
        json!({
            "name": names::stack(target, COMPUTE),
            "auto_create_subnetworks": false,
            "routing_mode": "REGIONAL",
        }),
    );
    if network.private.len() > 1 {
        draft.findings.push(
            Finding::approximated("gcp-subnets", ["network", "private"], "a subnet in each zone")
                .why("a subnet of Google Cloud spans the zones of its region, and a workload stands in one: they stand in the first")
                .fix("give one private range"),
        );
    }
    let zones = [("private", &network.private), ("public", &network.public)];
    for (word, ranges) in zones {
        for (index, range) in ranges.iter().enumerate() {
            let name = format!("{word}_{}", index + 1);
            let flow_logs = network.flow_logs.map(|_| {
                json!({
                    "aggregation_interval": "INTERVAL_5_SEC",
                    "flow_sampling": 1,
                    "metadata": "INCLUDE_ALL_METADATA",
                })
            });
            let recorded = flow_logs.is_some();
            let region = draft.region();
            let subnet = draft.add(
                COMPONENT,
                "google_compute_subnetwork",
                &name,
                json!({
                    "name": names::with(target, word, &(index + 1).to_string(), COMPUTE),
                    "ip_cidr_range": range.to_string(),
                    "region": region,
                    "network": id,
                    "private_ip_google_access": true,
                    "stack_type": "IPV4_ONLY",
                    "log_config": flow_logs,
                }),
            );
            if !recorded {
                subnet.without_rule("CKV_GCP_26", "the model asks for no record of connections in this network");
            }
        }
    }
    egress(draft, network, &id);
    firewall::render(draft, &id);
    if !draft.stack.databases.is_empty() || !draft.stack.caches.is_empty() {
        private_services(draft, &id);
    }
    draft.output("network", "The network", id);
}

/// The way out. Cloud NAT is a service of the region: no zone's failure cuts the others off, whether one gateway is asked or one
/// a zone (Cloud NAT documentation, "Cloud NAT overview").
fn egress(draft: &mut Draft<'_>, network: &Network, id: &Value) {
    match network.egress {
        Egress::None => return,
        Egress::Single | Egress::PerZone => {}
    }
    let (target, region) = (draft.target, draft.region());
    draft.add(
        COMPONENT,
        "google_compute_router",
        "egress",
        json!({ "name": names::with(target, "egress", "router", COMPUTE), "region": region, "network": id }),
    );
    let subnets: Vec<Value> = (1..=network.private.len())
        .map(|number| {
            json!({
                "name": attribute("google_compute_subnetwork", &format!("private_{number}"), "id"),
                "source_ip_ranges_to_nat": ["ALL_IP_RANGES"],
            })
        })
        .collect();
    draft.add(
        COMPONENT,
        "google_compute_router_nat",
        "egress",
        json!({
            "name": names::with(target, "egress", "nat", COMPUTE),
            "region": region,
            "router": attribute("google_compute_router", "egress", "name"),
            "nat_ip_allocate_option": "AUTO_ONLY",
            "source_subnetwork_ip_ranges_to_nat": "LIST_OF_SUBNETWORKS",
            "subnetwork": subnets,
            "log_config": { "enable": true, "filter": "ERRORS_ONLY" },
        }),
    );
}

/// The peering to the network in which Google runs databases and caches.
fn private_services(draft: &mut Draft<'_>, id: &Value) {
    let target = draft.target;
    draft.add(
        COMPONENT,
        "google_compute_global_address",
        PRIVATE_SERVICES,
        json!({
            "name": names::with(target, "private", "services", COMPUTE),
            "purpose": "VPC_PEERING",
            "address_type": "INTERNAL",
            "prefix_length": PRIVATE_SERVICES_BITS,
            "network": id,
        }),
    );
    draft.add(
        COMPONENT,
        "google_service_networking_connection",
        PRIVATE_SERVICES,
        json!({
            "network": id,
            "service": "servicenetworking.googleapis.com",
            "reserved_peering_ranges": [attribute("google_compute_global_address", PRIVATE_SERVICES, "name")],
            // Google refuses to delete it for days after the last database is gone; the network goes with it all the same.
            "deletion_policy": "ABANDON",
        }),
    );
    firewall::private_services(draft, id, PRIVATE_SERVICES_BITS);
}

/// The address of the peering, which databases and caches need first.
pub(super) fn peering() -> String {
    format!("google_service_networking_connection.{PRIVATE_SERVICES}")
}

/// The network for what can't do without one; nothing, and a finding, where there is none.
pub(super) fn needed<'a>(draft: &mut Draft<'a>, path: Vec<String>, what: &str) -> Option<&'a Network> {
    let network = draft.stack.network.as_ref();
    if network.is_none() {
        draft.findings.push(
            Finding::error("network-missing", path, format!("{what} needs a network"))
                .why("it stands in the private network, and there is none")
                .fix("add a `network`"),
        );
    }
    network
}

/// Where a workload stands in the network (Cloud Run documentation, "Direct VPC egress"): all that it sends goes there, so that
/// the firewall and the way out hold for it.
pub(super) fn interface(draft: &Draft<'_>, of: &Reference) -> Value {
    json!({
        "egress": "ALL_TRAFFIC",
        "network_interfaces": {
            "network": attribute("google_compute_network", LOCAL, "id"),
            "subnetwork": attribute("google_compute_subnetwork", "private_1", "id"),
            "tags": [firewall::tag(draft.target, of)],
        },
    })
}
