//! The image layout goes through skopeo into Debian's registry and is found there under the digest that landfall deploys by.

use std::error::Error;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use landfall::bundle::file::File;
use landfall::bundle::image::{Content, USER, layout};
use landfall::model::artifact::Architecture;
use landfall::plan::digest::Digest;
use serde_json::Value;

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

#[test]
fn an_image_of_two_processors_is_in_a_registry_what_it_was_in_the_bundle() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let content = |architecture, executable: &[u8]| Content {
        architecture,
        executable: executable.to_vec(),
        files: vec![File { path: "certificates/ca.pem".into(), bytes: b"an authority".to_vec() }],
    };
    let made =
        layout("worker", &[content(Architecture::X86_64, b"\x7fELF x"), content(Architecture::Aarch64, b"\x7fELF a")])?;
    let image = folder.path().join("image");
    for (path, bytes) in &made.files {
        let path = image.join(path);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        fs::write(path, bytes)?;
    }
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
