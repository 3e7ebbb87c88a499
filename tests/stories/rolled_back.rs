//! Bringing back what was good.

use std::fs;

use serde_json::{Value, json};

use crate::ground::{ACCOUNT, Ground, SHOP, Told, bundle, ran};

/// A shop whose release 1.0.0 was good and whose 2.0.0 deployed well and is wrong.
fn wrong() -> Result<Ground, Box<dyn std::error::Error>> {
    let ground = Ground::new()?;
    ground.release("1.0.0")?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?;
    ground.environment(&SHOP.replace("30s", "45s"))?;
    ground.release("2.0.0")?;
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(0)?;
    assert!(hidden_for(&ground, 45)?);
    Ok(ground)
}

fn hidden_for(ground: &Ground, seconds: u64) -> Result<bool, Box<dyn std::error::Error>> {
    Ok(ground.property("AWS::SQS::Queue", "VisibilityTimeout")?.contains(&seconds.into()))
}

fn ledger(ground: &Ground) -> String {
    ground.path(".landfall/sandbox/ledger").to_string_lossy().into_owned()
}

#[test]
fn a_release_that_is_good_but_wrong_is_left_once_and_no_drift_stays() -> Told {
    let ground = wrong()?;
    let back = ground.landfall(&["rollback", "shop/dev"])?.exits(0)?;
    back.says("goes back from release 2.0.0")?.says("Back at release 1.0.0")?.says("hold shop/dev --lift")?;
    assert!(hidden_for(&ground, 30)? && !hidden_for(&ground, 45)?);
    ground.landfall(&["status", "shop/dev"])?.exits(0)?.says("release 1.0.0 (")?.says("HELD from promotions")?;
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("began back to release 1.0.0")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    let entries = ground.entries()?.len();
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says("brought back to release 1.0.0")?.says("already")?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?.says("No changes")?;
    assert_eq!(ground.entries()?.len(), entries);
    ground.is_sound()
}

#[test]
fn a_dry_run_tells_the_way_back_from_the_records_alone_and_without_the_projects_files() -> Told {
    let ground = wrong()?;
    fs::remove_dir_all(ground.path("environments"))?;
    let ledger = ledger(&ground);
    // No sandbox, no endpoint and no credentials: whoever asked the cloud would fail.
    let dry = ["rollback", "shop/dev", "--dry-run", "--ledger", &ledger];
    let told = ground.run(&dry)?.exits(0)?;
    told.says("shop/dev goes back from release 2.0.0")?.says("in seconds, through the stack")?.says("QueueOrders")?;
    let told = ground.run(&[&dry[..], &["--format", "json"]].concat())?.exits(0)?.json()?;
    assert_eq!((&told["possible"], &told["to"]["release"]["name"]), (&json!(true), &json!("1.0.0")));
    assert_eq!(told["steps"][0]["id"], "QueueOrders");
    ground
        .run(&["rollback", "shop/dev", "--dry-run", "--to", "0.9.0", "--ledger", &ledger])?
        .exits(3)?
        .says("never served")?;
    Ok(())
}

#[test]
fn a_machine_without_the_projects_files_rolls_back() -> Told {
    let ground = wrong()?;
    fs::rename(ground.path("environments"), ground.path("elsewhere"))?;
    let ledger = ledger(&ground);
    let mut command = ground.as_cloud(ACCOUNT, &["rollback", "shop/dev", "--yes", "--ledger", &ledger]);
    ran(command.spawn()?)?.exits(0)?.says("Back at release 1.0.0")?;
    assert!(hidden_for(&ground, 30)?);
    fs::rename(ground.path("elsewhere"), ground.path("environments"))?;
    ground.is_sound()
}

#[test]
fn after_an_update_that_failed_and_could_not_be_undone_it_undoes_it_first() -> Told {
    let ground = Ground::new()?;
    ground.release("1.0.0")?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?;
    ground.fault(
        &json!({"fault": "resource", "resource": "QueueOrders", "on": "update", "times": 1, "message": "Not today"}),
    )?;
    ground.fault(&json!({"fault": "resource", "resource": "QueueOrders", "on": "rollback", "message": "Nor back"}))?;
    ground.environment(&SHOP.replace("30s", "45s"))?;
    ground.release("2.0.0")?;
    ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(1)?;
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_ROLLBACK_FAILED"));
    ground.landfall(&["rollback", "shop/dev", "--dry-run"])?.exits(0)?.says("undone first")?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(1)?.says("Nor back")?;
    ground.no_faults()?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says("release 1.0.0")?;
    assert!(hidden_for(&ground, 30)?);
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.landfall(&["status", "shop/dev"])?.exits(0)?.says("release 1.0.0 (")?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn after_an_update_that_was_undone_nothing_has_to_change() -> Told {
    let ground = Ground::new()?;
    ground.release("1.0.0")?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?;
    ground
        .fault(&json!({"fault": "resource", "resource": "QueueOrders", "on": "update", "times": 1, "message": "No"}))?;
    ground.environment(&SHOP.replace("30s", "45s"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(1)?;
    let entries = ground.entries()?.len();
    let back = ground.landfall(&["rollback", "shop/dev"])?.exits(0)?;
    back.says("release 1.0.0")?.says("nothing had to be changed")?;
    assert_eq!(ground.entries()?.len(), entries);
    ground.is_sound()
}

#[test]
fn the_first_deployment_has_nothing_to_go_back_to() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(3)?.says("nothing is deployed there")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(3)?.says("was the first")?;
    ground.landfall(&["rollback", "shop/dev", "--dry-run"])?.exits(3)?.says("was the first")?;
    assert_eq!(ground.entries()?.len(), 2);
    ground.is_sound()
}

/// The shop with a function whose build has a database schema.
pub(crate) const WITH_CODE: &str = r#"
description: A shop that takes orders
placement: {cloud: aws, account: "111122223333", region: us-east-1}
artifacts:
  worker: {zip: build/worker.zip}
functions:
  worker: {description: works, artifact: worker, handler: worker, memory: 512MiB, timeout: 10s}
"#;

/// Deploys a release of a build that knows this version of the schema.
fn deploy(ground: &Ground, name: &str, newest: u64, works_from: u64) -> Told {
    seal(ground, name, newest, works_from)?;
    ground.landfall(&["apply", "shop/dev", "--release", name])?.exits(0)?;
    Ok(())
}

/// Seals a release of a build that knows this version of the schema.
pub(crate) fn seal(ground: &Ground, name: &str, newest: u64, works_from: u64) -> Told {
    let schema = json!({"least": 1, "newest": newest, "works_from": works_from});
    let contract = json!({"format_version": 1, "version": name, "schema": schema, "roles": []}).to_string();
    let dist = bundle(ground, name.as_bytes(), Some(contract.as_bytes()))?;
    ground.commit()?;
    ground.landfall(&["release", "create", "shop", "--name", name, "--artifacts", &dist])?.exits(0)?;
    Ok(())
}

#[test]
fn a_build_that_the_database_has_left_behind_comes_back_only_for_a_reason_that_is_recorded() -> Told {
    let ground = Ground::new()?;
    ground.environment(WITH_CODE)?;
    deploy(&ground, "1.0.0", 3, 1)?;
    deploy(&ground, "2.0.0", 5, 4)?;
    let refused = ground.landfall(&["rollback", "shop/dev", "--dry-run"])?.exits(3)?;
    refused.says("the schema is at version 5")?.says("instead: go forward")?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(3)?.says("the schema is at version 5")?;
    let despite = ["rollback", "shop/dev", "--despite-schema", "the table is empty"];
    ground.landfall(&despite)?.exits(0)?.says("Back at release 1.0.0")?;
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("despite-schema (the table is empty)")?;
    ground.is_sound()
}

#[test]
fn a_build_comes_back_where_later_migrations_only_added() -> Told {
    let ground = Ground::new()?;
    ground.environment(WITH_CODE)?;
    deploy(&ground, "1.0.0", 3, 1)?;
    deploy(&ground, "2.0.0", 5, 3)?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says("Back at release 1.0.0")?;
    let key = format!("artifacts/{}.zip", landfall::plan::digest::Digest::of(b"1.0.0").hex());
    assert_eq!(ground.property("AWS::Lambda::Function", "Code")?[0]["S3Key"], json!(key));
    ground.is_sound()
}

#[test]
fn an_artifact_that_is_gone_or_altered_is_named_before_anything_is_changed() -> Told {
    let ground = Ground::new()?;
    ground.environment(WITH_CODE)?;
    deploy(&ground, "1.0.0", 3, 1)?;
    deploy(&ground, "2.0.0", 3, 1)?;
    let digest = landfall::plan::digest::Digest::of(b"1.0.0");
    let file = ground.path(".landfall/sandbox/ledger/documents").join(digest.hex());
    let entries = ground.entries()?.len();
    fs::write(&file, b"1.0.1")?;
    ground.landfall(&["rollback", "shop/dev", "--dry-run"])?.exits(3)?.says("is gone or altered")?;
    fs::remove_file(&file)?;
    let dry = ground.landfall(&["rollback", "shop/dev", "--dry-run", "--format", "json"])?.exits(3)?.json()?;
    assert_eq!(dry["possible"], Value::Bool(false));
    ground.landfall(&["rollback", "shop/dev"])?.exits(3)?.says("is gone or altered")?;
    assert_eq!(ground.entries()?.len(), entries);
    Ok(())
}
