//! Artifact Registry, as clients of container images see it: who may, and what it says in its own words.
//!
//! Sources: Artifact Registry documentation, "Configure authentication to Artifact Registry for Docker" (an access token as password of
//! `oauth2accesstoken`), "Repository and image names", "Troubleshoot" ; Docker registry, "Token authentication specification". Words of
//! refusals as users of Artifact Registry report them. The sandbox knows a registry by its host, as Google does: clients take the sandbox
//! for their way to the internet.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::caller::is_project;
use crate::sandbox::access::Access;
use crate::sandbox::engine::inventory::{self, Place};
use crate::sandbox::error::SandboxError;
use crate::sandbox::registry::content::{Unfit, address, runs_on_x86_64};
use crate::sandbox::registry::protocol::{
    self, Asked, Manner, Repository, Thing, is_greeting, only_pulls, read, unsupported,
};
use crate::sandbox::registry::{Refusal, Shown, answered, covers, host, respond, scopes, under_faults};
use crate::sandbox::world::World;

/// What follows the location in a registry's host.
const HOST: &str = "-docker.pkg.dev";
/// The name that goes with access tokens.
const USER: &str = "oauth2accesstoken";
/// How long a registry's own token is good, in minutes.
const MINUTES: i64 = 60;
/// The type of a repository.
const REPOSITORY: &str = "google_artifact_registry_repository";
/// Where the rest of uploads goes.
const UPLOADS: &str = "/artifacts-uploads/namespaces/";

const MANNER: Manner =
    Manner { no_blob: "Requested entity was not found.", no_manifest: "Failed to fetch the manifest.", place };

/// A token of a registry's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Token {
    project: String,
    host: String,
    scopes: Vec<String>,
    expires: Timestamp,
}

/// Who asks.
enum Who {
    /// Somebody whom an access token gives a project.
    Project(String),
    /// The same within the scopes of a registry's own token.
    Scoped(Token),
}

/// Whether a request is for a registry.
pub fn is_addressed(parts: &Parts) -> bool {
    host(parts).is_some_and(|host| host.ends_with(HOST))
}

/// Answers one request; none where the answer is lost on purpose.
///
/// # Errors
/// When the state can't be written.
pub async fn answer(
    access: &Arc<Access>,
    parts: &Parts,
    body: &[u8],
) -> Result<Option<Response<s3s::Body>>, SandboxError> {
    let path = parts.uri.path();
    let action = match (path, thing(path)) {
        ("/v2/token", _) => "token",
        (_, Some((_, thing))) => protocol::action(parts.method.as_str(), thing),
        _ => "other",
    };
    under_faults(access, "artifactregistry", action, |world, now| {
        let asked = Asked { parts, body, now };
        Some(routed(world, host(parts).unwrap_or_default(), asked).unwrap_or_else(Refusal::answer))
    })
    .await
}

fn routed(world: &mut World, host: &str, asked: Asked<'_>) -> Result<Response<s3s::Body>, Refusal> {
    let path = asked.parts.uri.path();
    if path == "/v2/token" {
        return token(host, asked);
    }
    let who = authenticated(host, asked)?;
    if is_greeting(path) {
        return Ok(respond(StatusCode::OK, b"{}".to_vec()));
    }
    let (name, thing) = thing(path).ok_or_else(unsupported)?;
    let name = match thing {
        // Where an upload goes on, no image is named.
        Thing::Upload(id) if path.starts_with(UPLOADS) => uploading(world, host, name, id)?,
        _ => name.to_owned(),
    };
    let mut names = name.splitn(3, '/');
    let (Some(project), Some(repository), Some(_)) = (names.next(), names.next(), names.next()) else {
        let message =
            "Missing image name. Pushes should be of the form docker push HOST-NAME/PROJECT-ID/REPOSITORY/IMAGE";
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "NAME_INVALID", message));
    };
    let deed = if only_pulls(asked.parts.method.as_str()) { "pull" } else { "push" };
    let admitted = match &who {
        Who::Project(own) => own == project,
        Who::Scoped(token) => token.project == project && covers(&token.scopes, &name, deed),
    };
    let resource = id(host, project, repository);
    if !admitted {
        return Err(denied(&resource, deed));
    }
    let Some(found) = world.resources.get(&key(project, &resource)) else {
        let message = format!("Repository \"{repository}\" not found");
        return Err(Refusal::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message));
    };
    let settings = found.properties.get("docker_config");
    let settings = settings.map(|settings| settings.get(0).unwrap_or(settings));
    let fixed = settings.and_then(|settings| settings.get("immutable_tags")) == Some(&Value::Bool(true));
    let immutable = fixed.then(|| {
        let message = "cannot update tag {tag}. The repository has enabled tag immutability";
        Refusal::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message)
    });
    let key = image_key(host, &name);
    protocol::answer(world, &Repository { key, name: &name, immutable, manner: &MANNER }, thing, asked)
}

/// A name, and what of it a path is about; where the rest of uploads goes among it.
fn thing(path: &str) -> Option<(&str, Thing<'_>)> {
    let Some(rest) = path.strip_prefix(UPLOADS) else { return read(path) };
    let (name, id) = rest.split_once("/uploads/")?;
    Some((name, Thing::Upload(id)))
}

/// Where the rest of an upload goes: it is a repository's, and no image's.
fn place(name: &str, id: &str, _: u64) -> String {
    let mut names = name.split('/');
    let (project, repository) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    format!("{UPLOADS}{project}/repositories/{repository}/uploads/{id}")
}

/// The image whose upload this is, by the repository as the place of uploads names it.
fn uploading(world: &World, host: &str, named: &str, id: &str) -> Result<String, Refusal> {
    let repository = named.replacen("/repositories/", "/", 1);
    let inside = format!("{}/", image_key(host, &repository));
    let mut images = world.images.range(&inside);
    let found = images.find(|(_, content)| content.uploads.contains_key(id));
    let image = found.and_then(|(key, _)| key.strip_prefix(&inside));
    let unknown = || Refusal::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "The upload could not be found.");
    image.map(|image| format!("{repository}/{image}")).ok_or_else(unknown)
}

fn denied(resource: &str, deed: &str) -> Refusal {
    let what = if deed == "pull" { "downloadArtifacts" } else { "uploadArtifacts" };
    let message = format!(
        "Permission \"artifactregistry.repositories.{what}\" denied on resource \"{resource}\" (or it may not exist)"
    );
    Refusal::new(StatusCode::FORBIDDEN, "DENIED", message)
}

/// Gives a token of the registry's own for an access token.
fn token(host: &str, asked: Asked<'_>) -> Result<Response<s3s::Body>, Refusal> {
    let Some(Who::Project(project)) = shown(asked) else {
        let message = "Unauthenticated request. Unauthenticated requests do not have permission \"artifactregistry.repositories.downloadArtifacts\" (or it may not exist)";
        return Err(Refusal::new(StatusCode::FORBIDDEN, "DENIED", message));
    };
    let scopes = scopes(asked.parts.uri.query().unwrap_or_default());
    let expires = asked.now + SignedDuration::from_mins(MINUTES);
    let token = Token { project, host: host.to_owned(), scopes, expires };
    let said = STANDARD.encode(serde_json::to_vec(&token).unwrap_or_default());
    Ok(answered(StatusCode::OK, &json!({ "token": said, "expires_in": MINUTES * 60 })))
}

fn shown(asked: Asked<'_>) -> Option<Who> {
    match Shown::read(asked.parts) {
        Shown::Basic(user, token) if user == USER && is_project(&token) => Some(Who::Project(token)),
        Shown::Bearer(token) if is_project(&token) => Some(Who::Project(token)),
        Shown::Bearer(token) => {
            let said = STANDARD.decode(token).ok()?;
            serde_json::from_slice(&said).ok().map(Who::Scoped)
        }
        Shown::Basic(..) | Shown::Nothing => None,
    }
}

fn authenticated(host: &str, asked: Asked<'_>) -> Result<Who, Refusal> {
    let challenge = format!("Bearer realm=\"http://{host}/v2/token\",service=\"{host}\"");
    let refuse = |message: &str| {
        Err(Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message).logging_in(challenge.clone()))
    };
    match shown(asked) {
        Some(Who::Scoped(token)) if token.expires <= asked.now => refuse("authentication token has expired"),
        Some(Who::Scoped(token)) if token.host != host => refuse("authentication failed"),
        Some(who) => Ok(who),
        None => refuse("authentication failed"),
    }
}

/// A repository's identifier.
fn id(host: &str, project: &str, repository: &str) -> String {
    let location = host.strip_suffix(HOST).unwrap_or_default();
    format!("projects/{project}/locations/{location}/repositories/{repository}")
}

fn key(project: &str, id: &str) -> String {
    let place = Place { account: project.to_owned(), region: "global".to_owned() };
    inventory::key(&place, REPOSITORY, id)
}

/// Where an image is kept: below its repository.
fn image_key(host: &str, name: &str) -> String {
    let mut names = name.splitn(3, '/');
    let (project, repository) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    let key = key(project, &id(host, project, repository));
    names.next().map_or(key.clone(), |image| format!("{key}/{image}"))
}

/// Where an image of a project is kept, and its tag or digest; none for one of another registry or project.
fn kept<'image>(image: &'image str, project: &str) -> Option<(String, &'image str)> {
    let (host, name, reference) = address(image)?;
    (host.ends_with(HOST) && name.split('/').count() > 2 && name.starts_with(&format!("{project}/")))
        .then(|| (image_key(host, name), reference))
}

/// What Cloud Run says of a project's service, job or worker pool whose image it can't run; none where it can, or where the image is
/// another registry's or project's. Source: Cloud Run documentation, "Container runtime contract" (x86_64 among the processors of an image); words as its users
/// report them.
pub fn unfit(world: &World, kind: &str, given: &Map<String, Value>, project: &str) -> Option<String> {
    let what = match kind {
        "google_cloud_run_v2_job" => "Job",
        "google_cloud_run_v2_service" => "Service",
        "google_cloud_run_v2_worker_pool" => "WorkerPool",
        _ => return None,
    };
    images(&Value::Object(given.clone())).into_iter().find_map(|image| {
        let (key, reference) = kept(&image, project)?;
        let why = match runs_on_x86_64(world, &key, reference).err()? {
            Unfit::Missing => format!("Error code 5, message: Image '{image}' not found."),
            Unfit::Processors(media_type, _) => {
                format!("Error code 3, message: Container manifest type '{media_type}' must support amd64/linux.")
            }
        };
        Some(format!("Error waiting to create {what}: {why}"))
    })
}

/// Every image that containers of a template name.
fn images(of: &Value) -> Vec<String> {
    match of {
        Value::Object(object) => object
            .iter()
            .flat_map(|(name, value)| match value {
                Value::String(image) if name == "image" => vec![image.clone()],
                value => images(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(images).collect(),
        _ => Vec::new(),
    }
}
