//! What is assumed of the use of a system, because no file tells it: said with every estimate, and set by who knows better.

use std::collections::BTreeMap;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

use super::quantity::{Quantity, Spread};

/// Seconds that a million calls of a function take, half a second each: an assumption too, said where calls are.
pub const SECONDS_OF_CALLS: u64 = 500_000;

/// Something that is billed by use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Assumption {
    /// Requests to each public address, in millions.
    Requests,
    /// What each public address sends to the internet, GB.
    Sent,
    /// What goes out through each way out of the network, GB.
    Out,
    /// Capacity units that each load balancer uses at a time, where the cloud counts in those.
    Capacity,
    /// What each bucket holds, GB.
    Stored,
    /// Logs of the whole target that are taken in, GB.
    Logs,
    /// Calls of each function, in millions; each takes half a second.
    Calls,
    /// Messages of each queue and topic, in millions.
    Messages,
    /// Images that each registry holds, GB.
    Images,
    /// Backups of each database, as multiples of its disk.
    Backups,
}

impl Assumption {
    /// All of them.
    pub const ALL: [Assumption; 10] = [
        Assumption::Requests,
        Assumption::Sent,
        Assumption::Out,
        Assumption::Capacity,
        Assumption::Stored,
        Assumption::Logs,
        Assumption::Calls,
        Assumption::Messages,
        Assumption::Images,
        Assumption::Backups,
    ];

    /// The word for it on the command line and in the output.
    pub fn word(self) -> &'static str {
        match self {
            Assumption::Requests => "requests",
            Assumption::Sent => "sent",
            Assumption::Out => "out",
            Assumption::Capacity => "capacity",
            Assumption::Stored => "stored",
            Assumption::Logs => "logs",
            Assumption::Calls => "calls",
            Assumption::Messages => "messages",
            Assumption::Images => "images",
            Assumption::Backups => "backups",
        }
    }

    /// What its number counts.
    pub fn counts(self) -> &'static str {
        match self {
            Assumption::Requests => "million requests to each public address",
            Assumption::Sent => "GB sent to the internet by each public address",
            Assumption::Out => "GB through each way out of the network",
            Assumption::Capacity => "capacity units of each load balancer in use",
            Assumption::Stored => "GB in each bucket",
            Assumption::Logs => "GB of logs taken in, all together",
            Assumption::Calls => "million calls of each function, half a second each",
            Assumption::Messages => "million messages of each queue and topic",
            Assumption::Images => "GB of images in each registry",
            Assumption::Backups => "times the disk of a database in backups",
        }
    }

    /// A quiet month and a busy one, where nobody says otherwise. Round figures of ours, chosen for a small product: they are said with
    /// each estimate because nothing bears them out.
    fn usual(self) -> Spread<Quantity> {
        let (low, high) = match self {
            Assumption::Requests => (1_000, 50_000),
            Assumption::Sent => (50_000, 1_000_000),
            Assumption::Out | Assumption::Stored => (50_000, 500_000),
            Assumption::Capacity => (1_000, 10_000),
            Assumption::Logs => (10_000, 100_000),
            Assumption::Calls => (100, 5_000),
            Assumption::Messages => (100, 10_000),
            Assumption::Images => (2_000, 20_000),
            Assumption::Backups => (1_000, 2_000),
        };
        Spread { low: Quantity::thousandths(low), high: Quantity::thousandths(high) }
    }
}

/// What is assumed for one estimate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assumptions {
    told: BTreeMap<Assumption, Spread<Quantity>>,
}

impl Assumptions {
    /// What is assumed.
    pub fn of(&self, assumption: Assumption) -> Spread<Quantity> {
        self.told.get(&assumption).copied().unwrap_or_else(|| assumption.usual())
    }

    /// Takes what somebody knows better.
    pub fn tell(&mut self, told: Told) {
        self.told.insert(told.what, told.spread);
    }
}

/// What somebody knows of the use of a system: `stored=200`, or `stored=100..400` for a quiet month and a busy one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    what: Assumption,
    spread: Spread<Quantity>,
}

/// Why a text is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToldError {
    /// Nothing that is assumed has that name.
    #[error("`{0}` is not assumed: use {words}", words = Assumption::ALL.map(Assumption::word).join(", "))]
    Word(String),
    /// What stands after the name is no number.
    #[error("`{0}` is no amount: write WHAT=NUMBER or WHAT=LOW..HIGH, such as stored=200 or requests=0.5..3")]
    Number(String),
    /// The quiet month is the busier one.
    #[error("`{0}` has the larger number first: write the quiet month before the busy one")]
    Order(String),
}

impl FromStr for Told {
    type Err = ToldError;

    fn from_str(text: &str) -> Result<Told, ToldError> {
        let number = || ToldError::Number(text.to_owned());
        let (word, amount) = text.split_once('=').ok_or_else(number)?;
        let what = Assumption::ALL.into_iter().find(|one| one.word() == word);
        let what = what.ok_or_else(|| ToldError::Word(word.to_owned()))?;
        let (low, high) = amount.split_once("..").unwrap_or((amount, amount));
        let read = |text: &str| Quantity::read(text).ok_or_else(number);
        let spread = Spread { low: read(low)?, high: read(high)? };
        if spread.low > spread.high {
            return Err(ToldError::Order(text.to_owned()));
        }
        Ok(Told { what, spread })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assumption_has_a_word_of_its_own_and_a_busy_month_after_a_quiet_one() {
        let words: std::collections::BTreeSet<&str> = Assumption::ALL.map(Assumption::word).into();
        assert_eq!(words.len(), Assumption::ALL.len());
        for one in Assumption::ALL {
            assert!(one.usual().low < one.usual().high, "{one:?}");
        }
    }

    #[test]
    fn what_somebody_knows_better_stands_in_for_what_is_assumed() -> Result<(), ToldError> {
        let mut assumptions = Assumptions::default();
        assumptions.tell("stored=200".parse()?);
        assumptions.tell("requests=0.5..3".parse()?);
        assert_eq!(assumptions.of(Assumption::Stored), Spread::always(Quantity::whole(200)));
        assert_eq!(assumptions.of(Assumption::Requests).low, Quantity::thousandths(500));
        assert_eq!(assumptions.of(Assumption::Logs), Assumption::Logs.usual());
        Ok(())
    }

    #[test]
    fn a_malformed_amount_says_what_to_write() {
        let said = |text: &str| text.parse::<Told>().unwrap_err().to_string();
        assert!(said("stored").contains("WHAT=NUMBER"));
        assert!(said("stored=much").contains("stored=200"));
        assert!(said("kept=2").contains("requests, sent"));
        assert!(said("stored=3..2").contains("quiet month before"));
    }
}
