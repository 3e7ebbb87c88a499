//! Revisions of container apps, and which of them takes the requests. Source: Container Apps REST API 2025-07-01, Container Apps,
//! Container Apps Revisions; Container Apps documentation, "Update and deploy changes", "Traffic splitting".

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::error::ArmError;
use super::identifier::{Identifier, folded};
use super::resources;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

/// The type of apps.
pub const APP: &str = "Microsoft.App/containerApps";
/// The type of revisions.
pub const REVISION: &str = "Microsoft.App/containerApps/revisions";

/// Follows an app that was made or changed: with another template it gets another revision, and where it may have one at a time, the
/// others sleep.
pub fn follow(world: &mut World, id: &Identifier, now: Timestamp) {
    let Some(app) = resources::find(world, &id.text).filter(|app| app.kind == APP).cloned() else { return };
    let template = property(&app, "/template").cloned().unwrap_or_default();
    let all = of(world, &app.id);
    let same =
        all.last().filter(|latest| property(latest, "/template") == Some(&template)).map(|latest| latest.id.clone());
    let latest = same.unwrap_or_else(|| format!("{}/revisions/{}--{:07}", app.id, id.own_name(), all.len() + 1));
    let mut states: Vec<(String, bool)> = Vec::new();
    for revision in &all {
        states.push((revision.id.clone(), several(&app) && is_active(revision)));
    }
    states.retain(|(revision, _)| *revision != latest);
    states.push((latest.clone(), true));
    for (revision, active) in states {
        set(world, &app, &revision, active, &template, now);
    }
    if let Some(app) = world.resources.edit(&resources::key(id)) {
        for attribute in ["latestRevisionName", "latestReadyRevisionName"] {
            app.attributes.insert(attribute.to_owned(), json!(latest.rsplit('/').next()));
        }
    }
}

/// Makes a revision with this template, or wakes one that is there, or puts it to sleep.
fn set(world: &mut World, app: &Physical, id: &str, active: bool, template: &Value, now: Timestamp) {
    let Some(read) = Identifier::read(id) else { return };
    if let Some(there) = world.resources.edit(&resources::key(&read)) {
        if let Some(properties) = there.properties.get_mut("properties") {
            properties["active"] = json!(active);
        }
        return;
    }
    let body = json!({ "active": active, "createdTime": now.to_string(), "template": template });
    let revision = Physical {
        kind: REVISION.to_owned(),
        id: id.to_owned(),
        place: app.place.clone(),
        properties: Map::from_iter([("properties".to_owned(), body)]),
        attributes: Map::new(),
        owner: None,
        created: now,
        updated: now,
    };
    world.resources.put(resources::key(&read), revision);
}

/// An app's revisions, the oldest first.
pub fn of<'a>(world: &'a World, app: &str) -> Vec<&'a Physical> {
    let inside = format!("{}/", folded(app));
    let all = world.resources.iter().map(|(_, one)| one);
    let mut all: Vec<&Physical> =
        all.filter(|one| one.kind == REVISION && folded(&one.id).starts_with(&inside)).collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

fn property<'a>(resource: &'a Physical, pointer: &str) -> Option<&'a Value> {
    resource.properties.get("properties")?.pointer(pointer)
}

fn is_active(revision: &Physical) -> bool {
    property(revision, "/active") == Some(&json!(true))
}

fn several(app: &Physical) -> bool {
    property(app, "/configuration/activeRevisionsMode").and_then(Value::as_str) == Some("Multiple")
}

/// The revision that takes most of an app's requests.
pub fn serving<'a>(world: &'a World, app: &Physical) -> Option<&'a Physical> {
    let traffic = property(app, "/configuration/ingress/traffic").and_then(Value::as_array);
    let weight = |one: &&Value| one.get("weight").and_then(Value::as_u64);
    let most = traffic.into_iter().flatten().max_by_key(weight);
    match most.and_then(|one| one.get("revisionName")?.as_str()) {
        Some(named) => resources::find(world, &format!("{}/revisions/{named}", app.id)),
        None => of(world, &app.id).pop(),
    }
}

/// How a revision is, as those see it who ask.
pub fn state(world: &World, revision: &Physical) -> [(&'static str, &'static str); 2] {
    let app = revision.id.rsplit_once("/revisions/").and_then(|(app, _)| resources::find(world, app));
    match (is_active(revision), app.is_some_and(|app| world.unwell(app).is_some())) {
        (false, _) => [("runningState", "Stopped"), ("healthState", "None")],
        (true, false) => [("runningState", "Running"), ("healthState", "Healthy")],
        (true, true) => [("runningState", "Failed"), ("healthState", "Unhealthy")],
    }
}

/// What keeps an app from sending its requests as a body says: shares that don't add up, revisions that aren't there or sleep, and any
/// that is named where there is one at a time. The words are ours.
pub fn refused(world: &World, id: &Identifier, body: &Map<String, Value>) -> Option<ArmError> {
    let configuration = body.get("properties")?.get("configuration")?;
    let traffic = configuration.pointer("/ingress/traffic")?.as_array()?;
    let wrong = |message: String| Some(ArmError::bad_request("InvalidTrafficWeight", message));
    let shares: u64 = traffic.iter().filter_map(|one| one.get("weight")?.as_u64()).sum();
    if shares != 100 {
        return wrong(format!(
            "The weights of the traffic of '{}' add up to {shares}, and have to add up to 100.",
            id.own_name()
        ));
    }
    for named in traffic.iter().filter_map(|one| one.get("revisionName")?.as_str()) {
        if configuration.get("activeRevisionsMode").and_then(Value::as_str) != Some("Multiple") {
            return wrong("Revision weights can not be used in single revision mode.".to_owned());
        }
        match resources::find(world, &format!("{}/revisions/{named}", id.text)) {
            None => return wrong(format!("The revision '{named}' does not exist.")),
            Some(revision) if !is_active(revision) => return wrong(format!("The revision '{named}' is not active.")),
            Some(_) => {}
        }
    }
    None
}

/// Changes an app by a JSON merge patch (RFC 7396), at once.
///
/// # Errors
/// `ResourceNotFound`, and what is refused of the whole.
pub fn patch(world: &mut World, id: &Identifier, api: &str, patch: &Value, now: Timestamp) -> Result<(), ArmError> {
    let app = resources::find(world, &id.text).filter(|app| app.kind == APP).ok_or_else(|| resources::missing(id))?;
    let mut body = Value::Object(app.properties.clone());
    merge(&mut body, patch);
    let body = body.as_object().cloned().unwrap_or_default();
    if let Some(error) = resources::refused(world, id, api, &body) {
        return Err(error);
    }
    resources::put(world, id, body, None, now);
    Ok(())
}

fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        patch.clone_into(into);
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    let Some(object) = into.as_object_mut() else { return };
    for (name, value) in patch {
        if value.is_null() {
            object.remove(name);
        } else {
            merge(object.entry(name.as_str()).or_insert(Value::Null), value);
        }
    }
}

/// Wakes a revision, or puts it to sleep.
///
/// # Errors
/// `ResourceNotFound`, and one of the sandbox's own where the app may have one revision at a time.
pub fn activate(world: &mut World, id: &Identifier, on: bool) -> Result<(), ArmError> {
    let app = id.above.as_deref().and_then(|app| resources::find(world, app)).cloned();
    let app = app.ok_or_else(|| resources::missing(id))?;
    resources::find(world, &id.text).ok_or_else(|| resources::missing(id))?;
    if !several(&app) {
        let message = "In single revision mode the latest revision is active, and no other can be.";
        return Err(ArmError::bad_request("InvalidRevisionMode", message));
    }
    set(world, &app, &id.text, on, &Value::Null, app.updated);
    Ok(())
}
