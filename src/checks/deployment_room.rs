//! A service's deployment leaves no room to replace a copy.
//!
//! Why: with as many healthy copies at least as copies at most, no old copy may go and no new one may come. The deployment
//! would wait until it is given up.
//! Mend: raise `most`, as with 200%, or lower `least-healthy`.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "deployment-room";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, service) in &stack.services {
        let (most, least) = (service.deployment.most, service.deployment.least_healthy);
        if most.percent() <= least.percent() || most.percent() < 100.0 || least.percent() > 100.0 {
            findings.push(
                Finding::error(
                    CODE,
                    ["services", name.as_str(), "deployment"],
                    format!("no copy of service.{name} could be replaced"),
                )
                .why(format!("there are {most} at most and {least} healthy at least"))
                .fix("write `most: 200%` and `least-healthy: 100%`, or `most: 100%` and `least-healthy: 50%`"),
            );
        }
    }
    findings
}
