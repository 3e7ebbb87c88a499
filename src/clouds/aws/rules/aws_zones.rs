//! More subnets than the region has zones.
//!
//! Why: each subnet stands in a zone of its own. For one too many there is none left, and the network would fail to be created.
//! Mend: list fewer subnets; three zones are what most regions have.
//! Source: AWS global infrastructure, "Regions and Availability Zones": six in us-east-1, four in us-west-2, ap-northeast-1 and
//! ap-northeast-2, three elsewhere; accounts see three of ap-northeast-1's.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "aws-zones";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let Some(network) = &stack.network else { return Vec::new() };
    let region = stack.placement.region.as_str();
    let zones = match region {
        "us-east-1" => 6,
        "us-west-2" | "ap-northeast-2" => 4,
        _ => 3,
    };
    [("public", &network.public), ("private", &network.private)]
        .into_iter()
        .filter(|(_, subnets)| subnets.len() > zones)
        .map(|(part, subnets)| {
            Finding::error(CODE, ["network", part], format!("{} {part} subnets are too many", subnets.len()))
                .why(format!("each stands in a zone of its own, and {region} has {zones}"))
                .fix(format!("list {zones} or fewer"))
                .related(["placement", "region"], "the region")
        })
        .collect()
}
