//! A text holds a control character.
//!
//! Why: no cloud stores it, and where it is printed it can command the terminal. It gets into a text by an escape such as
//! `"\0"` or `"\e"`.
//! Mend: remove it. Line breaks and tabs are fine.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

use super::texts::{keys, texts};

pub(super) const CODE: &str = "control-character";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let finding = |path: Vec<String>, character: char| {
        Finding::error(CODE, path, format!("the control character U+{:04X} stands here", u32::from(character)))
            .why("no cloud stores it, and where it is printed it can command the terminal")
            .fix("remove it")
    };
    let in_values = texts(stack).into_iter().filter_map(|text| {
        let character = text.value.as_str()?.chars().find(|one| is_control(*one))?;
        Some(finding(text.path, character))
    });
    let in_keys = keys(stack).into_iter().filter_map(|(path, key)| {
        let character = key.chars().find(|one| is_control(*one))?;
        Some(finding(path, character).at_key())
    });
    in_values.chain(in_keys).collect()
}

fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\r' | '\t')
}
