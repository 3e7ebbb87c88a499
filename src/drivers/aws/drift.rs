//! Drift detection: started, waited for, read page by page.

use std::time::Duration;

use aws_sdk_cloudformation::types::{DifferenceType, StackDriftDetectionStatus, StackResourceDriftStatus};

use super::Aws;
use super::call::{Call, Effect};
use crate::plan::drift::{DriftState, FieldDrift, ResourceDrift};
use crate::ports::cloud::CloudError;

/// How long detection may take. Measured: over a minute for a small stack.
const DETECTING: Duration = Duration::from_secs(1800);

impl Aws {
    pub(super) async fn detect_drift(&self, stack: &str) -> Result<Vec<ResourceDrift>, CloudError> {
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:DetectStackDrift", resource: &arn };
        // Detecting changes nothing, so a lost answer is asked for again.
        let send = || self.cloudformation.detect_stack_drift().stack_name(stack).send();
        let detection = self.caller.make(call, Effect::Read, send).await?;
        let id = detection.stack_drift_detection_id().unwrap_or_default().to_owned();
        self.await_detection(stack, &id).await?;
        self.read_drift(stack).await
    }

    async fn await_detection(&self, stack: &str, id: &str) -> Result<(), CloudError> {
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:DescribeStackDriftDetectionStatus", resource: &arn };
        let start = self.caller.retry.clock.elapsed();
        let mut attempt = 0;
        loop {
            let send =
                || self.cloudformation.describe_stack_drift_detection_status().stack_drift_detection_id(id).send();
            let answer = self.caller.make(call, Effect::Read, send).await?;
            match answer.detection_status() {
                Some(StackDriftDetectionStatus::DetectionComplete) => return Ok(()),
                Some(StackDriftDetectionStatus::DetectionFailed) => {
                    return Err(CloudError::Refused {
                        call: "DetectStackDrift".to_owned(),
                        code: "DETECTION_FAILED".to_owned(),
                        message: answer.detection_status_reason().unwrap_or("no reason given").to_owned(),
                    });
                }
                _ => {}
            }
            if self.caller.retry.clock.elapsed().saturating_sub(start) >= DETECTING {
                return Err(CloudError::Unavailable {
                    call: "DetectStackDrift".to_owned(),
                    why: format!("drift detection did not end within {} s", DETECTING.as_secs()),
                });
            }
            self.caller.retry.pause(attempt.min(5)).await;
            attempt += 1;
        }
    }

    async fn read_drift(&self, stack: &str) -> Result<Vec<ResourceDrift>, CloudError> {
        let arn = self.stack_arn(stack);
        let call = Call { permission: "cloudformation:DescribeStackResourceDrifts", resource: &arn };
        let mut found = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let send = || {
                let request = self.cloudformation.describe_stack_resource_drifts().stack_name(stack);
                request.set_next_token(page.clone()).send()
            };
            let answer = self.caller.make(call, Effect::Read, send).await?;
            for drift in answer.stack_resource_drifts() {
                let state = match drift.stack_resource_drift_status() {
                    Some(StackResourceDriftStatus::InSync) => DriftState::InSync,
                    Some(StackResourceDriftStatus::Modified) => DriftState::Modified,
                    Some(StackResourceDriftStatus::Deleted) => DriftState::Deleted,
                    _ => DriftState::NotChecked,
                };
                let mut fields: Vec<FieldDrift> = drift
                    .property_differences()
                    .iter()
                    .map(|difference| {
                        let kind = difference.difference_type();
                        let value = |value: Option<&str>, absent: DifferenceType| {
                            value.filter(|_| kind != Some(&absent)).map(str::to_owned)
                        };
                        FieldDrift {
                            path: difference.property_path().unwrap_or_default().to_owned(),
                            expected: value(difference.expected_value(), DifferenceType::Add),
                            actual: value(difference.actual_value(), DifferenceType::Remove),
                        }
                    })
                    .collect();
                let before = fields.len();
                fields.retain(|field| !is_given_by_ecs(drift.resource_type().unwrap_or_default(), &field.path));
                let state = match state {
                    DriftState::Modified if fields.is_empty() && before > 0 => DriftState::InSync,
                    state => state,
                };
                fields.sort_by(|one, other| one.path.cmp(&other.path));
                found.push(ResourceDrift {
                    id: drift.logical_resource_id().unwrap_or_default().to_owned(),
                    kind: drift.resource_type().unwrap_or_default().to_owned(),
                    physical: drift.physical_resource_id().unwrap_or_default().to_owned(),
                    state,
                    fields,
                });
            }
            page = answer.next_token().map(str::to_owned);
            if page.is_none() {
                break;
            }
        }
        found.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(found)
    }
}

/// Whether a value is one that ECS gives and takes: which of two groups of targets a rule leads to, of a service that is deployed blue and
/// green. The templates have no other rules.
fn is_given_by_ecs(kind: &str, path: &str) -> bool {
    kind == "AWS::ElasticLoadBalancingV2::ListenerRule" && path.starts_with("/Actions/0/ForwardConfig/TargetGroups")
}
