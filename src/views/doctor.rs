//! What `landfall doctor` shows.

use std::io;

use serde_json::{Value, json};

use super::output::{Format, Output};

/// One thing that was checked.
pub struct Finding {
    what: String,
    found: String,
    remedy: Option<String>,
}

impl Finding {
    /// It is as it should be.
    pub fn good(what: &str, found: &str) -> Self {
        Finding { what: what.to_owned(), found: found.to_owned(), remedy: None }
    }

    /// It isn't, and this is what to do.
    pub fn bad(what: &str, found: &str, remedy: &str) -> Self {
        Finding { what: what.to_owned(), found: found.to_owned(), remedy: Some(remedy.to_owned()) }
    }

    /// Whether it is as it should be.
    pub fn is_good(&self) -> bool {
        self.remedy.is_none()
    }
}

/// Shows what was checked.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, findings: &[Finding]) -> io::Result<()> {
    if output.format == Format::Json {
        let checks: Vec<Value> = findings
            .iter()
            .map(|finding| json!({ "what": finding.what, "good": finding.is_good(), "found": finding.found, "remedy": finding.remedy }))
            .collect();
        return output.result(&format!("{:#}\n", json!({ "format_version": 1, "checks": checks })));
    }
    let mut text = String::new();
    for Finding { what, found, remedy } in findings {
        match remedy {
            None => text.push_str(&format!("ok    {what}: {found}\n")),
            Some(remedy) => text.push_str(&format!("WRONG {what}: {found}\n      help: {remedy}\n")),
        }
    }
    output.result(&super::safe(&text))
}
