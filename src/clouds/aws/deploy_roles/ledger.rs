//! What deploy roles do in the bucket of a ledger, and the policy by which its owner lets those of other accounts do it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::super::document::Template;
use super::super::sam;
use super::{Deployed, Duty, LOOKED_AT, Records, document, resource, role_arn};

/// What is read in the bucket, by action and keys.
pub(super) fn read(target: &Deployed<'_>) -> Vec<(&'static str, String)> {
    let Some(Records { prefix, .. }) = target.ledger else { return Vec::new() };
    LOOKED_AT.iter().map(|action| (*action, String::new())).chain([("GetObject", keys(prefix, "*"))]).collect()
}

/// What is written when somebody has looked for drift: a note, by which nothing is decided.
pub(super) fn noted(target: &Deployed<'_>) -> Vec<(&'static str, String)> {
    puts(target, &[&format!("{}/drift.json", records(target))])
}

/// The folder of the target's own records.
fn records(target: &Deployed<'_>) -> String {
    let tag = |key: &str| target.tags.get(key).map_or("", String::as_str);
    format!("targets/{}/{}", tag("system"), tag("environment"))
}

/// What is written when something is deployed: documents by their digests, the target's own records, and what the store's clock is
/// asked by. No other target's records.
pub(super) fn written(target: &Deployed<'_>) -> Vec<(&'static str, String)> {
    puts(target, &["clock", "documents/*", &format!("{}/*", records(target))])
}

/// What sealing a release writes: parts by their digests, the release and its name. No record of a deployment.
pub(super) fn sealed(target: &Deployed<'_>) -> Vec<(&'static str, String)> {
    let system = target.tags.get("system").map_or("", String::as_str);
    puts(target, &["documents/*", &format!("releases/{system}/*")])
}

fn puts(target: &Deployed<'_>, names: &[&str]) -> Vec<(&'static str, String)> {
    let Some(Records { prefix, .. }) = target.ledger else { return Vec::new() };
    names.iter().map(|name| ("PutObject", keys(prefix, name))).collect()
}

/// Objects of the ledger, as they follow the bucket in an ARN.
fn keys(prefix: &str, name: &str) -> String {
    match prefix.trim_matches('/') {
        "" => format!("/{name}"),
        prefix => format!("/{prefix}/{name}"),
    }
}

/// The template by which a bucket's owner lets the deploy roles of other accounts keep their ledger there: what the roles' own
/// policies say of the bucket, and no more. None where no role of another account uses it.
pub fn ledger_policy(targets: &[Deployed<'_>], bucket: &str) -> Option<Template> {
    let mut takers: BTreeMap<(String, &str), BTreeSet<String>> = BTreeMap::new();
    for target in targets {
        let foreign =
            target.ledger.filter(|ledger| ledger.bucket == bucket && ledger.owner.account != target.place.account);
        let Some(Records { owner, .. }) = foreign else { continue };
        for duty in Duty::ALL {
            for word in duty.policies() {
                let done = match *word {
                    "Asks" => [read(target), noted(target)].concat(),
                    "Changes" => [read(target), written(target)].concat(),
                    "Seals" => sealed(target),
                    _ => Vec::new(),
                };
                for (action, keys) in done {
                    let resource = format!("arn:{}:s3:::{bucket}{keys}", sam::partition(&owner.region));
                    takers.entry((resource, action)).or_default().insert(role_arn(target, duty));
                }
            }
        }
    }
    let mut statements: BTreeMap<(String, BTreeSet<String>), Vec<String>> = BTreeMap::new();
    for ((resource, action), roles) in takers {
        statements.entry((resource, roles)).or_default().push(format!("s3:{action}"));
    }
    if statements.is_empty() {
        return None;
    }
    let statements = statements.into_iter().map(|((resource, roles), actions)| {
        json!({ "Effect": "Allow", "Principal": { "AWS": roles }, "Action": actions, "Resource": resource })
    });
    let policy = json!({ "Bucket": bucket, "PolicyDocument": document(statements.collect()) });
    Some(Template {
        format_version: Some("2010-09-09".to_owned()),
        description: Some(format!("Lets the deploy roles of other accounts keep their ledger in {bucket}.")),
        resources: BTreeMap::from([("Ledger".to_owned(), resource("AWS::S3::BucketPolicy", policy))]),
        ..Template::default()
    })
}
