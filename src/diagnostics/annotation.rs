//! Problems as GitHub workflow commands, so that they stand beside the lines of a pull request.

use super::diagnostic::{Diagnostic, Diagnostics, Severity};

/// One `::error file=…` or `::warning file=…` line a problem
/// (source: GitHub documentation, "Workflow commands for GitHub Actions", setting an error message).
pub fn annotations(diagnostics: &Diagnostics) -> String {
    diagnostics.sorted().into_iter().map(annotation).collect()
}

fn annotation(diagnostic: &Diagnostic) -> String {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = &diagnostic.place;
    let message = [&diagnostic.summary, &diagnostic.why, &diagnostic.fix]
        .into_iter()
        .filter(|part| !part.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join(". ");
    // Columns are only valid where the problem stands on one line.
    let columns = if place.line == place.end_line {
        format!(",col={},endColumn={}", place.column, place.end_column)
    } else {
        String::new()
    };
    format!(
        "::{word} file={},line={},endLine={}{columns},title={}::{}\n",
        property(&place.file),
        place.line,
        place.end_line,
        property(&diagnostic.code),
        data(&message)
    )
}

/// Escapes the message of a workflow command: nothing in it can begin a command of its own.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::diagnostic::Place;
    use super::*;

    #[test]
    fn a_message_cannot_begin_a_command_of_its_own() {
        let diagnostic = Diagnostic {
            place: Place { file: "a,b:c.yaml".into(), line: 3, column: 5, end_line: 3, end_column: 9 },
            severity: Severity::Error,
            code: "unknown-key".into(),
            summary: "bad\n::set-output name=x::y".into(),
            why: "100% wrong".into(),
            fix: String::new(),
            related: Vec::new(),
        };
        assert_eq!(
            annotation(&diagnostic),
            "::error file=a%2Cb%3Ac.yaml,line=3,endLine=3,col=5,endColumn=9,title=unknown-key::bad%0A::set-output name=x::y. 100%25 wrong\n"
        );
    }
}
