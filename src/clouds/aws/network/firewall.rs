//! Security groups. Who may open a connection to whom follows from `access` and from load balancers; nothing else is let
//! in, and nothing but what is named here goes out.

use serde_json::{Value, json};

use crate::clouds::aws::draft::{Draft, Suppressed};
use crate::clouds::aws::expression::attribute;
use crate::clouds::aws::{cache, database, names};
use crate::model::access::Access;
use crate::model::network::Egress;
use crate::model::reference::{Kind, Reference};

/// The logical id of a component's security group.
pub(crate) fn group(of: &Reference) -> String {
    format!("{}SecurityGroup", names::logical(of))
}

/// The identifier of a security group.
pub(crate) fn group_id(group: &str) -> Value {
    attribute(group, "GroupId")
}

/// The internet.
const EVERYWHERE: &str = "0.0.0.0/0";

/// A rule that lets nothing through. A group without any rule for outgoing traffic gets one that allows everything
/// (CloudFormation reference, AWS::EC2::SecurityGroup).
fn nothing() -> Value {
    json!([{ "IpProtocol": "-1", "CidrIp": "127.0.0.1/32", "Description": "nothing goes out" }])
}

/// What goes out from workloads to the internet: TLS, which is what the cloud's own services speak. Name look-ups go to
/// the network's own resolver, which security groups don't hold back (VPC user guide, "Security group rules").
fn tls_out(draft: &Draft<'_>) -> Value {
    match draft.stack.network.as_ref().map(|network| network.egress) {
        Some(Egress::Single | Egress::PerZone) => json!([{
            "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": EVERYWHERE,
            "Description": "TLS to services outside",
        }]),
        Some(Egress::None) | None => nothing(),
    }
}

/// Adds the security group of a store, which opens no connections itself.
pub(crate) fn store(draft: &mut Draft<'_>, of: &Reference) {
    add(draft, &of.to_string(), &group(of), &of.to_string(), nothing());
    monitored(draft, of, if of.kind == Kind::Cache { cache::port() } else { database::port() });
}

/// Lets in who asks for measurements, where the network says from where.
pub(crate) fn monitored(draft: &mut Draft<'_>, of: &Reference, port: u16) {
    let Some(range) = draft.stack.network.as_ref().and_then(|network| network.monitoring) else { return };
    let group = group(of);
    draft.add(
        &of.to_string(),
        format!("{}FromMonitoring", short(&group)),
        "AWS::EC2::SecurityGroupIngress",
        json!({
            "GroupId": group_id(&group), "CidrIp": range.to_string(),
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
            "Description": "from who asks for measurements",
        }),
    );
}

/// Adds the security group of a workload and its paths to the stores that it has access to.
pub(crate) fn workload(draft: &mut Draft<'_>, of: &Reference, access: &Access) {
    let out = tls_out(draft);
    add(draft, &of.to_string(), &group(of), &of.to_string(), out);
    for to in access.keys().filter(|to| draft.stack.has(to)) {
        match to.kind {
            Kind::Database => {
                for entry in database::entries(draft.stack, &to.name) {
                    path(draft, of, &group(of), &entry, database::port());
                }
            }
            Kind::Cache => path(draft, of, &group(of), &group(to), cache::port()),
            Kind::Alarm
            | Kind::Api
            | Kind::Artifact
            | Kind::Bucket
            | Kind::Budget
            | Kind::CostAnomaly
            | Kind::Dashboard
            | Kind::Function
            | Kind::Queue
            | Kind::Registry
            | Kind::Schedule
            | Kind::Secret
            | Kind::Service
            | Kind::Setting
            | Kind::Site
            | Kind::Topic => {}
        }
    }
}

/// Adds the security group of a load balancer: TLS and plain requests from everywhere, or from the network only.
pub(crate) fn load_balancer(draft: &mut Draft<'_>, of: &Reference, id: &str, public: bool) {
    let range = match draft.stack.network.as_ref() {
        Some(network) if !public => network.range.to_string(),
        _ => EVERYWHERE.to_owned(),
    };
    let rule = |port: u16, what: &str| json!({ "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": range, "Description": what });
    let component = of.to_string();
    let resource = draft.add(
        &component,
        id,
        "AWS::EC2::SecurityGroup",
        json!({
            "GroupDescription": format!("load balancer of {of}"),
            "VpcId": super::id(),
            "SecurityGroupIngress": [rule(443, "TLS"), rule(80, "answered with a redirect to TLS only")],
            "SecurityGroupEgress": nothing(),
        }),
    );
    if public {
        resource.without_rule("CKV_AWS_260", "port 80 of a public load balancer answers only with a redirect to TLS");
    }
}

fn add(draft: &mut Draft<'_>, component: &str, id: &str, what: &str, out: Value) {
    draft.add(
        component,
        id,
        "AWS::EC2::SecurityGroup",
        json!({ "GroupDescription": what, "VpcId": super::id(), "SecurityGroupEgress": out }),
    );
}

/// Adds a path: one rule that lets connections out at one end and one that lets them in at the other. They are resources
/// of their own because two groups can't name each other otherwise.
pub(crate) fn path(draft: &mut Draft<'_>, owner: &Reference, from: &str, to: &str, port: u16) {
    let component = owner.to_string();
    let (source, destination) = (short(from), short(to));
    draft.add(
        &component,
        format!("{source}To{destination}"),
        "AWS::EC2::SecurityGroupEgress",
        json!({
            "GroupId": group_id(from), "DestinationSecurityGroupId": group_id(to),
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
            "Description": format!("to {destination}"),
        }),
    );
    draft.add(
        &component,
        format!("{destination}From{source}"),
        "AWS::EC2::SecurityGroupIngress",
        json!({
            "GroupId": group_id(to), "SourceSecurityGroupId": group_id(from),
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
            "Description": format!("from {source}"),
        }),
    );
}

fn short(group: &str) -> &str {
    group.strip_suffix("SecurityGroup").unwrap_or(group)
}
