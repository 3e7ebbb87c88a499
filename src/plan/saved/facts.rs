//! The facts that a plan was made from, and what has moved since.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::deployment::Place;
use crate::plan::digest::Digest;
use crate::plan::stack::Mark;

/// Everything that has to be the same when the plan is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bindings {
    /// The version of landfall.
    pub landfall: String,
    /// The target, `shop/prod`.
    pub target: String,
    /// The digest of the document.
    pub document: Digest,
    /// The release that is deployed; none where the target deploys no release.
    pub release: Option<String>,
    /// The digest of the environment's configuration, overlays merged.
    pub configuration: Digest,
    /// The cloud, account and region.
    pub place: Place,
    /// The stack's identity, state and last update; none where there is no stack yet, or for a plan made offline.
    pub stack: Option<Mark>,
    /// The digest of the entry at the head of the target's ledger; none where nothing was recorded yet.
    pub ledger_head: Option<Digest>,
    /// The digest of the drift that was there; none where it was not looked for.
    pub drift: Option<Digest>,
}

/// The facts now, and who is known to have moved them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The same facts, as they are now.
    pub now: Bindings,
    /// Who moved a fact, where known, such as the author of the newest ledger entry.
    pub who: BTreeMap<Fact, String>,
}

/// One of the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// The version of landfall.
    Landfall,
    /// The target.
    Target,
    /// The document.
    Document,
    /// The release.
    Release,
    /// The environment's configuration.
    Configuration,
    /// The cloud.
    Cloud,
    /// The account.
    Account,
    /// The region.
    Region,
    /// What deploys there.
    Engine,
    /// Which deployment it is.
    Stack,
    /// The state of the deployment.
    StackState,
    /// The deployment's last update.
    StackUpdate,
    /// The head of the ledger.
    LedgerHead,
    /// What the cloud has that the record has not.
    Drift,
}

impl Fact {
    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Fact::Landfall => "the version of landfall",
            Fact::Target => "the target",
            Fact::Document => "the document",
            Fact::Release => "the release",
            Fact::Configuration => "the environment's configuration",
            Fact::Cloud => "the cloud",
            Fact::Account => "the account",
            Fact::Region => "the region",
            Fact::Engine => "the engine",
            Fact::Stack => "the stack",
            Fact::StackState => "the stack's state",
            Fact::StackUpdate => "the stack's last update",
            Fact::LedgerHead => "the head of the ledger",
            Fact::Drift => "the drift",
        }
    }
}

/// A fact that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Which one.
    pub fact: Fact,
    /// Its value when the plan was made; none where there was none.
    pub before: Option<String>,
    /// Its value now; none where there is none.
    pub now: Option<String>,
    /// Who moved it, where known.
    pub who: Option<String>,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.fact.name())?;
        match (&self.before, &self.now) {
            (Some(before), Some(now)) => write!(f, " was {before} and is {now} now")?,
            (Some(before), None) => write!(f, " was {before} and is gone")?,
            (None, Some(now)) => write!(f, " was not there and is {now} now")?,
            (None, None) => {}
        }
        if let Some(who) = &self.who {
            write!(f, " (by {who})")?;
        }
        Ok(())
    }
}

impl Bindings {
    /// What differs between these facts and the facts now, in the order in which they are listed here.
    pub fn moved(&self, facts: &Facts) -> Vec<Moved> {
        // Every field is named: a new one must be thought about here.
        let Bindings { landfall, target, document, release, configuration, place, stack, ledger_head, drift } = self;
        let Place { cloud, account, region, engine } = place;
        let now = &facts.now;
        let text = |digest: &Option<Digest>| digest.as_ref().map(Digest::to_string);
        let mark = |stack: &Option<Mark>, part: fn(&Mark) -> Option<String>| stack.as_ref().and_then(part);
        let (id, state, updated): (MarkPart, MarkPart, MarkPart) = (
            |mark| Some(mark.id.clone()),
            |mark| Some(mark.state.clone()),
            |mark| mark.updated.map(|at| at.to_string()),
        );
        let same = |text: &String| Some(text.clone());
        let rows = [
            (Fact::Landfall, same(landfall), same(&now.landfall)),
            (Fact::Target, same(target), same(&now.target)),
            (Fact::Document, Some(document.to_string()), Some(now.document.to_string())),
            (Fact::Release, release.clone(), now.release.clone()),
            (Fact::Configuration, Some(configuration.to_string()), Some(now.configuration.to_string())),
            (Fact::Cloud, same(cloud), same(&now.place.cloud)),
            (Fact::Account, same(account), same(&now.place.account)),
            (Fact::Region, same(region), same(&now.place.region)),
            (Fact::Engine, engine.clone(), now.place.engine.clone()),
            (Fact::Stack, mark(stack, id), mark(&now.stack, id)),
            (Fact::StackState, mark(stack, state), mark(&now.stack, state)),
            (Fact::StackUpdate, mark(stack, updated), mark(&now.stack, updated)),
            (Fact::LedgerHead, text(ledger_head), text(&now.ledger_head)),
            (Fact::Drift, text(drift), text(&now.drift)),
        ];
        rows.into_iter()
            .filter(|(_, before, now)| before != now)
            .map(|(fact, before, now)| Moved { fact, before, now, who: facts.who.get(&fact).cloned() })
            .collect()
    }
}

/// One part of a stack's mark, as text.
type MarkPart = fn(&Mark) -> Option<String>;
