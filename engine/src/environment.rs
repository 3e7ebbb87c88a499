//! The process' environment: the one place that reads it.
#![expect(clippy::disallowed_methods, reason = "this is the place that the ban points to")]

/// The variable's value, if it is set and is text.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
