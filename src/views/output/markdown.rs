//! Text of documents, clouds and users inside a Markdown page.

use super::printable::printable;

/// Text in a sentence, with what Markdown and HTML would act upon taken out.
pub(in crate::views) fn plain(text: &str) -> String {
    let mut shown = String::new();
    for character in printable(text).chars() {
        match character {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '\\' => {
                shown.push('\\');
                shown.push(character);
            }
            // A mention would call somebody.
            '@' => shown.push_str("&#64;"),
            other => shown.push(other),
        }
    }
    shown
}
