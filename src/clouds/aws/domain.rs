//! The system's name on the internet: a certificate, and a record for each load balancer.

use serde_json::{Value, json};

use super::draft::{Draft, Suppressed};
use super::expression::attribute;
use super::names;
use crate::diagnostics::finding::Finding;
use crate::model::domain::Domain;
use crate::model::name::Name;
use crate::model::reference::Reference;
use crate::model::stack::Stack;

/// The component.
const COMPONENT: &str = "domain";
/// The certificate for the domain and everything one level below.
pub(super) const CERTIFICATE: &str = "DomainCertificate";

/// The name under which a service with a load balancer is found: the domain itself where it is the only one, else its own
/// name below the domain.
pub(super) fn host(stack: &Stack, service: &Name) -> Option<String> {
    stack.services.get(service)?.load_balancer.as_ref()?;
    let domain = &stack.domain.as_ref()?.name;
    let balanced = stack.services.values().filter(|service| service.load_balancer.is_some()).count();
    Some(if balanced == 1 { domain.clone() } else { format!("{service}.{domain}") })
}

/// The address of a service.
pub(super) fn service_url(stack: &Stack, service: &Name) -> Option<String> {
    Some(format!("https://{}", host(stack, service)?))
}

/// Adds the certificate, if a load balancer needs it.
pub(super) fn render(draft: &mut Draft<'_>, domain: &Domain) {
    if draft.stack.services.values().all(|service| service.load_balancer.is_none()) {
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

/// Adds the record that leads to a service's load balancer, where the zone is known.
pub(super) fn record(draft: &mut Draft<'_>, of: &Reference, load_balancer: &str) {
    let (Some(host), Some(domain)) = (host(draft.stack, &of.name), draft.stack.domain.as_ref()) else { return };
    let service = names::logical(of);
    draft.output(format!("{service}Url"), format!("The address of {of}"), Value::String(format!("https://{host}")));
    draft.output(
        format!("{service}LoadBalancerName"),
        format!("What the record of {of} leads to"),
        attribute(load_balancer, "DNSName"),
    );
    let Some(zone) = &domain.zone else { return };
    draft.add(
        &of.to_string(),
        format!("{service}Record"),
        "AWS::Route53::RecordSet",
        json!({
            "HostedZoneId": zone,
            "Name": host,
            "Type": "A",
            "AliasTarget": {
                "DNSName": attribute(load_balancer, "DNSName"),
                "HostedZoneId": attribute(load_balancer, "CanonicalHostedZoneID"),
                "EvaluateTargetHealth": true,
            },
        }),
    );
}
