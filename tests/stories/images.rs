//! Images go from the bundle into the stack's own registries before anything runs them, and are found there by digest.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::ground::{Ground, Told};

/// A service whose image comes from a registry of its own stack.
const PAGE: &str = r#"
description: A shop with a page
placement: {cloud: aws, account: "111122223333", region: us-east-1}
network: {range: 10.0.0.0/16, public: [10.0.0.0/24, 10.0.1.0/24], private: [10.0.16.0/20, 10.0.32.0/20], egress: single}
registries: {page: {}}
artifacts: {page: {executables: {aarch64: bin/page-aarch64, x86_64: bin/page-x86_64}}}
services:
  page: {artifact: page, registry: page, vcpu: 0.25, memory: 512MiB, scale: {min: 2, max: 2}}
"#;

/// The beginning of an executable for a processor, as much of it as says that it stands alone; and what makes it another build.
fn executable(machine: u8, build: &str) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    bytes[16] = 2;
    bytes[18] = machine;
    bytes[20] = 1;
    bytes[52] = 64;
    bytes.extend_from_slice(build.as_bytes());
    bytes
}

/// Bundles a system whose executables are of this build.
pub(crate) fn bundle(
    ground: &Ground,
    system: &str,
    name: &str,
    build: &str,
) -> Result<String, Box<dyn std::error::Error>> {
    fs::create_dir_all(ground.path("bin"))?;
    fs::write(ground.path(&format!("bin/{name}-aarch64")), executable(183, build))?;
    fs::write(ground.path(&format!("bin/{name}-x86_64")), executable(62, build))?;
    let out = ground.path(&format!("dist-{build}")).to_string_lossy().into_owned();
    ground.run(&["bundle", system, "--out", &out])?.exits(0)?;
    Ok(out)
}

/// The digest of the image that a bundle's artifact has.
pub(crate) fn digest(out: &str, system: &str, name: &str) -> Result<String, Box<dyn std::error::Error>> {
    let manifest: Value = serde_json::from_slice(&fs::read(Path::new(out).join(system).join("bundle.json"))?)?;
    Ok(manifest["artifacts"][name]["image_digest"].as_str().ok_or("no image")?.to_owned())
}

/// What the copies of the services run.
fn running(ground: &Ground) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let definitions = ground.property("AWS::ECS::TaskDefinition", "ContainerDefinitions")?;
    Ok(definitions.iter().map(|containers| containers[0]["Image"].as_str().unwrap_or_default().to_owned()).collect())
}

fn intents(ground: &Ground) -> Result<usize, Box<dyn std::error::Error>> {
    Ok(ground.entries()?.iter().filter(|entry| entry["record"]["kind"] == "intent").count())
}

#[test]
fn the_first_deployment_makes_the_registry_then_pushes_then_starts_the_copies() -> Told {
    let ground = Ground::new()?;
    ground.environment(PAGE)?;
    let one = bundle(&ground, "shop", "page", "one")?;
    let ran = ground.landfall(&["plan", "shop/dev", "--artifacts", &one])?.exits(0)?;
    ran.says("in two steps")?;
    let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?;
    ran.says("Pushing the image")?.says("Pushed")?.says("Apply complete")?;
    assert_eq!(ground.property("AWS::ECS::Service", "DesiredCount")?, [json!(2)]);
    let image = running(&ground)?.pop().ok_or("nothing runs")?;
    assert!(image.ends_with(&format!("@{}", digest(&one, "shop", "page")?)), "{image}");
    assert_eq!(intents(&ground)?, 1);
    ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("No changes")?;

    // The next build needs one step, and sends what is new.
    let two = bundle(&ground, "shop", "page", "two")?;
    let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &two])?.exits(0)?;
    ran.says("before anything is changed, images are pushed")?.says("Pushed")?.says_nothing_of("in two steps")?;
    let image = running(&ground)?.pop().ok_or("nothing runs")?;
    assert!(image.ends_with(&format!("@{}", digest(&two, "shop", "page")?)), "{image}");

    // Back again: the ledger has the image, the registry too.
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says("It is there already")?;
    let image = running(&ground)?.pop().ok_or("nothing runs")?;
    assert!(image.ends_with(&format!("@{}", digest(&one, "shop", "page")?)), "{image}");
    ground.is_sound()
}

#[test]
fn a_registry_that_says_no_stops_the_deployment_before_anything_runs_and_the_next_goes_on_there() -> Told {
    let ground = Ground::new()?;
    ground.environment(PAGE)?;
    let one = bundle(&ground, "shop", "page", "one")?;
    let denied = "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:us-east-1:111122223333:repository/page because no identity-based policy allows it";
    let fault = json!({"fault": "call", "service": "ecr", "action": "PutImage", "code": "DENIED", "message": denied, "status": 403});
    ground.fault(&fault)?;
    ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(1)?.says("ecr:PutImage")?;
    assert_eq!(ground.property("AWS::ECS::Service", "DesiredCount")?, [json!(0)]);
    ground.is_sound()?;
    ground.no_faults()?;
    ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("Pushed")?;
    assert_eq!(ground.property("AWS::ECS::Service", "DesiredCount")?, [json!(2)]);
    ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("No changes")?;
    ground.is_sound()
}

#[test]
fn answers_of_the_registry_that_get_lost_or_come_late_change_nothing_about_the_end() -> Told {
    let ground = Ground::new()?;
    ground.environment(PAGE)?;
    let calls = [
        "GetAuthorizationToken",
        "BatchCheckLayerAvailability",
        "InitiateLayerUpload",
        "CompleteLayerUpload",
        "PutImage",
        "BatchGetImage",
    ];
    for action in calls {
        ground.fault(&json!({"fault": "lost_answer", "service": "ecr", "action": action}))?;
        let busy = json!({"fault": "call", "service": "ecr", "action": action, "status": 503, "after": 1});
        ground.fault(&busy)?;
    }
    let one = bundle(&ground, "shop", "page", "one")?;
    ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("Apply complete")?;
    assert_eq!(intents(&ground)?, 1);
    ground.is_sound()
}

#[test]
fn a_push_that_is_cut_off_is_finished_by_recover_from_the_ledger_alone() -> Told {
    let ground = Ground::new()?;
    ground.environment(PAGE)?;
    let one = bundle(&ground, "shop", "page", "one")?;
    ground.fault(&json!({"fault": "delay", "service": "ecr", "action": "PutImage", "milliseconds": 60000}))?;
    let mut killed = ground.start(&["apply", "shop/dev", "--artifacts", &one])?;
    crate::ground::until(&mut killed, "Pushing the image")?;
    killed.kill()?;
    killed.wait()?;
    ground.no_faults()?;
    fs::remove_dir_all(&one)?;
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
    assert_eq!(ground.property("AWS::ECS::Service", "DesiredCount")?, [json!(2)]);
    assert_eq!(intents(&ground)?, 1);
    ground.is_sound()
}

#[test]
fn a_release_brings_its_images_along() -> Told {
    let ground = Ground::new()?;
    ground.environment(PAGE)?;
    let one = bundle(&ground, "shop", "page", "one")?;
    ground.commit()?;
    let create = ["release", "create", "shop", "--name", "1.0.0", "--artifacts", &one, "--allow-dirty"];
    ground.landfall(&create)?.exits(0)?;
    let image = digest(&one, "shop", "page")?;
    fs::remove_dir_all(&one)?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?.says("Pushed")?;
    assert!(running(&ground)?.pop().ok_or("nothing runs")?.ends_with(&image));
    ground.is_sound()
}

#[test]
fn an_image_that_is_in_no_registry_never_runs() -> Told {
    let ground = Ground::new()?;
    ground.environment(PAGE)?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    // Somebody gives a digest by hand that nobody pushed: the service's own deployment never gets steady.
    let one = bundle(&ground, "shop", "page", "one")?;
    let manifest = Path::new(&one).join("shop/bundle.json");
    let mut bundle: Value = serde_json::from_slice(&fs::read(&manifest)?)?;
    bundle["artifacts"]["page"]["image_digest"] = json!(format!("sha256:{}", "0".repeat(64)));
    fs::write(&manifest, bundle.to_string())?;
    ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(1)?.says("is not whole")?;
    assert_eq!(ground.property("AWS::ECS::Service", "DesiredCount")?, [json!(0)]);
    Ok(())
}

/// StormOps as it is in the repository, its artifacts built before instead of compiled.
fn stormops(ground: &Ground) -> Told {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    ground.system("stormops")?;
    fs::create_dir_all(ground.path("engine"))?;
    fs::copy(from.join("engine/contract.json"), ground.path("engine/contract.json"))?;
    let base = ground.path("environments/stormops/base.yaml");
    let built =
        "executables: {aarch64: bin/engine-aarch64, x86_64: bin/engine-x86_64}\n    contract: engine/contract.json";
    fs::write(&base, fs::read_to_string(&base)?.replace("crate: engine", built))?;
    Ok(())
}

#[test]
fn stormops_runs_its_artifacts_by_digest() -> Told {
    let ground = Ground::new()?;
    stormops(&ground)?;
    let out = bundle(&ground, "stormops", "engine", "storm")?;
    let ran = ground.landfall(&["apply", "stormops/dev", "--artifacts", &out])?.exits(0)?;
    ran.says("Pushed")?.says("Apply complete")?;
    let image = running(&ground)?.pop().ok_or("nothing runs")?;
    assert!(image.ends_with(&digest(&out, "stormops", "ui")?), "{image}");
    let archive = fs::read(Path::new(&out).join("stormops/functions-aarch64.zip"))?;
    let key = format!("artifacts/{}.zip", landfall::plan::digest::Digest::of(&archive).hex());
    let code = ground.property("AWS::Lambda::Function", "Code")?;
    assert_eq!(code.iter().filter(|code| code["S3Key"] == key.as_str()).count(), 5, "{code:?}");
    ground.landfall(&["apply", "stormops/dev", "--artifacts", &out])?.exits(0)?.says("No changes")?;
    Ok(())
}
