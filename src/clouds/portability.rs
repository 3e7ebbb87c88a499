//! What a cloud does as asked, nearly as asked, or not at all.

use std::collections::BTreeSet;

use super::Rendered;
use crate::diagnostics::diagnostic::Severity;
use crate::diagnostics::finding::{Departure, Finding};
use crate::model::portability::Portability;
use crate::model::reference::Reference;
use crate::model::stack::Stack;

/// The code of a departure that the environment forbids.
pub const CODE: &str = "must-be-as-asked";

/// A component with how far its cloud departs from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The component, `database.main`, or the part of the stack, `network`.
    pub component: String,
    /// What of it is meant, below the component; empty for all of it.
    pub field: String,
    /// How far the cloud departs; none where it is rendered as asked.
    pub departure: Option<Departure>,
    /// What is asked for, where it isn't rendered so.
    pub asked: String,
    /// What is rendered instead, or why nothing is.
    pub how: String,
    /// Whether the environment forbids the departure.
    pub forbidden: bool,
}

/// Turns departures that the environment forbids into errors; without any, what was rendered stays as it is.
///
/// # Errors
/// The findings, where one stops the work.
pub fn hold(portability: &Portability, rendered: Result<Rendered, Vec<Finding>>) -> Result<Rendered, Vec<Finding>> {
    match rendered {
        Ok(mut rendered) => {
            forbid(portability, &mut rendered.findings);
            if rendered.findings.iter().any(|finding| finding.severity == Severity::Error) {
                return Err(rendered.findings);
            }
            Ok(rendered)
        }
        Err(mut findings) => {
            forbid(portability, &mut findings);
            Err(findings)
        }
    }
}

fn forbid(portability: &Portability, findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|finding| finding.departure == Some(Departure::Approximated)) {
        let mut demands = portability.must.iter().enumerate();
        let Some((at, demand)) = demands.find(|(_, demand)| demand.concerns(&finding.path)) else { continue };
        finding.severity = Severity::Error;
        finding.code = CODE;
        finding.why = format!("{}; the environment says that {demand} must be as asked", finding.why);
        finding.fix =
            format!("take {demand} out of `portability.must`, or ask for what the cloud has: {}", finding.fix);
        let place = vec!["portability".to_owned(), "must".to_owned(), at.to_string()];
        finding.related.push((place, "it is demanded here".to_owned()));
    }
}

/// What became of every component, in the order of components: a row for each departure, and one for each component that
/// has none. `findings` are those of the rendering, whether it succeeded or not; an error that isn't marked as a departure is a
/// refusal too. None where an error stands outside every component: then nothing is known of them.
pub fn table(stack: &Stack, findings: &[Finding]) -> Option<Vec<Row>> {
    let mut parts: BTreeSet<(String, Vec<String>)> = stack
        .components()
        .iter()
        .map(|reference: &Reference| (reference.to_string(), reference.path().to_vec()))
        .collect();
    let unnamed = [
        ("network", stack.network.is_some()),
        ("domain", stack.domain.is_some()),
        ("logs", true),
        ("protection", true),
    ];
    parts.extend(
        unnamed.into_iter().filter(|(_, there)| *there).map(|(word, _)| (word.to_owned(), vec![word.to_owned()])),
    );
    let elsewhere = |finding: &Finding| !parts.iter().any(|(_, path)| finding.path.starts_with(path));
    if findings.iter().any(|finding| finding.severity == Severity::Error && elsewhere(finding)) {
        return None;
    }
    let mut rows = Vec::new();
    for (component, path) in parts {
        let departures: Vec<&Finding> =
            findings.iter().filter(|finding| departure(finding).is_some() && finding.path.starts_with(&path)).collect();
        if departures.is_empty() {
            let (field, asked, how) = Default::default();
            rows.push(Row { component, field, departure: None, asked, how, forbidden: false });
            continue;
        }
        rows.extend(departures.into_iter().map(|finding| Row {
            component: component.clone(),
            field: finding.path.get(path.len()..).unwrap_or_default().join("."),
            departure: departure(finding),
            asked: finding.summary.clone(),
            how: finding.why.clone(),
            forbidden: finding.code == CODE,
        }));
    }
    Some(rows)
}

fn departure(finding: &Finding) -> Option<Departure> {
    let refused = (finding.severity == Severity::Error).then_some(Departure::Refused);
    finding.departure.or(refused)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nearly(path: [&str; 3]) -> Finding {
        Finding::approximated("gcp-storage", path, "an own rate").why("the rate follows the size").fix("leave it out")
    }

    #[test]
    fn a_departure_that_is_demanded_as_asked_is_an_error_and_names_the_demand() {
        let must = ["database.main.storage".parse().unwrap()].into();
        let findings = vec![nearly(["databases", "main", "storage"]), nearly(["databases", "main", "class"])];
        let held = hold(&Portability { must }, Err(findings)).unwrap_err();
        assert_eq!((held[0].severity, held[0].code), (Severity::Error, CODE));
        assert!(held[0].why.contains("database.main.storage must be as asked"), "{}", held[0].why);
        assert_eq!((held[1].severity, held[1].code), (Severity::Warning, "gcp-storage"));
    }

    #[test]
    fn an_error_outside_every_component_leaves_no_table_that_says_rendered() {
        let placement = json!({ "cloud": "aws", "account": "111111111111", "region": "us-east-1" });
        let stack: Stack =
            serde_json::from_value(json!({ "description": "x", "placement": placement, "buckets": { "uploads": {} } }))
                .unwrap();
        let rows = table(&stack, &[Finding::error("x", ["buckets", "uploads", "keep-versions"], "too long")]).unwrap();
        assert_eq!((rows[0].departure, rows[0].field.as_str()), (Some(Departure::Refused), "keep-versions"));
        assert_eq!(rows[1].departure, None);
        assert_eq!(table(&stack, &[Finding::error("x", ["placement", "cloud"], "unknown")]), None);
    }
}
