//! Times of a load balancer that AWS doesn't take.
//!
//! Why: the load balancer or its target group would fail to be created.
//! Mend: health checks every 5s to 5m with a time-out of 2s to 2m, an idle time-out of 1s to 4000s, a drain of up to 1h, and
//! visitors kept with a copy for 1s to 7d.
//! Source: Elastic Load Balancing, "Health checks for Application Load Balancer target groups", "Application Load Balancers:
//! load balancer attributes" and "Target group attributes".

use crate::diagnostics::finding::Finding;
use crate::model::service::LoadBalancer;
use crate::model::stack::Stack;
use crate::model::units::Time;

pub(super) const CODE: &str = "aws-load-balancer-times";

/// A time with its place in the load balancer, and the bounds of it in seconds.
type Bounded<'keys> = (&'keys [&'static str], Time, std::ops::RangeInclusive<u64>);

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, service) in &stack.services {
        let Some(balancer) = &service.load_balancer else { continue };
        for (keys, time, bounds) in times(balancer) {
            if bounds.contains(&time.as_seconds()) {
                continue;
            }
            let path = ["services", name.as_str(), "load-balancer"].into_iter().chain(keys.iter().copied());
            let (least, most) = (Time::seconds(*bounds.start()), Time::seconds(*bounds.end()));
            let key = keys.last().copied().unwrap_or_default();
            findings.push(
                Finding::error(CODE, path, format!("`{key}` can't be {time}"))
                    .why(format!("AWS takes {least} to {most}"))
                    .fix(format!("write a time from {least} to {most}")),
            );
        }
    }
    findings
}

fn times(balancer: &LoadBalancer) -> Vec<Bounded<'static>> {
    let LoadBalancer { public: _, health, idle_timeout, drain, sticky, protected: _ } = balancer;
    let mut times: Vec<Bounded<'static>> = vec![
        (&["health", "every"], health.every, 5..=300),
        (&["health", "timeout"], health.timeout, 2..=120),
        (&["idle-timeout"], *idle_timeout, 1..=4_000),
        (&["drain"], *drain, 0..=3_600),
    ];
    times.extend(sticky.map(|sticky| (["sticky"].as_slice(), sticky, 1..=604_800)));
    times
}
