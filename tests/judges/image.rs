//! The image layout goes into Debian's registry, by skopeo and by landfall itself, and is found there under the digest that landfall
//! deploys by; and skopeo finds the sandbox's registries as strict as the clouds' own.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use landfall::bundle::file::File;
use landfall::bundle::image::{Content, Layout, USER, layout};
use landfall::drivers::local::clock::SystemClock;
use landfall::drivers::patience::Patience;
use landfall::drivers::registry as distribution;
use landfall::model::artifact::Architecture;
use landfall::plan::deployment::Image;
use landfall::plan::digest::Digest;
use landfall::ports::images::Pushed;
use landfall::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use crate::python;

/// A registry of one's own, ended with the test.
struct Registry {
    process: Child,
    address: String,
}

impl Registry {
    fn start(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let configuration = folder.join("registry.yml");
        let blobs = folder.join("registry");
        let text = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: {address}}}\n",
            blobs.display()
        );
        fs::write(&configuration, text)?;
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(&configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("docker-registry can't be started: {error}; run tools/setup first"))?;
        let mut registry = Registry { process, address };
        for _ in 0..600 {
            if TcpStream::connect(&registry.address).is_ok() {
                return Ok(registry);
            }
            if let Some(status) = registry.process.try_wait()? {
                return Err(format!("docker-registry ended: {status}").into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err("docker-registry does not answer".into())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn skopeo(arguments: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let output = Command::new("skopeo")
        .args(arguments)
        .output()
        .map_err(|error| format!("skopeo can't be started: {error}; run tools/setup first"))?;
    if !output.status.success() {
        return Err(format!("skopeo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(output.stdout)
}

/// The layout of an image for two processors, in a folder.
fn laid_out(folder: &Path) -> Result<Layout, Box<dyn Error>> {
    let content = |architecture, executable: &[u8]| Content {
        architecture,
        executable: executable.to_vec(),
        files: vec![File { path: "certificates/ca.pem".into(), bytes: b"an authority".to_vec() }],
    };
    let made =
        layout("worker", &[content(Architecture::X86_64, b"\x7fELF x"), content(Architecture::Aarch64, b"\x7fELF a")])?;
    for (path, bytes) in &made.files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        fs::write(path, bytes)?;
    }
    Ok(made)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_landfall_pushes_debians_registry_takes_and_skopeo_finds() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let made = laid_out(&folder.path().join("image"))?;
    let registry = Registry::start(folder.path())?;
    let parts = made.files.iter().filter(|(path, _)| path.starts_with("blobs/sha256/"));
    let blobs: BTreeMap<Digest, Vec<u8>> = parts.map(|(_, bytes)| (Digest::of(bytes), bytes.clone())).collect();
    let image = Image { digest: made.digest.clone(), name: "worker".into(), registries: BTreeSet::new(), blobs };
    let address = format!("http://{}", registry.address);
    let patience = Patience::of_attempt(Duration::from_secs(10));
    let pusher =
        distribution::Registry::new(&address, "Basic bm9ib2R5", None, Arc::new(SystemClock::start()), patience)?;
    let first = pusher.push("shop/worker", &image).await?;
    // Two configurations, two layers, two manifests and the index.
    assert_eq!(first.parts, 7);
    assert_eq!(pusher.push("shop/worker", &image).await?, Pushed::default());

    let named = format!("docker://{}/shop/worker", registry.address);
    for reference in [format!("{named}@{}", made.digest), format!("{named}:{}", made.digest.hex())] {
        let index = skopeo(&["inspect", "--tls-verify=false", "--raw", &reference])?;
        assert_eq!(Digest::of(&index), made.digest);
    }
    // All of it comes back, each part by its digest.
    let back = format!("oci:{}:worker", folder.path().join("back").display());
    let from = format!("{named}@{}", made.digest);
    skopeo(&["copy", "--all", "--preserve-digests", "--insecure-policy", "--src-tls-verify=false", &from, &back])?;
    let mut broken = image.clone();
    let config = broken.blobs.keys().find(|digest| **digest != image.digest).cloned().ok_or("no part")?;
    broken.blobs.remove(&config);
    assert!(pusher.push("shop/another", &broken).await.is_err());
    Ok(())
}

/// Has a script judge the registries of a sandbox of its own.
async fn judged(script: &str) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let image = folder.path().join("image");
    laid_out(&image)?;
    let options = SandboxOptions { pace: Some(0.0), ..SandboxOptions::new(folder.path().join("sandbox")) };
    let running = Sandbox::start(options).await?;
    let (url, image) = (running.url().to_owned(), image.display().to_string());
    let script = python::root().join("tests/judges").join(script);
    let outcome = tokio::task::spawn_blocking(move || {
        python::drive(&script, &[("SANDBOX_URL", &url), ("IMAGE", &image)]).map_err(|error| error.to_string())
    });
    let printed = outcome.await?;
    running.stop().await;
    let printed = printed?;
    assert!(printed.ends_with("all steps passed\n"), "{printed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn skopeo_and_boto3_find_the_sandboxs_registry_as_strict_as_ecr() -> Result<(), Box<dyn Error>> {
    judged("registry_story.py").await
}

#[tokio::test(flavor = "multi_thread")]
async fn skopeo_finds_the_sandboxs_registry_as_strict_as_artifact_registry() -> Result<(), Box<dyn Error>> {
    judged("artifact_registry_story.py").await
}

#[tokio::test(flavor = "multi_thread")]
async fn skopeo_finds_the_sandboxs_registry_as_strict_as_azures() -> Result<(), Box<dyn Error>> {
    judged("container_registry_story.py").await
}

#[test]
fn an_image_of_two_processors_is_in_a_registry_what_it_was_in_the_bundle() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let image = folder.path().join("image");
    let made = laid_out(&image)?;
    let registry = Registry::start(folder.path())?;
    let from = format!("oci:{}:worker", image.display());
    let to = format!("docker://{}/shop/worker", registry.address);
    let tag = format!("{to}:1");
    skopeo(&["copy", "--all", "--preserve-digests", "--insecure-policy", "--dest-tls-verify=false", &from, &tag])?;

    let named = format!("{to}@{}", made.digest);
    let index = skopeo(&["inspect", "--tls-verify=false", "--raw", &named])?;
    assert_eq!(Digest::of(&index), made.digest);
    for processor in ["amd64", "arm64"] {
        let inspect = [
            "inspect",
            "--tls-verify=false",
            "--override-os",
            "linux",
            "--override-arch",
            processor,
            "--config",
            &named,
        ];
        let config: Value = serde_json::from_slice(&skopeo(&inspect)?)?;
        assert_eq!(config["architecture"], processor);
        assert_eq!(config["config"]["User"], format!("{USER}:{USER}"));
        assert_eq!(config["config"]["Entrypoint"], serde_json::json!(["/bin/worker"]));
    }
    Ok(())
}
