//! Whether a release may be promoted from one environment to another, and what keeps it from that.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::ledger::entry::{Approved, Ending, ReleaseRef};
use crate::ledger::gate::Judgement;
use crate::ledger::standing::Standing;
use crate::plan::Plan;
use crate::plan::deployment::Deployment;
use crate::plan::digest::Digest;
use crate::plan::saved::digest_of;

/// What an environment asks of a promotion into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The environment that it takes releases from; any where none is named.
    pub from: Option<String>,
    /// How long the release must have been good there.
    pub soak: Option<Duration>,
    /// How many people have to approve, and which: anybody where nobody is named. None where nobody has to.
    pub approval: Option<(usize, Vec<String>)>,
}

/// What is known when the decision is made.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The environment that the release comes from.
    pub from: &'a str,
    /// Where that stands.
    pub origin: &'a Standing,
    /// How long what is deployed there has been deployed, on the ledger's clock.
    pub served: Duration,
    /// The environment that it goes to.
    pub to: &'a str,
    /// Where that stands.
    pub destination: &'a Standing,
}

/// A gate, and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Its name, as environment files have it where they do.
    pub name: &'static str,
    /// Whether it is open.
    pub open: bool,
    /// What it found.
    pub found: String,
}

impl Gate {
    /// A gate that found this.
    pub fn new(name: &'static str, open: bool, found: impl Into<String>) -> Gate {
        Gate { name, open, found: found.into() }
    }
}

/// The release that may leave an environment: the one that is deployed there, where that is certain.
///
/// # Errors
/// Why there is none.
pub fn leaving<'a>(from: &str, standing: &'a Standing) -> Result<&'a ReleaseRef, String> {
    if let Some(intent) = &standing.pending {
        return Err(format!("a run on {from} is open (intent {}): what it comes to isn't known yet", intent.id));
    }
    if standing.deployed.is_none() {
        return Err(format!("nothing is deployed in {from}"));
    }
    standing.release().ok_or_else(|| format!("{from} runs the files of a working copy, and no release"))
}

/// The gates that don't depend on the plan.
pub fn gates(policy: &Policy, question: &Question<'_>) -> Vec<Gate> {
    let Question { from, origin, served, to, destination } = question;
    let mut gates = Vec::new();
    if let Some(wanted) = &policy.from {
        let found = format!("{to} takes releases from {wanted}");
        gates.push(Gate::new("from", wanted == from, found));
    }
    let last = origin.last.as_ref().map(|outcome| outcome.ending);
    let judgement = origin.last.as_ref().and_then(|outcome| outcome.judgement.as_ref());
    gates.push(match (&origin.held, last) {
        (Some(why), _) => Gate::new("good", false, format!("{from} is held: {why}")),
        (None, Some(Ending::Succeeded)) if matches!(judgement, Some(Judgement::NotAsked { .. })) => {
            Gate::new("good", false, format!("whether {from} is well could not be asked after its deployment"))
        }
        (None, Some(Ending::Succeeded | Ending::NothingToDo)) => {
            Gate::new("good", true, format!("deployed and verified in {from}"))
        }
        (None, _) => Gate::new("good", false, format!("the last run on {from} did not succeed")),
    });
    if let Some(why) = &destination.held {
        gates.push(Gate::new("hold", false, format!("{to} is held until somebody has looked: {why}")));
    }
    if destination.unwell.is_some() {
        let found = format!("what was deployed last to {to} isn't well: `landfall recover` goes back from it");
        gates.push(Gate::new("well", false, found));
    }
    if let Some(soak) = policy.soak {
        let found = format!("good in {from} for {} s, {} s are asked for", served.as_secs(), soak.as_secs());
        gates.push(Gate::new("soak", *served >= soak, found));
    }
    gates
}

/// The gate of people's approval of exactly this plan; none where nobody has to approve.
pub fn approval(policy: &Policy, approvals: &[Approved], plan: &Digest) -> Option<Gate> {
    let (count, persons) = policy.approval.as_ref()?;
    let by_right = |approved: &&Approved| persons.is_empty() || persons.contains(&approved.by);
    let given = || approvals.iter().filter(by_right);
    let here: BTreeSet<&str> = given().filter(|one| one.plan == *plan).map(|one| one.by.as_str()).collect();
    let names = here.iter().copied().collect::<Vec<_>>().join(", ");
    if here.len() >= *count {
        return Some(Gate::new("approval", true, format!("approved by {names}")));
    }
    let who = if persons.is_empty() { "anybody".to_owned() } else { persons.join(", ") };
    let mut found = format!("{} of {count} approvals of this plan, by {who}", here.len());
    if let Some(other) = given().find(|one| one.plan != *plan) {
        found.push_str(&format!("; {} approved another plan ({})", other.by, other.plan.short()));
    }
    Some(Gate::new("approval", false, found))
}

/// What an approval of a promotion is given to: target, release, document, parameters and changes. Another time of the day, or
/// another entry in the ledger, makes no other plan of it.
pub fn approved_digest(release: &ReleaseRef, deployment: &Deployment, plan: &Plan) -> Digest {
    let Deployment { target, place, stack, parameters, .. } = deployment;
    digest_of(&(target, place, stack, &release.id, deployment.document_digest(), parameters, &plan.changes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::entry::{Intent, Purpose};
    use crate::plan::deployment::Place;

    fn approved(by: &str, plan: &[u8]) -> Approved {
        Approved { plan: Digest::of(plan), by: by.into() }
    }

    #[test]
    fn an_approval_holds_for_one_plan_by_a_person_who_may_and_once() {
        let judge = |count, persons: &[&str], approvals: &[Approved]| {
            let persons = persons.iter().map(|name| (*name).to_owned()).collect();
            let policy = Policy { approval: Some((count, persons)), ..Policy::default() };
            approval(&policy, approvals, &Digest::of(b"plan")).unwrap()
        };
        assert!(judge(1, &["ana"], &[approved("ana", b"plan")]).open);
        assert!(judge(1, &[], &[approved("ben", b"plan")]).open);
        assert!(!judge(1, &["ana"], &[approved("ben", b"plan")]).open);
        assert!(!judge(2, &[], &[approved("ana", b"plan"), approved("ana", b"plan")]).open);
        assert!(judge(2, &[], &[approved("ana", b"plan"), approved("ben", b"plan")]).open);
        let other = judge(1, &["ana"], &[approved("ana", b"other")]);
        assert!(!other.open && other.found.contains("another plan"), "{other:?}");
        assert_eq!(approval(&Policy::default(), &[], &Digest::of(b"plan")), None);
    }

    #[test]
    fn every_closed_gate_is_named_at_once() {
        let policy = Policy { from: Some("staging".into()), soak: Some(Duration::from_secs(60)), approval: None };
        let mut held = Standing::default();
        held.held = Some("it rang".into());
        held.unwell = Some(Intent {
            id: "1".into(),
            purpose: Purpose::ContinueUndo { skip: Vec::new(), switches: Vec::new() },
            place: Place { cloud: "aws".into(), account: "1".into(), region: "us-east-1".into(), engine: None },
            stack: "a-prod".into(),
            before: None,
            plan: None,
            approved: Vec::new(),
        });
        let question = Question {
            from: "dev",
            origin: &Standing::default(),
            served: Duration::from_secs(59),
            to: "prod",
            destination: &held,
        };
        let closed: Vec<&str> =
            gates(&policy, &question).iter().filter(|gate| !gate.open).map(|gate| gate.name).collect();
        assert_eq!(closed, ["from", "good", "hold", "well", "soak"]);
    }

    #[test]
    fn nothing_leaves_an_environment_without_a_release() {
        assert!(leaving("dev", &Standing::default()).is_err());
    }
}
