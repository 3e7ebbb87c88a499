//! Images go from the bundle into the stack's own registries before anything runs them, and are found there by digest.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::built::executable;
pub(crate) use crate::built::{bundle, digest};
use crate::ground::{Ground, Told};
use crate::scene::{SCENES, Scene};

/// A service whose image comes from a registry of its own stack.
const PAGE: &str = r"
description: A shop with a page
placement: PLACEMENT
network: NETWORK
registries: {page: {}}
artifacts: {page: {executables: {aarch64: bin/page-aarch64, x86_64: bin/page-x86_64}}}
services:
  page: {artifact: page, registry: page, architecture: x86_64, vcpu: VCPU, memory: MEMORY, scale: {min: 2, max: 2}}
";

/// The page's cloud, and what is told differently there.
struct Place {
    scene: &'static Scene,
    network: &'static str,
    room: [&'static str; 2],
    /// The calls of a push, each with its service, as scripted faults name them.
    calls: &'static [(&'static str, &'static str)],
    /// What the registry says to somebody who may not push, and the permission that is missing.
    denial: &'static str,
    permission: &'static str,
}

impl Place {
    fn page(&self) -> String {
        let [vcpu, memory] = self.room;
        let page = PAGE.replace("PLACEMENT", self.scene.placement).replace("NETWORK", self.network);
        page.replace("VCPU", vcpu).replace("MEMORY", memory)
    }

    /// The call that names an image in its registry.
    fn naming(&self) -> (&'static str, &'static str) {
        if self.scene.cloud == "aws" { ("ecr", "PutImage") } else { (self.calls[0].0, "manifests.put") }
    }
}

/// Everywhere.
const PLACES: [Place; 3] = [
    Place {
        scene: &SCENES[0],
        network: "{range: 10.0.0.0/16, public: [10.0.0.0/24, 10.0.1.0/24], private: [10.0.16.0/20, 10.0.32.0/20], egress: single}",
        room: ["0.25", "512MiB"],
        calls: &[
            ("ecr", "GetAuthorizationToken"),
            ("ecr", "BatchCheckLayerAvailability"),
            ("ecr", "InitiateLayerUpload"),
            ("ecr", "CompleteLayerUpload"),
            ("ecr", "PutImage"),
            ("ecr", "BatchGetImage"),
        ],
        denial: "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:us-east-1:111122223333:repository/page because no identity-based policy allows it",
        permission: "ecr:PutImage",
    },
    Place {
        scene: &SCENES[1],
        network: "{range: 10.0.0.0/16, public: [], private: [10.0.0.0/23, 10.0.16.0/20], egress: single}",
        room: ["0.25", "512MiB"],
        calls: &[
            ("containerregistry", "oauth2/exchange"),
            ("containerregistry", "oauth2/token"),
            ("containerregistry", "blobs.head"),
            ("containerregistry", "uploads.create"),
            ("containerregistry", "uploads.complete"),
            ("containerregistry", "manifests.put"),
            ("containerregistry", "manifests.get"),
        ],
        denial: "requested access to the resource is denied",
        permission: "Microsoft.ContainerRegistry/registries/push/write",
    },
    Place {
        scene: &SCENES[2],
        network: "{range: 10.0.0.0/16, public: [10.0.0.0/24], private: [10.0.16.0/20], egress: single}",
        room: ["1", "512MiB"],
        calls: &[
            ("artifactregistry", "blobs.head"),
            ("artifactregistry", "uploads.create"),
            ("artifactregistry", "uploads.complete"),
            ("artifactregistry", "manifests.put"),
            ("artifactregistry", "manifests.get"),
        ],
        denial: "Permission \"artifactregistry.repositories.uploadArtifacts\" denied on resource \"projects/shop-project/locations/us-central1/repositories/page\" (or it may not exist)",
        permission: "artifactregistry.repositories.uploadArtifacts",
    },
];

/// Tells a story of the page on every cloud.
fn everywhere(story: impl Fn(&Ground, &Place) -> Told) -> Told {
    for place in &PLACES {
        let told = || {
            let ground = Ground::on(place.scene)?;
            ground.environment(&place.page())?;
            story(&ground, place)
        };
        told().map_err(|error: Box<dyn std::error::Error>| format!("on {}: {error}", place.scene.cloud))?;
    }
    Ok(())
}

/// What the copies of the services run: nothing where there are none.
fn running(ground: &Ground) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let (kind, property) = match ground.scene.cloud {
        "aws" if ground.property("AWS::ECS::Service", "DesiredCount")? == [json!(0)] => return Ok(Vec::new()),
        "aws" => ("AWS::ECS::TaskDefinition", "ContainerDefinitions"),
        "azure" => ("Microsoft.App/containerApps", "properties.template.containers"),
        _ => ("google_cloud_run_v2_worker_pool", "template"),
    };
    let mut images = Vec::new();
    ground.property(kind, property)?.iter().for_each(|found| named(found, &mut images));
    // Task definitions that were replaced stay.
    Ok(if kind == "AWS::ECS::TaskDefinition" { images.pop().into_iter().collect() } else { images })
}

/// Every image that is named somewhere in a value.
fn named(value: &Value, images: &mut Vec<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| match value.as_str() {
            Some(image) if name.eq_ignore_ascii_case("image") => images.push(image.to_owned()),
            _ => named(value, images),
        }),
        Value::Array(items) => items.iter().for_each(|item| named(item, images)),
        _ => {}
    }
}

/// Fails unless the page runs this image and nothing else.
fn runs(ground: &Ground, digest: &str) -> Told {
    let found = running(ground)?;
    if found.len() == 1 && found[0].ends_with(&format!("@{digest}")) {
        return Ok(());
    }
    Err(format!("{found:?} run, and not {digest}").into())
}

fn intents(ground: &Ground) -> Result<usize, Box<dyn std::error::Error>> {
    Ok(ground.entries()?.iter().filter(|entry| entry["record"]["kind"] == "intent").count())
}

#[test]
fn the_first_deployment_makes_the_registry_then_pushes_then_starts_the_copies() -> Told {
    everywhere(|ground, _| {
        let one = bundle(ground, "shop", "page", "one")?;
        let ran = ground.landfall(&["plan", "shop/dev", "--artifacts", &one])?.exits(0)?;
        ran.says("in two steps")?;
        let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?;
        ran.says("Pushing the image")?.says("Pushed")?.says("Apply complete")?;
        runs(ground, &digest(&one, "shop", "page")?)?;
        assert_eq!(intents(ground)?, 1);
        ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("No changes")?;

        // The next build needs one step, and sends what is new.
        let two = bundle(ground, "shop", "page", "two")?;
        let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &two])?.exits(0)?;
        ran.says("before anything is changed, images are pushed")?.says("Pushed")?.says_nothing_of("in two steps")?;
        runs(ground, &digest(&two, "shop", "page")?)?;

        // Back again: the ledger has the image, the registry too.
        ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says("It is there already")?;
        runs(ground, &digest(&one, "shop", "page")?)?;
        ground.is_sound()
    })
}

#[test]
fn what_has_no_image_yet_is_named_and_a_change_of_it_alone_does_not_read_as_none() -> Told {
    const LEFT_OUT: &str = "left out until there is a build of page: service.page";
    everywhere(|ground, place| {
        let one = bundle(ground, "shop", "page", "one")?;
        let plan = |how: &[&str]| ground.landfall(&[&["plan", "shop/dev"], how].concat())?.exits(0);
        if place.scene.cloud == "aws" {
            // There it is deployed, and runs no copies.
            plan(&[])?.says("ServicePage")?.says_nothing_of("left out")?;
            return Ok(());
        }
        plan(&[])?.says(LEFT_OUT)?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.environment(&place.page().replace("{min: 2, max: 2}", "{min: 3, max: 3}"))?;
        plan(&[])?.says("No changes")?.says(LEFT_OUT)?;
        let json = plan(&["--format", "json"])?.json()?;
        assert!(json.to_string().contains(LEFT_OUT), "{json}");
        plan(&["--format", "markdown"])?.says("service.page")?.says("left out")?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?.says(LEFT_OUT)?;
        plan(&["--artifacts", &one])?.says_nothing_of("left out")?;
        ground.is_sound()
    })
}

#[test]
fn a_registry_that_says_no_stops_the_deployment_before_anything_runs_and_the_next_goes_on_there() -> Told {
    everywhere(|ground, place| {
        let one = bundle(ground, "shop", "page", "one")?;
        let (service, action) = place.naming();
        let fault = json!({"fault": "call", "service": service, "action": action, "code": "DENIED", "message": place.denial, "status": 403});
        ground.fault(&fault)?;
        ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(1)?.says(place.permission)?;
        assert_eq!(running(ground)?, [""; 0]);
        ground.is_sound()?;
        ground.no_faults()?;
        ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("Pushed")?;
        runs(ground, &digest(&one, "shop", "page")?)?;
        ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("No changes")?;
        ground.is_sound()
    })
}

#[test]
fn answers_of_the_registry_that_get_lost_or_come_late_change_nothing_about_the_end() -> Told {
    everywhere(|ground, place| {
        for (service, action) in place.calls {
            ground.fault(&json!({"fault": "lost_answer", "service": service, "action": action}))?;
            let busy = json!({"fault": "call", "service": service, "action": action, "status": 503, "after": 1});
            ground.fault(&busy)?;
        }
        let one = bundle(ground, "shop", "page", "one")?;
        ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(0)?.says("Apply complete")?;
        runs(ground, &digest(&one, "shop", "page")?)?;
        assert_eq!(intents(ground)?, 1);
        ground.is_sound()
    })
}

/// Kills an apply at each of its calls to the registry, and finishes it without the bundle.
fn cut_off(place: &Place) -> Told {
    for (service, action) in place.calls {
        let told = || -> Told {
            let ground = Ground::on(place.scene)?;
            ground.environment(&place.page())?;
            let one = bundle(&ground, "shop", "page", "one")?;
            let image = digest(&one, "shop", "page")?;
            ground.fault(&json!({"fault": "delay", "service": service, "action": action, "milliseconds": 60000}))?;
            let mut killed = ground.start(&["apply", "shop/dev", "--artifacts", &one])?;
            crate::ground::until(&mut killed, "Pushing the image")?;
            killed.kill()?;
            killed.wait()?;
            ground.no_faults()?;
            fs::remove_dir_all(&one)?;
            ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
            runs(&ground, &image)?;
            assert_eq!(intents(&ground)?, 1);
            ground.is_sound()
        };
        told().map_err(|error| format!("at {action}: {error}"))?;
    }
    Ok(())
}

#[test]
fn a_push_to_ecr_that_is_cut_off_at_any_call_is_finished_by_recover_from_the_ledger_alone() -> Told {
    cut_off(&PLACES[0])
}

#[test]
fn a_push_to_a_container_registry_that_is_cut_off_at_any_call_is_finished_by_recover() -> Told {
    cut_off(&PLACES[1])
}

#[test]
fn a_push_to_artifact_registry_that_is_cut_off_at_any_call_is_finished_by_recover() -> Told {
    cut_off(&PLACES[2])
}

#[test]
fn a_release_brings_its_images_along() -> Told {
    everywhere(|ground, _| {
        let one = bundle(ground, "shop", "page", "one")?;
        ground.commit()?;
        let create = ["release", "create", "shop", "--name", "1.0.0", "--artifacts", &one, "--allow-dirty"];
        ground.landfall(&create)?.exits(0)?;
        let image = digest(&one, "shop", "page")?;
        fs::remove_dir_all(&one)?;
        ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?.says("Pushed")?;
        runs(ground, &image)?;
        ground.is_sound()
    })
}

#[test]
fn a_release_goes_from_cloud_to_cloud_with_the_same_images_and_comes_back() -> Told {
    let ground = Ground::new()?;
    let base = PLACES[0].page();
    let (description, rest) = base.split_once("placement:").ok_or("no placement")?;
    let (_, rest) = rest.split_once("registries:").ok_or("no registries")?;
    let rest = rest.replace("vcpu: 0.25", "vcpu: 1").replace("memory: 512MiB", "memory: 2GiB");
    ground.file("base", &format!("{description}registries:{rest}"))?;
    for (place, from) in PLACES.iter().zip(["", "gates: {from: dev}\n", "gates: {from: dev-azure}\n"]) {
        let name = if from.is_empty() { "dev".to_owned() } else { format!("dev-{}", place.scene.cloud) };
        ground.file(&name, &format!("placement: {}\nnetwork: {}\n{from}", place.scene.placement, place.network))?;
    }
    let build = |name: &str| -> Result<String, Box<dyn std::error::Error>> {
        let out = bundle(&ground, "shop", "page", name)?;
        ground.commit()?;
        let create = ["release", "create", "shop", "--name", name, "--artifacts", &out, "--allow-dirty"];
        ground.landfall(&create)?.exits(0)?;
        let image = digest(&out, "shop", "page")?;
        fs::remove_dir_all(&out)?;
        Ok(image)
    };
    let mut images = Vec::new();
    for release in ["one", "two"] {
        images.push(build(release)?);
        ground.landfall(&["apply", "shop/dev", "--release", release])?.exits(0)?.says("Pushed")?;
        for [from, to] in [["dev", "dev-azure"], ["dev-azure", "dev-gcp"]] {
            let promoted = ground.landfall(&["promote", "shop", "--from", from, "--to", to])?;
            promoted.exits(0)?.says("Pushed")?;
        }
    }
    let everywhere = |image: &str| -> Told {
        let mut found = Vec::new();
        for kind in ["Microsoft.App/containerApps", "google_cloud_run_v2_worker_pool", "AWS::ECS::TaskDefinition"] {
            let answer = ground.ask("GET", &format!("resources?type={kind}"), &Value::Null)?;
            // Of task definitions, those that were replaced stay.
            let newest = answer["resources"].as_array().and_then(|all| all.last()).ok_or("nothing runs")?;
            named(newest, &mut found);
        }
        assert!(found.iter().filter(|one| one.ends_with(&format!("@{image}"))).count() >= 2, "{found:?}");
        Ok(())
    };
    everywhere(&images[1])?;
    for target in ["shop/dev-azure", "shop/dev-gcp"] {
        ground.landfall(&["rollback", target])?.exits(0)?.says("It is there already")?;
    }
    everywhere(&images[0])
}

#[test]
fn an_image_that_is_in_no_registry_never_runs() -> Told {
    everywhere(|ground, _| {
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        // Somebody gives a digest by hand that nobody pushed: the service's own deployment never gets steady.
        let one = bundle(ground, "shop", "page", "one")?;
        let manifest = Path::new(&one).join("shop/bundle.json");
        let mut bundle: Value = serde_json::from_slice(&fs::read(&manifest)?)?;
        bundle["artifacts"]["page"]["image_digest"] = json!(format!("sha256:{}", "0".repeat(64)));
        fs::write(&manifest, bundle.to_string())?;
        ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(1)?.says("is not whole")?;
        assert_eq!(running(ground)?, [""; 0]);
        Ok(())
    })
}

#[test]
fn a_registry_that_is_closed_to_the_internet_is_said_to_be_closed() -> Told {
    let ground = Ground::on(PLACES[1].scene)?;
    let closed = "overrides: {azure: {registry.page: {Microsoft.ContainerRegistry/registries: {properties: {publicNetworkAccess: Disabled}}}}}";
    ground.environment(&format!("{}{closed}\n", PLACES[1].page()))?;
    let one = bundle(&ground, "shop", "page", "one")?;
    let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &one])?.exits(1)?;
    ran.says("is not allowed access")?.says("run landfall there")?;
    assert_eq!(running(&ground)?, [""; 0]);
    ground.is_sound()
}

/// An image for Arm is refused by clouds that have no such processors, whoever put it there.
#[test]
fn an_image_for_other_processors_never_runs() -> Told {
    for place in &PLACES[1..] {
        let ground = Ground::on(place.scene)?;
        ground.environment(&place.page().replace(", x86_64: bin/page-x86_64", ""))?;
        fs::create_dir_all(ground.path("bin"))?;
        fs::write(ground.path("bin/page-aarch64"), executable(183, "arm"))?;
        let out = ground.path("arm").to_string_lossy().into_owned();
        ground.run(&["bundle", "shop", "--arch", "aarch64", "--out", &out])?.exits(0)?;
        let ran = ground.landfall(&["apply", "shop/dev", "--artifacts", &out])?.exits(1)?.says("Pushed")?;
        assert!(ran.err.contains("linux/amd64") || ran.err.contains("amd64/linux"), "{}", ran.err);
        assert_eq!(running(&ground)?, [""; 0]);
        ground.is_sound()?;
    }
    Ok(())
}

/// Entmoot as it is in the repository, its artifact built before instead of compiled.
#[test]
fn entmoot_runs_its_artifact_by_digest_on_google_cloud_and_azure() -> Told {
    // In Azure nothing that reads a secret starts before somebody gave it a value.
    for (environment, empty, kinds) in [
        ("prod-gcp", &[][..], ["google_cloud_run_v2_service", "google_cloud_run_v2_worker_pool"]),
        ("prod-azure", &["secret-key", "sentry", "smtp"][..], ["Microsoft.App/containerApps"; 2]),
    ] {
        let ground = Ground::new()?;
        ground.system("entmoot")?;
        fs::create_dir_all(ground.path("dist"))?;
        fs::write(ground.path("dist/entmoot"), executable(62, "entmoot"))?;
        let out = ground.path("built").to_string_lossy().into_owned();
        ground.run(&["bundle", "entmoot", "--arch", "x86_64", "--out", &out])?.exits(0)?;
        let target = format!("entmoot/{environment}");
        for (number, secret) in empty.iter().enumerate() {
            if number == 0 {
                ground.landfall(&["apply", &target])?.exits(0)?;
            }
            ground.landfall(&["rotate", &target, secret, "--generate"])?.exits(0)?;
        }
        let allowed = ["apply", &target, "--artifacts", &out, "--approve", "widened-access,public-access"];
        ground.landfall(&allowed)?.exits(0)?.says("Pushed")?.says("Apply complete")?;
        let image = digest(&out, "entmoot", "entmoot")?;
        for kind in kinds {
            let mut images = Vec::new();
            let answer = ground.ask("GET", &format!("resources?type={kind}"), &Value::Null)?;
            named(&answer, &mut images);
            assert!(!images.is_empty() && images.iter().all(|one| one.ends_with(&format!("@{image}"))), "{images:?}");
        }
        ground.landfall(&["apply", &target, "--artifacts", &out])?.exits(0)?.says("No changes")?;
    }
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
    runs(&ground, &digest(&out, "stormops", "ui")?)?;
    let archive = fs::read(Path::new(&out).join("stormops/functions-aarch64.zip"))?;
    let key = format!("artifacts/{}.zip", landfall::plan::digest::Digest::of(&archive).hex());
    let code = ground.property("AWS::Lambda::Function", "Code")?;
    assert_eq!(code.iter().filter(|code| code["S3Key"] == key.as_str()).count(), 5, "{code:?}");
    ground.landfall(&["apply", "stormops/dev", "--artifacts", &out])?.exits(0)?.says("No changes")?;
    Ok(())
}
