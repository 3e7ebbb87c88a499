//! The private network: VPC, subnets in as many zones, ways out, and the record of connections.
//!
//! The VPC's own default security group can't be emptied by CloudFormation; nothing of ours is ever in it.

pub(super) mod firewall;

use serde_json::{Value, json};

use super::draft::Draft;
use super::encryption::Purpose;
use super::expression::{attribute, reference, sub};
use super::{log, names, role, tags};
use crate::diagnostics::finding::Finding;
use crate::model::network::{Cidr, Egress, Network};

/// The component.
pub(super) const COMPONENT: &str = "network";
const VPC: &str = "Network";
const GATEWAY: &str = "NetworkGateway";
const ATTACHMENT: &str = "NetworkGatewayAttachment";
const PUBLIC_ROUTES: &str = "NetworkPublicRoutes";

/// The network's identifier.
pub(super) fn id() -> Value {
    reference(VPC)
}

/// The identifiers of the private subnets.
pub(super) fn private_subnets(network: &Network) -> Vec<Value> {
    (1..=network.private.len()).map(|zone| reference(format!("NetworkPrivate{zone}"))).collect()
}

/// The identifiers of the public subnets.
pub(super) fn public_subnets(network: &Network) -> Vec<Value> {
    (1..=network.public.len()).map(|zone| reference(format!("NetworkPublic{zone}"))).collect()
}

/// What has to be there before something in a public subnet can be reached.
pub(super) const REACHABLE: &str = ATTACHMENT;

/// Adds the network.
pub(super) fn render(draft: &mut Draft<'_>, network: &Network) {
    check(draft, network);
    let name = names::stack(draft.target);
    draft.add(
        COMPONENT,
        VPC,
        "AWS::EC2::VPC",
        json!({
            "CidrBlock": network.range.to_string(),
            "EnableDnsSupport": true,
            "EnableDnsHostnames": true,
            "Tags": tags::name(name.clone()),
        }),
    );
    if !network.public.is_empty() {
        public(draft, network, &name);
    }
    private(draft, network, &name);
    storage_endpoint(draft, network);
    if let Some(keep) = network.flow_logs {
        let days = log::retention(draft, &["network", "flow-logs"], keep);
        flow_logs(draft, days);
    }
}

fn public(draft: &mut Draft<'_>, network: &Network, name: &str) {
    draft.add(COMPONENT, GATEWAY, "AWS::EC2::InternetGateway", json!({ "Tags": tags::name(name.to_owned()) }));
    draft.add(
        COMPONENT,
        ATTACHMENT,
        "AWS::EC2::VPCGatewayAttachment",
        json!({ "VpcId": id(), "InternetGatewayId": reference(GATEWAY) }),
    );
    draft.add(
        COMPONENT,
        PUBLIC_ROUTES,
        "AWS::EC2::RouteTable",
        json!({ "VpcId": id(), "Tags": tags::name(format!("{name}-public")) }),
    );
    draft
        .add(
            COMPONENT,
            "NetworkPublicRouteOut",
            "AWS::EC2::Route",
            json!({
                "RouteTableId": reference(PUBLIC_ROUTES),
                "DestinationCidrBlock": "0.0.0.0/0",
                "GatewayId": reference(GATEWAY),
            }),
        )
        .depends_on = Some(json!([ATTACHMENT]));
    for (index, range) in network.public.iter().enumerate() {
        let zone = index + 1;
        subnet(draft, &format!("NetworkPublic{zone}"), index, *range, format!("{name}-public-{zone}"));
        association(draft, &format!("NetworkPublic{zone}"), PUBLIC_ROUTES);
        if gateways(network) >= zone {
            egress_gateway(draft, zone, name);
        }
    }
}

/// How many gateways lead out of the private subnets.
fn gateways(network: &Network) -> usize {
    match network.egress {
        Egress::None => 0,
        Egress::Single => 1,
        Egress::PerZone => network.private.len(),
    }
}

fn egress_gateway(draft: &mut Draft<'_>, zone: usize, name: &str) {
    draft
        .add(
            COMPONENT,
            format!("NetworkEgress{zone}Address"),
            "AWS::EC2::EIP",
            json!({ "Domain": "vpc", "Tags": tags::name(format!("{name}-egress-{zone}")) }),
        )
        .depends_on = Some(json!([ATTACHMENT]));
    draft.add(
        COMPONENT,
        format!("NetworkEgress{zone}"),
        "AWS::EC2::NatGateway",
        json!({
            "AllocationId": attribute(format!("NetworkEgress{zone}Address"), "AllocationId"),
            "SubnetId": reference(format!("NetworkPublic{zone}")),
            "Tags": tags::name(format!("{name}-egress-{zone}")),
        }),
    );
}

/// One route table a private subnet, so that moving from one way out to one a zone changes routes and replaces nothing.
fn private(draft: &mut Draft<'_>, network: &Network, name: &str) {
    for (index, range) in network.private.iter().enumerate() {
        let zone = index + 1;
        let routes = private_routes(zone);
        subnet(draft, &format!("NetworkPrivate{zone}"), index, *range, format!("{name}-private-{zone}"));
        draft.add(
            COMPONENT,
            &routes,
            "AWS::EC2::RouteTable",
            json!({ "VpcId": id(), "Tags": tags::name(format!("{name}-private-{zone}")) }),
        );
        association(draft, &format!("NetworkPrivate{zone}"), &routes);
        let gateway = match network.egress {
            Egress::None => continue,
            Egress::Single => 1,
            Egress::PerZone => zone,
        };
        draft.add(
            COMPONENT,
            format!("NetworkPrivate{zone}RouteOut"),
            "AWS::EC2::Route",
            json!({
                "RouteTableId": reference(&routes),
                "DestinationCidrBlock": "0.0.0.0/0",
                "NatGatewayId": reference(format!("NetworkEgress{gateway}")),
            }),
        );
    }
}

fn private_routes(zone: usize) -> String {
    format!("NetworkPrivate{zone}Routes")
}

fn subnet(draft: &mut Draft<'_>, id: &str, zone: usize, range: Cidr, name: String) {
    draft.add(
        COMPONENT,
        id,
        "AWS::EC2::Subnet",
        json!({
            "VpcId": reference(VPC),
            "CidrBlock": range.to_string(),
            "AvailabilityZone": { "Fn::Select": [zone, { "Fn::GetAZs": "" }] },
            "MapPublicIpOnLaunch": false,
            "Tags": tags::name(name),
        }),
    );
}

fn association(draft: &mut Draft<'_>, subnet: &str, routes: &str) {
    draft.add(
        COMPONENT,
        format!("{subnet}Association"),
        "AWS::EC2::SubnetRouteTableAssociation",
        json!({ "SubnetId": reference(subnet), "RouteTableId": reference(routes) }),
    );
}

/// Traffic to object storage stays in the cloud's network; this kind of endpoint costs nothing (VPC user guide,
/// "Gateway endpoints").
fn storage_endpoint(draft: &mut Draft<'_>, network: &Network) {
    let tables: Vec<Value> = (1..=network.private.len()).map(|zone| reference(private_routes(zone))).collect();
    draft.add(
        COMPONENT,
        "NetworkStorageEndpoint",
        "AWS::EC2::VPCEndpoint",
        json!({
            "VpcId": id(),
            "VpcEndpointType": "Gateway",
            "ServiceName": sub("com.amazonaws.${AWS::Region}.s3"),
            "RouteTableIds": tables,
        }),
    );
}

fn flow_logs(draft: &mut Draft<'_>, days: u32) {
    let group = "NetworkFlowLogs";
    log::group(draft, COMPONENT, group, days);
    let role_id = "NetworkFlowLogRole";
    role::role(
        draft,
        COMPONENT,
        role_id,
        role::taken_for_this_account_by("vpc-flow-logs.amazonaws.com"),
        vec![role::allow(
            "WriteLogs",
            &["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [attribute(group, "Arn")],
        )],
    );
    draft.key(Purpose::Logs);
    draft.add(
        COMPONENT,
        "NetworkFlowLog",
        "AWS::EC2::FlowLog",
        json!({
            "ResourceType": "VPC",
            "ResourceId": id(),
            "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogGroupName": reference(group),
            "DeliverLogsPermissionArn": attribute(role_id, "Arn"),
        }),
    );
}

/// What AWS would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, network: &Network) {
    let ranges = std::iter::once((vec!["network".to_owned(), "range".to_owned()], network.range))
        .chain(listed("public", &network.public))
        .chain(listed("private", &network.private));
    for (path, range) in ranges {
        let length = range.net().prefix_len();
        if !(16..=28).contains(&length) {
            draft.findings.push(
                Finding::error("network-size", path, format!("`{range}` isn't between /16 and /28"))
                    .why("AWS makes networks and subnets of 16 to 65,536 addresses (VPC user guide, \"Subnet sizing\")")
                    .fix("choose a range with a prefix length from 16 to 28"),
            );
        }
    }
    if gateways(network) > network.public.len() {
        draft.findings.push(
            Finding::error(
                "egress-without-public-subnet",
                ["network", "egress"],
                format!(
                    "{} ways out need as many public subnets; there are {}",
                    gateways(network),
                    network.public.len()
                ),
            )
            .why("a NAT gateway stands in a public subnet of its zone")
            .fix("add public subnets, one a zone, or set `egress` to `none` or `single`")
            .related(["network", "public"], "the public subnets"),
        );
    }
}

fn listed(key: &str, ranges: &[Cidr]) -> impl Iterator<Item = (Vec<String>, Cidr)> {
    ranges
        .iter()
        .enumerate()
        .map(move |(index, range)| (vec!["network".to_owned(), key.to_owned(), index.to_string()], *range))
}

/// Marks a resource as something that needs the network, with a finding where there is none.
pub(super) fn needed<'a>(draft: &mut Draft<'a>, path: Vec<String>, what: &str) -> Option<&'a Network> {
    let network = draft.stack.network.as_ref();
    if network.is_none() {
        draft.findings.push(
            Finding::error("no-network", path, format!("{what} stands in a private network, and there is none"))
                .why("nothing of this kind is put where the internet can reach it")
                .fix("add a `network`"),
        );
    }
    network
}

/// Says so where what is spread over zones has only one to be in.
pub(super) fn two_zones(draft: &mut Draft<'_>, path: Vec<String>, what: &str, subnets: usize, key: &str) {
    if subnets < 2 {
        draft.findings.push(
            Finding::error("one-zone", path, format!("{what} needs two {key} subnets; there are {subnets}"))
                .why("AWS asks for subnets in two zones, so that one may fail")
                .fix(format!("add {key} subnets in a second zone"))
                .related(["network", key], "the subnets"),
        );
    }
}
