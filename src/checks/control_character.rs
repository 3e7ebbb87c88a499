//! A text holds a control character.
//!
//! Why: no cloud stores it, and where it is printed it can command the terminal. It gets into a text by an escape such as
//! `"\0"` or `"\e"`.
//! Mend: remove it. Line breaks and tabs are fine.

use super::texts::{Way, Written};
use crate::diagnostics::finding::Finding;

pub(super) const CODE: &str = "control-character";

pub(super) fn check(way: &Way<'_>, written: Written<'_>) -> Option<Finding> {
    match written {
        Written::Value(value) => value.as_str().and_then(|text| finding(way, text)),
        Written::Key(key) => finding(way, key).map(Finding::at_key),
    }
}

fn finding(way: &Way<'_>, text: &str) -> Option<Finding> {
    let character = text.chars().find(|one| is_control(*one))?;
    Some(
        Finding::error(CODE, way.path(), format!("the control character U+{:04X} stands here", u32::from(character)))
            .why("no cloud stores it, and where it is printed it can command the terminal")
            .fix("remove it"),
    )
}

fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\r' | '\t')
}
