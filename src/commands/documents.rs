//! From an environment to what is deployed: its document, and the artifacts that it runs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::bundled::failed;
use super::definition::Definition;
use super::session::Session;
use super::site::Site;
use super::trouble::Trouble;
use crate::bundle::placeholder;
use crate::clouds::{self, AT_ONCE, Deployed, Form, GRADUALLY, Migrating, Parameter, Rendered};
use crate::contract::schema::SchemaRange;
use crate::diagnostics::diagnostic::Diagnostics;
use crate::ledger::entry::Deploy;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::plan::Plan;
use crate::plan::deployment::{BESIDE, Deployment, Image, Migration, Protection, Upload};
use crate::plan::digest::{Digest, NotADigest};
use crate::plan::refusal::Refusal;
use crate::views;

/// A deployment that would bring no builds.
pub struct Idle {
    /// Its parameters: what is deployed, or what answers that there is nothing yet.
    pub parameters: BTreeMap<String, String>,
    /// What it would upload.
    pub uploads: Vec<Upload>,
    /// What the deployment leaves out, as there is no image for it yet, by its artifact.
    pub unbuilt: BTreeMap<Name, Vec<Reference>>,
}

/// What a target deploys now, beside a deployment that would bring no builds. An artifact that the definition doesn't have
/// stays as it is deployed, and what was rotated by a command counts besides what the files say.
pub fn deployment(
    session: &mut Session,
    site: &Site,
    definition: &Definition,
    deployed: &BTreeMap<String, String>,
    rotations: &BTreeMap<String, u32>,
) -> Result<(Deployment, Idle), Trouble> {
    let environment = &definition.environment;
    let stack = rotated(&environment.stack, rotations);
    let rendered = match clouds::render(&environment.target, &stack, Form::Yaml) {
        Ok(rendered) => rendered,
        Err(findings) => {
            let mut diagnostics = Diagnostics::new();
            findings.iter().for_each(|finding| diagnostics.push(environment.diagnostic(finding)));
            views::validate::problems(&mut session.output, &diagnostics)?;
            return Err(Trouble::Environment);
        }
    };
    let mut uploads = BTreeMap::new();
    let parameters = parameters(session, definition, &rendered, deployed, &mut uploads)?;
    for (name, text) in &rendered.beside {
        let key = format!("{BESIDE}{}/{name}", Digest::of(text.as_bytes()).hex());
        uploads.insert(key, text.clone().into_bytes());
    }
    let images = images(session, definition, &rendered)?;
    let mut idle = idle(session, &rendered, deployed)?;
    if clouds::leaves_out_unbuilt(site.kind) {
        idle.unbuilt = unbuilt(&stack, &rendered, &parameters);
    }
    let migration = rendered.migrating.as_ref().and_then(|migrating| {
        let code = parameters.get(&migrating.parameter)?;
        // Before the first build there is nothing to migrate with.
        let built =
            Some(code) != idle.parameters.get(&migrating.parameter) || deployed.contains_key(&migrating.parameter);
        let built = built && !code.is_empty();
        let Migrating { function, seconds, .. } = migrating.clone();
        built.then(|| Migration { function, code: code.clone(), seconds })
    });
    let deployment = Deployment {
        target: environment.target.to_string(),
        place: site.place.clone(),
        stack: site.stack.clone(),
        document: rendered.document,
        parameters,
        at_once: at_once(&rendered.parameters),
        tags: rendered.tags,
        protection: Protection { termination: environment.stack.protection.termination, policy: rendered.policy },
        bucket: Some(rendered.bucket),
        uploads: uploads.into_iter().map(|(key, bytes)| Upload { key, bytes }).collect(),
        images,
        migration,
        ground: None,
    };
    Ok((deployment, idle))
}

fn idle(session: &Session, rendered: &Rendered, deployed: &BTreeMap<String, String>) -> Result<Idle, Trouble> {
    let (mut parameters, mut uploads) = (BTreeMap::new(), BTreeMap::new());
    for (id, parameter) in &rendered.parameters {
        let value = match (parameter, deployed.get(id)) {
            (Parameter::Bucket, _) => rendered.bucket.clone(),
            (Parameter::Gradually, _) => taking_over(session),
            (Parameter::Image(_) | Parameter::Archive(..), Some(value)) => value.clone(),
            (Parameter::Image(_), None) => String::new(),
            (Parameter::Archive(..), None) => {
                keep(placeholder::archive().map_err(|error| failed(error.to_string()))?, &mut uploads)
            }
        };
        parameters.insert(id.clone(), value);
    }
    let uploads = uploads.into_iter().map(|(key, bytes)| Upload { key, bytes }).collect();
    Ok(Idle { parameters, uploads, unbuilt: BTreeMap::new() })
}

/// What runs images that nobody has built, or none has said which, by artifact.
fn unbuilt(
    stack: &Stack,
    rendered: &Rendered,
    parameters: &BTreeMap<String, String>,
) -> BTreeMap<Name, Vec<Reference>> {
    let mut found: BTreeMap<Name, Vec<Reference>> = BTreeMap::new();
    for (id, parameter) in &rendered.parameters {
        let Parameter::Image(artifact) = parameter else { continue };
        if parameters.get(id).is_some_and(|digest| !digest.is_empty()) {
            continue;
        }
        let functions = stack.functions.iter().filter(|(_, one)| one.artifact == *artifact);
        let services = stack.services.iter().filter(|(_, one)| one.artifact == *artifact);
        let runs = functions
            .map(|(name, _)| Reference::new(Kind::Function, name))
            .chain(services.map(|(name, _)| Reference::new(Kind::Service, name)));
        found.entry(artifact.clone()).or_default().extend(runs);
    }
    found
}

/// The images that the definition has, by the parameter that names them.
fn images(session: &Session, definition: &Definition, rendered: &Rendered) -> Result<BTreeMap<String, Image>, Trouble> {
    let mut images = BTreeMap::new();
    for (id, parameter) in &rendered.parameters {
        let Parameter::Image(name) = parameter else { continue };
        let Some(registries) = rendered.registries.get(id).cloned() else { continue };
        let Some(digest) = definition.image(name)? else { continue };
        let unreadable = |error: NotADigest| failed(format!("the image of artifact {name}: {error}"));
        let digest = digest.parse().map_err(unreadable)?;
        let blobs = definition.image_parts(session, name)?.unwrap_or_default();
        if !blobs.contains_key(&digest) {
            return Err(failed(format!("the image {digest} of artifact {name} is not whole: its index is missing")));
        }
        images.insert(id.clone(), Image { digest, name: name.to_string(), registries, blobs });
    }
    Ok(images)
}

/// A stack with the rotations of its secrets that were done by a command.
fn rotated(stack: &Stack, rotations: &BTreeMap<String, u32>) -> Stack {
    let mut stack = stack.clone();
    for (name, secret) in &mut stack.secrets {
        let more = rotations.get(name.as_str()).copied().unwrap_or(0);
        secret.rotation = secret.rotation.saturating_add(more);
    }
    stack
}

/// How new versions take over in this run.
fn taking_over(session: &Session) -> String {
    if session.at_once { AT_ONCE } else { GRADUALLY }.to_owned()
}

/// What the parameters have to be for new versions to take over all at once.
fn at_once(parameters: &BTreeMap<String, Parameter>) -> BTreeMap<String, String> {
    let gradual = parameters.iter().filter(|(_, parameter)| **parameter == Parameter::Gradually);
    gradual.map(|(id, _)| (id.clone(), AT_ONCE.to_owned())).collect()
}

fn parameters(
    session: &Session,
    definition: &Definition,
    rendered: &Rendered,
    deployed: &BTreeMap<String, String>,
    uploads: &mut BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, String>, Trouble> {
    let mut values = BTreeMap::new();
    for (id, parameter) in &rendered.parameters {
        let value = match parameter {
            Parameter::Bucket => rendered.bucket.clone(),
            Parameter::Gradually => taking_over(session),
            Parameter::Image(name) => match definition.image(name)? {
                Some(digest) => digest,
                None => deployed.get(id).cloned().unwrap_or_default(),
            },
            Parameter::Archive(name, architecture) => match definition.archive(session, name, *architecture)? {
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

/// The database schemas that the artifacts' builds work with, by artifact. Of one that stays as it is deployed, what was recorded.
pub fn schemas(
    session: &Session,
    definition: &Definition,
    recorded: Option<&Deploy>,
) -> Result<BTreeMap<String, SchemaRange>, Trouble> {
    let mut schemas = BTreeMap::new();
    for name in definition.environment.stack.artifacts.keys() {
        let schema = match definition.schema(session, name)? {
            Some(schema) => schema,
            None => recorded.and_then(|deploy| deploy.schemas.get(name.as_str())).copied(),
        };
        schemas.extend(schema.map(|schema| (name.to_string(), schema)));
    }
    Ok(schemas)
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
    clouds::compare(site.kind, &site.target, &site.place, before.unwrap_or(&Deployed::default()), &after)
}

/// What deleting everything that is deployed does.
///
/// # Errors
/// Why the document can't be read.
pub fn removal(site: &Site, deployed: &Deployed) -> Result<Plan, String> {
    clouds::compare(site.kind, &site.target, &site.place, deployed, &Deployed::default())
}

/// What the cloud is known to refuse of a plan; `policy` is the stack's own, and none where the stack itself is deleted.
///
/// # Errors
/// Why the deployed document can't be read.
pub fn refused(
    site: &Site,
    sides: [&Deployed; 2],
    plan: &Plan,
    policy: Option<&Value>,
) -> Result<Vec<Refusal>, String> {
    clouds::refused(site.kind, &site.target, &site.place, sides, plan, policy)
}
