//! A run that rebuilds a target's entries is killed at every call of the store: what could be proved stays, and one more run ends where no
//! kill would have ended.

use std::path::Path;
use std::sync::Arc;

use landfall::deploy::book::Book;
use landfall::deploy::lease::Lease;
use landfall::drivers::local::clock::SystemClock;
use landfall::ledger::entry::{Intent, Purpose, Record};
use landfall::ledger::lock::{Holder, Liveness};
use landfall::ports::ledger::LedgerStore;
use landfall::ports::machine::Machine;

use crate::prune::{Done, Fault, Faulty, by, folder, ledger};

/// A machine on which every earlier run is over.
struct Later;

impl Machine for Later {
    fn holder(&self, command: &str) -> Holder {
        Holder { command: command.to_owned(), ..by() }
    }

    fn liveness(&self, _holder: &Holder) -> Liveness {
        Liveness::Dead
    }

    fn branch(&self, _folder: &Path) -> Option<String> {
        None
    }
}

/// Rebuilds as the command does; what the cloud has is what was deployed last.
async fn rebuild(store: Arc<dyn LedgerStore>, found: &Intent) -> Done<()> {
    let book = Book::new(store, Arc::new(SystemClock::start()), "shop/dev");
    let lease = Lease::acquire_to_rebuild(book.clone(), &Later, "ledger rebuild shop/dev").await?;
    let loss = book.loss().await?;
    if loss.is_any() {
        book.rebuild(&lease, &loss, "the ledger was rebuilt", Some(found.clone())).await?;
    }
    lease.release().await;
    Ok(())
}

/// A ledger of four deployments whose entry of that number is altered; the head is gone where that is 0.
async fn damaged(folder: &Path, entry: usize) -> Done<(Arc<dyn LedgerStore>, Book, Intent)> {
    let (store, book) = ledger(folder).await?;
    let last = book.latest(2).await?.pop().ok_or("no entry")?;
    let Record::Intent(mut intent) = last.record else { return Err("no intent".into()) };
    if let Purpose::Deploy(deploy) = &mut intent.purpose {
        deploy.held = Some("the ledger was rebuilt".to_owned());
    }
    let names = store.list("targets/shop/dev/entries/").await?;
    let broken = match entry {
        0 => "targets/shop/dev/head.json".to_owned(),
        number => names[number - 1].clone(),
    };
    std::fs::write(folder.join(broken), b"{}")?;
    Ok((store, book, *intent))
}

/// Rebuilds with a kill at a call; gives how many calls were made.
async fn run(entry: usize, at: usize, fault: Fault) -> Done<usize> {
    let folder = folder()?;
    let (store, book, found) = damaged(folder.path(), entry).await?;
    let faulty = Faulty::new(&store, at, fault, None);
    let _killed = rebuild(faulty.clone(), &found).await;
    let calls = faulty.calls();
    rebuild(Arc::clone(&store), &found).await?;
    let place = format!("{fault:?} at {at}, entry {entry}");
    let audit = book.audit().await?;
    assert!(audit.faults.is_empty(), "{place}: {:?}", audit.faults);
    let kept = if entry == 0 { 8 } else { entry - 1 };
    let first = audit.entries.iter().take_while(|entry| !matches!(entry.record, Record::Held(_))).count();
    assert_eq!(first, kept, "{place}: what could be proved is not there any more");
    let standing = book.standing().await?;
    let Purpose::Deploy(deploy) = &found.purpose else { return Err("no deployment".into()) };
    let deployed = standing.deployed.and_then(|deployed| deployed.outcome.document);
    if standing.pending.is_none() {
        assert_eq!(deployed.as_ref(), Some(&deploy.document), "{place}");
    }
    assert!(standing.held.is_some(), "{place}: it takes promotions");
    let everything = store.list("targets/shop/dev").await?.into_iter().filter(|name| name.contains("/lost/")).count();
    assert!(everything >= 8 - kept, "{place}: what could not be proved was thrown away");
    Ok(calls)
}

#[tokio::test]
async fn a_rebuilding_that_is_killed_anywhere_is_ended_by_the_next() -> Done<()> {
    for entry in [0, 1, 6, 7] {
        let calls = run(entry, usize::MAX, Fault::KilledBefore).await?;
        for fault in [Fault::KilledBefore, Fault::KilledAfter] {
            for at in 1..=calls {
                run(entry, at, fault).await?;
            }
        }
    }
    Ok(())
}
