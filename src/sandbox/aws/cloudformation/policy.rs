//! Stack policies: what an update may do to which resource.
//!
//! Source: CloudFormation User Guide, "Prevent updates to stack resources".

use serde_json::Value;

use crate::sandbox::aws::error::ApiError;

/// The most bytes of a policy. Source: API Reference, SetStackPolicy, "StackPolicyBody".
const LIMIT: usize = 16_384;

/// Checks a policy's form.
///
/// # Errors
/// `ValidationError`.
pub fn check(text: &str) -> Result<(), ApiError> {
    if text.len() > LIMIT {
        return Err(ApiError::constraint(
            "policy",
            "stackPolicyBody",
            &format!("Member must have length less than or equal to {LIMIT}"),
        ));
    }
    let policy: Value = serde_json::from_str(text)
        .map_err(|error| ApiError::validation(format!("Error validating stack policy: Invalid JSON: {error}")))?;
    let statements = policy.get("Statement").ok_or_else(|| {
        ApiError::validation("Error validating stack policy: Invalid stack policy: Missing Statement")
    })?;
    for statement in each(statements) {
        let effect = statement.get("Effect").and_then(Value::as_str).unwrap_or_default();
        if !matches!(effect, "Allow" | "Deny") {
            return Err(ApiError::validation(
                "Error validating stack policy: Invalid effect value, must be Allow or Deny",
            ));
        }
        let principal = statement.get("Principal").or_else(|| statement.get("NotPrincipal"));
        if principal.is_none_or(|principal| principal != "*" && principal.get("AWS").is_none_or(|who| who != "*")) {
            return Err(ApiError::validation("Error validating stack policy: Principal must be set to \"*\""));
        }
        for action in each(statement.get("Action").or_else(|| statement.get("NotAction")).unwrap_or(&Value::Null)) {
            let known = ["Update:Modify", "Update:Replace", "Update:Delete", "Update:*", "*"];
            if !action.as_str().is_some_and(|action| known.contains(&action)) {
                return Err(ApiError::validation(format!(
                    "Error validating stack policy: Invalid action: {}",
                    action.as_str().unwrap_or_default()
                )));
            }
        }
        if statement.get("Resource").or_else(|| statement.get("NotResource")).is_none() {
            return Err(ApiError::validation("Error validating stack policy: Missing Resource or NotResource"));
        }
    }
    Ok(())
}

/// Why the policy doesn't let an update do this, if it doesn't. A resource that no statement allows is denied.
pub fn denial(policy: &str, logical_id: &str, kind: &str, action: &str) -> Option<String> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let statements = policy.get("Statement")?;
    let resource = format!("LogicalResourceId/{logical_id}");
    let mut allowed = false;
    for (index, statement) in each(statements).enumerate() {
        let applies = names(statement, "Action", "NotAction", action)
            && names(statement, "Resource", "NotResource", &resource)
            && condition_holds(statement, kind);
        if !applies {
            continue;
        }
        if statement.get("Effect").and_then(Value::as_str) == Some("Deny") {
            return Some(format!(
                "Action denied by stack policy: Statement [#{}] does not allow [{action}] for resource [{resource}];",
                index + 1
            ));
        }
        allowed = true;
    }
    (!allowed).then(|| {
        format!("Action not allowed by stack policy: No statement allows [{action}] for resource [{resource}];")
    })
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.iter(),
        Value::Null => [].iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

fn names(statement: &Value, key: &str, inverse: &str, wanted: &str) -> bool {
    match (statement.get(key), statement.get(inverse)) {
        (Some(patterns), _) => any_matches(patterns, wanted),
        (None, Some(patterns)) => !any_matches(patterns, wanted),
        (None, None) => false,
    }
}

fn any_matches(patterns: &Value, wanted: &str) -> bool {
    each(patterns).filter_map(Value::as_str).any(|pattern| matches(pattern, wanted))
}

fn condition_holds(statement: &Value, kind: &str) -> bool {
    let Some(Value::Object(conditions)) = statement.get("Condition") else { return true };
    conditions.iter().all(|(operator, test)| {
        let Some(kinds) = test.get("ResourceType") else { return false };
        match operator.as_str() {
            "StringEquals" => each(kinds).filter_map(Value::as_str).any(|wanted| wanted == kind),
            "StringLike" => any_matches(kinds, kind),
            "StringNotEquals" => !each(kinds).filter_map(Value::as_str).any(|wanted| wanted == kind),
            "StringNotLike" => !any_matches(kinds, kind),
            _ => false,
        }
    })
}

/// `*` stands for any text and `?` for any character.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let mut reachable = vec![false; text.len() + 1];
    reachable[0] = true;
    for letter in pattern {
        if letter == '*' {
            let first = reachable.iter().position(|here| *here).unwrap_or(reachable.len());
            reachable.iter_mut().skip(first).for_each(|here| *here = true);
            continue;
        }
        for at in (0..text.len()).rev() {
            reachable[at + 1] = reachable[at] && (letter == '?' || letter == text[at]);
        }
        reachable[0] = false;
    }
    reachable[text.len()]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{check, denial, matches};

    #[test]
    fn a_denial_names_the_statement_the_action_and_the_resource() {
        let policy = json!({"Statement": [
            {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": ["Update:Replace", "Update:Delete"], "Principal": "*",
             "Resource": "LogicalResourceId/Data*"},
        ]})
        .to_string();
        assert_eq!(denial(&policy, "Database", "AWS::RDS::DBInstance", "Update:Modify"), None);
        assert_eq!(
            denial(&policy, "Database", "AWS::RDS::DBInstance", "Update:Replace").unwrap(),
            "Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/Database];"
        );
        assert_eq!(denial(&policy, "Queue", "AWS::SQS::Queue", "Update:Replace"), None);
    }

    #[test]
    fn what_no_statement_allows_is_denied_and_types_can_be_meant() {
        let policy = json!({"Statement": [
            {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*",
             "Condition": {"StringEquals": {"ResourceType": ["AWS::SQS::Queue"]}}},
        ]})
        .to_string();
        assert_eq!(denial(&policy, "Q", "AWS::SQS::Queue", "Update:Modify"), None);
        assert!(denial(&policy, "T", "AWS::SNS::Topic", "Update:Modify").is_some());
    }

    #[test]
    fn a_policy_must_have_the_right_form() {
        assert!(check("{").is_err());
        let wrong =
            json!({"Statement": [{"Effect": "Allow", "Action": "Update:Modify", "Principal": "me", "Resource": "*"}]});
        assert!(check(&wrong.to_string()).is_err());
        let wrong =
            json!({"Statement": [{"Effect": "Allow", "Action": "Update:X", "Principal": "*", "Resource": "*"}]});
        assert!(check(&wrong.to_string()).is_err());
    }

    #[test]
    fn patterns() {
        assert!(matches("a*c", "abbc") && matches("*", "") && matches("a?c", "abc"));
        assert!(!matches("a*c", "abcd") && !matches("", "a"));
    }
}
