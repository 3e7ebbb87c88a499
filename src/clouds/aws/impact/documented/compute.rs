//! Machines, containers, functions, entrances, keys and secrets.

use super::{Row, When, changed, on};
use When::{Becomes, Unless};

const EC2_RESIZE: &str = "Amazon EC2 user guide, change the instance type (ec2-instance-resize)";
const ECS_ROLLING: &str = "Amazon ECS developer guide, rolling updates (deployment-type-ecs)";
const KMS_DISABLE: &str = "AWS KMS developer guide, enable and disable keys (enabling-keys)";
const UPDATE_POLICY: &str =
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html";

static EC2_INSTANCE: &[Row] = &[
    changed("InstanceType")
        .interrupts("the instance stops and starts; one whose root is an instance store is replaced")
        .at(EC2_RESIZE),
    changed("UserData").interrupts("the instance restarts; one whose root is an instance store is replaced"),
    changed("EbsOptimized")
        .interrupts("the instance stops and starts; one whose root is an instance store is replaced"),
    changed("Affinity").interrupts("the instance stops and starts"),
    changed("HostId").interrupts("the instance stops and starts"),
    changed("Tenancy").interrupts("the instance stops and starts"),
    changed("SecurityGroupIds").in_place("the groups of an instance in a VPC are exchanged where it is"),
];

static EC2_VPC: &[Row] = &[
    on("InstanceTenancy", Becomes("default")).in_place("going back to default tenancy changes nothing for what runs"),
    changed("InstanceTenancy").replaces("dedicated tenancy can only be set when the network is created"),
];

static AUTO_SCALING_AUTO_SCALING_GROUP: &[Row] = &[
    on("LaunchTemplate", Unless("AutoScalingRollingUpdate"))
        .in_place_perhaps("only instances that start from now on get it, unless its update policy says otherwise")
        .at(UPDATE_POLICY),
    changed("LaunchTemplate")
        .interrupts_perhaps("instances are exchanged in batches, by its update policy")
        .at(UPDATE_POLICY),
    changed("VPCZoneIdentifier").interrupts_perhaps("instances outside the new subnets are exchanged; the group stays"),
];

static ECS_SERVICE: &[Row] = &[
    on("DesiredCount", Becomes("0")).interrupts("no task is left to serve").at(ECS_ROLLING),
    changed("TaskDefinition")
        .in_place("new tasks take over from the old ones while these go on serving (rolling update)")
        .at(ECS_ROLLING),
    on("DeploymentConfiguration.MinimumHealthyPercent", Becomes("0"))
        .interrupts_perhaps("from now on a deployment may stop every task before new ones serve")
        .at(ECS_ROLLING),
    changed("LoadBalancers")
        .in_place_perhaps("starts a new deployment: tasks are exchanged one after the other")
        .at(ECS_ROLLING),
    changed("NetworkConfiguration")
        .in_place_perhaps("starts a new deployment: tasks are exchanged one after the other")
        .at(ECS_ROLLING),
];

static LAMBDA_FUNCTION: &[Row] =
    &[on("ReservedConcurrentExecutions", Becomes("0")).interrupts("the function can't be called any more")];

static LAMBDA_EVENT_SOURCE_MAPPING: &[Row] =
    &[on("Enabled", Becomes("false")).interrupts("events are no longer handed to the function")];

static EVENTS_RULE: &[Row] = &[on("State", Becomes("DISABLED")).interrupts("the rule no longer fires")];

static SCHEDULER_SCHEDULE: &[Row] = &[on("State", Becomes("DISABLED")).interrupts("the schedule no longer fires")];

static ELASTIC_LOAD_BALANCING_V2_LISTENER: &[Row] = &[
    changed("Port").interrupts("clients on the old port are turned away"),
    changed("Protocol").interrupts("clients have to speak the new protocol"),
    changed("Certificates").in_place("new connections get the new certificate"),
];

static CLOUD_FRONT_DISTRIBUTION: &[Row] = &[
    on("DistributionConfig.Enabled", Becomes("false")).interrupts("nothing is served until it is enabled again"),
    changed("DistributionConfig.Aliases").interrupts_perhaps("a name that is taken out is answered no more"),
    changed("DistributionConfig.ViewerCertificate")
        .interrupts_perhaps("visitors that the new certificate or a newer TLS leaves out are turned away"),
];

static KMS_KEY: &[Row] = &[
    on("Enabled", Becomes("false"))
        .interrupts("nothing encrypted with the key can be read until it is enabled again")
        .at(KMS_DISABLE),
    changed("KeySpec").in_place_perhaps("CloudFormation refuses this change of an existing key"),
    changed("KeyUsage").in_place_perhaps("CloudFormation refuses this change of an existing key"),
    changed("MultiRegion").in_place_perhaps("CloudFormation refuses this change of an existing key"),
    changed("Origin").in_place_perhaps("CloudFormation refuses this change of an existing key"),
];

static SECRETS_MANAGER_SECRET: &[Row] = &[
    changed("GenerateSecretString").interrupts_perhaps(
        "a new secret is generated: whoever holds the old one is turned away until it fetches the new one",
    ),
    changed("SecretString")
        .interrupts_perhaps("whoever holds the old value is turned away until it fetches the new one"),
];

/// The rules of a type.
pub(super) fn rows(kind: &str) -> &'static [Row] {
    match kind {
        "AWS::EC2::Instance" => EC2_INSTANCE,
        "AWS::EC2::VPC" => EC2_VPC,
        "AWS::AutoScaling::AutoScalingGroup" => AUTO_SCALING_AUTO_SCALING_GROUP,
        "AWS::ECS::Service" => ECS_SERVICE,
        "AWS::Lambda::Function" => LAMBDA_FUNCTION,
        "AWS::Lambda::EventSourceMapping" => LAMBDA_EVENT_SOURCE_MAPPING,
        "AWS::Events::Rule" => EVENTS_RULE,
        "AWS::Scheduler::Schedule" => SCHEDULER_SCHEDULE,
        "AWS::ElasticLoadBalancingV2::Listener" => ELASTIC_LOAD_BALANCING_V2_LISTENER,
        "AWS::CloudFront::Distribution" => CLOUD_FRONT_DISTRIBUTION,
        "AWS::KMS::Key" => KMS_KEY,
        "AWS::SecretsManager::Secret" => SECRETS_MANAGER_SECRET,
        _ => &[],
    }
}

/// The types that have rules here.
#[cfg(test)]
pub(super) const KINDS: &[&str] = &[
    "AWS::EC2::Instance",
    "AWS::EC2::VPC",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::ECS::Service",
    "AWS::Lambda::Function",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Events::Rule",
    "AWS::Scheduler::Schedule",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::CloudFront::Distribution",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
];
