//! A sealed release is what is deployed: its own files, proved, and never those of the working copy.

use std::fs;

use serde_json::{Value, json};

use crate::ground::{Ground, SHOP, Told, bundle};

const QUEUE: &str = "AWS::SQS::Queue";

fn hidden(ground: &Ground) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let mut all = ground.property(QUEUE, "VisibilityTimeout")?;
    all.retain(|value| !value.is_null());
    all.sort_by_key(Value::to_string);
    Ok(all)
}

#[test]
fn the_files_of_the_release_are_deployed_and_records_name_it() -> Told {
    let ground = Ground::new()?;
    ground.release("1.4.0")?;
    ground.environment(&SHOP.replace("30s", "60s"))?;
    let apply = ["apply", "shop/dev", "--release", "1.4.0"];
    ground.landfall(&apply)?.exits(0)?.says("Apply complete")?;
    assert!(hidden(&ground)?.contains(&json!(30)), "{:?}", hidden(&ground)?);
    assert!(!hidden(&ground)?.contains(&json!(60)));
    let entries = ground.entries()?;
    assert_eq!(entries[0]["record"]["purpose"]["release"]["name"], "1.4.0");
    assert_eq!(entries[0]["record"]["purpose"]["origin"]["how"], "applied");
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("began to deploy release 1.4.0 (")?;
    ground.landfall(&["status", "shop/dev"])?.exits(0)?.says("release 1.4.0 (")?;

    ground.landfall(&apply)?.exits(0)?.says("No changes")?;
    assert_eq!(ground.entries()?.len(), entries.len());
    ground.is_sound()
}

#[test]
fn a_release_with_the_same_content_as_what_is_deployed_is_recorded_without_a_change() -> Told {
    let ground = Ground::new()?;
    ground.release("1.4.0")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    let apply = ["apply", "shop/dev", "--release", "1.4.0"];
    ground.landfall(&apply)?.exits(0)?.says("the record will name the release 1.4.0")?.says("nothing to do")?;
    ground.landfall(&["status", "shop/dev"])?.exits(0)?.says("release 1.4.0 (")?;
    let entries = ground.entries()?.len();
    ground.landfall(&apply)?.exits(0)?.says("No changes")?;
    assert_eq!(ground.entries()?.len(), entries);
    ground.is_sound()
}

#[test]
fn a_release_that_is_not_what_was_sealed_is_not_deployed() -> Told {
    let ground = Ground::new()?;
    ground.release("1.4.0")?;
    let documents = ground.path(".landfall/sandbox/ledger/documents");
    let file = fs::read_dir(documents)?.next().ok_or("nothing is sealed")??.path();
    let whole = fs::read(&file)?;
    fs::write(&file, String::from_utf8(whole.clone())?.replace("30s", "31s"))?;
    let apply = ["apply", "shop/dev", "--release", "1.4.0"];
    ground.landfall(&apply)?.exits(3)?.says("the file dev.yaml was altered")?;
    assert_eq!(ground.stack()?, None);
    fs::remove_file(&file)?;
    ground.landfall(&apply)?.exits(3)?.says("is not in the ledger")?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.5.0"])?.exits(1)?.says("has no release `1.5.0`")?;
    assert_eq!(ground.entries()?.len(), 0);
    fs::write(&file, whole)?;
    ground.landfall(&apply)?.exits(0)?;
    ground.is_sound()
}

#[test]
fn a_saved_plan_of_a_release_deploys_that_release() -> Told {
    let ground = Ground::new()?;
    ground.release("1.4.0")?;
    let file = ground.path("dev.plan").to_string_lossy().into_owned();
    ground.landfall(&["plan", "shop/dev", "--release", "1.4.0", "--out", &file])?.exits(0)?;
    ground.environment(&SHOP.replace("30s", "60s"))?;
    ground.landfall(&["apply", &file])?.exits(0)?;
    ground.landfall(&["status", "shop/dev"])?.exits(0)?.says("release 1.4.0 (")?;
    assert!(hidden(&ground)?.contains(&json!(30)));
    ground.is_sound()
}

/// The shop with a function that a queue feeds.
const WITH_CODE: &str = r#"
description: A shop that takes orders
placement: {cloud: aws, account: "111122223333", region: us-east-1}
artifacts:
  worker: {zip: build/worker.zip}
functions:
  worker: {description: works, artifact: worker, handler: worker, memory: 512MiB, timeout: 10s}
"#;

#[test]
fn artifacts_come_from_the_release_when_the_bundle_is_gone() -> Told {
    let ground = Ground::new()?;
    ground.environment(WITH_CODE)?;
    ground.commit()?;
    let archive = b"an archive of the worker";
    let dist = bundle(&ground, archive, None)?;
    ground.landfall(&["release", "create", "shop", "--name", "2.0.0", "--artifacts", &dist])?.exits(0)?;
    fs::remove_dir_all(ground.path("dist"))?;
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(0)?;
    let key = format!("artifacts/{}.zip", landfall::plan::digest::Digest::of(archive).hex());
    let entries = ground.entries()?;
    let uploads = entries[0]["record"]["purpose"]["uploads"].as_object().ok_or("no uploads")?;
    assert_eq!(uploads.keys().collect::<Vec<_>>(), [&key]);
    let code = ground.property("AWS::Lambda::Function", "Code")?;
    assert_eq!(code[0]["S3Key"], json!(key));
    ground.is_sound()
}

#[test]
fn a_release_without_an_artifact_that_the_environment_runs_is_refused() -> Told {
    let ground = Ground::new()?;
    ground.environment(
        &WITH_CODE.replace("artifact: worker,", "artifact: other,").replace("worker: {zip", "other: {zip"),
    )?;
    ground.commit()?;
    let dist = bundle(&ground, b"an archive of the worker", None)?;
    ground.landfall(&["release", "create", "shop", "--name", "2.0.0", "--artifacts", &dist])?.exits(0)?;
    let refused = ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(3)?;
    refused.says("does not seal the artifact other")?;
    assert_eq!(ground.stack()?, None);
    Ok(())
}
