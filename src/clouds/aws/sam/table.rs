//! `AWS::Serverless::SimpleTable`: a DynamoDB table with a single key.

use serde_json::{Map, Value, json};

use super::error::SamError;
use super::made::{Made, instead, object, tag_list};
use super::properties::Properties;
use crate::clouds::aws::document::TemplateResource;

pub(super) fn expand(
    id: &str,
    resource: &TemplateResource,
    properties: Map<String, Value>,
) -> Result<Vec<Made>, SamError> {
    let mut given = Properties::new(id, "", properties);
    let (name, kind) = match given.object("PrimaryKey")?.filter(|key| !key.is_empty()) {
        None => (json!("id"), "S"),
        Some(key) => {
            let mut key = Properties::new(id, "PrimaryKey", key);
            let name = key.require("Name")?;
            let kind = match key.require("Type")?.as_str() {
                Some("String") => "S",
                Some("Number") => "N",
                Some("Binary") => "B",
                _ => return Err(key.invalid("Type", "it must be String, Number or Binary")),
            };
            key.finish()?;
            (name, kind)
        }
    };
    let throughput = given.take_truthy("ProvisionedThroughput");
    let tags = given.object("Tags")?.filter(|tags| !tags.is_empty());
    let table = object([
        ("AttributeDefinitions", Some(json!([{"AttributeName": name, "AttributeType": kind}]))),
        ("KeySchema", Some(json!([{"AttributeName": name, "KeyType": "HASH"}]))),
        ("PointInTimeRecoverySpecification", given.take_truthy("PointInTimeRecoverySpecification")),
        ("BillingMode", throughput.is_none().then(|| json!("PAY_PER_REQUEST"))),
        ("ProvisionedThroughput", throughput),
        ("SSESpecification", given.take_truthy("SSESpecification")),
        ("TableName", given.take_truthy("TableName")),
        ("Tags", tags.map(|tags| Value::Array(tag_list(&tags)))),
    ]);
    given.finish()?;
    Ok(vec![instead(id, resource, "AWS::DynamoDB::Table", table)])
}
