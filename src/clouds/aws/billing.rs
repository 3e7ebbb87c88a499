//! What AWS bills of a template, in the quantities of its price lists.
//!
//! A type that has no row here is named as unpriced in the estimate, so that a new one is never counted as nothing.

mod compute;
mod database;
mod network;

use std::collections::BTreeMap;

use serde_json::Value;

use super::comparison::{Side, settled};
use super::document::Template;
use super::resolved::Given;
use crate::cost::assumption::Assumption;
use crate::cost::bill::{Bill, Measure, UNBUILT};
use crate::cost::quantity::Quantity;
use crate::plan::resource::Resource;

/// Types that cost nothing by themselves.
const FREE: &[&str] = &[
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CE::AnomalyMonitor",
    "AWS::CE::AnomalySubscription",
    "AWS::CertificateManager::Certificate",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::EC2::FlowLog",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::ECS::TaskDefinition",
    "AWS::ElastiCache::ParameterGroup",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::Delivery",
    "AWS::Logs::DeliveryDestination",
    "AWS::Logs::DeliverySource",
    "AWS::Logs::SubscriptionFilter",
    "AWS::RDS::DBParameterGroup",
    "AWS::RDS::DBProxyTargetGroup",
    "AWS::RDS::DBSubnetGroup",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::RotationSchedule",
];

/// What is billed of a template.
pub(super) fn bill(template: Template, given: &Given) -> Bill {
    let mut given = given.clone();
    for (name, declared) in &template.parameters {
        let empty = given.parameters.get(name).is_none_or(String::is_empty);
        if empty && declared.get("Default").and_then(Value::as_str) == Some("") {
            given.parameters.insert(name.clone(), UNBUILT.to_owned());
        }
    }
    let resources = settled(Side { template, given: &given });
    let mut bill = Bill::default();
    let all = All { by_id: resources.iter().map(|resource| (resource.id.as_str(), resource)).collect() };
    for resource in &resources {
        one(&mut bill, resource, &all);
    }
    if resources.iter().any(|resource| resource.kind == "AWS::Logs::LogGroup") {
        let logs = Measure::Assumed(Assumption::Logs, Quantity::whole(1));
        bill.add_for("logs", "logs taken in", "cloudwatch.logs", logs);
        bill.leave_out_at("cloudwatch.logs-kept", "logs kept");
    }
    bill
}

/// The resources of a template by their ids.
struct All<'a> {
    by_id: BTreeMap<&'a str, &'a Resource>,
}

impl<'a> All<'a> {
    /// The resource that a property refers to.
    fn referred(&self, value: Option<&Value>) -> Option<&'a Resource> {
        self.by_id.get(value?.get("Ref")?.as_str()?).copied()
    }

    /// The resources of a type that depend on another.
    fn upon<'s>(&'s self, kind: &'s str, id: &'s str) -> impl Iterator<Item = &'a Resource> + 's {
        self.by_id.values().copied().filter(move |resource| resource.kind == kind && resource.depends_on.contains(id))
    }
}

fn one(bill: &mut Bill, resource: &Resource, all: &All<'_>) {
    let property = |name: &str| resource.properties.get(name);
    let once = Measure::Always(Quantity::whole(1));
    match resource.kind.as_str() {
        "AWS::RDS::DBInstance" => database::instance(bill, resource, all),
        "AWS::RDS::DBProxy" => database::pooler(bill, resource, all),
        "AWS::ElastiCache::ReplicationGroup" => database::cache(bill, resource),
        "AWS::ECS::Service" => compute::service(bill, resource, all),
        "AWS::ECS::Cluster" => {
            bill.leave_out("Container Insights: metrics and events of containers");
        }
        "AWS::Lambda::Function" => compute::function(bill, resource),
        "AWS::EC2::NatGateway" => network::egress(bill, resource),
        "AWS::EC2::EIP" => network::address(bill, resource),
        "AWS::EC2::VPCEndpoint" => network::endpoint(bill, resource),
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => network::load_balancer(bill, resource),
        "AWS::ApiGatewayV2::Api" => network::api(bill, resource),
        "AWS::CloudFront::Distribution" => {
            bill.leave_out_at("cloudfront.sent", "data that the caches of sites send");
            bill.leave_out_at("cloudfront.requests", "requests to the caches of sites");
        }
        "AWS::CloudFront::Function" => {
            bill.leave_out_at("cloudfront.functions", "requests whose folder is looked at");
        }
        "AWS::Route53::RecordSet" => bill.leave_out_at("route53.answers", "answers of the name servers"),
        "AWS::S3::Bucket" => {
            let stored = Measure::Assumed(Assumption::Stored, Quantity::whole(1));
            bill.add(resource, "objects", "s3.standard", stored);
            bill.leave_out("requests to buckets, and cheaper classes of storage");
            if property("ReplicationConfiguration").is_some() {
                // In another region: the document names the bucket that gets them, and not where it stands.
                let stored = Measure::Assumed(Assumption::Stored, Quantity::whole(1));
                bill.add(resource, "copies, at the price here", "s3.standard", stored);
                carried(bill);
            }
        }
        "AWS::ECR::Repository" => {
            let images = Measure::Assumed(Assumption::Images, Quantity::whole(1));
            bill.add(resource, "images", "ecr.storage", images);
        }
        "AWS::SQS::Queue" => {
            // Sent, received and deleted.
            let ordered = property("FifoQueue").is_some_and(truth);
            let price = if ordered { "sqs.fifo" } else { "sqs.standard" };
            bill.add(resource, "requests", price, Measure::Assumed(Assumption::Messages, Quantity::whole(3)));
        }
        "AWS::SNS::Topic" => {
            let messages = Measure::Assumed(Assumption::Messages, Quantity::whole(1));
            bill.add(resource, "messages", "sns.published", messages);
            bill.leave_out_at("sns.mails", "mails of topics");
        }
        "AWS::SecretsManager::Secret" => {
            bill.add(resource, "secret", "secret", once);
            bill.leave_out_at("secret.reads", "reading of secrets");
        }
        "AWS::KMS::Key" => {
            bill.add(resource, "key", "kms.key", once);
            bill.leave_out_at("kms.uses", "use of keys");
        }
        "AWS::CloudWatch::Alarm" => alarm(bill, resource),
        "AWS::CloudWatch::Dashboard" => bill.add(resource, "dashboard", "cloudwatch.dashboard", once),
        "AWS::Logs::LogGroup" => {}
        "AWS::KinesisFirehose::DeliveryStream" => {
            bill.add(resource, "logs led on", "firehose.data", Measure::Assumed(Assumption::Logs, Quantity::whole(1)));
            bill.leave_out("records of less than 5 KB, which count as so much where logs are led on");
        }
        "AWS::Scheduler::Schedule" => bill.leave_out("calls of schedules"),
        "AWS::SSM::Parameter" => match property("Tier").and_then(Value::as_str) {
            None | Some("Standard") => {}
            Some(tier) => bill.without_row(resource, format!("parameter of the tier {tier}")),
        },
        "AWS::Budgets::Budget" => budget(bill, resource),
        kind if FREE.contains(&kind) => {}
        kind => bill.without_row(resource, kind),
    }
}

/// What is copied to another region is billed on its way too, where it comes from: by how much changes, which no file tells.
fn carried(bill: &mut Bill) {
    bill.leave_out_at("data.between-regions", "data on its way to another region");
}

/// Each metric that an alarm looks at is billed; arithmetic is not.
fn alarm(bill: &mut Bill, resource: &Resource) {
    let metrics = resource.properties.get("Metrics").and_then(Value::as_array);
    let (count, period) = match metrics {
        None => (1, number(resource.properties.get("Period"))),
        Some(metrics) => {
            let looked: Vec<&Value> = metrics.iter().filter_map(|metric| metric.get("MetricStat")).collect();
            let period = looked.iter().filter_map(|metric| number(metric.get("Period"))).min();
            (looked.len(), period)
        }
    };
    let fast = period.is_some_and(|period| period < Quantity::whole(60));
    let price = if fast { "cloudwatch.alarm.fast" } else { "cloudwatch.alarm" };
    let count = Quantity::whole(u64::try_from(count).unwrap_or(u64::MAX));
    bill.add(resource, "alarm", price, Measure::Always(count));
    bill.leave_out_at("cloudwatch.metrics", "metrics that workloads emit, beside traces");
}

fn budget(bill: &mut Bill, resource: &Resource) {
    let budget = resource.properties.get("Budget");
    let said = |name: &str| budget.and_then(|budget| budget.get(name)).and_then(Value::as_str);
    if said("BudgetType") != Some("COST") || said("TimeUnit") != Some("MONTHLY") {
        return;
    }
    let limit = budget.and_then(|budget| budget.get("BudgetLimit")).and_then(|limit| limit.get("Amount"));
    bill.limit(resource, number(limit));
}

/// A number, which templates write as one or as a text.
fn number(value: Option<&Value>) -> Option<Quantity> {
    match value? {
        Value::Number(number) => Quantity::read(&number.to_string()),
        Value::String(text) => Quantity::read(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text<'a>(resource: &'a Resource, name: &str) -> Option<&'a str> {
    resource.properties.get(name)?.as_str()
}

fn truth(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn billed(resources: &str) -> Bill {
        let text = format!("{{\"Resources\": {resources}}}");
        let template = Template::read(text.as_bytes()).unwrap();
        bill(template, &Given::default())
    }

    #[test]
    fn a_type_that_nobody_wrote_down_is_named_and_not_counted_as_nothing() {
        let bill = billed(r#"{"Cluster": {"Type": "AWS::MSK::Cluster", "Properties": {}}}"#);
        assert_eq!(bill.items, []);
        assert_eq!(
            (bill.unknown[0].component.as_str(), bill.unknown[0].what.as_str()),
            ("Cluster", "AWS::MSK::Cluster")
        );
    }

    #[test]
    fn a_size_that_only_the_cloud_knows_is_named_too() {
        let bill = billed(
            r#"{"Db": {"Type": "AWS::RDS::DBInstance", "Properties": {"DBInstanceClass": "db.t4g.micro", "Engine": "postgres",
                "AllocatedStorage": {"Fn::ImportValue": "size"}}}}"#,
        );
        assert_eq!(bill.items.len(), 1);
        assert_eq!(bill.unknown[0].what, "disk of a database");
    }

    #[test]
    fn a_service_is_billed_with_the_image_that_it_will_have_and_its_bounds_of_scaling() {
        let bill = billed(
            r#"{"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Cpu": "512", "Memory": "1024"}},
                "Web": {"Type": "AWS::ECS::Service", "Properties": {"LaunchType": "FARGATE", "TaskDefinition": {"Ref": "Task"}}},
                "Scaling": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget",
                    "Properties": {"MinCapacity": 1, "MaxCapacity": 4, "ResourceId": {"Fn::GetAtt": ["Web", "Name"]}}}}"#,
        );
        let processors = bill.items.iter().find(|item| item.price == "fargate.x86_64.processor").unwrap();
        let Measure::Copies(hours) = processors.measure else { panic!("{processors:?}") };
        assert_eq!((hours.low, hours.high), (Quantity::whole(365), Quantity::whole(1460)));
    }
}
