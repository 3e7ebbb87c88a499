//! A stack as the sandbox keeps it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::change_set::ChangeSet;
use super::drift::{ResourceDrift, StackDrift};
use super::operation::Operation;
use super::status::{ResourceStatus, StackStatus};
use super::template::Template;
use crate::sandbox::engine::inventory::Place;
use crate::sandbox::ids::IdSource;

/// A stack, with all that ever happened to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// Its ARN.
    pub id: String,
    /// Its name, unique among those not deleted in an account and region.
    pub name: String,
    /// Its account and region.
    pub place: Place,
    /// When it was created, as a change set or directly.
    pub created: Timestamp,
    /// When its last update, or its first execution, began.
    pub updated: Option<Timestamp>,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
    /// Its state.
    pub status: StackStatus,
    /// Why it is in that state.
    pub status_reason: Option<String>,
    /// What it is made from.
    pub definition: Definition,
    /// Its resources by their logical ids.
    pub resources: BTreeMap<String, StackResource>,
    /// The values that it gives.
    pub outputs: Vec<Output>,
    /// The exports of other stacks that it uses.
    pub imports: BTreeSet<String>,
    /// The signals that its wait conditions received, by the condition's logical id.
    pub signals: BTreeMap<String, u64>,
    /// It can't be deleted.
    pub termination_protection: bool,
    /// What may be updated.
    pub policy: Option<String>,
    /// The last operation was told not to roll back.
    pub disable_rollback: bool,
    /// Resources that an operation creates are deleted by its rollback even if their policy retains them.
    pub retain_except_on_create: bool,
    /// Its change sets, oldest first.
    pub change_sets: Vec<ChangeSet>,
    /// The change set that was executed last.
    pub change_set_id: Option<String>,
    /// What happened, oldest first.
    pub events: Vec<StackEvent>,
    /// What is being done to it.
    pub operation: Option<Operation>,
    /// The request that led to what was done last.
    pub request: Request,
    /// What to return to, while a failed update hasn't been rolled back.
    pub last_stable: Option<Box<Stable>>,
    /// How a deletion goes on despite failures.
    pub deletion_mode: Option<String>,
    /// What the last drift detection found.
    pub drift: StackDrift,
    /// The tokens that requests brought, with what they asked for.
    pub tokens: BTreeMap<String, BTreeMap<String, String>>,
}

/// The request behind an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The token that it brought.
    pub token: Option<String>,
    /// The operation's identity.
    pub operation_id: Option<String>,
}

/// What a stack is made from; changes with each update.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// The template as it was given.
    pub template_body: String,
    /// The template after its transforms.
    pub template: Template,
    /// The parameters' values.
    pub parameters: BTreeMap<String, Parameter>,
    /// The capabilities that were acknowledged.
    pub capabilities: Vec<String>,
    /// The stack's own tags.
    pub tags: BTreeMap<String, String>,
    /// The role that CloudFormation acts with.
    pub role_arn: Option<String>,
    /// Topics that hear of the stack's events.
    pub notification_arns: Vec<String>,
    /// After how many minutes a creation counts as failed.
    pub timeout_minutes: Option<u64>,
}

/// The value of a template's parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// As given, or the default.
    pub text: String,
    /// What `Ref` gives: text, or a list.
    pub value: Value,
    /// It isn't shown.
    pub no_echo: bool,
    /// What a parameter that names an SSM parameter stands for.
    pub resolved: Option<String>,
}

/// A resource of a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackResource {
    /// Its type.
    pub kind: String,
    /// What the cloud calls it; none before it exists.
    pub physical_id: Option<String>,
    /// Its state.
    pub status: ResourceStatus,
    /// Why it is in that state.
    pub status_reason: Option<String>,
    /// When the state last changed.
    pub updated: Timestamp,
    /// The properties that the stack last gave it, intrinsics resolved, dynamic references not.
    pub properties: Map<String, Value>,
    /// The metadata that the stack last gave it.
    pub metadata: Value,
    /// The resources of the same stack that it needs.
    pub needs: BTreeSet<String>,
    /// What becomes of it when it leaves the stack.
    pub deletion_policy: DeletionPolicy,
    /// What becomes of the old one when it's replaced.
    pub replace_policy: DeletionPolicy,
    /// The stack's own tags that it was last given.
    pub stack_tags: BTreeMap<String, String>,
    /// What the last drift detection found.
    pub drift: Option<ResourceDrift>,
}

/// What becomes of a resource that isn't needed any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeletionPolicy {
    /// It's deleted.
    #[default]
    Delete,
    /// It's left alone.
    Retain,
    /// It's left alone unless the operation that created it is being rolled back.
    RetainExceptOnCreate,
    /// A snapshot is made, then it's deleted.
    Snapshot,
}

impl DeletionPolicy {
    /// The policy with this name in a template.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "Delete" => Some(Self::Delete),
            "Retain" => Some(Self::Retain),
            "RetainExceptOnCreate" => Some(Self::RetainExceptOnCreate),
            "Snapshot" => Some(Self::Snapshot),
            _ => None,
        }
    }

    /// Its name in a template.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "Delete",
            Self::Retain => "Retain",
            Self::RetainExceptOnCreate => "RetainExceptOnCreate",
            Self::Snapshot => "Snapshot",
        }
    }
}

/// A value that a stack gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What it is.
    pub description: Option<String>,
    /// The name under which other stacks import it.
    pub export_name: Option<String>,
}

/// A state to which a failed update returns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stable {
    /// What the stack was made from.
    pub definition: Definition,
    /// Its resources.
    pub resources: BTreeMap<String, StackResource>,
    /// The values that it gave.
    pub outputs: Vec<Output>,
    /// What the update put beside them or in their place, still to be deleted: replacements' and new resources' physical ids.
    pub leftovers: Vec<Leftover>,
    /// The resources that an update changed and that aren't restored yet.
    pub to_restore: BTreeSet<String>,
}

/// A physical resource that a stack doesn't need any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leftover {
    /// The logical id that it had.
    pub logical_id: String,
    /// The resource as it was in the stack.
    pub resource: StackResource,
    /// What becomes of it.
    pub policy: DeletionPolicy,
}

/// Something that happened to a stack or to a resource of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackEvent {
    /// Its identity.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The resource; the stack's own name for the stack.
    pub logical_id: String,
    /// The physical resource; empty while there is none.
    pub physical_id: String,
    /// The type; `AWS::CloudFormation::Stack` for the stack.
    pub kind: String,
    /// The state that was entered.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// The resource's properties, as JSON.
    pub properties: Option<String>,
    /// The token of the request that led to it.
    pub token: Option<String>,
    /// The operation that it belongs to.
    pub operation_id: Option<String>,
}

/// The type under which a stack appears among its own events.
pub const STACK_KIND: &str = "AWS::CloudFormation::Stack";

impl Stack {
    /// A stack in which nothing has happened yet.
    pub fn new(id: String, name: String, place: Place, created: Timestamp) -> Self {
        Self {
            id,
            name,
            place,
            created,
            updated: None,
            deleted: None,
            status: StackStatus::ReviewInProgress,
            status_reason: None,
            definition: Definition::default(),
            resources: BTreeMap::new(),
            outputs: Vec::new(),
            imports: BTreeSet::new(),
            signals: BTreeMap::new(),
            termination_protection: false,
            policy: None,
            disable_rollback: false,
            retain_except_on_create: false,
            change_sets: Vec::new(),
            change_set_id: None,
            events: Vec::new(),
            operation: None,
            request: Request::default(),
            last_stable: None,
            deletion_mode: None,
            drift: StackDrift::default(),
            tokens: BTreeMap::new(),
        }
    }

    /// Whether this is the stack that a request means: by name while it isn't deleted, by id always.
    pub fn is_called(&self, name_or_id: &str) -> bool {
        self.id == name_or_id || (self.name == name_or_id && self.status != StackStatus::DeleteComplete)
    }

    /// The exports that it gives, by name.
    pub fn exports(&self) -> impl Iterator<Item = (&str, &str)> {
        self.outputs.iter().filter_map(|output| Some((output.export_name.as_deref()?, output.value.as_str())))
    }

    /// Enters a state and tells it in an event.
    pub fn enter(&mut self, ids: &mut IdSource, at: Timestamp, status: StackStatus, reason: Option<String>) {
        self.status = status;
        self.status_reason.clone_from(&reason);
        let event = StackEvent {
            id: ids.uuid(),
            at,
            logical_id: self.name.clone(),
            physical_id: self.id.clone(),
            kind: STACK_KIND.to_owned(),
            status: status.as_str().to_owned(),
            reason,
            properties: None,
            token: self.request.token.clone(),
            operation_id: self.request.operation_id.clone(),
        };
        self.events.push(event);
    }

    /// Tells the state of a resource in an event; a resource of the stack enters it.
    pub fn tell(
        &mut self,
        ids: &mut IdSource,
        at: Timestamp,
        logical_id: &str,
        status: ResourceStatus,
        reason: Option<String>,
    ) {
        let Some(resource) = self.resources.get_mut(logical_id) else { return };
        resource.status = status;
        resource.status_reason.clone_from(&reason);
        resource.updated = at;
        let resource = resource.clone();
        self.tell_of(ids, at, logical_id, &resource, status, reason);
    }

    /// Tells of a resource that isn't among the stack's any more.
    pub fn tell_of(
        &mut self,
        ids: &mut IdSource,
        at: Timestamp,
        logical_id: &str,
        resource: &StackResource,
        status: ResourceStatus,
        reason: Option<String>,
    ) {
        let event = StackEvent {
            id: format!("{logical_id}-{}", ids.uuid()),
            at,
            logical_id: logical_id.to_owned(),
            physical_id: resource.physical_id.clone().unwrap_or_default(),
            kind: resource.kind.clone(),
            status: status.as_str().to_owned(),
            reason,
            properties: Some(Value::Object(resource.properties.clone()).to_string()),
            token: self.request.token.clone(),
            operation_id: self.request.operation_id.clone(),
        };
        self.events.push(event);
    }
}
