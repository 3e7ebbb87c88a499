//! What services refuse that the schemas don't say. A file a service; each rule names its source.

mod application_autoscaling;
mod asked;
mod cloudwatch;
mod codedeploy;
mod ec2;
mod ecs;
mod elastic_load_balancing;
mod elasticache;
mod iam;
mod kms;
mod lambda;
mod permissions;
mod policy_document;
mod rds;
mod references;
mod s3;
mod scheduler;
mod secrets;
mod sns;
mod sqs;

use serde_json::{Map, Value};

pub use self::asked::Asked;

/// Why the service refuses this request, if it does.
pub fn refusal(asked: &Asked<'_>) -> Option<String> {
    let by_service = match asked.service() {
        "ApplicationAutoScaling" => application_autoscaling::refusal(asked),
        "CloudWatch" => cloudwatch::refusal(asked),
        "CodeDeploy" => codedeploy::refusal(asked),
        "EC2" => ec2::refusal(asked),
        "ECS" => ecs::refusal(asked),
        "ElastiCache" => elasticache::refusal(asked),
        "ElasticLoadBalancingV2" => elastic_load_balancing::refusal(asked),
        "Events" | "Scheduler" => scheduler::refusal(asked),
        "IAM" => iam::refusal(asked),
        "KMS" | "Logs" => kms::refusal(asked),
        "Lambda" => lambda::refusal(asked),
        "RDS" => rds::refusal(asked),
        "S3" => s3::refusal(asked),
        "SNS" => sns::refusal(asked),
        "SQS" => sqs::refusal(asked),
        "SecretsManager" => secrets::refusal(asked),
        _ => None,
    };
    references::refusal(asked).or_else(|| secrets::unknown_reference(asked)).or(by_service)
}

/// Why the service refuses to lead a resource from what it is to what it is to be, if it does.
pub fn refusal_of_change(kind: &str, is: &Map<String, Value>, wanted: &Map<String, Value>) -> Option<String> {
    match kind {
        "AWS::RDS::DBInstance" => rds::refusal_of_change(is, wanted),
        _ => None,
    }
}

/// The properties that CloudFormation asks for where it takes a resource back from what it is to what it was.
pub fn left_by_a_rollback(kind: &str, is: &Map<String, Value>, was: &Map<String, Value>) -> Map<String, Value> {
    match kind {
        "AWS::RDS::DBInstance" => rds::left_by_a_rollback(is, was),
        _ => was.clone(),
    }
}

#[cfg(test)]
mod tests;
