//! What we say of replacements beside the registry schemas in cfn-lint's wheel, for every property of every type.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use landfall::clouds::aws::impact::CloudFormation;
use landfall::plan::consequence::Consequence;
use landfall::plan::diff::diff;
use landfall::plan::resource::Resource;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::python;

#[derive(Deserialize)]
struct Type {
    create_only: Listed,
    conditional: Listed,
    properties: BTreeSet<String>,
    updatable: bool,
}

#[derive(Deserialize)]
struct Listed {
    whole: BTreeSet<String>,
    part: BTreeSet<String>,
}

/// Where the documentation knows more than the schemas: certain replacements that no schema lists as create-only.
const DOCUMENTED: [&str; 7] = [
    "AWS::DynamoDB::Table.KeySchema",
    "AWS::EC2::VPC.InstanceTenancy",
    "AWS::ElastiCache::ReplicationGroup.NumNodeGroups",
    "AWS::Elasticsearch::Domain.ElasticsearchVersion",
    "AWS::OpenSearchService::Domain.EngineVersion",
    "AWS::RDS::DBInstance.DBClusterSnapshotIdentifier",
    "AWS::RDS::DBInstance.DBSnapshotIdentifier",
];

fn resource(kind: &str, property: &str, value: &str) -> Resource {
    let mut properties = Map::new();
    properties.insert(property.to_owned(), Value::String(value.to_owned()));
    Resource {
        id: "A".to_owned(),
        kind: kind.to_owned(),
        component: None,
        origin: None,
        properties: Value::Object(properties),
        attributes: BTreeMap::new(),
        depends_on: BTreeSet::new(),
    }
}

#[test]
fn a_property_replaces_for_certain_where_the_schemas_say_so_and_nowhere_else() -> Result<(), Box<dyn Error>> {
    let printed = python::run(&python::root().join("tests/judges/create_only.py"), &[], "")?;
    let types: BTreeMap<String, Type> = serde_json::from_str(&printed)?;
    assert!(types.len() > 1_800);
    let mut judged = 0;
    let mut wrong = Vec::new();
    let mut beyond = BTreeSet::new();
    for (kind, schema) in &types {
        for property in &schema.properties {
            let changes = diff(&[resource(kind, property, "1")], &[resource(kind, property, "2")], &CloudFormation);
            let Some(field) = changes.first().and_then(|change| change.fields.first()) else {
                wrong.push(format!("{kind}.{property}: no change"));
                continue;
            };
            judged += 1;
            let replaces = field.impact.consequence == Consequence::Replacement;
            let certain = replaces && field.impact.certain;
            let name = format!("{kind}.{property}");
            if schema.create_only.whole.contains(property) || !schema.updatable {
                if !certain {
                    wrong.push(format!("{name}: should replace"));
                }
            } else if certain && !schema.create_only.part.contains(property) {
                beyond.insert(name);
            } else if replaces
                && !schema.conditional.whole.contains(property)
                && !schema.conditional.part.contains(property)
            {
                // An uncertain replacement that no schema lists has to be documented.
                if !field.impact.source.starts_with("https://docs.aws.amazon.com/") {
                    wrong.push(format!("{name}: replaces by {}", field.impact.source));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(judged > 10_000, "{judged}");
    assert_eq!(beyond, DOCUMENTED.iter().map(|name| (*name).to_owned()).collect());
    Ok(())
}
