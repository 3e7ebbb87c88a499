//! Secrets that get a new value.

use std::error::Error;
use std::fs;

use landfall::plan::digest::Digest;
use serde_json::{Value, json};

use crate::ground::{Ground, Ran, Told};
use crate::images;
use crate::scene::{SCENES, on_every_cloud};

const CANARY: &str = "s3cr3t-7Xq2pVt9-new-value";

/// A value that landfall never saw.
const BY_HAND: &str = "put here by hand";

const SHOP: &str = r#"
description: A shop that sends mail
placement: {cloud: aws, account: "111122223333", region: us-east-1}
artifacts:
  worker: {description: Sends mail, zip: dist/worker.zip}
secrets:
  mail: {description: Opens the mail service, path: mail/key}
  spare: {description: Read by nobody}
functions:
  sender:
    description: Sends mail
    artifact: worker
    handler: send
    memory: 128MiB
    timeout: 10s
    environment: {MAIL_KEY: {secret: secret.mail}}
  counter: {description: Counts, artifact: worker, handler: count, memory: 128MiB, timeout: 10s}
"#;

fn deployed() -> Result<Ground, Box<dyn Error>> {
    let ground = Ground::new()?;
    ground.environment(SHOP)?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    fs::write(ground.path("mail.txt"), format!("{CANARY}\n"))?;
    Ok(ground)
}

/// A page that reads a secret, and a desk that reads none; a second secret is read by nobody.
fn mailing(ground: &Ground) -> String {
    let page = ground.page().replace("{LEVEL: info}", "{LEVEL: info, MAIL_KEY: {secret: secret.mail}}");
    let desk = "{artifact: page, registry: page, architecture: x86_64, vcpu: 1, memory: 2GiB, scale: {min: 2, max: 2}}";
    let secrets = "{mail: {description: Opens the mail service}, spare: {description: Read by nobody}}";
    format!("{page}  desk: {desk}\nsecrets: {secrets}\n")
}

/// Deploys them in a release of that name.
fn deploys(ground: &Ground, yaml: &str, release: &str) -> Told {
    ground.environment(yaml)?;
    let bundle = images::bundle(ground, "shop", "page", "one")?;
    ground.commit()?;
    ground.landfall(&["release", "create", "shop", "--name", release, "--artifacts", &bundle])?.exits(0)?;
    let allowed = ["--approve", "widened-access,public-access"];
    ground.landfall(&[&["apply", "shop/dev", "--release", release][..], &allowed].concat())?.exits(0)?;
    fs::write(ground.path("mail.txt"), format!("{CANARY}\n"))?;
    Ok(())
}

/// Tells a story on every cloud, where the page, the desk and the secrets are deployed.
fn everywhere(story: impl Fn(&Ground) -> Told) -> Told {
    on_every_cloud(|ground| {
        if ground.scene.cloud == "azure" {
            // Vaults are empty at first, and what reads them doesn't start then.
            ground.environment(&mailing(ground))?;
            ground.landfall(&["apply", "shop/dev", "--approve", "widened-access,public-access"])?.exits(0)?;
            by_hand(ground)?;
        }
        deploys(ground, &mailing(ground), "1.0.0")?;
        story(ground)
    })
}

/// Puts a value into each vault, without landfall.
fn by_hand(ground: &Ground) -> Told {
    let vaults = ground.ask("GET", "resources?type=Microsoft.KeyVault/vaults", &Value::Null)?;
    for vault in vaults["resources"].as_array().ok_or("no resources")? {
        let id = format!("{}/secrets/value", vault["id"].as_str().unwrap_or_default());
        ground.arm_of("2025-05-01", &id, &json!({"properties": {"value": BY_HAND}}))?;
    }
    Ok(())
}

/// How many versions there are that landfall wrote, of all secrets together.
fn written(ground: &Ground) -> Result<usize, Box<dyn Error>> {
    let [kind, attribute] = ground.scene.secret.versions;
    let answer = ground.ask("GET", &format!("resources?type={kind}"), &Value::Null)?;
    let by_hand = Digest::of(BY_HAND.as_bytes());
    let ours = |version: &&Value| version["digest"].as_str().is_some_and(|digest| digest != by_hand.hex());
    let count = |one: &Value| match &one["attributes"][attribute] {
        Value::Array(all) => all.iter().filter(ours).count(),
        Value::Object(all) => all.len(),
        _ => 0,
    };
    Ok(answer["resources"].as_array().ok_or("no resources")?.iter().map(count).sum())
}

/// How often the page, as it is now, was told that the secret was rotated.
fn rotations(ground: &Ground) -> Result<usize, Box<dyn Error>> {
    let answer = ground.ask("GET", &format!("resources?type={}", ground.scene.runs[0]), &Value::Null)?;
    let text = answer.to_string();
    // Earlier versions are kept beside it: the highest is its.
    let counts = text.split("\"mail:").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok());
    Ok(counts.max().unwrap_or_default())
}

/// Starts a rotation, and kills it while it waits for the answer to a call.
fn killed_at(ground: &Ground, service: &str, action: &str) -> Told {
    ground
        .fault(&json!({"fault": "delay", "service": service, "action": action, "milliseconds": 60000, "times": 1}))?;
    let mut killed = ground.start(&["rotate", "shop/dev", "mail", "--from", &from(ground)])?;
    // A delay is used up by the call that waits.
    while !ground.ask("GET", "faults", &Value::Null)?["faults"].as_array().is_some_and(Vec::is_empty) {
        if let Some(status) = killed.try_wait()? {
            return Err(format!("it ended with {status} and never called {action}").into());
        }
        std::thread::yield_now();
    }
    killed.kill()?;
    killed.wait()?;
    Ok(())
}

fn rotate(ground: &Ground, secret: &str, how: &[&str]) -> Result<Ran, Box<dyn Error>> {
    ground.landfall(&[&["rotate", "shop/dev", secret], how].concat())
}

fn from(ground: &Ground) -> String {
    ground.path("mail.txt").to_string_lossy().into_owned()
}

/// The versions that the cloud has of the secret `mail`, and how often the functions were told of a rotation.
fn versions(ground: &Ground) -> Result<Value, Box<dyn Error>> {
    let answer = ground.ask("GET", "resources?type=AWS::SecretsManager::Secret", &Value::Null)?;
    let all = answer["resources"].as_array().ok_or("no resources")?.clone();
    let found = all.into_iter().find(|one| one["properties"]["Name"] == "/dev/shop/mail/key");
    Ok(found.ok_or("no such secret")?["attributes"]["Versions"].clone())
}

fn told(ground: &Ground) -> Result<Vec<String>, Box<dyn Error>> {
    let environments = ground.property("AWS::Lambda::Function", "Environment")?;
    let of = |environment: &Value| environment["Variables"]["SECRET_ROTATIONS"].as_str().map(str::to_owned);
    Ok(environments.iter().filter_map(of).collect())
}

/// The value is in no byte that was written, but for the file that it came from.
fn is_nowhere(ground: &Ground) -> Told {
    fs::remove_file(ground.path("mail.txt"))?;
    let mut folders = vec![ground.path("")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read(&path)?.windows(CANARY.len()).any(|bytes| bytes == CANARY.as_bytes()) {
                return Err(format!("the value is in {}", path.display()).into());
            }
        }
    }
    Ok(())
}

#[test]
fn a_new_value_starts_anew_what_reads_it_and_leaves_no_drift_and_no_trace() -> Told {
    let ground = deployed()?;
    let ran = rotate(&ground, "mail", &["--from", &from(&ground)])?.exits(0)?.says_nothing_of(CANARY)?;
    let ran = ran.says("secret.mail of shop/dev has a new value")?.says("what reads it started anew")?;
    ran.says("FunctionSender")?.says_nothing_of("FunctionCounter")?;
    assert_eq!(told(&ground)?, ["mail:1"]);
    let made = versions(&ground)?;
    assert_eq!(made.as_object().map(serde_json::Map::len), Some(1), "{made}");
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("began to rotate secret.mail (version")?;
    ground.landfall(&["plan", "shop/dev", "--detailed-exitcode"])?.exits(0)?.says("No changes")?;
    // The cloud makes the next one up; a deployment that comes after it keeps the count.
    rotate(&ground, "mail", &["--generate"])?.exits(0)?;
    ground.environment(&SHOP.replace("memory: 128MiB", "memory: 256MiB"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    assert_eq!(told(&ground)?, ["mail:2"]);
    ground.environment(&SHOP.replace("path: mail/key", "path: mail/key, rotation: 1").replace("128MiB", "256MiB"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    assert_eq!(told(&ground)?, ["mail:3"]);
    is_nowhere(&ground)?;
    ground.is_sound()
}

#[test]
fn a_service_that_reads_it_starts_anew_on_every_cloud_and_nothing_else_does() -> Told {
    everywhere(|ground| {
        let ran = rotate(ground, "mail", &["--from", &from(ground)])?.exits(0)?.says_nothing_of(CANARY)?;
        let ran = ran.says("secret.mail of shop/dev has a new value")?.says("what reads it started anew")?;
        ran.says_nothing_of(ground.scene.runs[1])?;
        assert_eq!((written(ground)?, rotations(ground)?), (1, 1));
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("began to rotate secret.mail (version")?;
        ground
            .landfall(&["plan", "shop/dev", "--release", "1.0.0", "--detailed-exitcode"])?
            .exits(0)?
            .says("No changes")?;
        // The next one is made up; a deployment that comes after it keeps the count.
        rotate(ground, "mail", &["--generate"])?.exits(0)?;
        deploys(ground, &mailing(ground).replace("LEVEL: info", "LEVEL: debug"), "2.0.0")?;
        assert_eq!((written(ground)?, rotations(ground)?), (2, 2));
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        is_nowhere(ground)?;
        ground.is_sound()
    })
}

#[test]
fn what_nobody_reads_gets_its_value_and_nothing_is_deployed() -> Told {
    everywhere(|ground| {
        rotate(ground, "spare", &["--generate"])?.exits(0)?.says("nothing that is deployed reads it")?;
        assert_eq!((written(ground)?, rotations(ground)?), (1, 0));
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        ground.is_sound()
    })
}

#[test]
fn a_rotation_deploys_nothing_besides() -> Told {
    let ground = deployed()?;
    ground.environment(&SHOP.replace("memory: 128MiB", "memory: 256MiB"))?;
    let ran = rotate(&ground, "mail", &["--from", &from(&ground)])?.exits(3)?;
    ran.says("a rotation deploys nothing else")?.says("FunctionSender (AWS::Lambda::Function) would change")?;
    assert!(versions(&ground)?.is_null());
    Ok(())
}

#[test]
fn what_is_no_value_or_no_secret_is_refused_before_anything_is_asked() -> Told {
    let ground = deployed()?;
    rotate(&ground, "mial", &["--generate"])?.exits(3)?.says("did you mean mail?")?;
    rotate(&ground, "mail", &[])?.exits(64)?.says("--from FILE, --generate or --as-is")?;
    fs::write(ground.path("mail.txt"), "\n")?;
    rotate(&ground, "mail", &["--from", &from(&ground)])?.exits(3)?.says("it is empty")?;
    ground.environment(&SHOP.replace("  spare:", "  new: {description: New}\n  spare:"))?;
    rotate(&ground, "new", &["--generate"])?.exits(3)?.says("SecretNew")?;
    Ok(())
}

#[test]
fn a_value_that_is_too_large_is_refused_before_anything_is_asked() -> Told {
    on_every_cloud(|ground| {
        ground.environment(&mailing(ground))?;
        let largest = if ground.scene.cloud == "azure" { 25_000 } else { 65_536 };
        fs::write(ground.path("mail.txt"), "x".repeat(largest + 1))?;
        let ran = rotate(ground, "mail", &["--from", &from(ground)])?.exits(3)?;
        ran.says("bytes that a secret takes there").map(|_| ())
    })
}

#[test]
fn a_rotation_killed_before_the_value_was_sent_is_closed_and_the_old_value_holds() -> Told {
    everywhere(|ground| {
        let [service, write] = ground.scene.secret.write;
        for call in ground.scene.secret.asks {
            killed_at(ground, service, call)?;
            // Nothing was begun: there is nothing to recover.
            ground.landfall(&["recover", "shop/dev"])?.exits(0)?;
            assert_eq!((written(ground)?, rotations(ground)?), (0, 0));
        }
        killed_at(ground, service, write)?;
        let ran =
            ground.landfall(&["recover", "shop/dev"])?.exits(3)?.says("was not sent before the run was interrupted")?;
        ran.says("landfall rotate shop/dev mail")?;
        assert_eq!((written(ground)?, rotations(ground)?), (0, 0));
        rotate(ground, "mail", &["--from", &from(ground)])?.exits(0)?;
        assert_eq!((written(ground)?, rotations(ground)?), (1, 1));
        is_nowhere(ground)?;
        ground.is_sound()
    })
}

#[test]
fn a_rotation_killed_after_the_value_was_sent_is_finished_by_recover() -> Told {
    everywhere(|ground| {
        let computes = ground.scene.calls[0];
        ground.fault(&json!({"fault": "delay", "action": computes, "milliseconds": 4000, "times": 9}))?;
        let mut killed = ground.start(&["rotate", "shop/dev", "mail", "--from", &from(ground)])?;
        while written(ground)? == 0 {
            if let Some(status) = killed.try_wait()? {
                return Err(format!("it ended with {status} and wrote nothing").into());
            }
            std::thread::yield_now();
        }
        killed.kill()?;
        killed.wait()?;
        ground.no_faults()?;
        let ran = ground.landfall(&["recover", "shop/dev"])?.exits(0)?;
        ran.says("The interrupted rotation of shop/dev is complete")?;
        assert_eq!((written(ground)?, rotations(ground)?), (1, 1));
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        is_nowhere(ground)?;
        ground.is_sound()
    })
}

#[test]
fn an_answer_to_the_write_that_gets_lost_writes_no_second_version() -> Told {
    everywhere(|ground| {
        let [service, action] = ground.scene.secret.write;
        ground.fault(&json!({"fault": "lost_answer", "service": service, "action": action}))?;
        rotate(ground, "mail", &["--from", &from(ground)])?.exits(0)?;
        assert_eq!((written(ground)?, rotations(ground)?), (1, 1));
        ground.is_sound()
    })
}

#[test]
fn where_starting_anew_fails_the_new_value_stays_and_as_is_tries_again() -> Told {
    everywhere(|ground| {
        let page = ground.scene.page[0];
        ground
            .fault(&json!({"fault": "resource", "stack": "shop-dev", "resource": page, "on": "update", "times": 1}))?;
        let ran = rotate(ground, "mail", &["--from", &from(ground)])?.exits(1)?;
        ran.says("the new value of secret.mail is there")?.says("landfall rotate shop/dev mail --as-is")?;
        ground.no_faults()?;
        rotate(ground, "mail", &["--as-is"])?
            .exits(0)?
            .says("has the value that was put there; what reads it started anew")?;
        assert_eq!((written(ground)?, rotations(ground)?), (1, 1));
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        ground.is_sound()
    })
}

#[test]
fn an_app_in_azure_starts_once_its_secret_has_a_value() -> Told {
    let ground = Ground::on(&SCENES[1])?;
    ground.environment(&mailing(&ground))?;
    ground.landfall(&["apply", "shop/dev", "--approve", "widened-access,public-access"])?.exits(0)?;
    let failed = deploys(&ground, &mailing(&ground), "1.0.0").err().ok_or("it started without its secret")?;
    assert!(failed.to_string().contains("unable to fetch secret 'secret-mail'"), "{failed}");
    // The vault takes it from outside of the network; nothing reads it yet.
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?;
    rotate(&ground, "mail", &["--generate"])?.exits(0)?;
    let allowed = ["--approve", "widened-access,public-access"];
    ground.landfall(&[&["apply", "shop/dev", "--release", "1.0.0"][..], &allowed].concat())?.exits(0)?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.is_sound()
}
