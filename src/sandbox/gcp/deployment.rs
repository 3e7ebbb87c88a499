//! A deployment and its revisions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::configuration::{Failure, VERSION};
use super::operation::Work;
use super::plan::{Intent, State};

/// Where a deployment stands (Infrastructure Manager REST reference, `Deployment.State`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Standing {
    /// Its first revision is being applied.
    Creating,
    /// A later one is.
    Updating,
    /// It is being deleted.
    Deleting,
    /// The last revision was applied.
    Active,
    /// The last operation failed.
    Failed,
}

impl Standing {
    /// Whether it can take a request.
    pub fn is_at_rest(self) -> bool {
        matches!(self, Standing::Active | Standing::Failed)
    }

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Creating => "CREATING",
            Standing::Updating => "UPDATING",
            Standing::Deleting => "DELETING",
            Standing::Active => "ACTIVE",
            Standing::Failed => "FAILED",
        }
    }
}

/// Where a deployment is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The project.
    pub project: String,
    /// The location.
    pub location: String,
    /// Its own name.
    pub name: String,
}

impl Address {
    /// What is above it.
    pub fn parent(&self) -> String {
        format!("projects/{}/locations/{}", self.project, self.location)
    }

    /// The whole name of a deployment.
    pub fn deployment(&self) -> String {
        format!("{}/deployments/{}", self.parent(), self.name)
    }

    /// The whole name of a preview.
    pub fn preview(&self) -> String {
        format!("{}/previews/{}", self.parent(), self.name)
    }
}

/// What a revision does or did to a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its type.
    pub kind: String,
    /// What is to be done.
    pub intent: Intent,
    /// How far that is: `PLANNED`, `IN_PROGRESS`, `RECONCILED`, `FAILED`.
    pub state: String,
    /// What the cloud calls it, once it is known.
    pub id: String,
}

/// A revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Its number.
    pub number: usize,
    /// What made it: `CREATE`, `UPDATE`, `DELETE`.
    pub action: String,
    /// How far it is: `APPLYING`, `APPLIED`, `FAILED`.
    pub state: String,
    /// What it applies.
    pub blueprint: Value,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
    /// What failed.
    pub failures: Vec<Failure>,
    /// What it gives back.
    pub outputs: Map<String, Value>,
    /// What it does, by address.
    pub parts: BTreeMap<String, Part>,
}

/// A lock that somebody holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lock {
    /// Its identity.
    pub id: u64,
    /// When it was taken.
    pub since: Timestamp,
}

/// What may be set of a deployment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// The account that Terraform runs as.
    pub service_account: String,
    /// Where its configuration is, and what its variables are given.
    pub blueprint: Value,
    /// The version of Terraform that is asked for.
    pub constraint: Option<String>,
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Where it is.
    pub address: Address,
    /// What was asked for last.
    pub settings: Settings,
    /// Where it stands.
    pub standing: Standing,
    /// What went wrong, in the words of its interface.
    pub error: Option<(String, String)>,
    /// What failed while it was deleted.
    pub failures: Vec<Failure>,
    /// Its revisions, oldest first.
    pub revisions: Vec<Revision>,
    /// What it manages.
    pub resources: State,
    /// The lock that somebody holds.
    pub lock: Option<Lock>,
    /// How many locks were taken.
    pub locks: u64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
    /// What is being done to it.
    pub work: Option<Work>,
}

impl Deployment {
    /// The last revision.
    pub fn newest(&self) -> Option<&Revision> {
        self.revisions.last()
    }

    /// The whole name of a revision.
    pub fn revision_name(&self, revision: &Revision) -> String {
        format!("{}/revisions/r-{}", self.address.deployment(), revision.number)
    }

    /// As it is answered.
    pub fn to_json(&self) -> Value {
        let Settings { labels, annotations, service_account, blueprint, constraint } = &self.settings;
        let mut shown = json!({
            "name": self.address.deployment(),
            "createTime": time(self.created),
            "updateTime": time(self.updated),
            "labels": labels,
            "annotations": annotations,
            "state": self.standing.word(),
            "serviceAccount": service_account,
            "terraformBlueprint": blueprint,
            "lockState": if self.lock.is_some() { "LOCKED" } else { "UNLOCKED" },
            "tfVersion": VERSION,
        });
        // The one that was applied last: one that is under way isn't that yet.
        let applied = self.revisions.iter().rev().find(|revision| revision.state != "APPLYING");
        if let Some(applied) = applied {
            shown["latestRevision"] = json!(self.revision_name(applied));
        }
        if let Some(constraint) = constraint {
            shown["tfVersionConstraint"] = json!(constraint);
        }
        if let Some((code, detail)) = &self.error {
            shown["errorCode"] = json!(code);
            shown["stateDetail"] = json!(detail);
        }
        if !self.failures.is_empty() {
            shown["tfErrors"] = told(&self.failures);
        }
        shown
    }

    /// A revision as it is answered.
    pub fn revision_json(&self, revision: &Revision) -> Value {
        let outputs: Map<String, Value> =
            revision.outputs.iter().map(|(name, value)| (name.clone(), json!({ "value": value }))).collect();
        let mut shown = json!({
            "name": self.revision_name(revision),
            "createTime": time(revision.created),
            "updateTime": time(revision.updated),
            "action": revision.action,
            "state": revision.state,
            "terraformBlueprint": revision.blueprint,
            "serviceAccount": self.settings.service_account,
            "tfVersion": VERSION,
            "applyResults": { "outputs": outputs },
        });
        if !revision.failures.is_empty() {
            shown["errorCode"] = json!("APPLY_BUILD_RUN_FAILED");
            shown["stateDetail"] = json!("Terraform failed: see the errors");
            shown["tfErrors"] = told(&revision.failures);
        }
        shown
    }

    /// A resource of a revision as it is answered.
    pub fn part_json(&self, revision: &Revision, address: &str, part: &Part) -> Value {
        json!({
            "name": format!("{}/resources/{}", self.revision_name(revision), resource_name(address)),
            "terraformInfo": { "address": address, "type": part.kind, "id": part.id },
            "intent": part.intent.word(),
            "state": part.state,
        })
    }
}

/// The name of a resource in a revision.
pub fn resource_name(address: &str) -> String {
    let mut digits = hex::encode(Sha256::digest(address.as_bytes()));
    digits.truncate(24);
    format!("resource-{digits}")
}

/// Errors of Terraform as they are answered: ten of them (Infrastructure Manager REST reference, `tfErrors`).
pub fn told(failures: &[Failure]) -> Value {
    failures.iter().take(10).map(Failure::to_json).collect()
}

/// A time as Google's interfaces write it.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
}
