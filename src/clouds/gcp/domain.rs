//! The system's name on the internet: a certificate, and a record for each load balancer, before a service or a site.

use serde_json::{Value, json};

use super::draft::{Draft, attribute};
use super::expression::code;
use super::names::{self, COMPUTE};
use crate::diagnostics::finding::Finding;
use crate::model::domain::Domain;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

/// The component.
const COMPONENT: &str = "domain";
/// The map of certificates that load balancers take theirs from, inside the document.
pub(super) const CERTIFICATES: &str = "domain";
const MAP: &str = "google_certificate_manager_certificate_map";
const AUTHORIZATION: &str = "google_certificate_manager_dns_authorization";
const CERTIFICATE: &str = "google_certificate_manager_certificate";

/// The services that the internet finds under the domain.
fn found(stack: &Stack) -> Vec<Reference> {
    let public = stack.services.iter().filter(|(_, one)| one.load_balancer.as_ref().is_some_and(|it| it.public));
    public.map(|(name, _)| Reference::new(Kind::Service, name)).collect()
}

/// The name under which it is found: the domain itself where it is the only one, else its own name below the domain; of a site the one
/// that it names.
pub(super) fn host(stack: &Stack, of: &Reference) -> Option<String> {
    if of.kind == Kind::Site {
        return Some(stack.sites.get(&of.name)?.host(&of.name, stack.domain.as_ref()?));
    }
    let domain = &stack.domain.as_ref()?.name;
    let found = found(stack);
    if !found.contains(of) {
        return None;
    }
    Some(if found.len() == 1 { domain.clone() } else { format!("{}.{domain}", of.name) })
}

/// Adds the certificate, if something is found under the domain.
pub(super) fn render(draft: &mut Draft<'_>, domain: &Domain) {
    if found(draft.stack).is_empty() && draft.stack.sites.is_empty() {
        return;
    }
    if domain.zone.is_none() {
        draft.findings.push(
            Finding::warning(
                "certificate-by-hand",
                ["domain"],
                format!("somebody has to prove by hand that `{}` is yours", domain.name),
            )
            .why("Google makes the certificate only once a record stands in the domain's zone")
            .fix("give the zone's name as `zone`, or add the record that the output `domain_proof` shows"),
        );
    }
    let target = draft.target;
    let name = names::stack(target, COMPUTE);
    draft.add(COMPONENT, AUTHORIZATION, "domain", json!({ "name": name, "domain": domain.name }));
    draft.add(
        COMPONENT,
        CERTIFICATE,
        "domain",
        json!({
            "name": name,
            "managed": {
                // Both names are proved by the same record.
                "domains": [domain.name, format!("*.{}", domain.name)],
                "dns_authorizations": [attribute(AUTHORIZATION, "domain", "id")],
            },
        }),
    );
    draft.add(COMPONENT, MAP, CERTIFICATES, json!({ "name": name }));
    for (local, host) in [("domain", domain.name.clone()), ("below_domain", format!("*.{}", domain.name))] {
        draft.add(
            COMPONENT,
            "google_certificate_manager_certificate_map_entry",
            local,
            json!({
                "name": names::with(target, "entry", &local.replace('_', "-"), COMPUTE),
                "map": attribute(MAP, CERTIFICATES, "name"),
                "hostname": host,
                "certificates": [attribute(CERTIFICATE, "domain", "id")],
            }),
        );
    }
    let proof = |part: &str| code(format!("{AUTHORIZATION}.domain.dns_resource_record[0].{part}"));
    if let Some(zone) = &domain.zone {
        draft.add(
            COMPONENT,
            "google_dns_record_set",
            "domain_proof",
            json!({
                "managed_zone": zone,
                "name": proof("name"),
                "type": proof("type"),
                "ttl": 300,
                "rrdatas": [proof("data")],
            }),
        );
    }
    draft.output("domain_proof", "The record that proves the domain", proof("data"));
}

/// Adds the record that leads to an address, where the zone is known.
pub(super) fn record(draft: &mut Draft<'_>, of: &Reference, address: Value) {
    let (Some(host), Some(domain)) = (host(draft.stack, of), draft.stack.domain.as_ref()) else { return };
    let local = names::local(of);
    draft.output(format!("{local}_address"), format!("What the record of {of} leads to"), address.clone());
    let Some(zone) = &domain.zone else { return };
    draft.add(
        &of.to_string(),
        "google_dns_record_set",
        &local,
        json!({ "managed_zone": zone, "name": format!("{host}."), "type": "A", "ttl": 300, "rrdatas": [address] }),
    );
}
