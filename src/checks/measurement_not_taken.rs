//! An alarm or a graph reads a measurement that isn't taken of that component.
//!
//! Why: a queue has no processor, a database without replicas none that could lag behind. There would never be a value: the
//! alarm stays silent, or rings for ever.
//! Mend: read a measurement that is taken, or give the component what the measurement needs.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::listing::listed;
use crate::model::metric::{MeasuredMetric, Measurement, Metric};
use crate::model::reference::Kind;
use crate::model::stack::Stack;

use super::watched::watched;

pub(super) const CODE: &str = "measurement-not-taken";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for watched in watched(stack) {
        let Metric::Measured(measured) = watched.metric else { continue };
        let path = watched.path.iter().cloned().chain(["name".to_owned()]);
        if is_over(stack, measured) {
            let summary = format!("{} follows nothing any more", measured.of);
            findings.push(
                Finding::warning(CODE, path, summary)
                    .why("it took over, and nothing follows it: this stays silent")
                    .fix("give it a copy again, or remove the measurement"),
            );
            continue;
        }
        let Some((why, fix)) = refusal(stack, measured) else { continue };
        let summary = format!("{} has no `{}`", measured.of, measured.name.word());
        findings.push(Finding::error(CODE, path, summary).why(why).fix(fix));
    }
    findings
}

/// Whether the lag is that of a copy which took over: what watched it until then is no mistake, and doesn't stop it.
fn is_over(stack: &Stack, measured: &MeasuredMetric) -> bool {
    (measured.of.kind, measured.name) == (Kind::Database, Measurement::ReplicaLag)
        && stack.databases.get(&measured.of.name).is_some_and(|database| {
            database.promoted && !database.is_copied() && (database.follows.is_some() || database.replica_in.is_some())
        })
}

fn refusal(stack: &Stack, measured: &MeasuredMetric) -> Option<(String, String)> {
    let (kind, name) = (measured.of.kind, &measured.of.name);
    if !measured.name.taken_of(kind) {
        let taken = Measurement::ALL.into_iter().filter(|one| one.taken_of(kind));
        let taken = listed(taken.map(|one| format!("`{}`", one.word())));
        // Nothing is measured of it: that is the wrong kind.
        return (!taken.is_empty())
            .then(|| (format!("what is measured of a {} is {taken}", kind.word()), "read one of these".to_owned()));
    }
    match (kind, measured.name) {
        (Kind::Database, Measurement::ReplicaLag)
            if stack
                .databases
                .get(name)
                .is_none_or(|database| !database.is_copied() && database.followed().is_none()) =>
        {
            Some((
                "it has no replica that could be behind".into(),
                "set `replicas` on it, or remove the measurement".into(),
            ))
        }
        (Kind::Service, Measurement::Requests | Measurement::Errors | Measurement::Duration)
            if stack.services.get(name)?.load_balancer.is_none() =>
        {
            Some((
                "the load balancer measures it, and the service has none".into(),
                "give it a `load-balancer`, or let the service emit a metric of its own".into(),
            ))
        }
        (Kind::Queue, Measurement::DeadLetters) if stack.queues.get(name)?.dead_letters.is_none() => {
            Some(("it has no dead letters".into(), "add `dead-letters: {}` to the queue, or read its `depth`".into()))
        }
        _ => None,
    }
}
