//! What the next promotion into an environment would be, as far as records tell it: neither the cloud nor anybody's tests are asked.

use std::collections::{BTreeMap, BTreeSet};

use super::promotion::{Gate, Policy, Question, gates};
use crate::ledger::entry::{Approved, ReleaseRef};
use crate::plan::digest::Digest;

/// The next promotion into an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// The environment that it takes releases from.
    pub from: String,
    /// What would come, or why nothing can.
    pub coming: Result<Coming, String>,
}

/// A release that would come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// The release.
    pub release: ReleaseRef,
    /// Whether it is deployed there already.
    pub there: bool,
    /// The gates that records answer.
    pub gates: Vec<Gate>,
    /// What is asked only when it is promoted: the gate's name, and what is asked.
    pub later: Vec<(&'static str, String)>,
}

/// Where the next promotion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Nothing can leave where it would come from.
    Nothing,
    /// It is there already.
    There,
    /// A gate is closed.
    Closed,
    /// No gate that can be judged beforehand is closed.
    Open,
}

impl Ahead {
    /// Where it stands.
    pub fn way(&self) -> Way {
        match &self.coming {
            Err(_) => Way::Nothing,
            Ok(coming) if coming.there => Way::There,
            Ok(coming) if coming.gates.iter().any(|gate| !gate.open) => Way::Closed,
            Ok(_) => Way::Open,
        }
    }
}

/// Judges beforehand. `tests` are the commands that a release has to pass, as people type them.
pub fn foresee(policy: &Policy, tests: &[String], question: &Question<'_>, release: &ReleaseRef) -> Coming {
    let mut gates = gates(policy, question);
    let mut later: Vec<(&'static str, String)> =
        tests.iter().map(|line| ("tests", format!("`{line}` is run"))).collect();
    match approvals(policy, &question.destination.approvals) {
        Some(Ok(given)) => later.push(("approval", given)),
        Some(Err(missing)) => gates.push(Gate::new("approval", false, missing)),
        None => {}
    }
    let there = question.destination.release().is_some_and(|there| there.id == release.id);
    Coming { release: release.clone(), there, gates, later }
}

/// What is known of approvals before the plan is: that enough people approved one, which may still be the plan; or that they didn't.
fn approvals(policy: &Policy, approvals: &[Approved]) -> Option<Result<String, String>> {
    let (count, persons) = policy.approval.as_ref()?;
    let mut plans: BTreeMap<&Digest, BTreeSet<&str>> = BTreeMap::new();
    for approved in approvals.iter().filter(|one| persons.is_empty() || persons.contains(&one.by)) {
        plans.entry(&approved.plan).or_default().insert(&approved.by);
    }
    let best = plans.into_iter().max_by_key(|(_, people)| people.len());
    let given = best.as_ref().map_or(0, |(_, people)| people.len());
    Some(match best {
        Some((plan, people)) if given >= *count => {
            let names = people.into_iter().collect::<Vec<_>>().join(", ");
            Ok(format!("{names} approved the plan {}: that counts while the plan is the same", plan.short()))
        }
        _ => {
            let who = if persons.is_empty() { "anybody".to_owned() } else { persons.join(", ") };
            Err(format!("{given} of {count} approvals, by {who}"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::standing::Standing;
    use std::time::Duration;

    fn coming(policy: &Policy, destination: &Standing) -> Coming {
        let release = ReleaseRef { id: Digest::of(b"release"), name: None };
        let origin = Standing::default();
        let (from, to, served) = ("dev", "prod", Duration::ZERO);
        foresee(policy, &["tools/smoke".into()], &Question { from, origin: &origin, served, to, destination }, &release)
    }

    fn approved(by: &str, plan: &[u8]) -> Approved {
        Approved { plan: Digest::of(plan), by: by.into() }
    }

    #[test]
    fn a_plan_that_enough_people_approved_may_still_be_the_plan_and_fewer_certainly_keep_it_out() {
        let policy = Policy { approval: Some((2, Vec::new())), ..Policy::default() };
        let judged = |approvals: &[Approved]| {
            let mut destination = Standing::default();
            destination.approvals = approvals.to_vec();
            let coming = coming(&policy, &destination);
            coming.gates.iter().any(|gate| gate.name == "approval" && !gate.open)
        };
        assert!(judged(&[]));
        assert!(judged(&[approved("ana", b"1"), approved("ben", b"2")]));
        assert!(judged(&[approved("ana", b"1"), approved("ana", b"1")]));
        assert!(!judged(&[approved("ana", b"1"), approved("ben", b"1")]));
    }

    #[test]
    fn what_is_asked_only_then_closes_nothing() {
        let coming = coming(&Policy::default(), &Standing::default());
        assert_eq!(coming.later, [("tests", "`tools/smoke` is run".to_owned())]);
        let ahead = Ahead { from: "dev".into(), coming: Ok(Coming { gates: Vec::new(), ..coming }) };
        assert_eq!(ahead.way(), Way::Open);
    }
}
