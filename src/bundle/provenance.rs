//! How an artifact came to be: an in-toto statement with SLSA provenance (sources: in-toto attestation framework v1,
//! SLSA specification v1.1, "Provenance").

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What is known of a build. Nothing in it differs from machine to machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// What it gave: file names and their digests in hex, without `sha256:`.
    pub outputs: BTreeMap<String, String>,
    /// The crate's folder below the project's root.
    pub source_crate: String,
    /// The commit of the source; none outside version control.
    pub commit: Option<String>,
    /// Whether the work tree differed from the commit.
    pub dirty: bool,
    /// The digest of the lock file, in hex.
    pub lock: String,
    /// The compiler, as `rustc --version` says it.
    pub compiler: String,
    /// The targets that were compiled for.
    pub targets: Vec<String>,
}

/// The statement.
pub fn provenance(build: &Build) -> Value {
    let subject: Vec<Value> =
        build.outputs.iter().map(|(name, digest)| json!({ "name": name, "digest": { "sha256": digest } })).collect();
    let mut materials = vec![json!({ "uri": "file:Cargo.lock", "digest": { "sha256": build.lock } })];
    if let Some(commit) = &build.commit {
        materials.push(json!({ "uri": "git+file:.", "digest": { "gitCommit": commit } }));
    }
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:landfall:bundle:cargo:1",
                "externalParameters": { "crate": build.source_crate, "targets": build.targets },
                "internalParameters": { "compiler": build.compiler, "dirty": build.dirty },
                "resolvedDependencies": materials,
            },
            "runDetails": { "builder": { "id": "urn:landfall:bundle", "version": { "landfall": env!("CARGO_PKG_VERSION") } } },
        },
    })
}
