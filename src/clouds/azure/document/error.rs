//! What can be wrong with a template.

/// A template that can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is larger than Resource Manager takes.
    #[error("the template has {0} bytes, and Resource Manager takes 4 MB")]
    TooLarge(usize),
    /// It isn't JSON, or not a template.
    #[error("this is no ARM template: {0}")]
    NoTemplate(#[source] serde_json::Error),
    /// It can't be written as JSON.
    #[error("the template can't be written: {0}")]
    Unwritable(#[source] serde_json::Error),
}
