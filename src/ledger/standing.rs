//! Where a target stands, read from its entries.

use super::entry::{Approved, Deploy, Ending, Entry, Intent, Outcome, Purpose, Record, ReleaseRef};

/// Where a target stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The number of the last entry; 0 before the first.
    pub head: u64,
    /// The intent that has no outcome yet, if there is one.
    pub pending: Option<Intent>,
    /// The last outcome of what changed the stack.
    pub last: Option<Outcome>,
    /// The last time that a document was deployed and verified, unless the target was destroyed since.
    pub deployed: Option<Deployed>,
    /// Why it takes no promotion until somebody has looked; none where it takes them.
    pub held: Option<String>,
    /// Whether the entries read so far say if it is held.
    hold_known: bool,
    /// The approvals since the last deployment began, newest first.
    pub approvals: Vec<Approved>,
    begun: bool,
    /// Whether an outcome was read: what is older than that is not open.
    closed: bool,
    /// The last intent, where what it deployed isn't well and nobody has gone back from it yet.
    pub unwell: Option<Intent>,
}

/// A deployment that was verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployed {
    /// The entry that says so.
    pub entry: Entry,
    /// What it says.
    pub outcome: Outcome,
    /// What was asked for then; none for what was recorded in another way.
    pub deploy: Option<Deploy>,
}

impl Standing {
    /// Reads entries from the last one backwards, until nothing earlier matters.
    ///
    /// Returns whether an earlier entry is needed; call it again with that one then.
    pub fn take(&mut self, entry: &Entry) -> bool {
        self.head = self.head.max(entry.sequence);
        match &entry.record {
            Record::Intent(intent) => {
                // A hold or its end that came later: somebody or something has dealt with it.
                let dealt_with = self.hold_known;
                if let Purpose::Deploy(deploy) = &intent.purpose {
                    self.begun = true;
                    self.hold(deploy.held.as_deref());
                }
                // The newest intent is pending unless an outcome of it was met on the way; older ones can't be.
                if !self.closed && self.pending.is_none() {
                    self.pending = Some((**intent).clone());
                }
                let last = self.last.as_ref().filter(|last| last.ending == Ending::Unwell);
                if self.pending.is_none() && !dealt_with && last.is_some_and(|last| last.intent == intent.id) {
                    self.unwell = Some((**intent).clone());
                }
                match &mut self.deployed {
                    Some(deployed) if deployed.outcome.intent == intent.id => {
                        if let Purpose::Deploy(deploy) = &intent.purpose {
                            deployed.deploy = Some((**deploy).clone());
                        }
                        false
                    }
                    Some(_) | None => true,
                }
            }
            Record::Outcome(outcome) => {
                self.closed = true;
                if self.last.is_none() && !matches!(outcome.ending, Ending::Switched | Ending::NotSwitched) {
                    self.last = Some(outcome.clone());
                }
                match outcome.ending {
                    Ending::Succeeded | Ending::NothingToDo if self.deployed.is_none() => {
                        self.deployed = Some(Deployed { entry: entry.clone(), outcome: outcome.clone(), deploy: None });
                        true
                    }
                    Ending::Succeeded | Ending::NothingToDo => false,
                    Ending::Destroyed => false,
                    Ending::Undone
                    | Ending::Inconsistent
                    | Ending::Abandoned
                    | Ending::Unwell
                    | Ending::Switched
                    | Ending::NotSwitched => true,
                }
            }
            Record::Held(held) => {
                self.hold(Some(&held.why));
                true
            }
            Record::Lifted(_) => {
                self.hold(None);
                true
            }
            Record::Approved(approved) => {
                if !self.begun {
                    self.approvals.push(approved.clone());
                }
                true
            }
            Record::Interrupted(_)
            | Record::TakenOver(_)
            | Record::DriftAccepted(_)
            | Record::Migrated(_)
            | Record::Drilled(_) => true,
        }
    }

    /// Takes the newest word on whether it is held; older ones change nothing.
    fn hold(&mut self, why: Option<&str>) {
        if !self.hold_known {
            self.hold_known = true;
            self.held = why.map(str::to_owned);
        }
    }

    /// The release that is deployed; none where nothing is, or what is was no release.
    pub fn release(&self) -> Option<&ReleaseRef> {
        self.deployed.as_ref()?.deploy.as_ref()?.release.as_ref()
    }

    /// Whether the last thing done left the stack neither as before nor as wanted.
    pub fn is_inconsistent(&self) -> bool {
        self.last.as_ref().is_some_and(|outcome| outcome.ending == Ending::Inconsistent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::entry::FORMAT_VERSION;
    use crate::ledger::lock::Holder;
    use crate::plan::deployment::Place;
    use jiff::Timestamp;

    fn intent(id: &str) -> Record {
        Record::Intent(Box::new(Intent {
            id: id.into(),
            purpose: Purpose::Destroy { retain: Vec::new(), lift_protection: false },
            place: Place {
                cloud: "aws".into(),
                account: "111122223333".into(),
                region: "us-east-1".into(),
                engine: None,
            },
            stack: "s".into(),
            before: None,
            plan: None,
            approved: Vec::new(),
        }))
    }

    fn outcome(id: &str, ending: Ending) -> Record {
        Record::Outcome(Outcome {
            intent: id.into(),
            ending,
            after: None,
            document: None,
            failure: None,
            seconds: 1,
            judgement: None,
            flags: None,
            serving: Vec::new(),
        })
    }

    fn standing(records: &[Record]) -> Standing {
        let mut standing = Standing::default();
        for (index, record) in records.iter().enumerate().rev() {
            let entry = Entry {
                format_version: FORMAT_VERSION,
                target: "a/b".into(),
                sequence: index as u64 + 1,
                previous: None,
                epoch: 1,
                at: Timestamp::UNIX_EPOCH,
                by: Holder {
                    who: "ana".into(),
                    host: "h".into(),
                    machine: String::new(),
                    process: 1,
                    process_start: String::new(),
                    command: "apply a/b".into(),
                    run_url: None,
                    landfall: "0.1.0".into(),
                },
                record: record.clone(),
            };
            if !standing.take(&entry) {
                break;
            }
        }
        standing
    }

    #[test]
    fn an_intent_without_an_outcome_is_pending_and_the_deployment_before_it_still_counts() {
        let standing = standing(&[intent("1"), outcome("1", Ending::Succeeded), intent("2")]);
        assert_eq!(standing.pending.map(|intent| intent.id), Some("2".to_owned()));
        assert_eq!(standing.deployed.map(|deployed| deployed.entry.sequence), Some(2));
    }

    #[test]
    fn a_failed_update_leaves_the_deployment_before_it() {
        let standing =
            standing(&[intent("1"), outcome("1", Ending::Succeeded), intent("2"), outcome("2", Ending::Undone)]);
        assert_eq!(standing.pending, None);
        assert!(!standing.is_inconsistent());
        assert_eq!(standing.deployed.map(|deployed| deployed.entry.sequence), Some(2));
    }

    #[test]
    fn nothing_is_deployed_after_a_destroy() {
        let standing =
            standing(&[intent("1"), outcome("1", Ending::Succeeded), intent("2"), outcome("2", Ending::Destroyed)]);
        assert_eq!(standing.deployed, None);
    }

    #[test]
    fn what_is_not_well_is_not_deployed_and_waits_until_somebody_goes_back_from_it() {
        let mut records = vec![intent("1"), outcome("1", Ending::Succeeded), intent("2"), outcome("2", Ending::Unwell)];
        let unwell = standing(&records);
        assert_eq!(unwell.unwell.map(|intent| intent.id), Some("2".to_owned()));
        assert_eq!(unwell.deployed.map(|deployed| deployed.entry.sequence), Some(2));
        records.extend([intent("3"), outcome("3", Ending::Succeeded)]);
        assert_eq!(standing(&records).unwell, None);
    }
}
