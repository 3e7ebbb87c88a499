//! Labels on everything that can carry them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::placement::Target;
use crate::model::stack::Stack;

/// The tags of every resource: the system, the environment, who made it, and the user's own, which win.
pub(super) fn of(target: &Target, stack: &Stack) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::from([
        ("system".to_owned(), target.system.to_string()),
        ("environment".to_owned(), target.environment.to_string()),
        ("managed-by".to_owned(), "landfall".to_owned()),
    ]);
    tags.extend(stack.tags.clone());
    tags
}

/// How a resource type takes its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `Tags: [{Key, Value}]`.
    List,
    /// `Tags: {key: value}`.
    Map,
    /// `FileSystemTags`-like names of its own, written `name: [{Key, Value}]`.
    ListUnder(&'static str),
    /// Not at all, or only when it is made (changing them would replace it).
    None,
}

/// How the types that we render take their tags. Held against the registry's schemas by a test.
pub(super) fn form(kind: &str) -> Form {
    match kind {
        "AWS::ApplicationAutoScaling::ScalableTarget"
        | "AWS::CertificateManager::Certificate"
        | "AWS::CloudFront::Distribution"
        | "AWS::CloudFront::Function"
        | "AWS::CloudWatch::Alarm"
        | "AWS::CloudWatch::Dashboard"
        | "AWS::EC2::EIP"
        | "AWS::EC2::FlowLog"
        | "AWS::EC2::InternetGateway"
        | "AWS::EC2::NatGateway"
        | "AWS::EC2::RouteTable"
        | "AWS::EC2::SecurityGroup"
        | "AWS::EC2::Subnet"
        | "AWS::EC2::VPC"
        | "AWS::EC2::VPCEndpoint"
        | "AWS::ECR::Repository"
        | "AWS::ECS::Cluster"
        | "AWS::ECS::Service"
        | "AWS::ECS::TaskDefinition"
        | "AWS::ElastiCache::ParameterGroup"
        | "AWS::ElastiCache::ReplicationGroup"
        | "AWS::ElastiCache::SubnetGroup"
        | "AWS::ElasticLoadBalancingV2::Listener"
        | "AWS::ElasticLoadBalancingV2::ListenerRule"
        | "AWS::ElasticLoadBalancingV2::LoadBalancer"
        | "AWS::ElasticLoadBalancingV2::TargetGroup"
        | "AWS::IAM::Role"
        | "AWS::KMS::Key"
        | "AWS::KinesisFirehose::DeliveryStream"
        | "AWS::Logs::Delivery"
        | "AWS::Logs::DeliveryDestination"
        | "AWS::Logs::DeliverySource"
        | "AWS::Logs::LogGroup"
        | "AWS::RDS::DBInstance"
        | "AWS::RDS::DBParameterGroup"
        | "AWS::RDS::DBProxy"
        | "AWS::RDS::DBProxyTargetGroup"
        | "AWS::RDS::DBSubnetGroup"
        | "AWS::S3::Bucket"
        | "AWS::SNS::Topic"
        | "AWS::SQS::Queue"
        | "AWS::SecretsManager::Secret" => Form::List,
        "AWS::ApiGatewayV2::DomainName"
        | "AWS::SSM::Parameter"
        | "AWS::Serverless::Function"
        | "AWS::Serverless::HttpApi" => Form::Map,
        "AWS::Budgets::Budget" => Form::ListUnder("ResourceTags"),
        _ => Form::None,
    }
}

/// Puts the tags where the type takes them, behind those that are there already (such as `Name`).
pub(super) fn put(kind: &str, properties: &mut Map<String, Value>, tags: &BTreeMap<String, String>) {
    let under = match form(kind) {
        Form::None => return,
        Form::Map => {
            properties.insert("Tags".to_owned(), json!(tags));
            return;
        }
        Form::List => "Tags",
        Form::ListUnder(name) => name,
    };
    let list = properties.entry(under).or_insert_with(|| json!([]));
    let Some(list) = list.as_array_mut() else { return };
    for (key, value) in tags {
        if !list.iter().any(|tag| tag.get("Key").and_then(Value::as_str) == Some(key)) {
            list.push(json!({ "Key": key, "Value": value }));
        }
    }
}

/// The `Name` tag, which people see in the console beside resources without a name of their own.
pub(super) fn name(text: String) -> Value {
    json!([{ "Key": "Name", "Value": text }])
}
