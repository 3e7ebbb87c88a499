//! The registry's patterns as regular expressions.
//!
//! The schemas write patterns in the dialects of Java and ECMAScript. Those that mean something else, or nothing, to the `regex`
//! crate are left out: a rule that isn't checked is better than one that is wrong.

use regex::{Regex, RegexBuilder};

/// The most memory one compiled pattern may take, in bytes. Bounds such as `{1,65536}` on classes of Unicode go beyond it.
const SIZE_LIMIT: usize = 4 << 20;

/// The pattern as a regular expression that searches (as JSON Schema wants), or none where it can't be had faithfully.
pub fn compile(pattern: &str) -> Option<Regex> {
    if reads_differently(pattern) {
        return None;
    }
    RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build().ok()
}

/// Whether a class holds something that the `regex` crate takes as set arithmetic or as a nested class, and others as characters.
fn reads_differently(pattern: &str) -> bool {
    let mut inside = false;
    let mut before = None;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next();
                before = None;
                continue;
            }
            '[' if inside => return true,
            '[' => inside = true,
            ']' => inside = false,
            '&' | '~' | '-' if inside && before == Some(character) => return true,
            _ => {}
        }
        before = Some(character);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_searched_and_know_unicode_classes() {
        let tag = compile(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$").unwrap();
        assert!(tag.is_match("Überblick 2"));
        assert!(!tag.is_match("a;b"));
        assert!(compile("b").unwrap().is_match("abc"));
    }

    #[test]
    fn patterns_of_other_dialects_are_left_out() {
        assert!(compile("^(?!aws:).*$").is_none(), "looks ahead");
        assert!(compile("[a-z[]+").is_none(), "a bracket inside a class");
        assert!(compile("[a&&b]").is_none(), "an intersection");
        assert!(compile(r"[\[a]").is_some(), "an escaped bracket is a character");
    }
}
