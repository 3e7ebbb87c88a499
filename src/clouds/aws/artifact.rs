//! Built workloads come in through parameters, so that the template stays the same from one release to the next.
//!
//! | parameter | holds |
//! | --- | --- |
//! | `ArtifactBucket` | the bucket of the zip archives |
//! | `Artifact…Zip` | the key of a function's archive in it |
//! | `Artifact…Image` | the digest of a service's image, `sha256:…`; empty before the first one |
//! | `RollOutGradually` | whether new versions take over as their rollout says; only where something has a rollout |
//!
//! A service whose digest is empty is made with no copies running: the registry has to exist before an image can be
//! pushed into it. The first release that gives a digest starts it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::function::rollout;
use crate::model::artifact::Architecture;
use crate::model::name::Name;
use crate::model::name::pascal;
use crate::model::stack::Stack;

/// The parameter that names the bucket of the archives.
pub const BUCKET: &str = "ArtifactBucket";

/// What a parameter of the template is given at deployment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArtifactParameter {
    /// The name of the bucket that holds the archives.
    Bucket,
    /// The key of an artifact's archive in that bucket.
    Zip(Name),
    /// The digest of an artifact's image, `sha256:…`; empty where there is none yet.
    Image(Name),
    /// Whether new versions take over as their rollout says.
    Gradually,
}

/// The parameters of a template by name, with what each is given.
pub type Parameters = BTreeMap<String, ArtifactParameter>;

/// The parameter with the key of an artifact's archive.
pub(super) fn zip(name: &Name) -> String {
    format!("Artifact{}Zip", pascal(name.as_str()))
}

/// The parameter with the digest of an artifact's image.
pub(super) fn image(name: &Name) -> String {
    format!("Artifact{}Image", pascal(name.as_str()))
}

/// The condition that an artifact's image was given.
pub(super) fn image_given(name: &Name) -> String {
    format!("Artifact{}ImageGiven", pascal(name.as_str()))
}

/// Adds the parameters of the artifacts that functions and services run; gives back what each is for.
pub(super) fn render(draft: &mut Draft<'_>) -> Parameters {
    let stack = draft.stack;
    let mut parameters = Parameters::new();
    for function in stack.functions.values() {
        parameters.insert(BUCKET.to_owned(), ArtifactParameter::Bucket);
        parameters.insert(zip(&function.artifact), ArtifactParameter::Zip(function.artifact.clone()));
    }
    if rollout::any(stack) {
        parameters.insert(rollout::GRADUALLY.to_owned(), ArtifactParameter::Gradually);
    }
    for service in stack.services.values() {
        parameters.insert(image(&service.artifact), ArtifactParameter::Image(service.artifact.clone()));
        draft.template.conditions.insert(
            image_given(&service.artifact),
            json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": image(&service.artifact) }, ""] }] }),
        );
    }
    for (id, given) in &parameters {
        draft.template.parameters.insert(id.clone(), declaration(given));
    }
    parameters
}

/// The processor of the functions that run an artifact.
pub(super) fn architecture(stack: &Stack, artifact: &Name) -> Architecture {
    let runs = stack.functions.values().find(|function| function.artifact == *artifact);
    runs.map(|function| function.architecture).unwrap_or_default()
}

fn declaration(given: &ArtifactParameter) -> Map<String, Value> {
    let value = match given {
        ArtifactParameter::Gradually => return rollout::declaration(),
        ArtifactParameter::Bucket => json!({
            "Type": "String",
            "Description": "The bucket that holds the archives of the functions",
            // S3 user guide, "Bucket naming rules".
            "AllowedPattern": "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        }),
        ArtifactParameter::Zip(name) => json!({
            "Type": "String",
            "Description": format!("The key of the archive of artifact.{name}"),
            "MinLength": 1,
            "MaxLength": 1024,
        }),
        ArtifactParameter::Image(name) => json!({
            "Type": "String",
            "Description": format!("The digest of the image of artifact.{name}; empty before the first"),
            "Default": "",
            "AllowedPattern": "^(sha256:[0-9a-f]{64})?$",
        }),
    };
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
