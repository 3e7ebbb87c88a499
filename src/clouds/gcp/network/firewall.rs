//! Who may talk to whom: nothing comes in, and of Google's own network a workload reaches what its `access` names.

use serde_json::{Value, json};

use super::{COMPONENT, PRIVATE_SERVICES};
use crate::clouds::gcp::draft::{Draft, attribute};
use crate::clouds::gcp::expression::{Piece, joined, text};
use crate::clouds::gcp::names::{self, COMPUTE};
use crate::clouds::gcp::{cache, database};
use crate::diagnostics::finding::Finding;
use crate::model::access::{Access, Grant};
use crate::model::network::Cidr;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};

const KIND: &str = "google_compute_firewall";

/// The tag of a workload's addresses.
pub(in crate::clouds::gcp) fn tag(target: &Target, of: &Reference) -> String {
    names::with(target, of.kind.word(), of.name.as_str(), COMPUTE)
}

/// Refuses whatever comes in. The network does so by itself; this one writes it down.
pub(super) fn render(draft: &mut Draft<'_>, network: &Value) {
    let target = draft.target;
    draft.add(
        COMPONENT,
        KIND,
        "nothing_in",
        json!({
            "name": names::with(target, "nothing", "in", COMPUTE),
            "description": "Nothing comes in but by a load balancer",
            "network": network,
            "direction": "INGRESS",
            "priority": 65_000,
            "deny": { "protocol": "all" },
            "source_ranges": ["0.0.0.0/0"],
            "log_config": { "metadata": "INCLUDE_ALL_METADATA" },
        }),
    );
}

/// Keeps every workload from databases and caches, unless another rule lets it.
pub(super) fn private_services(draft: &mut Draft<'_>, network: &Value, bits: u8) {
    let target = draft.target;
    let address = format!("google_compute_global_address.{PRIVATE_SERVICES}.address");
    draft.add(
        COMPONENT,
        KIND,
        "nothing_to_private_services",
        json!({
            "name": names::with(target, "nothing", "to-private-services", COMPUTE),
            "description": "Only who is let reaches databases and caches",
            "network": network,
            "direction": "EGRESS",
            "priority": 65_000,
            "deny": { "protocol": "all" },
            "destination_ranges": [joined([Piece::Code(address.clone()), text(format!("/{bits}"))])],
            "log_config": { "metadata": "INCLUDE_ALL_METADATA" },
        }),
    );
    if let Some(range) = draft.stack.network.as_ref().and_then(|network| network.monitoring) {
        monitoring(draft, network, range, joined([Piece::Code(address), text(format!("/{bits}"))]));
    }
}

/// The tag of a machine that asks for measurements.
pub(in crate::clouds::gcp) fn monitoring_tag(target: &Target) -> String {
    names::with(target, COMPONENT, "monitoring", COMPUTE)
}

/// Lets machines that ask for measurements reach databases and caches. A rule for what goes out takes no source addresses (Compute Engine
/// API reference, `firewalls`, `direction`), so a tag says which machines.
fn monitoring(draft: &mut Draft<'_>, network: &Value, range: Cidr, services: Value) {
    let target = draft.target;
    let tag = monitoring_tag(target);
    let asked = Finding::approximated(
        "gcp-monitoring",
        [COMPONENT, "monitoring"],
        format!("who asks for measurements stands in `{range}`"),
    );
    draft.findings.push(
        asked
            .why(format!("rules for what goes out know no source addresses: machines with the network tag `{tag}` reach databases and caches, wherever in the network they stand"))
            .fix(format!("nothing; give the tag `{tag}` to the machine that asks")),
    );
    let ports = [(!draft.stack.databases.is_empty(), database::PORT), (!draft.stack.caches.is_empty(), cache::PORT)];
    let ports: Vec<String> = ports.iter().filter(|(there, _)| *there).map(|(_, port)| port.to_string()).collect();
    draft.add(
        COMPONENT,
        KIND,
        "monitoring_to_private_services",
        json!({
            "name": names::with(target, "monitoring", "to-private-services", COMPUTE),
            "description": "Who asks for measurements reaches databases and caches",
            "network": network,
            "direction": "EGRESS",
            "priority": 1_000,
            "allow": { "protocol": "tcp", "ports": ports },
            "destination_ranges": [services],
            "target_tags": [tag],
            "log_config": { "metadata": "INCLUDE_ALL_METADATA" },
        }),
    );
}

/// Lets a workload reach the databases and caches that it may connect to.
pub(in crate::clouds::gcp) fn workload(draft: &mut Draft<'_>, of: &Reference, access: &Access) {
    let target = draft.target;
    for (to, grants) in access {
        if !grants.contains(&Grant::Connect) || !draft.stack.has(to) {
            continue;
        }
        let (port, addresses) = match to.kind {
            Kind::Database => (database::PORT, database::addresses(draft.stack, &to.name)),
            Kind::Cache => (cache::PORT, cache::addresses(&to.name)),
            _ => continue,
        };
        let whole: Vec<Value> =
            addresses.into_iter().map(|address| joined([Piece::Code(address), text("/32")])).collect();
        draft.add(
            &of.to_string(),
            KIND,
            format!("{}_to_{}", names::local(of), names::local(to)),
            json!({
                "name": names::with(target, &format!("{}-{}", of.kind.word(), of.name), &format!("to-{}-{}", to.kind.word(), to.name), COMPUTE),
                "description": format!("{of} may connect to {to}"),
                "network": attribute("google_compute_network", super::LOCAL, "id"),
                "direction": "EGRESS",
                "priority": 1_000,
                "allow": { "protocol": "tcp", "ports": [port.to_string()] },
                "destination_ranges": whole,
                "target_tags": [tag(target, of)],
                "log_config": { "metadata": "INCLUDE_ALL_METADATA" },
            }),
        );
    }
}
