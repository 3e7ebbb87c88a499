//! What is wrong is said, all of it, in these words.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use landfall::diagnostics::annotation::annotations;
use landfall::diagnostics::diagnostic::Diagnostics;
use landfall::diagnostics::text::text;

use crate::sample::{Outcome, Sample};

#[test]
fn every_invalid_environment_gives_exactly_its_diagnostics() -> Outcome<()> {
    let samples = Sample::all("invalid")?;
    assert!(samples.len() >= 10, "only {} samples", samples.len());
    let mut wrong = Vec::new();
    for sample in &samples {
        let (_, diagnostics) = sample.diagnose()?;
        if diagnostics.is_empty() {
            wrong.push(format!("{}: nothing is said", sample.name));
        }
        for (extension, said) in forms(&diagnostics)? {
            let path = sample.path.with_extension(extension);
            if extension == "txt" || path.exists() {
                wrong.extend(compare(&path, &said)?);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    Ok(())
}

fn forms(diagnostics: &Diagnostics) -> Outcome<[(&'static str, String); 3]> {
    Ok([
        ("txt", text(diagnostics, false)),
        ("github", annotations(diagnostics)),
        ("json", format!("{}\n", serde_json::to_string_pretty(&diagnostics.sorted())?)),
    ])
}

/// What differs from the file; the file is written anew where asked.
fn compare(path: &Path, said: &str) -> Outcome<Option<String>> {
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == said {
        return Ok(None);
    }
    if std::env::var_os("LANDFALL_BLESS").is_some() {
        fs::write(path, said)?;
        return Ok(Some(format!("{} was written anew: read it before you commit it", path.display())));
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), said);
    Ok(Some(format!(
        "{} differs (LANDFALL_BLESS=1 writes it anew):\n{}",
        path.display(),
        diff.unified_diff().context_radius(2)
    )))
}

#[test]
fn every_rule_has_an_environment_that_breaks_it() -> Outcome<()> {
    let mut found = BTreeSet::new();
    for sample in Sample::all("invalid")? {
        let (_, diagnostics) = sample.diagnose()?;
        found.extend(diagnostics.sorted().iter().map(|diagnostic| diagnostic.code.clone()));
    }
    let rules = landfall::checks::RULES.iter().chain(landfall::clouds::aws::rules::RULES).map(|rule| rule.code);
    let rules = rules.chain(landfall::checks::contract::RULES.iter().map(|rule| rule.code));
    let unbroken: Vec<&str> = rules.filter(|code| !found.contains(*code)).collect();
    assert!(unbroken.is_empty(), "no sample breaks {}", unbroken.join(", "));
    Ok(())
}
