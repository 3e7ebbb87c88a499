//! Rollouts: ECS starts the new copies in a second group of targets, leads every request there by a rule of the load balancer, and back
//! when an alarm rings while the old copies are still there; the service's update then fails, and the stack's is undone. The circuit
//! breaker is for rolling updates only, and CloudFormation waits up to 36 hours (registry schema of AWS::ECS::Service,
//! DeploymentCircuitBreaker and BakeTimeInMinutes).
//!
//! ECS gives the two groups their weights from then on: which of them serves stands nowhere in the template, and is no drift. The rule
//! must never change in the template, as CloudFormation would lead requests to the first group again, where there may be no copies.

use serde_json::{Map, Value, json};

use super::load_balancer;
use crate::clouds::aws::draft::Draft;
use crate::clouds::aws::expression::{attribute, choose, reference};
use crate::clouds::aws::function::rollout::{GRADUALLY, each_once};
use crate::clouds::aws::{names, role};
use crate::diagnostics::finding::Finding;
use crate::model::reference::{Kind, Reference};
use crate::model::rollout::ServiceRollout;

/// The condition that new versions roll out as their environment asks.
const GRADUAL: &str = "RollsOutGradually";
/// The longest time in minutes that old copies stay (registry schema of AWS::ECS::Service, BakeTimeInMinutes).
const LONGEST: u64 = 1_440;

/// The logical id of the second group of a service's copies. The driver knows such a service by it.
pub(crate) fn other_targets(service: &str) -> String {
    format!("{service}OtherTargets")
}

/// How a service is deployed, with what that needs.
pub(super) fn deployment(draft: &mut Draft<'_>, of: &Reference, rollout: &ServiceRollout) -> Map<String, Value> {
    check(draft, of, rollout);
    let condition = json!({ "Fn::Equals": [reference(GRADUALLY), "true"] });
    draft.template.conditions.insert(GRADUAL.to_owned(), condition);
    // By name: an alarm may measure the service itself, and the service would wait for its alarm.
    let watched = rollout.watch.iter().filter(|alarm| alarm.kind == Kind::Alarm);
    let watched: Vec<String> = watched.map(|alarm| names::physical(draft.target, &alarm.name, names::ALARM)).collect();
    let gradually = |then: Value, otherwise: Value| choose(GRADUAL, then, otherwise);
    [
        ("Strategy", json!("BLUE_GREEN")),
        ("BakeTimeInMinutes", gradually(json!(rollout.blue_green.as_minutes()), json!(0))),
        (
            "Alarms",
            json!({
                "AlarmNames": watched,
                "Enable": gradually(json!(true), json!(false)),
                "Rollback": gradually(json!(true), json!(false)),
            }),
        ),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}

/// What ECS leads requests over with: the second group, the rule that leads to either, and the role that changes it.
pub(super) fn led_over(draft: &mut Draft<'_>, of: &Reference) -> Value {
    let id = names::logical(of);
    let (rule, takes) = (format!("{id}Rule"), format!("{id}RolloutRole"));
    let (blue, green, listener) = (load_balancer::targets(&id), other_targets(&id), load_balancer::listener(&id));
    let weighed = |targets: &str, weight: u32| json!({ "TargetGroupArn": reference(targets), "Weight": weight });
    draft.add(
        &of.to_string(),
        &rule,
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        json!({
            "ListenerArn": reference(&listener),
            "Priority": 1,
            "Conditions": [{ "Field": "path-pattern", "PathPatternConfig": { "Values": ["*"] } }],
            // Both have to be behind a load balancer before ECS takes them.
            "Actions": [{
                "Type": "forward",
                "ForwardConfig": { "TargetGroups": [weighed(&blue, 100), weighed(&green, 0)] },
            }],
        }),
    );
    let statements = vec![
        // Have no resources to hold them to (service authorization reference, Elastic Load Balancing V2).
        role::allow(
            "Look",
            &[
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
            ],
            [json!("*")],
        ),
        role::allow(
            "LeadOver",
            &["elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"],
            [reference(&listener), reference(&rule)],
        ),
        role::allow(
            "PlaceCopies",
            &["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
            [reference(&blue), reference(&green)],
        ),
    ];
    role::role(draft, &of.to_string(), &takes, role::taken_by("ecs.amazonaws.com"), statements);
    json!({
        "AlternateTargetGroupArn": reference(green),
        "ProductionListenerRule": reference(rule),
        "RoleArn": attribute(takes, "Arn"),
    })
}

/// What ECS would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, of: &Reference, rollout: &ServiceRollout) {
    let [section, name] = of.path();
    let seconds = rollout.blue_green.as_seconds();
    if !seconds.is_multiple_of(60) || !(1..=LONGEST).contains(&(seconds / 60)) {
        let at = [section, name, "rollout".to_owned(), "blue-green".to_owned()];
        draft.findings.push(
            Finding::error("rollout-time", at, format!("ECS can't keep old copies for `{}`", rollout.blue_green))
                .why("it takes whole minutes from one minute to a day")
                .fix("choose one of these, such as 10m"),
        );
    }
    each_once(draft, of, &rollout.watch);
}
