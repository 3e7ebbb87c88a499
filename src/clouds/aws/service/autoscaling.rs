//! How many copies of a service run: Application Auto Scaling, a policy for each target that is given.

use serde_json::json;

use super::{CLUSTER, load_balancer};
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
            json!({ "PredefinedMetricType": "ECSServiceAverageCPUUtilization" }),
        ),
        (
            "Memory",
            scale.memory.map(|share| share.percent()),
            json!({ "PredefinedMetricType": "ECSServiceAverageMemoryUtilization" }),
        ),
        (
            "Requests",
            requests.map(f64::from),
            json!({
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": sub(format!(
                    "${{{}.LoadBalancerFullName}}/${{{}.TargetGroupFullName}}",
                    load_balancer::id(&id),
                    load_balancer::targets(&id)
                )),
            }),
        ),
    ];
    for (what, goal, metric) in policies {
        let Some(goal) = goal else { continue };
        draft
            .add(
                &component,
                format!("{target}{what}"),
                "AWS::ApplicationAutoScaling::ScalingPolicy",
                json!({
                    "PolicyName": format!("{}-{}", of.name, what.to_lowercase()),
                    "PolicyType": "TargetTrackingScaling",
                    "ScalingTargetId": reference(&target),
                    "TargetTrackingScalingPolicyConfiguration": {
                        "PredefinedMetricSpecification": metric,
                        "TargetValue": number(goal),
                        "ScaleOutCooldown": scale.out_cooldown.as_seconds(),
                        "ScaleInCooldown": scale.in_cooldown.as_seconds(),
                    },
                }),
            )
            .condition = Some(given.clone());
    }
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
