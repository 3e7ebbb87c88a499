//! Permissions: policies of identities, trust in roles, and policies on resources.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value, json};

use super::conditions::{keep_public_out, no_wider};
use crate::clouds::aws::policy::{Matched, Statement, has_statements, statements, text};
use crate::plan::exposure::Exposure;
use crate::plan::resource::Resource;

/// A policy document, and where it stands.
struct Document<'a> {
    /// The resource that holds it.
    resource: &'a str,
    /// Its property path.
    path: String,
    /// The document, as a value or as text.
    value: Cow<'a, Value>,
}

impl Document<'_> {
    fn grants(&self) -> impl Iterator<Item = Grant> {
        statements(&self.value).into_iter().map(|statement| Grant {
            resource: self.resource.to_owned(),
            // A permission's principal is its own document.
            path: if self.path == PRINCIPAL {
                self.path.clone()
            } else {
                format!("{}.Statement[{}]", self.path, statement.index)
            },
            statement,
        })
    }
}

/// A statement, and where it stands.
struct Grant {
    /// The resource that holds the statement.
    resource: String,
    /// The property path of the statement's document, with the statement's place.
    path: String,
    statement: Statement,
}

/// Where a Lambda permission says whom it is for.
const PRINCIPAL: &str = "Principal";

/// Types whose policy is open to all while none is written (VPC user guide, endpoint policies; EFS user guide, file system policies).
const OPEN_WITHOUT: [(&str, &str); 2] =
    [("AWS::EC2::VPCEndpoint", "PolicyDocument"), ("AWS::EFS::FileSystem", "FileSystemPolicy")];

/// Properties that say on what a stand-alone policy is, in the order in which they are looked for.
const TARGETS: [&str; 12] = [
    "Bucket",
    "Queues",
    "Topics",
    "SecretId",
    "ResourceArn",
    "FunctionName",
    "LayerVersionArn",
    "EventBusName",
    "PolicyName",
    "VpcEndpointId",
    "RestApiId",
    "AlarmName",
];

pub(super) fn widened(before: &[Resource], after: &[Resource]) -> Vec<Exposure> {
    let (old, new) = (Side::of(before), Side::of(after));
    let mut found = Vec::new();
    let scopes: BTreeSet<&String> = old.documents.keys().chain(new.documents.keys()).collect();
    for scope in scopes {
        let (before, after) = (in_scope(&old, scope), in_scope(&new, scope));
        // What is written the same grants the same: most of it is.
        if before.iter().map(|document| &document.value).eq(after.iter().map(|document| &document.value)) {
            continue;
        }
        let (before, after) = (Granted::by(before), Granted::by(after));
        found.extend(after.allowed.iter().filter_map(|grant| gained(grant, &before.allowed)));
        // A denial that is gone together with what it protected widens nothing.
        if new.roles.contains(scope) || !after.is_empty() {
            found.extend(before.denied.iter().filter_map(|denial| lost(denial, &after.denied)));
        }
    }
    for (scope, (policy, resource)) in &new.managed {
        if !old.managed.contains_key(scope) {
            found.push(Exposure {
                resource: resource.clone(),
                path: "ManagedPolicyArns".to_owned(),
                what: format!("gains all that the managed policy {policy} allows"),
                public: false,
            });
        }
    }
    for (role, boundary) in &old.boundaries {
        match new.boundaries.get(role) {
            Some(now) if now == boundary => {}
            Some(now) if new.roles.contains(role) => {
                found.push(unbound(role, &format!("is bounded by {now} instead of {boundary}")))
            }
            None if new.roles.contains(role) => {
                found.push(unbound(role, &format!("is no longer bounded by {boundary}")))
            }
            _ => {}
        }
    }
    found
}

fn in_scope<'a>(side: &'a Side<'a>, scope: &str) -> &'a [Document<'a>] {
    side.documents.get(scope).map(Vec::as_slice).unwrap_or_default()
}

/// What documents allow, and what they deny.
struct Granted {
    allowed: Vec<Grant>,
    denied: Vec<Grant>,
}

impl Granted {
    fn by(documents: &[Document<'_>]) -> Granted {
        let (allowed, denied) = documents.iter().flat_map(Document::grants).partition(|grant| grant.statement.allows);
        Granted { allowed, denied }
    }

    fn is_empty(&self) -> bool {
        self.allowed.is_empty() && self.denied.is_empty()
    }
}

fn unbound(role: &str, what: &str) -> Exposure {
    Exposure { resource: role.to_owned(), path: "PermissionsBoundary".to_owned(), what: what.to_owned(), public: false }
}

/// What a statement allows that no statement known before allowed.
fn gained(grant: &Grant, known: &[Grant]) -> Option<Exposure> {
    let new = &grant.statement;
    let covering: Vec<&Statement> =
        known.iter().map(|old| &old.statement).filter(|old| no_wider(&new.conditions, &old.conditions)).collect();
    let everybody = Matched::all();
    let who = |statement: &Statement| statement.principals.clone().unwrap_or_else(|| everybody.clone());
    let mut actions = BTreeSet::new();
    let mut resources = BTreeSet::new();
    let mut principals = BTreeSet::new();
    for action in atoms(&new.actions) {
        for resource in atoms(&new.resources) {
            for principal in atoms(&who(new)) {
                let covered = covering.iter().any(|old| {
                    old.actions.covers(&action) && old.resources.covers(&resource) && who(old).covers(&principal)
                });
                if !covered {
                    actions.insert(shown(&action, Some(&new.written)));
                    resources.insert(shown(&resource, None));
                    principals.insert(principal_words(&principal));
                }
            }
        }
    }
    if actions.is_empty() {
        return None;
    }
    let open = new.principals.as_ref().is_some_and(|who| if who.except { true } else { who.takes("*") });
    let public = open && principals.contains(ANYBODY) && !keep_public_out(&new.conditions);
    let subject = match &new.principals {
        None => String::new(),
        Some(_) => format!("{} ", listed(&principals)),
    };
    let on = if resources.iter().all(|resource| resource == "*") && new.principals.is_some() {
        String::new()
    } else {
        format!(" on {}", listed(&resources))
    };
    let condition =
        if new.conditions.is_empty() { String::new() } else { format!(", where {}", new.tests.join(" and ")) };
    Some(Exposure {
        resource: grant.resource.clone(),
        path: grant.path.clone(),
        what: format!("{subject}may {}{on}{condition}", listed(&actions)),
        public,
    })
}

/// What a statement denied that nothing denies any more.
fn lost(denial: &Grant, left: &[Grant]) -> Option<Exposure> {
    let old = &denial.statement;
    let everybody = Matched::all();
    let who = |statement: &Statement| statement.principals.clone().unwrap_or_else(|| everybody.clone());
    // A denial with fewer conditions denies more.
    let denying: Vec<&Statement> =
        left.iter().map(|now| &now.statement).filter(|now| no_wider(&old.conditions, &now.conditions)).collect();
    let mut actions = BTreeSet::new();
    for action in atoms(&old.actions) {
        let denied = atoms(&old.resources).iter().all(|resource| {
            atoms(&who(old)).iter().all(|principal| {
                denying.iter().any(|now| {
                    now.actions.covers(&action) && now.resources.covers(resource) && who(now).covers(principal)
                })
            })
        });
        if !denied {
            actions.insert(shown(&action, Some(&old.written)));
        }
    }
    if actions.is_empty() {
        return None;
    }
    let condition =
        if old.conditions.is_empty() { String::new() } else { format!(", where {}", old.tests.join(" and ")) };
    Some(Exposure {
        resource: denial.resource.clone(),
        path: denial.path.clone(),
        what: format!("{} on {} is no longer denied{condition}", listed(&actions), listed(&old.resources.patterns)),
        public: false,
    })
}

/// Each pattern for itself; all but some patterns can't be taken apart.
fn atoms(matched: &Matched) -> Vec<Matched> {
    if matched.except {
        return vec![matched.clone()];
    }
    matched
        .patterns
        .iter()
        .map(|pattern| Matched { except: false, patterns: BTreeSet::from([pattern.clone()]) })
        .collect()
}

/// A pattern for people.
fn shown(matched: &Matched, written: Option<&BTreeMap<String, String>>) -> String {
    let names: BTreeSet<String> = matched
        .patterns
        .iter()
        .map(|pattern| written.and_then(|written| written.get(pattern)).unwrap_or(pattern).clone())
        .collect();
    if matched.except { format!("everything but {}", listed(&names)) } else { listed(&names) }
}

/// How everybody is called.
const ANYBODY: &str = "anybody";

fn principal_words(matched: &Matched) -> String {
    if !matched.except && matched.patterns.contains("*") {
        return ANYBODY.to_owned();
    }
    let names: BTreeSet<String> = matched
        .patterns
        .iter()
        .map(|who| who.split_once(':').map_or(who.as_str(), |(_, name)| name).to_owned())
        .collect();
    if matched.except { format!("anybody but {}", listed(&names)) } else { listed(&names) }
}

fn listed(names: &BTreeSet<String>) -> String {
    names.iter().cloned().collect::<Vec<_>>().join(", ")
}

/// Everything that one document grants.
#[derive(Default)]
struct Side<'a> {
    /// The policy documents by scope: whose permissions these are, or on what. Those of one scope are compared with each other.
    documents: BTreeMap<String, Vec<Document<'a>>>,
    /// The managed policies of others that identities hold, by identity and policy: the policy's name and the granting resource.
    managed: BTreeMap<(String, String), (String, String)>,
    /// The permissions boundaries by role.
    boundaries: BTreeMap<String, String>,
    roles: BTreeSet<String>,
}

impl<'a> Side<'a> {
    fn of(resources: &'a [Resource]) -> Side<'a> {
        let mut side = Side::default();
        let policies: BTreeMap<String, &'a Resource> = resources
            .iter()
            .filter(|resource| resource.kind == "AWS::IAM::ManagedPolicy")
            .map(|resource| (format!("${{{}}}", resource.id), resource))
            .collect();
        for resource in resources {
            match resource.kind.as_str() {
                "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => side.identity(resource, &policies),
                "AWS::IAM::Policy"
                | "AWS::IAM::ManagedPolicy"
                | "AWS::IAM::RolePolicy"
                | "AWS::IAM::UserPolicy"
                | "AWS::IAM::GroupPolicy" => side.attached(resource),
                "AWS::Lambda::Permission" | "AWS::Lambda::LayerVersionPermission" => side.permission(resource),
                _ => side.resource_policies(resource),
            }
        }
        side
    }

    fn add(&mut self, scope: &str, resource: &'a Resource, path: &str, value: Cow<'a, Value>) {
        let document = Document { resource: &resource.id, path: path.to_owned(), value };
        self.documents.entry(scope.to_owned()).or_default().push(document);
    }

    /// A role, user or group with what it holds itself.
    fn identity(&mut self, resource: &'a Resource, policies: &BTreeMap<String, &'a Resource>) {
        let scope = format!("${{{}}}", resource.id);
        self.roles.insert(resource.id.clone());
        self.roles.insert(scope.clone());
        let properties = &resource.properties;
        for (at, policy) in list(properties.get("Policies")).enumerate() {
            if let Some(document) = policy.get("PolicyDocument") {
                self.add(&scope, resource, &format!("Policies[{at}].PolicyDocument"), Cow::Borrowed(document));
            }
        }
        if let Some(trust) = properties.get("AssumeRolePolicyDocument") {
            self.add(&format!("trust in {}", resource.id), resource, "AssumeRolePolicyDocument", Cow::Borrowed(trust));
        }
        for arn in list(properties.get("ManagedPolicyArns")).map(text) {
            match policies.get(&arn).and_then(|policy| Some((policy, policy.properties.get("PolicyDocument")?))) {
                Some((policy, document)) => self.add(&scope, policy, "PolicyDocument", Cow::Borrowed(document)),
                None => {
                    self.managed.insert((scope.clone(), arn.clone()), (arn, resource.id.clone()));
                }
            }
        }
        if let Some(boundary) = properties.get("PermissionsBoundary") {
            self.boundaries.insert(resource.id.clone(), text(boundary));
        }
    }

    /// A policy of its own, attached to identities.
    fn attached(&mut self, resource: &'a Resource) {
        let Some(document) = resource.properties.get("PolicyDocument") else { return };
        let holders = ["Roles", "Users", "Groups"].into_iter().flat_map(|name| list(resource.properties.get(name)));
        let single = ["RoleName", "UserName", "GroupName"].into_iter().filter_map(|name| resource.properties.get(name));
        let mut scopes: BTreeSet<String> = holders.chain(single).map(text).collect();
        if resource.kind == "AWS::IAM::ManagedPolicy" {
            // What it grants to whom isn't all in this document.
            scopes.insert(format!("${{{}}}", resource.id));
        }
        for scope in scopes {
            self.add(&scope, resource, "PolicyDocument", Cow::Borrowed(document));
        }
    }

    /// A Lambda permission, which is a statement in other words.
    fn permission(&mut self, resource: &'a Resource) {
        let get = |name: &str| resource.properties.get(name);
        let target = get("FunctionName").or_else(|| get("LayerVersionArn")).map(text).unwrap_or_default();
        let mut statement = Map::new();
        statement.insert("Effect".to_owned(), json!("Allow"));
        statement.insert("Action".to_owned(), get("Action").cloned().unwrap_or_else(|| json!("lambda:InvokeFunction")));
        let principal = get("Principal").cloned().unwrap_or_else(|| json!("*"));
        let service = principal.as_str().is_some_and(|name| name.ends_with(".amazonaws.com"));
        statement.insert("Principal".to_owned(), if service { json!({"Service": principal}) } else { principal });
        let mut tests = Map::new();
        for (name, operator, key) in [
            ("SourceArn", "ArnLike", "aws:SourceArn"),
            ("SourceAccount", "StringEquals", "aws:SourceAccount"),
            ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
            ("OrganizationId", "StringEquals", "aws:PrincipalOrgID"),
            ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
            ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
        ] {
            if let Some(value) = get(name) {
                let test = tests.entry(operator.to_owned()).or_insert_with(|| json!({}));
                if let Some(test) = test.as_object_mut() {
                    test.insert(key.to_owned(), json!(text(value)));
                }
            }
        }
        statement.insert("Condition".to_owned(), Value::Object(tests));
        let document = json!({"Statement": [Value::Object(statement)]});
        self.add(&format!("on {target}"), resource, PRINCIPAL, Cow::Owned(document));
    }

    /// Every policy document anywhere in a resource's properties.
    fn resource_policies(&mut self, resource: &'a Resource) {
        let target = TARGETS.iter().find_map(|name| resource.properties.get(*name));
        let separate = resource.kind.ends_with("Policy");
        let scope = match target {
            Some(target) if separate => format!("on {}", targets(target)),
            _ => format!("on ${{{}}}", resource.id),
        };
        for (kind, property) in OPEN_WITHOUT {
            if resource.kind == kind && resource.properties.get(property).is_none() {
                let open =
                    json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}]});
                self.add(&scope, resource, property, Cow::Owned(open));
            }
        }
        self.search(&resource.properties, &At::Properties, &scope, resource);
    }

    fn search(&mut self, value: &'a Value, at: &At<'_>, scope: &str, resource: &'a Resource) {
        match value {
            Value::Object(fields) => {
                if has_statements(value) {
                    return self.add(scope, resource, &at.to_string(), Cow::Borrowed(value));
                }
                for (name, inner) in fields {
                    self.search(inner, &At::Field(at, name), scope, resource);
                }
            }
            Value::Array(items) => {
                for (index, inner) in items.iter().enumerate() {
                    self.search(inner, &At::Item(at, index), scope, resource);
                }
            }
            Value::String(text) if text.trim_start().starts_with('{') && text.contains("\"Statement\"") => {
                self.add(scope, resource, &at.to_string(), Cow::Borrowed(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// A place in a resource's properties. Only where something is found there is it put into words.
enum At<'walk> {
    Properties,
    Field(&'walk At<'walk>, &'walk str),
    Item(&'walk At<'walk>, usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Properties => Ok(()),
            At::Field(At::Properties, name) => f.write_str(name),
            At::Field(above, name) => write!(f, "{above}.{name}"),
            At::Item(list, index) => write!(f, "{list}[{index}]"),
        }
    }
}

/// What a policy is on, one way of writing it for all: by reference or by name, in any order.
fn targets(value: &Value) -> String {
    let mut names: Vec<String> = match value {
        Value::Array(items) => items.iter().map(text).collect(),
        one => vec![text(one)],
    };
    names.sort();
    names.join(", ")
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}
