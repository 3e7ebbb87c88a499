//! Values as people read them: short ones on the line, long ones line by line with what differs.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// The longest text that stands on the line with its property, in characters.
const SHORT: usize = 80;

/// Lines around a difference that are shown with it.
const CONTEXT: usize = 2;

/// One line of a difference between two long values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// In both.
    Same(String),
    /// Only before.
    Gone(String),
    /// Only after.
    Come(String),
    /// So many lines that are in both are left out.
    Skipped(usize),
}

/// The value on one line; none where it is too long for that.
pub(super) fn inline(value: &Value) -> Option<String> {
    let text = value.to_string();
    let one_line = !value.as_str().is_some_and(|text| text.contains('\n'));
    (one_line && text.chars().count() <= SHORT).then_some(text)
}

/// The value over several lines: text as it is, everything else as indented JSON.
pub(super) fn block(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text.lines().map(str::to_owned).collect(),
        other => {
            let pretty = serde_json::to_string_pretty(other).unwrap_or_else(|_| other.to_string());
            pretty.lines().map(str::to_owned).collect()
        }
    }
}

/// What differs between two values, line by line, with some lines around it.
pub(super) fn difference(before: &Value, after: &Value) -> Vec<Line> {
    let (old, new) = (block(before).join("\n"), block(after).join("\n"));
    let diff = TextDiff::from_lines(&old, &new);
    let all: Vec<Line> = diff
        .iter_all_changes()
        .map(|change| {
            let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
            match change.tag() {
                ChangeTag::Equal => Line::Same(text),
                ChangeTag::Delete => Line::Gone(text),
                ChangeTag::Insert => Line::Come(text),
            }
        })
        .collect();
    shortened(all)
}

/// Leaves out what is far from any difference.
fn shortened(all: Vec<Line>) -> Vec<Line> {
    let differs: Vec<usize> =
        all.iter().enumerate().filter(|(_, line)| !matches!(line, Line::Same(_))).map(|(at, _)| at).collect();
    let near = |at: usize| differs.iter().any(|place| place.abs_diff(at) <= CONTEXT);
    let mut shown = Vec::new();
    let mut skipped = 0;
    for (at, line) in all.into_iter().enumerate() {
        if near(at) {
            if skipped > 0 {
                shown.push(Line::Skipped(skipped));
                skipped = 0;
            }
            shown.push(line);
        } else {
            skipped += 1;
        }
    }
    if skipped > 0 {
        shown.push(Line::Skipped(skipped));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_values_stand_on_the_line_and_long_or_broken_ones_do_not() {
        assert_eq!(inline(&json!("a\"b")), Some("\"a\\\"b\"".to_owned()));
        assert_eq!(inline(&json!({"a": 1})), Some("{\"a\":1}".to_owned()));
        assert_eq!(inline(&json!("a\nb")), None);
        assert_eq!(inline(&json!("x".repeat(100))), None);
    }

    #[test]
    fn of_a_long_text_only_what_differs_and_its_surroundings_are_shown() {
        let old: Vec<String> = (0..20).map(|n| format!("line {n}")).collect();
        let mut new = old.clone();
        new[10] = "another".to_owned();
        let lines = difference(&json!(old.join("\n")), &json!(new.join("\n")));
        assert_eq!(lines.first(), Some(&Line::Skipped(8)));
        assert_eq!(lines[3], Line::Gone("line 10".to_owned()));
        assert_eq!(lines[4], Line::Come("another".to_owned()));
        assert_eq!(lines.last(), Some(&Line::Skipped(7)));
        assert_eq!(lines.len(), 8);
    }
}
