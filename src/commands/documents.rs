//! From an environment to what is deployed: its document, and the artifacts that it runs.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::session::Session;
use super::site::Site;
use super::trouble::Trouble;
use crate::bundle::manifest::{self, Manifest};
use crate::bundle::placeholder;
use crate::clouds::{self, Deployed, Form, Parameter, Rendered};
use crate::diagnostics::diagnostic::Diagnostics;
use crate::model::artifact::Architecture;
use crate::model::name::Name;
use crate::plan::Plan;
use crate::plan::deployment::{Deployment, Protection, Upload};
use crate::plan::digest::Digest;
use crate::plan::refusal::Refusal;
use crate::views;

/// The largest manifest of a bundle that is read, bytes.
const LARGEST_MANIFEST: u64 = 1 << 20;

/// What a target deploys now. Artifacts come from the bundle that was named; one that isn't in it stays as it is deployed.
pub fn deployment(
    session: &mut Session,
    site: &Site,
    deployed: &BTreeMap<String, String>,
) -> Result<Deployment, Trouble> {
    let environment = &site.environment;
    let rendered = match clouds::render(&environment.target, &environment.stack, Form::Yaml) {
        Ok(rendered) => rendered,
        Err(findings) => {
            let mut diagnostics = Diagnostics::new();
            findings.iter().for_each(|finding| diagnostics.push(environment.diagnostic(finding)));
            views::validate::problems(&mut session.output, &diagnostics)?;
            return Err(Trouble::Environment);
        }
    };
    let mut uploads = BTreeMap::new();
    let parameters = parameters(session, site, &rendered, deployed, &mut uploads)?;
    Ok(Deployment {
        target: environment.target.to_string(),
        place: site.place.clone(),
        stack: site.stack.clone(),
        document: rendered.document,
        parameters,
        tags: rendered.tags,
        protection: Protection { termination: environment.stack.protection.termination, policy: rendered.policy },
        bucket: Some(rendered.bucket),
        uploads: uploads.into_iter().map(|(key, bytes)| Upload { key, bytes }).collect(),
    })
}

fn parameters(
    session: &mut Session,
    site: &Site,
    rendered: &Rendered,
    deployed: &BTreeMap<String, String>,
    uploads: &mut BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, String>, Trouble> {
    let bundle = Bundle::open(session, site)?;
    let mut values = BTreeMap::new();
    for (id, parameter) in &rendered.parameters {
        let value = match parameter {
            Parameter::Bucket => rendered.bucket.clone(),
            Parameter::Image(name) => match bundle.image(name) {
                Some(digest) => digest,
                None => deployed.get(id).cloned().unwrap_or_default(),
            },
            Parameter::Archive(name, architecture) => match bundle.archive(session, name, *architecture)? {
                Some(bytes) => keep(bytes, uploads),
                None => match deployed.get(id) {
                    Some(key) => key.clone(),
                    None => keep(placeholder::archive().map_err(|error| failed(error.to_string()))?, uploads),
                },
            },
        };
        values.insert(id.clone(), value);
    }
    Ok(values)
}

/// Takes bytes up for uploading; gives the key they will have.
fn keep(bytes: Vec<u8>, uploads: &mut BTreeMap<String, Vec<u8>>) -> String {
    let key = format!("artifacts/{}.zip", Digest::of(&bytes).hex());
    uploads.insert(key.clone(), bytes);
    key
}

/// What `landfall bundle` wrote for a system; empty where none was named.
struct Bundle {
    folder: std::path::PathBuf,
    manifest: Option<Manifest>,
}

impl Bundle {
    fn open(session: &Session, site: &Site) -> Result<Self, Trouble> {
        let Some(artifacts) = &session.artifacts else {
            return Ok(Self { folder: std::path::PathBuf::new(), manifest: None });
        };
        let folder = artifacts.join(site.environment.target.system.as_str());
        let path = folder.join(manifest::FILE);
        let bytes = session.files.read(&path, LARGEST_MANIFEST)?;
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|error| failed(format!("{} isn't a bundle's manifest: {error}", path.display())))?;
        if manifest.format_version != 1 {
            return Err(failed(format!(
                "{} has format {}; this version reads 1",
                path.display(),
                manifest.format_version
            )));
        }
        Ok(Self { folder, manifest: Some(manifest) })
    }

    fn image(&self, name: &Name) -> Option<String> {
        self.manifest.as_ref()?.artifacts.get(name.as_str())?.image_digest.clone()
    }

    /// An artifact's archive, checked against the digest that the manifest has for it.
    fn archive(&self, session: &Session, name: &Name, architecture: Architecture) -> Result<Option<Vec<u8>>, Trouble> {
        let Some(manifest) = &self.manifest else { return Ok(None) };
        let Some(artifact) = manifest.artifacts.get(name.as_str()) else { return Ok(None) };
        let word = architecture.word();
        let Some(path) = artifact.archives.get(word) else {
            return Err(failed(format!("the bundle has no archive of artifact {name} for {word}")));
        };
        let Some(file) = manifest.files.get(path) else {
            return Err(failed(format!("the bundle's manifest doesn't list {path}")));
        };
        let bytes = session.files.read(&self.folder.join(inside(path)?), file.size)?;
        let found = Digest::of(&bytes).to_string();
        if found != file.digest {
            return Err(failed(format!(
                "{path} has the digest {found}, and the bundle's manifest says {}",
                file.digest
            )));
        }
        Ok(Some(bytes))
    }
}

/// A path that stays inside the bundle.
fn inside(path: &str) -> Result<&Path, Trouble> {
    let inner = Path::new(path);
    if inner.components().all(|part| matches!(part, std::path::Component::Normal(_))) {
        Ok(inner)
    } else {
        Err(failed(format!("the bundle's manifest names {path}, which is outside the bundle")))
    }
}

fn failed(what: String) -> Trouble {
    Trouble::Failed { what, remedy: "make the bundle again with `landfall bundle`".to_owned() }
}

/// What differs between what is deployed and what would be.
///
/// # Errors
/// Why one of the documents can't be read.
pub fn changes(site: &Site, before: Option<&Deployed>, after: &Deployment) -> Result<Plan, String> {
    let after = Deployed { document: after.document.clone(), parameters: after.parameters.clone() };
    compare(site, before.unwrap_or(&Deployed::default()), &after)
}

/// What deleting everything that is deployed does.
///
/// # Errors
/// Why the document can't be read.
pub fn removal(site: &Site, deployed: &Deployed) -> Result<Plan, String> {
    compare(site, deployed, &Deployed::default())
}

/// What the cloud is known to refuse of a plan; `policy` is the stack's own, and none where the stack itself is deleted.
///
/// # Errors
/// Why the deployed document can't be read.
pub fn refused(site: &Site, deployed: &Deployed, plan: &Plan, policy: Option<&Value>) -> Result<Vec<Refusal>, String> {
    let cloud = site.environment.stack.placement.cloud;
    clouds::refused(cloud, &site.environment.target, &site.place, deployed, plan, policy)
}

fn compare(site: &Site, before: &Deployed, after: &Deployed) -> Result<Plan, String> {
    let cloud = site.environment.stack.placement.cloud;
    clouds::compare(cloud, &site.environment.target, &site.place, before, after)
}
