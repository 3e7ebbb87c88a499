//! The JSON form of a plan beside its published schema, judged by Python's jsonschema.

use std::error::Error;

use landfall::clouds::aws::comparison::{Side, compare};
use landfall::clouds::aws::document::Template;
use landfall::clouds::aws::resolved::Given;
use landfall::plan::Plan;
use landfall::plan::cloud_answer::{CloudAction, CloudAnswer, CloudChange, Replacement, disagreements};
use landfall::views::plan::{report, schema};
use serde_json::{Value, json};

use crate::python;

const BEFORE: &str = "
Resources:
  Db: {Type: AWS::RDS::DBInstance, Properties: {DBInstanceClass: db.t3.micro, MasterUserPassword: p, AllocatedStorage: 10}}
  Gone: {Type: AWS::SQS::Queue}
  Kept: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}
Outputs: {A: {Value: a}}
";

const AFTER: &str = "
Resources:
  Db: {Type: AWS::RDS::DBInstance, Properties: {DBInstanceClass: db.t3.small, MasterUserPassword: q, PubliclyAccessible: true, StorageEncrypted: true}}
  New: {Type: AWS::SNS::Topic}
Outputs: {A: {Value: b, Export: {Name: n}}}
";

fn plan() -> Result<Plan, Box<dyn Error>> {
    let (before, after) = (Template::read(BEFORE.as_bytes())?, Template::read(AFTER.as_bytes())?);
    let given = Given::default();
    let mut plan =
        compare("shop/dev", Side { template: before, given: &given }, Side { template: after, given: &given });
    let mut answer = CloudAnswer { by: "a change set".to_owned(), ..CloudAnswer::default() };
    let theirs = CloudChange {
        kind: "AWS::RDS::DBInstance".to_owned(),
        action: CloudAction::Modify,
        replacement: Replacement::No,
        certain: true,
        fields: vec!["DBInstanceClass".to_owned()],
    };
    answer.resources.insert("Db".to_owned(), theirs);
    plan.disagreements = disagreements(&plan.changes, &answer);
    plan.cloud = Some(answer);
    Ok(plan)
}

fn judged(document: &Value) -> Result<String, Box<dyn Error>> {
    let given = json!({"schema": schema(), "document": document});
    python::run(&python::root().join("tests/judges/fits_schema.py"), &[], &given.to_string())
}

#[test]
fn a_plan_in_json_fits_the_schema_that_we_publish() -> Result<(), Box<dyn Error>> {
    let plan = plan()?;
    let document = serde_json::to_value(report(&plan, Some("sha256:0")))?;
    assert_eq!(judged(&document)?, "fits\n");
    // And the schema is not one that everything fits.
    let mut other = document;
    other["plan"]["changes"][0]["action"] = json!("explode");
    assert_ne!(judged(&other)?, "fits\n");
    Ok(())
}
