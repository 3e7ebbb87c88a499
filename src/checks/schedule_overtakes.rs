//! A schedule starts a function again before a run has to be over.
//!
//! Why: a slow run is then still going when the next begins: two work on the same, or, where `concurrency` is 1, the next is
//! refused. Both are met first when something else is slow already.
//! Mend: run it less often, or shorten the time-out below the interval.

use crate::diagnostics::finding::Finding;
use crate::model::cron::Cron;
use crate::model::reference::Kind;
use crate::model::stack::Stack;
use crate::model::units::Time;

pub(super) const CODE: &str = "schedule-overtakes";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, schedule) in stack.schedules.iter().filter(|(_, schedule)| schedule.run.kind == Kind::Function) {
        let Some(function) = stack.functions.get(&schedule.run.name) else { continue };
        let (key, interval) = match (schedule.every, schedule.cron.as_deref().map(Cron::parse)) {
            (Some(every), _) => ("every", every),
            (None, Some(Ok(cron))) => ("cron", Time::minutes(cron.shortest_gap_minutes())),
            (None, Some(Err(_)) | None) => continue,
        };
        if interval >= function.timeout || interval.as_seconds() == 0 {
            continue;
        }
        let run = &schedule.run;
        findings.push(
            Finding::warning(
                CODE,
                ["schedules", name.as_str(), key],
                format!("{run} may still run when it starts again"),
            )
            .why(match function.concurrency {
                Some(1) => format!(
                    "it starts every {interval}, a run may take {}, and with `concurrency: 1` the next is refused",
                    function.timeout
                ),
                _ => format!(
                    "it starts every {interval}, and a run may take {}; two would then work on the same",
                    function.timeout
                ),
            })
            .fix(format!("run it every {} or less often, or shorten its time-out", function.timeout))
            .related(["functions", run.name.as_str(), "timeout"], "the longest run"),
        );
    }
    findings
}
