//! What widens, and what doesn't.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::{Just, ProptestConfig, Strategy, prop, prop_assert, prop_oneof, proptest};
use serde_json::{Value, json};

use super::widened;
use crate::plan::resource::Resource;

fn resource(id: &str, kind: &str, properties: Value) -> Resource {
    Resource {
        id: id.to_owned(),
        kind: kind.to_owned(),
        component: None,
        origin: None,
        properties,
        attributes: BTreeMap::new(),
        depends_on: BTreeSet::new(),
    }
}

/// The widenings as text, the public ones marked with `!`.
fn said(before: &[Resource], after: &[Resource]) -> Vec<String> {
    widened(before, after)
        .into_iter()
        .map(|found| format!("{}{} {}", found.resource, if found.public { "!" } else { "" }, found.what))
        .collect()
}

fn allow(action: Value, on: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": on})
}

fn role(statements: Value) -> Resource {
    resource(
        "Role",
        "AWS::IAM::Role",
        json!({"Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": statements}}]}),
    )
}

fn policy(id: &str, statements: Value) -> Resource {
    resource(id, "AWS::IAM::Policy", json!({"Roles": [{"Ref": "Role"}], "PolicyDocument": {"Statement": statements}}))
}

#[test]
fn a_further_action_or_resource_widens_and_only_that_is_named() {
    let before = [role(json!([allow(json!("s3:GetObject"), json!("a/*"))]))];
    let after = [role(json!([allow(json!(["s3:GetObject", "s3:PutObject"]), json!("a/*"))]))];
    assert_eq!(said(&before, &after), ["Role may s3:PutObject on a/*"]);
    let after = [role(json!([allow(json!("s3:GetObject"), json!(["a/*", "b/*"]))]))];
    assert_eq!(said(&before, &after), ["Role may s3:GetObject on b/*"]);
}

#[test]
fn a_pattern_that_takes_in_more_widens_and_one_that_takes_in_less_does_not() {
    let narrow = [role(json!([allow(json!("s3:GetObject"), json!("a/b/*"))]))];
    let wide = [role(json!([allow(json!("s3:Get*"), json!("a/*"))]))];
    assert_eq!(said(&narrow, &wide), ["Role may s3:Get* on a/*"]);
    assert!(said(&wide, &narrow).is_empty());
}

#[test]
fn a_permission_that_moves_between_statements_and_policies_is_no_widening() {
    let together = [role(json!([allow(json!(["s3:GetObject", "sqs:SendMessage"]), json!("*"))]))];
    let apart = [
        role(json!([allow(json!("sqs:SendMessage"), json!("*"))])),
        policy("Extra", json!([allow(json!("s3:GetObject"), json!("*"))])),
    ];
    assert!(said(&together, &apart).is_empty());
    assert!(said(&apart, &together).is_empty());
}

#[test]
fn a_condition_that_goes_widens_and_one_that_comes_does_not() {
    let mut tied = allow(json!("sts:AssumeRole"), json!("*"));
    tied["Condition"] = json!({"StringEquals": {"aws:SourceAccount": "111122223333"}});
    let free = allow(json!("sts:AssumeRole"), json!("*"));
    let (tied, free) = ([role(json!([tied]))], [role(json!([free]))]);
    assert_eq!(said(&tied, &free), ["Role may sts:AssumeRole on *"]);
    assert!(said(&free, &tied).is_empty());
}

#[test]
fn all_but_some_actions_widens_over_some_actions() {
    let some = [role(json!([allow(json!("s3:*"), json!("*"))]))];
    let but = [role(json!([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]))];
    assert_eq!(said(&some, &but), ["Role may everything but iam:* on *"]);
    assert!(said(&but, &some).is_empty());
}

#[test]
fn a_denial_that_goes_or_shrinks_widens() {
    let allow_all = allow(json!("s3:*"), json!("*"));
    let deny = |action: &str| json!({"Effect": "Deny", "Action": action, "Resource": "*"});
    let with = |action| [role(json!([allow_all.clone(), deny(action)]))];
    let without = [role(json!([allow_all.clone()]))];
    assert_eq!(said(&with("s3:Delete*"), &without), ["Role s3:Delete* on * is no longer denied"]);
    assert_eq!(said(&with("s3:Delete*"), &with("s3:DeleteObject")), ["Role s3:Delete* on * is no longer denied"]);
    assert!(said(&with("s3:DeleteObject"), &with("s3:Delete*")).is_empty());
    assert!(said(&without, &with("s3:Delete*")).is_empty());
}

#[test]
fn a_managed_policy_and_a_lost_boundary_widen() {
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    let plain = [resource("Role", "AWS::IAM::Role", json!({"PermissionsBoundary": "b"}))];
    let admin = [resource("Role", "AWS::IAM::Role", json!({"ManagedPolicyArns": [arn]}))];
    assert_eq!(
        said(&plain, &admin),
        [format!("Role gains all that the managed policy {arn} allows"), "Role is no longer bounded by b".to_owned()]
    );
}

#[test]
fn a_managed_policy_of_the_same_document_is_looked_into() {
    let managed = |actions: Value| {
        resource("P", "AWS::IAM::ManagedPolicy", json!({"PolicyDocument": {"Statement": [allow(actions, json!("*"))]}}))
    };
    let holder = |held: Value| resource("Role", "AWS::IAM::Role", json!({"ManagedPolicyArns": held}));
    let before = [managed(json!("s3:GetObject")), holder(json!([]))];
    let after = [managed(json!("s3:GetObject")), holder(json!([{"Ref": "P"}]))];
    assert_eq!(said(&before, &after), ["P may s3:GetObject on *"]);
    // What the role has already from elsewhere is nothing new.
    let mut both = holder(json!([]));
    both.properties["Policies"] = json!([{"PolicyDocument": {"Statement": [allow(json!("s3:*"), json!("*"))]}}]);
    assert!(
        said(&[managed(json!("s3:GetObject")), both], &[managed(json!("s3:GetObject")), holder(json!([{"Ref": "P"}]))])
            .is_empty()
    );
}

#[test]
fn trust_in_another_account_widens_and_trust_in_everybody_is_public() {
    let trust = |who: Value| {
        [resource(
            "Role",
            "AWS::IAM::Role",
            json!({"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": who}]}}),
        )]
    };
    let service = trust(json!({"Service": "ecs-tasks.amazonaws.com"}));
    assert_eq!(
        said(&service, &trust(json!({"AWS": "111122223333", "Service": "ecs-tasks.amazonaws.com"}))),
        ["Role arn:aws:iam::111122223333:root may sts:AssumeRole"]
    );
    assert_eq!(said(&service, &trust(json!("*"))), ["Role! anybody may sts:AssumeRole"]);
}

#[test]
fn a_bucket_policy_for_everybody_is_public_unless_a_condition_ties_it() {
    let with = |condition: Value| {
        let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "b/*", "Principal": "*", "Condition": condition});
        [resource(
            "P",
            "AWS::S3::BucketPolicy",
            json!({"Bucket": {"Ref": "B"}, "PolicyDocument": {"Statement": [statement]}}),
        )]
    };
    assert_eq!(said(&[], &with(json!({}))), ["P! anybody may s3:GetObject on b/*"]);
    assert_eq!(
        said(&[], &with(json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}))),
        ["P anybody may s3:GetObject on b/*, where StringEquals aws:SourceVpce vpce-1"]
    );
    assert_eq!(said(&[], &with(json!({"Bool": {"aws:SecureTransport": "true"}}))).len(), 1);
    assert!(said(&[], &with(json!({"Bool": {"aws:SecureTransport": "true"}})))[0].starts_with("P!"));
}

#[test]
fn policies_of_keys_queues_registries_and_functions_are_seen() {
    let everybody =
        json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": {"AWS": "*"}}]});
    for (kind, properties) in [
        ("AWS::KMS::Key", json!({"KeyPolicy": everybody})),
        ("AWS::SQS::QueuePolicy", json!({"Queues": ["q"], "PolicyDocument": everybody})),
        ("AWS::SNS::TopicPolicy", json!({"Topics": ["t"], "PolicyDocument": everybody})),
        ("AWS::ECR::Repository", json!({"RepositoryPolicyText": everybody})),
        ("AWS::SecretsManager::ResourcePolicy", json!({"SecretId": "s", "ResourcePolicy": everybody.to_string()})),
        ("AWS::Lambda::Permission", json!({"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "*"})),
        ("AWS::Lambda::Url", json!({"AuthType": "NONE"})),
    ] {
        let found = said(&[], &[resource("R", kind, properties)]);
        assert_eq!(found.len(), 1, "{kind} {found:?}");
        assert!(found[0].starts_with("R!"), "{kind} {found:?}");
    }
    let service = json!({"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": "arn:r"});
    assert!(!said(&[], &[resource("R", "AWS::Lambda::Permission", service)])[0].starts_with("R!"));
}

#[test]
fn a_policy_on_what_was_open_before_narrows() {
    let endpoint = |policy: Value| [resource("E", "AWS::EC2::VPCEndpoint", policy)];
    let closed = json!({"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "b", "Principal": "*"}]}});
    assert!(said(&endpoint(json!({})), &endpoint(closed.clone())).is_empty());
    assert_eq!(said(&endpoint(closed), &endpoint(json!({}))).len(), 1);
}

fn group(ingress: Value) -> [Resource; 1] {
    [resource("Sg", "AWS::EC2::SecurityGroup", json!({"SecurityGroupIngress": ingress}))]
}

fn tcp(from: i64, to: i64, cidr: &str) -> Value {
    json!({"IpProtocol": "tcp", "FromPort": from, "ToPort": to, "CidrIp": cidr})
}

#[test]
fn a_larger_block_or_range_of_ports_widens_and_a_smaller_one_does_not() {
    let before = group(json!([tcp(80, 90, "10.0.0.0/16")]));
    assert!(said(&before, &group(json!([tcp(80, 80, "10.0.4.0/24")]))).is_empty());
    assert_eq!(said(&before, &group(json!([tcp(80, 91, "10.0.0.0/16")]))), ["Sg tcp 80-91 from 10.0.0.0/16"]);
    assert_eq!(said(&before, &group(json!([tcp(80, 80, "10.0.0.0/15")]))), ["Sg tcp 80 from 10.0.0.0/15"]);
    assert_eq!(
        said(&before, &group(json!([tcp(80, 80, "0.0.0.0/0")]))),
        ["Sg! tcp 80 from anybody on the internet (IPv4)"]
    );
    let halves = group(json!([tcp(80, 80, "10.0.0.0/17"), tcp(80, 80, "10.0.128.0/17")]));
    assert!(said(&halves, &group(json!([tcp(80, 80, "10.0.0.0/16")]))).is_empty());
}

#[test]
fn a_rule_of_its_own_belongs_to_its_group() {
    let inline = group(json!([tcp(5432, 5432, "10.0.0.0/16")]));
    let apart = [
        group(json!([])).into_iter().next().unwrap(),
        resource("Rule", "AWS::EC2::SecurityGroupIngress", {
            let mut rule = tcp(5432, 5432, "10.0.0.0/16");
            rule["GroupId"] = json!({"Fn::GetAtt": ["Sg", "GroupId"]});
            rule
        }),
    ];
    assert!(said(&inline, &apart).is_empty());
    assert!(said(&apart, &inline).is_empty());
    assert_eq!(said(&group(json!([])), &apart), ["Rule tcp 5432 from 10.0.0.0/16"]);
}

#[test]
fn another_source_group_widens_and_every_protocol_covers_each() {
    let from = |source: &str, protocol: &str| {
        group(json!([{"IpProtocol": protocol, "FromPort": 80, "ToPort": 80, "SourceSecurityGroupId": {"Ref": source}}]))
    };
    assert_eq!(said(&from("A", "tcp"), &from("B", "tcp")), ["Sg tcp 80 from ${B}"]);
    assert!(said(&from("A", "-1"), &from("A", "udp")).is_empty());
    assert!(said(&from("A", "6"), &from("A", "tcp")).is_empty());
    assert_eq!(said(&from("A", "tcp"), &from("A", "-1")), ["Sg everything from ${A}"]);
}

#[test]
fn letting_everything_out_is_the_default_and_no_widening_when_it_is_written_down() {
    let group = |egress: Value| [resource("Sg", "AWS::EC2::SecurityGroup", egress)];
    let all = json!({"SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]});
    let one =
        json!({"SecurityGroupEgress": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}]});
    assert!(said(&group(json!({})), &group(all.clone())).is_empty());
    assert_eq!(said(&group(one), &group(all)), ["Sg everything to anywhere (IPv4)"]);
    let nowhere = json!({"SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}]});
    assert!(said(&[], &group(nowhere)).is_empty());
}

#[test]
fn switches_that_open_are_named_once_they_are_thrown() {
    let instance = |on: Value| [resource("Db", "AWS::RDS::DBInstance", json!({"PubliclyAccessible": on}))];
    assert_eq!(said(&instance(json!(false)), &instance(json!("true"))), ["Db! gets a public address"]);
    assert!(said(&instance(json!(true)), &instance(json!("true"))).is_empty());
    assert!(said(&instance(json!(true)), &instance(json!(false))).is_empty());
    let balancer = |scheme: Value| [resource("Lb", "AWS::ElasticLoadBalancingV2::LoadBalancer", scheme)];
    assert_eq!(said(&balancer(json!({"Scheme": "internal"})), &balancer(json!({}))), ["Lb! faces the internet"]);
}

#[test]
fn a_public_access_block_that_goes_widens_in_part_or_whole() {
    let bucket = |block: Value| [resource("B", "AWS::S3::Bucket", block)];
    let all = json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true}});
    let part = json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": false, "IgnorePublicAcls": true, "RestrictPublicBuckets": true}});
    assert_eq!(
        said(&bucket(all.clone()), &bucket(part)),
        ["B! public access is no longer blocked: public bucket policies can be set"]
    );
    assert_eq!(said(&bucket(all.clone()), &bucket(json!({}))).len(), 1);
    assert!(said(&[], &bucket(json!({}))).is_empty());
    assert!(said(&bucket(json!({})), &bucket(all)).is_empty());
}

/// Statements over few actions, resources and principals, so that they often overlap.
fn some_statements() -> impl Strategy<Value = Vec<Value>> {
    let action = prop_oneof![Just("s3:*"), Just("s3:get*"), Just("s3:getobject"), Just("sqs:*"), Just("*")];
    let on = prop_oneof![Just("*"), Just("a*"), Just("ab"), Just("b")];
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let one = (action, on, effect, prop::bool::ANY).prop_map(|(action, on, effect, tied)| {
        let condition = if tied { json!({"StringEquals": {"aws:SourceAccount": "1"}}) } else { json!({}) };
        json!({"Effect": effect, "Action": action, "Resource": on, "Condition": condition})
    });
    prop::collection::vec(one, 0..4)
}

/// Whether a role with these statements may do something (IAM: an allow, and no deny).
fn may(statements: &[Value], action: &str, on: &str, account: &str) -> bool {
    let takes = |statement: &Value| {
        let matches =
            |key: &str, text: &str| crate::clouds::aws::policy::covers(statement[key].as_str().unwrap(), text);
        let free = statement["Condition"].as_object().unwrap().is_empty();
        matches("Action", action) && matches("Resource", on) && (free || account == "1")
    };
    let with = |effect: &str| statements.iter().any(|statement| statement["Effect"] == effect && takes(statement));
    with("Allow") && !with("Deny")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_is_gained_without_being_named(before in some_statements(), after in some_statements()) {
        let found = said(&[role(json!(before))], &[role(json!(after))]);
        for action in ["s3:getobject", "s3:putobject", "sqs:sendmessage", "ec2:run"] {
            for on in ["ab", "ac", "b", "z"] {
                for account in ["1", "2"] {
                    let gains = may(&after, action, on, account) && !may(&before, action, on, account);
                    prop_assert!(!gains || !found.is_empty(), "{action} on {on} from {account} is gained: {before:?} {after:?}");
                }
            }
        }
    }

    #[test]
    fn the_same_statements_in_another_order_widen_nothing(mut statements in some_statements()) {
        let before = [role(json!(statements))];
        statements.reverse();
        prop_assert!(said(&before, &[role(json!(statements))]).is_empty());
    }
}
