//! Characters that have no business in a configuration file, because they show one thing and mean another.

use crate::diagnostics::diagnostic::{Diagnostic, Place, Severity};

/// Finds them, at most a hundred. Bytes that aren't UTF-8 are one problem at the first of them.
///
/// # Errors
/// The problem, where the bytes aren't UTF-8.
pub fn decode(file: &str, bytes: &[u8]) -> Result<(String, Vec<Diagnostic>), Box<Diagnostic>> {
    // A byte order mark is legal at the beginning of YAML and means nothing in UTF-8.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = valid.matches('\n').count() + 1;
            let column = valid.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            return Err(Box::new(problem(
                file,
                line,
                column,
                "not-utf-8",
                "this isn't UTF-8 text".into(),
                "the byte here begins no character; the file may be binary, or in another encoding such as UTF-16"
                    .into(),
                "save the file as UTF-8".into(),
            )));
        }
    };
    let mut found = Vec::new();
    for (line, content) in text.split('\n').enumerate() {
        for (column, character) in content.chars().enumerate() {
            let Some(what) = forbidden(character, content.len() == column + 1 || content.ends_with('\r')) else {
                continue;
            };
            if found.len() < 100 {
                found.push(problem(
                    file,
                    line + 1,
                    column + 1,
                    "hidden-character",
                    format!("{what} U+{:04X} is not allowed", character as u32),
                    "it can't be seen, so the file could mean something other than what people read".into(),
                    "remove it; in a quoted text it may be written as an escape, such as \"\\u200B\"".into(),
                ));
            }
        }
    }
    Ok((text.to_owned(), found))
}

fn forbidden(character: char, at_end: bool) -> Option<&'static str> {
    match character {
        '\t' => None,
        '\r' if at_end => None,
        // Unicode Standard Annex 9: explicit directional formatting; the trojan source attack.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}' => {
            Some("the direction-changing character")
        }
        '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}' => Some("the invisible character"),
        '\u{E0000}'..='\u{E007F}' => Some("the invisible tag character"),
        character if character.is_control() || character == '\u{2028}' || character == '\u{2029}' => {
            Some("the control character")
        }
        _ => None,
    }
}

fn problem(
    file: &str,
    line: usize,
    column: usize,
    code: &str,
    summary: String,
    why: String,
    fix: String,
) -> Diagnostic {
    Diagnostic {
        place: Place { file: file.into(), line, column, end_line: line, end_column: column + 1 },
        severity: Severity::Error,
        code: code.to_owned(),
        summary,
        why,
        fix,
        related: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_mislead_are_found_with_their_place() {
        let (_, found) = decode("f", "a: b\nname: x\u{202E}y\u{0}\n".as_bytes()).unwrap();
        let places: Vec<_> = found.iter().map(|one| (one.place.line, one.place.column)).collect();
        assert_eq!(places, [(2, 8), (2, 10)]);
        assert!(found[0].summary.contains("U+202E"));
    }

    #[test]
    fn ordinary_text_of_any_language_is_fine() {
        let (_, found) = decode("f", "\u{feff}name: Grüße 世界 🙂\r\n\tx\r\n".as_bytes()).unwrap();
        assert_eq!(found, []);
    }

    #[test]
    fn bytes_that_are_not_text_are_named_by_place() {
        let error = decode("f", b"a: b\nc: \xff\xfe").unwrap_err();
        assert_eq!((error.place.line, error.place.column), (2, 4));
    }
}
