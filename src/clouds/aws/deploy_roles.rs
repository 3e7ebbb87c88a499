//! The roles by which a pipeline plans, applies and rolls back, with no more than what the rendered resource types need.
//!
//! Each target has four. All may ask CloudFormation about the target's stack; two may have it changed. What CloudFormation then does to the
//! resources it does with the role's own permissions: those are the ones that the handlers of the rendered types name (the registry's
//! schemas), held to the stack by name or tag, and usable through CloudFormation only. Nobody who takes a role can create a
//! resource himself, and no role can widen itself: a policy that bounds them all denies it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::bucket;
use super::document::{Template, TemplateResource};
use super::policy;
use super::registry;
use super::resolved::Given;
use super::sam::{self, Inputs};
use crate::plan::deployment::Place;
use crate::plan::destination::Destination;
use packing::Packed;
use scope::{Owner, Scope};

mod actions;
mod ledger;
mod packing;
mod scope;
mod subject;

pub use ledger::ledger_policy;
pub use subject::{Duty, Repository};

/// The path below which the roles and their policies stand.
pub const PATH: &str = "/landfall/";
/// The most policies that a role takes (IAM user guide, "IAM and AWS STS quotas": 10 unless the account has asked for more).
const MOST_POLICIES: usize = 10;
/// What GitHub's tokens are issued for, which pins them to AWS (GitHub documentation, "OpenID Connect in Amazon Web Services").
const AUDIENCE: &str = "sts.amazonaws.com";
/// Who issues them.
const ISSUER: &str = "token.actions.githubusercontent.com";

/// The rules of checkov about policies that give everything, which what bounds a role looks like to it.
const UNBOUNDED: [&str; 5] = ["CKV_AWS_107", "CKV_AWS_108", "CKV_AWS_109", "CKV_AWS_110", "CKV_AWS_111"];

/// A target that a pipeline deploys.
#[derive(Clone, Debug)]
pub struct Deployed<'a> {
    /// Its stack's name.
    pub stack: &'a str,
    /// Its account and region.
    pub place: &'a Place,
    /// Its rendered template.
    pub template: &'a Template,
    /// Its tags.
    pub tags: &'a BTreeMap<String, String>,
    /// The bucket that code and large templates go through.
    pub bucket: &'a str,
    /// Where its ledger is, if it is kept in a bucket.
    pub ledger: Option<Records<'a>>,
    /// Whether a deployment runs migrations.
    pub migrates: bool,
    /// The policy that bounds the roles of the stack, by path and name.
    pub bounded_by: Option<&'a str>,
}

/// A ledger in a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Records<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The beginning of the keys there.
    pub prefix: &'a str,
    /// Whose the bucket is.
    pub owner: &'a Place,
}

/// Why no roles can be written for a target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RolesError {
    /// The template can't be expanded.
    #[error("the template of {stack} can't be expanded: {why}")]
    Template {
        /// The stack.
        stack: String,
        /// What is wrong with it.
        why: String,
    },
    /// A role would have more policies than IAM takes.
    #[error("a role of {stack} would need {policies} policies; IAM takes {MOST_POLICIES}: split the system into two")]
    TooMany {
        /// The stack.
        stack: String,
        /// How many it would need.
        policies: usize,
    },
}

/// The name of a role.
pub fn role_name(stack: &str, duty: Duty) -> String {
    super::names::shortened(&format!("{stack}-{}", duty.word()), 64)
}

/// The ARN of a role.
pub fn role_arn(deployed: &Deployed<'_>, duty: Duty) -> String {
    let Place { account, region, .. } = deployed.place;
    format!("arn:{}:iam::{account}:role{PATH}{}", sam::partition(region), role_name(deployed.stack, duty))
}

/// The policy that is written to bound the roles of a stack, by path and name.
pub fn bounds(stack: &str) -> String {
    format!("landfall/{stack}-bounds")
}

/// The template of an account's deploy roles, for the targets that live there.
///
/// # Errors
/// For which targets no roles can be written.
pub fn template(targets: &[Deployed<'_>], repository: &Repository) -> Result<Template, Vec<RolesError>> {
    let mut written = Template {
        format_version: Some("2010-09-09".to_owned()),
        description: Some(format!("The roles by which the pipelines of {} deploy with landfall.", repository.name)),
        ..Template::default()
    };
    written.parameters.insert(
        "Provider".to_owned(),
        object(json!({
            "Type": "String",
            "Default": "",
            "Description": "The ARN of the account's identity provider for GitHub where it has one already; empty to make one.",
        })),
    );
    written.conditions.insert("MakesProvider".to_owned(), json!({ "Fn::Equals": [{ "Ref": "Provider" }, ""] }));
    let mut provider =
        resource("AWS::IAM::OIDCProvider", json!({ "Url": format!("https://{ISSUER}"), "ClientIdList": [AUDIENCE] }));
    provider.condition = Some("MakesProvider".to_owned());
    written.resources.insert("GitHub".to_owned(), provider);
    let mut errors = Vec::new();
    for target in targets {
        if let Err(error) = roles(&mut written, target, repository) {
            errors.push(error);
        }
    }
    if let Some(first) = targets.first() {
        written.resources.insert("DeployerBounds".to_owned(), deployer_bounds(first.place));
    }
    if errors.is_empty() { Ok(written) } else { Err(errors) }
}

/// Adds the four roles of a target and their policies.
fn roles(written: &mut Template, target: &Deployed<'_>, repository: &Repository) -> Result<(), RolesError> {
    let wrong = |why: String| RolesError::Template { stack: target.stack.to_owned(), why };
    let inputs = Inputs { region: target.place.region.clone(), ..Inputs::default() };
    let expanded = sam::expand_with(target.template, &inputs).map_err(|error| wrong(error.to_string()))?.template;
    let id = super::names::pascal(target.stack);
    let account = &target.place.account;
    let bounds_arn = target
        .bounded_by
        .map(|name| format!("arn:{}:iam::{account}:policy/{name}", sam::partition(&target.place.region)));
    if target.bounded_by == Some(bounds(target.stack).as_str()) {
        written.resources.insert(format!("{id}Bounds"), workload_bounds(target, &expanded));
    }
    let takers = takers(&expanded);
    let tag = |key: &str| target.tags.get(key).map_or("", String::as_str);
    let owner = Owner {
        place: target.place,
        stack: target.stack,
        tags: [("environment", tag("environment")), ("system", tag("system"))],
        bounds: bounds_arn.as_deref(),
        takers: &takers,
    };
    let (reads, changes) = handled(&expanded, &owner);
    let asks = packing::pack(&[own(subject::ASKS, &owner), stores(target, false), copied(target), reads].concat());
    let has_registry = expanded.resources.values().any(|resource| resource.kind == "AWS::ECR::Repository");
    let pushes = if has_registry { own(subject::PUSHES, &owner) } else { Vec::new() };
    let migrates = if target.migrates { own(subject::MIGRATES, &owner) } else { Vec::new() };
    let calls =
        [own(subject::CHANGES, &owner), own(subject::LOOKS, &owner), own(subject::LEADS, &owner), pushes, migrates];
    let does = packing::pack(
        &[calls.concat(), switched(target, &expanded), stores(target, true), copied(target), changes].concat(),
    );
    let ends = packing::pack(&own(subject::ENDS, &owner));
    let seals = packing::pack(&recorded(target, &ledger::sealed(target)));
    let mut named = BTreeMap::new();
    for (word, packed) in [("Asks", asks), ("Changes", does), ("Ends", ends), ("Seals", seals)] {
        let ids: Vec<String> = put(written, &format!("{id}{word}"), target.stack, word, packed);
        named.insert(word, ids);
    }
    for duty in Duty::ALL {
        let policies: Vec<Value> = duty
            .policies()
            .iter()
            .filter_map(|word| named.get(word))
            .flatten()
            .map(|id| json!({ "Ref": id }))
            .collect();
        if policies.len() > MOST_POLICIES {
            return Err(RolesError::TooMany { stack: target.stack.to_owned(), policies: policies.len() });
        }
        let role = resource(
            "AWS::IAM::Role",
            json!({
                "RoleName": role_name(target.stack, duty),
                "Path": PATH,
                "Description": format!("{} by the pipelines of {}", duty.sentence(), repository.name),
                "MaxSessionDuration": duty.longest_seconds(),
                "PermissionsBoundary": { "Ref": "DeployerBounds" },
                "AssumeRolePolicyDocument": trust(&repository.subjects(target.stack, duty)),
                "ManagedPolicyArns": policies,
            }),
        );
        written.resources.insert(format!("{id}{}", super::names::pascal(duty.word())), role);
    }
    Ok(())
}

fn put(written: &mut Template, id: &str, stack: &str, word: &str, packed: Vec<Packed>) -> Vec<String> {
    let mut ids = Vec::new();
    for (index, statements) in packed.into_iter().enumerate() {
        let (id, number) = (format!("{id}{}", index + 1), index + 1);
        let policy = json!({
            "ManagedPolicyName": super::names::shortened(&format!("{stack}-{}-{number}", word.to_lowercase()), 128),
            "Path": PATH,
            "PolicyDocument": document(statements),
        });
        written.resources.insert(id.clone(), resource("AWS::IAM::ManagedPolicy", policy));
        ids.push(id);
    }
    ids
}

fn document(statements: Packed) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Who may take a role: a token of GitHub's for one of the subjects, issued for AWS.
fn trust(subjects: &[String]) -> Value {
    let provider = json!({ "Fn::If": ["MakesProvider", { "Fn::GetAtt": ["GitHub", "Arn"] }, { "Ref": "Provider" }] });
    document(vec![json!({
        "Effect": "Allow",
        "Principal": { "Federated": provider },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": { format!("{ISSUER}:aud"): AUDIENCE, format!("{ISSUER}:sub"): subjects },
        },
    })])
}

/// What landfall calls itself.
fn own(called: &[(&str, &str)], owner: &Owner<'_>) -> Vec<Grant> {
    called
        .iter()
        .map(|(action, kind)| {
            let service = action.split(':').next().unwrap_or_default();
            let resources = match *kind {
                "*" => BTreeSet::from(["*".to_owned()]),
                "transform" => BTreeSet::from([format!(
                    "arn:{}:cloudformation:{}:aws:transform/Serverless-2016-10-31",
                    sam::partition(&owner.place.region),
                    owner.place.region
                )]),
                kind => BTreeSet::from([scope::named(service, kind, owner)]),
            };
            Grant { action: (*action).to_owned(), scope: Scope::new(resources, &json!({})) }
        })
        .collect()
}

/// What landfall does with the settings of a stack itself, to switch them and to keep them so.
fn switched(target: &Deployed<'_>, template: &Template) -> Vec<Grant> {
    let Place { account, region, .. } = target.place;
    let partition = sam::partition(region);
    let settings = template.resources.values().filter(|resource| resource.kind == super::setting::KIND);
    let names = settings.filter_map(|setting| setting.properties.get("Name")?.as_str());
    let arn = |name: &str| format!("arn:{partition}:ssm:{region}:{account}:parameter/{}", name.trim_start_matches('/'));
    let resources: BTreeSet<String> = names.map(arn).collect();
    if resources.is_empty() {
        return Vec::new();
    }
    let grant =
        |action: &&str| Grant { action: (*action).to_owned(), scope: Scope::new(resources.clone(), &json!({})) };
    subject::SWITCHES.iter().map(grant).collect()
}

/// What landfall does in the buckets of code and ledger.
fn stores(target: &Deployed<'_>, writes: bool) -> Vec<Grant> {
    let grant = |action: &str, keys: &str| stored(target, action, target.bucket, &target.place.account, keys);
    let mut grants: Vec<Grant> = LOOKED_AT.iter().map(|action| grant(action, "")).collect();
    // A plan has the cloud preview the template, and large ones go through the bucket.
    grants.extend(["GetObject", "PutObject"].map(|action| grant(action, "/templates/*")));
    grants.push(grant("GetObject", "/artifacts/*"));
    if writes {
        grants.push(grant("PutObject", "/artifacts/*"));
        grants.extend(
            ["CreateBucket", "PutBucketVersioning", "PutBucketPublicAccessBlock"].map(|action| grant(action, "")),
        );
    }
    grants.extend(recorded(target, &ledger::read(target)));
    grants.extend(recorded(target, &if writes { ledger::written(target) } else { ledger::noted(target) }));
    grants
}

/// What landfall looks at in the buckets that others are copied into.
fn copied(target: &Deployed<'_>) -> Vec<Grant> {
    let destinations = bucket::destinations(target.template.clone(), &Given::default());
    let grant = |there: Destination| stored(target, "GetBucketVersioning", &there.bucket, &target.place.account, "");
    destinations.into_iter().map(grant).collect()
}

/// What is looked at in a bucket before it is used.
const LOOKED_AT: [&str; 3] = ["ListBucket", "GetBucketVersioning", "GetBucketPublicAccessBlock"];

/// Permissions in the bucket of the ledger.
fn recorded(target: &Deployed<'_>, done: &[(&str, String)]) -> Vec<Grant> {
    let Some(Records { bucket, owner, .. }) = target.ledger else { return Vec::new() };
    done.iter().map(|(action, keys)| stored(target, action, bucket, &owner.account, keys)).collect()
}

/// A permission in a bucket that belongs to this account.
fn stored(target: &Deployed<'_>, action: &str, bucket: &str, owner: &str, keys: &str) -> Grant {
    let partition = sam::partition(&target.place.region);
    Grant {
        action: format!("s3:{action}"),
        scope: Scope::new(
            BTreeSet::from([format!("arn:{partition}:s3:::{bucket}{keys}")]),
            &json!({ "StringEquals": { "aws:ResourceAccount": owner } }),
        ),
    }
}

/// A permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Grant {
    action: String,
    scope: Scope,
}

/// What whoever has a distribution's requests written down may do with it, beside what the handlers name (CloudFront developer guide,
/// "Configure standard logging (v2)").
const DELIVERS: &str = "cloudfront:AllowVendedLogDeliveryForResource";

/// What the handlers of a template's types need: to read, and to change.
fn handled(template: &Template, owner: &Owner<'_>) -> (Vec<Grant>, Vec<Grant>) {
    let (mut reads, mut changes) = (BTreeSet::new(), BTreeSet::new());
    let kinds: BTreeSet<&str> = template.resources.values().map(|resource| resource.kind.as_str()).collect();
    for kind in kinds {
        let Some(schema) = registry::find(kind) else { continue };
        for (verb, handler) in schema.handlers() {
            let into = if matches!(verb, "read" | "list") { &mut reads } else { &mut changes };
            into.extend(handler.permissions);
        }
    }
    if template.resources.values().any(|resource| resource.kind == "AWS::Logs::DeliverySource") {
        changes.insert(DELIVERS);
    }
    if resolves_secrets(template) {
        changes.insert("secretsmanager:GetSecretValue");
    }
    if template.resources.values().any(|resource| resource.update_policy.is_some()) {
        changes.extend(SHIFTS);
    }
    let grants = |actions: &BTreeSet<&str>| {
        let granted = actions.iter().filter_map(|action| {
            let (service, name) = action.split_once(':')?;
            // To take a role's bounds away is to widen it.
            let widens = name.ends_with("PermissionsBoundary") && owner.bounds.is_some();
            let scope = scope::handed_on(service, name, owner);
            (!widens).then(|| Grant { action: (*action).to_owned(), scope })
        });
        granted.collect::<Vec<_>>()
    };
    let only_changes: BTreeSet<&str> = changes.difference(&reads).copied().collect();
    (grants(&reads), grants(&only_changes))
}

/// What CloudFormation calls to have CodeDeploy shift a function's calls (CodeDeploy user guide, "Amazon CodeDeploy permissions
/// reference", for a deployment).
const SHIFTS: [&str; 6] = [
    "codedeploy:CreateDeployment",
    "codedeploy:GetApplicationRevision",
    "codedeploy:GetDeployment",
    "codedeploy:GetDeploymentConfig",
    "codedeploy:RegisterApplicationRevision",
    "codedeploy:StopDeployment",
];

fn resolves_secrets(template: &Template) -> bool {
    template
        .resources
        .values()
        .any(|resource| Value::Object(resource.properties.clone()).to_string().contains("{{resolve:secretsmanager:"))
}

/// The services that take the template's roles.
fn takers(template: &Template) -> BTreeSet<String> {
    let roles = template.resources.values().filter(|resource| resource.kind == "AWS::IAM::Role");
    roles
        .filter_map(|role| role.properties.get("AssumeRolePolicyDocument"))
        .flat_map(|trust| trust["Statement"].as_array().cloned().unwrap_or_default())
        .flat_map(|statement| match &statement["Principal"]["Service"] {
            Value::Array(services) => services.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            service => service.as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
        })
        .collect()
}

/// What the roles of a stack may do at most: what they may do together, anywhere in the account.
fn workload_bounds(target: &Deployed<'_>, template: &Template) -> TemplateResource {
    let roles = template.resources.values().filter(|resource| resource.kind == "AWS::IAM::Role");
    let mut allowed = BTreeSet::new();
    for role in roles {
        for inline in role.properties.get("Policies").and_then(Value::as_array).into_iter().flatten() {
            for statement in policy::statements(&inline["PolicyDocument"]) {
                if statement.allows {
                    allowed.extend(statement.written.into_values());
                }
            }
        }
    }
    let statement = json!({ "Sid": "AtMost", "Effect": "Allow", "Action": allowed, "Resource": "*" });
    resource(
        "AWS::IAM::ManagedPolicy",
        json!({
            "ManagedPolicyName": format!("{}-bounds", target.stack),
            "Path": PATH,
            "Description": format!("What the roles of {} may do at most", target.stack),
            "PolicyDocument": document(vec![statement]),
        }),
    )
}

/// What no deploy role may do, whatever its policies say: touch itself and its like, make people, leave the account's fold.
fn deployer_bounds(place: &Place) -> TemplateResource {
    let arn = |what: &str| format!("arn:{}:iam::{}:{what}{PATH}*", sam::partition(&place.region), place.account);
    let statements = vec![
        json!({ "Sid": "WhatItsPoliciesSay", "Effect": "Allow", "Action": "*", "Resource": "*" }),
        json!({
            "Sid": "NotItself",
            "Effect": "Deny",
            "Action": "iam:*",
            "Resource": [arn("role"), arn("policy")],
        }),
        json!({
            "Sid": "NoPeople",
            "Effect": "Deny",
            "Action": [
                "account:*",
                "iam:*AccessKey*",
                "iam:*Group*",
                "iam:*LoginProfile*",
                "iam:*OpenIDConnectProvider*",
                "iam:*SAMLProvider*",
                "iam:*User*",
                "organizations:*",
            ],
            "Resource": "*",
        }),
    ];
    let mut bounds = resource(
        "AWS::IAM::ManagedPolicy",
        json!({
            "ManagedPolicyName": "deployer-bounds",
            "Path": PATH,
            "Description": "What no deploy role of landfall may do",
            "PolicyDocument": document(statements),
        }),
    );
    let skip = UNBOUNDED
        .map(|rule| json!({ "id": rule, "comment": "a permissions boundary gives nothing: it only takes away" }));
    bounds.metadata.insert("checkov".to_owned(), json!({ "skip": skip }));
    bounds
}

fn resource(kind: &str, properties: Value) -> TemplateResource {
    TemplateResource { kind: kind.to_owned(), properties: object(properties), ..TemplateResource::default() }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
