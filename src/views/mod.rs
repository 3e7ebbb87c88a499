//! What verbs show, in text, JSON and Markdown: the same names as in `commands`.

pub mod apply;
pub mod bundle;
pub mod destroy;
pub mod doctor;
pub mod drift;
pub mod history;
pub mod ledger;
pub mod output;
pub mod page;
pub mod plan;
pub mod printable;
pub mod recover;
pub mod status;
pub mod unlock;
pub mod validate;

/// Text that comes from a cloud or a ledger, without what could move a terminal's cursor, and without lines that a pipeline's log
/// would take for its commands (`::set-output …`, `##vso[…]`).
pub(crate) fn safe(text: &str) -> String {
    let visible: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let mut lines = Vec::new();
    for line in visible.split('\n') {
        let word = line.trim_start();
        let (indent, rest) = line.split_at(line.len() - word.len());
        let commands = rest.starts_with("::") || rest.starts_with("##[");
        lines.push(if commands { format!("{indent}\u{200b}{rest}") } else { line.to_owned() });
    }
    lines.join("\n").replace("##vso[", "##\u{200b}vso[")
}
