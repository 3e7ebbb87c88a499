//! Elastic Load Balancing.
//!
//! Source, where none is given: Elastic Load Balancing API Reference (2015-12-01), CreateLoadBalancer, CreateListener, CreateRule.

use std::collections::BTreeSet;

use super::Asked;
use super::asked::property;
use crate::sandbox::aws::cloudformation::evaluate::scalar_text;

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => load_balancer(asked),
        "AWS::ElasticLoadBalancingV2::Listener" => listener(asked),
        "AWS::ElasticLoadBalancingV2::ListenerRule" => rule(asked),
        _ => None,
    }
}

fn load_balancer(asked: &Asked<'_>) -> Option<String> {
    let application = asked.text("Type").is_none_or(|kind| kind == "application");
    let mut subnets = asked.texts("Subnets");
    subnets.extend(
        asked.list("SubnetMappings").iter().filter_map(|mapping| mapping.get("SubnetId").and_then(scalar_text)),
    );
    let found: Vec<_> = subnets.iter().filter_map(|id| asked.find("AWS::EC2::Subnet", id)).collect();
    let zones: BTreeSet<String> =
        found.iter().filter_map(|subnet| subnet.attributes.get("AvailabilityZone").and_then(scalar_text)).collect();
    if application && zones.len() < 2 {
        return asked.invalid("At least two subnets in two different Availability Zones must be specified");
    }
    if application && zones.len() < found.len() {
        return asked.invalid("A load balancer cannot be attached to multiple subnets in the same Availability Zone");
    }
    let networks: BTreeSet<String> = found.iter().filter_map(|subnet| property(subnet, "VpcId")).collect();
    if networks.len() > 1 {
        return asked.invalid("All subnets must belong to the same VPC");
    }
    let internal = asked.text("Scheme").as_deref() == Some("internal");
    let network = networks.into_iter().next()?;
    let reachable = asked
        .others("AWS::EC2::VPCGatewayAttachment")
        .any(|attachment| property(attachment, "VpcId").as_deref() == Some(network.as_str()));
    if !internal && !reachable {
        return asked.invalid(&format!("VPC {network} has no internet gateway"));
    }
    None
}

fn listener(asked: &Asked<'_>) -> Option<String> {
    let balancer = asked.text("LoadBalancerArn")?;
    if asked.find("AWS::ElasticLoadBalancingV2::LoadBalancer", &balancer).is_none() {
        return asked.refuse(&format!("Load balancer '{balancer}' not found"), "NotFound");
    }
    let protocol = asked.text("Protocol").unwrap_or_default();
    if matches!(protocol.as_str(), "HTTPS" | "TLS") && asked.list("Certificates").is_empty() {
        return asked.invalid(&format!("A certificate must be specified for {protocol} listeners"));
    }
    let port = asked.text("Port")?;
    let taken = asked.others("AWS::ElasticLoadBalancingV2::Listener").any(|other| {
        property(other, "LoadBalancerArn").as_deref() == Some(balancer.as_str())
            && property(other, "Port").as_deref() == Some(port.as_str())
    });
    if taken {
        return asked.refuse("A listener already exists on this port for this load balancer", "AlreadyExists");
    }
    None
}

fn rule(asked: &Asked<'_>) -> Option<String> {
    let listener = asked.text("ListenerArn")?;
    if asked.find("AWS::ElasticLoadBalancingV2::Listener", &listener).is_none() {
        return asked.refuse(&format!("Listener '{listener}' not found"), "NotFound");
    }
    let priority = asked.text("Priority")?;
    let taken = asked.others("AWS::ElasticLoadBalancingV2::ListenerRule").any(|other| {
        property(other, "ListenerArn").as_deref() == Some(listener.as_str())
            && property(other, "Priority").as_deref() == Some(priority.as_str())
    });
    if taken {
        return asked.refuse(&format!("Priority '{priority}' is currently in use"), "AlreadyExists");
    }
    None
}
