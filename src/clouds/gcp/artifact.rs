//! Built workloads come in through variables, so that the document stays the same from one release to the next.
//!
//! | variable | holds |
//! | --- | --- |
//! | `artifact_…_image` | the digest of an artifact's image, `sha256:…`; empty before the first one |
//!
//! What runs an image isn't made before its digest is given: the registry has to exist before an image can be pushed into it.

pub(super) mod container;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::expression::{Piece, code, joined, text};
use crate::clouds::Parameter;
use crate::model::name::Name;

/// The variable with the digest of an artifact's image.
pub(super) fn image(name: &Name) -> String {
    format!("artifact_{}_image", name.as_str().replace('-', "_"))
}

/// How many there are of what runs an artifact: none before the first image. As the document has it.
pub(super) fn count(name: &Name) -> Value {
    Value::String(format!("${{var.{} == \"\" ? 0 : 1}}", image(name)))
}

/// An artifact's image in a registry.
pub(super) fn address(draft: &Draft<'_>, registry: &str, name: &Name) -> Value {
    let digest = Piece::Code(format!("var.{}", image(name)));
    joined([text(format!("{}/{name}@", path(draft, registry))), digest])
}

/// The same, or another image as long as there is none: what migrates is made before there is anything to migrate with.
pub(super) fn address_or(draft: &Draft<'_>, registry: &str, name: &Name, other: &str) -> Value {
    let (variable, path) = (image(name), path(draft, registry));
    code(format!("var.{variable} == \"\" ? \"{other}\" : \"{path}/{name}@${{var.{variable}}}\""))
}

/// The address of a registry by the name that the cloud knows it by.
pub(super) fn path(draft: &Draft<'_>, registry: &str) -> String {
    format!("{}-docker.pkg.dev/{}/{registry}", draft.region(), draft.project())
}

/// Adds the variables of the artifacts that functions and services run; gives back what each is for.
pub(super) fn render(draft: &mut Draft<'_>) -> BTreeMap<String, Parameter> {
    let stack = draft.stack;
    let run = stack.functions.values().map(|function| &function.artifact);
    let run = run.chain(stack.services.values().map(|service| &service.artifact));
    let mut parameters = BTreeMap::new();
    for name in run {
        let variable = image(name);
        if let Value::Object(body) = declaration(&variable, name) {
            draft.document.variables.insert(variable.clone(), body);
        }
        parameters.insert(variable, Parameter::Image(name.clone()));
    }
    parameters
}

fn declaration(variable: &str, name: &Name) -> Value {
    let mut body = Map::new();
    body.insert(
        "description".to_owned(),
        json!(format!("The digest of the image of artifact.{name}; empty before the first")),
    );
    body.insert("type".to_owned(), json!("string"));
    body.insert(
        "validation".to_owned(),
        json!({
            "condition": format!("${{can(regex(\"^(sha256:[0-9a-f]{{64}})?$\", var.{variable}))}}"),
            "error_message": "A digest is sha256: and 64 hexadecimal digits.",
        }),
    );
    Value::Object(body)
}
