//! Where a target stands, in words.

use std::time::Duration;

use jiff::Timestamp;

use super::{Row, Stands};
use crate::deploy::lease::{self, Holding};
use crate::ledger::entry::{Deploy, Ending, Origin};
use crate::ledger::gate::Judgement;
use crate::ledger::sighting::{Seen, Sighting};
use crate::release::ahead::{Coming, Way};

/// Where a target stands, at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Light {
    /// It serves, and nothing is open.
    Good,
    /// Nothing is deployed.
    Off,
    /// A run is at work on it.
    Busy,
    /// It serves, and somebody should look at it.
    Look,
    /// It isn't well, or nobody can say.
    Bad,
}

impl Light {
    /// All of them.
    pub(super) const ALL: [Light; 5] = [Light::Good, Light::Off, Light::Busy, Light::Look, Light::Bad];

    /// Its word, which is also its name in JSON and in the page's style.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Light::Good => "good",
            Light::Off => "off",
            Light::Busy => "busy",
            Light::Look => "look",
            Light::Bad => "bad",
        }
    }

    /// What people read.
    pub(super) const fn said(self) -> &'static str {
        match self {
            Light::Good => "good",
            Light::Off => "not deployed",
            Light::Busy => "at work",
            Light::Look => "look at it",
            Light::Bad => "not well",
        }
    }

    /// What tells it without its colour.
    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Light::Good => "✓",
            Light::Off => "–",
            Light::Busy => "…",
            Light::Look => "!",
            Light::Bad => "✕",
        }
    }
}

/// Where a target stands, at a glance.
pub(super) fn light(row: &Row) -> Light {
    let Ok(stands) = &row.stands else { return Light::Bad };
    let Stands { standing, lock, drift, .. } = stands;
    if standing.pending.is_some() {
        return if lock.as_ref().is_some_and(|lock| !lock.is_dead()) { Light::Busy } else { Light::Bad };
    }
    let ending = standing.last.as_ref().map(|last| last.ending);
    let seen = current(drift.as_ref(), deployed_by(stands)).map(|sighting| &sighting.found);
    match (ending, seen) {
        (Some(Ending::Inconsistent | Ending::Unwell), _) | (_, Some(Seen::Gone)) => return Light::Bad,
        (Some(Ending::Undone | Ending::Abandoned), _) => return Light::Look,
        (_, Some(Seen::Compared { open, .. })) if !open.is_empty() => return Light::Look,
        _ => {}
    }
    let not_asked = matches!(judgement(stands), Some(Judgement::NotAsked { .. }));
    if standing.held.is_some() || not_asked || lock.as_ref().is_some_and(Holding::is_dead) {
        return Light::Look;
    }
    match (&standing.deployed, lock) {
        (_, Some(_)) => Light::Busy,
        (Some(_), None) => Light::Good,
        (None, None) => Light::Off,
    }
}

/// How long ago something was, in one or two units.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = u64::try_from(now.duration_since(at).as_secs()).unwrap_or(0);
    format!("{} ago", span(Duration::from_secs(seconds)))
}

/// A span of time, in one or two units.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..172_800 => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// What is deployed: its release, or its document where it had none.
pub(super) fn release(stands: &Stands) -> Option<String> {
    let deployed = stands.standing.deployed.as_ref()?;
    let document = deployed.outcome.document.as_ref().map(|digest| digest.short().to_owned());
    let release = stands.standing.release().map(|release| format!("release {release}"));
    release.or(document.map(|document| format!("{document}, no release")))
}

/// How what is deployed came about, where that says more than that somebody applied it.
pub(super) fn origin(stands: &Stands) -> Option<String> {
    match &deploy(stands)?.origin {
        Some(Origin::Promoted { from }) => Some(format!("promoted from {from}")),
        Some(Origin::RolledBack { from: Some(left), .. }) => Some(format!("brought back from release {left}")),
        Some(Origin::RolledBack { from: None, .. }) => Some("brought back".to_owned()),
        Some(Origin::Applied) | None => None,
    }
}

/// What is deployed since when, and by whom.
pub(super) fn deployed(row: &Row, now: Timestamp) -> String {
    let stands = match &row.stands {
        Ok(stands) => stands,
        Err(why) => return format!("could not be read: {why}"),
    };
    match &stands.standing.deployed {
        Some(deployed) => {
            let origin = origin(stands).map(|origin| format!(", {origin}")).unwrap_or_default();
            format!(
                "{} deployed {} by {}{origin}",
                release(stands).unwrap_or_default(),
                ago(deployed.entry.at, now),
                deployed.entry.by.who
            )
        }
        None => "not deployed".to_owned(),
    }
}

/// What is open about it.
pub(super) fn state(row: &Row) -> String {
    let open = open(row);
    if open.is_empty() { "nothing open".to_owned() } else { open.join("; ") }
}

/// What is open about it, each by itself.
pub(super) fn open(row: &Row) -> Vec<String> {
    let Ok(Stands { standing, lock, .. }) = &row.stands else { return vec!["UNKNOWN".to_owned()] };
    let mut words = Vec::new();
    if let Some(intent) = &standing.pending {
        words.push(match lock {
            Some(held) if !held.is_dead() => format!("a run is at work on it (intent {})", intent.id),
            Some(_) | None => format!("INTERRUPTED: `landfall recover {}` finishes it", row.target),
        });
    }
    match standing.last.as_ref().map(|outcome| outcome.ending) {
        Some(Ending::Inconsistent) => words.push("INCONSISTENT after a failure".to_owned()),
        Some(Ending::Unwell) => words.push("UNWELL: what was deployed last isn't well".to_owned()),
        Some(Ending::Undone) => words.push("the last run failed and was undone".to_owned()),
        Some(Ending::Abandoned) => words.push("the last run was not begun".to_owned()),
        Some(Ending::Succeeded | Ending::NothingToDo | Ending::Destroyed | Ending::Switched | Ending::NotSwitched)
        | None => {}
    }
    if let Some(why) = &standing.held {
        words.push(format!("HELD from promotions: {why}"));
    }
    if let Some(held) = lock {
        let dead = if held.is_dead() { ", who no longer runs" } else { "" };
        words.push(format!("locked by {}{dead} since {}", lease::name(&held.lock.holder), moment(held.lock.since)));
    }
    words
}

/// A moment for people, to the minute.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// What was seen after the last deployment; none where nothing was looked at.
pub(super) fn gate(row: &Row) -> Option<String> {
    Some(match judgement(row.stands.as_ref().ok()?)? {
        Judgement::Well => "well after its last deployment".to_owned(),
        Judgement::Unwell { reasons } => format!("NOT WELL after its last deployment: {}", reasons.join("; ")),
        Judgement::NotAsked { why } => format!("whether it is well could not be asked: {why}"),
    })
}

/// What is known of drift; none where nothing is deployed.
pub(super) fn drift(row: &Row, now: Timestamp) -> Option<String> {
    let stands = row.stands.as_ref().ok()?;
    let deployment = Some(deployed_by(stands)?);
    let Some(sighting) = current(stands.drift.as_ref(), deployment) else {
        return Some(match &stands.drift {
            Some(sighting) => format!("not looked for since its deployment (last {})", ago(sighting.at, now)),
            None => format!("never looked for: `landfall drift {}`", row.target),
        });
    };
    let when = format!("looked for {} by {}", ago(sighting.at, now), sighting.by.who);
    Some(match &sighting.found {
        Seen::Gone => format!("its stack is GONE, {when}"),
        Seen::NotDeployed => format!("no stack was there, {when}"),
        Seen::Compared { open, accepted } => {
            let accepted = if *accepted > 0 { format!(", {accepted} accepted") } else { String::new() };
            if open.is_empty() {
                format!("none{accepted}, {when}")
            } else {
                format!("{} changed by hand ({}){accepted}, {when}", open.len(), open.join(", "))
            }
        }
    })
}

/// The next promotion; none where releases begin here.
pub(super) fn next(row: &Row) -> Option<String> {
    let ahead = row.ahead.as_ref()?;
    let from = &ahead.from;
    let coming = match &ahead.coming {
        Ok(coming) => coming,
        Err(why) => return Some(format!("nothing from {from}: {why}")),
    };
    let Coming { release, gates, later, .. } = coming;
    let closed: Vec<String> =
        gates.iter().filter(|gate| !gate.open).map(|gate| format!("{} ({})", gate.name, gate.found)).collect();
    let later: Vec<String> = later.iter().map(|(name, what)| format!("{name} ({what})")).collect();
    let then = if later.is_empty() { String::new() } else { format!("; asked then: {}", later.join(", ")) };
    Some(match ahead.way() {
        Way::There => format!("nothing new: release {release} of {from} is here"),
        Way::Closed => format!("release {release} from {from} waits for {}{then}", closed.join(", ")),
        Way::Open | Way::Nothing => format!("release {release} from {from} may come{then}"),
    })
}

/// The number of the entry that says what is deployed.
pub(super) fn deployed_by(stands: &Stands) -> Option<u64> {
    stands.standing.deployed.as_ref().map(|deployed| deployed.entry.sequence)
}

/// A sighting that is of what is deployed now.
pub(super) fn current(sighting: Option<&Sighting>, deployment: Option<u64>) -> Option<&Sighting> {
    sighting.filter(|sighting| sighting.deployment == deployment)
}

fn judgement(stands: &Stands) -> Option<&Judgement> {
    stands.standing.last.as_ref().and_then(|last| last.judgement.as_ref())
}

fn deploy(stands: &Stands) -> Option<&Deploy> {
    stands.standing.deployed.as_ref()?.deploy.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_units_that_fit_its_length() {
        let said = |seconds| span(Duration::from_secs(seconds));
        assert_eq!(
            [said(5), said(61), said(3_600), said(90_000), said(172_800)],
            ["5s", "1m", "1h00m", "25h00m", "2d"]
        );
    }
}
