//! Previews: what applying would do, computed and kept.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::configuration::{Failure, VERSION};
use super::deployment::{Address, time, told};
use super::deployments::{Query, known_fields, named, service_account, texts};
use super::error::GoogleError;
use super::long_running::{self, Outcome, begun_before};
use super::plan::{Drifted, Planned, State, drifted, plan, plan_of_deletion};
use super::source;
use crate::sandbox::world::World;

/// Seconds that computing one takes. Ours.
const COMPUTING: f64 = 40.0;

/// What a request may set.
const FIELDS: [&str; 8] = [
    "annotations",
    "deployment",
    "labels",
    "name",
    "previewMode",
    "serviceAccount",
    "terraformBlueprint",
    "tfVersionConstraint",
];

/// A preview.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Where it is.
    pub address: Address,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// The deployment whose state it was computed from.
    pub deployment: Option<String>,
    /// The number of that deployment's last revision.
    revision: Option<usize>,
    /// Whether it is of deleting everything.
    deletes: bool,
    /// The configuration.
    pub blueprint: Value,
    /// The account that Terraform runs as.
    service_account: String,
    /// The changes, each with its name.
    pub changes: Vec<Value>,
    /// What isn't as it was applied, each with its name.
    pub drifts: Vec<Value>,
    /// Why it failed, in the words of its interface.
    error: Option<String>,
    /// What Terraform said then.
    failures: Vec<Failure>,
    /// When it was asked for.
    created: Timestamp,
    /// When it is there.
    pub ready: Timestamp,
}

impl Preview {
    /// Where it stands.
    fn state(&self, world: &World, now: Timestamp) -> &'static str {
        if self.ready > now {
            return "CREATING";
        }
        if self.error.is_some() {
            return "FAILED";
        }
        let deployment = self.deployment.as_ref();
        let newest = deployment.map(|name| {
            let found = world.gcp_deployments.get(name);
            found.and_then(|found| found.newest().map(|revision| revision.number))
        });
        match newest {
            Some(newest) if newest != self.revision => "STALE",
            Some(_) | None => "SUCCEEDED",
        }
    }

    /// As it is answered.
    pub fn to_json(&self, world: &World, now: Timestamp) -> Value {
        let mut shown = json!({
            "name": self.address.preview(),
            "createTime": time(self.created),
            "labels": self.labels,
            "annotations": self.annotations,
            "state": self.state(world, now),
            "previewMode": if self.deletes { "DELETE" } else { "DEFAULT" },
            "serviceAccount": self.service_account,
            "terraformBlueprint": self.blueprint,
            "tfVersion": VERSION,
        });
        if let Some(deployment) = &self.deployment {
            shown["deployment"] = json!(deployment);
        }
        if let Some(error) = self.error.as_ref().filter(|_| self.ready <= now) {
            shown["errorCode"] = json!(error);
            shown["tfErrors"] = told(&self.failures);
            let first = self.failures.first().map_or(error.as_str(), |failure| failure.description.as_str());
            shown["errorStatus"] = json!({ "code": 9, "message": first });
        }
        shown
    }
}

/// A preview that is there.
///
/// # Errors
/// `NOT_FOUND`.
pub fn find<'a>(world: &'a World, address: &Address) -> Result<&'a Preview, GoogleError> {
    let name = address.preview();
    world.gcp_previews.get(&name).ok_or_else(|| GoogleError::missing(&name))
}

/// Computes one.
///
/// # Errors
/// As Infrastructure Manager does; what is wrong with the configuration is the preview's own error.
pub fn create(
    world: &mut World,
    mut address: Address,
    query: &Query,
    body: &Value,
    now: Timestamp,
) -> Result<Value, GoogleError> {
    if address.name.is_empty() {
        address.name = format!("preview-{}", world.ids.hex(12));
    }
    let name = address.preview();
    if let Some(before) = begun_before(world, query.get("requestId"), &name, "create")? {
        return Ok(before.to_json(now));
    }
    named(&address.name)?;
    if world.gcp_previews.get(&name).is_some() {
        return Err(GoogleError::new(409, "ALREADY_EXISTS", format!("Resource '{name}' already exists")));
    }
    known_fields(body, &FIELDS)?;
    let deletes = match body.get("previewMode") {
        None => false,
        Some(mode) if *mode == json!("DELETE") || *mode == json!(2) => true,
        Some(mode) if [json!("DEFAULT"), json!("PREVIEW_MODE_UNSPECIFIED"), json!(0), json!(1)].contains(mode) => false,
        Some(mode) => return Err(GoogleError::invalid(format!("preview_mode {mode} is not known"))),
    };
    let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
    let deployment = text("deployment").filter(|name| !name.is_empty());
    let of = match &deployment {
        Some(name) => Some(world.gcp_deployments.get(name).cloned().ok_or_else(|| GoogleError::missing(name))?),
        None => None,
    };
    let account = text("serviceAccount").or_else(|| of.as_ref().map(|of| of.settings.service_account.clone()));
    let account = account.unwrap_or_default();
    service_account(&account)?;
    let blueprint = body.get("terraformBlueprint").cloned();
    let blueprint = blueprint.or_else(|| of.as_ref().map(|of| of.settings.blueprint.clone())).unwrap_or_default();
    source::checked(&blueprint)?;
    let state = of.as_ref().map(|of| of.resources.clone()).unwrap_or_default();
    let held = of.as_ref().is_some_and(|of| of.lock.is_some() || !of.standing.is_at_rest());
    let (computed, error) = if held {
        let failure = Failure::new("", "the lock of the deployment could not be taken");
        (Err(vec![failure]), "DEPLOYMENT_LOCK_ACQUIRE_FAILED")
    } else {
        (computed(world, &address.project, &state, &blueprint, deletes), "PREVIEW_BUILD_RUN_FAILED")
    };
    let (steps, drifts, failures, error) = match computed {
        Ok((steps, drifts)) => (steps, drifts, Vec::new(), None),
        Err(failures) => (Vec::new(), Vec::new(), failures, Some(error.to_owned())),
    };
    let numbered = |kind: &str, at: usize, mut one: Value| {
        one["name"] = json!(format!("{name}/{kind}/{}-{at}", kind.trim_end_matches('s').to_lowercase()));
        one
    };
    let changes = steps.iter().enumerate().map(|(at, one)| numbered("resourceChanges", at, one.to_json())).collect();
    let drifts = drifts.iter().enumerate().map(|(at, one)| numbered("resourceDrifts", at, one.to_json())).collect();
    #[expect(clippy::cast_possible_truncation, reason = "a pace is at most 1000")]
    let ready = now + SignedDuration::from_millis((COMPUTING * world.pace * 1000.0) as i64);
    let parent = address.parent();
    let started = long_running::begin(world, (&parent, &name), "create", query.get("requestId"), now);
    let preview = Preview {
        address,
        labels: texts(body, "labels")?,
        annotations: texts(body, "annotations")?,
        deployment,
        revision: of.as_ref().and_then(|of| of.newest().map(|revision| revision.number)),
        deletes,
        blueprint,
        service_account: account,
        changes,
        drifts,
        error,
        failures,
        created: now,
        ready,
    };
    let outcome = match &preview.error {
        Some(error) => Outcome::Failed(GoogleError::precondition(format!("the preview failed: {error}"))),
        None => Outcome::Done(preview.to_json(world, ready)),
    };
    world.gcp_previews.put(name, preview);
    long_running::end(world, &started.name, ready, outcome);
    let started = world.gcp_operations.get(&started.name).cloned().unwrap_or(started);
    Ok(started.to_json(now))
}

fn computed(
    world: &World,
    project: &str,
    state: &State,
    blueprint: &Value,
    deletes: bool,
) -> Result<(Vec<Planned>, Vec<Drifted>), Vec<Failure>> {
    let read = source::configuration(world, project, blueprint)?;
    let steps = if deletes { plan_of_deletion(world, state)? } else { plan(world, state, &read)? };
    Ok((steps, drifted(world, state)))
}

/// Removes one.
///
/// # Errors
/// `NOT_FOUND`.
pub fn delete(world: &mut World, address: &Address, query: &Query, now: Timestamp) -> Result<Value, GoogleError> {
    let name = address.preview();
    if let Some(before) = begun_before(world, query.get("requestId"), &name, "delete")? {
        return Ok(before.to_json(now));
    }
    let shown = find(world, address)?.to_json(world, now);
    world.gcp_previews.remove(&name);
    let started = long_running::begin(world, (&address.parent(), &name), "delete", query.get("requestId"), now);
    long_running::end(world, &started.name, now, Outcome::Done(shown));
    let ended = world.gcp_operations.get(&started.name).cloned().unwrap_or(started);
    Ok(ended.to_json(now))
}
