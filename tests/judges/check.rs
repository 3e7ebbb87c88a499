//! Our check of properties against the registry schemas beside cfn-lint's: both see the same faults, and neither sees one where there is
//! none.

use std::collections::BTreeMap;
use std::error::Error;

use landfall::clouds::aws::registry;
use serde_json::{Value, json};

use crate::python;

/// Properties with one fault each, or none, by a name.
fn samples() -> Vec<(&'static str, &'static str, Value, bool)> {
    const QUEUE: &str = "AWS::SQS::Queue";
    const FUNCTION: &str = "AWS::Lambda::Function";
    const BUCKET: &str = "AWS::S3::Bucket";
    const INGRESS: &str = "AWS::EC2::SecurityGroupIngress";
    let function = |extra: Value| {
        let mut all = json!({"Code": {"S3Bucket": "bucket", "S3Key": "k"}, "Handler": "a.b", "Runtime": "python3.13",
            "Role": "arn:aws:iam::123456789012:role/r"});
        if let (Value::Object(all), Value::Object(extra)) = (&mut all, extra) {
            all.extend(extra);
        }
        all
    };
    vec![
        ("nothing", QUEUE, json!({}), false),
        ("scalars as text", QUEUE, json!({"DelaySeconds": "5", "FifoQueue": "true"}), false),
        (
            "functions",
            QUEUE,
            json!({"DelaySeconds": {"Ref": "Number"}, "QueueName": {"Fn::Sub": "${AWS::StackName}-q"}}),
            false,
        ),
        ("no value", QUEUE, json!({"DelaySeconds": {"Fn::If": ["Yes", 5, {"Ref": "AWS::NoValue"}]}}), false),
        (
            "a whole function",
            FUNCTION,
            function(json!({"MemorySize": 512, "Timeout": 60, "Architectures": ["arm64"],
            "Environment": {"Variables": {"STAGE": "b"}}, "TracingConfig": {"Mode": "Active"}, "EphemeralStorage": {"Size": 512}})),
            false,
        ),
        ("tags", QUEUE, json!({"Tags": [{"Key": "a", "Value": "b"}]}), false),
        (
            "a bucket",
            BUCKET,
            json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true},
            "LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 5}]}}),
            false,
        ),
        (
            "one source",
            INGRESS,
            json!({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": "10.0.0.0/8", "GroupId": "sg-12345678"}),
            false,
        ),
        ("unknown property", QUEUE, json!({"Delay": 5}), true),
        ("unknown nested property", FUNCTION, function(json!({"VpcConfig": {"Subnets": []}})), true),
        ("missing property", FUNCTION, json!({"Handler": "a.b"}), true),
        ("missing nested property", QUEUE, json!({"Tags": [{"Key": "a"}]}), true),
        (
            "missing by no value",
            "AWS::SNS::Subscription",
            json!({"Protocol": "sqs", "TopicArn": {"Ref": "AWS::NoValue"}}),
            true,
        ),
        ("list for text", QUEUE, json!({"QueueName": ["a"]}), true),
        ("text for list", FUNCTION, function(json!({"Architectures": "arm64"})), true),
        ("text for number", QUEUE, json!({"DelaySeconds": "soon"}), true),
        ("text for truth", QUEUE, json!({"FifoQueue": "perhaps"}), true),
        ("object for text", BUCKET, json!({"BucketName": {"a": 1, "b": 2}}), true),
        ("beyond the most", QUEUE, json!({"DelaySeconds": 901}), true),
        ("below the least", FUNCTION, function(json!({"MemorySize": 1})), true),
        ("not among those allowed", FUNCTION, function(json!({"TracingConfig": {"Mode": "Loud"}})), true),
        ("a choice with a fault", QUEUE, json!({"DelaySeconds": {"Fn::If": ["Yes", 901, 5]}}), true),
        ("against the pattern", FUNCTION, function(json!({"Role": "admin"})), true),
        ("too long", FUNCTION, function(json!({"Description": "x".repeat(257)})), true),
        ("too many items", "AWS::IAM::InstanceProfile", json!({"Roles": ["a", "b"]}), true),
        (
            "excluding each other",
            INGRESS,
            json!({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": "10.0.0.0/8",
            "SourceSecurityGroupId": "sg-12345678", "GroupId": "sg-12345678"}),
            true,
        ),
        (
            "none of several",
            "AWS::IAM::Policy",
            json!({"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}}),
            true,
        ),
    ]
}

#[test]
fn faults_in_properties_are_those_that_cfn_lint_sees() -> Result<(), Box<dyn Error>> {
    let id = |name: &str| -> String { name.split(' ').map(|word| word[..1].to_uppercase() + &word[1..]).collect() };
    let resources: BTreeMap<_, _> = samples()
        .into_iter()
        .map(|(name, kind, properties, _)| (id(name), json!({"Type": kind, "Properties": properties})))
        .collect();
    let template = json!({
        "Parameters": {"Number": {"Type": "Number", "Default": 1}},
        "Conditions": {"Yes": {"Fn::Equals": [{"Ref": "Number"}, 1]}},
        "Resources": resources,
    });
    let script = python::root().join("tests/judges/lint.py");
    let answer = python::run(&script, &[], &template.to_string())?;
    let theirs: BTreeMap<String, Vec<String>> = serde_json::from_str(&answer)?;
    for (name, kind, properties, faulty) in samples() {
        let ours = registry::find(kind).ok_or(kind)?.check(&properties);
        let their = theirs.get(&id(name)).cloned().unwrap_or_default();
        assert_eq!(!ours.is_empty(), faulty, "{name}: ours {ours:?}");
        assert_eq!(!their.is_empty(), faulty, "{name}: cfn-lint's {their:?}");
    }
    Ok(())
}
