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

#[cfg(test)]
mod tests;
