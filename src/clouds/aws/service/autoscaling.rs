//! How many copies of a service run: Application Auto Scaling, a policy for each target that is given.

use serde_json::{Map, Value, json};

use super::{CLUSTER, load_balancer, rollout};
use crate::clouds::aws::draft::Draft;
use crate::clouds::aws::expression::{number, reference, sub};
use crate::clouds::aws::{artifact, names};
use crate::diagnostics::finding::Finding;
use crate::model::reference::Reference;
use crate::model::service::{Scale, Service};

/// Whether copies are added and taken away at all.
pub(crate) fn scales(scale: &Scale) -> bool {
    scale.max > scale.min && (scale.cpu.is_some() || scale.memory.is_some() || scale.requests.is_some())
}

/// Adds the scaling of a service. It exists only once an image is given: it would start copies of nothing.
pub(crate) fn render(draft: &mut Draft<'_>, of: &Reference, service: &Service) {
    if !scales(&service.scale) {
        return;
    }
    let component = of.to_string();
    let id = names::logical(of);
    let given = artifact::image_given(&service.artifact);
    let target = format!("{id}Scaling");
    draft
        .add(
            &component,
            &target,
            "AWS::ApplicationAutoScaling::ScalableTarget",
            json!({
                "ServiceNamespace": "ecs",
                "ScalableDimension": "ecs:service:DesiredCount",
                "ResourceId": sub(format!("service/${{{}}}/${{{id}.Name}}", CLUSTER)),
                "MinCapacity": service.scale.min,
                "MaxCapacity": service.scale.max,
            }),
        )
        .condition = Some(given.clone());
    let scale = &service.scale;
    let requests = service.load_balancer.as_ref().and(scale.requests);
    let policies = [
        (
            "Cpu",
            scale.cpu.map(|share| share.percent()),
            predefined(json!({ "PredefinedMetricType": "ECSServiceAverageCPUUtilization" })),
        ),
        (
            "Memory",
            scale.memory.map(|share| share.percent()),
            predefined(json!({ "PredefinedMetricType": "ECSServiceAverageMemoryUtilization" })),
        ),
        ("Requests", requests.map(f64::from), if service.rollout.is_some() { of_either(&id) } else { of_targets(&id) }),
    ];
    for (what, goal, metric) in policies {
        let Some(goal) = goal else { continue };
        let mut configuration = Map::from_iter([metric]);
        configuration.insert("TargetValue".to_owned(), number(goal));
        configuration.insert("ScaleOutCooldown".to_owned(), json!(scale.out_cooldown.as_seconds()));
        configuration.insert("ScaleInCooldown".to_owned(), json!(scale.in_cooldown.as_seconds()));
        draft
            .add(
                &component,
                format!("{target}{what}"),
                "AWS::ApplicationAutoScaling::ScalingPolicy",
                json!({
                    "PolicyName": format!("{}-{}", of.name, what.to_lowercase()),
                    "PolicyType": "TargetTrackingScaling",
                    "ScalingTargetId": reference(&target),
                    "TargetTrackingScalingPolicyConfiguration": configuration,
                }),
            )
            .condition = Some(given.clone());
    }
}

fn predefined(metric: Value) -> (String, Value) {
    ("PredefinedMetricSpecification".to_owned(), metric)
}

/// Requests to a copy, of the load balancer's only group of them.
fn of_targets(id: &str) -> (String, Value) {
    let (balancer, targets) = (load_balancer::id(id), load_balancer::targets(id));
    predefined(json!({
        "PredefinedMetricType": "ALBRequestCountPerTarget",
        "ResourceLabel": sub(format!("${{{balancer}.LoadBalancerFullName}}/${{{targets}.TargetGroupFullName}}")),
    }))
}

/// Requests to a copy, of whichever of two groups serves: nothing asks the other one (the predefined metric knows one group only).
fn of_either(id: &str) -> (String, Value) {
    let group = |name: &str, targets: &str| {
        let dimensions = load_balancer::dimensions(id, targets).into_iter();
        let dimensions: Vec<Value> = dimensions.map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
        let metric = json!({
            "Namespace": "AWS/ApplicationELB",
            "MetricName": "RequestCountPerTarget",
            "Dimensions": dimensions,
        });
        json!({ "Id": name, "MetricStat": { "Metric": metric, "Stat": "Sum" }, "ReturnData": false })
    };
    let metrics = [
        group("blue", &load_balancer::targets(id)),
        group("green", &rollout::other_targets(id)),
        // Intervals without a value count as nothing.
        json!({ "Id": "serving", "Expression": "SUM([blue, green])", "ReturnData": true }),
    ];
    ("CustomizedMetricSpecification".to_owned(), json!({ "Metrics": metrics }))
}

/// What would otherwise be dropped in silence.
pub(crate) fn check(draft: &mut Draft<'_>, of: &Reference, scale: &Scale) {
    let [section, name] = of.path();
    if scale.max > scale.min && !scales(scale) {
        draft.findings.push(
            Finding::error(
                "scale-without-target",
                [section, name, "scale".to_owned()],
                format!("nothing says when {of} has more than {} copies", scale.min),
            )
            .why("copies are added when a target for processors, memory or requests is exceeded")
            .fix("add `cpu`, `memory` or `requests`, or make `max` the same as `min`"),
        );
    }
}
