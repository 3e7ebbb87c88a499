//! Each rule, told by what it refuses and what it lets through.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{left_by_a_rollback, refusal_of_change};
use crate::sandbox::aws::s3::bucket::{Bucket, Content};
use crate::sandbox::aws::types::identity::Subject;
use crate::sandbox::aws::types::lifecycle;
use crate::sandbox::engine::inventory::Place;
use crate::sandbox::world::World;

/// A cloud in which resources are made one after another. `$Name` in properties stands for the id of an earlier one, `$Name.Attribute`
/// for an attribute of it.
struct Cloud {
    _folder: tempfile::TempDir,
    world: World,
    made: BTreeMap<String, (String, String)>,
}

impl Cloud {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World::open(folder.path(), "rules").unwrap();
        Self { _folder: folder, world, made: BTreeMap::new() }
    }

    fn place() -> Place {
        Place { account: "123456789012".to_owned(), region: "eu-west-1".to_owned() }
    }

    fn resolve(&self, value: Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix('$') {
                Some(name) => {
                    let (name, attribute) =
                        name.split_once('.').map_or((name, None), |(name, rest)| (name, Some(rest)));
                    let (kind, id) = &self.made[name];
                    let physical = lifecycle::find(&self.world, kind, &Self::place(), id).unwrap();
                    attribute.map_or_else(|| json!(id), |attribute| physical.attributes[attribute].clone())
                }
                None => Value::String(text),
            },
            Value::Array(items) => items.into_iter().map(|item| self.resolve(item)).collect(),
            Value::Object(object) => {
                Value::Object(object.into_iter().map(|(key, value)| (key, self.resolve(value))).collect::<Map<_, _>>())
            }
            other => other,
        }
    }

    fn create(&mut self, name: &str, kind: &str, properties: Value) -> Result<(), String> {
        let subject = Subject {
            kind: kind.to_owned(),
            place: Self::place(),
            stack_id: "stack".to_owned(),
            stack_name: "s".to_owned(),
            logical_id: name.to_owned(),
        };
        let properties = self.resolve(properties).as_object().cloned().unwrap();
        let id = lifecycle::create(&mut self.world, &subject, &properties, Timestamp::UNIX_EPOCH)?;
        self.made.insert(name.to_owned(), (kind.to_owned(), id));
        Ok(())
    }

    fn with(mut self, name: &str, kind: &str, properties: Value) -> Self {
        self.create(name, kind, properties).unwrap();
        self
    }

    /// The resource is refused, and the reason has this part.
    fn refuses(&mut self, kind: &str, properties: Value, part: &str) {
        let reason = self.create("Refused", kind, properties).unwrap_err();
        assert!(reason.contains(part), "{reason}");
    }

    fn network() -> Self {
        Self::new()
            .with("Vpc", "AWS::EC2::VPC", json!({"CidrBlock": "10.0.0.0/16"}))
            .with("A", "AWS::EC2::Subnet", subnet("10.0.1.0/24", "a"))
            .with("B", "AWS::EC2::Subnet", subnet("10.0.2.0/24", "b"))
            .with("Gateway", "AWS::EC2::InternetGateway", json!({}))
            .with("Group", "AWS::EC2::SecurityGroup", json!({"GroupDescription": "d", "VpcId": "$Vpc"}))
    }
}

fn subnet(block: &str, letter: &str) -> Value {
    json!({"VpcId": "$Vpc", "CidrBlock": block, "AvailabilityZone": format!("eu-west-1{letter}")})
}

fn trust(service: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"},
    ]})
}

fn role(service: &str, actions: &[&str]) -> Value {
    let mut role = json!({"AssumeRolePolicyDocument": trust(service)});
    if !actions.is_empty() {
        role["Policies"] = json!([{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": "*"},
        ]}}]);
    }
    role
}

fn function(extra: Value) -> Value {
    let mut function = json!({
        "Role": "$Role.Arn", "Runtime": "python3.13", "Handler": "index.handler",
        "Code": {"ZipFile": "def handler(event, context): pass"},
    });
    for (name, value) in extra.as_object().unwrap() {
        function[name] = value.clone();
    }
    function
}

#[test]
fn subnets_lie_in_their_network_and_beside_each_other() {
    let mut cloud = Cloud::network();
    let kind = "AWS::EC2::Subnet";
    cloud.refuses(kind, subnet("10.1.0.0/24", "a"), "The CIDR '10.1.0.0/24' is invalid.");
    cloud.refuses(kind, subnet("10.0.1.128/25", "a"), "The CIDR '10.0.1.128/25' conflicts with another subnet");
    cloud.refuses(kind, subnet("10.0.9.0/29", "a"), "The CIDR '10.0.9.0/29' is invalid.");
    cloud.refuses(kind, subnet("10.0.9.0/24", "x"), "Value (eu-west-1x) for parameter availabilityZone is invalid.");
    cloud.refuses("AWS::EC2::VPC", json!({"CidrBlock": "10.0.0.0/8"}), "The CIDR '10.0.0.0/8' is invalid.");
    cloud.create("C", kind, subnet("10.0.3.0/24", "a")).unwrap();
}

#[test]
fn ids_of_the_network_mean_something() {
    let mut cloud = Cloud::new();
    let subnet = json!({"VpcId": "vpc-0123456789abcdef0", "CidrBlock": "10.0.0.0/24"});
    cloud.refuses("AWS::EC2::Subnet", subnet, "The vpc ID 'vpc-0123456789abcdef0' does not exist");
    let group = json!({"DBSubnetGroupDescription": "d", "SubnetIds": ["subnet-0123456789abcdef0"]});
    cloud.refuses("AWS::RDS::DBSubnetGroup", group, "The subnet ID 'subnet-0123456789abcdef0' does not exist");
}

#[test]
fn a_route_to_the_internet_needs_its_gateway_attached_first() {
    let mut cloud = Cloud::network().with("Table", "AWS::EC2::RouteTable", json!({"VpcId": "$Vpc"}));
    let route = json!({"RouteTableId": "$Table", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "$Gateway"});
    cloud.refuses("AWS::EC2::Route", route.clone(), "belong to different networks");
    let attachment = json!({"VpcId": "$Vpc", "InternetGatewayId": "$Gateway"});
    cloud.create("Attachment", "AWS::EC2::VPCGatewayAttachment", attachment).unwrap();
    cloud.create("Route", "AWS::EC2::Route", route).unwrap();
}

#[test]
fn security_group_rules_are_blocks_and_ranges() {
    let mut cloud = Cloud::network();
    let rule = |block: &str, from: i32, to: i32| {
        json!({"GroupDescription": "d", "VpcId": "$Vpc", "SecurityGroupIngress": [
            {"IpProtocol": "tcp", "CidrIp": block, "FromPort": from, "ToPort": to},
        ]})
    };
    cloud.refuses("AWS::EC2::SecurityGroup", rule("10.0.0.0", 80, 80), "CIDR block 10.0.0.0 is malformed");
    cloud.refuses("AWS::EC2::SecurityGroup", rule("10.0.0.0/8", 90, 80), "Invalid TCP port range (90 to 80)");
}

#[test]
fn policies_are_well_formed() {
    let mut cloud = Cloud::new();
    let with_trust =
        |statement: Value| json!({"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}});
    let kind = "AWS::IAM::Role";
    let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"});
    cloud.refuses(kind, with_trust(statement), "Has prohibited field Resource");
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/none"}, "Action": "sts:AssumeRole"});
    cloud.refuses(
        kind,
        with_trust(statement),
        "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/none\"",
    );
    let policy = |statement: Value| {
        let mut role = role("lambda.amazonaws.com", &["s3:GetObject"]);
        role["Policies"][0]["PolicyDocument"]["Statement"][0] = statement;
        role
    };
    let statement = json!({"Effect": "Allow", "Action": "s3:GetObject"});
    cloud.refuses(kind, policy(statement), "Policy statement must contain resources.");
    let statement = json!({"Effect": "Allow", "Action": "GetObject", "Resource": "*"});
    cloud.refuses(kind, policy(statement), "Actions/Conditions must be prefaced by a vendor");
    let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "bucket"});
    cloud.refuses(kind, policy(statement), "Resource bucket must be in ARN format or \"*\".");
    let statement =
        json!({"Effect": "Allow", "Action": "s3:*", "Resource": format!("arn:aws:s3:::{}", "x".repeat(11_000))});
    cloud.refuses(kind, policy(statement), "Maximum policy size of 10240 bytes exceeded");
    let mut missing = role("lambda.amazonaws.com", &[]);
    missing["ManagedPolicyArns"] = json!(["arn:aws:iam::123456789012:policy/none"]);
    cloud.refuses(kind, missing, "does not exist or is not attachable.");
}

#[test]
fn a_functions_role_must_be_for_functions_and_allow_what_its_settings_need() {
    let mut cloud = Cloud::network()
        .with("Other", "AWS::IAM::Role", role("ecs-tasks.amazonaws.com", &[]))
        .with("Role", "AWS::IAM::Role", role("lambda.amazonaws.com", &["logs:*"]))
        .with("Queue", "AWS::SQS::Queue", json!({}));
    let kind = "AWS::Lambda::Function";
    cloud.refuses(kind, function(json!({"Role": "$Other.Arn"})), "cannot be assumed by Lambda");
    let inside = json!({"VpcConfig": {"SubnetIds": ["$A", "$B"], "SecurityGroupIds": ["$Group"]}});
    cloud.refuses(kind, function(inside.clone()), "does not have permissions to call CreateNetworkInterface on EC2");
    let failing = json!({"DeadLetterConfig": {"TargetArn": "$Queue.Arn"}});
    cloud.refuses(kind, function(failing), "does not have permissions to call SendMessage on SQS");
    let policy = json!({"PolicyName": "p", "Roles": ["$Role"], "PolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["ec2:*NetworkInterface*"], "Resource": "*"},
    ]}});
    cloud.create("Policy", "AWS::IAM::Policy", policy).unwrap();
    cloud.create("Function", kind, function(inside)).unwrap();
}

#[test]
fn a_functions_code_must_be_in_a_bucket_of_its_account_and_region() {
    let mut cloud = Cloud::new().with("Role", "AWS::IAM::Role", role("lambda.amazonaws.com", &[]));
    let kind = "AWS::Lambda::Function";
    let code = |bucket: &str| function(json!({"Code": {"S3Bucket": bucket, "S3Key": "code.zip"}}));
    cloud.refuses(kind, code("artifacts"), "S3 Error Code: NoSuchBucket.");
    for (name, account, region) in [
        ("artifacts", "123456789012", "eu-west-1"),
        ("foreign", "999999999999", "eu-west-1"),
        ("far", "123456789012", "us-east-1"),
    ] {
        cloud.world.buckets.put(name, Bucket::new(name, account, region, Timestamp::UNIX_EPOCH));
    }
    cloud.refuses(kind, code("artifacts"), "S3 Error Code: NoSuchKey.");
    cloud.refuses(kind, code("foreign"), "S3 Error Code: AccessDenied.");
    cloud.refuses(kind, code("far"), "S3 Error Code: PermanentRedirect.");
    let content = Content {
        blob: String::new(),
        size: 0,
        etag: String::new(),
        content_type: None,
        metadata: BTreeMap::new(),
        headers: BTreeMap::new(),
    };
    let bucket = cloud.world.buckets.edit("artifacts").unwrap();
    bucket.write("code.zip", content, "v1".to_owned(), Timestamp::UNIX_EPOCH);
    cloud.create("Function", kind, code("artifacts")).unwrap();
}

#[test]
fn a_functions_variables_and_reservations_are_bounded() {
    let mut cloud = Cloud::new().with("Role", "AWS::IAM::Role", role("lambda.amazonaws.com", &[]));
    let kind = "AWS::Lambda::Function";
    let variables = |variables: Value| function(json!({"Environment": {"Variables": variables}}));
    cloud.refuses(kind, variables(json!({"AWS_REGION": "x"})), "Reserved keys used in this request: AWS_REGION");
    cloud.refuses(kind, variables(json!({"BIG": "x".repeat(5_000)})), "exceeded the 4KB limit.");
    cloud.create("One", kind, function(json!({"ReservedConcurrentExecutions": 800}))).unwrap();
    let second = function(json!({"ReservedConcurrentExecutions": 200}));
    cloud.refuses(kind, second, "below its minimum value of [100].");
}

#[test]
fn a_queue_that_feeds_a_function_hides_its_messages_long_enough() {
    let mut cloud = Cloud::new()
        .with("Role", "AWS::IAM::Role", role("lambda.amazonaws.com", &["sqs:*"]))
        .with("Weak", "AWS::IAM::Role", role("lambda.amazonaws.com", &["logs:*"]))
        .with("Queue", "AWS::SQS::Queue", json!({"VisibilityTimeout": 30}))
        .with("Slow", "AWS::Lambda::Function", function(json!({"Timeout": 60})))
        .with("Quick", "AWS::Lambda::Function", function(json!({"Timeout": 30})))
        .with("Mute", "AWS::Lambda::Function", function(json!({"Role": "$Weak.Arn"})));
    let kind = "AWS::Lambda::EventSourceMapping";
    let mapping = |name: &str| json!({"EventSourceArn": "$Queue.Arn", "FunctionName": name});
    cloud.refuses(
        kind,
        mapping("$Slow"),
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    );
    cloud.refuses(kind, mapping("$Mute"), "does not have permissions to call ReceiveMessage on SQS");
    cloud.refuses(kind, mapping("none"), "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:none");
    cloud.create("Mapping", kind, mapping("$Quick.Arn")).unwrap();
    let permission =
        json!({"FunctionName": "none", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"});
    cloud.refuses("AWS::Lambda::Permission", permission, "Function not found: ");
}

#[test]
fn dead_letters_go_to_a_queue_of_the_same_kind() {
    let mut cloud = Cloud::new().with("Plain", "AWS::SQS::Queue", json!({}));
    let queue = |target: &str, fifo: bool| {
        let mut queue = json!({"RedrivePolicy": {"deadLetterTargetArn": target, "maxReceiveCount": 3}});
        if fifo {
            queue["FifoQueue"] = json!(true);
        }
        queue
    };
    let none = "arn:aws:sqs:eu-west-1:123456789012:none";
    cloud.refuses("AWS::SQS::Queue", queue(none, false), "Dead letter target does not exist.");
    cloud.refuses("AWS::SQS::Queue", queue("$Plain.Arn", true), "must be same type of queue as the source");
    let named = json!({"QueueName": "jobs", "FifoQueue": true});
    cloud.refuses("AWS::SQS::Queue", named, "must end with .fifo suffix");
    cloud.create("Queue", "AWS::SQS::Queue", queue("$Plain.Arn", false)).unwrap();
}

#[test]
fn subscriptions_have_a_topic_and_an_endpoint_that_fits() {
    let mut cloud = Cloud::new().with("Topic", "AWS::SNS::Topic", json!({}));
    let kind = "AWS::SNS::Subscription";
    let subscription = |topic: &str, protocol: &str, endpoint: &str| json!({"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint});
    let none = "arn:aws:sns:eu-west-1:123456789012:none";
    cloud.refuses(kind, subscription(none, "email", "a@b.c"), "Topic does not exist");
    cloud.refuses(kind, subscription("$Topic", "email", "nobody"), "Invalid parameter: EMAIL endpoint");
    let queue = "arn:aws:sqs:eu-west-1:123456789012:none";
    cloud.refuses(kind, subscription("$Topic", "sqs", queue), "Invalid parameter: SQS endpoint ARN");
}

fn task(extra: Value) -> Value {
    let mut task = json!({
        "Family": "web", "RequiresCompatibilities": ["FARGATE"], "NetworkMode": "awsvpc", "Cpu": "256", "Memory": "512",
        "ContainerDefinitions": [{"Name": "web", "Image": "public.ecr.aws/x", "PortMappings": [{"ContainerPort": 80}]}],
    });
    for (name, value) in extra.as_object().unwrap() {
        task[name] = value.clone();
    }
    task
}

#[test]
fn fargate_tasks_have_sizes_that_go_together() {
    let mut cloud = Cloud::new();
    let kind = "AWS::ECS::TaskDefinition";
    cloud.refuses(
        kind,
        task(json!({"Memory": "4096"})),
        "No Fargate configuration exists for given values: 256 CPU, 4096 memory.",
    );
    cloud.refuses(kind, task(json!({"Cpu": "300"})), "No Fargate configuration exists for given values: 300 CPU");
    cloud.refuses(kind, task(json!({"NetworkMode": "bridge"})), "Fargate only supports network mode");
    let private =
        json!({"ContainerDefinitions": [{"Name": "web", "Image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web"}]});
    cloud.refuses(kind, task(private), "have execution role ARN to support ECR images.");
    for (units, memory) in [("512", "1024"), ("1024", "8192"), ("16384", "122880")] {
        cloud.create("Task", kind, task(json!({"Cpu": units, "Memory": memory}))).unwrap();
    }
}

#[test]
fn a_service_behind_a_load_balancer_needs_a_group_of_addresses_that_is_listened_to() {
    let group = |kind: &str| json!({"VpcId": "$Vpc", "Port": 80, "Protocol": "HTTP", "TargetType": kind});
    let mut cloud = Cloud::network()
        .with("Attachment", "AWS::EC2::VPCGatewayAttachment", json!({"VpcId": "$Vpc", "InternetGatewayId": "$Gateway"}))
        .with("Cluster", "AWS::ECS::Cluster", json!({}))
        .with("Task", "AWS::ECS::TaskDefinition", task(json!({})))
        .with("Machines", "AWS::ElasticLoadBalancingV2::TargetGroup", group("instance"))
        .with("Addresses", "AWS::ElasticLoadBalancingV2::TargetGroup", group("ip"))
        .with("Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", json!({"Subnets": ["$A", "$B"]}));
    let kind = "AWS::ECS::Service";
    let service = |group: &str, container: &str, port: u16| {
        json!({
            "Cluster": "$Cluster", "TaskDefinition": "$Task", "LaunchType": "FARGATE",
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["$A"]}},
            "LoadBalancers": [{"TargetGroupArn": group, "ContainerName": container, "ContainerPort": port}],
        })
    };
    cloud.refuses(kind, service("$Machines", "web", 80), "incompatible with the awsvpc network mode");
    cloud.refuses(
        kind,
        service("$Addresses", "other", 80),
        "The container other does not exist in the task definition.",
    );
    cloud.refuses(kind, service("$Addresses", "web", 81), "did not have a container port 81 defined.");
    cloud.refuses(kind, service("$Addresses", "web", 80), "does not have an associated load balancer.");
    let listener = json!({"LoadBalancerArn": "$Balancer", "Port": 80, "Protocol": "HTTP", "DefaultActions": [
        {"Type": "forward", "TargetGroupArn": "$Addresses"},
    ]});
    cloud.create("Listener", "AWS::ElasticLoadBalancingV2::Listener", listener.clone()).unwrap();
    cloud.refuses("AWS::ElasticLoadBalancingV2::Listener", listener, "A listener already exists on this port");
    cloud.create("Service", kind, service("$Addresses", "web", 80)).unwrap();
}

#[test]
fn a_service_is_deployed_blue_and_green_with_two_groups_behind_one_rule_and_a_role_that_may_change_it() {
    let group = json!({"VpcId": "$Vpc", "Port": 80, "Protocol": "HTTP", "TargetType": "ip"});
    let forward = |groups: &[&str]| {
        let groups: Vec<Value> = groups.iter().map(|group| json!({"TargetGroupArn": group, "Weight": 1})).collect();
        json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])
    };
    let rule = |priority: u32, groups: &[&str]| {
        json!({"ListenerArn": "$Listener", "Priority": priority, "Actions": forward(groups),
            "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["*"]}}]})
    };
    let balancer = json!({"Subnets": ["$A", "$B"], "Scheme": "internal"});
    let listener = json!({"LoadBalancerArn": "$Balancer", "Port": 80, "Protocol": "HTTP",
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": "$Blue"}]});
    let mut cloud = Cloud::network()
        .with("Cluster", "AWS::ECS::Cluster", json!({}))
        .with("Task", "AWS::ECS::TaskDefinition", task(json!({})))
        .with("Blue", "AWS::ElasticLoadBalancingV2::TargetGroup", group.clone())
        .with("Green", "AWS::ElasticLoadBalancingV2::TargetGroup", group)
        .with("Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", balancer)
        .with("Listener", "AWS::ElasticLoadBalancingV2::Listener", listener)
        .with("Both", "AWS::ElasticLoadBalancingV2::ListenerRule", rule(1, &["$Blue", "$Green"]))
        .with("One", "AWS::ElasticLoadBalancingV2::ListenerRule", rule(2, &["$Blue"]))
        .with("Right", "AWS::IAM::Role", role("ecs.amazonaws.com", &["elasticloadbalancing:*"]))
        .with("Looks", "AWS::IAM::Role", role("ecs.amazonaws.com", &["elasticloadbalancing:Describe*"]))
        .with("Copies", "AWS::IAM::Role", role("ecs-tasks.amazonaws.com", &["elasticloadbalancing:*"]));
    let service = |alternate: Value, alarms: Value| {
        json!({
            "Cluster": "$Cluster", "TaskDefinition": "$Task", "LaunchType": "FARGATE", "DesiredCount": 0,
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["$A"]}},
            "DeploymentConfiguration": {"Strategy": "BLUE_GREEN", "BakeTimeInMinutes": 5, "Alarms": alarms},
            "LoadBalancers": [{"TargetGroupArn": "$Blue", "ContainerName": "web", "ContainerPort": 80,
                "AdvancedConfiguration": alternate}],
        })
    };
    let leads = |group: &str, rule: &str, role: &str| json!({"AlternateTargetGroupArn": group, "ProductionListenerRule": rule, "RoleArn": role});
    let watched = json!({"AlarmNames": ["failing"], "Enable": true, "Rollback": true});
    let kind = "AWS::ECS::Service";
    for (alternate, why) in [
        (leads("$Blue", "$Both", "$Right.Arn"), "has to be another one of type ip"),
        (leads("$Green", "$One", "$Right.Arn"), "does not forward to"),
        (leads("$Green", "nothing", "$Right.Arn"), "The production listener rule nothing does not exist"),
        (leads("$Green", "$Both", "$Copies.Arn"), "can't assume the role"),
        (leads("$Green", "$Both", "$Looks.Arn"), "does not allow elasticloadbalancing:DeregisterTargets"),
    ] {
        cloud.refuses(kind, service(alternate, watched.clone()), why);
    }
    let right = leads("$Green", "$Both", "$Right.Arn");
    let unwatched = json!({"AlarmNames": [], "Enable": true, "Rollback": true});
    cloud.refuses(kind, service(right.clone(), unwatched), "no alarm is named");
    cloud.create("Service", kind, service(right, watched)).unwrap();
}

#[test]
fn a_service_whose_image_is_in_no_repository_never_gets_steady_unless_it_has_no_copies() {
    let image = |reference: &str| {
        let image = format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web{reference}");
        json!({"ExecutionRoleArn": "arn:aws:iam::123456789012:role/pull", "ContainerDefinitions": [{"Name": "web", "Image": image}]})
    };
    let digest = format!("@sha256:{}", "0".repeat(64));
    let mut cloud = Cloud::network()
        .with("Cluster", "AWS::ECS::Cluster", json!({}))
        .with("Web", "AWS::ECR::Repository", json!({"RepositoryName": "web"}))
        .with("Task", "AWS::ECS::TaskDefinition", task(image(&digest)));
    let kind = "AWS::ECS::Service";
    let service = |desired: u64| {
        json!({
            "Cluster": "$Cluster", "TaskDefinition": "$Task", "LaunchType": "FARGATE", "DesiredCount": desired,
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["$A"]}},
            "DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": true, "Rollback": true}},
        })
    };
    cloud.refuses(kind, service(2), "ECS Deployment Circuit Breaker was triggered");
    cloud.create("Idle", kind, service(0)).unwrap();
}

#[test]
fn load_balancers_stand_in_two_zones_and_reach_the_internet_through_a_gateway() {
    let mut cloud = Cloud::network();
    let kind = "AWS::ElasticLoadBalancingV2::LoadBalancer";
    let zones = "At least two subnets in two different Availability Zones must be specified";
    cloud.refuses(kind, json!({"Subnets": ["$A"], "Scheme": "internal"}), zones);
    cloud.refuses(kind, json!({"Subnets": ["$A", "$B"]}), "has no internet gateway");
    cloud.create("Inside", kind, json!({"Subnets": ["$A", "$B"], "Scheme": "internal"})).unwrap();
    let listener = json!({"LoadBalancerArn": "$Inside", "Port": 443, "Protocol": "HTTPS", "DefaultActions": [
        {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}},
    ]});
    cloud.refuses(
        "AWS::ElasticLoadBalancingV2::Listener",
        listener,
        "A certificate must be specified for HTTPS listeners",
    );
}

fn database(extra: Value) -> Value {
    let mut database = json!({
        "DBInstanceClass": "db.t4g.medium", "Engine": "postgres", "EngineVersion": "16.4", "AllocatedStorage": "100",
        "StorageType": "gp3", "MasterUsername": "owner", "ManageMasterUserPassword": true,
    });
    for (name, value) in extra.as_object().unwrap() {
        database[name] = value.clone();
    }
    database
}

#[test]
fn databases_are_refused_as_rds_refuses_them() {
    let mut cloud = Cloud::network()
        .with("Old", "AWS::RDS::DBParameterGroup", json!({"Family": "postgres15", "Description": "d"}))
        .with("Role", "AWS::IAM::Role", role("lambda.amazonaws.com", &[]));
    let kind = "AWS::RDS::DBInstance";
    for (extra, part) in [
        (json!({"DBSubnetGroupName": "none"}), "DBSubnetGroup 'none' not found."),
        (json!({"DBParameterGroupName": "$Old"}), "use a parameter group with DBParameterGroupFamily postgres16."),
        (json!({"AllocatedStorage": "5"}), "Invalid storage size for engine name postgres and storage type gp3: 5"),
        (
            json!({"Iops": 3000}),
            "You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400.",
        ),
        (json!({"MasterUsername": "admin"}), "MasterUsername admin cannot be used as it is a reserved word"),
        (json!({"MasterUserPassword": "hunter22"}), "You can't specify MasterUserPassword"),
        (json!({"MonitoringInterval": 60}), "A MonitoringRoleARN value is required"),
        (json!({"MonitoringInterval": 60, "MonitoringRoleArn": "$Role.Arn"}), "ENHANCED_MONITORING"),
        (
            json!({"PreferredBackupWindow": "03:30-04:30", "PreferredMaintenanceWindow": "sun:04:00-sun:05:00"}),
            "The backup window and maintenance window must not overlap.",
        ),
    ] {
        cloud.refuses(kind, database(extra), part);
    }
    let group = |subnets: Value| json!({"DBSubnetGroupDescription": "d", "SubnetIds": subnets});
    cloud.refuses("AWS::RDS::DBSubnetGroup", group(json!(["$A"])), "Add subnets to cover at least 2 AZs.");
    cloud.create("Subnets", "AWS::RDS::DBSubnetGroup", group(json!(["$A", "$B"]))).unwrap();
    let good = json!({"DBSubnetGroupName": "$Subnets", "BackupRetentionPeriod": 0, "PreferredBackupWindow": "03:00-04:00",
        "PreferredMaintenanceWindow": "sun:04:00-sun:05:00"});
    cloud.create("Database", kind, database(good)).unwrap();
    let copy = json!({"DBInstanceClass": "db.t4g.medium", "SourceDBInstanceIdentifier": "$Database"});
    cloud.refuses(kind, copy, "Automated backups are not enabled for this database instance.");
    cloud.create("Kept", kind, database(json!({"DBSubnetGroupName": "$Subnets", "StorageEncrypted": true}))).unwrap();
    let of = |source: &str| json!({"DBInstanceClass": "db.t4g.medium", "SourceDBInstanceIdentifier": source});
    cloud.refuses(kind, of("$Kept"), "where ManageMasterUserPassword is enabled is not supported");
    cloud.refuses(kind, of("arn:aws:rds:us-west-2:123456789012:db:none"), "not found");
    cloud.refuses(kind, of("arn:aws:rds:us-west-2:123456789012:cluster:none"), "Invalid source DB instance identifier");
    let mut elsewhere = of("arn:aws:rds:us-west-2:123456789012:db:none");
    elsewhere["SourceRegion"] = json!("us-east-2");
    cloud.refuses(kind, elsewhere, "SourceRegion isn't the region");
}

#[test]
fn storage_of_a_database_only_grows_and_stays_grown_when_an_update_is_taken_back() {
    let is = |size: &str, version: &str| {
        database(json!({"AllocatedStorage": size, "EngineVersion": version})).as_object().cloned().unwrap()
    };
    let kind = "AWS::RDS::DBInstance";
    let refusal =
        |from: Map<String, Value>, to: Map<String, Value>| refusal_of_change(kind, &from, &to).unwrap_or_default();
    assert!(refusal(is("100", "16.4"), is("50", "16.4")).contains("can't be less than the 100 that are allocated"));
    assert!(refusal(is("100", "16.4"), is("100", "15")).contains("Cannot upgrade postgres from 16.4 to 15"));
    assert_eq!(refusal(is("100", "16.4"), is("200", "16")), "");
    let left = left_by_a_rollback(kind, &is("200", "16.4"), &is("100", "16.4"));
    assert_eq!(left["AllocatedStorage"], "200");
    assert_eq!(left_by_a_rollback(kind, &is("100", "16.4"), &is("200", "16.4"))["AllocatedStorage"], "200");
}

#[test]
fn keys_can_be_changed_later_and_log_groups_only_use_those_that_let_them() {
    let mut cloud = Cloud::new();
    let key = |principal: Value| {
        json!({"KeyPolicy": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"},
        ]}})
    };
    let mut locked = key(json!({"Service": "logs.eu-west-1.amazonaws.com"}));
    locked["KeyPolicy"]["Statement"][0]["Action"] = json!("kms:Decrypt");
    cloud.refuses("AWS::KMS::Key", locked, "will not allow you to update the key policy in the future.");
    cloud.create("Deaf", "AWS::KMS::Key", key(json!({"Service": "sns.amazonaws.com"}))).unwrap();
    cloud.create("Open", "AWS::KMS::Key", key(json!({"Service": "logs.eu-west-1.amazonaws.com"}))).unwrap();
    let group = |key: &str| json!({"LogGroupName": "/x", "KmsKeyId": key});
    cloud.refuses("AWS::Logs::LogGroup", group("$Deaf.Arn"), "does not exist or is not allowed to be used with Arn");
    cloud.create("Group", "AWS::Logs::LogGroup", group("$Open.Arn")).unwrap();
}

#[test]
fn a_public_bucket_policy_is_refused_where_public_access_is_blocked() {
    let mut cloud = Cloud::new().with("Bucket", "AWS::S3::Bucket", json!({"BucketName": "pictures"}));
    let kind = "AWS::S3::BucketPolicy";
    let policy = |principal: Value, resource: &str| {
        json!({"Bucket": "$Bucket", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": resource},
        ]}})
    };
    let all = "arn:aws:s3:::pictures/*";
    cloud.refuses(kind, policy(json!("*"), all), "public policies are prevented by the BlockPublicPolicy setting");
    cloud.refuses(
        kind,
        policy(json!({"Service": "cloudfront.amazonaws.com"}), "arn:aws:s3:::others/*"),
        "Policy has invalid resource",
    );
    cloud.create("Policy", kind, policy(json!({"Service": "cloudfront.amazonaws.com"}), all)).unwrap();
    let rules = json!({"BucketName": "rules", "LifecycleConfiguration": {"Rules": [
        {"Status": "Enabled", "ExpirationInDays": 10, "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 30}]},
    ]}});
    cloud.refuses("AWS::S3::Bucket", rules, "'Days' in the Expiration action");
}

#[test]
fn objects_are_copied_only_from_versions_to_versions_by_a_role_that_is_there() {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ]});
    let mut cloud = Cloud::new()
        .with("Role", "AWS::IAM::Role", json!({"AssumeRolePolicyDocument": trust}))
        .with("Plain", "AWS::S3::Bucket", json!({"BucketName": "plain"}))
        .with(
            "There",
            "AWS::S3::Bucket",
            json!({"BucketName": "there", "VersioningConfiguration": {"Status": "Enabled"}}),
        );
    let copied = |versions: &str, role: &str, into: &str, key: Value| {
        let mut destination = json!({"Bucket": format!("arn:aws:s3:::{into}")});
        if !key.is_null() {
            destination["EncryptionConfiguration"] = key;
        }
        json!({"VersioningConfiguration": {"Status": versions}, "ReplicationConfiguration": {"Role": role, "Rules": [{
            "Status": "Enabled",
            "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
            "Destination": destination,
        }]}})
    };
    let key = json!({"ReplicaKmsKeyID": "arn:aws:kms:us-west-2:123456789012:alias/aws/s3"});
    let kind = "AWS::S3::Bucket";
    let role = "$Role.Arn";
    cloud.refuses(kind, copied("Suspended", role, "there", key.clone()), "Versioning must be 'Enabled'");
    cloud.refuses(
        kind,
        copied("Enabled", "arn:aws:iam::123456789012:role/none", "there", key.clone()),
        "doesn't exist",
    );
    cloud.refuses(kind, copied("Enabled", role, "nowhere", key.clone()), "Destination bucket must exist");
    cloud.refuses(kind, copied("Enabled", role, "plain", key.clone()), "must have versioning enabled");
    cloud.refuses(kind, copied("Enabled", role, "there", Value::Null), "ReplicaKmsKeyID must be specified");
    cloud.create("Copied", kind, copied("Enabled", role, "there", key)).unwrap();
}

#[test]
fn references_to_secrets_and_parameters_are_to_existing_ones() {
    let mut cloud = Cloud::new().with("Secret", "AWS::SecretsManager::Secret", json!({"Name": "login"}));
    let kind = "AWS::SSM::Parameter";
    let parameter = |text: &str| json!({"Type": "String", "Value": text});
    cloud.refuses(kind, parameter("{{resolve:secretsmanager:none:SecretString:p}}"), "can't find the specified secret");
    cloud.refuses(kind, parameter("{{resolve:ssm:/none:1}}"), "Unable to fetch parameters [/none]");
    cloud.create("One", kind, parameter("{{resolve:secretsmanager:login:SecretString:p}}")).unwrap();
}

#[test]
fn alarms_look_back_a_day_at_most_and_return_one_thing() {
    let mut cloud = Cloud::new();
    let alarm = |extra: Value| {
        let mut alarm = json!({"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1});
        for (name, value) in extra.as_object().unwrap() {
            alarm[name] = value.clone();
        }
        alarm
    };
    let kind = "AWS::CloudWatch::Alarm";
    let single = |period: u32, count: u32| {
        alarm(
            json!({"MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": period, "EvaluationPeriods": count}),
        )
    };
    cloud.refuses(kind, single(45, 1), "The parameter Period must be 10, 20, 30 or a multiple of 60");
    cloud.refuses(kind, single(300, 300), "Metrics cannot be checked across more than a day");
    let metrics = alarm(json!({"Metrics": [{"Id": "a", "Expression": "1"}, {"Id": "b", "Expression": "2"}]}));
    cloud.refuses(kind, metrics, "Exactly one element of the metrics list should return data.");
    cloud.refuses("AWS::CloudWatch::Dashboard", json!({"DashboardBody": "["}), "must be a valid JSON object");
}

#[test]
fn schedules_are_readable_and_their_roles_usable() {
    let mut cloud = Cloud::new().with("Role", "AWS::IAM::Role", role("lambda.amazonaws.com", &[]));
    cloud.refuses(
        "AWS::Events::Rule",
        json!({"ScheduleExpression": "rate(1 minutes)"}),
        "ScheduleExpression is not valid.",
    );
    let schedule = |expression: &str| {
        json!({"ScheduleExpression": expression, "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "RoleArn": "$Role.Arn"}})
    };
    cloud.refuses("AWS::Scheduler::Schedule", schedule("daily"), "Invalid Schedule Expression daily.");
    cloud.refuses(
        "AWS::Scheduler::Schedule",
        schedule("rate(1 minutes)"),
        "must allow AWS EventBridge Scheduler to assume the role",
    );
}

#[test]
fn what_is_in_use_is_not_deleted() {
    let mut cloud = Cloud::network();
    let delete = |cloud: &mut Cloud, name: &str| {
        let (kind, id) = cloud.made[name].clone();
        lifecycle::delete(&mut cloud.world, &kind, &Cloud::place(), &id)
    };
    let reason = delete(&mut cloud, "Vpc").unwrap_err();
    assert!(reason.contains("has dependencies and cannot be deleted."), "{reason}");
    for name in ["Group", "A", "B", "Vpc"] {
        delete(&mut cloud, name).unwrap();
    }
}
