//! One ledger for environments in several accounts, in a bucket of an account of its own.

use std::fs;
use std::process::Command;

use landfall::clouds::aws::document::Template;

use crate::ground::{Ground, Ran, Told, ran};
use crate::three_environments::watchpoint;

/// The accounts of the environments, and whose the ledger's bucket is.
const DEV: &str = "444444444444";
const LIVE: &str = "555555555555";
const TOOLS: &str = "666666666666";
const BUCKET: &str = "watchpoint-ledger";

/// Runs the program as it would run against the cloud, with credentials of an account.
fn of(ground: &Ground, account: &str, arguments: &[&str]) -> Result<Ran, Box<dyn std::error::Error>> {
    ran(ground.as_cloud(account, &[arguments, &["--yes"]].concat()).spawn()?)
}

/// A bucket fit for a ledger, made by its owner.
fn bucket(ground: &Ground, owner: &str, name: &str) -> Told {
    ground.s3_of(owner, "PUT", &format!("/{name}"), "")?;
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    ground.s3_of(owner, "PUT", &format!("/{name}?versioning"), enabled)
}

/// The policy that `ci github` writes for the bucket, attached by its owner.
fn let_in(ground: &Ground, system: &str, name: &str) -> Told {
    let asked = ["ci", "github", system, "--repository", "example/weather", "--install", "tools/install-landfall"];
    ground
        .run(&asked)?
        .exits(0)?
        .says("by whoever owns the ledger's bucket")?
        .says_nothing_of("one ledger to another")?;
    let written = fs::read(ground.path(&format!("deploy-roles/ledger-{name}.yaml")))?;
    let policy = &Template::read(&written)?.resources["Ledger"].properties["PolicyDocument"];
    ground.s3_of(TOOLS, "PUT", &format!("/{name}?policy"), &policy.to_string())
}

/// WatchPoint's bundle, around functions that somebody else built.
fn bundled(ground: &Ground) -> Result<String, Box<dyn std::error::Error>> {
    let digest = landfall::plan::digest::Digest::of(b"functions").to_string();
    let artifact = serde_json::json!({
        "archives": {"aarch64": "functions.zip"}, "image": null, "image_digest": null, "bill": null, "provenance": null,
        "contract": null,
    });
    let manifest = serde_json::json!({
        "format_version": 1, "artifacts": {"functions": artifact}, "files": {"functions.zip": {"digest": digest, "size": 9}},
    });
    fs::create_dir_all(ground.path("dist/watchpoint"))?;
    fs::write(ground.path("dist/watchpoint/functions.zip"), b"functions")?;
    fs::write(ground.path("dist/watchpoint/bundle.json"), manifest.to_string())?;
    Ok(ground.path("dist").to_string_lossy().into_owned())
}

/// WatchPoint without what takes an hour or looks at what really runs, and with the ledger in the sandbox's region.
fn hurried(ground: &Ground) -> Told {
    watchpoint(ground)?;
    let slow = ["soak:", "well-within:", "alarms-quiet:", "health:"];
    for file in ["base", "dev", "staging", "prod"] {
        let path = ground.path(&format!("environments/watchpoint/{file}.yaml"));
        let text = fs::read_to_string(&path)?;
        // A probe is called `health` too, and no gate.
        let is_gate =
            |line: &str| slow.iter().any(|gate| line.trim_start().starts_with(gate)) && !line.contains(", within:");
        let kept = text.lines().filter(|line| !is_gate(line));
        let moved = kept.map(|line| match line.starts_with("ledger:") {
            true => line.replace("us-west-2", "us-east-1"),
            false => line.to_owned(),
        });
        fs::write(&path, moved.collect::<Vec<_>>().join("\n"))?;
    }
    Ok(())
}

#[test]
fn one_release_goes_through_three_environments_in_two_accounts() -> Told {
    let ground = Ground::new()?;
    hurried(&ground)?;
    ground.commit()?;
    let switched =
        Command::new("git").arg("-C").arg(ground.path("")).args(["checkout", "--quiet", "-b", "dev"]).status()?;
    assert!(switched.success());
    let dist = bundled(&ground)?;
    bucket(&ground, TOOLS, BUCKET)?;
    let seal = ["release", "create", "watchpoint", "--name", "1.0.0", "--artifacts", &dist];
    of(&ground, DEV, &seal)?.exits(3)?.says("or have arn:aws:s3:::watchpoint-ledger granted")?;
    let_in(&ground, "watchpoint", BUCKET)?;
    ground.commit()?;
    of(&ground, DEV, &seal)?.exits(0)?;
    of(&ground, DEV, &["apply", "watchpoint/dev", "--release", "1.0.0"])?.exits(0)?.says("Apply complete")?;

    let promote = |account: &str, from: &str, to: &str| {
        of(&ground, account, &["promote", "watchpoint", "--from", from, "--to", to])
    };
    promote(LIVE, "staging", "prod")?.exits(3)?.says("nothing is deployed in staging")?;
    promote(LIVE, "dev", "prod")?.exits(3)?.says("prod takes releases from staging")?;
    promote(DEV, "dev", "staging")?.exits(3)?.says(LIVE)?;
    promote(LIVE, "dev", "staging")?.exits(0)?.says("gets release 1.0.0")?.says("Apply complete")?;
    let refused = promote(LIVE, "staging", "prod")?.exits(3)?.says("has to be approved")?;
    let plan = refused.err.split("`landfall approve watchpoint/prod ").nth(1).ok_or("no command")?;
    let plan = plan.split(['`', ' ']).next().ok_or("no digest")?;
    of(&ground, LIVE, &["approve", "watchpoint/prod", plan])?.exits(0)?;
    promote(LIVE, "staging", "prod")?.exits(0)?.says("approved by ana@example.com")?.says("Apply complete")?;

    let mut releases = Vec::new();
    for (account, target) in [(DEV, "watchpoint/dev"), (LIVE, "watchpoint/staging"), (LIVE, "watchpoint/prod")] {
        of(&ground, account, &["drift", target, "--detailed-exitcode"])?.exits(0)?;
        // Either account reads what is recorded of the other's targets.
        let shown = of(&ground, DEV, &["history", target, "--format", "json"])?.exits(0)?.json()?;
        let entries = shown["entries"].as_array().cloned().ok_or("no entries")?;
        let intent = entries.iter().find(|entry| entry["record"]["kind"] == "intent").ok_or("no intent")?;
        releases.push(intent["record"]["purpose"]["release"].clone());
    }
    assert_eq!(releases[0]["name"], "1.0.0");
    assert!(releases.iter().all(|release| *release == releases[0]), "{releases:?}");
    of(&ground, LIVE, &["ledger", "verify", "watchpoint"])?.exits(0)?;
    assert!(!ground.path(".landfall/ledger").exists(), "a folder's ledger was written too");
    Ok(())
}

#[test]
fn a_ledger_in_a_bucket_of_another_owner_than_the_environment_says_is_refused() -> Told {
    let ground = Ground::new()?;
    let says = |account: &str, region: &str| {
        let owner = format!("url: s3://acme-ledger/shop, account: \"{account}\", region: {region}");
        ground.environment(&format!("{}ledger: {{{owner}}}\n", crate::ground::SHOP))
    };
    let verify = |account: &str| of(&ground, account, &["ledger", "verify", "shop/dev"]);
    bucket(&ground, TOOLS, "acme-ledger")?;
    says(TOOLS, "us-east-1")?;
    verify(TOOLS)?.exits(0)?;
    let_in(&ground, "shop", "acme-ledger")?;
    verify(crate::ground::ACCOUNT)?.exits(0)?;
    verify(LIVE)?.exits(3)?.says("or have arn:aws:s3:::acme-ledger granted")?;
    // Whoever deploys owns a bucket of that name, or the policy lets them in: neither makes up for the wrong owner.
    for owner in [LIVE, crate::ground::ACCOUNT] {
        says(owner, "us-east-1")?;
        for account in [TOOLS, crate::ground::ACCOUNT] {
            verify(account)?.exits(3)?.says("it belongs to another account")?;
        }
    }
    says(TOOLS, "eu-west-1")?;
    verify(crate::ground::ACCOUNT)?.exits(3)?.says("the bucket is not in eu-west-1")?;
    Ok(())
}
