//! Secrets: Secret Manager, in the environment's own region.

use serde_json::{Value, json};

use super::draft::{Draft, attribute};
use super::names::{self, SECRET};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::secret::{Secret, SecretValue};

/// The type of a secret's place.
pub(super) const KIND: &str = "google_secret_manager_secret";
const VERSION: &str = "google_secret_manager_secret_version";
/// What stands in a secret until somebody puts its value there: it opens nothing, and what needs the secret can start.
const NOT_SET: &str = "not-set";
/// Characters of a value that is made.
const LENGTH: u32 = 40;

/// Adds a secret.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, secret: &Secret) {
    let of = Reference::new(Kind::Secret, name);
    let local = names::local(&of);
    let called = match &secret.path {
        None => name.to_string(),
        Some(path) => {
            draft.nearly(
                "gcp-secret-path",
                &of,
                &["path"],
                format!("a place called `{path}`"),
                "Secret Manager's names hold no slashes and no points: hyphens stand for them",
                "leave `path` out",
            );
            path.replace(['/', '.'], "-")
        }
    };
    let value = match secret.value {
        SecretValue::External => json!(NOT_SET),
        SecretValue::Generated => {
            draft.nearly(
                "gcp-generated-secret",
                &of,
                &["value"],
                "a value that the cloud makes",
                "Google Cloud makes none: Terraform does, and keeps it in the deployment's state too",
                "put a value there from outside",
            );
            draft.add(&of.to_string(), "random_password", &local, json!({ "length": LENGTH, "special": false }));
            attribute("random_password", &local, "result")
        }
    };
    made(draft, &of, &local, &called, value);
}

/// Adds the place of a secret with its first value; later ones are put there from outside and stay.
pub(super) fn made(draft: &mut Draft<'_>, of: &Reference, local: &str, called: &str, value: Value) {
    let (target, region) = (draft.target, draft.region());
    draft.add(
        &of.to_string(),
        KIND,
        local,
        json!({
            "secret_id": names::shortened(&format!("{}-{}-{called}", target.system, target.environment), SECRET),
            "replication": { "user_managed": { "replicas": { "location": region } } },
        }),
    );
    draft.add(
        &of.to_string(),
        VERSION,
        local,
        json!({
            "secret": attribute(KIND, local, "id"),
            "secret_data": value,
            // Readers that hold on to an earlier value go on working.
            "deletion_policy": "DISABLE",
        }),
    );
}

/// What has to be there before a workload can read a secret.
pub(super) fn first_version(local: &str) -> String {
    format!("{VERSION}.{local}")
}
