//! What a rollback goes back to, and what can't go back: read from records alone.

use std::collections::BTreeMap;

use crate::contract::schema::{Misfit, SchemaRange};
use crate::ledger::entry::{Deploy, Ending, Entry, Intent, Origin, Purpose, Record};
use crate::plan::serving::Serving;

/// A deployment that the records tell of.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The entry with its intent.
    pub entry: Entry,
    /// The intent.
    pub intent: Intent,
    /// What was deployed.
    pub deploy: Deploy,
    /// How it ended; none where that isn't known yet.
    pub ending: Option<Ending>,
    /// The versions that served afterwards, as far as they were recorded.
    pub serving: Vec<Serving>,
}

impl Past {
    /// How people call it: by its release, or by its document where it had none.
    pub fn name(&self) -> String {
        match &self.deploy.release {
            Some(release) => format!("release {release}"),
            None => format!("the deployment of entry {} ({})", self.entry.sequence, self.deploy.document.short()),
        }
    }

    /// Whether it was deployed and verified.
    pub fn served(&self) -> bool {
        matches!(self.ending, Some(Ending::Succeeded | Ending::NothingToDo))
    }

    /// Whether two deployments run the same: the same document with the same parameters, but for how fast they took over.
    fn same(&self, other: &Past) -> bool {
        self.deploy.document == other.deploy.document && self.deploy.brought_back() == other.deploy.brought_back()
    }
}

/// The way back.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// What was tried last: where the target is now, wholly or half-way.
    pub now: Past,
    /// What to go back to.
    pub to: Past,
}

/// Why there is no way back.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoWay {
    /// Nothing was deployed.
    #[error("nothing is deployed there")]
    Nothing,
    /// There is no earlier good one.
    #[error("no earlier deployment there succeeded: {0} was the first")]
    First(String),
    /// The release asked for never served here.
    #[error("`{0}` never served there")]
    NeverServed(String),
    /// It was brought back already, and nothing was deployed since.
    #[error("{} was brought back there already", .0.to.name())]
    Already(Box<Way>),
}

/// Finds the way back from records, newest first. Without `to`:
/// from what serves to the last good deployment of something else; from a failure to the last good deployment; and where something
/// was brought back already, nowhere: whoever asks twice at three in the morning means it once.
///
/// `to` is a release's name or the beginning of its digest.
///
/// # Errors
/// [`NoWay`]; with the entries before these there may be one, unless it is [`NoWay::Already`].
pub fn way(entries: &[Entry], to: Option<&str>) -> Result<Way, NoWay> {
    let past = deployments(entries);
    // What was given up before it began changed nothing.
    let tried: Vec<&Past> = past.iter().filter(|past| past.ending != Some(Ending::Abandoned)).collect();
    let now = *tried.first().ok_or(NoWay::Nothing)?;
    let mut earlier = tried.iter().copied().filter(|past| past.served() && past.entry.sequence < now.entry.sequence);
    let first = || NoWay::First(now.name());
    let back = match &now.deploy.origin {
        Some(Origin::RolledBack { to, .. }) => past.iter().find(|past| past.entry.sequence == *to),
        Some(Origin::Applied | Origin::Promoted { .. }) | None => None,
    };
    let found = match to {
        Some(word) => {
            let mut served = tried.iter().copied().filter(|past| past.served());
            served.find(|past| is_called(past, word)).ok_or_else(|| NoWay::NeverServed(word.to_owned()))?
        }
        None if now.served() && matches!(now.deploy.origin, Some(Origin::RolledBack { .. })) => {
            return Err(NoWay::Already(Box::new(Way { now: now.clone(), to: now.clone() })));
        }
        None if now.served() => earlier.find(|past| !past.same(now)).ok_or_else(first)?,
        // A rollback that failed is tried again.
        None if matches!(now.deploy.origin, Some(Origin::RolledBack { .. })) => back.ok_or_else(first)?,
        None => earlier.next().ok_or_else(first)?,
    };
    Ok(Way { now: now.clone(), to: found.clone() })
}

fn is_called(past: &Past, word: &str) -> bool {
    let digits = word.strip_prefix("sha256:").unwrap_or(word);
    past.deploy.release.as_ref().is_some_and(|release| {
        release.name.as_deref() == Some(word) || digits.len() >= 6 && release.id.hex().starts_with(digits)
    })
}

/// The deployments that entries tell of, newest first; none from before the stack was last destroyed.
pub fn deployments(entries: &[Entry]) -> Vec<Past> {
    let mut outcomes = BTreeMap::new();
    let mut past = Vec::new();
    for entry in entries {
        match &entry.record {
            Record::Outcome(outcome) if outcome.ending == Ending::Destroyed => break,
            Record::Outcome(outcome) => {
                outcomes.insert(outcome.intent.clone(), (outcome.ending, outcome.serving.clone()));
            }
            Record::Intent(intent) => {
                if let Purpose::Deploy(deploy) = &intent.purpose {
                    let (ending, serving) = outcomes.get(&intent.id).cloned().unzip();
                    past.push(Past {
                        entry: entry.clone(),
                        intent: (**intent).clone(),
                        deploy: (**deploy).clone(),
                        ending,
                        serving: serving.unwrap_or_default(),
                    });
                }
            }
            Record::Interrupted(_)
            | Record::TakenOver(_)
            | Record::Approved(_)
            | Record::Held(_)
            | Record::Lifted(_)
            | Record::DriftAccepted(_)
            | Record::Migrated(_)
            | Record::Drilled(_) => {}
        }
    }
    past
}

/// A build whose database schema went further than the old build can follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaMisfit {
    /// The artifact.
    pub artifact: String,
    /// Why the old build does not work with it.
    pub why: Misfit,
}

/// The builds that don't work with the schema that builds since may have migrated the database to. A failed deployment counts:
/// its migrations may have run. So does nothing of an artifact whose contract was not recorded on both sides.
pub fn schema_misfits(entries: &[Entry], way: &Way) -> Vec<SchemaMisfit> {
    let since = deployments(entries);
    let since = since
        .iter()
        .filter(|past| past.entry.sequence > way.to.entry.sequence && past.ending != Some(Ending::Abandoned));
    let mut installed: BTreeMap<&String, SchemaRange> = BTreeMap::new();
    for (artifact, schema) in since.flat_map(|past| &past.deploy.schemas) {
        // Builds that went no further than the old one changed nothing for it.
        let Some(old) = way.to.deploy.schemas.get(artifact).filter(|old| schema.newest > old.newest) else { continue };
        let all = installed.entry(artifact).or_insert(SchemaRange { least: old.least, ..*schema });
        all.newest = all.newest.max(schema.newest);
        all.works_from = all.works_from.max(schema.works_from);
    }
    let misfit = |(artifact, installed): (&String, SchemaRange)| {
        let old = way.to.deploy.schemas.get(artifact)?;
        let why = old.works_after(&installed).err()?;
        Some(SchemaMisfit { artifact: artifact.clone(), why })
    };
    installed.into_iter().filter_map(misfit).collect()
}

/// What can't be known of schemas, in words: builds since whose schema was recorded, where the old build's was not.
pub fn schemas_unknown(entries: &[Entry], way: &Way) -> Vec<String> {
    let since = deployments(entries);
    let since = since.iter().filter(|past| past.entry.sequence > way.to.entry.sequence);
    let newest = since.flat_map(|past| &past.deploy.schemas).fold(BTreeMap::new(), |mut newest, (artifact, schema)| {
        let known: &mut u64 = newest.entry(artifact).or_default();
        *known = schema.newest.max(*known);
        newest
    });
    let unknown = newest.into_iter().filter(|(artifact, _)| !way.to.deploy.schemas.contains_key(*artifact));
    let words = |(artifact, newest)| {
        format!(
            "whether the old build of {artifact} works with version {newest} of the database's schema was not recorded with it"
        )
    };
    unknown.map(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::entry::{FORMAT_VERSION, Outcome, ReleaseRef};
    use crate::ledger::lock::Holder;
    use crate::plan::deployment::Place;
    use crate::plan::digest::Digest;

    /// A deployment of a release, how it ended, and how it came about.
    struct Told<'a>(&'a str, Option<Ending>, Option<u64>, Option<SchemaRange>);

    fn entries(told: &[Told<'_>]) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut add = |record: Record| {
            entries.insert(
                0,
                Entry {
                    format_version: FORMAT_VERSION,
                    target: "a/b".into(),
                    sequence: entries.len() as u64 + 1,
                    previous: None,
                    epoch: 1,
                    at: jiff::Timestamp::UNIX_EPOCH,
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
                    record,
                },
            );
        };
        for (index, Told(name, ending, back, schema)) in told.iter().enumerate() {
            let release = ReleaseRef { id: Digest::of(name.as_bytes()), name: Some((*name).to_owned()) };
            let deploy = Deploy {
                release: Some(release),
                origin: Some(back.map_or(Origin::Applied, |to| Origin::RolledBack { to, from: None })),
                schemas: schema.map(|schema| ("engine".to_owned(), schema)).into_iter().collect(),
                ..Deploy::of(Digest::of(name.as_bytes()))
            };
            add(Record::Intent(Box::new(Intent {
                id: index.to_string(),
                purpose: Purpose::Deploy(Box::new(deploy)),
                place: Place { cloud: "aws".into(), account: "1".into(), region: "us-east-1".into(), engine: None },
                stack: "a-b".into(),
                before: None,
                plan: None,
                approved: Vec::new(),
            })));
            if let Some(ending) = ending {
                let intent = index.to_string();
                let (ending, seconds) = (*ending, 1);
                add(Record::Outcome(Outcome {
                    intent,
                    ending,
                    after: None,
                    document: None,
                    failure: None,
                    seconds,
                    judgement: None,
                    flags: None,
                    serving: Vec::new(),
                }));
            }
        }
        entries
    }

    const GOOD: Option<Ending> = Some(Ending::Succeeded);

    fn goes_to(told: &[Told<'_>], to: Option<&str>) -> Result<String, NoWay> {
        way(&entries(told), to).map(|way| way.to.deploy.release.and_then(|release| release.name).unwrap_or_default())
    }

    #[test]
    fn from_what_serves_it_goes_to_the_last_good_deployment_of_something_else() {
        let told = |name, ending| Told(name, ending, None, None);
        let bad = [told("1", GOOD), told("2", GOOD), told("2", GOOD)];
        assert_eq!(goes_to(&bad, None), Ok("1".to_owned()));
        let with_failure = [told("1", GOOD), told("x", Some(Ending::Undone)), told("2", GOOD)];
        assert_eq!(goes_to(&with_failure, None), Ok("1".to_owned()));
        assert_eq!(goes_to(&[told("1", GOOD)], None), Err(NoWay::First(entries_name("1"))));
        assert_eq!(goes_to(&[], None), Err(NoWay::Nothing));
    }

    fn entries_name(name: &str) -> String {
        format!("release {name} ({})", Digest::of(name.as_bytes()).short())
    }

    #[test]
    fn from_a_failure_it_goes_to_what_served_before_it_and_what_never_began_counts_for_nothing() {
        let told = |name, ending| Told(name, ending, None, None);
        for ending in [Some(Ending::Undone), Some(Ending::Inconsistent), None] {
            assert_eq!(goes_to(&[told("1", GOOD), told("2", GOOD), told("3", ending)], None), Ok("2".to_owned()));
        }
        let given_up = [told("1", GOOD), told("2", GOOD), told("3", Some(Ending::Abandoned))];
        assert_eq!(goes_to(&given_up, None), Ok("1".to_owned()));
    }

    #[test]
    fn asked_twice_it_goes_back_once_and_a_rollback_that_failed_is_tried_again() {
        let done = [Told("1", GOOD, None, None), Told("2", GOOD, None, None), Told("1", GOOD, Some(1), None)];
        assert!(matches!(goes_to(&done, None), Err(NoWay::Already(_))));
        let undone = Some(Ending::Undone);
        let failed = [Told("1", GOOD, None, None), Told("2", GOOD, None, None), Told("1", undone, Some(1), None)];
        assert_eq!(goes_to(&failed, None), Ok("1".to_owned()));
        let [one, two, three] = done;
        assert_eq!(goes_to(&[one, two, three, Told("3", GOOD, None, None)], None), Ok("1".to_owned()));
    }

    #[test]
    fn a_release_is_asked_for_by_its_name_or_the_beginning_of_its_digest_and_has_to_have_served() {
        let told = |name, ending| Told(name, ending, None, None);
        let all = [told("1", GOOD), told("2", GOOD), told("3", Some(Ending::Undone)), told("4", GOOD)];
        assert_eq!(goes_to(&all, Some("1")), Ok("1".to_owned()));
        let digest = Digest::of(b"2");
        assert_eq!(goes_to(&all, Some(&digest.hex()[..8])), Ok("2".to_owned()));
        assert_eq!(goes_to(&all, Some("3")), Err(NoWay::NeverServed("3".to_owned())));
    }

    #[test]
    fn a_schema_that_took_something_away_keeps_the_old_build_from_coming_back_even_when_the_newer_failed() {
        let schema = |newest, works_from| Some(SchemaRange { least: 1, newest, works_from });
        let misfits = |newer, ending| {
            let told = [Told("1", GOOD, None, schema(3, 1)), Told("2", ending, None, newer)];
            let entries = entries(&told);
            schema_misfits(&entries, &way(&entries, Some("1")).unwrap()).len()
        };
        assert_eq!(misfits(schema(5, 3), GOOD), 0);
        assert_eq!(misfits(schema(5, 4), GOOD), 1);
        assert_eq!(misfits(schema(5, 4), Some(Ending::Undone)), 1);
        assert_eq!(misfits(schema(5, 4), Some(Ending::Abandoned)), 0);
        assert_eq!(misfits(schema(2, 1), GOOD), 0);
        assert_eq!(misfits(None, GOOD), 0);
    }
}
