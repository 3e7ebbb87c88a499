//! Access: an identity for each workload, with exactly the roles that its `access` comes to, each on one resource.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::draft::Draft;
use super::id::{Id, role};
use super::{artifact, bucket, function, names, queue, registry, secret, topic};
use crate::model::access::Grant;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::variable::Variable;
use crate::model::workload::Workload;

/// Reads objects (this and the following: Azure RBAC documentation, "Azure built-in roles").
const OBJECTS_READER: &str = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
/// Reads, writes and deletes objects.
const OBJECTS_CONTRIBUTOR: &str = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
/// Reads the values of secrets.
const SECRETS_USER: &str = "4633458b-17de-408a-b874-0445c86b69e6";
/// Puts messages in.
const MESSAGES_SENDER: &str = "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39";
/// Takes messages out.
const MESSAGES_RECEIVER: &str = "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0";
/// Starts jobs.
const JOBS_OPERATOR: &str = "b9a307c4-5aa3-4b52-ba60-2b17c136cd7b";
/// Pulls images.
const IMAGES_PULLER: &str = "7f951dda-4ed3-4680-a7ca-43fe172d538d";

/// Who a workload is.
#[derive(Clone)]
pub(super) struct Identity {
    /// Its identity.
    pub(super) id: Id,
    /// The roles that it has, as identifiers that something can wait for.
    pub(super) roles: Vec<String>,
}

impl Identity {
    /// What has to be there before something runs as it: without its roles it finds neither its image nor its secrets.
    pub(super) fn waits(&self) -> impl Iterator<Item = String> + use<> {
        self.roles.clone().into_iter().map(|role| format!("[{role}]"))
    }
}

/// One role on one resource, with the condition under which the resource is there.
type Held = (&'static str, Id, Option<String>);

/// Adds the identity of a workload and its roles.
pub(super) fn identity(draft: &mut Draft<'_>, workload: &Workload<'_>, artifact: &Name) -> Identity {
    let component = workload.reference.to_string();
    let name = component.replace('.', "-");
    let id = Id::new("Microsoft.ManagedIdentity/userAssignedIdentities", draft.physical(&name, names::IDENTITY));
    draft.add(&component, &id, json!({ "properties": {} }));
    let mut roles = Vec::new();
    for (granted, on, condition) in held(draft, workload, artifact) {
        let assignment = Id::new(
            "Microsoft.Authorization/roleAssignments",
            draft.guid(&format!("{component} {granted} {} {}", on.kind, on.name)),
        );
        let mut body = json!({
            "properties": {
                "principalId": id.gives("principalId"),
                // Without this the assignment fails as long as the identity isn't known everywhere.
                "principalType": "ServicePrincipal",
                "roleDefinitionId": role(granted),
            },
        });
        if let (Some(condition), Some(body)) = (condition, body.as_object_mut()) {
            body.insert("condition".to_owned(), super::expression::expression(condition));
        }
        roles.push(draft.add_over(&component, &on, &assignment, body));
    }
    Identity { id, roles }
}

/// The roles of a workload, each once.
fn held(draft: &mut Draft<'_>, workload: &Workload<'_>, artifact: &Name) -> BTreeSet<Held> {
    let mut held = BTreeSet::new();
    for (on, grants) in workload.access {
        if draft.stack.has(on) {
            granted(draft, workload, on, grants, &mut held);
        }
    }
    for variable in workload.environment.values() {
        if let Variable::Secret(from) = variable
            && from.secret.kind == Kind::Secret
            && draft.stack.has(&from.secret)
        {
            held.insert((SECRETS_USER, secret::vault(draft, &from.secret.name), None));
        }
    }
    if workload.reference.kind == Kind::Function {
        let function = draft.stack.functions.get(&workload.reference.name);
        if let Some(consumption) = function.and_then(|function| function.consumes.as_ref()) {
            held.insert((MESSAGES_RECEIVER, queue::id(draft, &consumption.queue.name), None));
        }
        for heard in topic::heard_by(draft, &workload.reference) {
            held.insert((MESSAGES_RECEIVER, topic::subscription(draft, heard, &workload.reference), None));
        }
    }
    if let Some(registry) = registry::of_artifact(draft.stack, artifact) {
        held.insert((IMAGES_PULLER, registry::id(draft, registry), None));
    }
    held
}

fn granted(
    draft: &mut Draft<'_>,
    workload: &Workload<'_>,
    on: &Reference,
    grants: &[Grant],
    held: &mut BTreeSet<Held>,
) {
    let name = &on.name;
    match on.kind {
        // The network leads there; the database knows the identity, the cache its token.
        Kind::Database | Kind::Cache => {}
        Kind::Bucket => {
            let (writes, deletes) = (grants.contains(&Grant::Write), grants.contains(&Grant::Delete));
            if writes != deletes || (writes && !grants.contains(&Grant::Read)) {
                let at = ["access", &on.to_string()];
                draft.nearly(
                    "azure-bucket-access",
                    &workload.reference,
                    at,
                    "some of reading, writing and deleting",
                    "Azure's role for objects that may write may read and delete them too",
                    "grant all three, or only `read`",
                );
            }
            let role = if writes || deletes { OBJECTS_CONTRIBUTOR } else { OBJECTS_READER };
            let account = bucket::id(draft, name);
            let container = account
                .child("Microsoft.Storage/storageAccounts/blobServices", "default")
                .child("Microsoft.Storage/storageAccounts/blobServices/containers", bucket::CONTAINER);
            held.insert((role, container, None));
        }
        Kind::Secret => {
            held.insert((SECRETS_USER, secret::vault(draft, name), None));
        }
        Kind::Queue => {
            for grant in grants {
                let role = if *grant == Grant::Send { MESSAGES_SENDER } else { MESSAGES_RECEIVER };
                held.insert((role, queue::id(draft, name), None));
            }
        }
        Kind::Topic => {
            held.insert((MESSAGES_SENDER, topic::components(draft, name), None));
        }
        Kind::Function => {
            let Some(called) = draft.stack.functions.get(name) else { return };
            held.insert((JOBS_OPERATOR, function::id(draft, name), Some(artifact::given(&called.artifact))));
        }
        // Nothing is granted on these.
        Kind::Alarm
        | Kind::Api
        | Kind::Artifact
        | Kind::Budget
        | Kind::CostAnomaly
        | Kind::Dashboard
        | Kind::Registry
        | Kind::Schedule
        | Kind::Service
        | Kind::Setting
        | Kind::Site => {}
    }
}

/// An identity as resources have it. A key that is an expression is written as one, in brackets.
pub(super) fn assigned(identity: &Id) -> Value {
    let mut identities = serde_json::Map::new();
    identities.insert(super::expression::key(&identity.text()), json!({}));
    json!({ "type": "UserAssigned", "userAssignedIdentities": identities })
}
