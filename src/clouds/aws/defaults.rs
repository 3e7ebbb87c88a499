//! What CloudFormation takes where a template says nothing: the figures that the registry schemas don't hold.
//!
//! Source: the "Default" of the property on the type's page of the CloudFormation template reference, and the service's API reference where
//! that page says nothing. Only defaults that hold for every resource of the type stand here.

use serde_json::{Value, json};

/// The defaults of a type's top-level properties.
pub fn of(kind: &str) -> Vec<(&'static str, Value)> {
    match kind {
        "AWS::CloudWatch::Alarm" => vec![("ActionsEnabled", json!(true)), ("TreatMissingData", json!("missing"))],
        "AWS::DynamoDB::Table" => vec![
            ("BillingMode", json!("PROVISIONED")),
            ("DeletionProtectionEnabled", json!(false)),
            ("TableClass", json!("STANDARD")),
        ],
        "AWS::EC2::Instance" => vec![("DisableApiTermination", json!(false)), ("SourceDestCheck", json!(true))],
        "AWS::EC2::Subnet" => {
            vec![("AssignIpv6AddressOnCreation", json!(false)), ("MapPublicIpOnLaunch", json!(false))]
        }
        "AWS::EC2::VPC" => vec![("EnableDnsSupport", json!(true)), ("InstanceTenancy", json!("default"))],
        "AWS::ECR::Repository" => vec![("EmptyOnDelete", json!(false)), ("ImageTagMutability", json!("MUTABLE"))],
        "AWS::ECS::Service" => vec![
            ("EnableECSManagedTags", json!(false)),
            ("EnableExecuteCommand", json!(false)),
            ("SchedulingStrategy", json!("REPLICA")),
        ],
        "AWS::EFS::FileSystem" => {
            vec![("PerformanceMode", json!("generalPurpose")), ("ThroughputMode", json!("bursting"))]
        }
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
            vec![("Scheme", json!("internet-facing")), ("Type", json!("application"))]
        }
        "AWS::Events::Rule" => vec![("EventBusName", json!("default")), ("State", json!("ENABLED"))],
        "AWS::IAM::ManagedPolicy" => vec![("Path", json!("/"))],
        "AWS::IAM::Role" => vec![("MaxSessionDuration", json!(3600))],
        "AWS::KMS::Key" => vec![
            ("Enabled", json!(true)),
            ("EnableKeyRotation", json!(false)),
            ("KeySpec", json!("SYMMETRIC_DEFAULT")),
            ("KeyUsage", json!("ENCRYPT_DECRYPT")),
            ("MultiRegion", json!(false)),
        ],
        "AWS::Lambda::EventSourceMapping" => vec![("Enabled", json!(true))],
        "AWS::Lambda::Function" => vec![
            ("Architectures", json!(["x86_64"])),
            ("MemorySize", json!(128)),
            ("PackageType", json!("Zip")),
            ("Timeout", json!(3)),
        ],
        "AWS::RDS::DBInstance" => vec![
            ("AutoMinorVersionUpgrade", json!(true)),
            ("CopyTagsToSnapshot", json!(false)),
            ("DeleteAutomatedBackups", json!(true)),
            ("DeletionProtection", json!(false)),
            ("StorageEncrypted", json!(false)),
        ],
        "AWS::Scheduler::Schedule" => vec![("State", json!("ENABLED"))],
        "AWS::SNS::Topic" => vec![("FifoTopic", json!(false))],
        "AWS::SQS::Queue" => vec![
            ("DelaySeconds", json!(0)),
            ("FifoQueue", json!(false)),
            ("MessageRetentionPeriod", json!(345_600)),
            ("ReceiveMessageWaitTimeSeconds", json!(0)),
            ("VisibilityTimeout", json!(30)),
        ],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clouds::aws::registry;

    #[test]
    fn every_default_belongs_to_a_property_that_the_type_has() {
        let mut seen = 0;
        for kind in registry::types() {
            let schema = registry::find(kind).unwrap();
            for (name, value) in of(kind) {
                assert!(schema.properties().contains_key(name), "{kind}.{name}");
                let mut probe = serde_json::Map::new();
                probe.insert(name.to_owned(), value);
                let wrong: Vec<_> = schema
                    .check(&Value::Object(probe))
                    .into_iter()
                    .filter(|f| f.path.to_string().contains(name))
                    .collect();
                assert!(wrong.is_empty(), "{kind}.{name}: {wrong:?}");
                seen += 1;
            }
        }
        assert!(seen > 40);
    }
}
