//! What may be printed. Text from files and clouds can hold characters that command a terminal, and words that command the
//! log of a build; both are shown as what they are, and do nothing.

/// A message in one line: characters that can't be seen are written as escapes, line breaks as spaces.
pub fn message(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            hidden if is_hidden(hidden) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(hidden))),
            other => shown.push(other),
        }
    }
    without_commands(shown)
}

/// A line of a file: each character that can't be seen is replaced by one that can, so that columns stay.
pub fn line(text: &str) -> String {
    let shown = text
        .chars()
        .map(|character| match character {
            // The control pictures of Unicode stand in the order of the characters that they picture.
            '\0'..='\u{1f}' if character != '\t' => {
                char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            '\u{7f}' => '\u{2421}',
            hidden if hidden != '\t' && is_hidden(hidden) => char::REPLACEMENT_CHARACTER,
            other => other,
        })
        .collect();
    without_commands(shown)
}

/// Whether a character can't be seen: control characters, directional formatting, zero width.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2064}'
                | '\u{2066}'..='\u{206f}'
                | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Build services obey `##[command]` (GitHub Actions runner, commands of the first version) and `##vso[command]` (Azure
/// Pipelines, "Logging commands") anywhere in a line. A sharp sign in place of the second number sign looks nearly the same.
fn without_commands(text: String) -> String {
    if !text.contains("##") {
        return text;
    }
    text.replace("##[", "#♯[").replace("##vso[", "#♯vso[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_commands_neither_the_terminal_nor_the_log() {
        assert_eq!(
            message("a\u{1b}[31mred\u{7}\r\n::set-output name=x::y"),
            "a\\u{1b}[31mred\\u{7}  ::set-output name=x::y"
        );
        assert_eq!(message("##vso[task.setvariable]x ##[error]y # #"), "#♯vso[task.setvariable]x #♯[error]y # #");
        assert_eq!(message("x\u{202e}y\u{200b}z\u{9b}"), "x\\u{202e}y\\u{200b}z\\u{9b}");
    }

    #[test]
    fn a_line_keeps_its_columns() {
        let text = "key: \"\u{1b}[31m\u{202e}\u{7f}\"\t# ##[group]";
        let shown = line(text);
        assert_eq!(shown, "key: \"␛[31m\u{fffd}␡\"\t# #♯[group]");
        assert_eq!(shown.chars().count(), text.chars().count());
    }

    #[test]
    fn text_of_any_language_is_shown_as_it_is() {
        assert_eq!(message("Grüße 世界 🙂"), "Grüße 世界 🙂");
        assert_eq!(line("größe: 世界 🙂"), "größe: 世界 🙂");
    }
}
