//! Policy documents: their form, whatever they are attached to.
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language".

use serde_json::Value;

use super::Asked;

/// What a policy is attached to decides what its statements must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attached {
    /// To a user, group or role: no principal, but resources.
    Identity,
    /// To a role, as to who may assume it: a principal, but no resources.
    Trust,
    /// To a queue, topic, bucket, key: a principal.
    Resource,
}

/// Why IAM refuses this document, if it does.
pub(super) fn refusal(asked: &Asked<'_>, document: &Value, attached: Attached) -> Option<String> {
    let parsed;
    let document = match document {
        Value::String(text) => {
            parsed = serde_json::from_str::<Value>(text).ok();
            parsed.as_ref()
        }
        other => Some(other),
    };
    let malformed = |what: &str| asked.invalid(what);
    let Some(Value::Object(document)) = document else { return malformed("Syntax errors in policy.") };
    if let Some(version) = document.get("Version")
        && *version != "2012-10-17"
        && *version != "2008-10-17"
    {
        return malformed("The policy must contain a valid version string.");
    }
    if document.keys().any(|key| !["Version", "Id", "Statement"].contains(&key.as_str())) {
        return malformed("Syntax errors in policy.");
    }
    let statements = each(document.get("Statement"));
    if statements.is_empty() {
        return malformed("Syntax errors in policy.");
    }
    statements.iter().find_map(|statement| statement_refusal(asked, statement, attached))
}

fn statement_refusal(asked: &Asked<'_>, statement: &Value, attached: Attached) -> Option<String> {
    let malformed = |what: &str| asked.invalid(what);
    let has = |name: &str, inverse: &str| statement.get(name).is_some() || statement.get(inverse).is_some();
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return malformed("Syntax errors in policy.");
    }
    if !has("Action", "NotAction") {
        return malformed("Policy statement must contain actions.");
    }
    let principal = has("Principal", "NotPrincipal");
    let resources = has("Resource", "NotResource");
    match attached {
        Attached::Identity if principal => return malformed("Policy document should not specify a principal."),
        Attached::Identity if !resources => return malformed("Policy statement must contain resources."),
        Attached::Trust if resources => return malformed("Has prohibited field Resource"),
        Attached::Trust | Attached::Resource if !principal => {
            return malformed("Policy statement must contain a principal.");
        }
        _ => {}
    }
    for action in each(statement.get("Action").or_else(|| statement.get("NotAction"))) {
        let action = action.as_str().unwrap_or_default();
        if action != "*" && !action.contains(':') {
            return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
        }
    }
    if attached == Attached::Identity {
        for resource in each(statement.get("Resource")) {
            let resource = resource.as_str().unwrap_or_default();
            if resource != "*" && !resource.starts_with("arn:") {
                return malformed(&format!("Resource {resource} must be in ARN format or \"*\"."));
            }
        }
    }
    for principal in principals(statement, "AWS") {
        if let Some(missing) = missing_principal(asked, principal) {
            return malformed(&format!("Invalid principal in policy: \"AWS\":\"{missing}\""));
        }
    }
    None
}

/// A role or user of the same account that doesn't exist.
fn missing_principal<'a>(asked: &Asked<'_>, principal: &'a str) -> Option<&'a str> {
    let own = format!("arn:aws:iam::{}:", asked.account());
    let path = principal.strip_prefix(&own)?;
    let (kind, name) = match path.split_once('/')? {
        ("role", name) => ("AWS::IAM::Role", name),
        ("user", name) => ("AWS::IAM::User", name),
        _ => return None,
    };
    let name = name.rsplit('/').next()?;
    asked.find(kind, name).is_none().then_some(principal)
}

/// The principals of a kind that a statement names.
pub(super) fn principals<'a>(statement: &'a Value, kind: &str) -> Vec<&'a str> {
    match statement.get("Principal") {
        Some(Value::String(all)) => vec![all],
        Some(Value::Object(by_kind)) => each(by_kind.get(kind)).into_iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A list's items, or the one that stands for a list.
pub(super) fn each(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    }
}

/// The statements of a document.
pub(super) fn statements(document: Option<&Value>) -> Vec<&Value> {
    each(document.and_then(|document| document.get("Statement")))
}
