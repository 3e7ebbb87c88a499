//! What the stories' systems are built of: executables that stand alone, and the bundle around them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::ground::Ground;

/// The beginning of an executable for a processor, as much of it as says that it stands alone; and what makes it another build.
pub(crate) fn executable(machine: u8, build: &str) -> Vec<u8> {
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
