//! Problems for people: the lines that they stand in, what is wrong there, why, and what to do.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::diagnostic::{Diagnostic, Diagnostics, Place, Severity};
use super::shown;

/// The most problems that are shown in full; the rest is counted. Nobody reads more, and rubbish can't flood a terminal.
pub const MOST_SHOWN: usize = 100;

/// The longest line that is shown; a longer one is named by its place only.
const LONGEST_LINE: usize = 500;

/// Shows the problems, with colours where asked.
pub fn text(diagnostics: &Diagnostics, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
    let sorted = diagnostics.sorted();
    let mut out = String::new();
    for diagnostic in sorted.iter().take(MOST_SHOWN) {
        out.push_str(&renderer.render(&[group(diagnostic, diagnostics)]));
        out.push_str("\n\n");
    }
    if sorted.len() > MOST_SHOWN {
        out.push_str(&format!("… and {} more\n\n", sorted.len() - MOST_SHOWN));
    }
    out.push_str(&summary(diagnostics));
    out
}

/// How many there are, in a line.
pub fn summary(diagnostics: &Diagnostics) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match diagnostics.counts() {
        (0, 0) => "no problems\n".to_owned(),
        (errors, 0) => format!("{}\n", plural(errors, "error")),
        (0, warnings) => format!("{}\n", plural(warnings, "warning")),
        (errors, warnings) => format!("{}, {}\n", plural(errors, "error"), plural(warnings, "warning")),
    }
}

fn group(diagnostic: &Diagnostic, diagnostics: &Diagnostics) -> Group<'static> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level
        .primary_title(diagnostic.summary.clone())
        .id(diagnostic.code.clone())
        .elements(std::iter::empty::<annotate_snippets::Element<'_>>());
    group = excerpt(group, &diagnostic.place, None, diagnostics, AnnotationKind::Primary);
    for related in &diagnostic.related {
        group = excerpt(group, &related.place, Some(related.what.clone()), diagnostics, AnnotationKind::Context);
    }
    if !diagnostic.why.is_empty() {
        group = group.element(Level::NOTE.message(diagnostic.why.clone()));
    }
    if !diagnostic.fix.is_empty() {
        group = group.element(Level::HELP.message(diagnostic.fix.clone()));
    }
    group
}

fn excerpt(
    group: Group<'static>,
    place: &Place,
    label: Option<String>,
    diagnostics: &Diagnostics,
    kind: AnnotationKind,
) -> Group<'static> {
    let file = shown::message(&place.file);
    let Some(line) = diagnostics.line(&place.file, place.line, LONGEST_LINE) else {
        return group.element(Origin::path(file).line(place.line).char_column(place.column));
    };
    let from = byte_of_column(&line, place.column);
    let to = if place.line == place.end_line { byte_of_column(&line, place.end_column) } else { line.len() };
    let annotation = kind.span(from..to.max(from)).label(label);
    group.element(Snippet::source(line).path(file).line_start(place.line).annotation(annotation))
}

/// The byte at which a column (from one, in characters) begins.
fn byte_of_column(line: &str, column: usize) -> usize {
    line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::super::diagnostic::Related;
    use super::*;

    fn place(line: usize, column: usize, end_column: usize) -> Place {
        Place { file: "environments/shop/base.yaml".into(), line, column, end_line: line, end_column }
    }

    fn problem(place: Place) -> Diagnostic {
        Diagnostic {
            place,
            severity: Severity::Error,
            code: "wrong-unit".into(),
            summary: "`500` isn't a size".into(),
            why: "a bare number could be bytes or gibibytes".into(),
            fix: "write 500GiB".into(),
            related: Vec::new(),
        }
    }

    #[test]
    fn a_problem_shows_line_place_reason_and_remedy() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.add_source("environments/shop/base.yaml", "a: 1\nsize: 500\n");
        diagnostics.push(problem(place(2, 7, 10)));
        let text = text(&diagnostics, false);
        assert_eq!(
            text,
            "error[wrong-unit]: `500` isn't a size\n --> environments/shop/base.yaml:2:7\n  |\n2 | size: 500\n  |       ^^^\n  |\n  = note: a bare number could be bytes or gibibytes\n  = help: write 500GiB\n\n1 error\n"
        );
    }

    #[test]
    fn a_problem_beyond_the_text_is_named_by_its_place() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(problem(place(90, 7, 10)));
        assert!(text(&diagnostics, false).contains("environments/shop/base.yaml:90:7"));
    }

    #[test]
    fn the_same_problem_is_shown_once_and_places_are_in_order() {
        let mut diagnostics = Diagnostics::new();
        for line in [3, 1, 3] {
            let mut problem = problem(place(line, 1, 2));
            problem.related.push(Related { place: place(1, 1, 2), what: "declared here".into() });
            diagnostics.push(problem);
        }
        let lines: Vec<usize> = diagnostics.sorted().iter().map(|problem| problem.place.line).collect();
        assert_eq!(lines, [1, 3]);
        assert_eq!(diagnostics.counts(), (2, 0));
    }

    #[test]
    fn rubbish_does_not_flood_the_terminal() {
        let mut diagnostics = Diagnostics::new();
        for line in 1..=5_000 {
            diagnostics.push(problem(place(line, 1, 2)));
        }
        assert!(text(&diagnostics, false).contains("… and 4900 more"));
    }
}
