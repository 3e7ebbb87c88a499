//! EC2's network.

use ipnet::Ipv4Net;

use super::Asked;
use super::asked::property;

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::EC2::VPC" => vpc(asked),
        "AWS::EC2::Subnet" => subnet(asked),
        "AWS::EC2::Route" => route(asked),
        "AWS::EC2::SubnetRouteTableAssociation" => association(asked),
        "AWS::EC2::VPCGatewayAttachment" => attachment(asked),
        "AWS::EC2::SecurityGroup" | "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress" => rules(asked),
        _ => None,
    }
}

/// Between /16 and /28. Source: VPC User Guide, "VPC CIDR blocks".
fn sized(block: &Ipv4Net) -> bool {
    (16..=28).contains(&block.prefix_len())
}

fn vpc(asked: &Asked<'_>) -> Option<String> {
    let text = asked.text("CidrBlock")?;
    match text.parse::<Ipv4Net>() {
        Ok(block) if sized(&block) && block.network() == block.addr() => None,
        _ => asked.invalid(&format!("The CIDR '{text}' is invalid.")),
    }
}

/// Inside its network and beside the others. Source: VPC User Guide, "Subnet CIDR blocks".
fn subnet(asked: &Asked<'_>) -> Option<String> {
    let text = asked.text("CidrBlock")?;
    let invalid = || asked.invalid(&format!("The CIDR '{text}' is invalid."));
    let Ok(block) = text.parse::<Ipv4Net>() else { return invalid() };
    let vpc_id = asked.text("VpcId")?;
    let vpc = asked.find("AWS::EC2::VPC", &vpc_id)?;
    let network: Ipv4Net = property(vpc, "CidrBlock")?.parse().ok()?;
    if !sized(&block) || !network.contains(&block) {
        return invalid();
    }
    let overlaps = asked
        .others("AWS::EC2::Subnet")
        .filter(|other| property(other, "VpcId").as_deref() == Some(vpc_id.as_str()))
        .filter_map(|other| property(other, "CidrBlock")?.parse::<Ipv4Net>().ok())
        .any(|other| other.contains(&block) || block.contains(&other));
    if overlaps {
        return asked.refuse(&format!("The CIDR '{text}' conflicts with another subnet"), "AlreadyExists");
    }
    let zone = asked.text("AvailabilityZone")?;
    let known =
        zone.strip_prefix(asked.region()).is_some_and(|letter| matches!(letter, "a" | "b" | "c" | "d" | "e" | "f"));
    if known {
        return None;
    }
    asked.invalid(&format!(
        "Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: {0}a, {0}b, {0}c.",
        asked.region()
    ))
}

/// A route to an internet gateway needs the gateway attached to the route table's network.
/// Source: EC2 API Reference, CreateRoute; CloudFormation Template Reference, AWS::EC2::Route (the attachment must come first).
fn route(asked: &Asked<'_>) -> Option<String> {
    let table_id = asked.text("RouteTableId")?;
    let gateway = asked.text("GatewayId").filter(|id| id.starts_with("igw-"))?;
    let network = property(asked.find("AWS::EC2::RouteTable", &table_id)?, "VpcId")?;
    let attached = asked.others("AWS::EC2::VPCGatewayAttachment").any(|attachment| {
        property(attachment, "InternetGatewayId").as_deref() == Some(gateway.as_str())
            && property(attachment, "VpcId").as_deref() == Some(network.as_str())
    });
    if attached {
        return None;
    }
    asked.invalid(&format!("route table {table_id} and network gateway {gateway} belong to different networks"))
}

/// A subnet has one route table. Source: EC2 API Reference, AssociateRouteTable.
fn association(asked: &Asked<'_>) -> Option<String> {
    let subnet = asked.text("SubnetId")?;
    let other = asked
        .others("AWS::EC2::SubnetRouteTableAssociation")
        .find(|other| property(other, "SubnetId").as_deref() == Some(subnet.as_str()))?;
    asked.refuse(
        &format!(
            "the specified association for route table {} conflicts with an existing association",
            property(other, "RouteTableId").unwrap_or_default()
        ),
        "AlreadyExists",
    )
}

/// A network has one internet gateway, and a gateway one network. Source: EC2 API Reference, AttachInternetGateway.
fn attachment(asked: &Asked<'_>) -> Option<String> {
    let gateway = asked.text("InternetGatewayId")?;
    let network = asked.text("VpcId")?;
    asked.others("AWS::EC2::VPCGatewayAttachment").find_map(|other| {
        if property(other, "InternetGatewayId").as_deref() == Some(gateway.as_str()) {
            return asked
                .invalid(&format!("resource {gateway} is already attached to network {}", property(other, "VpcId")?));
        }
        if property(other, "VpcId").as_deref() == Some(network.as_str())
            && property(other, "InternetGatewayId").is_some()
        {
            return asked.invalid(&format!("Network {network} already has an internet gateway attached"));
        }
        None
    })
}

/// Ports are a range and blocks are blocks. Source: EC2 API Reference, AuthorizeSecurityGroupIngress.
fn rules(asked: &Asked<'_>) -> Option<String> {
    let own = serde_json::Value::Object(asked.properties.clone());
    let inline = asked.list("SecurityGroupIngress").iter().chain(asked.list("SecurityGroupEgress"));
    let rules = std::iter::once(&own).filter(|_| asked.kind() != "AWS::EC2::SecurityGroup").chain(inline);
    for rule in rules {
        let text = |name: &str| rule.get(name).and_then(crate::sandbox::aws::cloudformation::evaluate::scalar_text);
        if let Some(block) = text("CidrIp")
            && block.parse::<Ipv4Net>().is_err()
        {
            return asked.invalid(&format!("CIDR block {block} is malformed"));
        }
        let port = |name: &str| text(name)?.parse::<i64>().ok();
        let protocol = text("IpProtocol").unwrap_or_default();
        if let (Some(from), Some(to)) = (port("FromPort"), port("ToPort"))
            && matches!(protocol.as_str(), "tcp" | "udp" | "6" | "17")
            && (from > to || !(0..=65_535).contains(&from) || to > 65_535)
        {
            return asked.invalid(&format!("Invalid TCP port range ({from} to {to})"));
        }
    }
    None
}
