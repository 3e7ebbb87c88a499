//! Connecting: the project by Google's interfaces, the program by its name, the state by where this is.

#![expect(
    clippy::disallowed_methods,
    reason = "where a user's folders are, and the sandbox's providers, is said by variables"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::Value;

use super::Own;
use super::backend::Home;
use super::program::Program;
use crate::drivers::gcp::GcpClouds;
use crate::plan::deployment::Place;
use crate::ports::clock::Clock;
use crate::ports::cloud::{Cloud, CloudError, Clouds};

/// The variable by which Terraform is pointed at providers that run already (Terraform documentation, "Running and Debugging Terraform
/// Plugins").
const PROVIDERS: &str = "TF_REATTACH_PROVIDERS";

/// Connects to Google Cloud, and deploys there by a program of the user's own.
#[derive(Clone)]
pub struct OwnEngine {
    clouds: GcpClouds,
    clock: Arc<dyn Clock>,
    /// The sandbox's folder, where this is the sandbox.
    sandbox: Option<PathBuf>,
}

impl std::fmt::Debug for OwnEngine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OwnEngine").field("sandbox", &self.sandbox).finish_non_exhaustive()
    }
}

impl OwnEngine {
    /// Google Cloud: the state in the bucket for sources, folders for runs in the user's cache.
    pub fn new(clouds: GcpClouds, clock: Arc<dyn Clock>) -> Self {
        OwnEngine { clouds, clock, sandbox: None }
    }

    /// The sandbox in this folder, which keeps the state there. It has no interface that the google provider could be pointed at, so
    /// providers have to be stood in for, and the program gets no credentials.
    pub fn sandbox(clouds: GcpClouds, clock: Arc<dyn Clock>, folder: PathBuf) -> Self {
        OwnEngine { clouds, clock, sandbox: Some(folder) }
    }
}

#[async_trait]
impl Clouds for OwnEngine {
    async fn connect(&self, place: &Place) -> Result<Box<dyn Cloud>, CloudError> {
        let Some(engine) = &place.engine else {
            return Err(CloudError::Unsupported("this driver deploys by a program, and none is named".to_owned()));
        };
        let stand_ins = match &self.sandbox {
            Some(_) => Some(std::env::var(PROVIDERS).ok().filter(|set| !set.is_empty()).ok_or_else(none)?),
            None => None,
        };
        let (home, work) = match &self.sandbox {
            Some(folder) => {
                let folder = std::path::absolute(folder).map_err(|error| CloudError::Unsupported(error.to_string()))?;
                (Home::Folder(folder.join("terraform")), folder.join("terraform").join("runs"))
            }
            None => (Home::Bucket, cache()),
        };
        let program = Program::new(engine, stand_ins.as_deref(), Arc::clone(&self.clock))?;
        let gcp = self.clouds.open(place)?;
        Ok(Box::new(Own { gcp, program, home, work, stand_ins, children: Mutex::default(), seen: Mutex::default() }))
    }
}

/// Where runs have their folders: the user's cache, which is on this machine and outside of any repository.
fn cache() -> PathBuf {
    let of = |name| std::env::var_os(name).filter(|set| !set.is_empty()).map(PathBuf::from);
    let cache = of("XDG_CACHE_HOME").or_else(|| of("HOME").map(|home| home.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("landfall").join("runs")
}

fn none() -> CloudError {
    CloudError::Unsupported(format!(
        "the sandbox can't be deployed to by a program of your own: it plays Infrastructure Manager, and has no interface that a provider could be pointed at; \
         take `engine` out of `placement` to try the same document there, or name providers that stand in by {PROVIDERS}"
    ))
}

/// Refuses a document of the sandbox's with a provider that nobody stands in for: it would go out of this machine.
pub(super) fn stood_in_for(stand_ins: Option<&str>, files: &BTreeMap<String, String>) -> Result<(), CloudError> {
    let Some(stand_ins) = stand_ins else { return Ok(()) };
    let attached: Value = serde_json::from_str(stand_ins).unwrap_or_default();
    let attached: BTreeSet<&str> = attached.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    for text in files.values() {
        let file: Value = serde_json::from_str(text).unwrap_or_default();
        let asked = file.pointer("/terraform/required_providers").and_then(Value::as_object).into_iter().flatten();
        for source in asked.filter_map(|(_, provider)| provider.get("source")?.as_str()) {
            if !attached.iter().any(|name| *name == source || name.ends_with(&format!("/{source}"))) {
                return Err(none());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_of_the_sandboxs_documents_is_stood_in_for() {
        let versions = r#"{"terraform": {"required_providers": {"google": {"source": "hashicorp/google"}}}}"#;
        let files = BTreeMap::from([("versions.tf.json".to_owned(), versions.to_owned())]);
        let there = r#"{"registry.terraform.io/hashicorp/google": {}}"#;
        assert_eq!(stood_in_for(Some(there), &files), Ok(()));
        assert!(stood_in_for(Some("{}"), &files).is_err());
        assert!(stood_in_for(Some("no JSON"), &files).is_err());
        assert_eq!(stood_in_for(None, &files), Ok(()));
    }
}
