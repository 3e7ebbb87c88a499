//! A gate whose figures no deployment can meet, or every one does.
//!
//! Why: it would keep everything out, or nothing.
//! Mend: write a time above zero, a command with a program, and no more approvals than people.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;
use crate::model::units::Time;

pub(super) const CODE: &str = "gate-bounds";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let gates = &stack.gates;
    let mut findings = Vec::new();
    let mut time = |path: &[&str], time: Option<Time>| {
        if time.is_some_and(|time| time.as_seconds() == 0) {
            let path = ["gates"].into_iter().chain(path.iter().copied()).map(str::to_owned);
            findings.push(
                Finding::error(CODE, path, "a gate of no time at all")
                    .why("nothing can be seen in it")
                    .fix("write a time such as 10m, or leave it out"),
            );
        }
    };
    time(&["soak"], gates.soak);
    time(&["well-within"], gates.well_within);
    time(&["alarms-quiet"], gates.alarms_quiet);
    time(&["health", "within"], gates.health.as_ref().map(|health| health.within));
    for (at, test) in gates.tests.iter().enumerate() {
        time(&["tests", &at.to_string(), "within"], Some(test.within));
    }
    for (at, test) in gates.tests.iter().enumerate() {
        if test.run.first().is_none_or(String::is_empty) {
            let path = ["gates".to_owned(), "tests".to_owned(), at.to_string(), "run".to_owned()];
            findings.push(
                Finding::error(CODE, path, "a test that runs nothing")
                    .why("the list names no program")
                    .fix("write the program and its arguments, such as [tools/smoke, staging]"),
            );
        }
    }
    if let Some(approval) = &gates.approval {
        let mut persons: Vec<&str> = approval.persons.iter().map(String::as_str).collect();
        persons.sort_unstable();
        persons.dedup();
        if !persons.is_empty() && approval.count as usize > persons.len() {
            let named = match persons.len() {
                1 => "one person is named".to_owned(),
                count => format!("{count} people are named"),
            };
            let path = ["gates", "approval", "count"];
            findings.push(
                Finding::error(CODE, path, format!("{} people can't approve", approval.count))
                    .why(named)
                    .fix("name more people, or ask for fewer"),
            );
        }
    }
    findings
}
