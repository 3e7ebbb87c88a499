//! Stores of container images: Artifact Registry.

use serde_json::json;

use super::artifact;
use super::draft::{Draft, at};
use super::names::{self, REGISTRY};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::registry::Registry;

/// The type of a repository.
pub(super) const KIND: &str = "google_artifact_registry_repository";
/// The repository of the images that functions run, which the model has no registry for; inside the document.
pub(super) const FUNCTIONS: &str = "functions";

/// Adds a registry.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, registry: &Registry) {
    let of = Reference::new(Kind::Registry, name);
    let called = physical(draft, name);
    if registry.keep_untagged.as_seconds() == 0 {
        draft.findings.push(
            Finding::error("gcp-registry", at(&of, &["keep-untagged"]), "images without a tag aren't kept at all")
                .why("an image has no tag while it is being pushed")
                .fix("keep them for a day"),
        );
    }
    repository(draft, &of.to_string(), &names::local(&of), &called, registry);
    let path = artifact::path(draft, &called);
    draft.output(format!("{}_url", names::local(&of)), format!("Where images of {of} are pushed"), json!(path));
}

/// Adds the repository of the images that functions run, if there are functions.
pub(super) fn functions(draft: &mut Draft<'_>) {
    if draft.stack.functions.is_empty() {
        return;
    }
    let called = of_functions(draft);
    let registry = Registry { keep_images: 30, keep_untagged: crate::model::units::Time::days(14) };
    repository(draft, "functions", FUNCTIONS, &called, &registry);
    let path = artifact::path(draft, &called);
    draft.output("functions_registry_url", "Where images of functions are pushed", json!(path));
}

fn repository(draft: &mut Draft<'_>, component: &str, local: &str, called: &str, registry: &Registry) {
    let region = draft.region();
    draft
        .add(
            component,
            KIND,
            local,
            json!({
                "repository_id": called,
                "location": region,
                "format": "DOCKER",
                "docker_config": { "immutable_tags": true },
                "cleanup_policies": [
                    {
                        "id": "keep-newest",
                        "action": "KEEP",
                        "most_recent_versions": { "keep_count": registry.keep_images },
                    },
                    {
                        "id": "delete-older",
                        "action": "DELETE",
                        // What is kept by another policy stays (Artifact Registry documentation, "Configure cleanup policies").
                        "condition": { "tag_state": "TAGGED", "older_than": "86400s" },
                    },
                    {
                        "id": "delete-untagged",
                        "action": "DELETE",
                        "condition": {
                            "tag_state": "UNTAGGED",
                            "older_than": format!("{}s", registry.keep_untagged.as_seconds()),
                        },
                    },
                ],
            }),
        )
        .without_rule("CKV_GCP_84", OWN_KEYS);
}

/// Why keys of our own aren't made.
pub(super) const OWN_KEYS: &str = "Google encrypts all that is stored with keys that it turns over itself; the model asks for encryption, not for keys of one's own";

/// The repository's name.
pub(super) fn physical(draft: &Draft<'_>, name: &Name) -> String {
    names::physical(draft.target, name, REGISTRY)
}

/// The name of the functions' repository.
pub(super) fn of_functions(draft: &Draft<'_>) -> String {
    names::with(draft.target, "functions", "images", REGISTRY)
}
