//! Takes an HTTP request of Resource Manager to what it names.
#![expect(clippy::disallowed_methods, reason = "a scripted delay is real time: the client's patience is what is tried")]

use std::sync::Arc;

use hyper::Response;
use hyper::http::request::Parts;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::caller::{Caller, tenant};
use super::error::ArmError;
use super::identifier::{Identifier, folded};
use super::reply::{Address, Reply};
use super::revisions::{self, APP, REVISION};
use super::stacks::{self, Place};
use super::{alerts, deployments, group, jobs, operation, resources, vaults, what_ifs};
use crate::sandbox::access::{Access, query_pairs};
use crate::sandbox::error::SandboxError;
use crate::sandbox::faults::CallFate;
use crate::sandbox::world::World;

/// Whether a request is Resource Manager's: no other service's has a version in the query and such a path.
pub fn is_addressed(parts: &Parts) -> bool {
    let path = parts.uri.path();
    (path == "/subscriptions" || path.starts_with("/subscriptions/"))
        && parts.uri.query().is_some_and(|query| query.contains("api-version="))
}

/// A request, taken apart.
struct Asked<'a> {
    method: &'a str,
    path: Vec<&'a str>,
    whole: &'a str,
    query: std::collections::BTreeMap<String, String>,
    body: Value,
    correlation: String,
    /// The sandbox's own address, for links.
    host: String,
    now: Timestamp,
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
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let query = query_pairs(parts.uri.query());
    let version = query.get("api-version").cloned().unwrap_or_default();
    let whole = parts.uri.path().trim_end_matches('/').replace("%20", " ");
    let path: Vec<&str> = whole.trim_start_matches('/').split('/').collect();
    let subscription = path.get(1).copied().unwrap_or_default().to_owned();
    let base = format!("http://{}", header("host").unwrap_or_default());
    let action = action(parts.method.as_str(), &path);
    let (fate, late) =
        access.with(|world, _| (world.faults.on_call("azure", &action), world.faults.delay("azure", &action)))?;
    if late > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(late)).await;
    }
    let reply = if let Some(CallFate::Fail { code, message, status }) = &fate {
        Reply::refused(&ArmError::new(*status, code, message))
    } else {
        access.with(|world, now| {
            let asked = Asked {
                method: parts.method.as_str(),
                path,
                whole: &whole,
                query,
                body: serde_json::from_slice(body).unwrap_or_default(),
                // Resource Manager takes the client's correlation where it gives one.
                correlation: header("x-ms-correlation-request-id").unwrap_or_else(|| world.ids.uuid()),
                host: base.clone(),
                now,
            };
            let answered = Caller::identify(&parts.headers).and_then(|caller| route(world, &caller, &asked));
            answered.unwrap_or_else(|error| Reply::refused(&error))
        })?
    };
    if fate == Some(CallFate::LoseAnswer) {
        return Ok(None);
    }
    let (request, pace) = access.with(|world, _| (world.ids.uuid(), world.pace))?;
    let address = Address { base: &base, subscription: &subscription, version: &version };
    Ok(Some(reply.written(&address, &request, pace)))
}

/// The name of a request for scripted faults: `deploymentStacks/write`, `resourceGroups/read` …
fn action(method: &str, path: &[&str]) -> String {
    let verb = match method {
        "GET" | "HEAD" => "read",
        "PUT" | "PATCH" => "write",
        "DELETE" => "delete",
        _ => "action",
    };
    let at = path.iter().rposition(|part| part.eq_ignore_ascii_case("providers"));
    let kind = match at.and_then(|at| path.get(at + 1..)) {
        Some(["Microsoft.Resources", "locations", _, kind, ..] | ["Microsoft.Resources", kind, ..]) => {
            let last = path.last().copied().unwrap_or_default();
            if matches!(last, "operations" | "exportTemplate" | "whatIf" | "validate") {
                format!("{kind}/{last}")
            } else {
                (*kind).to_owned()
            }
        }
        Some([namespace, kind, ..]) => format!("{namespace}/{kind}"),
        _ if path.len() >= 3 => "resourceGroups".to_owned(),
        _ => "subscriptions".to_owned(),
    };
    format!("{kind}/{verb}")
}

fn route(world: &mut World, caller: &Caller, asked: &Asked<'_>) -> Result<Reply, ArmError> {
    let ["subscriptions", subscription, rest @ ..] = asked.path.as_slice() else {
        let seen = subscription(&caller.subscription);
        return Ok(Reply::new(200, json!({ "value": [seen] })));
    };
    caller.sees(subscription)?;
    match (asked.method, rest) {
        ("GET", []) => Ok(Reply::new(200, self::subscription(subscription))),
        ("GET", ["providers", "Microsoft.Resources", "locations", _, what, ticket]) => {
            follow(world, asked, what, ticket)
        }
        (_, [word, name]) if word.eq_ignore_ascii_case("resourceGroups") => of_group(world, asked, subscription, name),
        (_, [word, group, "providers", "Microsoft.Resources", kind, of @ ..])
            if word.eq_ignore_ascii_case("resourceGroups") && !of.contains(&"providers") =>
        {
            of_resources(world, asked, (subscription, group), kind, of)
        }
        ("GET", ["providers", "Microsoft.AlertsManagement", "alerts"]) => {
            alerts::list(world, subscription, &asked.query, &asked.host, asked.now).map(|found| Reply::new(200, found))
        }
        ("GET", ["providers", namespace, kind]) => {
            let kind = folded(&format!("{namespace}/{kind}"));
            let inside = format!("/subscriptions/{}/", folded(subscription));
            let all = world.resources.iter().map(|(_, one)| one);
            let all = all.filter(|one| folded(&one.kind) == kind && folded(&one.id).starts_with(&inside));
            Ok(Reply::new(200, json!({ "value": all.map(resources::shown).collect::<Vec<_>>() })))
        }
        ("GET", [word, name, "resources"]) if word.eq_ignore_ascii_case("resourceGroups") => {
            let group = group::find(world, subscription, name)?;
            let inside = format!("{}/", folded(&group.id()));
            let all = world.resources.iter().map(|(_, one)| one).filter(|one| folded(&one.id).starts_with(&inside));
            let all = all.filter(|one| one.kind != REVISION);
            Ok(Reply::new(200, json!({ "value": all.map(resources::shown).collect::<Vec<_>>() })))
        }
        ("GET", [.., "revisions"]) => {
            let app = asked.whole.strip_suffix("/revisions").and_then(Identifier::read);
            let app = app.filter(|app| app.kind == APP).ok_or_else(|| unknown(asked))?;
            resources::find(world, &app.text).ok_or_else(|| resources::missing(&app))?;
            let all = revisions::of(world, &app.text).into_iter().map(|one| resources::seen(world, one));
            Ok(Reply::new(200, json!({ "value": all.collect::<Vec<_>>() })))
        }
        ("POST", [.., "revisions", _, verb @ ("activate" | "deactivate")]) => {
            let whole = asked.whole.strip_suffix(&format!("/{verb}")).unwrap_or_default();
            let id = Identifier::read(whole).filter(|id| id.kind == REVISION).ok_or_else(|| unknown(asked))?;
            revisions::activate(world, &id, *verb == "activate")?;
            Ok(Reply::new(200, Value::Null))
        }
        _ => {
            if let ("POST", Some(job)) = (asked.method, asked.whole.strip_suffix("/start").and_then(Identifier::read))
                && job.kind == "Microsoft.App/jobs"
            {
                return Ok(Reply::new(200, jobs::start(world, &job, &asked.body, asked.now)?));
            }
            let id = Identifier::read(asked.whole).ok_or_else(|| unknown(asked))?;
            if asked.method == "GET" && id.kind == "Microsoft.App/jobs/executions" {
                return Ok(Reply::new(200, jobs::execution(world, &id)?));
            }
            let api = asked.query.get("api-version").map(String::as_str).unwrap_or_default();
            let answer = if id.kind == vaults::SECRET { vaults::answer } else { resources::answer };
            let (status, body) = answer(world, asked.method, &id, api, &asked.body, asked.now)?;
            Ok(Reply::new(status, body))
        }
    }
}

fn of_group(world: &mut World, asked: &Asked<'_>, subscription: &str, name: &str) -> Result<Reply, ArmError> {
    let (status, body) = match asked.method {
        "GET" => (200, group::find(world, subscription, name)?.to_json()),
        "HEAD" => match group::find(world, subscription, name) {
            Ok(_) => (204, Value::Null),
            Err(_) => (404, Value::Null),
        },
        "PUT" => group::put(world, subscription, name, &asked.body)?,
        "PATCH" => group::patch(world, subscription, name, &asked.body)?,
        "DELETE" => {
            group::delete(world, subscription, name)?;
            (200, Value::Null)
        }
        _ => return Err(unknown(asked)),
    };
    Ok(Reply::new(status, body))
}

fn of_resources(
    world: &mut World,
    asked: &Asked<'_>,
    (subscription, group): (&str, &str),
    kind: &str,
    of: &[&str],
) -> Result<Reply, ArmError> {
    let place = |name| Place { subscription, group, name };
    let now = asked.now;
    match (asked.method, kind, of) {
        ("GET", "deploymentStacks", []) => {
            let group = group::find(world, subscription, group)?;
            let inside = format!("{}/", folded(&group.id()));
            let all = world.arm_stacks.range(&inside).map(|(_, stack)| stack.to_json());
            Ok(Reply::new(200, json!({ "value": all.collect::<Vec<_>>() })))
        }
        ("GET", "deploymentStacks", [name]) => {
            group::find(world, subscription, group)?;
            Ok(Reply::new(200, stacks::find(world, place(name))?.to_json()))
        }
        ("PUT", "deploymentStacks", [name]) => stacks::put(world, place(name), &asked.body, &asked.correlation, now),
        ("DELETE", "deploymentStacks", [name]) => {
            stacks::delete(world, place(name), &asked.query, &asked.correlation, now)
        }
        ("POST", "deploymentStacks", [name, "exportTemplate"]) => {
            let template = stacks::find(world, place(name))?.request.template.clone();
            Ok(Reply::new(200, json!({ "template": template })))
        }
        ("POST", "deploymentStacks", [name, "validate"]) => stacks::validate(world, place(name), &asked.body, now),
        ("GET", what_ifs::KIND, [name]) => Ok(Reply::new(200, what_ifs::find(world, place(name), now)?.to_json(now))),
        ("PUT", what_ifs::KIND, [name]) => what_ifs::put(world, place(name), &asked.body, now),
        ("POST", what_ifs::KIND, [name, "whatIf"]) => what_ifs::post(world, place(name), now),
        ("DELETE", what_ifs::KIND, [name]) => Ok(what_ifs::delete(world, place(name))),
        ("GET", "deployments", [name]) => Ok(Reply::new(200, deployments::get(world, subscription, name)?)),
        ("GET", "deployments", [name, "operations"]) => {
            Ok(Reply::new(200, deployments::operations(world, subscription, name, now)?))
        }
        _ => Err(unknown(asked)),
    }
}

/// How far a long-running operation is.
fn follow(world: &World, asked: &Asked<'_>, what: &str, ticket: &str) -> Result<Reply, ArmError> {
    let found = world.arm_tickets.get(ticket).ok_or_else(|| unknown(asked))?;
    let status = operation::status(found, asked.whole, asked.now);
    if what == "deploymentStackOperationStatus" {
        return Ok(Reply::new(200, status));
    }
    Ok(match status["status"].as_str() {
        Some("Running") => Reply::begun(202, Value::Null, ticket.to_owned()),
        _ => Reply::new(200, found.error.as_ref().map_or(Value::Null, |error| json!({ "error": error.to_json() }))),
    })
}

fn subscription(id: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{id}"),
        "subscriptionId": id,
        "tenantId": tenant(id),
        "displayName": "Sandbox",
        "state": "Enabled",
    })
}

fn unknown(asked: &Asked<'_>) -> ArmError {
    let message = format!("The sandbox has no {} {}.", asked.method, asked.whole);
    ArmError::new(404, "InvalidResourceType", message)
}
