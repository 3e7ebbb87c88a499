//! The meaning of a resource's properties: what CloudFormation and the services make of what is written.
//!
//! The registry schemas say which lists are sets, which texts are numbers and what stands in for an absent property; policy documents
//! and JSON in texts are taken apart; secrets are marked so that they are compared and never shown.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::registry::Property;
use super::{defaults, intrinsics, policy, registry, secrecy};
use crate::plan::meaning::{Meaning, Referred, Scalar};
use crate::plan::resource::Resource;

/// Lists whose order means nothing though the registry schemas don't say so: they hold groups, subnets, targets or tags that the service
/// keeps as a set (the types' API references: none of these calls gives the order a meaning).
const SETS: [&str; 18] = [
    "AlarmActions",
    "AttributeDefinitions",
    "AvailabilityZones",
    "DBSecurityGroups",
    "EnableCloudwatchLogsExports",
    "GlobalSecondaryIndexes",
    "InsufficientDataActions",
    "LocalSecondaryIndexes",
    "ManagedPolicyArns",
    "OKActions",
    "PreferredCacheClusterAZs",
    "SecurityGroupIds",
    "SecurityGroups",
    "SubnetIds",
    "Subnets",
    "Tags",
    "VPCSecurityGroups",
    "VpcSecurityGroupIds",
];

/// Fields that name an element of a set, the first that all elements have.
const KEYS: [&str; 12] = [
    "Key",
    "Name",
    "Sid",
    "Id",
    "AttributeName",
    "IndexName",
    "ParameterKey",
    "ParameterName",
    "PolicyName",
    "DeviceName",
    "ContainerName",
    "LogicalName",
];

/// Parts of a policy statement that are one value or a set of values.
const ONE_OR_MANY: [&str; 6] = ["Action", "NotAction", "Resource", "NotResource", "AWS", "Service"];

/// The meaning of a resource's properties.
pub fn of(resource: &Resource) -> Meaning {
    let schema = registry::find(&resource.kind).and_then(|schema| schema.property(&[]));
    let empty = Map::new();
    let properties = resource.properties.as_object().unwrap_or(&empty);
    let mut fields = object(properties, schema);
    for (name, value) in defaults::of(&resource.kind) {
        fields.entry(name.to_owned()).or_insert_with(|| {
            let schema = schema.and_then(|schema| schema.descend(&[name]));
            Meaning::Assumed(Box::new(meaning(name, &value, schema)))
        });
    }
    Meaning::Fields(fields)
}

/// The meaning of an object's fields, with the schema's defaults for those that are absent.
fn object(written: &Map<String, Value>, schema: Option<Property<'_>>) -> BTreeMap<String, Meaning> {
    let named = pair_name(written);
    let mut fields: BTreeMap<String, Meaning> = written
        .iter()
        .map(|(name, value)| {
            let below = schema.and_then(|schema| schema.descend(&[name]));
            // In `{Name: DB_PASSWORD, Value: …}` it is the name beside that tells.
            let told_by =
                if matches!(name.as_str(), "Value" | "ParameterValue") { named.unwrap_or(name) } else { name };
            (name.clone(), secret_or(told_by, value, meaning(name, value, below)))
        })
        .collect();
    if let Some(schema) = schema {
        let known = schema.schema().get("properties").and_then(Value::as_object);
        for name in known.into_iter().flat_map(Map::keys).filter(|name| !written.contains_key(*name)) {
            let below = schema.descend(&[name]);
            if let Some(default) = below.and_then(|below| below.default())
                && !default.is_object()
            {
                fields.insert(name.clone(), Meaning::Assumed(Box::new(meaning(name, default, below))));
            }
        }
    }
    fields
}

/// The name in a pair of name and value.
fn pair_name(fields: &Map<String, Value>) -> Option<&str> {
    ["Name", "Key", "ParameterKey", "ParameterName"].iter().find_map(|key| fields.get(*key)?.as_str())
}

fn secret_or(name: &str, value: &Value, meaning: Meaning) -> Meaning {
    if secrecy::is_secret(name, value) { Meaning::Secret(Box::new(meaning)) } else { meaning }
}

/// The meaning of one value; `name` is the field that it stands in.
fn meaning(name: &str, value: &Value, schema: Option<Property<'_>>) -> Meaning {
    if let Some(function) = intrinsics::function(value) {
        return of_function(name, value, function, schema);
    }
    match value {
        Value::Object(fields) if is_policy(fields) => policy_document(fields),
        Value::Object(fields) => Meaning::Fields(object(fields, schema)),
        Value::Array(items) => list(name, items, schema),
        Value::String(text) => match json_text(text, schema) {
            Some(inner) => meaning(name, &inner, None),
            None => scalar(value, schema),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => scalar(value, schema),
    }
}

/// Text that is JSON, where an object or list is as good: policies, dashboards, state machines, event patterns.
fn json_text(text: &str, schema: Option<Property<'_>>) -> Option<Value> {
    let start = text.trim_start();
    if !(start.starts_with('{') || start.starts_with('[')) {
        return None;
    }
    let wanted = schema.map(|schema| schema.types()).unwrap_or_default();
    if !wanted.is_empty() && !wanted.iter().any(|kind| matches!(*kind, "string" | "object" | "array")) {
        return None;
    }
    serde_json::from_str::<Value>(text).ok().filter(|inner| inner.is_object() || inner.is_array())
}

fn list(name: &str, items: &[Value], schema: Option<Property<'_>>) -> Meaning {
    let below = schema.and_then(|schema| schema.descend(&["*"]));
    let meanings: Vec<Meaning> = items
        .iter()
        .map(|item| {
            let inner = meaning(name, item, below);
            secret_or("", item, inner)
        })
        .collect();
    if schema.is_some_and(|schema| schema.is_set()) || SETS.contains(&name) {
        let key = key_of(&meanings);
        Meaning::Set { items: meanings, key }
    } else {
        Meaning::List(meanings)
    }
}

/// The field that names the elements: all have it, each a value of its own.
fn key_of(items: &[Meaning]) -> Option<&'static str> {
    KEYS.into_iter().find(|key| {
        let names: Vec<&str> = items.iter().filter_map(|item| item.field(key)?.text()).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        !items.is_empty() && names.len() == items.len() && sorted.len() == names.len()
    })
}

/// A single value as written, equal to what is written otherwise and means the same.
fn scalar(value: &Value, schema: Option<Property<'_>>) -> Meaning {
    let plain = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let same = match schema {
        Some(schema) if schema.is_number() => number(&plain).unwrap_or(plain),
        Some(schema) if schema.is_boolean() => plain.to_ascii_lowercase(),
        _ if value.is_number() => number(&plain).unwrap_or(plain),
        _ => plain,
    };
    Meaning::scalar(value.clone(), same)
}

/// A number in one form: `80`, `80.0` and `8e1` are the same.
fn number(text: &str) -> Option<String> {
    if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
        return Some(text.trim_start_matches('+').to_owned());
    }
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    // Every whole number below 2^53 is exact.
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        Some(format!("{number:.0}"))
    } else {
        Some(number.to_string())
    }
}

/// A function that only the cloud can resolve.
fn of_function(name: &str, value: &Value, function: intrinsics::Function<'_>, schema: Option<Property<'_>>) -> Meaning {
    if let intrinsics::Function::Other { name: which, argument } = function {
        if which == "Fn::ToJsonString" {
            return meaning(name, argument, None);
        }
        if which == "Fn::Join" {
            let together = policy::text(value);
            if let Some(inner) = json_text(&together, schema) {
                let mut inner = meaning(name, &inner, None);
                attach(&mut inner, &referred(value));
                return inner;
            }
        }
    }
    // A reference is shown as it stands in Fn::Sub; what has no such form, as it is written.
    let same = policy::text(value);
    let short = match function {
        intrinsics::Function::Ref(_) => true,
        intrinsics::Function::Other { name, .. } => matches!(name, "Fn::GetAtt" | "Fn::Join"),
        intrinsics::Function::If { .. } => false,
    };
    let shown = if short { Value::String(same.clone()) } else { value.clone() };
    Meaning::Scalar(Scalar { shown, same, refers: referred(value) })
}

/// Gives the texts inside JSON that was put together from parts the references that they hold.
fn attach(meaning: &mut Meaning, references: &[Referred]) {
    match meaning {
        Meaning::Scalar(scalar) => {
            for referred in references {
                let written = match &referred.attribute {
                    Some(attribute) => format!("${{{}.{attribute}}}", referred.id),
                    None => format!("${{{}}}", referred.id),
                };
                if scalar.same.contains(&written) {
                    scalar.refers.push(referred.clone());
                }
            }
        }
        Meaning::Fields(fields) => fields.values_mut().for_each(|inner| attach(inner, references)),
        Meaning::List(items) | Meaning::Set { items, .. } => {
            items.iter_mut().for_each(|inner| attach(inner, references));
        }
        Meaning::Secret(inner) | Meaning::Assumed(inner) => attach(inner, references),
    }
}

/// The resources that a function refers to; pseudo parameters aren't any.
fn referred(value: &Value) -> Vec<Referred> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect(value: &Value, found: &mut Vec<Referred>) {
    match value {
        Value::Object(fields) => {
            match fields.iter().next().filter(|_| fields.len() == 1) {
                Some((name, Value::String(target))) if name == "Ref" && !target.starts_with("AWS::") => {
                    found.push(Referred { id: target.clone(), attribute: None });
                }
                Some((name, Value::Array(parts))) if name == "Fn::GetAtt" => {
                    if let [Value::String(target), attribute] = parts.as_slice() {
                        found.push(Referred { id: target.clone(), attribute: Some(policy::text(attribute)) });
                    }
                }
                _ => {}
            }
            fields.values().for_each(|inner| collect(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether an object is a policy document: it has statements that allow or deny.
fn is_policy(fields: &Map<String, Value>) -> bool {
    let effect = |statement: &Value| statement.get("Effect").is_some();
    match fields.get("Statement") {
        Some(Value::Array(items)) => items.iter().any(effect),
        Some(one) => effect(one),
        None => false,
    }
}

/// A policy document: its statements are a set, and so is everything in them that may be one value or several.
fn policy_document(fields: &Map<String, Value>) -> Meaning {
    let mut document = BTreeMap::new();
    for (name, value) in fields {
        let inner = if name == "Statement" {
            let items: Vec<Meaning> = match value {
                Value::Array(items) => items.iter().map(statement).collect(),
                one => vec![statement(one)],
            };
            let key = items.iter().all(|item| item.field("Sid").is_some()).then_some("Sid");
            Meaning::Set { items, key }
        } else {
            meaning(name, value, None)
        };
        document.insert(name.clone(), inner);
    }
    Meaning::Fields(document)
}

fn statement(value: &Value) -> Meaning {
    let Value::Object(fields) = value else {
        return meaning("Statement", value, None);
    };
    if intrinsics::function(value).is_some() {
        return meaning("Statement", value, None);
    }
    let fields = fields.iter().map(|(name, value)| {
        let inner = match name.as_str() {
            "Principal" | "NotPrincipal" => principal(value),
            "Condition" => conditions(value),
            part if ONE_OR_MANY.contains(&part) => one_or_many(part, value),
            part => meaning(part, value, None),
        };
        (name.clone(), inner)
    });
    Meaning::Fields(fields.collect())
}

/// One value and a list of it are the same. Actions don't mind case, accounts go by number or by the name of their root.
fn one_or_many(part: &str, value: &Value) -> Meaning {
    let items: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    };
    let items = items.into_iter().map(|item| match (part, item) {
        ("Action" | "NotAction", Value::String(text)) => Meaning::scalar(item.clone(), text.to_lowercase()),
        ("AWS", Value::String(text)) if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) => {
            Meaning::scalar(item.clone(), format!("arn:aws:iam::{text}:root"))
        }
        _ => meaning(part, item, None),
    });
    Meaning::Set { items: items.collect(), key: None }
}

/// `"*"` is everybody, as is `{"AWS": "*"}`.
fn principal(value: &Value) -> Meaning {
    match value {
        Value::Object(kinds) if intrinsics::function(value).is_none() => {
            Meaning::Fields(kinds.iter().map(|(kind, names)| (kind.clone(), one_or_many("AWS", names))).collect())
        }
        other => Meaning::Fields(BTreeMap::from([("AWS".to_owned(), one_or_many("AWS", other))])),
    }
}

/// The values of a condition's key are alternatives.
fn conditions(value: &Value) -> Meaning {
    let Value::Object(operators) = value else {
        return meaning("Condition", value, None);
    };
    let operators = operators.iter().map(|(operator, tests)| {
        let inner = match tests {
            Value::Object(tests) => Meaning::Fields(
                tests.iter().map(|(key, values)| (key.clone(), one_or_many("Condition", values))).collect(),
            ),
            other => meaning("Condition", other, None),
        };
        (operator.clone(), inner)
    });
    Meaning::Fields(operators.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeSet;

    fn resource(kind: &str, properties: Value) -> Resource {
        Resource {
            id: "A".to_owned(),
            kind: kind.to_owned(),
            component: None,
            origin: None,
            properties,
            attributes: BTreeMap::new(),
            depends_on: BTreeSet::new(),
        }
    }

    fn same(kind: &str, a: Value, b: Value) -> bool {
        of(&resource(kind, a)) == of(&resource(kind, b))
    }

    #[test]
    fn numbers_and_truths_may_be_written_as_text() {
        let kind = "AWS::RDS::DBInstance";
        assert!(same(kind, json!({"AllocatedStorage": 100}), json!({"AllocatedStorage": "100"})));
        assert!(same(kind, json!({"MultiAZ": true}), json!({"MultiAZ": "true"})));
        assert!(same("AWS::CloudWatch::Alarm", json!({"Threshold": 80}), json!({"Threshold": "80.0"})));
        // A version is text: 1.1 and 1.10 are different.
        assert!(!same(kind, json!({"EngineVersion": "15.1"}), json!({"EngineVersion": "15.10"})));
        assert!(same("Custom::Thing", json!({"Count": 3}), json!({"Count": "3"})));
    }

    #[test]
    fn the_order_of_sets_means_nothing_and_that_of_lists_does() {
        let tags = |a: &str, b: &str| json!({"Tags": [{"Key": a, "Value": "1"}, {"Key": b, "Value": "1"}]});
        assert!(same("AWS::EC2::VPC", tags("a", "b"), tags("b", "a")));
        let subnets = |a: &str, b: &str| json!({"VpcConfig": {"SubnetIds": [a, b]}});
        assert!(same("AWS::Lambda::Function", subnets("s-1", "s-2"), subnets("s-2", "s-1")));
        let layers = |a: &str, b: &str| json!({"Layers": [a, b]});
        assert!(!same("AWS::Lambda::Function", layers("l-1", "l-2"), layers("l-2", "l-1")));
    }

    #[test]
    fn a_default_written_out_changes_nothing() {
        assert!(same("AWS::SQS::Queue", json!({}), json!({"VisibilityTimeout": 30})));
        assert!(same("AWS::ECS::Service", json!({}), json!({"PlatformVersion": "LATEST"})));
        assert!(!same("AWS::SQS::Queue", json!({}), json!({"VisibilityTimeout": 31})));
    }

    #[test]
    fn policies_mean_the_same_in_any_order_and_form() {
        let policy = |statement: Value| json!({"PolicyDocument": {"Version": "2012-10-17", "Statement": statement}});
        let a = policy(json!([
            {"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": ["a", "b"]},
            {"Sid": "B", "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "*"}
        ]));
        let b = policy(json!([
            {"Sid": "B", "Effect": "Allow", "Action": "SQS:sendmessage", "Resource": ["*"]},
            {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["b", "a"]}
        ]));
        assert!(same("AWS::IAM::Policy", a.clone(), b));
        let c = policy(json!({"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": ["a", "b"]}));
        assert!(!same("AWS::IAM::Policy", a, c));
        let who = |who: Value| json!({"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": who}]}});
        assert!(same("AWS::IAM::Role", who(json!("*")), who(json!({"AWS": ["*"]}))));
        assert!(same(
            "AWS::IAM::Role",
            who(json!({"AWS": "111122223333"})),
            who(json!({"AWS": "arn:aws:iam::111122223333:root"}))
        ));
    }

    #[test]
    fn json_in_text_is_compared_as_json_also_when_it_is_put_together() {
        let body = |text: &str| json!({"DashboardBody": text});
        assert!(same("AWS::CloudWatch::Dashboard", body(r#"{"a": 1, "b": [2]}"#), body(r#"{"b":[2],"a":1}"#)));
        assert!(!same("AWS::CloudWatch::Dashboard", body(r#"{"a": 1}"#), body(r#"{"a": 2}"#)));
        let join = json!({"DashboardBody": {"Fn::Join": ["", ["{\"a\": \"", {"Ref": "Db"}, "\"}"]]}});
        let meaning = of(&resource("AWS::CloudWatch::Dashboard", join));
        let Some(Meaning::Scalar(scalar)) = meaning.field("DashboardBody").and_then(|body| body.field("a")) else {
            panic!("not taken apart: {meaning:?}");
        };
        assert_eq!(scalar.same, "${Db}");
        assert_eq!(scalar.refers, [Referred { id: "Db".to_owned(), attribute: None }]);
    }

    #[test]
    fn secrets_are_found_as_properties_as_variables_and_as_pairs() {
        for (kind, properties) in [
            ("AWS::RDS::DBInstance", json!({"MasterUserPassword": "canary"})),
            ("AWS::Lambda::Function", json!({"Environment": {"Variables": {"DB_PASSWORD": "canary"}}})),
            (
                "AWS::ECS::TaskDefinition",
                json!({"ContainerDefinitions": [{"Name": "a", "Environment": [{"Name": "API_KEY", "Value": "canary"}]}]}),
            ),
            ("AWS::SecretsManager::Secret", json!({"SecretString": "{\"password\": \"canary\"}"})),
        ] {
            let meaning = of(&resource(kind, properties));
            assert!(meaning.holds_secret(), "{kind}");
            assert!(!meaning.shown().to_string().contains("canary"), "{kind}");
        }
    }
}
