//! A run that prunes is stopped at every call of the store, and at every call somebody deploys what was about to go: whatever an
//! environment needs to go back is there afterwards.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use landfall::deploy::book::Book;
use landfall::deploy::prune::{Past, Rules};
use landfall::drivers::ledger::ObjectLedgers;
use landfall::drivers::local::clock::SystemClock;
use landfall::drivers::patience::Patience;
use landfall::ledger::entry::{Deploy, Ending, Intent, Outcome, Purpose, Record};
use landfall::ledger::lock::Holder;
use landfall::plan::deployment::Place;
use landfall::plan::digest::Digest;
use landfall::ports::clock::Clock;
use landfall::ports::ledger::{Cell, LedgerStore, Ledgers as _, StoreError, Version};
use tokio::sync::Mutex;

pub(crate) type Done<T> = Result<T, Box<dyn Error>>;

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The run is killed before it.
    KilledBefore,
    /// The run is killed after it.
    KilledAfter,
    /// Before it, somebody deploys the oldest document again.
    Deployed,
}

/// A store with a fault at one of its calls.
pub(crate) struct Faulty {
    store: Arc<dyn LedgerStore>,
    calls: AtomicUsize,
    at: usize,
    fault: Fault,
    other: Mutex<Option<Book>>,
}

impl Faulty {
    /// A store that is cut off at this call.
    pub(crate) fn new(store: &Arc<dyn LedgerStore>, at: usize, fault: Fault, other: Option<Book>) -> Arc<Self> {
        let (store, calls, other) = (Arc::clone(store), AtomicUsize::new(0), Mutex::new(other));
        Arc::new(Faulty { store, calls, at, fault, other })
    }

    /// How many calls were made.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    async fn before(&self) -> Result<usize, StoreError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if call >= self.at && self.fault == Fault::KilledBefore {
            return Err(killed());
        }
        if call == self.at && self.fault == Fault::Deployed {
            let book = self.other.lock().await.take();
            if let Some(book) = book {
                deployed(&book, 0).await.map_err(|_| killed())?;
            }
        }
        Ok(call)
    }

    fn after<T>(&self, call: usize, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if call >= self.at && self.fault == Fault::KilledAfter { Err(killed()) } else { answer }
    }
}

fn killed() -> StoreError {
    StoreError::Denied { name: "everything".into(), why: "killed".into() }
}

#[async_trait]
impl LedgerStore for Faulty {
    fn address(&self) -> String {
        self.store.address()
    }

    async fn create(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let call = self.before().await?;
        self.after(call, self.store.create(name, bytes).await)
    }

    async fn read(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let call = self.before().await?;
        self.after(call, self.store.read(name).await)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let call = self.before().await?;
        self.after(call, self.store.list(prefix).await)
    }

    async fn aged(&self, prefix: &str) -> Result<Vec<(String, Duration)>, StoreError> {
        let call = self.before().await?;
        self.after(call, self.store.aged(prefix).await)
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        let call = self.before().await?;
        self.after(call, self.store.remove(name).await)
    }

    async fn cell(&self, name: &str) -> Result<Option<Cell>, StoreError> {
        let call = self.before().await?;
        self.after(call, self.store.cell(name).await)
    }

    async fn age(&self, name: &str) -> Result<Duration, StoreError> {
        let call = self.before().await?;
        self.after(call, self.store.age(name).await)
    }

    async fn swap(&self, name: &str, read: Option<&Version>, bytes: &[u8]) -> Result<Version, StoreError> {
        let call = self.before().await?;
        self.after(call, self.store.swap(name, read, bytes).await)
    }
}

pub(crate) fn by() -> Holder {
    let (who, host, command) = ("ana".to_owned(), "h".to_owned(), "apply shop/dev".to_owned());
    let (machine, process_start, landfall) = (String::new(), String::new(), "0.1.0".to_owned());
    Holder { who, host, machine, process: 1, process_start, command, run_url: None, landfall }
}

pub(crate) fn document(number: u8) -> Vec<u8> {
    vec![number; 100]
}

/// Records that a document was deployed, as a run does: the document first, then what is intended, then how it ended.
async fn deployed(book: &Book, number: u8) -> Done<()> {
    let document = book.store_document(&document(number)).await?;
    let id = SystemClock::start().unique();
    let place = Place { cloud: "aws".into(), account: "1".into(), region: "us-east-1".into(), engine: None };
    let (stack, before, plan, approved) = ("shop-dev".to_owned(), None, None, Vec::new());
    let purpose = Purpose::Deploy(Box::new(Deploy::of(document.clone())));
    let intent = Intent { id: id.clone(), purpose, place, stack, before, plan, approved };
    book.append(1, &by(), &Record::Intent(Box::new(intent)), 0).await?;
    let (ending, after, failure, seconds, judgement, flags) = (Ending::Succeeded, None, None, 1, None, None);
    let (document, serving) = (Some(document), Vec::new());
    let outcome = Outcome { intent: id, ending, after, document, failure, seconds, judgement, flags, serving };
    book.append(1, &by(), &Record::Outcome(outcome), 0).await?;
    Ok(())
}

/// A folder in memory where there is such a place: a disk takes its time for each of some ten thousand writes.
pub(crate) fn folder() -> std::io::Result<tempfile::TempDir> {
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}

/// A ledger in which four documents were deployed one after the other.
pub(crate) async fn ledger(folder: &std::path::Path) -> Done<(Arc<dyn LedgerStore>, Book)> {
    let clock = Arc::new(SystemClock::start());
    let ledgers = ObjectLedgers::new(None, clock.clone(), Patience::of_attempt(Duration::from_secs(30)));
    let nobody = Place { cloud: String::new(), account: String::new(), region: String::new(), engine: None };
    let store: Arc<dyn LedgerStore> = Arc::from(ledgers.open(&folder.to_string_lossy(), &nobody).await?);
    let book = Book::new(Arc::clone(&store), clock, "shop/dev");
    book.raise(1, &by()).await?;
    for number in 0..4 {
        deployed(&book, number).await?;
    }
    Ok((store, book))
}

fn rules() -> Rules {
    let keep = BTreeMap::from([("shop/dev".to_owned(), 2)]);
    Rules { only: None, keep, unused_for: Duration::ZERO, forget_after: Duration::ZERO }
}

/// Runs with a fault at a call; gives how many calls were made.
async fn run(at: usize, fault: Fault) -> Done<usize> {
    let folder = folder()?;
    let (store, book) = ledger(folder.path()).await?;
    let faulty = Faulty::new(&store, at, fault, Some(book.clone()));
    let clock = Arc::new(SystemClock::start());
    let past = Past { store: faulty.clone(), clock: clock.clone() };
    // Twice: what the first moved away, the second would forget.
    let ended = [past.prune(&rules(), false).await.is_ok(), past.prune(&rules(), false).await.is_ok()];
    let calls = faulty.calls();
    let interfered = calls >= at;
    assert_eq!(ended.iter().all(|ended| *ended), fault == Fault::Deployed || !interfered, "{fault:?} at {at}");
    let mut needed = vec![2, 3];
    if fault == Fault::Deployed && interfered {
        needed = vec![0, 3];
    }
    for number in &needed {
        let found = book.document(&Digest::of(&document(*number))).await;
        assert!(found.is_ok(), "{fault:?} at {at}: document {number} is lost: {found:?}");
    }
    // Another run ends where no fault would have ended.
    let past = Past { store: Arc::clone(&store), clock };
    past.prune(&rules(), false).await?;
    past.prune(&rules(), false).await?;
    let mut left = store.list("documents/").await?;
    // A copy of what is needed again does no harm.
    let moved = store.list("pruned/").await?.into_iter().map(|name| name.replace("pruned/", "documents/"));
    left.extend(moved.map(|name| format!("documents/{}", name.rsplit('/').next().unwrap_or_default())));
    left.sort();
    left.dedup();
    let mut wanted: Vec<String> =
        needed.iter().map(|number| format!("documents/{}", Digest::of(&document(*number)).hex())).collect();
    wanted.sort();
    assert_eq!(left, wanted, "{fault:?} at {at}");
    Ok(calls)
}

#[tokio::test]
async fn whatever_happens_at_any_call_of_a_run_that_prunes_nothing_needed_is_lost() -> Done<()> {
    let calls = run(usize::MAX, Fault::KilledBefore).await?;
    for fault in [Fault::KilledBefore, Fault::KilledAfter, Fault::Deployed] {
        for at in 1..=calls {
            run(at, fault).await?;
        }
    }
    Ok(())
}
