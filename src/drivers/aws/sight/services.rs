//! Whether every copy of a service runs.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{DeploymentRolloutState, Service};

use super::super::Aws;
use super::super::call::{Call, Effect};
use super::of;
use crate::ports::cloud::{CloudError, StackResource};
use crate::ports::sight::{Condition, Seen};

const SERVICE: &str = "AWS::ECS::Service";

/// The most services of one call (ECS API Reference, DescribeServices).
const AT_ONCE: usize = 10;

impl Aws {
    pub(super) async fn services(&self, resources: &[StackResource]) -> Result<Vec<Seen>, CloudError> {
        let mut clusters: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for (id, arn) in of(resources, SERVICE) {
            // arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME
            let cluster = arn.rsplit('/').nth(1).unwrap_or("default");
            clusters.entry(cluster).or_default().push((id, arn));
        }
        let mut seen = Vec::new();
        for (cluster, services) in clusters {
            for some in services.chunks(AT_ONCE) {
                let arns: Vec<String> = some.iter().map(|(_, arn)| (*arn).to_owned()).collect();
                let resource = arns.join(" ");
                let call = Call { permission: "ecs:DescribeServices", resource: &resource };
                let send = || self.ecs.describe_services().cluster(cluster).set_services(Some(arns.clone())).send();
                let answer = self.caller.make(call, Effect::Read, send).await?;
                for (id, arn) in some {
                    let found = answer.services().iter().find(|service| service.service_arn() == Some(*arn));
                    let condition = found.map_or_else(|| Condition::Sick("the service is gone".to_owned()), condition);
                    seen.push(Seen { id: (*id).to_owned(), kind: SERVICE.to_owned(), condition });
                }
            }
        }
        Ok(seen)
    }
}

/// Steady means what it means to `aws ecs wait services-stable`, one deployment and as many copies as there should be, and that
/// ECS itself calls the deployment over.
fn condition(service: &Service) -> Condition {
    let (running, desired) = (service.running_count(), service.desired_count());
    let deployments = service.deployments();
    let latest = deployments.iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    let reason = latest.and_then(|deployment| deployment.rollout_state_reason()).unwrap_or("no reason given");
    let rollout = latest.and_then(|deployment| deployment.rollout_state());
    if service.status().is_some_and(|status| status != "ACTIVE") {
        return Condition::Sick(format!("the service is {}", service.status().unwrap_or_default()));
    }
    if rollout == Some(&DeploymentRolloutState::Failed) {
        return Condition::Sick(format!("its deployment failed: {reason}"));
    }
    let is_over = rollout.is_none_or(|state| *state == DeploymentRolloutState::Completed);
    if deployments.len() == 1 && running == desired && is_over {
        return Condition::Well;
    }
    Condition::Settling(format!("{running} of {desired} copies run: {reason}"))
}
