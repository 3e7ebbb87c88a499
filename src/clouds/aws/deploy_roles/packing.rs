//! Permissions into statements, and statements into policies that IAM takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Grant;
use super::scope::Scope;

/// The statements of one policy.
pub(super) type Packed = Vec<Value>;

/// The largest policy in characters, white space not counted (IAM user guide, "IAM and AWS STS quotas").
pub(super) const LARGEST: usize = 6_144;
/// What a policy has around its statements: `{"Version":"2012-10-17","Statement":[]}`.
const AROUND: usize = 40;

/// Packs permissions: those held to the same in one statement, as many statements to a policy as fit.
pub(super) fn pack(grants: &[Grant]) -> Vec<Packed> {
    let mut by_scope: BTreeMap<&Scope, BTreeSet<&str>> = BTreeMap::new();
    for grant in grants {
        by_scope.entry(&grant.scope).or_default().insert(&grant.action);
    }
    let mut policies: Vec<(usize, Packed)> = Vec::new();
    for (scope, actions) in by_scope {
        for statement in statements(scope, &actions) {
            let size = length(&statement) + 1;
            match policies.iter_mut().find(|(taken, _)| taken + size <= LARGEST) {
                Some((taken, packed)) => {
                    *taken += size;
                    packed.push(statement);
                }
                None => policies.push((AROUND + size, vec![statement])),
            }
        }
    }
    policies.into_iter().map(|(_, packed)| packed).collect()
}

/// The statements for one scope: one, or more where its actions alone are too many for a policy.
fn statements(scope: &Scope, actions: &BTreeSet<&str>) -> Vec<Value> {
    let with = |actions: &[&str]| {
        let mut statement = json!({ "Effect": "Allow", "Action": actions, "Resource": scope.resources });
        // Written by `Scope::new`.
        if let (Ok(condition), Some(fields)) = (serde_json::from_str(&scope.condition), statement.as_object_mut()) {
            let condition: Value = condition;
            fields.insert("Condition".to_owned(), condition);
        }
        statement
    };
    let (mut done, mut open): (Vec<Value>, Vec<&str>) = (Vec::new(), Vec::new());
    for action in actions {
        open.push(action);
        // Half a policy, so that statements fill policies without large gaps.
        if length(&with(&open)) > LARGEST / 2 {
            done.push(with(&open));
            open.clear();
        }
    }
    if !open.is_empty() {
        done.push(with(&open));
    }
    done
}

fn length(statement: &Value) -> usize {
    statement.to_string().chars().filter(|character| !character.is_whitespace()).count()
}
