//! Values of a file that are shown to nobody, whatever is wrong around them.

use super::node::{Content, Node};
use crate::diagnostics::diagnostic::Diagnostics;
use crate::diagnostics::secrecy::{is_secret_name, looks_like};

/// Conceals every value that is a secret by its form, by the name of its key, or by where it stands: under `secrets` people
/// write the secret itself when they mean its place.
pub fn conceal(root: &Node, diagnostics: &mut Diagnostics) {
    let Content::Map(sections) = &root.content else { return };
    for (name, section) in sections {
        let is_secret = name == "secrets";
        values(&section.value, is_secret, diagnostics);
    }
}

fn values(node: &Node, is_secret: bool, diagnostics: &mut Diagnostics) {
    match &node.content {
        Content::Map(map) => {
            for (key, entry) in map {
                let beside = matches!(key.as_str(), "description" | "from" | "secret");
                values(&entry.value, !beside && (is_secret || is_secret_name(key)), diagnostics);
            }
        }
        Content::List(list) => list.iter().for_each(|item| values(item, is_secret, diagnostics)),
        Content::Text(text) => {
            let is_word = matches!(text.as_str(), "" | "external" | "generated");
            if is_secret && !is_word || looks_like(text).is_some() {
                diagnostics.conceal(node.place.clone(), text);
            }
        }
        Content::Number(_, text) if is_secret => diagnostics.conceal(node.place.clone(), text),
        Content::Number(..) | Content::Switch(_) | Content::Null => {}
    }
}
