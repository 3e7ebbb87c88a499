//! The system's name on the internet: a certificate, and a record for each load balancer, API and site.

use serde_json::{Value, json};

use super::draft::{Draft, Suppressed};
use super::{names, site};
use crate::diagnostics::finding::Finding;
use crate::model::domain::Domain;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

/// The component.
const COMPONENT: &str = "domain";
/// The certificate for the domain and everything one level below.
pub(super) const CERTIFICATE: &str = "DomainCertificate";

/// What is found under the domain itself or its own name below it: services with a load balancer, and APIs.
fn found(stack: &Stack) -> Vec<Reference> {
    let balanced = stack.services.iter().filter(|(_, service)| service.load_balancer.is_some());
    balanced
        .map(|(name, _)| Reference::new(Kind::Service, name))
        .chain(stack.apis.keys().map(|name| Reference::new(Kind::Api, name)))
        .collect()
}

/// The name under which it is found: the domain itself where it is the only one, else its own
/// name below the domain; of a site the one that it names.
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

/// Its address.
pub(super) fn url(stack: &Stack, of: &Reference) -> Option<String> {
    Some(format!("https://{}", host(stack, of)?))
}

/// Adds the certificate, if something is found under the domain.
pub(super) fn render(draft: &mut Draft<'_>, domain: &Domain) {
    if found(draft.stack).is_empty() && !site::certified(draft.stack) {
        return;
    }
    if domain.zone.is_none() {
        draft.findings.push(
            Finding::warning("certificate-by-hand", ["domain"], format!("somebody has to prove by hand that `{}` is yours", domain.name))
                .why("AWS makes the certificate only once a record stands in the domain's zone, and the deployment waits for it")
                .fix("give the zone's identifier as `zone`, or add the records that AWS Certificate Manager shows while the deployment waits"),
        );
    }
    let resource = draft.add(
        COMPONENT,
        CERTIFICATE,
        "AWS::CertificateManager::Certificate",
        json!({
            "DomainName": domain.name,
            "SubjectAlternativeNames": [format!("*.{}", domain.name)],
            "ValidationMethod": "DNS",
            // Both names are proved by the same record.
            "DomainValidationOptions": domain.zone.as_ref().map(|zone| json!([
                { "DomainName": domain.name, "HostedZoneId": zone },
            ])),
        }),
    );
    resource.without_rule(
        "CKV2_AWS_71",
        "services stand one level below the domain, and one certificate is for all of them",
    );
}

/// What a name leads to.
pub(super) struct Destination {
    /// What it is, as the output that names it ends.
    pub(super) what: &'static str,
    /// The cloud's own name of it.
    pub(super) name: Value,
    /// The zone of that name.
    pub(super) zone: Value,
    /// Whether it answers over IPv6 too.
    pub(super) six: bool,
    /// Whether the record is held back while nothing there is well.
    pub(super) healthy: bool,
}

/// Adds the record that leads to what a component is reached by, where the zone is known.
pub(super) fn record(draft: &mut Draft<'_>, of: &Reference, to: Destination) {
    let (Some(host), Some(domain)) = (host(draft.stack, of), draft.stack.domain.as_ref()) else { return };
    let id = names::logical(of);
    draft.output(format!("{id}Url"), format!("The address of {of}"), Value::String(format!("https://{host}")));
    draft.output(format!("{id}{}Name", to.what), format!("What the record of {of} leads to"), to.name.clone());
    let Some(zone) = &domain.zone else {
        draft.output(format!("{id}{}Zone", to.what), format!("The zone of what the record of {of} leads to"), to.zone);
        return;
    };
    let records = [("", "A"), ("Six", "AAAA")].into_iter().take(if to.six { 2 } else { 1 });
    for (six, kind) in records {
        draft.add(
            &of.to_string(),
            format!("{id}Record{six}"),
            "AWS::Route53::RecordSet",
            json!({
                "HostedZoneId": zone,
                "Name": host,
                "Type": kind,
                "AliasTarget": { "DNSName": to.name, "HostedZoneId": to.zone, "EvaluateTargetHealth": to.healthy },
            }),
        );
    }
}
