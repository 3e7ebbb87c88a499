//! The region isn't one of AWS's.
//!
//! Why: nothing answers there, or something in another partition does. A region that AWS opened after this version of landfall
//! is only warned of.
//! Mend: write the region's name, such as us-east-1.
//! Source: AWS general reference, "AWS service endpoints", November 2026.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::nearest::nearest;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "aws-region";

const REGIONS: [&str; 43] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-west-1",
    "us-west-2",
];

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let region = stack.placement.region.as_str();
    if REGIONS.contains(&region) {
        return Vec::new();
    }
    let path = ["placement", "region"];
    let near = nearest(region, REGIONS);
    let finding = if has_the_form(region) {
        Finding::warning(CODE, path, format!("the region `{region}` isn't known"))
            .why("AWS had no such region when this version of landfall was made")
    } else {
        Finding::error(CODE, path, format!("`{region}` isn't an AWS region"))
            .why("a region of AWS is named like us-east-1: an area, a direction and a number")
    };
    vec![finding.fix(match near {
        Some(near) => format!("did you mean {near}?"),
        None => "write the region's name, such as us-east-1".to_owned(),
    })]
}

/// Two or more words of letters, then a number.
fn has_the_form(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    match parts.as_slice() {
        [words @ .., number] => {
            words.len() >= 2
                && words.iter().all(|word| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase()))
                && number.len() == 1
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        [] => false,
    }
}
