//! What a stack has made, by its id in the document.

use crate::ports::cloud::{CloudError, StackResource};

/// What the cloud calls a resource that a stack has made.
///
/// # Errors
/// [`CloudError::NotFound`] where it hasn't, with `what` it is in a sentence.
pub fn made<'a>(
    resources: &'a [StackResource],
    kind: &str,
    id: &str,
    what: &str,
    stack: &str,
) -> Result<&'a str, CloudError> {
    let found = resources.iter().find(|resource| resource.id == id && resource.kind == kind);
    let there = found.filter(|resource| resource.state != "DELETE_COMPLETE");
    let named = there.and_then(|resource| resource.physical.as_deref());
    named.ok_or_else(|| CloudError::NotFound { what: format!("the {what} {id} of the stack {stack}") })
}
