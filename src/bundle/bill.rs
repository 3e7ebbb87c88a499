//! The bill of materials: every package that went into an artifact, as CycloneDX 1.6 JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

/// What `cargo metadata --format-version 1` says, as far as it is needed here.
#[derive(Clone, Debug, Deserialize)]
pub struct Metadata {
    packages: Vec<Package>,
    resolve: Option<Resolve>,
}

#[derive(Clone, Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    manifest_path: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Clone, Debug, Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Clone, Debug, Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

/// Why there is no bill.
#[derive(Debug, thiserror::Error)]
pub enum BillError {
    /// The metadata isn't what cargo writes.
    #[error("cargo's metadata can't be read: {0}")]
    Metadata(#[from] serde_json::Error),
    /// The crate isn't among the packages.
    #[error("cargo's metadata doesn't have the crate of {0}")]
    NoCrate(String),
}

/// The bill of the crate whose manifest lies at `manifest_path`. What only tests and build scripts use is left out, as it
/// isn't in the artifact. The same lock file gives the same bytes: packages are in order, and no path or time is named.
///
/// # Errors
/// Where the metadata can't be read or lacks the crate.
pub fn bill(metadata: &str, manifest_path: &str) -> Result<Value, BillError> {
    let metadata: Metadata = serde_json::from_str(metadata)?;
    let packages: BTreeMap<&str, &Package> = metadata.packages.iter().map(|one| (one.id.as_str(), one)).collect();
    let root = metadata
        .packages
        .iter()
        .find(|one| one.manifest_path == manifest_path)
        .ok_or_else(|| BillError::NoCrate(manifest_path.to_owned()))?;
    let edges: BTreeMap<&str, Vec<&str>> =
        metadata.resolve.iter().flat_map(|resolve| &resolve.nodes).map(edges).collect();
    let (mut reached, mut queue) = (BTreeSet::new(), vec![root.id.as_str()]);
    while let Some(id) = queue.pop() {
        if reached.insert(id) {
            queue.extend(edges.get(id).into_iter().flatten());
        }
    }
    let mut inside: Vec<&Package> = reached.iter().filter_map(|id| packages.get(id).copied()).collect();
    inside.sort_by_key(|package| (&package.name, &package.version));
    let components: Vec<Value> =
        inside.iter().filter(|one| one.id != root.id).map(|one| component("library", one)).collect();
    let dependencies: Vec<Value> = inside
        .iter()
        .map(|package| {
            let mut on: Vec<String> = edges
                .get(package.id.as_str())
                .into_iter()
                .flatten()
                .filter_map(|id| packages.get(id))
                .map(|package| purl(package))
                .collect();
            on.sort();
            on.dedup();
            json!({ "ref": purl(package), "dependsOn": on })
        })
        .collect();
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": component("application", root) },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn edges(node: &Node) -> (&str, Vec<&str>) {
    let inside = node.deps.iter().filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none()));
    (node.id.as_str(), inside.map(|dependency| dependency.pkg.as_str()).collect())
}

fn component(kind: &str, package: &Package) -> Value {
    let mut component = json!({
        "type": kind,
        "bom-ref": purl(package),
        "name": package.name,
        "version": package.version,
        "purl": purl(package),
    });
    if let Some(license) = &package.license {
        // Older manifests separate alternatives by a slash, which SPDX doesn't know.
        component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
    }
    component
}

/// The package URL (source: package-url specification, type cargo); a package from nowhere has its own qualifier.
fn purl(package: &Package) -> String {
    let local = if package.source.is_none() { "?source=local" } else { "" };
    format!("pkg:cargo/{}@{}{local}", package.name, package.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{
        "packages": [
            {"id": "e", "name": "engine", "version": "0.1.0", "license": "Apache-2.0", "source": null, "manifest_path": "/x/engine/Cargo.toml"},
            {"id": "b", "name": "b", "version": "2.0.0", "license": "MIT/Apache-2.0", "source": "registry", "manifest_path": "/r/b/Cargo.toml"},
            {"id": "t", "name": "testing", "version": "1.0.0", "license": null, "source": "registry", "manifest_path": "/r/t/Cargo.toml"}
        ],
        "resolve": {"nodes": [
            {"id": "e", "deps": [{"pkg": "b", "dep_kinds": [{"kind": null}]}, {"pkg": "t", "dep_kinds": [{"kind": "dev"}]}]},
            {"id": "b", "deps": []},
            {"id": "t", "deps": []}
        ]}
    }"#;

    #[test]
    fn what_only_tests_use_is_not_in_the_artifact() {
        let bill = bill(METADATA, "/x/engine/Cargo.toml").unwrap();
        let names: Vec<_> =
            bill["components"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["b"]);
        assert_eq!(bill["components"][0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(bill["dependencies"][1]["dependsOn"], json!(["pkg:cargo/b@2.0.0"]));
    }

    #[test]
    fn no_path_of_the_machine_is_in_it() {
        assert!(!bill(METADATA, "/x/engine/Cargo.toml").unwrap().to_string().contains("/x/"));
    }
}
