//! From an environment to what is deployed: its document, and the artifacts that it runs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::bundled::{Bundled, failed};
use super::session::Session;
use super::site::Site;
use super::trouble::Trouble;
use crate::bundle::placeholder;
use crate::clouds::{self, Deployed, Form, Parameter, Rendered};
use crate::diagnostics::diagnostic::Diagnostics;
use crate::plan::Plan;
use crate::plan::deployment::{Deployment, Protection, Upload};
use crate::plan::digest::Digest;
use crate::plan::refusal::Refusal;
use crate::views;

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
    let system = site.environment.target.system.as_str();
    let bundle = Bundled::open(session, session.artifacts.as_deref(), system)?;
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
