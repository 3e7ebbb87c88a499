//! The matrix as a table: how many runs, how many ended as if nothing had been, how many one command put right, what broke.

use std::collections::BTreeMap;
use std::fmt;

use crate::cloud::Cloud;
use crate::field::Ledger;
use crate::proxy::Fault;

/// What a case came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Cases.
    pub(crate) runs: usize,
    /// Runs that ended as they would have ended without the fault.
    pub(crate) unharmed: usize,
    /// Runs after which one command ended where no fault would have ended.
    pub(crate) converged: usize,
    /// Cases in which an invariant broke.
    pub(crate) broken: usize,
}

/// All cases.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: BTreeMap<(Cloud, &'static str, Ledger), BTreeMap<Fault, Counts>>,
    /// What broke, case by case.
    pub(crate) breaches: Vec<String>,
    /// How long it took, seconds.
    pub(crate) seconds: u64,
}

impl Report {
    /// Counts a case.
    pub(crate) fn add(
        &mut self,
        (cloud, verb, ledger): (Cloud, &'static str, Ledger),
        fault: Fault,
        unharmed: bool,
        breaches: Vec<String>,
    ) {
        let counts = self.rows.entry((cloud, verb, ledger)).or_default().entry(fault).or_default();
        counts.runs += 1;
        counts.unharmed += usize::from(unharmed);
        counts.converged += usize::from(breaches.is_empty());
        counts.broken += usize::from(!breaches.is_empty());
        self.breaches.extend(breaches);
    }

    /// How many cases there were.
    pub(crate) fn runs(&self) -> usize {
        self.rows.values().flat_map(BTreeMap::values).map(|counts| counts.runs).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{:<7}{:<24}{:<8}{:<18}{:>6}{:>10}{:>11}{:>8}",
            "cloud", "verb", "ledger", "fault", "runs", "unharmed", "converged", "broken"
        )?;
        for ((cloud, verb, ledger), faults) in &self.rows {
            for (fault, counts) in faults {
                let Counts { runs, unharmed, converged, broken } = counts;
                let (cloud, ledger, fault) = (format!("{cloud:?}"), format!("{ledger:?}"), format!("{fault:?}"));
                writeln!(
                    out,
                    "{cloud:<7}{verb:<24}{ledger:<8}{fault:<18}{runs:>6}{unharmed:>10}{converged:>11}{broken:>8}"
                )?;
            }
        }
        let broken: usize = self.rows.values().flat_map(BTreeMap::values).map(|counts| counts.broken).sum();
        for breach in &self.breaches {
            writeln!(out, "{breach}\n---")?;
        }
        writeln!(out, "{} runs in {} s, invariants broken in {broken}", self.runs(), self.seconds)
    }
}
