//! Text from documents, clouds and users, made safe to show: it can't move the cursor, reverse the line, or give a command to a CI runner.
//!
//! Control characters are shown as pictures of themselves. Runners of GitHub Actions take a line that begins with `::` as a command, and
//! Azure Pipelines takes `##vso[` and `##[` anywhere in a line: a backslash in front, or a space inside, takes that meaning away.

/// The text on one line, without anything that a terminal or a CI runner obeys.
pub fn printable(text: &str) -> String {
    let shown = inside(text);
    if commands(&shown) { format!("\\{shown}") } else { shown }
}

/// The same for text that doesn't stand at the beginning of a line.
pub(in crate::views) fn inside(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{0}'..='\u{1f}' => shown.push(char::from_u32(u32::from(character) + 0x2400).unwrap_or('\u{fffd}')),
            '\u{7f}' => shown.push('\u{2421}'),
            '\u{80}'..='\u{9f}' => shown.push('\u{fffd}'),
            // Marks that reorder, join or hide: bidirectional controls, zero-width characters, line and paragraph separators, the byte order mark.
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}' => {
                shown.push('\u{fffd}');
            }
            _ => shown.push(character),
        }
    }
    if shown.contains("##") {
        shown = shown.replace("##[", "# #[").replace("##vso[", "# #vso[");
    }
    shown
}

/// Text of several lines, each of them [`printable`].
pub(crate) fn safe(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// Whether a CI runner would take a line that begins with this text as a command.
pub(super) fn commands(line: &str) -> bool {
    line.trim_start().starts_with("::")
}

/// JSON that a CI runner finds no command in; the same value to every reader.
pub fn printable_json(json: &str) -> String {
    if json.contains("##") {
        return json.replace("##[", "\\u0023#[").replace("##vso[", "\\u0023#vso[");
    }
    json.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert, proptest};

    #[test]
    fn escape_sequences_and_commands_lose_their_meaning_and_stay_readable() {
        assert_eq!(printable("\u{1b}[31mred\r\n"), "␛[31mred␍␊");
        assert_eq!(printable("  ::set-output name=x::y"), "\\  ::set-output name=x::y");
        assert_eq!(printable("a ##vso[task.setvariable]b"), "a # #vso[task.setvariable]b");
        assert_eq!(printable("x\u{202e}y"), "x\u{fffd}y");
        assert_eq!(printable("AWS::SQS::Queue"), "AWS::SQS::Queue");
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({"a": "##vso[x]", "b": "##[group]"});
        let text = printable_json(&value.to_string());
        assert!(!text.contains("##vso[") && !text.contains("##["));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    proptest! {
        #[test]
        fn nothing_shown_is_a_control_character(text in "\\PC{0,20}[\\x00-\\x1f\\x7f-\\x9f]{0,5}.{0,20}") {
            prop_assert!(!printable(&text).chars().any(char::is_control));
        }
    }
}
