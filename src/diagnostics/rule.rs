//! A rule that a stack is checked by: its code, its documentation, and what finds its breaches.

use schemars::JsonSchema;
use serde::Serialize;

/// A rule. Its documentation is the documentation of the module that it is written in, so that the two can't part.
#[derive(Clone, Copy, Debug)]
pub struct Rule<Check> {
    /// The code of its findings, in kebab-case.
    pub code: &'static str,
    /// The module's documentation, as it stands at the top of the file, with the comment marks.
    pub documentation: &'static str,
    /// What finds its breaches.
    pub check: Check,
}

impl<Check> Rule<Check> {
    /// What the rule is about, in one line.
    pub fn title(&self) -> &'static str {
        self.documentation.lines().next().map_or("", plain)
    }

    /// The documentation as text: what is wrong, why, how to mend it, and where a figure comes from.
    pub fn explanation(&self) -> String {
        self.documentation.lines().map(|line| format!("{}\n", plain(line))).collect()
    }
}

/// What is told of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Described {
    /// The code of its findings.
    pub code: &'static str,
    /// What it is about, in one line.
    pub title: &'static str,
    /// What is wrong, why, how to mend it, and where a figure comes from.
    pub text: String,
}

impl Described {
    /// What is told of this rule.
    pub fn of<Check>(rule: &Rule<Check>) -> Self {
        Described { code: rule.code, title: rule.title(), text: rule.explanation() }
    }
}

/// A line without its comment mark.
fn plain(line: &str) -> &str {
    let line = line.strip_prefix("//!").unwrap_or(line);
    line.strip_prefix(' ').unwrap_or(line)
}

/// How many bytes the module documentation at the top of a source file has.
pub const fn head_length(source: &str) -> usize {
    let bytes = source.as_bytes();
    let mut end = 0;
    while end + 2 < bytes.len() && bytes[end] == b'/' && bytes[end + 1] == b'/' && bytes[end + 2] == b'!' {
        while end < bytes.len() && bytes[end] != b'\n' {
            end += 1;
        }
        if end < bytes.len() {
            end += 1;
        }
    }
    end
}

/// The first bytes of a source file.
pub const fn head<const LENGTH: usize>(source: &str) -> [u8; LENGTH] {
    let bytes = source.as_bytes();
    let mut head = [0; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        head[at] = bytes[at];
        at += 1;
    }
    head
}

/// The rule of a module beside the one that says it: the module has `CODE` and `check`. Only the documentation of the
/// module's source becomes part of the program.
macro_rules! rule {
    ($module:ident) => {{
        const SOURCE: &str = include_str!(concat!(stringify!($module), ".rs"));
        const HEAD: [u8; $crate::diagnostics::rule::head_length(SOURCE)] = $crate::diagnostics::rule::head(SOURCE);
        const TEXT: &str = match std::str::from_utf8(&HEAD) {
            Ok(text) => text,
            Err(_) => "",
        };
        $crate::diagnostics::rule::Rule { code: $module::CODE, documentation: TEXT, check: $module::check }
    }};
}

pub(crate) use rule;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_is_the_head_of_the_file() {
        const SOURCE: &str = "//! Title.\n//!\n//! Why – so.\n\nuse x;\n//! no\n";
        const HEAD: [u8; head_length(SOURCE)] = head(SOURCE);
        let rule = Rule { code: "x", documentation: std::str::from_utf8(&HEAD).unwrap(), check: () };
        assert_eq!(rule.title(), "Title.");
        assert_eq!(rule.explanation(), "Title.\n\nWhy – so.\n");
        assert_eq!(head_length("//! all of it"), 13);
        assert_eq!(head_length(""), 0);
    }
}
