//! The schema is brought up to date by the new code before anything else runs it, and what comes of it is on record.

use std::fs;

use serde_json::{Value, json};

use crate::ground::{Ground, Told, bundle, until};
use crate::images::{bundle as built, digest};
use crate::scene::{SCENES, Scene};

/// A shop with a database, what migrates it, and what uses it.
const SHOP: &str = r#"
description: A shop with a database
placement: {cloud: aws, account: "111122223333", region: us-east-1}
network: {range: 10.0.0.0/16, public: [10.0.0.0/24, 10.0.1.0/24], private: [10.0.16.0/20, 10.0.32.0/20], egress: single}
artifacts: {worker: {zip: worker.zip}}
databases:
  main:
    engine: postgresql
    version: "16"
    name: shop
    size: {vcpu: 2, memory: 4GiB}
    storage: {size: 20GiB}
    backup: {keep: 1d}
    identity-login: true
    protected: false
migrations: {run: function.migrate}
functions:
  migrate: &function
    artifact: worker
    handler: migrate
    memory: 256MiB
    timeout: 5m
    private: true
    environment:
      DATABASE_HOST: {from: database.main.host}
      DATABASE_USER: migrate
    access: {database.main: [connect]}
  orders: *function
"#;

fn shop() -> Result<Ground, Box<dyn std::error::Error>> {
    let ground = Ground::new()?;
    ground.environment(SHOP)?;
    fs::write(ground.path("worker.zip"), b"built elsewhere")?;
    Ok(ground)
}

/// What the function that migrates comes to, each time.
fn migrates(ground: &Ground, what: &Value) -> Told {
    ground.no_faults()?;
    let mut fault = json!({"fault": "invocation", "resource": "FunctionMigrate"});
    for (key, value) in what.as_object().into_iter().flatten() {
        fault[key] = value.clone();
    }
    ground.fault(&fault)
}

/// How many functions have the code of this archive.
fn running(ground: &Ground, archive: &[u8]) -> Result<usize, Box<dyn std::error::Error>> {
    let key = format!("artifacts/{}.zip", landfall::plan::digest::Digest::of(archive).hex());
    let code = ground.property("AWS::Lambda::Function", "Code")?;
    Ok(code.iter().filter(|code| code["S3Key"] == key.as_str()).count())
}

fn kinds(ground: &Ground) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let entries = ground.entries()?;
    Ok(entries.iter().map(|entry| entry["record"]["kind"].as_str().unwrap_or_default().to_owned()).collect())
}

#[test]
fn migrations_run_with_the_new_code_before_the_rest_and_are_on_record() -> Told {
    let ground = shop()?;
    // Before the first build there is nothing to run.
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says_nothing_of("schema")?;
    migrates(&ground, &json!({"answer": {"before": 0, "after": 3}}))?;
    let one = bundle(&ground, b"one", None)?;
    let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?;
    ran.says("FunctionMigrate brings the schema up to date")?.says("from version 0 to 3")?;
    assert_eq!(running(&ground, b"one")?, 2);
    assert_eq!(kinds(&ground)?, ["intent", "outcome", "intent", "migrated", "outcome"]);
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("migrated the schema from 0 to 3")?;
    // A rollback leaves the schema: an old build doesn't know what a newer one did.
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says_nothing_of("schema up to date")?;
    ground.is_sound()
}

#[test]
fn a_first_deployment_makes_the_database_then_migrates_then_brings_the_release() -> Told {
    let ground = shop()?;
    migrates(&ground, &json!({"answer": {"before": 0, "after": 3}}))?;
    let one = bundle(&ground, b"one", None)?;
    let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?;
    ran.says("in two steps")?.says("from version 0 to 3")?.says("Apply complete")?;
    assert_eq!(running(&ground, b"one")?, 2);
    assert_eq!(kinds(&ground)?, ["intent", "migrated", "outcome"]);
    ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("No changes")?;
    ground.is_sound()
}

#[test]
fn a_migration_that_fails_stops_the_deployment_with_its_log_and_touches_nothing_that_runs() -> Told {
    let ground = shop()?;
    migrates(&ground, &json!({"answer": {"before": 0, "after": 3}}))?;
    let one = bundle(&ground, b"one", None)?;
    ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?;
    let log = "running 0004_prices\nERROR: column \"price\" holds nulls\n";
    migrates(&ground, &json!({"error": "migration 4 failed", "log": log}))?;
    let two = bundle(&ground, b"two", None)?;
    let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &two])?.exits(1)?;
    ran.says("the migrations failed: migration 4 failed")?.says("column \"price\" holds nulls")?;
    // Only the unpublished code of what migrates is new; callers reach the version before it.
    assert_eq!((running(&ground, b"one")?, running(&ground, b"two")?), (1, 1));
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_COMPLETE"));
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("FunctionMigrate: the migrations failed")?;
    ground.is_sound()?;
    migrates(&ground, &json!({"answer": {"before": 3, "after": 4}}))?;
    ground.landfall(&["apply", "shop/dev", "--artifacts", &two])?.exits(0)?.says("from version 3 to 4")?;
    assert_eq!(running(&ground, b"two")?, 2);
    ground.is_sound()
}

#[test]
fn a_run_that_is_killed_while_it_migrates_is_finished_by_recover() -> Told {
    let ground = shop()?;
    migrates(&ground, &json!({"answer": {"before": 0, "after": 3}}))?;
    ground.fault(&json!({"fault": "delay", "service": "lambda", "action": "Invoke", "milliseconds": 60000}))?;
    let one = bundle(&ground, b"one", None)?;
    let mut killed = ground.start(&["apply", "shop/dev", "--artifacts", &one])?;
    until(&mut killed, "Bringing the database's schema up to date")?;
    killed.kill()?;
    killed.wait()?;
    migrates(&ground, &json!({"answer": {"before": 3, "after": 3}}))?;
    fs::remove_dir_all(&one)?;
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?.says("at version 3")?;
    assert_eq!(running(&ground, b"one")?, 2);
    ground.is_sound()
}

#[test]
fn lost_answers_of_lambda_change_nothing_about_the_end() -> Told {
    let ground = shop()?;
    migrates(&ground, &json!({"answer": {"before": 0, "after": 3}}))?;
    for action in ["GetFunctionConfiguration", "UpdateFunctionCode", "Invoke"] {
        ground.fault(&json!({"fault": "lost_answer", "service": "lambda", "action": action}))?;
    }
    let one = bundle(&ground, b"one", None)?;
    ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("Apply complete")?;
    assert_eq!(running(&ground, b"one")?, 2);
    ground.is_sound()
}

/// The same on a cloud where functions are images.
struct Elsewhere {
    scene: &'static Scene,
    network: &'static str,
    /// What migrates: its id in the document, and its type.
    job: [&'static str; 2],
    /// The calls of a migration, each with its service, as scripted faults name them.
    calls: &'static [(&'static str, &'static str)],
}

const ELSEWHERE: [Elsewhere; 2] = [
    Elsewhere {
        scene: &SCENES[1],
        network: "{range: 10.0.0.0/16, public: [], private: [10.0.0.0/23, 10.0.16.0/20], egress: single}",
        job: ["Microsoft.App/jobs/shop-dev-migrate", "Microsoft.App/jobs"],
        calls: &[("azure", "Microsoft.App/jobs/action"), ("azure", "Microsoft.App/jobs/read")],
    },
    Elsewhere {
        scene: &SCENES[2],
        network: "{range: 10.0.0.0/16, public: [10.0.0.0/24], private: [10.0.16.0/20], egress: single}",
        job: ["google_cloud_run_v2_job.function_migrate", "google_cloud_run_v2_job"],
        calls: &[("gcp", "jobs.get"), ("gcp", "jobs.patch"), ("gcp", "jobs.run"), ("gcp", "executions.get")],
    },
];

const IMAGES: &str = r#"
description: A shop with a database
placement: PLACEMENT
network: NETWORK
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

impl Elsewhere {
    fn shop(&self) -> Result<Ground, Box<dyn std::error::Error>> {
        let ground = Ground::on(self.scene)?;
        let page = IMAGES.replace("PLACEMENT", self.scene.placement).replace("NETWORK", self.network);
        ground.environment(&page)?;
        Ok(ground)
    }

    /// How many jobs run this image.
    fn running(&self, ground: &Ground, digest: &str) -> Result<usize, Box<dyn std::error::Error>> {
        let answer = ground.ask("GET", &format!("resources?type={}", self.job[1]), &Value::Null)?;
        let all = answer["resources"].as_array().ok_or("no resources")?;
        let named = |one: &&Value| one["properties"].to_string().contains(&format!("worker@{digest}"));
        Ok(all.iter().filter(named).count())
    }

    fn fails(&self, ground: &Ground, why: &str) -> Told {
        ground.fault(&json!({"fault": "invocation", "resource": self.job[0], "error": why}))
    }
}

/// Tells a story wherever functions are images.
fn elsewhere(story: impl Fn(&Elsewhere, &Ground) -> Told) -> Told {
    for place in &ELSEWHERE {
        let told = || story(place, &place.shop()?);
        told().map_err(|error| format!("on {}: {error}", place.scene.cloud))?;
    }
    Ok(())
}

#[test]
fn where_functions_are_images_a_job_migrates_with_the_new_one_before_the_rest_has_it() -> Told {
    elsewhere(|place, ground| {
        // Before the first build there is nothing to run.
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says_nothing_of("schema")?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
        let one = built(ground, "shop", "worker", "one")?;
        let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?;
        ran.says("Bringing the database's schema up to date")?.says("Pushed")?;
        assert_eq!(place.running(ground, &digest(&one, "shop", "worker")?)?, 2);
        assert_eq!(kinds(ground)?, ["intent", "outcome", "intent", "migrated", "outcome"]);
        ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("No changes")?;
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        ground.landfall(&["rollback", "shop/dev"])?.says_nothing_of("schema up to date")?;
        ground.is_sound()
    })
}

#[test]
fn where_functions_are_images_a_first_deployment_migrates_between_its_steps() -> Told {
    elsewhere(|place, ground| {
        let one = built(ground, "shop", "worker", "one")?;
        let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?;
        ran.says("in two steps")?.says("Bringing the database's schema up to date")?.says("Apply complete")?;
        assert_eq!(place.running(ground, &digest(&one, "shop", "worker")?)?, 2);
        assert_eq!(kinds(ground)?, ["intent", "migrated", "outcome"]);
        ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("No changes")?;
        ground.is_sound()
    })
}

#[test]
fn where_functions_are_images_a_migration_that_fails_stops_the_deployment() -> Told {
    elsewhere(|place, ground| {
        let one = built(ground, "shop", "worker", "one")?;
        ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?;
        place.fails(ground, "column price holds nulls")?;
        let two = built(ground, "shop", "worker", "two")?;
        let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &two])?.exits(1)?;
        ran.says("the migrations failed")?;
        // What serves is as it was.
        assert!(place.running(ground, &digest(&one, "shop", "worker")?)? >= 1);
        assert_eq!(ground.stack()?.as_deref(), Some(place.scene.states[1]));
        ground.is_sound()?;
        ground.no_faults()?;
        ground.landfall(&["apply", "shop/dev", "--artifacts", &two])?.exits(0)?;
        assert_eq!(place.running(ground, &digest(&two, "shop", "worker")?)?, 2);
        ground.is_sound()
    })
}

#[test]
fn where_functions_are_images_a_run_that_is_killed_while_it_migrates_is_finished_by_recover() -> Told {
    for place in &ELSEWHERE {
        for (service, action) in place.calls {
            let told = || -> Told {
                let ground = place.shop()?;
                let one = built(&ground, "shop", "worker", "one")?;
                let image = digest(&one, "shop", "worker")?;
                ground
                    .fault(&json!({"fault": "delay", "service": service, "action": action, "milliseconds": 60000}))?;
                let mut killed = ground.start(&["apply", "shop/dev", "--artifacts", &one])?;
                until(&mut killed, "Bringing the database's schema up to date")?;
                killed.kill()?;
                killed.wait()?;
                ground.no_faults()?;
                fs::remove_dir_all(&one)?;
                ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
                assert_eq!(place.running(&ground, &image)?, 2);
                ground.is_sound()
            };
            told().map_err(|error| format!("on {}, at {action}: {error}", place.scene.cloud))?;
        }
    }
    Ok(())
}

#[test]
fn where_functions_are_images_lost_answers_of_a_job_change_nothing_about_the_end() -> Told {
    elsewhere(|place, ground| {
        for (service, action) in place.calls {
            ground.fault(&json!({"fault": "lost_answer", "service": service, "action": action}))?;
        }
        let one = built(ground, "shop", "worker", "one")?;
        ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("Apply complete")?;
        assert_eq!(place.running(ground, &digest(&one, "shop", "worker")?)?, 2);
        ground.is_sound()
    })
}
