//! What AWS refuses of a plan: deletions of what is protected, and updates that the stack's policy denies. And what it would do and
//! nobody can want.

use serde_json::Value;

use super::document::Template;
use super::impact;
use super::resolved::{self, Given};
use crate::plan::change::{Action, Change};
use crate::plan::refusal::Refusal;

/// The deletions that the services refuse, because the resource's own protection is on in what is deployed.
///
/// A replaced resource is deleted too, but after the update: CloudFormation leaves it behind and goes on.
pub fn of_deletion(deployed: Template, given: &Given, changes: &[Change]) -> Vec<Refusal> {
    let resolved = resolved::alone(deployed, given);
    let deleted = changes.iter().filter(|change| change.action == Action::Delete);
    let mut refusals = Vec::new();
    for change in deleted {
        let resource = resolved.resources.iter().find(|resource| resource.id == change.id);
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
    use crate::plan::consequence::Consequence;

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
        let template = Template::read(text).unwrap();
        let kind = "AWS::RDS::DBInstance";
        let changes = [change("On", kind, Action::Delete), change("Off", kind, Action::Delete)];
        let found = of_deletion(template, &Given::default(), &changes);
        assert_eq!(found.len(), 1);
        assert!(found[0].why.contains("DeletionProtection") && found[0].remedy.contains("database.main"));
    }
}
