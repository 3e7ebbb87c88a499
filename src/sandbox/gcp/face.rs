//! Takes an HTTP request of Google's interfaces to what it names.
#![expect(clippy::disallowed_methods, reason = "a scripted delay is real time: the client's patience is what is tried")]

use std::sync::Arc;

use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::caller::{Caller, described};
use super::deployment::Address;
use super::deployments::{self, Query};
use super::error::GoogleError;
use super::storage::{self, Answer};
use super::{monitoring, previews, revisions, secrets, services};
use crate::sandbox::access::{Access, query_pairs};
use crate::sandbox::error::SandboxError;
use crate::sandbox::faults::CallFate;
use crate::sandbox::world::World;

/// The beginnings of paths that are Google's.
const BEGINNINGS: [&str; 6] = [
    "/storage/v1/b",
    "/upload/storage/v1/b",
    "/download/storage/v1/b",
    "/v1/projects/",
    "/v2/projects/",
    "/v3/projects",
];

/// Whether a request is one of Google's interfaces: no other service's has such a path, but for registries, which take no token of this
/// kind.
pub fn is_addressed(parts: &Parts) -> bool {
    let path = parts.uri.path();
    let token = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
    let registry = path.starts_with("/v2/") && token.is_none_or(|token| !token.starts_with("Bearer "));
    !registry && BEGINNINGS.iter().any(|beginning| path.starts_with(beginning))
}

/// How long pages of Infrastructure Manager's lists are (its REST reference, `pageSize`).
const PAGE: usize = 500;

/// A request, taken apart.
struct Asked<'a> {
    method: &'a str,
    path: Vec<String>,
    query: Query,
    body: &'a [u8],
    kind: &'a str,
    now: Timestamp,
}

impl Asked<'_> {
    fn json(&self) -> Result<Value, GoogleError> {
        if self.body.is_empty() {
            return Ok(json!({}));
        }
        serde_json::from_slice(self.body)
            .map_err(|error| GoogleError::invalid(format!("Invalid JSON payload received. {error}")))
    }
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
    let method = parts.method.as_str();
    let path: Vec<String> = parts.uri.path().trim_matches('/').split('/').map(plain).collect();
    let action = action(method, &path);
    let (fate, late) =
        access.with(|world, _| (world.faults.on_call("gcp", &action), world.faults.delay("gcp", &action)))?;
    if late > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(late)).await;
    }
    let answered = if let Some(CallFate::Fail { code, message, status }) = &fate {
        Err(GoogleError::new(*status, code, message))
    } else {
        access.with(|world, now| {
            let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let kind = kind.unwrap_or("application/octet-stream");
            let asked = Asked { method, path, query: query_pairs(parts.uri.query()), body, kind, now };
            Caller::identify(&parts.headers).and_then(|caller| route(world, &caller, &asked))
        })?
    };
    if fate == Some(CallFate::LoseAnswer) {
        return Ok(None);
    }
    Ok(Some(match answered {
        Ok(Answer::Json(value)) => written(200, "application/json; charset=UTF-8", value.to_string().into_bytes()),
        Ok(Answer::Bytes(bytes, described)) => {
            let mut response = written(200, "application/octet-stream", bytes);
            response.headers_mut().extend(described);
            response
        }
        Ok(Answer::Nothing) => written(204, "application/json; charset=UTF-8", Vec::new()),
        Err(error) => {
            written(error.status, "application/json; charset=UTF-8", error.to_json().to_string().into_bytes())
        }
    }))
}

fn written(status: u16, kind: &'static str, bytes: Vec<u8>) -> Response<s3s::Body> {
    let mut response = Response::new(s3s::Body::from(bytes::Bytes::from(bytes)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A part of a path with its signs back: objects have slashes in their names.
pub fn plain(part: &str) -> String {
    let pair = format!("x={}", part.replace('+', "%2B"));
    query_pairs(Some(&pair)).remove("x").unwrap_or_default()
}

/// The name of a request for scripted faults: `deployments.get`, `previews.create`, `objects.insert` …
fn action(method: &str, path: &[String]) -> String {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let verb = |one: bool| match (method, one) {
        ("GET", true) => "get",
        ("GET", false) => "list",
        ("POST", _) => "create",
        ("PATCH" | "PUT", _) => "patch",
        _ => "delete",
    };
    match parts.as_slice() {
        ["upload", ..] => "objects.insert".to_owned(),
        ["storage", "v1", "b"] | ["storage", "v1", "b", _] => format!("buckets.{}", verb(method == "GET")),
        ["download", ..] => "objects.get".to_owned(),
        ["storage", "v1", "b", _, "o"] => "objects.list".to_owned(),
        ["storage", ..] => format!("objects.{}", verb(true)),
        ["v3", "projects", _, kind] => format!("{kind}.list"),
        ["v3", "projects", _, kind, _] => format!("{kind}.get"),
        ["v3", ..] => "projects.get".to_owned(),
        ["v1", "projects", _, "instances", _] => "instances.get".to_owned(),
        ["v1", "projects", _, "secrets", _] => "secrets.addVersion".to_owned(),
        [_, _, _, _, _, rest @ ..] => {
            let one = rest.len().is_multiple_of(2);
            let last = rest.last().copied().unwrap_or_default();
            let kind = if one { rest.get(rest.len().saturating_sub(2)).copied() } else { rest.last().copied() };
            match last.split_once(':') {
                Some((_, own)) if one => format!("{}.{own}", kind.unwrap_or_default()),
                _ => format!("{}.{}", kind.unwrap_or_default(), verb(one)),
            }
        }
        _ => "unknown".to_owned(),
    }
}

fn route(world: &mut World, caller: &Caller, asked: &Asked<'_>) -> Result<Answer, GoogleError> {
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["storage", "v1", "b", ..] | ["upload" | "download", "storage", "v1", "b", ..] => {
            let uploads = path.first() == Some(&"upload");
            let rest = asked.path.get(if path.first() == Some(&"storage") { 3 } else { 4 }..).unwrap_or_default();
            let Asked { method, body, kind, .. } = *asked;
            let of = storage::Asked { method, path: rest, query: &asked.query, body, kind, uploads };
            storage::answer(world, caller, of, asked.now)
        }
        ["v3", "projects:search"] if asked.method == "GET" => {
            Ok(Answer::Json(json!({ "projects": [described(&caller.project)] })))
        }
        ["v3", "projects", project] if asked.method == "GET" => {
            caller.sees(project, "resourcemanager.projects.get")?;
            Ok(Answer::Json(described(&caller.project)))
        }
        ["v3", "projects", project, kind @ ("alerts" | "alertPolicies"), of @ ..] if asked.method == "GET" => {
            caller.sees(project, &format!("monitoring.{kind}.{}", if of.is_empty() { "list" } else { "get" }))?;
            monitored(world, caller, asked, kind, of).map(Answer::Json)
        }
        ["v2", of @ ..] => cloud_run(world, caller, asked, of),
        ["v1", "projects", project, "instances", name] if asked.method == "GET" => {
            caller.sees(project, "cloudsql.instances.get")?;
            services::database(world, &caller.project, name).map(Answer::Json)
        }
        ["v1", "projects", project, "secrets", of @ ..] => secret(world, caller, asked, project, of).map(Answer::Json),
        ["v1", "projects", project, "locations", location, rest @ ..] => {
            caller.sees(project, "config.deployments.get")?;
            let address = |name: &str| Address {
                project: caller.project.clone(),
                location: (*location).to_owned(),
                name: name.to_owned(),
            };
            of_location(world, asked, &address, rest).map(Answer::Json)
        }
        _ => Err(unknown(asked)),
    }
}

/// What Secret Manager has: new versions, and what is known of those that there are.
fn secret(
    world: &mut World,
    caller: &Caller,
    asked: &Asked<'_>,
    project: &str,
    of: &[&str],
) -> Result<Value, GoogleError> {
    let named = |name: &str| format!("projects/{}/secrets/{name}", caller.project);
    match (asked.method, of) {
        ("GET", [name, "versions", version]) => {
            caller.sees(project, "secretmanager.versions.get")?;
            secrets::version(world, &caller.project, &named(name), version)
        }
        ("POST", [last]) => {
            caller.sees(project, "secretmanager.versions.add")?;
            let name = last.strip_suffix(":addVersion").ok_or_else(|| unknown(asked))?;
            secrets::add(world, &caller.project, &named(name), &asked.json()?, asked.now)
        }
        _ => Err(unknown(asked)),
    }
}

/// What Cloud Run has: services, worker pools, jobs; of services their revisions and their traffic.
fn cloud_run(world: &mut World, caller: &Caller, asked: &Asked<'_>, of: &[&str]) -> Result<Answer, GoogleError> {
    match (asked.method, of) {
        (_, ["projects", project, _, _, "jobs", rest @ ..]) => {
            caller.sees(project, "run.jobs.get")?;
            job(world, caller, asked, of, rest).map(Answer::Json)
        }
        ("PATCH", ["projects", project, _, _, "services", _]) => {
            caller.sees(project, "run.services.update")?;
            let body = asked.json()?;
            revisions::direct(world, &caller.project, of, &asked.query, &body, asked.now).map(Answer::Json)
        }
        ("GET", ["projects", project, _, _, "services", _, "revisions"]) => {
            caller.sees(project, "run.revisions.list")?;
            page("revisions", revisions::answer(world, &caller.project, of)?, &asked.query, PAGE).map(Answer::Json)
        }
        ("GET", ["projects", project, _, _, "services", _, "revisions", _]) => {
            caller.sees(project, "run.revisions.get")?;
            let found = revisions::answer(world, &caller.project, of)?.pop();
            found.map(Answer::Json).ok_or_else(|| unknown(asked))
        }
        ("GET", ["projects", project, ..]) => {
            caller.sees(project, "run.services.get")?;
            services::run(world, &caller.project, of).map(Answer::Json)
        }
        _ => Err(unknown(asked)),
    }
}

/// A job of Cloud Run, its image, and its executions; `rest` is what the path says after `jobs`.
fn job(
    world: &mut World,
    caller: &Caller,
    asked: &Asked<'_>,
    of: &[&str],
    rest: &[&str],
) -> Result<Value, GoogleError> {
    let project = &caller.project;
    match (asked.method, rest) {
        ("GET", [_, "executions", _]) => services::execution(world, project, of),
        ("PATCH", [_]) => services::update_job(world, project, of, &asked.json()?, asked.now),
        ("POST", [last]) => {
            let name = last.strip_suffix(":run").ok_or_else(|| unknown(asked))?;
            let before = of.get(..of.len().saturating_sub(1)).unwrap_or_default();
            let of: Vec<&str> = before.iter().copied().chain([name]).collect();
            services::run_job(world, project, &of, asked.now)
        }
        ("GET", [_]) => services::run(world, project, of),
        _ => Err(unknown(asked)),
    }
}

/// What Cloud Monitoring has: policies and their alerts.
fn monitored(world: &World, caller: &Caller, asked: &Asked<'_>, kind: &str, of: &[&str]) -> Result<Value, GoogleError> {
    let all = match kind {
        "alerts" => monitoring::alerts(world, &caller.project, &asked.query)?,
        _ => monitoring::policies(world, &caller.project, &asked.query)?,
    };
    match of {
        [] => page(kind, all, &asked.query, monitoring::PAGE),
        [id] => {
            let end = format!("/{kind}/{id}");
            let found = all.into_iter().find(|one| one["name"].as_str().is_some_and(|name| name.ends_with(&end)));
            found.ok_or_else(|| GoogleError::missing(&asked.path.join("/")))
        }
        _ => Err(unknown(asked)),
    }
}

fn of_location(
    world: &mut World,
    asked: &Asked<'_>,
    address: &dyn Fn(&str) -> Address,
    path: &[&str],
) -> Result<Value, GoogleError> {
    let (query, now) = (&asked.query, asked.now);
    let given = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    match (asked.method, path) {
        ("POST", ["deployments"]) => {
            deployments::create(world, address(given("deploymentId")), query, &asked.json()?, now)
        }
        ("POST", ["previews"]) => previews::create(world, address(given("previewId")), query, &asked.json()?, now),
        ("GET", ["deployments"]) => {
            let inside = format!("{}/deployments/", address("").parent());
            page(
                "deployments",
                world.gcp_deployments.range(&inside).map(|(_, one)| one.to_json()).collect(),
                query,
                PAGE,
            )
        }
        ("GET", ["previews"]) => {
            let inside = format!("{}/previews/", address("").parent());
            let all = world.gcp_previews.range(&inside).map(|(_, one)| one.to_json(world, now)).collect();
            page("previews", all, query, PAGE)
        }
        ("GET", ["operations", _]) => {
            let name = format!("{}/{}", address("").parent(), path.join("/"));
            let found = world.gcp_operations.get(&name).ok_or_else(|| GoogleError::missing(&name))?;
            Ok(found.to_json(now))
        }
        (_, ["deployments", name, rest @ ..]) => of_deployment(world, asked, address, name, rest),
        (_, ["previews", name, rest @ ..]) => of_preview(world, asked, &address(name), rest),
        _ => Err(unknown(asked)),
    }
}

fn of_deployment(
    world: &mut World,
    asked: &Asked<'_>,
    address: &dyn Fn(&str) -> Address,
    name: &str,
    path: &[&str],
) -> Result<Value, GoogleError> {
    let (query, now) = (&asked.query, asked.now);
    if let (Some((name, verb)), []) = (name.split_once(':'), path) {
        let address = address(name);
        return match (asked.method, verb) {
            ("POST", "lock") => deployments::lock(world, &address, true, &asked.json()?, now),
            ("POST", "unlock") => deployments::lock(world, &address, false, &asked.json()?, now),
            ("GET", "exportLock") => deployments::lock_info(world, &address),
            _ => Err(unknown(asked)),
        };
    }
    let address = address(name);
    match (asked.method, path) {
        ("GET", []) => Ok(deployments::find(world, &address)?.to_json()),
        ("PATCH", []) => deployments::update(world, &address, query, &asked.json()?, now),
        ("DELETE", []) => deployments::delete(world, &address, query, now),
        ("GET", ["revisions"]) => {
            let found = deployments::find(world, &address)?;
            let all = found.revisions.iter().map(|revision| found.revision_json(revision)).collect();
            page("revisions", all, query, PAGE)
        }
        ("GET", ["revisions", revision]) => {
            let (found, revision) = deployments::revision(world, &address, revision)?;
            Ok(found.revision_json(revision))
        }
        ("GET", ["revisions", revision, "resources"]) => {
            let (found, revision) = deployments::revision(world, &address, revision)?;
            page("resources", deployments::parts(found, revision), query, PAGE)
        }
        ("GET", ["revisions", revision, "resources", resource]) => {
            let (found, revision) = deployments::revision(world, &address, revision)?;
            deployments::part(found, revision, resource)
        }
        _ => Err(unknown(asked)),
    }
}

fn of_preview(world: &mut World, asked: &Asked<'_>, address: &Address, path: &[&str]) -> Result<Value, GoogleError> {
    let (query, now) = (&asked.query, asked.now);
    match (asked.method, path) {
        ("GET", []) => Ok(previews::find(world, address)?.to_json(world, now)),
        ("DELETE", []) => previews::delete(world, address, query, now),
        ("GET", [kind @ ("resourceChanges" | "resourceDrifts"), rest @ ..]) => {
            let found = previews::find(world, address)?;
            let ready = found.ready <= now;
            let all = if *kind == "resourceChanges" { &found.changes } else { &found.drifts };
            let all: Vec<Value> = if ready { all.clone() } else { Vec::new() };
            let [one] = rest else { return page(kind, all, query, PAGE) };
            let name = format!("{}/{kind}/{one}", address.preview());
            let found = all.into_iter().find(|change| change["name"] == json!(name));
            found.ok_or_else(|| GoogleError::missing(&name))
        }
        _ => Err(unknown(asked)),
    }
}

/// A page of a list, as long as usual where nothing is asked; the token is how many came before.
fn page(kind: &str, all: Vec<Value>, query: &Query, usual: usize) -> Result<Value, GoogleError> {
    let number = |name: &str| match query.get(name).filter(|text| !text.is_empty()) {
        Some(text) => text.parse::<usize>().map_err(|_| GoogleError::invalid(format!("{name} '{text}' is not valid"))),
        None => Ok(0),
    };
    let before = number("pageToken")?;
    let size = match number("pageSize")? {
        0 => usual,
        size => size.min(1000),
    };
    let whole = all.len();
    let page: Vec<Value> = all.into_iter().skip(before).take(size).collect();
    let next = before + page.len();
    let mut shown = json!({ kind: page });
    if next < whole {
        shown["nextPageToken"] = json!(next.to_string());
    }
    Ok(shown)
}

fn unknown(asked: &Asked<'_>) -> GoogleError {
    GoogleError::new(404, "NOT_FOUND", format!("The sandbox has no {} /{}.", asked.method, asked.path.join("/")))
}
