//! Why a SAM template can't be expanded.

/// What is wrong with a SAM template, or beyond what landfall expands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SamError {
    /// Something that SAM can do and landfall can't yet.
    #[error("{resource}.{property}: landfall doesn't expand this: {why}")]
    Unsupported {
        /// The logical id, or the section of the template.
        resource: String,
        /// The property's path, such as `Events.Upload.Type`.
        property: String,
        /// What it is, and what to do instead.
        why: String,
    },
    /// Something that SAM refuses.
    #[error("{resource}.{property}: {what}")]
    Invalid {
        /// The logical id, or the section of the template.
        resource: String,
        /// The property's path, such as `CodeUri`.
        property: String,
        /// What is wrong.
        what: String,
    },
    /// A resource made by the expansion has the id of one that is there.
    #[error("{resource} expands to {id}, which the template has already; rename one of them")]
    Duplicate {
        /// The SAM resource.
        resource: String,
        /// The id that is taken.
        id: String,
    },
}

impl SamError {
    pub(super) fn invalid(resource: &str, property: &str, what: impl Into<String>) -> Self {
        Self::Invalid { resource: resource.to_owned(), property: property.to_owned(), what: what.into() }
    }

    pub(super) fn unsupported(resource: &str, property: &str, why: impl Into<String>) -> Self {
        Self::Unsupported { resource: resource.to_owned(), property: property.to_owned(), why: why.into() }
    }
}
