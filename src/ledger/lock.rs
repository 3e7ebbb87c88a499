//! The lock of a target, and who may take it.
//!
//! One object a target, moved by compare-and-swap only. Each taking raises the epoch and leaves a fresh nonce, so no two
//! states of the lock are ever equal bytes. Ages are measured on the store's clock, never on a participant's.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How long a lock holds without a sign of life. Ten heartbeats long, so that a slow store costs nobody the lock.
pub const VALIDITY: Duration = Duration::from_secs(300);

/// How often a holder gives a sign of life.
pub const HEARTBEAT: Duration = Duration::from_secs(30);

/// A process that holds a lock or wrote an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The person or service, as the machine knows it.
    pub who: String,
    /// The machine's name.
    pub host: String,
    /// What tells this run of this machine from any other: boot and process space. Empty where the machine can't tell.
    #[serde(default)]
    pub machine: String,
    /// The process number there.
    pub process: u32,
    /// When that process started, in the machine's own ticks, so that a number used again isn't mistaken. Empty where unknown.
    #[serde(default)]
    pub process_start: String,
    /// What it runs, such as `apply shop/dev`.
    pub command: String,
    /// The page of the pipeline run, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
    /// landfall's version.
    pub landfall: String,
}

/// What is known of a holder's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// It runs on this machine.
    Alive,
    /// It ran on this machine and no longer does.
    Dead,
    /// It runs elsewhere, or can't be judged.
    Unknown,
}

/// The lock as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The format of the ledger.
    pub format_version: u32,
    /// Rises by one with each taking.
    pub epoch: u64,
    /// Fresh with each write.
    pub nonce: String,
    /// Whether it is held. A released lock stays as an object, for its epoch and its witness.
    pub held: bool,
    /// Who holds it, or held it last.
    pub holder: Holder,
    /// Since when, on the holder's clock: for people.
    pub since: Timestamp,
    /// How long it holds after it was written, seconds.
    pub validity_seconds: u64,
    /// The number of the last entry that the holder has seen: a head below it was rolled back.
    pub witness: u64,
}

/// Why a lock can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBy {
    /// The lock.
    pub lock: Lock,
    /// How long ago the holder gave a sign of life, on the store's clock.
    pub age: Duration,
    /// Whether it runs on this machine.
    pub liveness: Liveness,
}

impl HeldBy {
    /// How long until it may be taken without force.
    pub fn remaining(&self) -> Duration {
        Duration::from_secs(self.lock.validity_seconds).saturating_sub(self.age)
    }
}

/// Whether a lock may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody holds it.
    Free {
        /// The epoch to take it with.
        epoch: u64,
    },
    /// Somebody has not let go of it, and may be relieved of it.
    TakeOver {
        /// The epoch to take it with.
        epoch: u64,
        /// Who loses it.
        from: Box<Lock>,
        /// Why that is right.
        why: String,
    },
    /// Somebody holds it.
    Held(Box<HeldBy>),
}

/// Decides whether a lock may be taken: `current` with its age on the store's clock, what is known of its holder, and
/// whether the caller was told to take it whatever it says.
pub fn claim(current: Option<(&Lock, Duration)>, liveness: Liveness, force: bool) -> Claim {
    let Some((lock, age)) = current else {
        return Claim::Free { epoch: 1 };
    };
    let epoch = lock.epoch + 1;
    if !lock.held {
        return Claim::Free { epoch };
    }
    let why = if liveness == Liveness::Dead {
        format!("process {} on this machine no longer runs", lock.holder.process)
    } else if age >= Duration::from_secs(lock.validity_seconds) {
        format!("no sign of life for {} s", age.as_secs())
    } else if force {
        "taken over by request".to_owned()
    } else {
        return Claim::Held(Box::new(HeldBy { lock: lock.clone(), age, liveness }));
    };
    Claim::TakeOver { epoch, from: Box::new(lock.clone()), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(held: bool) -> Lock {
        Lock {
            format_version: 1,
            epoch: 7,
            nonce: "n".into(),
            held,
            holder: Holder {
                who: "ana".into(),
                host: "h".into(),
                machine: "m".into(),
                process: 4,
                process_start: "9".into(),
                command: "apply a/b".into(),
                run_url: None,
                landfall: "0.1.0".into(),
            },
            since: Timestamp::UNIX_EPOCH,
            validity_seconds: 300,
            witness: 3,
        }
    }

    #[test]
    fn the_first_lock_has_epoch_one() {
        assert_eq!(claim(None, Liveness::Unknown, false), Claim::Free { epoch: 1 });
    }

    #[test]
    fn a_released_lock_is_taken_with_the_next_epoch() {
        let lock = lock(false);
        let claim = claim(Some((&lock, Duration::ZERO)), Liveness::Unknown, false);
        assert_eq!(claim, Claim::Free { epoch: 8 });
    }

    #[test]
    fn a_held_lock_is_refused_until_its_validity_has_passed_on_the_stores_clock() {
        let lock = lock(true);
        let at = |seconds| claim(Some((&lock, Duration::from_secs(seconds))), Liveness::Unknown, false);
        assert!(matches!(at(299), Claim::Held(held) if held.remaining() == Duration::from_secs(1)));
        assert!(matches!(at(300), Claim::TakeOver { epoch: 8, .. }));
    }

    #[test]
    fn a_holder_proved_dead_loses_the_lock_at_once_and_a_living_one_only_by_request() {
        let lock = lock(true);
        let now = Some((&lock, Duration::ZERO));
        assert!(matches!(claim(now, Liveness::Dead, false), Claim::TakeOver { .. }));
        assert!(matches!(claim(now, Liveness::Alive, false), Claim::Held(_)));
        assert!(matches!(claim(now, Liveness::Alive, true), Claim::TakeOver { .. }));
    }
}
