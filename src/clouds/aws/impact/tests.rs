//! What is asked of the knowledge one by one; whole comparisons are tested in `comparison`.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Map, Value, json};

use super::*;
use crate::plan::diff::diff;

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

/// The impacts of the differences between two states of a resource.
fn impacts(kind: &str, before: Value, after: Value) -> Vec<(String, Impact)> {
    let changes = diff(&[resource("A", kind, before)], &[resource("A", kind, after)], &CloudFormation);
    changes.into_iter().flat_map(|change| change.fields).map(|field| (field.path, field.impact)).collect()
}

#[test]
fn every_impact_says_why_and_where_that_is_known_from() {
    for (kind, name) in [
        ("AWS::SQS::Queue", "QueueName"),
        ("AWS::SQS::Queue", "DelaySeconds"),
        ("AWS::RDS::DBInstance", "EngineVersion"),
        ("AWS::RDS::DBInstance", "RestoreTime"),
        ("Custom::Thing", "Anything"),
        ("AWS::Nowhere::Nothing", "Anything"),
    ] {
        let found = impacts(kind, json!({name: "1"}), json!({name: "2"}));
        assert_eq!(found.len(), 1, "{kind}.{name}");
        assert!(!found[0].1.why.is_empty() && !found[0].1.source.is_empty(), "{kind}.{name}");
    }
}

#[test]
fn a_create_only_property_inside_a_group_replaces_only_where_it_is_touched() {
    let kind = "AWS::MSK::Cluster";
    let with = |subnets: Value, size: i64| json!({"BrokerNodeGroupInfo": {"ClientSubnets": subnets, "StorageInfo": {"EBSStorageInfo": {"VolumeSize": size}}}});
    let grown = impacts(kind, with(json!(["s"]), 10), with(json!(["s"]), 20));
    assert_eq!(grown[0].1.consequence, Consequence::InPlace);
    let moved = impacts(kind, with(json!(["s"]), 10), with(json!(["t"]), 10));
    assert!(moved.iter().all(|(_, impact)| impact.consequence == Consequence::Replacement && impact.certain));
    // A group that comes as a whole replaces where something create-only is in it.
    let kind = "AWS::ECR::Repository";
    let come = impacts(kind, json!({}), json!({"EncryptionConfiguration": {"EncryptionType": "KMS"}}));
    assert_eq!(come[0].1.consequence, Consequence::Replacement);
}

#[test]
fn a_type_that_has_no_update_is_replaced_by_any_change() {
    let found = impacts(
        "AWS::Glue::SecurityConfiguration",
        json!({"EncryptionConfiguration": {}}),
        json!({"EncryptionConfiguration": {"S3Encryptions": []}}),
    );
    assert_eq!(found[0].1.consequence, Consequence::Replacement);
}

#[test]
fn the_page_of_a_type_is_named_as_aws_names_it() {
    assert!(page("AWS::RDS::DBInstance").ends_with("/aws-resource-rds-dbinstance.html"));
    assert!(attribute_page("DeletionPolicy").ends_with("/aws-attribute-deletionpolicy.html"));
}

/// Properties of a queue, a database or a role, with few values so that they often agree.
fn some_resource() -> impl Strategy<Value = (String, Value)> {
    let tags = prop::collection::btree_map("[ab]", "[xy]", 0..3).prop_map(|tags| {
        Value::Array(tags.into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect())
    });
    let number = prop_oneof![Just(json!(30)), Just(json!("30")), Just(json!(60)), Just(json!({"Ref": "B"}))];
    let subnets = prop::collection::btree_set("subnet-[1-3]", 0..3).prop_map(|set| json!(set));
    let kind = prop_oneof![Just("AWS::SQS::Queue"), Just("AWS::RDS::DBInstance"), Just("AWS::Lambda::Function")];
    (kind, tags, number, subnets, any::<bool>()).prop_map(|(kind, tags, number, subnets, with)| {
        let mut properties = Map::new();
        if with {
            properties.insert("Tags".to_owned(), tags);
        }
        let (a, b) = match kind {
            "AWS::SQS::Queue" => ("VisibilityTimeout", "QueueName"),
            "AWS::RDS::DBInstance" => ("AllocatedStorage", "VPCSecurityGroups"),
            _ => ("Timeout", "Layers"),
        };
        properties.insert(a.to_owned(), number);
        properties.insert(b.to_owned(), if b == "QueueName" { json!(subnets.to_string()) } else { subnets });
        (kind.to_owned(), Value::Object(properties))
    })
}

fn some_document() -> impl Strategy<Value = Vec<Resource>> {
    prop::collection::btree_map("[A-C]", some_resource(), 0..4)
        .prop_map(|all| all.into_iter().map(|(id, (kind, properties))| resource(&id, &kind, properties)).collect())
}

/// The same with every set in another order and every number as text.
fn rewritten(value: &Value, name: &str) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, inner)| (key.clone(), rewritten(inner, key))).collect())
        }
        Value::Array(items) => {
            let items = items.iter().map(|inner| rewritten(inner, name));
            if name == "Layers" { items.collect() } else { items.rev().collect() }
        }
        Value::Number(number) => Value::String(number.to_string()),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_document_does_not_differ_from_itself_however_it_is_written(document in some_document()) {
        prop_assert!(diff(&document, &document, &CloudFormation).is_empty());
        let other: Vec<Resource> = document
            .iter()
            .map(|resource| Resource { properties: rewritten(&resource.properties, ""), ..resource.clone() })
            .collect();
        prop_assert_eq!(diff(&document, &other, &CloudFormation), vec![]);
    }

    #[test]
    fn the_way_back_undoes_the_way_there(a in some_document(), b in some_document()) {
        let there = diff(&a, &b, &CloudFormation);
        let back = diff(&b, &a, &CloudFormation);
        prop_assert_eq!(there.len(), back.len());
        for (go, come) in there.iter().zip(&back) {
            prop_assert_eq!(&go.id, &come.id);
            let mirrored = match go.action {
                Action::Create => matches!(come.action, Action::Delete | Action::Forget),
                Action::Delete | Action::Forget => come.action == Action::Create,
                Action::Update | Action::Replace => come.action == go.action,
            };
            prop_assert!(mirrored, "{go:?} {come:?}");
            // Places in lists may differ, the values don't.
            let mut went: Vec<_> = go.fields.iter().map(|f| format!("{:?} {:?}", f.before, f.after)).collect();
            let mut came: Vec<_> = come.fields.iter().map(|f| format!("{:?} {:?}", f.after, f.before)).collect();
            went.sort();
            came.sort();
            prop_assert_eq!(went, came);
        }
    }
}
