//! The registries themselves, under `/v2/`: who may, and what ECR says in its own words.
//!
//! Sources: Amazon ECR user guide, "Private registry authentication", "Preventing image tags from being overwritten" and "Image manifest
//! format support". Words of refusals as users of ECR report them.

use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use serde_json::Value;

use super::{Login, key};
use crate::sandbox::registry::content::address;
use crate::sandbox::registry::protocol::{self, Asked, Manner, Repository, Thing, is_greeting, read, unsupported};
use crate::sandbox::registry::{Refusal, Shown, respond};
use crate::sandbox::world::World;

const MANNER: Manner = Manner {
    no_blob: "Layer not found.",
    no_manifest: "Requested image not found",
    place: |name, id, _| format!("/v2/{name}/blobs/uploads/{id}"),
};

/// The action that a request needs a permission for, by which faults name it (service authorization reference, Amazon ECR).
pub fn action(parts: &Parts) -> &'static str {
    let method = parts.method.as_str();
    match (method, read(parts.uri.path())) {
        ("POST", Some((_, Thing::Uploads))) => "InitiateLayerUpload",
        ("PATCH", Some((_, Thing::Upload(_)))) => "UploadLayerPart",
        ("PUT", Some((_, Thing::Upload(_)))) => "CompleteLayerUpload",
        ("HEAD", Some((_, Thing::Blob(_)))) => "BatchCheckLayerAvailability",
        ("GET", Some((_, Thing::Blob(_)))) => "GetDownloadUrlForLayer",
        ("PUT", Some((_, Thing::Manifest(_)))) => "PutImage",
        (_, Some((_, Thing::Manifest(_)))) => "BatchGetImage",
        (_, Some((_, Thing::Tags))) => "ListImages",
        _ => "Other",
    }
}

/// Answers a request.
pub fn answer(world: &mut World, asked: Asked<'_>) -> Response<s3s::Body> {
    let answered = authenticated(asked).and_then(|login| routed(world, &login, asked));
    answered.unwrap_or_else(|refusal| match refusal.status {
        StatusCode::UNAUTHORIZED => refusal.logging_in("Basic realm=\"ECR\",service=\"ecr.amazonaws.com\"").answer(),
        _ => refusal.answer(),
    })
}

fn authenticated(asked: Asked<'_>) -> Result<Login, Refusal> {
    let login = match Shown::read(asked.parts) {
        Shown::Basic(user, password) => Login::read(&user, &password),
        Shown::Nothing | Shown::Bearer(_) => None,
    };
    let login = login.ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Not Authorized"))?;
    if login.expires <= asked.now {
        let message = "Your authorization token has expired. Reauthenticate and try again.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, "DENIED", message));
    }
    Ok(login)
}

fn routed(world: &mut World, login: &Login, asked: Asked<'_>) -> Result<Response<s3s::Body>, Refusal> {
    let path = asked.parts.uri.path();
    if is_greeting(path) {
        return Ok(respond(StatusCode::OK, b"{}".to_vec()));
    }
    let (name, thing) = read(path).ok_or_else(unsupported)?;
    let key = key(&login.account, &login.region, name);
    let account = &login.account;
    let Some(repository) = world.resources.get(&key) else {
        let message = format!("The repository with name '{name}' does not exist in the registry with id '{account}'");
        return Err(Refusal::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message));
    };
    let immutable = repository.properties.get("ImageTagMutability").and_then(Value::as_str) == Some("IMMUTABLE");
    let immutable = immutable.then(|| {
        let message = format!(
            "The image tag '{{tag}}' already exists in the '{name}' repository in registry '{account}' and cannot be overwritten because the tag is immutable."
        );
        Refusal::new(StatusCode::BAD_REQUEST, "TAG_INVALID", message)
    });
    protocol::answer(world, &Repository { key, name, immutable, manner: &MANNER }, thing, asked)
}

/// The account, region, repository and tag or digest of an image in ECR; none for one of another registry.
pub fn of_ecr(image: &str) -> Option<(&str, &str, &str, &str)> {
    let (host, name, reference) = address(image)?;
    let (account, rest) = host.split_once(".dkr.ecr.")?;
    Some((account, rest.strip_suffix(".amazonaws.com")?, name, reference))
}

#[cfg(test)]
mod tests {
    use super::of_ecr;

    #[test]
    fn an_image_of_ecr_is_told_by_its_host() {
        let found = of_ecr("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/ui@sha256:0a");
        assert_eq!(found, Some(("111122223333", "eu-west-1", "shop/ui", "sha256:0a")));
        assert_eq!(of_ecr("docker.io/library/nginx:1"), None);
        assert_eq!(of_ecr("nginx"), None);
    }
}
