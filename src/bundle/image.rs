//! The container image: an OCI image layout with one image a processor. It holds the executable, the certificates that it
//! is given, and nothing else: no shell, no package manager, no root (source: OCI image specification 1.1).

use std::collections::BTreeMap;
use std::io::Write;

use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use super::file::File;
use crate::model::artifact::Architecture;
use crate::plan::digest::Digest;

/// The user that the executable runs as: not root, and not in any image's list of users.
pub const USER: u32 = 65_532;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// What goes into the image of one processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The processor.
    pub architecture: Architecture,
    /// The executable; it becomes `/bin/<name>`.
    pub executable: Vec<u8>,
    /// What else it needs, such as certificates.
    pub files: Vec<File>,
}

/// An image layout: its files by path, and the digest of its index, which names the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Every file of the layout by its path inside.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The digest of the image index: what a registry names the image by.
    pub digest: Digest,
}

/// Builds the layout of an image named `name`, with an image for each content.
///
/// # Errors
/// Where a file's path can't stand in an archive.
pub fn layout(name: &str, contents: &[Content]) -> std::io::Result<Layout> {
    let mut files = BTreeMap::new();
    let mut manifests = Vec::new();
    for content in contents {
        let (architecture, variant) = platform(content.architecture);
        let tar = layer(name, content)?;
        let diff = Digest::of(&tar);
        let layer = blob(&mut files, LAYER, gzip(&tar)?);
        let config = json!({
            "architecture": architecture,
            "variant": variant,
            "os": "linux",
            "config": {
                "User": format!("{USER}:{USER}"),
                "Entrypoint": [format!("/bin/{name}")],
                "WorkingDir": "/",
            },
            "rootfs": { "type": "layers", "diff_ids": [diff.to_string()] },
            "history": [{ "created_by": "landfall bundle", "comment": "the executable and its certificates" }],
        });
        let config = blob(&mut files, CONFIG, bytes(without_nulls(config)));
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] });
        let mut manifest = blob(&mut files, MANIFEST, bytes(manifest));
        manifest["platform"] =
            without_nulls(json!({ "architecture": architecture, "variant": variant, "os": "linux" }));
        manifests.push(manifest);
    }
    let index = bytes(json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests }));
    let digest = Digest::of(&index);
    let mut described = blob(&mut files, INDEX, index);
    described["annotations"] = json!({ "org.opencontainers.image.ref.name": name });
    files.insert(
        "index.json".to_owned(),
        bytes(json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [described] })),
    );
    files.insert("oci-layout".to_owned(), bytes(json!({ "imageLayoutVersion": "1.0.0" })));
    Ok(Layout { files, digest })
}

/// The names that the specification uses (those of Go's GOARCH).
fn platform(architecture: Architecture) -> (&'static str, Option<&'static str>) {
    match architecture {
        Architecture::X86_64 => ("amd64", None),
        Architecture::Aarch64 => ("arm64", Some("v8")),
    }
}

fn blob(files: &mut BTreeMap<String, Vec<u8>>, media: &str, bytes: Vec<u8>) -> Value {
    let digest = Digest::of(&bytes);
    let descriptor = json!({ "mediaType": media, "digest": digest.to_string(), "size": bytes.len() });
    files.insert(format!("blobs/sha256/{}", digest.hex()), bytes);
    descriptor
}

fn bytes(value: Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.retain(|_, inner| !inner.is_null());
    }
    value
}

fn layer(name: &str, content: &Content) -> std::io::Result<Vec<u8>> {
    let mut paths: BTreeMap<String, (&[u8], u32)> = BTreeMap::new();
    paths.insert(format!("bin/{name}"), (&content.executable, 0o555));
    for file in &content.files {
        if paths.insert(file.path.clone(), (&file.bytes, 0o444)).is_some() {
            let why = format!("the file `{}` would take the executable's place in the image", file.path);
            return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, why));
        }
    }
    let mut folders: Vec<String> = paths.keys().flat_map(|path| parents(path)).collect();
    folders.sort();
    folders.dedup();
    let mut builder = tar::Builder::new(Vec::new());
    builder.mode(tar::HeaderMode::Deterministic);
    for folder in folders {
        let mut header = header(0o555, 0);
        header.set_entry_type(tar::EntryType::Directory);
        builder.append_data(&mut header, format!("{folder}/"), std::io::empty())?;
    }
    for (path, (bytes, mode)) in paths {
        builder.append_data(&mut header(mode, bytes.len() as u64), path, bytes)?;
    }
    builder.into_inner()
}

/// The folders above a path, outermost first.
fn parents(path: &str) -> Vec<String> {
    path.match_indices('/').map(|(at, _)| path[..at].to_owned()).collect()
}

fn header(mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(architecture: Architecture) -> Content {
        let certificates = File { path: "etc/ssl/certs/ca.pem".into(), bytes: b"pem".to_vec() };
        Content { architecture, executable: b"\x7fELF".to_vec(), files: vec![certificates] }
    }

    fn json_of(layout: &Layout, digest: &str) -> Value {
        serde_json::from_slice(&layout.files[&format!("blobs/sha256/{}", digest.trim_start_matches("sha256:"))])
            .unwrap()
    }

    #[test]
    fn every_blob_is_named_by_its_digest_and_reached_from_the_index() {
        let layout = layout("engine", &[content(Architecture::X86_64), content(Architecture::Aarch64)]).unwrap();
        for (path, bytes) in &layout.files {
            if let Some(hex) = path.strip_prefix("blobs/sha256/") {
                assert_eq!(Digest::of(bytes).hex(), hex);
            }
        }
        let index = json_of(&layout, &layout.digest.to_string());
        let platforms: Vec<_> =
            index["manifests"].as_array().unwrap().iter().map(|one| one["platform"].clone()).collect();
        assert_eq!(
            platforms,
            [
                json!({"architecture": "amd64", "os": "linux"}),
                json!({"architecture": "arm64", "os": "linux", "variant": "v8"})
            ]
        );
        for manifest in index["manifests"].as_array().unwrap() {
            let manifest = json_of(&layout, manifest["digest"].as_str().unwrap());
            let config = json_of(&layout, manifest["config"]["digest"].as_str().unwrap());
            assert_eq!(config["config"]["User"], "65532:65532");
            assert_eq!(config["config"]["Entrypoint"], json!(["/bin/engine"]));
        }
    }

    #[test]
    fn the_layer_holds_only_the_executable_and_its_files() {
        let tar = layer("engine", &content(Architecture::X86_64)).unwrap();
        let mut archive = tar::Archive::new(tar.as_slice());
        let entries: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                (entry.path().unwrap().display().to_string(), header.mode().unwrap(), header.mtime().unwrap())
            })
            .collect();
        let expected = [
            ("bin/", 0o555, 0),
            ("etc/", 0o555, 0),
            ("etc/ssl/", 0o555, 0),
            ("etc/ssl/certs/", 0o555, 0),
            ("bin/engine", 0o555, 0),
            ("etc/ssl/certs/ca.pem", 0o444, 0),
        ];
        assert_eq!(entries, expected.map(|(path, mode, time)| (path.to_owned(), mode, time)));
    }
}
