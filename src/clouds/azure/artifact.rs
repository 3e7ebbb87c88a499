//! Built workloads come in as parameters with the digests of their images, so that the template stays the same from one release
//! to the next.
//!
//! A workload whose digest is empty isn't there yet: the registry has to exist before an image can be pushed into it, and the
//! vaults before somebody can put secrets into them. The first deployment that gives a digest makes it.

use serde_json::Value;

use super::draft::Draft;
use super::expression::{expression, part, quoted};
use super::registry;
use crate::model::artifact::Architecture;
use crate::model::name::Name;
use crate::model::name::pascal;
use crate::model::reference::Reference;

/// An image that workloads run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// Whose it is.
    pub artifact: Name,
    /// The registry that it is pulled from: its id in the document.
    pub registry: String,
}

/// The parameter with the digest of an artifact's image.
pub(super) fn parameter(name: &Name) -> String {
    format!("artifact{}Image", pascal(name.as_str()))
}

/// Whether the digest was given, as an expression without brackets.
pub(super) fn given(name: &Name) -> String {
    format!("not(empty(parameters({})))", quoted(&parameter(name)))
}

/// The image of an artifact by digest, in its registry; none where there is no registry.
pub(super) fn image(draft: &mut Draft<'_>, name: &Name) -> Option<Value> {
    let registry = registry::of_artifact(draft.stack, name)?;
    let parameter = parameter(name);
    let pulled = Pulled { artifact: name.clone(), registry: registry::id(draft, registry).label() };
    draft.images.insert(parameter.clone(), pulled);
    let server = registry::server(draft, registry);
    Some(expression(format!("concat({}, '/{name}@', parameters({}))", part(&server), quoted(&parameter))))
}

/// An image, or another as long as there is none: what migrates is made before there is anything to migrate with.
pub(super) fn image_or(image: &Value, name: &Name, other: &str) -> Value {
    expression(format!("if({}, {}, {})", given(name), part(image), quoted(other)))
}

/// Says that Arm processors aren't there.
pub(super) fn processor(draft: &mut Draft<'_>, of: &Reference, asked: Architecture) {
    if asked != Architecture::X86_64 {
        draft.nearly(
            "azure-processor",
            of,
            ["architecture"],
            "an Arm processor",
            "Container Apps runs x86_64 images only, so that is the image that is pulled",
            "write `architecture: x86_64`",
        );
    }
}
