//! A project's environment files, where many are read in one go: a system's base is read once for all the environments laid over it.

use std::sync::{Arc, Mutex, PoisonError};

use super::node::Node;
use super::source::Sources;
use crate::diagnostics::diagnostic::Diagnostics;

/// The environment files of a project. Can be read from many threads at once.
pub struct Library<'sources> {
    pub(super) sources: &'sources dyn Sources,
    /// The last base that was read, with its system: targets come system by system, and memory stays flat however many there are.
    last: Mutex<Option<(String, Arc<Base>)>>,
}

/// What a system's base file holds.
pub(super) struct Base {
    /// Its tree; none where it is broken, and none where there is no such file.
    pub tree: Option<Node>,
    /// Whether there is one.
    pub there: bool,
    /// What is wrong with it, and its text.
    pub diagnostics: Diagnostics,
}

impl<'sources> Library<'sources> {
    /// A library of which nothing was read yet.
    pub fn new(sources: &'sources dyn Sources) -> Self {
        Self { sources, last: Mutex::default() }
    }

    /// A system's base, read by `read` unless it was the last one.
    pub(super) fn base(&self, system: &str, read: impl FnOnce() -> Base) -> Arc<Base> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, base)) if known == system => Arc::clone(base),
            _ => {
                let base = Arc::new(read());
                *last = Some((system.to_owned(), Arc::clone(&base)));
                base
            }
        }
    }
}
