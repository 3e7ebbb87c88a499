//! What a bucket's policy lets callers of other accounts do.

use serde_json::Value;

use super::bucket::Bucket;

/// The permission that an action of the sandbox's needs; none for those that no policy gives away here.
pub fn permission(action: &str, query: &str) -> Option<&'static str> {
    Some(match action {
        "HeadBucket" | "ListObjectsV2" => "s3:ListBucket",
        "GetBucketVersioning" => "s3:GetBucketVersioning",
        "Get" if query.contains("publicAccessBlock") => "s3:GetBucketPublicAccessBlock",
        "GetObject" | "HeadObject" => "s3:GetObject",
        "PutObject" => "s3:PutObject",
        "DeleteObject" => "s3:DeleteObject",
        _ => return None,
    })
}

/// Whether the policy lets an account have this done to a resource. The sandbox knows no roles: who is named stands for the account.
/// A policy that denies anything, or a statement with conditions, gives nothing: they are not weighed.
pub fn admits(bucket: &Bucket, account: &str, permission: &str, resource: &str) -> bool {
    let Some(policy) = bucket.policy.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return false;
    };
    let statements = many(&policy["Statement"]);
    if statements.iter().any(|statement| statement["Effect"] != "Allow") {
        return false;
    }
    let named = |principal: &str| principal == account || principal.split(':').nth(4) == Some(account);
    statements.iter().any(|statement| {
        statement.get("Condition").is_none()
            && texts(&statement["Principal"]["AWS"]).into_iter().any(named)
            && texts(&statement["Action"]).contains(&permission)
            && texts(&statement["Resource"]).into_iter().any(|pattern| covers(pattern, resource))
    })
}

fn covers(pattern: &str, resource: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == resource, |start| resource.starts_with(start))
}

fn many(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |all| all.iter().collect())
}

fn texts(value: &Value) -> Vec<&str> {
    many(value).into_iter().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_lets_in_whom_it_names_for_what_it_names_and_nobody_else() {
        let mut bucket = Bucket::new("records", "111111111111", "us-east-1", Timestamp::UNIX_EPOCH);
        let object = "arn:aws:s3:::records/shop/head";
        let asks = |bucket: &Bucket, account: &str, permission: &str, resource: &str| {
            admits(bucket, account, permission, resource)
        };
        assert!(!asks(&bucket, "222222222222", "s3:GetObject", object));
        let statement = json!({
            "Effect": "Allow",
            "Principal": { "AWS": ["arn:aws:iam::222222222222:role/landfall/shop-dev-plan"] },
            "Action": "s3:GetObject",
            "Resource": ["arn:aws:s3:::records/shop/*"],
        });
        bucket.policy = Some(json!({ "Statement": [statement] }).to_string());
        assert!(asks(&bucket, "222222222222", "s3:GetObject", object));
        assert!(!asks(&bucket, "333333333333", "s3:GetObject", object));
        assert!(!asks(&bucket, "222222222222", "s3:PutObject", object));
        assert!(!asks(&bucket, "222222222222", "s3:GetObject", "arn:aws:s3:::records/other/head"));
        let denied = json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*" });
        bucket.policy = Some(json!({ "Statement": [statement, denied] }).to_string());
        assert!(!asks(&bucket, "222222222222", "s3:GetObject", object));
    }
}
