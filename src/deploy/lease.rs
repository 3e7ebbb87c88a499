//! Holding a target's lock: taking it, giving signs of life, noticing that it is lost, letting go.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::book::Book;
use super::error::DeployError;
use super::objects::TRIES;
use super::watch::{News, Unwatched, Watch};
use crate::ledger::entry::{Entry, FORMAT_VERSION, Record, TakenOver};
use crate::ledger::head::lock_name;
use crate::ledger::lock::{Claim, HEARTBEAT, Holder, Liveness, Lock, VALIDITY, claim};
use crate::ports::ledger::{StoreError, Version};
use crate::ports::machine::Machine;

/// A lock that this process holds, until it says otherwise or loses it.
#[derive(Debug)]
pub struct Lease {
    book: Book,
    state: Arc<Mutex<State>>,
    heartbeat: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    lock: Lock,
    version: Version,
    /// When the last sign of life was given, on the clock that no time server moves.
    renewed: Duration,
    lost: bool,
}

impl Lease {
    /// Takes the lock of a book's target, or says who holds it. Whoever it is taken from is fenced from then on.
    ///
    /// # Errors
    /// [`DeployError::Locked`] where a holder is alive or may be, and `force` isn't given.
    pub async fn acquire(
        book: Book,
        machine: &dyn Machine,
        command: &str,
        force: bool,
        watch: &dyn Watch,
    ) -> Result<Lease, DeployError> {
        Lease::take(book, machine, command, force, watch, true).await
    }

    /// Takes the lock of a target whose entries aren't sound, to rebuild them: the head is neither asked nor moved.
    ///
    /// # Errors
    /// [`DeployError::Locked`] where a holder is alive or may be.
    pub async fn acquire_to_rebuild(book: Book, machine: &dyn Machine, command: &str) -> Result<Lease, DeployError> {
        Lease::take(book, machine, command, false, &Unwatched, false).await
    }

    async fn take(
        book: Book,
        machine: &dyn Machine,
        command: &str,
        force: bool,
        watch: &dyn Watch,
        sound: bool,
    ) -> Result<Lease, DeployError> {
        let holder = machine.holder(command);
        loop {
            let current = book.lock().await?;
            let decision = match &current {
                None => claim(None, Liveness::Unknown, force),
                Some((lock, _)) => {
                    let age = if lock.held { book.store.age(&lock_name(book.target())).await? } else { Duration::ZERO };
                    claim(Some((lock, age)), machine.liveness(&lock.holder), force)
                }
            };
            let (epoch, taken) = match decision {
                Claim::Free { epoch } => (epoch, None),
                Claim::TakeOver { epoch, from, why } => (epoch, Some((from, why))),
                Claim::Held(by) => return Err(DeployError::Locked { target: book.target().to_owned(), by }),
            };
            let witness = current.as_ref().map_or(0, |(lock, _)| lock.witness);
            if sound {
                book.check_head(witness).await?;
            }
            let lock = Lock {
                format_version: FORMAT_VERSION,
                epoch,
                nonce: book.clock.unique(),
                held: true,
                holder: holder.clone(),
                since: book.clock.now(),
                validity_seconds: VALIDITY.as_secs(),
                witness,
            };
            let renewed = book.clock.elapsed();
            let Some(version) = write(&book, &lock, current.as_ref().map(|(_, version)| version)).await? else {
                // Somebody was faster: look again who.
                continue;
            };
            if sound {
                book.raise(epoch, &holder).await?;
            }
            let state = Arc::new(Mutex::new(State { lock, version, renewed, lost: false }));
            let heartbeat = tokio::spawn(beat(book.clone(), Arc::clone(&state)));
            let lease = Lease { book, state, heartbeat };
            if let Some((from, why)) = taken.filter(|_| sound) {
                watch.news(&News::TookOver { from: &from, why: &why });
                lease.append(&Record::TakenOver(TakenOver { from: from.holder, why })).await?;
            }
            return Ok(lease);
        }
    }

    /// The target's entries.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Makes sure that the lock is still held, before a change in the cloud: asks the store whose it is, since no clock of this
    /// process tells how long it was stopped, or its machine suspended. What loses its lock finds out here, and not by what it breaks.
    ///
    /// # Errors
    /// [`DeployError::Fenced`] where it isn't.
    pub async fn assure(&self) -> Result<(), DeployError> {
        let mut state = self.state.lock().await;
        let age = self.book.clock.elapsed().saturating_sub(state.renewed);
        if state.lost || age >= HEARTBEAT * 2 {
            return renew(&self.book, &mut state).await;
        }
        let now = self.book.lock().await?;
        if now.as_ref().is_some_and(|(lock, _)| lock.nonce == state.lock.nonce) {
            return Ok(());
        }
        state.lost = true;
        let theirs = now.map_or(0, |(lock, _)| lock.epoch);
        Err(DeployError::Fenced { target: self.book.target().to_owned(), ours: state.lock.epoch, theirs })
    }

    /// Appends an entry under this lock.
    ///
    /// # Errors
    /// [`DeployError::Fenced`] where the lock was taken over.
    pub async fn append(&self, record: &Record) -> Result<Entry, DeployError> {
        let (epoch, holder, witness) = {
            let state = self.state.lock().await;
            (state.lock.epoch, state.lock.holder.clone(), state.lock.witness)
        };
        let entry = self.book.append(epoch, &holder, record, witness).await?;
        self.state.lock().await.lock.witness = entry.sequence;
        Ok(entry)
    }

    /// The epoch and the holder of this lock.
    pub(super) async fn held_by(&self) -> (u64, Holder) {
        let state = self.state.lock().await;
        (state.lock.epoch, state.lock.holder.clone())
    }

    /// Takes note of the last entry where the entries were rebuilt: whatever was seen before counts no more.
    pub(super) async fn saw(&self, sequence: u64) {
        self.state.lock().await.lock.witness = sequence;
    }

    /// Lets go of the lock. Where that fails, the lock runs out by itself.
    pub async fn release(self) {
        self.heartbeat.abort();
        let mut state = self.state.lock().await;
        if state.lost {
            return;
        }
        let released = Lock { held: false, nonce: self.book.clock.unique(), ..state.lock.clone() };
        match write(&self.book, &released, Some(&state.version)).await {
            Ok(Some(_)) => state.lock = released,
            Ok(None) => tracing::debug!("the lock was taken over before it was released"),
            Err(error) => tracing::warn!(%error, "the lock could not be released; it runs out by itself"),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.heartbeat.abort();
    }
}

/// Gives signs of life until the lock is lost.
async fn beat(book: Book, state: Arc<Mutex<State>>) {
    loop {
        book.clock.sleep(HEARTBEAT).await;
        let mut state = state.lock().await;
        if let Err(error) = renew(&book, &mut state).await {
            tracing::warn!(%error, "the lock could not be renewed");
        }
        if state.lost {
            return;
        }
    }
}

async fn renew(book: &Book, state: &mut State) -> Result<(), DeployError> {
    let at = book.clock.elapsed();
    let renewed = Lock { nonce: book.clock.unique(), ..state.lock.clone() };
    if let Some(version) = write(book, &renewed, Some(&state.version)).await? {
        state.lock = renewed;
        state.version = version;
        state.renewed = at;
        return Ok(());
    }
    state.lost = true;
    let theirs = book.lock().await?.map_or(0, |(lock, _)| lock.epoch);
    Err(DeployError::Fenced { target: book.target().to_owned(), ours: state.lock.epoch, theirs })
}

/// Writes the lock by compare-and-swap; none where somebody else wrote it meanwhile. An answer that got lost isn't mistaken
/// for somebody else: the nonce tells. A write that never arrived is made again: should the first arrive late, it finds the lock
/// moved, or is this very write.
async fn write(book: &Book, lock: &Lock, read: Option<&Version>) -> Result<Option<Version>, DeployError> {
    let mut bytes = serde_json::to_vec_pretty(lock)?;
    bytes.push(b'\n');
    let mut tries = 0;
    loop {
        let error = match book.store.swap(&lock_name(book.target()), read, &bytes).await {
            Ok(version) => return Ok(Some(version)),
            Err(error) => error,
        };
        let now = book.lock().await?;
        match (error, now) {
            (_, Some((now, version))) if now.nonce == lock.nonce => return Ok(Some(version)),
            (StoreError::Moved { .. }, _) => return Ok(None),
            (error @ StoreError::Unavailable { .. }, now) if now.as_ref().map(|(_, version)| version) == read => {
                if tries >= TRIES {
                    return Err(error.into());
                }
                tries += 1;
                book.objects().pause(tries).await;
            }
            (StoreError::Unavailable { .. }, _) => return Ok(None),
            (error, _) => return Err(error.into()),
        }
    }
}

/// Who holds a target's lock, for judging it: none where nobody does.
pub async fn held(book: &Book, machine: &dyn Machine) -> Result<Option<Holding>, DeployError> {
    let Some((lock, _)) = book.lock().await?.filter(|(lock, _)| lock.held) else {
        return Ok(None);
    };
    let age = book.store.age(&lock_name(book.target())).await?;
    let liveness = machine.liveness(&lock.holder);
    Ok(Some(Holding { lock, age, liveness }))
}

/// A held lock, judged.
#[derive(Clone, Debug)]
pub struct Holding {
    /// The lock.
    pub lock: Lock,
    /// How long ago its holder gave a sign of life, on the store's clock.
    pub age: Duration,
    /// Whether it runs on this machine.
    pub liveness: Liveness,
}

impl Holding {
    /// Whether the lock may be taken without force.
    pub fn is_dead(&self) -> bool {
        self.liveness == Liveness::Dead || self.age >= Duration::from_secs(self.lock.validity_seconds)
    }
}

/// The name of a holder for people.
pub fn name(holder: &Holder) -> String {
    let run = holder.run_url.as_deref().map(|url| format!(", {url}")).unwrap_or_default();
    format!("{} on {} (process {}, `landfall {}`{run})", holder.who, holder.host, holder.process, holder.command)
}
