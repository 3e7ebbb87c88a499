//! What a ledger needs of its store, asked of every store that there is: a folder, the sandbox's S3, Azure Blob Storage and Cloud Storage,
//! and those of ministack and Azurite, which nobody here wrote. No stand-in for Cloud Storage that others wrote keeps the contract, so
//! Google's own client looks at what was kept in the sandbox's.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use landfall::drivers::ledger::{ObjectLedgers, ledger_in};
use landfall::drivers::local::clock::SystemClock;
use landfall::drivers::patience::Patience;
use landfall::plan::deployment::Place;
use landfall::ports::ledger::{LedgerStore, Ledgers as _, StoreError};
use landfall::ports::sandbox::{LocalSandbox, SandboxTrouble};
use landfall::sandbox::{Sandbox, SandboxOptions};
use serde_json::Value;

use crate::azurite::Azurite;
use crate::elsewhere::Ministack;
use crate::python;

type Told = Result<(), Box<dyn Error>>;

/// A stand-in for the cloud that runs already.
struct Running(String);

#[async_trait]
impl LocalSandbox for Running {
    async fn find(&self) -> Option<String> {
        Some(self.0.clone())
    }

    async fn start(&self, _port: u16) -> Result<String, SandboxTrouble> {
        Ok(self.0.clone())
    }

    async fn ask(&self, _method: &str, path: &str, _body: Option<&Value>) -> Result<Value, SandboxTrouble> {
        Err(SandboxTrouble::Refused(format!("nothing is asked here, such as {path}")))
    }

    async fn reset(&self) -> Result<(), SandboxTrouble> {
        Ok(())
    }
}

async fn open(address: &str, stand_in: Option<&str>) -> Result<Arc<dyn LedgerStore>, Box<dyn Error>> {
    let place = Place {
        cloud: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
        engine: None,
    };
    open_in(place, address, stand_in).await
}

/// A place on Azure.
fn azure() -> Place {
    let account = "00000000-0000-4000-8000-000000000001".to_owned();
    Place { cloud: "azure".to_owned(), account, region: "westeurope".to_owned(), engine: None }
}

async fn open_in(place: Place, address: &str, stand_in: Option<&str>) -> Result<Arc<dyn LedgerStore>, Box<dyn Error>> {
    let sandbox = stand_in.map(|url| Arc::new(Running(url.to_owned())) as Arc<dyn LocalSandbox>);
    let ledgers =
        ObjectLedgers::new(sandbox, Arc::new(SystemClock::start()), Patience::of_attempt(Duration::from_secs(30)));
    Ok(Arc::from(ledgers.open(address, &place).await?))
}

fn expect(holds: bool, what: &str) -> Told {
    if holds { Ok(()) } else { Err(what.to_owned().into()) }
}

/// Everything that `deploy::book` and `deploy::lease` rely on.
async fn keeps_the_contract(ledger: Arc<dyn LedgerStore>) -> Told {
    let nothing = "targets/a/b/entries/9";
    expect(matches!(ledger.read(nothing).await, Err(StoreError::Missing { .. })), "what is not there is read")?;
    expect(ledger.list("targets/a/b/entries/").await?.is_empty(), "an empty ledger lists something")?;
    for name in ["targets/a/b/entries/2", "targets/a/b/entries/1", "targets/a/bc/entries/1", "documents/1"] {
        ledger.create(name, b"first").await?;
        let again = ledger.create(name, b"second").await;
        expect(matches!(again, Err(StoreError::Moved { .. })), &format!("created twice: {again:?}"))?;
        expect(ledger.read(name).await? == b"first", "an object was replaced")?;
    }
    let listed = ledger.list("targets/a/b/entries/").await?;
    expect(listed == ["targets/a/b/entries/1", "targets/a/b/entries/2"], &format!("listed: {listed:?}"))?;

    let cell = "targets/a/b/lock.json";
    expect(ledger.cell(cell).await?.is_none(), "a cell that nobody wrote")?;
    let first = ledger.swap(cell, None, b"1").await?;
    let again = ledger.swap(cell, None, b"x").await;
    expect(matches!(again, Err(StoreError::Moved { .. })), &format!("a cell created twice: {again:?}"))?;
    let gone = ledger.swap("targets/a/b/gone.json", Some(&first), b"x").await;
    expect(matches!(gone, Err(StoreError::Missing { .. })), &format!("a cell that is gone: {gone:?}"))?;
    let mut version = ledger.swap(cell, Some(&first), b"2").await?;
    let late = ledger.swap(cell, Some(&first), b"3").await;
    expect(matches!(late, Err(StoreError::Moved { .. })), &format!("swapped from an old version: {late:?}"))?;
    let found = ledger.cell(cell).await?.ok_or("the cell is gone")?;
    expect(found.bytes == b"2" && found.version == version, &format!("another cell: {found:?}"))?;

    for round in 0..5 {
        let racers: Vec<_> = (0..8)
            .map(|racer| {
                let (ledger, version) = (Arc::clone(&ledger), version.clone());
                tokio::spawn(
                    async move { ledger.swap(cell, Some(&version), format!("{round} {racer}").as_bytes()).await },
                )
            })
            .collect();
        let mut won = vec![];
        for racer in racers {
            match racer.await? {
                Ok(version) => won.push(version),
                Err(StoreError::Moved { .. }) => {}
                Err(other) => return Err(format!("a racer was told {other}").into()),
            }
        }
        expect(won.len() == 1, &format!("{} of 8 racers won round {round}", won.len()))?;
        version = won.remove(0);
    }
    expect(ledger.age(cell).await? < Duration::from_secs(3600), "a cell just written is old")?;
    let unwritten = ledger.age("targets/a/b/gone.json").await;
    expect(matches!(unwritten, Err(StoreError::Missing { .. })), &format!("what was never written: {unwritten:?}"))?;

    ledger.create("pruned/r/1", b"moved").await?;
    let aged = ledger.aged("pruned/").await?;
    let young = |(name, age): &(String, Duration)| name == "pruned/r/1" && *age < Duration::from_secs(3600);
    expect(aged.len() == 1 && aged.iter().all(young), &format!("an object just written: {aged:?}"))?;
    for _ in 0..2 {
        ledger.remove("pruned/r/1").await?;
    }
    expect(ledger.list("pruned/").await?.is_empty(), "what was removed is listed")?;
    expect(matches!(ledger.read("pruned/r/1").await, Err(StoreError::Missing { .. })), "what was removed is read")?;
    ledger.create("pruned/r/1", b"anew").await?;
    Ok(ledger.remove("pruned/r/1").await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_keeps_the_contract_of_a_ledger() -> Told {
    let folder = tempfile::tempdir()?;
    let address = Path::join(folder.path(), "ledger");
    keeps_the_contract(open(&address.to_string_lossy(), None).await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandboxs_s3_keeps_the_contract_of_a_ledger() -> Told {
    let folder = tempfile::tempdir()?;
    let running = Sandbox::start(SandboxOptions { pace: Some(0.0), ..SandboxOptions::new(folder.path()) }).await?;
    keeps_the_contract(open("s3://acme-ledger/shop/all", Some(running.url())).await?).await?;
    // Another prefix is another ledger; the same one is the same.
    let other = open("s3://acme-ledger/books", Some(running.url())).await?;
    expect(other.list("documents").await?.is_empty(), "two prefixes share what they hold")?;
    let same = open("s3://acme-ledger/shop/all", Some(running.url())).await?;
    expect(same.list("documents").await? == ["documents/1"], "a ledger is not found again")?;
    running.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandboxs_azure_blob_storage_keeps_the_contract_of_a_ledger() -> Told {
    let folder = tempfile::tempdir()?;
    let running = Sandbox::start(SandboxOptions { pace: Some(0.0), ..SandboxOptions::new(folder.path()) }).await?;
    let of = |address: &'static str| open_in(azure(), address, Some(running.url()));
    keeps_the_contract(of("azblob://acmeledger/shop/all").await?).await?;
    let other = of("azblob://acmeledger/shop/books").await?;
    expect(other.list("documents").await?.is_empty(), "two prefixes share what they hold")?;
    let same = of("azblob://acmeledger/shop/all").await?;
    expect(same.list("documents").await? == ["documents/1"], "a ledger is not found again")?;
    running.stop().await;
    Ok(())
}

/// A place on Google Cloud.
fn gcp() -> Place {
    Place {
        cloud: "gcp".to_owned(),
        account: "judged-project".to_owned(),
        region: "us-central1".to_owned(),
        engine: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandboxs_cloud_storage_keeps_the_contract_of_a_ledger() -> Told {
    let folder = tempfile::tempdir()?;
    let running = Sandbox::start(SandboxOptions { pace: Some(0.0), ..SandboxOptions::new(folder.path()) }).await?;
    let of = |address: &'static str| open_in(gcp(), address, Some(running.url()));
    keeps_the_contract(of("gs://acme-ledger/shop/all").await?).await?;
    let other = of("gs://acme-ledger/shop/books").await?;
    expect(other.list("documents").await?.is_empty(), "two prefixes share what they hold")?;
    let same = of("gs://acme-ledger/shop/all").await?;
    expect(same.list("documents").await? == ["documents/1"], "a ledger is not found again")?;
    running.stop().await;
    Ok(())
}

/// `object_store` speaks the XML interface, Google's client the other one: both see the same objects, and each is refused what the
/// other wrote over.
#[tokio::test(flavor = "multi_thread")]
async fn googles_client_finds_and_guards_what_is_kept_in_the_sandboxs_cloud_storage() -> Told {
    let folder = tempfile::tempdir()?;
    let running = Sandbox::start(SandboxOptions { pace: Some(0.0), ..SandboxOptions::new(folder.path()) }).await?;
    let ledger = open_in(gcp(), "gs://acme-ledger/shop/all", Some(running.url())).await?;
    ledger.create("targets/a/b/entries/1", "ein Eintrag".as_bytes()).await?;
    ledger.swap("targets/a/b/lock.json", None, b"same").await?;
    let read = ledger.cell("targets/a/b/lock.json").await?.ok_or("no cell")?;
    let url = running.url().to_owned();
    let told = tokio::task::spawn_blocking(move || {
        let script = python::root().join("tests/judges/cloud_storage_story.py");
        python::drive(&script, &[("SANDBOX_URL", &url)]).map_err(|error| error.to_string())
    });
    let printed = told.await??;
    expect(printed.ends_with("all steps passed\n"), &printed)?;
    // The client wrote the same bytes again: the ETag is as it was, the generation isn't.
    let late = ledger.swap("targets/a/b/lock.json", Some(&read.version), b"late").await;
    expect(matches!(late, Err(StoreError::Moved { .. })), &format!("swapped from an old version: {late:?}"))?;
    let found = ledger.cell("targets/a/b/lock.json").await?.ok_or("no cell")?;
    expect(found.bytes == b"same" && found.version != read.version, &format!("another cell: {found:?}"))?;
    ledger.swap("targets/a/b/lock.json", Some(&found.version), b"next").await?;
    running.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn azurite_keeps_the_contract_of_a_ledger() -> Told {
    let folder = tempfile::tempdir()?;
    let azurite = Azurite::start(folder.path())?;
    let store = azurite.container("ledger").await?;
    keeps_the_contract(Arc::new(ledger_in(store, "azurite"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_s3_keeps_the_contract_of_a_ledger() -> Told {
    let folder = tempfile::tempdir()?;
    let elsewhere = Ministack::start(folder.path())?;
    keeps_the_contract(open("s3://acme-ledger/shop", Some(&elsewhere.url)).await?).await
}
