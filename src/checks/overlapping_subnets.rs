//! Two subnets share addresses.
//!
//! Why: an address belongs to one subnet only; every cloud refuses to create the second.
//! Mend: give each subnet a range of its own within the network's.

use crate::diagnostics::finding::Finding;
use crate::model::network::Cidr;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "overlapping-subnets";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let Some(network) = &stack.network else { return Vec::new() };
    let part = |part: &'static str, ranges: &[Cidr]| -> Vec<Subnet> {
        ranges.iter().enumerate().map(|(at, range)| Subnet { range: *range, part, at }).collect()
    };
    let mut subnets = [part("public", &network.public), part("private", &network.private)].concat();
    // Two ranges are either apart or one within the other. In the order of their first addresses, the wider first, a range
    // overlaps an earlier one exactly if it lies within the last that didn't.
    subnets.sort_by_key(|subnet| (subnet.range, subnet.part == "private", subnet.at));
    let mut findings = Vec::new();
    let mut apart: Option<Subnet> = None;
    for subnet in subnets {
        match apart.filter(|other| other.range.overlaps(subnet.range)) {
            Some(other) => findings.push(finding(other, subnet)),
            None => apart = Some(subnet),
        }
    }
    findings
}

#[derive(Clone, Copy)]
struct Subnet {
    range: Cidr,
    part: &'static str,
    at: usize,
}

impl Subnet {
    fn path(self) -> [String; 3] {
        ["network".to_owned(), self.part.to_owned(), self.at.to_string()]
    }

    /// Whether it stands later in the file than the other.
    fn is_after(self, other: Subnet) -> bool {
        (self.part == "private", self.at) > (other.part == "private", other.at)
    }
}

fn finding(wide: Subnet, within: Subnet) -> Finding {
    let (later, earlier) = if within.is_after(wide) { (within, wide) } else { (wide, within) };
    Finding::error(CODE, later.path(), format!("the subnet {} overlaps the subnet {}", later.range, earlier.range))
        .why(format!("both hold {}, and an address belongs to one subnet only", within.range))
        .fix("give each subnet a range of its own within the network's")
        .related(earlier.path(), "the other one")
}
