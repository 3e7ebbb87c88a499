//! Whatever the bytes: no panic, and every problem has a place inside the file that it is in.

use landfall::diagnostics::annotation::annotations;
use landfall::diagnostics::text::text;
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::sample::{Outcome, Sample};

/// Reads and checks a file and shows what is wrong in every form.
fn holds(bytes: Vec<u8>) -> Result<(), TestCaseError> {
    let wrong = |error: &dyn std::fmt::Display| TestCaseError::fail(error.to_string());
    let lossy = String::from_utf8_lossy(&bytes).into_owned();
    let lines: Vec<usize> = lossy.split('\n').map(|line| line.chars().count()).collect();
    let (environment, diagnostics) = Sample::of(bytes).diagnose().map_err(|error| wrong(&error))?;
    if environment.is_none() && !diagnostics.has_errors() {
        return Err(TestCaseError::fail("neither an environment nor a problem"));
    }
    for diagnostic in diagnostics.sorted() {
        let places = diagnostic.related.iter().map(|one| &one.place).chain([&diagnostic.place]);
        for place in places {
            let length = place.line.checked_sub(1).and_then(|at| lines.get(at));
            let inside = length.is_some_and(|length| (1..=length + 1).contains(&place.column));
            let ordered =
                (place.line, place.column) <= (place.end_line, place.end_column) && place.end_line <= lines.len();
            if !inside || !ordered || place.file.as_ref() != "environments/sample/dev.yaml" {
                return Err(TestCaseError::fail(format!("{place:?} isn't in the file: {diagnostic:?}")));
            }
        }
        if diagnostic.summary.is_empty() || diagnostic.fix.is_empty() {
            return Err(TestCaseError::fail(format!("says too little: {diagnostic:?}")));
        }
    }
    for said in [text(&diagnostics, false), annotations(&diagnostics)] {
        if said.chars().any(|one| one.is_control() && one != '\n') {
            return Err(TestCaseError::fail(format!("{said:?} holds a control character")));
        }
    }
    serde_json::to_string(&diagnostics.sorted()).map_err(|error| wrong(&error))?;
    Ok(())
}

fn run<S: Strategy>(cases: u32, strategy: S, hold: impl Fn(S::Value) -> Result<(), TestCaseError>) -> Outcome<()> {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&strategy, hold).map_err(|error| error.to_string().into())
}

#[test]
fn any_bytes_are_answered() -> Outcome<()> {
    run(1500, prop::collection::vec(any::<u8>(), 0..400), holds)
}

#[test]
fn anything_of_yamls_signs_is_answered() -> Outcome<()> {
    let signs = prop_oneof![
        Just("\n"),
        Just("  "),
        Just("- "),
        Just(": "),
        Just("? "),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(", "),
        Just("&a "),
        Just("*a"),
        Just("!!str "),
        Just("|\n"),
        Just(">-\n"),
        Just("'"),
        Just("\""),
        Just("# "),
        Just("---\n"),
        Just("...\n"),
        Just("%YAML 1.2\n"),
        Just("<<: "),
        Just("\t"),
        Just("\r\n"),
        Just("\u{feff}"),
        Just("\\u0000"),
        Just("queues"),
        Just("orders"),
        Just("description"),
        Just("a"),
        Just("null"),
        Just("1e9"),
        Just("ä"),
        Just("🙂"),
    ];
    run(1500, prop::collection::vec(signs, 0..40).prop_map(|parts| parts.concat().into_bytes()), holds)
}

#[test]
fn valid_environments_with_anything_changed_are_answered() -> Outcome<()> {
    let texts: Vec<String> = Sample::all("valid")?.iter().map(Sample::text).collect();
    let words: Vec<String> = texts
        .iter()
        .flat_map(|text| text.split(|one: char| one.is_whitespace() || "{}[],".contains(one)))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let (sources, others) = (texts.len(), words.len());
    let change = (any::<prop::sample::Index>(), 0..others, 0..6_u8);
    let strategy = (0..sources, prop::collection::vec(change, 1..6));
    run(1500, strategy, |(source, changes)| {
        let mut text = texts.get(source).cloned().unwrap_or_default();
        for (place, other, kind) in changes {
            let other = words.get(other).map_or("", String::as_str);
            text = changed(&text, place.index(text.len().max(1)), other, kind);
        }
        holds(text.into_bytes())
    })
}

/// The text with one change at a byte, moved to where a character begins.
fn changed(text: &str, at: usize, other: &str, kind: u8) -> String {
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (before, after) = text.split_at(at);
    let end = |stop: fn(char) -> bool| after.find(stop).unwrap_or(after.len());
    let word = end(|one| one.is_whitespace() || "{}[],:".contains(one));
    match kind {
        // A word of another environment in place of this one.
        0 => format!("{before}{other}{}", &after[word..]),
        // The rest of the word or line gone.
        1 => format!("{before}{}", &after[word..]),
        2 => format!("{before}{}", &after[end(|one| one == '\n')..]),
        // A line twice.
        3 => {
            let begin = before.rfind('\n').map_or(0, |at| at + 1);
            let stop = at + end(|one| one == '\n');
            format!("{}\n{}{}", &text[..stop], &text[begin..stop], &text[stop..])
        }
        // Something put in.
        4 => format!("{before}{other}{after}"),
        // Everything after it gone.
        _ => before.to_owned(),
    }
}
