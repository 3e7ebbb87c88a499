//! The version control of the project's folder.

use std::path::Path;

/// What version control says of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingCopy {
    /// The commit that is checked out.
    pub commit: String,
    /// The files that differ from it, or that it doesn't know, as it names them. Those that it is told to ignore are not among them,
    /// nor is landfall's own folder.
    pub changed: Vec<String>,
}

/// Version control.
pub trait Repository: Send + Sync {
    /// The state of a folder; none where it isn't under version control, or has no commit yet.
    fn working_copy(&self, root: &Path) -> Option<WorkingCopy>;

    /// Who is at work in a folder, as commits name the person, such as `ana@example.com`; none where nobody said.
    fn author(&self, root: &Path) -> Option<String>;
}
