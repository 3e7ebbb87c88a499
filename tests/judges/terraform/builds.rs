//! What landfall does beside the engine where a program on this machine carries out the document: images go into their registry, the schema is
//! brought up to date, and secrets get new values, as with Infrastructure Manager.

use std::error::Error;
use std::fs;
use std::process::Child;

use serde_json::{Value, json};

use super::Stage;
use crate::built::{bundle, digest};
use crate::ground::{Told, until};

const CANARY: &str = "s3cr3t-7Xq2pVt9-new-value";

/// A page that reads a secret, and a desk that reads none; a second secret is read by nobody.
const PAGE: &str = "
description: A shop with a page
placement: {cloud: gcp, account: shop-project, region: us-central1}
network: {range: 10.0.0.0/16, public: [10.0.0.0/24], private: [10.0.16.0/20], egress: single}
registries: {page: {}}
artifacts: {page: {executables: {aarch64: bin/page-aarch64, x86_64: bin/page-x86_64}}}
secrets: {mail: {description: Opens the mail service}, spare: {description: Read by nobody}}
services:
  page:
    artifact: page
    registry: page
    architecture: x86_64
    vcpu: 1
    memory: 512MiB
    scale: {min: 2, max: 2}
    environment: {MAIL_KEY: {secret: secret.mail}}
  desk: {artifact: page, registry: page, architecture: x86_64, vcpu: 1, memory: 512MiB, scale: {min: 2, max: 2}}
";

/// A shop with a database, what migrates it, and what uses it.
const SHOP: &str = r#"
description: A shop with a database
placement: {cloud: gcp, account: shop-project, region: us-central1}
network: {range: 10.0.0.0/16, public: [10.0.0.0/24], private: [10.0.16.0/20], egress: single}
registries: {images: {}}
artifacts: {worker: {executables: {aarch64: bin/worker-aarch64, x86_64: bin/worker-x86_64}}}
databases:
  main:
    engine: postgresql
    version: "16"
    name: shop
    size: {vcpu: 2, memory: 8GiB}
    storage: {size: 32GiB}
    backup: {keep: 7d}
    identity-login: true
    protected: false
migrations: {run: function.migrate}
functions:
  migrate: &function
    artifact: worker
    handler: migrate
    architecture: x86_64
    memory: 512MiB
    timeout: 5m
    private: true
    environment: {DATABASE_HOST: {from: database.main.host}}
    access: {database.main: [connect]}
  orders: *function
"#;

const POOL: &str = "google_cloud_run_v2_worker_pool";
const JOB: &str = "google_cloud_run_v2_job";
/// What Cloud Run calls the job that migrates.
const MIGRATES: &str = "projects/shop-project/locations/us-central1/jobs/shop-dev-migrate";

impl Stage {
    fn deploying(yaml: &str) -> Result<Stage, Box<dyn Error>> {
        let stage = Stage::new()?;
        stage.environment(yaml)?;
        Ok(stage)
    }

    /// A page that is deployed, and a new value for its secret in a file.
    fn mailing() -> Result<Stage, Box<dyn Error>> {
        let stage = Stage::deploying(PAGE)?;
        let one = bundle(&stage.ground, "shop", "page", "one")?;
        stage.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?;
        fs::write(stage.ground.path("mail.txt"), format!("{CANARY}\n"))?;
        Ok(stage)
    }

    /// How many resources of a type run this image.
    fn running(&self, kind: &str, digest: &str) -> Result<usize, Box<dyn Error>> {
        let kept = self.kept()?;
        let of = |one: &&Value| one["kind"] == kind && one["values"].to_string().contains(&format!("@{digest}"));
        Ok(kept.as_object().into_iter().flatten().filter(|(_, one)| of(one)).count())
    }

    /// The kinds of the ledger's entries.
    fn recorded(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let entries = self.ground.entries()?;
        Ok(entries.iter().map(|entry| entry["record"]["kind"].as_str().unwrap_or_default().to_owned()).collect())
    }

    /// Kills a run that waits for the answer to a call, once it has said this.
    fn killed_at(&self, action: &str, said: &str, arguments: &[&str]) -> Told {
        self.ground.fault(&json!({"fault": "delay", "service": "gcp", "action": action, "milliseconds": 60000}))?;
        let mut killed: Child = self.command(arguments).spawn()?;
        until(&mut killed, said)?;
        killed.kill()?;
        killed.wait()?;
        self.ground.no_faults()
    }

    /// How many values landfall wrote, and how often what runs was told of one.
    fn rotated(&self) -> Result<(usize, usize), Box<dyn Error>> {
        let answer = self.ground.ask("GET", "resources?type=google_secret_manager_secret", &Value::Null)?;
        let secrets = answer["resources"].as_array().ok_or("no resources")?;
        let versions = |secret: &Value| secret["attributes"]["(versions)"].as_array().map_or(0, Vec::len);
        let kept = self.kept()?.to_string();
        let told = kept.split("\"mail:").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok());
        Ok((secrets.iter().map(versions).sum(), told.max().unwrap_or_default()))
    }

    fn rotate(&self, how: &[&str]) -> Result<crate::ground::Ran, Box<dyn Error>> {
        self.landfall(&[&["rotate", "shop/dev"], how].concat())
    }

    fn from(&self) -> String {
        self.ground.path("mail.txt").to_string_lossy().into_owned()
    }
}

#[test]
fn images_are_in_the_stacks_registry_before_the_engine_runs_them() -> Told {
    let stage = Stage::deploying(PAGE)?;
    let one = bundle(&stage.ground, "shop", "page", "one")?;
    let ran = stage.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?;
    ran.says("in two steps")?.says("Pushing the image")?.says("Pushed")?.says("Apply complete")?;
    assert_eq!(stage.running(POOL, &digest(&one, "shop", "page")?)?, 2);
    assert_eq!(stage.recorded()?, ["intent", "outcome"]);
    stage.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("No changes")?;

    // The next build needs one step, and sends what is new.
    let two = bundle(&stage.ground, "shop", "page", "two")?;
    let ran = stage.landfall(&["apply", "shop/dev", "--artifacts", &two])?.exits(0)?;
    ran.says("before anything is changed, images are pushed")?.says("Pushed")?.says_nothing_of("in two steps")?;
    assert_eq!(stage.running(POOL, &digest(&two, "shop", "page")?)?, 2);

    // Back again: the ledger has the image, the registry too.
    stage.landfall(&["rollback", "shop/dev"])?.exits(0)?.says("It is there already")?;
    assert_eq!(stage.running(POOL, &digest(&one, "shop", "page")?)?, 2);
    stage.is_sound()
}

#[test]
fn a_push_that_is_cut_off_is_finished_by_recover_from_the_ledger_alone() -> Told {
    let stage = Stage::deploying(PAGE)?;
    let one = bundle(&stage.ground, "shop", "page", "one")?;
    let image = digest(&one, "shop", "page")?;
    let late =
        json!({"fault": "delay", "service": "artifactregistry", "action": "manifests.put", "milliseconds": 60000});
    stage.ground.fault(&late)?;
    let mut killed = stage.command(&["apply", "shop/dev", "--artifacts", &one]).spawn()?;
    until(&mut killed, "Pushing the image")?;
    killed.kill()?;
    killed.wait()?;
    stage.ground.no_faults()?;
    fs::remove_dir_all(&one)?;
    stage.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
    assert_eq!(stage.running(POOL, &image)?, 2);
    stage.is_sound()
}

#[test]
fn a_first_deployment_migrates_between_its_steps_and_a_migration_that_fails_stops_the_next() -> Told {
    let stage = Stage::deploying(SHOP)?;
    let one = bundle(&stage.ground, "shop", "worker", "one")?;
    let ran = stage.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?;
    ran.says("in two steps")?.says("Bringing the database's schema up to date")?.says("Apply complete")?;
    assert_eq!(stage.running(JOB, &digest(&one, "shop", "worker")?)?, 2);
    assert_eq!(stage.recorded()?, ["intent", "migrated", "outcome"]);
    stage.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("No changes")?;

    let two = bundle(&stage.ground, "shop", "worker", "two")?;
    stage.ground.fault(&json!({"fault": "invocation", "resource": MIGRATES, "error": "column price holds nulls"}))?;
    let ran = stage.landfall(&["apply", "shop/dev", "--artifacts", &two])?.exits(1)?;
    ran.says("the migrations failed: column price holds nulls")?;
    // What serves is as it was.
    assert_eq!(stage.running(JOB, &digest(&one, "shop", "worker")?)?, 2);
    stage.is_sound()?;
    stage.ground.no_faults()?;
    stage.landfall(&["apply", "shop/dev", "--artifacts", &two])?.exits(0)?;
    assert_eq!(stage.running(JOB, &digest(&two, "shop", "worker")?)?, 2);
    stage.landfall(&["rollback", "shop/dev"])?.says_nothing_of("schema up to date")?;
    stage.is_sound()
}

#[test]
fn a_run_that_is_killed_while_it_migrates_is_finished_by_recover() -> Told {
    for action in ["jobs.patch", "jobs.run", "executions.get"] {
        let told = || -> Told {
            let stage = Stage::deploying(SHOP)?;
            let one = bundle(&stage.ground, "shop", "worker", "one")?;
            let image = digest(&one, "shop", "worker")?;
            let apply = ["apply", "shop/dev", "--artifacts", &one];
            stage.killed_at(action, "Bringing the database's schema up to date", &apply)?;
            fs::remove_dir_all(&one)?;
            stage.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
            assert_eq!(stage.running(JOB, &image)?, 2);
            stage.is_sound()
        };
        told().map_err(|error| format!("at {action}: {error}"))?;
    }
    Ok(())
}

#[test]
fn a_new_value_of_a_secret_starts_anew_what_reads_it_and_nothing_else() -> Told {
    let stage = Stage::mailing()?;
    let ran = stage.rotate(&["mail", "--from", &stage.from()])?.exits(0)?.says_nothing_of(CANARY)?;
    let ran = ran.says("secret.mail of shop/dev has a new value")?.says("what reads it started anew")?;
    ran.says("service_page")?.says_nothing_of("service_desk")?;
    assert_eq!(stage.rotated()?, (1, 1));
    stage.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    stage.landfall(&["plan", "shop/dev", "--detailed-exitcode"])?.exits(0)?.says("No changes")?;
    stage.rotate(&["mail", "--generate"])?.exits(0)?;
    assert_eq!(stage.rotated()?, (2, 2));
    stage.rotate(&["spare", "--generate"])?.exits(0)?.says("nothing that is deployed reads it")?;
    assert_eq!(stage.rotated()?, (3, 2));
    stage.is_sound()
}

#[test]
fn a_rotation_whose_engine_fails_keeps_the_value_and_as_is_starts_anew_what_reads_it() -> Told {
    let stage = Stage::mailing()?;
    fs::write(stage.cloud("fail.json"), json!({ POOL: "Error 429: no more revisions" }).to_string())?;
    let ran = stage.rotate(&["mail", "--from", &stage.from()])?.exits(1)?;
    ran.says("the new value of secret.mail is there")?.says("landfall rotate shop/dev mail --as-is")?;
    fs::remove_file(stage.cloud("fail.json"))?;
    stage.rotate(&["mail", "--as-is"])?.exits(0)?.says("what reads it started anew")?;
    assert_eq!(stage.rotated()?, (1, 1));
    stage.is_sound()
}
