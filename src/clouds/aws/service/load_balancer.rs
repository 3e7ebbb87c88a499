//! The load balancer in front of a service: an Application Load Balancer that speaks TLS and sends plain requests on to it.

use serde_json::{Value, json};

use super::rollout;
use crate::clouds::aws::draft::Draft;
use crate::clouds::aws::expression::{attribute, reference};
use crate::clouds::aws::network::{self, firewall};
use crate::clouds::aws::{domain, log, names};
use crate::diagnostics::finding::Finding;
use crate::model::reference::Reference;
use crate::model::service::LoadBalancer;

/// TLS 1.3, and 1.2 with forward secrecy for those who can't yet (Application Load Balancers user guide, "Security
/// policies"; the policy it recommends).
const TLS: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/// What the name of a service leads to, as the outputs that name it go on.
pub(crate) const LEADS_TO: &str = "LoadBalancer";

/// The logical id of a service's load balancer.
pub(crate) fn id(service: &str) -> String {
    format!("{service}LoadBalancer")
}

/// The logical id of the group of a service's copies.
pub(crate) fn targets(service: &str) -> String {
    format!("{service}Targets")
}

/// The logical id of what listens for TLS.
pub(crate) fn listener(service: &str) -> String {
    format!("{service}Listener")
}

/// Adds the load balancer; `twice` for one that leads to one of two groups of copies.
pub(crate) fn render(draft: &mut Draft<'_>, of: &Reference, balancer: &LoadBalancer, port: u16, twice: bool) {
    let component = of.to_string();
    let service = names::logical(of);
    let (id, group) = (id(&service), format!("{}SecurityGroup", id(&service)));
    let [section, name] = of.path();
    let at = [section, name, "load-balancer".to_owned()];
    let Some(network) = draft.stack.network.as_ref() else { return };
    if draft.stack.domain.is_none() {
        draft.findings.push(
            Finding::error("load-balancer-without-domain", at, "a load balancer needs a domain")
                .why("it speaks TLS, a certificate is made for a domain, and nobody can prove to own the cloud's own names")
                .fix("add `domain` with a name that you own"),
        );
        return;
    }
    let (key, subnets, count) = if balancer.public {
        ("public", network::public_subnets(network), network.public.len())
    } else {
        ("private", network::private_subnets(network), network.private.len())
    };
    network::two_zones(draft, at.to_vec(), "a load balancer", count, key);
    firewall::load_balancer(draft, of, &group, balancer.public);
    firewall::path(draft, of, &group, &firewall::group(of), port);

    let logs = log::access_logs(draft);
    let attributes = [
        ("access_logs.s3.bucket", logs),
        ("access_logs.s3.enabled", json!("true")),
        ("access_logs.s3.prefix", json!(format!("load-balancer-{}", of.name))),
        ("deletion_protection.enabled", json!(balancer.protected.to_string())),
        ("idle_timeout.timeout_seconds", json!(balancer.idle_timeout.as_seconds().to_string())),
        ("routing.http.drop_invalid_header_fields.enabled", json!("true")),
    ];
    let mut depends = vec![log::ACCESS_LOGS_POLICY];
    if balancer.public {
        depends.push(network::REACHABLE);
    }
    let resource = draft.add(
        &component,
        &id,
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        json!({
            "Type": "application",
            "Scheme": if balancer.public { "internet-facing" } else { "internal" },
            "Subnets": subnets,
            "SecurityGroups": [firewall::group_id(&group)],
            "LoadBalancerAttributes": listed(&attributes),
        }),
    );
    resource.depends_on = Some(json!(depends));
    target_group(draft, of, targets(&service), balancer, port);
    if twice {
        target_group(draft, of, rollout::other_targets(&service), balancer, port);
    }
    draft.add(
        &component,
        listener(&service),
        "AWS::ElasticLoadBalancingV2::Listener",
        json!({
            "LoadBalancerArn": reference(&id),
            "Port": 443,
            "Protocol": "HTTPS",
            "SslPolicy": TLS,
            "Certificates": [{ "CertificateArn": reference(domain::CERTIFICATE) }],
            "DefaultActions": [{ "Type": "forward", "TargetGroupArn": reference(targets(&service)) }],
        }),
    );
    draft.add(
        &component,
        format!("{service}Redirect"),
        "AWS::ElasticLoadBalancingV2::Listener",
        json!({
            "LoadBalancerArn": reference(&id),
            "Port": 80,
            "Protocol": "HTTP",
            "DefaultActions": [{
                "Type": "redirect",
                "RedirectConfig": { "Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301" },
            }],
        }),
    );
    let destination = domain::Destination {
        what: LEADS_TO,
        name: attribute(&id, "DNSName"),
        zone: attribute(&id, "CanonicalHostedZoneID"),
        six: false,
        healthy: true,
    };
    domain::record(draft, of, destination);
}

fn target_group(draft: &mut Draft<'_>, of: &Reference, id: String, balancer: &LoadBalancer, port: u16) {
    let health = &balancer.health;
    let mut attributes = vec![("deregistration_delay.timeout_seconds", json!(balancer.drain.as_seconds().to_string()))];
    if let Some(sticky) = balancer.sticky {
        attributes.extend([
            ("stickiness.enabled", json!("true")),
            ("stickiness.type", json!("lb_cookie")),
            ("stickiness.lb_cookie.duration_seconds", json!(sticky.as_seconds().to_string())),
        ]);
    }
    draft.add(
        &of.to_string(),
        id,
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        json!({
            "TargetType": "ip",
            "VpcId": network::id(),
            "Port": port,
            "Protocol": "HTTP",
            "HealthCheckEnabled": true,
            "HealthCheckProtocol": "HTTP",
            "HealthCheckPath": health.path,
            "HealthCheckIntervalSeconds": health.every.as_seconds(),
            "HealthCheckTimeoutSeconds": health.timeout.as_seconds(),
            "HealthyThresholdCount": health.healthy,
            "UnhealthyThresholdCount": health.unhealthy,
            "Matcher": { "HttpCode": "200" },
            "TargetGroupAttributes": listed(&attributes),
        }),
    );
}

fn listed(attributes: &[(&str, Value)]) -> Vec<Value> {
    attributes.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

/// The dimensions by which CloudWatch knows the load balancer and one of its groups of copies.
pub(crate) fn dimensions(service: &str, targets: &str) -> Vec<(String, Value)> {
    vec![
        ("LoadBalancer".to_owned(), attribute(id(service), "LoadBalancerFullName")),
        ("TargetGroup".to_owned(), attribute(targets, "TargetGroupFullName")),
    ]
}
