//! Networks: what security groups let in and out.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde_json::Value;

use super::conditions::net;
use crate::clouds::aws::policy::text;
use crate::plan::exposure::Exposure;
use crate::plan::resource::Resource;

/// The direction of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

/// One rule of a security group.
#[derive(Clone, Debug)]
struct Rule {
    /// The group that the rule belongs to.
    group: String,
    resource: String,
    path: String,
    direction: Direction,
    /// `tcp`, `udp`, a number, or `-1` for all.
    protocol: String,
    /// The ports, both included; all for protocols without ports.
    ports: (i64, i64),
    peer: Peer,
}

/// Who is on the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Peer {
    Net(IpNet),
    /// A security group, a prefix list, or an address that isn't known yet.
    Named(String),
}

/// Every port.
const ALL_PORTS: (i64, i64) = (i64::MIN, i64::MAX);

pub(super) fn widened(before: &[Resource], after: &[Resource]) -> Vec<Exposure> {
    let mut old: BTreeMap<String, Vec<Rule>> = BTreeMap::new();
    for rule in before.iter().flat_map(rules) {
        old.entry(rule.group.clone()).or_default().push(rule);
    }
    let none = Vec::new();
    after
        .iter()
        .flat_map(rules)
        .filter(|rule| !covered(rule, old.get(&rule.group).unwrap_or(&none)))
        .filter(|rule| !is_default(rule) && !leads_nowhere(rule))
        .map(|rule| Exposure {
            public: rule.direction == Direction::In && matches!(&rule.peer, Peer::Net(net) if net.prefix_len() == 0),
            what: words(&rule),
            resource: rule.resource,
            path: rule.path,
        })
        .collect()
}

/// The path of the rule that stands in for what isn't written.
const DEFAULT_PATH: &str = "(default)";

fn is_default(rule: &Rule) -> bool {
    rule.path == DEFAULT_PATH
}

/// Whether a rule lets traffic out to the machine itself only: the usual way to write that nothing may leave.
fn leads_nowhere(rule: &Rule) -> bool {
    rule.direction == Direction::Out
        && matches!(&rule.peer, Peer::Net(net) if net.addr().is_loopback() && net.prefix_len() >= 8)
}

/// Whether the rules before let the same through. Address blocks are joined first: two halves cover their whole.
fn covered(rule: &Rule, before: &[Rule]) -> bool {
    let fitting = before.iter().filter(|old| {
        old.direction == rule.direction
            && (old.protocol == "-1" || old.protocol == rule.protocol)
            && old.ports.0 <= rule.ports.0
            && old.ports.1 >= rule.ports.1
    });
    match &rule.peer {
        Peer::Named(name) => fitting.into_iter().any(|old| matches!(&old.peer, Peer::Named(known) if known == name)),
        Peer::Net(wanted) => {
            let nets: Vec<IpNet> = fitting
                .filter_map(|old| match &old.peer {
                    Peer::Net(net) => Some(*net),
                    Peer::Named(_) => None,
                })
                .collect();
            IpNet::aggregate(&nets).iter().any(|net| net.contains(wanted))
        }
    }
}

/// The rules that a resource brings.
fn rules(resource: &Resource) -> Vec<Rule> {
    let own = format!("${{{}}}", resource.id);
    match resource.kind.as_str() {
        "AWS::EC2::SecurityGroup" => {
            let mut found = Vec::new();
            for (name, direction) in [("SecurityGroupIngress", Direction::In), ("SecurityGroupEgress", Direction::Out)]
            {
                let written = resource.properties.get(name);
                for (at, value) in written.and_then(Value::as_array).into_iter().flatten().enumerate() {
                    found.extend(rule(resource, &own, format!("{name}[{at}]"), direction, value));
                }
                // A group without egress rules lets everything out (type's page, SecurityGroupEgress).
                if written.is_none() && direction == Direction::Out {
                    for all in ["0.0.0.0/0", "::/0"] {
                        found.extend(net(all).map(|net| Rule {
                            group: own.clone(),
                            resource: resource.id.clone(),
                            path: DEFAULT_PATH.to_owned(),
                            direction,
                            protocol: "-1".to_owned(),
                            ports: ALL_PORTS,
                            peer: Peer::Net(net),
                        }));
                    }
                }
            }
            found
        }
        "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress" => {
            let direction = if resource.kind.ends_with("Ingress") { Direction::In } else { Direction::Out };
            let group = resource.properties.get("GroupId").or_else(|| resource.properties.get("GroupName"));
            let group = group.map(name_of).unwrap_or_default();
            rule(resource, &group, String::new(), direction, &resource.properties)
        }
        _ => Vec::new(),
    }
}

/// A group by reference or by its attribute is the same group.
fn name_of(value: &Value) -> String {
    let written = text(value);
    match written.strip_suffix(".GroupId}") {
        Some(start) => format!("{start}}}"),
        None => written,
    }
}

/// A rule for each peer that is named (a rule with both an IPv4 and an IPv6 block counts as two).
fn rule(resource: &Resource, group: &str, path: String, direction: Direction, value: &Value) -> Vec<Rule> {
    let protocol = match value.get("IpProtocol").map(text).unwrap_or_default().to_lowercase().as_str() {
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "1" => "icmp".to_owned(),
        "58" => "icmpv6".to_owned(),
        "" | "all" => "-1".to_owned(),
        other => other.to_owned(),
    };
    let number = |name: &str| value.get(name).and_then(|port| text(port).parse::<i64>().ok());
    let ports = match (protocol.as_str(), number("FromPort"), number("ToPort")) {
        ("-1", _, _) | (_, None, _) | (_, Some(-1), _) => ALL_PORTS,
        // For ICMP these are a type and a code, and -1 as a code means all of the type.
        (_, Some(from), None | Some(-1)) => (from, from),
        (_, Some(from), Some(to)) => (from, to),
    };
    let peers = [
        "CidrIp",
        "CidrIpv6",
        "SourceSecurityGroupId",
        "SourceSecurityGroupName",
        "SourcePrefixListId",
        "DestinationSecurityGroupId",
        "DestinationPrefixListId",
    ];
    peers
        .into_iter()
        .filter_map(|name| Some((name, value.get(name)?)))
        .map(|(name, peer)| {
            let written = name_of(peer);
            let known = if name.starts_with("Cidr") { net(&written) } else { None };
            Rule {
                group: group.to_owned(),
                resource: resource.id.clone(),
                path: if path.is_empty() { name.to_owned() } else { path.clone() },
                direction,
                protocol: protocol.clone(),
                ports,
                peer: known.map_or(Peer::Named(written), Peer::Net),
            }
        })
        .collect()
}

fn words(rule: &Rule) -> String {
    let protocol = if rule.protocol == "-1" { "everything" } else { rule.protocol.as_str() };
    let ports = match rule.ports {
        ALL_PORTS if rule.protocol == "-1" => String::new(),
        ALL_PORTS => " on every port".to_owned(),
        (from, to) if from == to => format!(" {from}"),
        (from, to) => format!(" {from}-{to}"),
    };
    let peer = match &rule.peer {
        Peer::Net(net) if net.prefix_len() == 0 => {
            let family = if matches!(net, IpNet::V4(_)) { "IPv4" } else { "IPv6" };
            if rule.direction == Direction::In {
                format!("anybody on the internet ({family})")
            } else {
                format!("anywhere ({family})")
            }
        }
        Peer::Net(net) => net.to_string(),
        Peer::Named(name) => name.clone(),
    };
    match rule.direction {
        Direction::In => format!("{protocol}{ports} from {peer}"),
        Direction::Out => format!("{protocol}{ports} to {peer}"),
    }
}
