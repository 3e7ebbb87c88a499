//! `S3`: a bucket of the same template that calls the function.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::Expansion;
use super::super::error::SamError;
use super::super::made::{Made, object, reference};
use super::Event;
use crate::clouds::aws::intrinsics::{self, Function};

pub(super) fn make(event: &mut Event<'_>, expansion: &mut Expansion<'_>) -> Result<Vec<Made>, SamError> {
    let bucket = event.given.require("Bucket")?;
    let Some(Function::Ref(bucket_id)) = intrinsics::function(&bucket) else {
        return Err(event.given.invalid("Bucket", "it must be a Ref of a bucket in the same template"));
    };
    let kinds = match event.given.require("Events")? {
        Value::Array(kinds) => kinds,
        kind => vec![kind],
    };
    let filter = event.given.take("Filter");
    if expansion.resources.get(bucket_id).is_none_or(|bucket| bucket.kind != "AWS::S3::Bucket") {
        return Err(event.given.invalid("Bucket", "it must be a Ref of a bucket in the same template"));
    }
    let account = ("SourceAccount", Some(reference("AWS::AccountId")));
    let permission = event.target.permission(&event.id, "s3.amazonaws.com", [("SourceArn", None), account]);

    let condition = event.target.attributes.condition.as_deref();
    if let Some(bucket) = expansion.resources.get_mut(bucket_id) {
        match condition {
            // A dependency can't have a condition; a reference in a tag can.
            Some(condition) => {
                let when = json!({"Fn::If": [condition, reference(&permission.id), "no dependency"]});
                let key = format!("sam:ConditionalDependsOn:{}", permission.id);
                list(bucket_id, &mut bucket.properties, "Tags")?.push(json!({"Key": key, "Value": when}));
            }
            None => {
                let mut ids: BTreeSet<String> = match &bucket.depends_on {
                    Some(Value::String(id)) => BTreeSet::from([id.clone()]),
                    Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                    _ => BTreeSet::new(),
                };
                ids.insert(permission.id.clone());
                bucket.depends_on = Some(ids.into_iter().map(Value::String).collect());
            }
        }
        let notifications = bucket.properties.entry("NotificationConfiguration").or_insert_with(|| json!({}));
        let Some(notifications) = notifications.as_object_mut() else {
            let what = "it must be an object for SAM to add the function";
            return Err(SamError::invalid(bucket_id, "NotificationConfiguration", what));
        };
        let configurations = list(bucket_id, notifications, "LambdaConfigurations")?;
        for kind in kinds {
            let call =
                object([("Event", Some(kind)), ("Filter", filter.clone()), ("Function", Some(event.target.arn()))]);
            let call = match condition {
                Some(condition) => json!({"Fn::If": [condition, call, {"Ref": "AWS::NoValue"}]}),
                None => Value::Object(call),
            };
            if !configurations.contains(&call) {
                configurations.push(call);
            }
        }
    }
    Ok(vec![permission])
}

/// The list under a key, made where there is none.
fn list<'a>(bucket: &str, object: &'a mut Map<String, Value>, key: &str) -> Result<&'a mut Vec<Value>, SamError> {
    let value = object.entry(key).or_insert_with(|| json!([]));
    value.as_array_mut().ok_or_else(|| SamError::invalid(bucket, key, "it must be a list for SAM to add to it"))
}
