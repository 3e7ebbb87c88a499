//! What the engine says line by line (Terraform documentation, "Machine-Readable UI").

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::backend::{Holder, told};
use crate::drivers::gcp::{resource, text};
use crate::ports::cloud::{Doing, Event, Step};

/// An error that the engine gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// The address of the resource that it is about; empty where it is about none.
    pub(super) address: String,
    /// In a line.
    pub(super) said: String,
    /// Who holds the state, where that is what is wrong.
    pub(super) locked_by: Option<Holder>,
}

fn parsed(lines: &str) -> impl Iterator<Item = Value> + '_ {
    // A last line that is being written is read the next time.
    lines.lines().filter_map(|line| serde_json::from_str(line).ok())
}

/// The errors among lines, in their order.
pub(super) fn troubles(lines: &str) -> Vec<Trouble> {
    parsed(lines)
        .filter(|line| text(line, "/type") == "diagnostic" && text(line, "/diagnostic/severity") == "error")
        .map(|line| {
            let (summary, detail) = (text(&line, "/diagnostic/summary"), text(&line, "/diagnostic/detail"));
            let locked = summary == "Error acquiring the state lock";
            let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let said = if detail.is_empty() { flat(summary) } else { format!("{}: {}", flat(summary), flat(detail)) };
            Trouble {
                address: text(&line, "/diagnostic/address").to_owned(),
                said,
                locked_by: locked.then(|| told(detail)),
            }
        })
        .collect()
}

/// Errors in one text, each with the resource that it is about.
pub(super) fn said(troubles: &[Trouble]) -> Option<String> {
    let one = |trouble: &Trouble| match trouble.address.as_str() {
        "" => trouble.said.clone(),
        address => format!("{address}: {}", trouble.said),
    };
    (!troubles.is_empty()).then(|| troubles.iter().map(one).collect::<Vec<_>>().join("; "))
}

/// What happened to each resource, oldest first. What is replaced goes and comes: that is one update, which is done when the second
/// half is. A failure has its reason only once the engine ends and gives it.
pub(super) fn events(token: &str, lines: &str, replaced: &BTreeSet<String>) -> Vec<Event> {
    let reasons: BTreeMap<String, String> =
        troubles(lines).into_iter().map(|trouble| (trouble.address, trouble.said)).collect();
    let mut halves: BTreeMap<String, usize> = BTreeMap::new();
    let (mut found, mut failed): (Vec<Event>, Vec<Event>) = (Vec::new(), Vec::new());
    for line in parsed(lines) {
        let hook = |name: &str| text(&line, &format!("/hook/{name}")).to_owned();
        let address = text(&line, "/hook/resource/addr");
        let doing = match text(&line, "/hook/action") {
            "create" => Doing::Create,
            "update" => Doing::Update,
            "delete" => Doing::Delete,
            _ => continue,
        };
        let doing = if replaced.contains(address) { Doing::Update } else { doing };
        let Ok(at) = text(&line, "/@timestamp").parse::<Timestamp>() else { continue };
        let (step, state) = match text(&line, "/type") {
            "apply_start" => (Step::Started, "IN_PROGRESS"),
            "apply_complete" => (Step::Done, "APPLIED"),
            "apply_errored" => (Step::Failed, "APPLY_FAILED"),
            _ => continue,
        };
        if replaced.contains(address) {
            let half = halves.entry(address.to_owned()).or_default();
            *half += usize::from(step == Step::Done);
            if step == Step::Done && *half < 2 {
                continue;
            }
        }
        let id = format!("{token} {address} {state}");
        if found.iter().any(|event| event.id == id) {
            continue;
        }
        // Until the reasons are there, a failure is not told: it would be shown without one. What was told before stays before it.
        let reason = reasons.get(address).cloned();
        if step == Step::Failed && reason.is_none() {
            continue;
        }
        let told = if step == Step::Failed { &mut failed } else { &mut found };
        told.push(Event {
            id,
            at,
            resource: resource(address),
            stack_itself: false,
            kind: hook("resource/resource_type"),
            physical: Some(hook("id_value")).filter(|id| !id.is_empty()),
            doing,
            step,
            reason: reason.filter(|_| step == Step::Failed),
            cancelled: false,
            state: state.to_owned(),
        });
    }
    found.extend(failed);
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(kind: &str, action: &str, address: &str, second: u32) -> String {
        let hook =
            json!({ "resource": { "addr": address, "resource_type": "google_x" }, "action": action, "id_value": "it" });
        json!({ "type": kind, "@timestamp": format!("2026-11-22T10:00:{second:02}.5+01:00"), "hook": hook }).to_string()
    }

    fn failure(address: &str) -> String {
        let diagnostic =
            json!({ "severity": "error", "summary": "Error 409", "detail": "it is\nthere", "address": address });
        json!({ "type": "diagnostic", "diagnostic": diagnostic }).to_string()
    }

    fn told(lines: &[String], replaced: &[&str]) -> Vec<String> {
        let replaced = replaced.iter().map(|one| (*one).to_owned()).collect();
        let events = events("t", &lines.join("\n"), &replaced);
        events.iter().map(|event| format!("{} {:?} {:?}", event.resource, event.doing, event.step)).collect()
    }

    #[test]
    fn a_replacement_is_one_update_that_is_done_with_its_second_half() {
        let (one, other) = ("google_x.a", "google_x.b[0]");
        let mut lines = vec![
            line("apply_start", "delete", one, 1),
            line("apply_start", "create", other, 1),
            line("apply_complete", "delete", one, 2),
            line("apply_start", "create", one, 2),
        ];
        let begun = ["google_x.a Update Started", "google_x.b Create Started"];
        assert_eq!(told(&lines, &[one]), begun);
        lines.push(line("apply_complete", "create", one, 3));
        assert_eq!(told(&lines, &[one]), [begun[0], begun[1], "google_x.a Update Done"]);
    }

    #[test]
    fn a_failure_is_told_with_its_reason_and_not_before() {
        let mut lines =
            vec![line("apply_start", "create", "google_x.a", 1), line("apply_errored", "create", "google_x.a", 2)];
        assert_eq!(told(&lines, &[]), ["google_x.a Create Started"]);
        lines.push(failure("google_x.a"));
        let events = events("t", &lines.join("\n"), &BTreeSet::new());
        assert_eq!(events[1].reason.as_deref(), Some("Error 409: it is there"));
        assert_eq!(said(&troubles(&lines.join("\n"))).as_deref(), Some("google_x.a: Error 409: it is there"));
    }

    #[test]
    fn half_a_line_is_left_for_later() {
        let mut lines = line("apply_start", "create", "google_x.a", 1);
        lines.push_str("\n{\"type\": \"apply_comp");
        assert_eq!(events("t", &lines, &BTreeSet::new()).len(), 1);
    }
}
