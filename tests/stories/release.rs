//! A release: sealed from a commit, and proved against every byte that it names.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::ground::{Ground, Told};

/// Every file of the ledger, by the folder below it.
fn objects(ground: &Ground, folder: &str) -> Result<Vec<PathBuf>, std::io::Error> {
    let folder = fs::read_dir(ground.path(".landfall/sandbox/ledger").join(folder))?;
    let mut files = Vec::new();
    for entry in folder {
        let path = entry?.path();
        files.extend(path.is_file().then_some(path));
    }
    files.sort();
    Ok(files)
}

/// Writes a key as `openssl` does; gives its file.
fn key(ground: &Ground) -> Result<String, Box<dyn std::error::Error>> {
    let file = ground.path("key.pem");
    let made = Command::new("openssl").args(["genpkey", "-algorithm", "ed25519", "-out"]).arg(&file).status()?;
    assert!(made.success());
    Ok(file.to_string_lossy().into_owned())
}

#[test]
fn a_release_is_sealed_listed_shown_and_proved() -> Told {
    let ground = Ground::new()?;
    ground.commit()?;
    ground.landfall(&["release", "list", "shop"])?.exits(0)?.says("shop has no release yet")?;
    let key = key(&ground)?;
    let create = ["release", "create", "shop", "--name", "1.4.0", "--key", &key];
    let created = ground.landfall(&[&create[..], &["--format", "json"]].concat())?.exits(0)?.json()?;
    let signer = created["release"]["signature"]["key"].as_str().ok_or("no signature")?.to_owned();
    let id = created["release"]["id"].as_str().ok_or("no id")?.to_owned();
    assert_eq!(created["release"]["sealed"]["origin"]["dirty"], false);
    assert_eq!(created["release"]["sealed"]["origin"]["by"], "ana");

    ground.landfall(&["release", "list", "shop"])?.exits(0)?.says("1.4.0")?.says("signed")?;
    ground.landfall(&["release", "show", "shop", "1.4.0"])?.exits(0)?.says(&id)?.says("the file dev.yaml")?;
    ground.landfall(&["release", "verify", "shop", "1.4.0"])?.exits(0)?.says("its seal and 1 part proved")?;
    ground.landfall(&["release", "verify", "shop", &id[..16], "--trust", &signer])?.exits(0)?.says("sound")?;
    let other = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    ground.landfall(&["release", "verify", "shop", "1.4.0", "--trust", other])?.exits(1)?.says("none of the keys")?;

    ground.landfall(&create)?.exits(3)?.says("has a release 1.4.0 already")?;
    ground.landfall(&["release", "show", "shop", "1.5.0"])?.exits(1)?.says("has no release `1.5.0`")?;
    Ok(())
}

#[test]
fn a_flipped_bit_anywhere_is_found() -> Told {
    let ground = Ground::new()?;
    ground.commit()?;
    let key = key(&ground)?;
    ground.landfall(&["release", "create", "shop", "--name", "1.4.0", "--key", &key])?.exits(0)?;
    let sealed = objects(&ground, "releases/shop")?;
    let documents = objects(&ground, "documents")?;
    let names = objects(&ground, "releases/shop/named")?;
    assert_eq!((sealed.len(), documents.len(), names.len()), (1, 1, 1));
    for file in sealed.iter().chain(&documents).chain(&names) {
        let whole = fs::read(file)?;
        for byte in [20, whole.len() / 2, whole.len() - 4] {
            let mut altered = whole.clone();
            altered[byte] ^= 1;
            fs::write(file, altered)?;
            ground.landfall(&["release", "verify", "shop", "1.4.0"])?.exits(1)?;
        }
        fs::write(file, whole)?;
        ground.landfall(&["release", "verify", "shop", "1.4.0"])?.exits(0)?;
    }
    fs::remove_file(&documents[0])?;
    let gone = ground.landfall(&["release", "verify", "shop", "1.4.0"])?;
    gone.exits(1)?.says("the file dev.yaml")?.says("is not in the ledger")?;
    Ok(())
}

#[test]
fn a_working_copy_that_differs_from_its_commit_is_sealed_only_when_that_is_said() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["release", "create", "shop"])?.exits(3)?.says("has no commit")?;
    ground.commit()?;
    fs::write(ground.path("note.txt"), "on top")?;
    ground.landfall(&["release", "create", "shop"])?.exits(3)?.says("note.txt")?;
    ground.landfall(&["release", "list", "shop"])?.exits(0)?.says("shop has no release yet")?;
    ground.landfall(&["release", "create", "shop", "--allow-dirty"])?.exits(0)?.says("Signed by nobody")?;
    ground.landfall(&["release", "list", "shop"])?.exits(0)?.says("and changes on top")?;
    Ok(())
}

#[test]
fn the_artifacts_of_a_bundle_are_kept_with_the_release_and_an_altered_bundle_is_refused() -> Told {
    let ground = Ground::new()?;
    ground.commit()?;
    let archive = b"an archive";
    let digest = |bytes: &[u8]| landfall::plan::digest::Digest::of(bytes).to_string();
    let manifest = json!({
        "format_version": 1,
        "artifacts": {"worker": {
            "archives": {"aarch64": "worker.zip"}, "image": null, "image_digest": null, "bill": null, "provenance": null, "contract": "worker.contract.json",
        }},
        "files": {"worker.zip": {"digest": digest(archive), "size": archive.len()}, "worker.contract.json": {"digest": digest(b"{}"), "size": 2}},
    });
    fs::create_dir_all(ground.path("dist/shop"))?;
    fs::write(ground.path("dist/shop/bundle.json"), manifest.to_string())?;
    fs::write(ground.path("dist/shop/worker.contract.json"), "{}")?;
    fs::write(ground.path("dist/shop/worker.zip"), b"another ar")?;
    let dist = ground.path("dist").to_string_lossy().into_owned();
    let create = ["release", "create", "shop", "--name", "2.0.0", "--artifacts", &dist];
    ground.landfall(&create)?.exits(1)?.says("the bundle's manifest says")?;
    fs::write(ground.path("dist/shop/worker.zip"), archive)?;
    ground.landfall(&create)?.exits(0)?.says("1 artifact")?;
    fs::remove_dir_all(ground.path("dist"))?;
    let verified = ground.landfall(&["release", "verify", "shop", "2.0.0", "--format", "json"])?.exits(0)?.json()?;
    assert_eq!((&verified["sound"], &verified["parts"]), (&Value::Bool(true), &json!(3)));
    let kept = objects(&ground, "documents")?.iter().map(fs::read).collect::<Result<Vec<_>, _>>()?;
    assert!(kept.iter().any(|bytes| bytes == archive));
    Ok(())
}
