//! The engine's image as it is shipped: compiled and put together by `landfall bundle`, through Debian's registry and back by skopeo, and
//! run by runc under a memory limit, beside a real database.

use std::error::Error;
use std::fs;
use std::process::Command;

use landfall::bundle::image::USER;
use serde_json::{Value, json};

use crate::python;

/// What the container may hold, in bytes.
const LIMIT: u64 = 512 << 20;

#[test]
fn the_image_that_is_shipped_runs_in_a_container_that_permits_nothing_and_says_that_it_is_well()
-> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().to_string_lossy();
    let made = Command::new(env!("CARGO_BIN_EXE_landfall"))
        .arg("--root")
        .arg(python::root())
        .args(["bundle", "stormops", "--arch", "x86_64", "--out", &out])
        .output()?;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let bundle = folder.path().join("stormops");
    let manifest: Value = serde_json::from_slice(&fs::read(bundle.join("bundle.json"))?)?;
    let image = manifest["artifacts"]["ui"]["image"].as_str().ok_or("no image was made")?;
    let archive = manifest["artifacts"]["functions"]["archives"]["x86_64"].as_str().ok_or("no archive was made")?;
    let (archive, image) = (bundle.join(archive), bundle.join(image));
    let (archive, image) = (archive.to_string_lossy(), image.to_string_lossy());
    let measure = python::root().join("engine/benches/measure");
    let found = python::run(&measure, &[&archive, "--image", &image, "--only", "image"], "")?;
    let found: Value = serde_json::from_str(found.lines().last().unwrap_or_default())?;
    assert_eq!((&found["health"]["database"], &found["health"]["cache"]), (&json!("up"), &json!("up")), "{found}");
    assert_eq!((&found["user"], &found["limit"]), (&json!(USER), &json!(LIMIT)), "{found}");
    assert_eq!(
        (&found["capabilities"], &found["writable"], &found["shell"]),
        (&json!(0), &json!(false), &json!(false))
    );
    assert!(found["held"].as_u64().is_some_and(|held| held > 0 && held < LIMIT), "{found}");
    // Told to end, it drains and ends well.
    assert_eq!(found["ended"], 0, "{found}");
    Ok(())
}
