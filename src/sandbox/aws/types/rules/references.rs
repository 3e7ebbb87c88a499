//! Ids of network resources must mean something that exists, whatever type mentions them.
//!
//! Source: EC2 API Reference, "Error codes for the Amazon EC2 API" (`Invalid….NotFound`).

use super::Asked;
use crate::sandbox::aws::types::protection::texts_in;

/// How an id begins, what it is of, and how EC2 says that there is none.
const KINDS: [(&str, &str, &str); 7] = [
    ("vpc-", "AWS::EC2::VPC", "The vpc ID '{}' does not exist"),
    ("subnet-", "AWS::EC2::Subnet", "The subnet ID '{}' does not exist"),
    ("sg-", "AWS::EC2::SecurityGroup", "The security group '{}' does not exist"),
    ("rtb-", "AWS::EC2::RouteTable", "The routeTable ID '{}' does not exist"),
    ("igw-", "AWS::EC2::InternetGateway", "The internetGateway ID '{}' does not exist"),
    ("nat-", "AWS::EC2::NatGateway", "The natGateway ID '{}' does not exist"),
    ("eipalloc-", "AWS::EC2::EIP", "The allocation ID '{}' does not exist"),
];

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    let mut mentioned = Vec::new();
    asked.properties.values().for_each(|value| texts_in(value, &mut mentioned));
    let (id, words) = mentioned.into_iter().find_map(|id| {
        let (_, kind, words) = KINDS.iter().find(|(prefix, ..)| is_id(id, prefix))?;
        (!exists(asked, kind, id)).then_some((id, words))
    })?;
    asked.refuse(&words.replace("{}", id), "NotFound")
}

/// The prefix and 8 or 17 hexadecimal digits, and nothing else.
fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| matches!(rest.len(), 8 | 17) && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn exists(asked: &Asked<'_>, kind: &str, id: &str) -> bool {
    match kind {
        "AWS::EC2::EIP" => asked.others("AWS::EC2::EIP").any(|address| address.attributes["AllocationId"] == *id),
        "AWS::EC2::SecurityGroup" => {
            asked.find(kind, id).is_some()
                || asked.others("AWS::EC2::VPC").any(|vpc| vpc.attributes["DefaultSecurityGroup"] == *id)
        }
        _ => asked.find(kind, id).is_some(),
    }
}
