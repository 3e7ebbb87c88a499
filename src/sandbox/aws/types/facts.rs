//! What the sandbox knows of resource types beyond their schemas: how the cloud names them, how long it takes, what protects them.
//!
//! Shapes of ids and ARNs are those of the Service Authorization Reference ("Resource types defined by …") and of each type's
//! "Return values" in the CloudFormation Template Reference. Seconds are what such a resource usually takes, in round figures
//! from experience: they make progress believable and are no promise.

/// What is known of one type.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The type.
    pub kind: &'static str,
    /// The property that names it, and the limits of a generated name.
    pub name: Option<NameRule>,
    /// What it is found by, and what `Ref` gives but for [`super::identity::referred`]. See [`super::identity`] for the placeholders.
    pub id: &'static str,
    /// Attributes that aren't properties and can't be made up from their names.
    pub attributes: &'static [(&'static str, &'static str)],
    /// Seconds to create, update and delete.
    pub seconds: [u32; 3],
}

/// How a resource gets its name.
#[derive(Clone, Copy, Debug)]
pub struct NameRule {
    /// The property.
    pub property: &'static str,
    /// The most characters of a generated name.
    pub limit: usize,
    /// Whether a generated name is in lower case.
    pub lower: bool,
}

const fn named(property: &'static str, limit: usize) -> Option<NameRule> {
    Some(NameRule { property, limit, lower: false })
}

const fn lower(property: &'static str, limit: usize) -> Option<NameRule> {
    Some(NameRule { property, limit, lower: true })
}

type Attributes = &'static [(&'static str, &'static str)];

const fn row(
    kind: &'static str,
    name: Option<NameRule>,
    id: &'static str,
    attributes: Attributes,
    seconds: [u32; 3],
) -> Facts {
    Facts { kind, name, id, attributes, seconds }
}

/// The facts of a type, if it's in the table.
pub fn find(kind: &str) -> Option<&'static Facts> {
    TABLE.binary_search_by(|row| row.kind.cmp(kind)).ok().map(|index| &TABLE[index])
}

/// Sorted by type.
static TABLE: &[Facts] = &[
    row(
        "AWS::ApiGatewayV2::Api",
        None,
        "{hex10}",
        &[("ApiEndpoint", "https://{hex10}.execute-api.{region}.amazonaws.com"), ("ApiId", "{hex10}")],
        [5, 3, 3],
    ),
    row("AWS::ApiGatewayV2::Integration", None, "{hex7}", &[], [2, 2, 2]),
    row("AWS::ApiGatewayV2::Route", None, "{hex7}", &[], [2, 2, 2]),
    row("AWS::ApiGatewayV2::Stage", named("StageName", 128), "{property:ApiId}|{name}", &[], [2, 2, 2]),
    row(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        None,
        "{property:ResourceId}|{property:ScalableDimension}|{property:ServiceNamespace}",
        &[],
        [2, 2, 2],
    ),
    row(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        named("PolicyName", 256),
        "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{uuid}:resource/{property:ServiceNamespace}/{property:ResourceId}:policyName/{name}",
        &[],
        [2, 2, 2],
    ),
    row("AWS::Budgets::Budget", None, "{stack}-{logical}-{letters12}", &[], [5, 5, 5]),
    row("AWS::CE::AnomalyMonitor", None, "arn:aws:ce::{account}:anomalymonitor/{uuid}", &[], [3, 3, 3]),
    row(
        "AWS::CE::AnomalySubscription",
        None,
        "arn:aws:ce::{account}:anomalysubscription/{uuid}",
        &[("AccountId", "{account}")],
        [3, 3, 3],
    ),
    row(
        "AWS::CertificateManager::Certificate",
        None,
        "arn:aws:acm:{region}:{account}:certificate/{uuid}",
        &[],
        [60, 10, 5],
    ),
    row(
        "AWS::CloudFormation::WaitCondition",
        None,
        "arn:aws:cloudformation:{region}:{account}:stack/{stack}/{uuid}/{logical}",
        &[("Data", "{}")],
        [0, 0, 1],
    ),
    row(
        "AWS::CloudFormation::WaitConditionHandle",
        None,
        "https://cloudformation-waitcondition-{region}.s3.{region}.amazonaws.com/{uuid}",
        &[],
        [1, 1, 1],
    ),
    row("AWS::CloudFront::CachePolicy", None, "{uuid}", &[], [3, 3, 3]),
    row(
        "AWS::CloudFront::Distribution",
        None,
        "E{letters13}",
        &[("DomainName", "d{hex13}.cloudfront.net")],
        [240, 180, 300],
    ),
    row(
        "AWS::CloudFront::Function",
        named("Name", 64),
        "arn:aws:cloudfront::{account}:function/{name}",
        &[("FunctionARN", "arn:aws:cloudfront::{account}:function/{name}"), ("Stage", "LIVE")],
        [5, 5, 5],
    ),
    row("AWS::CloudFront::OriginAccessControl", None, "E{letters13}", &[], [3, 3, 3]),
    row("AWS::CloudFront::ResponseHeadersPolicy", None, "{uuid}", &[], [3, 3, 3]),
    row(
        "AWS::CloudWatch::Alarm",
        named("AlarmName", 255),
        "{name}",
        &[("Arn", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}")],
        [2, 2, 2],
    ),
    row("AWS::CloudWatch::AnomalyDetector", None, "{uuid}", &[], [3, 3, 3]),
    row(
        "AWS::CloudWatch::CompositeAlarm",
        named("AlarmName", 255),
        "{name}",
        &[("Arn", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}")],
        [2, 2, 2],
    ),
    row("AWS::CloudWatch::Dashboard", named("DashboardName", 255), "{name}", &[], [2, 2, 2]),
    row("AWS::CodeDeploy::Application", named("ApplicationName", 100), "{name}", &[], [2, 2, 2]),
    row("AWS::CodeDeploy::DeploymentConfig", named("DeploymentConfigName", 100), "{name}", &[], [2, 2, 2]),
    row(
        "AWS::CodeDeploy::DeploymentGroup",
        named("DeploymentGroupName", 100),
        "{property:ApplicationName}|{name}",
        &[],
        [2, 2, 2],
    ),
    row(
        "AWS::DynamoDB::Table",
        named("TableName", 255),
        "{name}",
        &[("Arn", "arn:aws:dynamodb:{region}:{account}:table/{name}")],
        [20, 15, 10],
    ),
    row(
        "AWS::EC2::EIP",
        None,
        "{address}",
        &[("AllocationId", "eipalloc-{hex17}"), ("PublicIp", "{address}")],
        [15, 5, 5],
    ),
    row("AWS::EC2::FlowLog", None, "fl-{hex17}", &[("Id", "fl-{hex17}")], [3, 3, 3]),
    row("AWS::EC2::InternetGateway", None, "igw-{hex17}", &[("InternetGatewayId", "igw-{hex17}")], [15, 3, 5]),
    row("AWS::EC2::NatGateway", None, "nat-{hex17}", &[("NatGatewayId", "nat-{hex17}")], [95, 5, 50]),
    row("AWS::EC2::Route", None, "{property:RouteTableId}|{property:DestinationCidrBlock}", &[], [3, 3, 3]),
    row("AWS::EC2::RouteTable", None, "rtb-{hex17}", &[("RouteTableId", "rtb-{hex17}")], [10, 3, 3]),
    row(
        "AWS::EC2::SecurityGroup",
        named("GroupName", 255),
        "sg-{hex17}",
        &[("GroupId", "sg-{hex17}"), ("Id", "sg-{hex17}"), ("VpcId", "{property:VpcId}")],
        [5, 5, 5],
    ),
    row("AWS::EC2::SecurityGroupEgress", None, "sgr-{hex17}", &[("Id", "sgr-{hex17}")], [2, 2, 2]),
    row("AWS::EC2::SecurityGroupIngress", None, "sgr-{hex17}", &[("Id", "sgr-{hex17}")], [2, 2, 2]),
    row(
        "AWS::EC2::Subnet",
        None,
        "subnet-{hex17}",
        &[
            ("SubnetId", "subnet-{hex17}"),
            ("AvailabilityZone", "{zone}"),
            ("VpcId", "{property:VpcId}"),
            ("CidrBlock", "{property:CidrBlock}"),
        ],
        [3, 5, 3],
    ),
    row("AWS::EC2::SubnetRouteTableAssociation", None, "rtbassoc-{hex17}", &[("Id", "rtbassoc-{hex17}")], [2, 2, 2]),
    row(
        "AWS::EC2::VPC",
        None,
        "vpc-{hex17}",
        &[
            ("VpcId", "vpc-{hex17}"),
            ("DefaultSecurityGroup", "sg-{other17}"),
            ("DefaultNetworkAcl", "acl-{other17}"),
            ("CidrBlock", "{property:CidrBlock}"),
        ],
        [12, 5, 3],
    ),
    row("AWS::EC2::VPCEndpoint", None, "vpce-{hex17}", &[("Id", "vpce-{hex17}")], [60, 10, 60]),
    row("AWS::EC2::VPCGatewayAttachment", None, "IGW|{property:VpcId}", &[("AttachmentType", "IGW")], [15, 5, 15]),
    row(
        "AWS::ECR::Repository",
        lower("RepositoryName", 256),
        "{name}",
        &[
            ("Arn", "arn:aws:ecr:{region}:{account}:repository/{name}"),
            ("RepositoryUri", "{account}.dkr.ecr.{region}.amazonaws.com/{name}"),
        ],
        [2, 2, 2],
    ),
    row("AWS::ECS::CapacityProvider", named("Name", 255), "{name}", &[], [3, 3, 3]),
    row(
        "AWS::ECS::Cluster",
        named("ClusterName", 255),
        "{name}",
        &[("Arn", "arn:aws:ecs:{region}:{account}:cluster/{name}")],
        [8, 5, 5],
    ),
    row(
        "AWS::ECS::Service",
        named("ServiceName", 255),
        "arn:aws:ecs:{region}:{account}:service/{last:Cluster}/{name}",
        &[("Name", "{name}"), ("ServiceArn", "arn:aws:ecs:{region}:{account}:service/{last:Cluster}/{name}")],
        [120, 150, 60],
    ),
    row(
        "AWS::ECS::TaskDefinition",
        named("Family", 255),
        "arn:aws:ecs:{region}:{account}:task-definition/{name}:{revision}",
        &[("TaskDefinitionArn", "arn:aws:ecs:{region}:{account}:task-definition/{name}:{revision}")],
        [2, 2, 2],
    ),
    row(
        "AWS::EFS::FileSystem",
        None,
        "fs-{hex17}",
        &[
            ("FileSystemId", "fs-{hex17}"),
            ("Arn", "arn:aws:elasticfilesystem:{region}:{account}:file-system/fs-{hex17}"),
        ],
        [10, 5, 10],
    ),
    row(
        "AWS::ElastiCache::ParameterGroup",
        None,
        "{lower:stack}-{lower:logical}-{lower:letters12}",
        &[("CacheParameterGroupName", "{lower:stack}-{lower:logical}-{lower:letters12}")],
        [3, 3, 3],
    ),
    row(
        "AWS::ElastiCache::ReplicationGroup",
        lower("ReplicationGroupId", 40),
        "{name}",
        &[
            ("PrimaryEndPoint.Address", "master.{name}.{hex6}.{region}.cache.amazonaws.com"),
            ("PrimaryEndPoint.Port", "6379"),
            ("ReaderEndPoint.Address", "replica.{name}.{hex6}.{region}.cache.amazonaws.com"),
            ("ReaderEndPoint.Port", "6379"),
            ("ConfigurationEndPoint.Address", "clustercfg.{name}.{hex6}.{region}.cache.amazonaws.com"),
            ("ConfigurationEndPoint.Port", "6379"),
        ],
        [600, 300, 300],
    ),
    row("AWS::ElastiCache::SubnetGroup", lower("CacheSubnetGroupName", 255), "{name}", &[], [3, 3, 3]),
    row(
        "AWS::ElasticLoadBalancingV2::Listener",
        None,
        "arn:aws:elasticloadbalancing:{region}:{account}:listener/{after:LoadBalancerArn}/{hex16}",
        &[("ListenerArn", "arn:aws:elasticloadbalancing:{region}:{account}:listener/{after:LoadBalancerArn}/{hex16}")],
        [2, 2, 2],
    ),
    row(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        None,
        "arn:aws:elasticloadbalancing:{region}:{account}:listener-rule/{after:ListenerArn}/{hex16}",
        &[("RuleArn", "arn:aws:elasticloadbalancing:{region}:{account}:listener-rule/{after:ListenerArn}/{hex16}")],
        [2, 2, 2],
    ),
    row(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        named("Name", 32),
        "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex16}",
        &[
            ("LoadBalancerArn", "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex16}"),
            ("LoadBalancerName", "{name}"),
            ("LoadBalancerFullName", "app/{name}/{hex16}"),
            ("DNSName", "{name}-{digits10}.{region}.elb.amazonaws.com"),
            ("CanonicalHostedZoneID", "Z{letters13}"),
        ],
        [150, 20, 15],
    ),
    row(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        named("Name", 32),
        "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex16}",
        &[
            ("TargetGroupArn", "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex16}"),
            ("TargetGroupName", "{name}"),
            ("TargetGroupFullName", "targetgroup/{name}/{hex16}"),
        ],
        [10, 5, 5],
    ),
    row(
        "AWS::Events::EventBus",
        named("Name", 256),
        "{name}",
        &[("Arn", "arn:aws:events:{region}:{account}:event-bus/{name}")],
        [2, 2, 2],
    ),
    row(
        "AWS::Events::Rule",
        named("Name", 64),
        "{name}",
        &[("Arn", "arn:aws:events:{region}:{account}:rule/{name}")],
        [5, 3, 5],
    ),
    row(
        "AWS::IAM::InstanceProfile",
        named("InstanceProfileName", 128),
        "{name}",
        &[("Arn", "arn:aws:iam::{account}:instance-profile/{name}")],
        [120, 5, 3],
    ),
    row(
        "AWS::IAM::ManagedPolicy",
        named("ManagedPolicyName", 128),
        "arn:aws:iam::{account}:policy/{name}",
        &[("PolicyArn", "arn:aws:iam::{account}:policy/{name}")],
        [15, 5, 3],
    ),
    row(
        "AWS::IAM::OIDCProvider",
        None,
        "arn:aws:iam::{account}:oidc-provider/{host:Url}",
        &[("Arn", "arn:aws:iam::{account}:oidc-provider/{host:Url}")],
        [3, 3, 3],
    ),
    row(
        "AWS::IAM::Policy",
        None,
        "{stack16}-{logical}-{letters12}",
        &[("Id", "{stack16}-{logical}-{letters12}")],
        [15, 10, 3],
    ),
    row(
        "AWS::IAM::Role",
        named("RoleName", 64),
        "{name}",
        &[("Arn", "arn:aws:iam::{account}:role{path}{name}"), ("RoleId", "AROA{letters17}")],
        [17, 10, 3],
    ),
    row(
        "AWS::IAM::User",
        named("UserName", 64),
        "{name}",
        &[("Arn", "arn:aws:iam::{account}:user{path}{name}")],
        [35, 5, 3],
    ),
    row("AWS::KMS::Alias", named("AliasName", 256), "{name}", &[], [3, 3, 3]),
    row(
        "AWS::KMS::Key",
        None,
        "{uuid}",
        &[("Arn", "arn:aws:kms:{region}:{account}:key/{uuid}"), ("KeyId", "{uuid}")],
        [65, 30, 10],
    ),
    row(
        "AWS::Lambda::Alias",
        named("Name", 128),
        "{arn:FunctionName}:{name}",
        &[("AliasArn", "{arn:FunctionName}:{name}")],
        [2, 3, 2],
    ),
    row("AWS::Lambda::EventInvokeConfig", None, "{uuid}", &[], [2, 2, 2]),
    row(
        "AWS::Lambda::EventSourceMapping",
        None,
        "{uuid}",
        &[("Id", "{uuid}"), ("EventSourceMappingArn", "arn:aws:lambda:{region}:{account}:event-source-mapping:{uuid}")],
        [25, 20, 20],
    ),
    row(
        "AWS::Lambda::Function",
        named("FunctionName", 64),
        "{name}",
        &[("Arn", "arn:aws:lambda:{region}:{account}:function:{name}")],
        [8, 6, 5],
    ),
    row(
        "AWS::Lambda::LayerVersion",
        None,
        "arn:aws:lambda:{region}:{account}:layer:{logical}:{revision}",
        &[("LayerVersionArn", "arn:aws:lambda:{region}:{account}:layer:{logical}:{revision}")],
        [5, 5, 2],
    ),
    row(
        "AWS::Lambda::Permission",
        None,
        "{stack}-{logical}-{letters12}",
        &[("Id", "{stack}-{logical}-{letters12}")],
        [2, 2, 2],
    ),
    row(
        "AWS::Lambda::Url",
        None,
        "arn:aws:lambda:{region}:{account}:function:{lastcolon:TargetFunctionArn}",
        &[
            ("FunctionUrl", "https://{hex32}.lambda-url.{region}.on.aws/"),
            ("FunctionArn", "{property:TargetFunctionArn}"),
        ],
        [2, 2, 2],
    ),
    row(
        "AWS::Lambda::Version",
        None,
        "{arn:FunctionName}:{revision}",
        &[("Version", "{revision}"), ("FunctionArn", "{arn:FunctionName}:{revision}")],
        [3, 3, 2],
    ),
    row(
        "AWS::Logs::LogGroup",
        named("LogGroupName", 512),
        "{name}",
        &[("Arn", "arn:aws:logs:{region}:{account}:log-group:{name}:*")],
        [3, 3, 2],
    ),
    row("AWS::Logs::MetricFilter", named("FilterName", 512), "{name}", &[], [2, 2, 2]),
    row("AWS::Logs::ResourcePolicy", named("PolicyName", 255), "{name}", &[], [2, 2, 2]),
    row("AWS::Logs::SubscriptionFilter", named("FilterName", 512), "{name}", &[], [2, 2, 2]),
    row(
        "AWS::RDS::DBCluster",
        lower("DBClusterIdentifier", 63),
        "{name}",
        &[
            ("DBClusterArn", "arn:aws:rds:{region}:{account}:cluster:{name}"),
            ("Endpoint.Address", "{name}.cluster-{hex12}.{region}.rds.amazonaws.com"),
            ("ReadEndpoint.Address", "{name}.cluster-ro-{hex12}.{region}.rds.amazonaws.com"),
            ("Endpoint.Port", "{port}"),
            (
                "MasterUserSecret.SecretArn",
                "arn:aws:secretsmanager:{region}:{account}:secret:rds!cluster-{uuid}-{letters6}",
            ),
        ],
        [300, 120, 240],
    ),
    row("AWS::RDS::DBClusterParameterGroup", lower("DBClusterParameterGroupName", 255), "{name}", &[], [3, 3, 3]),
    row(
        "AWS::RDS::DBInstance",
        lower("DBInstanceIdentifier", 63),
        "{name}",
        &[
            ("DBInstanceArn", "arn:aws:rds:{region}:{account}:db:{name}"),
            ("DbiResourceId", "db-{letters26}"),
            ("Endpoint.Address", "{name}.{hex12}.{region}.rds.amazonaws.com"),
            ("Endpoint.Port", "{port}"),
            ("Endpoint.HostedZoneId", "Z{letters13}"),
            ("MasterUserSecret.SecretArn", "arn:aws:secretsmanager:{region}:{account}:secret:rds!db-{uuid}-{letters6}"),
        ],
        [540, 300, 300],
    ),
    row("AWS::RDS::DBParameterGroup", lower("DBParameterGroupName", 255), "{name}", &[], [5, 3, 3]),
    row(
        "AWS::RDS::DBProxy",
        lower("DBProxyName", 64),
        "{name}",
        &[
            ("DBProxyArn", "arn:aws:rds:{region}:{account}:db-proxy:prx-{hex17}"),
            ("Endpoint", "{name}.proxy-{hex12}.{region}.rds.amazonaws.com"),
            ("VpcId", "vpc-{other17}"),
        ],
        [300, 30, 120],
    ),
    row(
        "AWS::RDS::DBProxyTargetGroup",
        None,
        "arn:aws:rds:{region}:{account}:target-group:prx-tg-{hex17}",
        &[("TargetGroupArn", "arn:aws:rds:{region}:{account}:target-group:prx-tg-{hex17}")],
        [60, 10, 10],
    ),
    row("AWS::RDS::DBSubnetGroup", lower("DBSubnetGroupName", 255), "{name}", &[], [3, 3, 3]),
    row("AWS::Route53::HostedZone", None, "Z{letters19}", &[("Id", "Z{letters19}")], [30, 5, 15]),
    row(
        "AWS::Route53::RecordSet",
        named("Name", 1024),
        "{property:HostedZoneId}{property:HostedZoneName}|{property:Type}{property:SetIdentifier}|{name}",
        &[],
        [30, 30, 30],
    ),
    row(
        "AWS::S3::Bucket",
        lower("BucketName", 63),
        "{name}",
        &[
            ("Arn", "arn:aws:s3:::{name}"),
            ("DomainName", "{name}.s3.amazonaws.com"),
            ("DualStackDomainName", "{name}.s3.dualstack.{region}.amazonaws.com"),
            ("RegionalDomainName", "{name}.s3.{region}.amazonaws.com"),
            ("WebsiteURL", "http://{name}.s3-website-{region}.amazonaws.com"),
        ],
        [20, 10, 3],
    ),
    row("AWS::S3::BucketPolicy", None, "{property:Bucket}", &[], [2, 2, 2]),
    row(
        "AWS::SNS::Subscription",
        None,
        "{property:TopicArn}:{uuid}",
        &[("Arn", "{property:TopicArn}:{uuid}")],
        [2, 2, 2],
    ),
    row(
        "AWS::SNS::Topic",
        named("TopicName", 256),
        "arn:aws:sns:{region}:{account}:{name}",
        &[("TopicArn", "arn:aws:sns:{region}:{account}:{name}"), ("TopicName", "{name}")],
        [3, 3, 3],
    ),
    row(
        "AWS::SNS::TopicPolicy",
        None,
        "{stack}-{logical}-{letters12}",
        &[("Id", "{stack}-{logical}-{letters12}")],
        [2, 2, 2],
    ),
    row(
        "AWS::SQS::Queue",
        named("QueueName", 80),
        "https://sqs.{region}.amazonaws.com/{account}/{name}",
        &[
            ("Arn", "arn:aws:sqs:{region}:{account}:{name}"),
            ("QueueName", "{name}"),
            ("QueueUrl", "https://sqs.{region}.amazonaws.com/{account}/{name}"),
        ],
        [62, 5, 62],
    ),
    row(
        "AWS::SQS::QueuePolicy",
        None,
        "{stack}-{logical}-{letters12}",
        &[("Id", "{stack}-{logical}-{letters12}")],
        [2, 2, 2],
    ),
    row(
        "AWS::SSM::Parameter",
        named("Name", 2048),
        "{name}",
        &[("Type", "{property:Type}"), ("Value", "{property:Value}")],
        [2, 2, 2],
    ),
    row(
        "AWS::Scheduler::Schedule",
        named("Name", 64),
        "{name}",
        &[("Arn", "arn:aws:scheduler:{region}:{account}:schedule/default/{name}")],
        [2, 2, 2],
    ),
    row(
        "AWS::Scheduler::ScheduleGroup",
        named("Name", 64),
        "{name}",
        &[("Arn", "arn:aws:scheduler:{region}:{account}:schedule-group/{name}")],
        [2, 2, 2],
    ),
    row("AWS::SecretsManager::ResourcePolicy", None, "{property:SecretId}", &[], [2, 2, 2]),
    row("AWS::SecretsManager::RotationSchedule", None, "{property:SecretId}", &[], [5, 5, 5]),
    row(
        "AWS::SecretsManager::Secret",
        named("Name", 512),
        "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{letters6}",
        &[("Id", "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{letters6}")],
        [2, 2, 2],
    ),
    row("AWS::SecretsManager::SecretTargetAttachment", None, "{property:SecretId}", &[], [2, 2, 2]),
    row(
        "AWS::StepFunctions::StateMachine",
        named("StateMachineName", 80),
        "arn:aws:states:{region}:{account}:stateMachine:{name}",
        &[("Arn", "arn:aws:states:{region}:{account}:stateMachine:{name}"), ("Name", "{name}")],
        [3, 3, 30],
    ),
    row(
        "AWS::WAFv2::WebACL",
        named("Name", 128),
        "{name}|{uuid}|{property:Scope}",
        &[("Arn", "arn:aws:wafv2:{region}:{account}:regional/webacl/{name}/{uuid}"), ("Id", "{uuid}")],
        [5, 5, 5],
    ),
    row("AWS::WAFv2::WebACLAssociation", None, "{property:ResourceArn}|{property:WebACLArn}", &[], [5, 5, 5]),
];

#[cfg(test)]
mod tests {
    use super::{TABLE, find};
    use crate::clouds::aws::registry;

    #[test]
    fn the_table_is_sorted_and_every_type_and_attribute_is_real() {
        assert!(TABLE.is_sorted_by(|one, two| one.kind < two.kind));
        for row in TABLE {
            let schema = registry::find(row.kind);
            assert!(schema.is_some(), "{} is not in the registry", row.kind);
            let Some(schema) = schema else { continue };
            for (attribute, _) in row.attributes {
                let path: Vec<&str> = attribute.split('.').collect();
                let known = schema.has_attribute(attribute) || schema.property(&path).is_some();
                assert!(known, "{} has no attribute {attribute}", row.kind);
            }
            if let Some(name) = row.name {
                assert!(schema.property(&[name.property]).is_some(), "{} has no {}", row.kind, name.property);
            }
        }
        assert!(find("AWS::SQS::Queue").is_some());
        assert!(find("AWS::SQS::Nothing").is_none());
    }
}
