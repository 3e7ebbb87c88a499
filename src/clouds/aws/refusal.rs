//! What AWS refuses of a plan: deletions of what is protected, and updates that the stack's policy denies. And what it would do and
//! nobody can want.

use ipnet::Ipv4Net;
use serde_json::Value;

use super::impact;
use crate::plan::change::{Action, Change, FieldChange};
use crate::plan::refusal::Refusal;
use crate::plan::resource::Resource;

/// The deletions that the services refuse, because the resource's own protection is on in what is deployed.
///
/// A replaced resource is deleted too, but after the update: CloudFormation leaves it behind and goes on.
pub fn of_deletion(deployed: &[Resource], changes: &[Change]) -> Vec<Refusal> {
    let deleted = changes.iter().filter(|change| change.action == Action::Delete);
    let mut refusals = Vec::new();
    for change in deleted {
        let resource = deployed.iter().find(|resource| resource.id == change.id);
        if let Some(setting) = resource.and_then(impact::protection) {
            let owner = change.component.as_deref().unwrap_or(&change.id);
            refusals.push(Refusal {
                resource: change.id.clone(),
                why: format!("{} ({}) can't be deleted while its {setting} is on", change.id, change.kind),
                remedy: format!("turn the protection of {owner} off (`protected: false`) and apply that first"),
            });
        }
    }
    refusals
}

/// The updates that a stack policy denies (CloudFormation user guide, "Prevent updates to stack resources"): once a stack has a
/// policy, what no statement allows is denied, and a denial beats every allowance.
pub fn of_policy(policy: &Value, changes: &[Change]) -> Vec<Refusal> {
    let statements = policy.get("Statement").map(list).unwrap_or_default();
    let mut refusals = Vec::new();
    for change in changes {
        let action = match change.action {
            // A creation is no update of a resource.
            Action::Create => continue,
            Action::Update => "Update:Modify",
            Action::Replace => "Update:Replace",
            Action::Delete | Action::Forget => "Update:Delete",
        };
        let effect = |effect: &str| {
            statements
                .iter()
                .filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some(effect))
                .any(|statement| matches(statement, action, change))
        };
        if effect("Deny") || !effect("Allow") {
            refusals.push(Refusal {
                resource: change.id.clone(),
                why: format!("{} ({}): the stack's policy denies {action}", change.id, change.kind),
                remedy: "lift the protection of data (`protection: {data: false}`) and apply that first".to_owned(),
            });
        }
    }
    refusals
}

/// Changes of the rules by which services are led over, blue and green: the template names one group of copies, and since the last
/// deployment the other may be the one that serves.
pub fn of_rules(changes: &[Change]) -> Vec<Refusal> {
    let rules = changes.iter().filter(|change| change.kind == "AWS::ElasticLoadBalancingV2::ListenerRule");
    let changed = rules.filter(|change| matches!(change.action, Action::Update | Action::Replace));
    let refusal = |change: &Change| {
        let owner = change.component.as_deref().unwrap_or(&change.id);
        Refusal {
            resource: change.id.clone(),
            why: format!(
                "{} ({}): with any change of it CloudFormation leads requests to the first group of copies again, where there may be none",
                change.id, change.kind
            ),
            remedy: format!("take `rollout` of {owner} out and apply that; then apply the change with `rollout` again"),
        }
    };
    changed.map(refusal).collect()
}

/// Updates in place that the services never make: storage that shrinks, and engines that go back to an older version.
pub fn of_updates(changes: &[Change]) -> Vec<Refusal> {
    let updates = changes.iter().filter(|change| change.action == Action::Update);
    let refused = |change: &Change| {
        let field = change.fields.iter().find(|field| impact::only_rises(change, field) && falls(field))?;
        let owner = change.component.as_deref().unwrap_or(&change.id);
        let [before, after] = [&field.before, &field.after].map(|value| value.as_ref().and_then(scalar));
        Some(Refusal {
            resource: change.id.clone(),
            why: format!(
                "{} ({}): {} goes from {} back to {}, and AWS only lets it rise",
                change.id,
                change.kind,
                field.path,
                before.unwrap_or_default(),
                after.unwrap_or_default()
            ),
            remedy: format!(
                "leave it as it is; where less is needed, describe another component beside {owner}, move the data there, and take the old one out"
            ),
        })
    };
    updates.filter_map(refused).collect()
}

/// Whether a number, or a version, is lower than it was. One that is the beginning of the other, such as `16` of `16.4`, is the same
/// version, more or less exactly.
fn falls(field: &FieldChange) -> bool {
    let numbers = |value: &Option<Value>| {
        scalar(value.as_ref()?)?.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()
    };
    numbers(&field.before).zip(numbers(&field.after)).is_some_and(|(before, after)| {
        let shared = before.len().min(after.len());
        after[..shared] < before[..shared]
    })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Subnets that are made with a range which another one has until everything new is there: what an update deletes or replaces goes last
/// (CloudFormation user guide, "Update behaviors of stack resources"), and ranges of subnets never overlap (VPC user guide, "Subnet CIDR
/// blocks").
pub fn of_ranges(before: &[Resource], after: &[Resource], changes: &[Change]) -> Vec<Refusal> {
    const SUBNET: &str = "AWS::EC2::Subnet";
    let done = |id: &str| changes.iter().find(|change| change.id == id).map(|change| change.action);
    let range = |subnet: &Resource| subnet.properties.get("CidrBlock")?.as_str()?.parse::<Ipv4Net>().ok();
    let network = |subnet: &Resource| subnet.properties.get("VpcId").cloned();
    let made = after.iter().filter(|subnet| subnet.kind == SUBNET);
    let made = made.filter(|subnet| matches!(done(&subnet.id), Some(Action::Create | Action::Replace)));
    let mut refusals = Vec::new();
    for subnet in made {
        let (Some(wanted), Some(vpc)) = (range(subnet), network(subnet)) else { continue };
        let another = vpc.get("Ref").and_then(Value::as_str).and_then(done) == Some(Action::Replace);
        let standing =
            before.iter().filter(|old| old.kind == SUBNET && network(old).as_ref() == Some(&vpc) && !another);
        let mut taken = standing.filter_map(|old| Some((old, range(old)?)));
        let overlap = taken.find(|(_, range)| range.contains(&wanted) || wanted.contains(range));
        if let Some((old, range)) = overlap {
            let whose = if old.id == subnet.id { "its own old one".to_owned() } else { old.id.clone() };
            refusals.push(Refusal {
                resource: subnet.id.clone(),
                why: format!(
                    "{} ({SUBNET}): {wanted} overlaps {range} of {whose}, which stands until everything new is there",
                    subnet.id
                ),
                remedy: "give it a range that no subnet has yet; to one that is taken now it takes two applies, by way of a free one"
                    .to_owned(),
            });
        }
    }
    refusals
}

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

fn texts(statement: &Value, key: &str) -> Option<Vec<String>> {
    statement.get(key).map(|value| list(value).into_iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn matches(statement: &Value, action: &str, change: &Change) -> bool {
    let resource = format!("LogicalResourceId/{}", change.id);
    let any = |patterns: Vec<String>, text: &str| patterns.iter().any(|pattern| like(pattern, text));
    let acts = match (texts(statement, "Action"), texts(statement, "NotAction")) {
        (Some(patterns), _) => any(patterns, action),
        (None, Some(patterns)) => !any(patterns, action),
        (None, None) => false,
    };
    let aims = match (texts(statement, "Resource"), texts(statement, "NotResource")) {
        (Some(patterns), _) => any(patterns, &resource),
        (None, Some(patterns)) => !any(patterns, &resource),
        (None, None) => false,
    };
    acts && aims && condition(statement.get("Condition"), &change.kind)
}

/// `StringEquals` and `StringLike` on `ResourceType` are the only conditions that stack policies have.
fn condition(condition: Option<&Value>, kind: &str) -> bool {
    let Some(Value::Object(operators)) = condition else { return true };
    operators.values().all(|keys| {
        texts(keys, "ResourceType").is_none_or(|patterns| patterns.iter().any(|pattern| like(pattern, kind)))
    })
}

/// Whether a text fits a pattern in which `*` stands for any characters.
fn like(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| like(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clouds::aws::document::Template;
    use crate::clouds::aws::resolved::{self, Given};
    use crate::plan::consequence::{Consequence, Impact};

    fn change(id: &str, kind: &str, action: Action) -> Change {
        Change {
            id: id.to_owned(),
            kind: kind.to_owned(),
            component: Some("database.main".to_owned()),
            origin: None,
            action,
            consequence: Consequence::InPlace,
            impact: None,
            fields: Vec::new(),
        }
    }

    fn refused(policy: &Value, changes: &[Change]) -> Vec<String> {
        of_policy(policy, changes).into_iter().map(|refusal| refusal.resource).collect()
    }

    #[test]
    fn a_policy_denies_what_it_names_and_allows_the_rest() {
        let policy = json!({ "Statement": [
            { "Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": ["Update:Delete", "Update:Replace"], "Principal": "*",
              "NotResource": ["LogicalResourceId/DatabaseMainReplica*"],
              "Condition": { "StringEquals": { "ResourceType": ["AWS::RDS::DBInstance"] } } },
        ]});
        let kind = "AWS::RDS::DBInstance";
        let changes = [
            change("DatabaseMain", kind, Action::Replace),
            change("DatabaseMainReplica1", kind, Action::Replace),
            change("Other", kind, Action::Update),
            change("Queue", "AWS::SQS::Queue", Action::Delete),
        ];
        assert_eq!(refused(&policy, &changes), ["DatabaseMain"]);
    }

    #[test]
    fn what_no_statement_allows_is_denied_but_creation_never_is() {
        let policy = json!({ "Statement": { "Effect": "Allow", "Action": "Update:Modify", "Principal": "*", "Resource": "LogicalResourceId/A*" } });
        let kind = "AWS::SQS::Queue";
        let changes = [
            change("A1", kind, Action::Update),
            change("A2", kind, Action::Delete),
            change("B", kind, Action::Update),
            change("C", kind, Action::Create),
        ];
        assert_eq!(refused(&policy, &changes), ["A2", "B"]);
    }

    #[test]
    fn what_its_own_setting_protects_cannot_be_deleted() {
        let text = br#"{"Resources": {
            "On": {"Type": "AWS::RDS::DBInstance", "Properties": {"DeletionProtection": true}},
            "Off": {"Type": "AWS::RDS::DBInstance", "Properties": {"DeletionProtection": false}}}}"#;
        let deployed = resolved::alone(Template::read(text).unwrap(), &Given::default()).resources;
        let kind = "AWS::RDS::DBInstance";
        let changes = [change("On", kind, Action::Delete), change("Off", kind, Action::Delete)];
        let found = of_deletion(&deployed, &changes);
        assert_eq!(found.len(), 1);
        assert!(found[0].why.contains("DeletionProtection") && found[0].remedy.contains("database.main"));
    }

    fn field(path: &str, before: Value, after: Value) -> FieldChange {
        let impact = Impact::certain(Consequence::InPlace, "why", "source");
        FieldChange {
            path: path.to_owned(),
            before: Some(before),
            after: Some(after),
            impact,
            sensitive: false,
            through: None,
        }
    }

    #[test]
    fn storage_never_shrinks_and_an_engine_never_goes_back() {
        let kind = "AWS::RDS::DBInstance";
        for (path, before, after, refused) in [
            ("AllocatedStorage", "100", "50", true),
            ("AllocatedStorage", "50", "100", false),
            ("EngineVersion", "16.10", "16.9", true),
            ("EngineVersion", "16.4", "17", false),
            ("EngineVersion", "16.4", "16", false),
            ("BackupRetentionPeriod", "7", "1", false),
        ] {
            let mut change = change("DatabaseMain", kind, Action::Update);
            change.fields.push(field(path, json!(before), json!(after)));
            let found = of_updates(&[change]);
            assert_eq!(!found.is_empty(), refused, "{path} {before} {after}: {found:?}");
        }
        let mut exchanged = change("CacheMain", "AWS::ElastiCache::ReplicationGroup", Action::Update);
        exchanged.fields.push(field("EngineVersion", json!("8.0"), json!("7.1")));
        assert_eq!(of_updates(std::slice::from_ref(&exchanged)).len(), 1);
        exchanged.fields.push(field("Engine", json!("valkey"), json!("redis")));
        assert!(of_updates(&[exchanged]).is_empty());
    }

    /// The ids of the subnets that are refused between two templates whose subnets have these ranges.
    fn overlapping(before: &[(&str, &str)], after: &[(&str, &str)], more: &[Change]) -> Vec<String> {
        let subnets = |ranges: &[(&str, &str)]| {
            let resources = ranges.iter().map(|(id, range)| {
                let properties = json!({ "VpcId": { "Ref": "Vpc" }, "CidrBlock": range });
                ((*id).to_owned(), json!({ "Type": "AWS::EC2::Subnet", "Properties": properties }))
            });
            let template = json!({ "Resources": resources.collect::<serde_json::Map<_, _>>() });
            resolved::alone(Template::read(template.to_string().as_bytes()).unwrap(), &Given::default()).resources
        };
        let was = |id: &str| before.iter().find(|(other, _)| *other == id);
        let mut changes: Vec<Change> = after
            .iter()
            .filter(|subnet| !before.contains(subnet))
            .map(|(id, _)| {
                let action = if was(id).is_some() { Action::Replace } else { Action::Create };
                change(id, "AWS::EC2::Subnet", action)
            })
            .collect();
        changes.extend(more.iter().cloned());
        of_ranges(&subnets(before), &subnets(after), &changes).into_iter().map(|refusal| refusal.resource).collect()
    }

    #[test]
    fn a_range_is_free_only_once_the_subnet_that_had_it_is_gone() {
        let [a, b, c] = ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"];
        let both = [("One", a), ("Two", b)];
        assert_eq!(overlapping(&both, &[("One", b), ("Two", a)], &[]), ["One", "Two"]);
        assert_eq!(overlapping(&both, &[("One", a), ("Two", c)], &[]), [""; 0]);
        assert_eq!(overlapping(&both, &[("One", a), ("Other", b)], &[]), ["Other"], "what is deleted goes last too");
        assert_eq!(overlapping(&[("One", a)], &[("One", "10.0.1.0/25")], &[]), ["One"], "its own old range");
        let network = change("Vpc", "AWS::EC2::VPC", Action::Replace);
        assert_eq!(
            overlapping(&both, &[("One", b), ("Two", a)], &[network]),
            [""; 0],
            "in another network they are free"
        );
    }
}
