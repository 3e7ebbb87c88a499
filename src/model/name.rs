//! Names of systems, environments and components.

use std::fmt;
use std::str::FromStr;

use super::text::{TextError, written_as_text};

/// The longest name; leaves room for a prefix within the clouds' shortest limits.
pub const LONGEST: usize = 40;

const NAME: &str = "a name: lower-case ASCII letters, digits and single hyphens, a letter first, at most 40 characters";

/// A name of `[a-z][a-z0-9-]*`, at most [`LONGEST`] characters, no two hyphens in a row, none at the end: what every
/// cloud accepts somewhere in its own names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let grammar = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !text.ends_with('-')
            && !text.contains("--")
            && text.len() <= LONGEST;
        if grammar { Ok(Self(text.to_owned())) } else { Err(TextError::new(text, NAME)) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name's words as one, each with a capital: `earth2-ingestion` as `Earth2Ingestion`, for where a cloud takes letters and
/// digits only.
pub fn pascal(name: &str) -> String {
    let mut word = String::with_capacity(name.len());
    for part in name.split('-') {
        let mut letters = part.chars();
        word.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        word.push_str(letters.as_str());
    }
    word
}

written_as_text!(
    Name,
    name: "Name",
    pattern: r"^[a-z](-?[a-z0-9]){0,39}$",
    expects: "a name: lower-case ASCII letters, digits and single hyphens, a letter first, at most 40 characters"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_outside_the_grammar_are_refused() {
        for text in ["", "A", "1a", "a_b", "a--b", "a-", "ä", "a\u{202e}b", "a/b", "..", &"a".repeat(41)] {
            assert!(text.parse::<Name>().is_err(), "{text:?}");
        }
        assert!("earth2-ingestion".parse::<Name>().is_ok());
    }
}
