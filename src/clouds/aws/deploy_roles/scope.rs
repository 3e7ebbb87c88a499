//! To what a permission of a deploy role is held: by name, by tag, or only by who asks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::actions::{self, Action};
use crate::clouds::aws::sam::partition;
use crate::plan::deployment::Place;

/// Which names of a type of resources belong to a stack: service, type as IAM names it, and what stands for the variables of
/// its ARN. The templates name these after the stack, or CloudFormation does, which puts the stack's name first
/// (CloudFormation user guide, "Name type").
const NAMED: [(&str, &str, &[&str]); 23] = [
    ("budgets", "budget", &["{stack}-*"]),
    ("cloudformation", "changeset", &["landfall-*", "*"]),
    ("cloudformation", "stack", &["{stack}", "*"]),
    ("cloudwatch", "alarm", &["{stack}-*"]),
    ("cloudwatch", "dashboard", &["{stack}-*"]),
    ("codedeploy", "application", &["{stack}-*"]),
    ("codedeploy", "deploymentgroup", &["{stack}-*", "{stack}-*"]),
    ("ecr", "repository", &["{stack}-*"]),
    ("ecs", "cluster", &["{stack}-*"]),
    ("ecs", "service", &["{stack}-*", "*"]),
    ("ecs", "task-definition", &["{stack}-*", "*"]),
    ("iam", "role", &["{stack}-*"]),
    ("kms", "alias", &["{stack}-*"]),
    ("lambda", "function", &["{stack}-*"]),
    ("lambda", "function-alias", &["{stack}-*", "*"]),
    ("lambda", "function-version", &["{stack}-*", "*"]),
    ("rds", "db", &["{stack}-*"]),
    ("rds", "pg", &["{stack}-*"]),
    ("rds", "subgrp", &["{stack}-*"]),
    ("s3", "bucket", &["{stack}-*"]),
    ("scheduler", "schedule", &["default", "{stack}-*"]),
    ("sns", "topic", &["{stack}-*"]),
    ("sqs", "queue", &["{stack}-*"]),
];

/// Services without a region of their own, for which a condition on the region would ask for the wrong one (IAM user guide,
/// `aws:RequestedRegion`).
const GLOBAL: [&str; 7] = ["budgets", "ce", "cloudfront", "iam", "organizations", "route53", "wafv2"];

/// Whose resources a permission is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    /// The account and region.
    pub(super) place: &'a Place,
    /// The stack's name.
    pub(super) stack: &'a str,
    /// The tags that every resource of the stack has, of those that no user can change.
    pub(super) tags: [(&'a str, &'a str); 2],
    /// The policy that bounds the roles of the stack, if one does: its ARN.
    pub(super) bounds: Option<&'a str>,
    /// The services that take the stack's roles.
    pub(super) takers: &'a BTreeSet<String>,
}

/// To what a permission is held. Permissions that are held to the same stand in one statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scope {
    /// On what.
    pub(super) resources: BTreeSet<String>,
    /// Under which conditions, as canonical JSON, so that it can be ordered; empty for none.
    pub(super) condition: String,
}

impl Scope {
    /// A scope under a condition.
    pub(super) fn new(resources: BTreeSet<String>, condition: &Value) -> Self {
        let empty = condition.as_object().is_none_or(serde_json::Map::is_empty);
        Self { resources, condition: if empty { String::new() } else { condition.to_string() } }
    }
}

/// To what a permission is held that CloudFormation uses on behalf of a deploy role.
pub(super) fn handed_on(service: &str, name: &str, owner: &Owner<'_>) -> Scope {
    // CloudFormation calls with the credentials of whoever changes the stack, and says so (IAM user guide, `aws:CalledVia`):
    // nobody who takes the role can make these calls himself.
    let mut conditions: BTreeMap<&str, BTreeMap<String, Value>> =
        BTreeMap::from([("ForAnyValue:StringEquals", BTreeMap::from([called_via()]))]);
    let mut equal = BTreeMap::new();
    let known = actions::action(service, name);
    let (resources, held) = known.map_or((all(), false), |action| resources(service, name, action, owner, &mut equal));
    if service == "iam" && name == "PassRole" && !owner.takers.is_empty() {
        equal.insert("iam:PassedToService".to_owned(), json!(owner.takers));
    }
    if let (Some(bounds), true) = (owner.bounds, known.is_some_and(Action::asks_bounds)) {
        equal.insert("iam:PermissionsBoundary".to_owned(), json!(bounds));
    }
    if !held && !GLOBAL.contains(&service) {
        equal.insert("aws:RequestedRegion".to_owned(), json!(owner.place.region));
    }
    if !equal.is_empty() {
        conditions.insert("StringEquals", equal);
    }
    Scope::new(resources, &json!(conditions))
}

fn called_via() -> (String, Value) {
    ("aws:CalledVia".to_owned(), json!("cloudformation.amazonaws.com"))
}

fn all() -> BTreeSet<String> {
    BTreeSet::from(["*".to_owned()])
}

/// The resources of an action, and whether that holds it to the stack. Where only tags can, the condition on them is added.
fn resources(
    service: &str,
    name: &str,
    action: &Action,
    owner: &Owner<'_>,
    equal: &mut BTreeMap<String, Value>,
) -> (BTreeSet<String>, bool) {
    if (service, name) == ("iam", "CreateServiceLinkedRole") {
        // The roles that services make for themselves have names of their own (IAM user guide, "Service-linked roles").
        return (BTreeSet::from([arn("iam", "role", &["aws-service-role/*"], owner)]), true);
    }
    let required: Vec<&str> = action.types.iter().filter(|(_, always)| *always).map(|(kind, _)| *kind).collect();
    let decisive: Vec<&str> =
        if required.is_empty() { action.types.iter().map(|(kind, _)| *kind).collect() } else { required };
    if decisive.iter().any(|kind| variables(service, kind).is_some()) {
        let of = |(kind, _): &(&str, bool)| {
            // What isn't always given may be somebody else's, such as a default parameter group.
            let own = variables(service, kind).filter(|_| decisive.contains(kind));
            arn(service, kind, own.unwrap_or(&[]), owner)
        };
        return (action.types.iter().map(of).collect(), true);
    }
    let tagged = |kind: &&str| actions::kind(service, kind).is_some_and(|kind| kind.tagged);
    if !action.makes() && !decisive.is_empty() && decisive.iter().all(tagged) {
        for (key, value) in owner.tags {
            equal.insert(format!("aws:ResourceTag/{key}"), json!(value));
        }
        return (all(), true);
    }
    (all(), false)
}

fn variables(service: &str, kind: &str) -> Option<&'static [&'static str]> {
    let named = NAMED.iter().find(|(of, name, _)| *of == service && *name == kind);
    named.map(|(_, _, variables)| *variables)
}

/// The ARN of the stack's resources of a type that is held by name.
pub(super) fn named(service: &str, kind: &str, owner: &Owner<'_>) -> String {
    arn(service, kind, variables(service, kind).unwrap_or(&[]), owner)
}

/// The ARN of a type of resources with its variables filled in, `*` for those that aren't given.
fn arn(service: &str, kind: &str, variables: &[&str], owner: &Owner<'_>) -> String {
    let Some(pattern) = actions::kind(service, kind).map(|kind| kind.arn) else { return "*".to_owned() };
    let (mut text, mut rest, mut given) = (String::new(), pattern, variables.iter());
    while let Some((before, variable, after)) =
        rest.split_once("${").and_then(|(before, open)| open.split_once('}').map(|(name, after)| (before, name, after)))
    {
        text.push_str(before);
        match variable {
            "Partition" => text.push_str(partition(&owner.place.region)),
            "Region" => text.push_str(&owner.place.region),
            "Account" => text.push_str(&owner.place.account),
            _ => text.push_str(&given.next().unwrap_or(&"*").replace("{stack}", owner.stack)),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(service: &str, name: &str, bounds: Option<&str>) -> (Vec<String>, Value) {
        let place = Place {
            cloud: "aws".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            engine: None,
        };
        let takers = BTreeSet::from(["lambda.amazonaws.com".to_owned()]);
        let tags = [("system", "shop"), ("environment", "dev")];
        let owner = Owner { place: &place, stack: "shop-dev", tags, bounds, takers: &takers };
        let scope = handed_on(service, name, &owner);
        let condition: Value = serde_json::from_str(&scope.condition).unwrap();
        assert_eq!(condition["ForAnyValue:StringEquals"]["aws:CalledVia"], "cloudformation.amazonaws.com");
        (scope.resources.into_iter().collect(), condition["StringEquals"].clone())
    }

    #[test]
    fn what_has_a_name_is_held_to_the_stack_by_it() {
        let (resources, equal) = scope("sqs", "DeleteQueue", None);
        assert_eq!(resources, ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-*"]);
        assert_eq!(equal, Value::Null);
        let (resources, _) = scope("cloudformation", "ExecuteChangeSet", None);
        assert_eq!(resources, ["arn:aws:cloudformation:eu-west-1:111122223333:stack/shop-dev/*"]);
    }

    #[test]
    fn what_has_an_identifier_of_the_clouds_is_held_to_the_stack_by_its_tags() {
        let (resources, equal) = scope("kms", "ScheduleKeyDeletion", None);
        assert_eq!(resources, ["*"]);
        assert_eq!(equal, json!({ "aws:ResourceTag/system": "shop", "aws:ResourceTag/environment": "dev" }));
    }

    #[test]
    fn what_is_only_being_made_is_held_to_the_region() {
        let (resources, equal) = scope("kms", "CreateKey", None);
        assert_eq!((resources, equal), (vec!["*".to_owned()], json!({ "aws:RequestedRegion": "eu-west-1" })));
    }

    #[test]
    fn a_role_is_made_with_its_bounds_and_handed_to_the_services_of_the_stack_only() {
        let bounds = "arn:aws:iam::111122223333:policy/bounds";
        let (resources, equal) = scope("iam", "CreateRole", Some(bounds));
        assert_eq!(resources, ["arn:aws:iam::111122223333:role/shop-dev-*"]);
        assert_eq!(equal, json!({ "iam:PermissionsBoundary": bounds }));
        assert_eq!(scope("iam", "PassRole", None).1, json!({ "iam:PassedToService": ["lambda.amazonaws.com"] }));
    }

    #[test]
    fn an_action_that_iam_does_not_list_is_held_to_the_region() {
        assert_eq!(scope("sqs", "Fly", None).1, json!({ "aws:RequestedRegion": "eu-west-1" }));
    }
}
