//! The embedded sandbox: found where one runs, else started inside this process.

#![expect(clippy::disallowed_methods, reason = "finding the sandbox means reading its notice and asking its address")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;

use super::patience::Patience;
use crate::plan::deployment::Place;
use crate::ports::clock::Clock;
use crate::ports::cloud::{Cloud, CloudError, Clouds};
use crate::ports::sandbox::{LocalSandbox, SandboxTrouble};
use crate::sandbox::{NOTICE, Running, Sandbox, SandboxError, SandboxOptions};

/// How long a sandbox may take to answer on this machine.
const ANSWER: Duration = Duration::from_secs(30);

/// The pace of a sandbox that nobody gave one: an hour of the cloud in half a minute, slow enough to be watched.
const USUAL_PACE: f64 = 1.0 / 120.0;

/// The sandbox whose state is in one folder.
pub struct EmbeddedSandbox {
    folder: PathBuf,
    pace: Option<f64>,
    clock: Arc<dyn Clock>,
    here: OnceCell<Here>,
}

enum Here {
    /// It runs inside this process, for as long as this is kept.
    Ours(Running),
    /// It runs in another one.
    Theirs(String),
}

impl EmbeddedSandbox {
    /// The sandbox in a folder; `pace` is a multiple of the cloud's own time, none for what its state says.
    pub fn new(folder: PathBuf, pace: Option<f64>, clock: Arc<dyn Clock>) -> Self {
        EmbeddedSandbox { folder, pace, clock, here: OnceCell::new() }
    }

    async fn begin(&self, port: u16) -> Result<Here, SandboxTrouble> {
        // Two that start at once meet at the folder: the one that comes second finds the first.
        let mut last = String::new();
        for _ in 0..50 {
            if let Some(url) = self.find().await {
                if let Some(pace) = self.pace {
                    request(&url, "PUT", "pace", Some(&serde_json::json!({ "pace": pace }))).await?;
                }
                return Ok(Here::Theirs(url));
            }
            let pace = self.pace.or((!Sandbox::has_state(&self.folder)).then_some(USUAL_PACE));
            let options = SandboxOptions { port, pace, ..SandboxOptions::new(&self.folder) };
            match Sandbox::start(options).await {
                Ok(running) => return Ok(Here::Ours(running)),
                Err(error @ SandboxError::InUse { .. }) => last = error.to_string(),
                Err(error) => return Err(SandboxTrouble::Start(error.to_string())),
            }
            self.clock.sleep(Duration::from_millis(100)).await;
        }
        Err(SandboxTrouble::Start(last))
    }
}

#[async_trait]
impl LocalSandbox for EmbeddedSandbox {
    async fn find(&self) -> Option<String> {
        if let Some(here) = self.here.get() {
            return Some(url(here).to_owned());
        }
        let notice = std::fs::read(self.folder.join(NOTICE)).ok()?;
        let notice: Value = serde_json::from_slice(&notice).ok()?;
        let url = notice.get("url")?.as_str()?.to_owned();
        // The notice of one that was killed stays behind.
        request(&url, "GET", "health", None).await.ok()?;
        Some(url)
    }

    async fn start(&self, port: u16) -> Result<String, SandboxTrouble> {
        let here = self.here.get_or_try_init(|| self.begin(port)).await?;
        Ok(url(here).to_owned())
    }

    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, SandboxTrouble> {
        let url = self.start(0).await?;
        request(&url, method, path, body).await
    }

    async fn reset(&self) -> Result<(), SandboxTrouble> {
        self.ask("POST", "reset", None).await?;
        for beside in ["ledger", "terraform"] {
            match std::fs::remove_dir_all(self.folder.join(beside)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(SandboxTrouble::Refused(format!("its {beside} folder can't be removed: {error}")));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

fn url(here: &Here) -> &str {
    match here {
        Here::Ours(running) => running.url(),
        Here::Theirs(url) => url,
    }
}

/// Asks an endpoint under `/_sandbox`.
async fn request(url: &str, method: &str, path: &str, body: Option<&Value>) -> Result<Value, SandboxTrouble> {
    let unanswered = |why: &dyn std::fmt::Display| SandboxTrouble::Unanswered(format!("{url}: {why}"));
    let address = url.strip_prefix("http://").unwrap_or(url);
    let talk = async {
        let stream = TcpStream::connect(address).await.map_err(|error| unanswered(&error))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| unanswered(&error))?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(format!("/_sandbox/{path}"))
            .header("host", address)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.map(Value::to_string).unwrap_or_default())))
            .map_err(|error| unanswered(&error))?;
        let response = sender.send_request(request).await.map_err(|error| unanswered(&error))?;
        let status = response.status();
        let bytes = response.into_body().collect().await.map_err(|error| unanswered(&error))?.to_bytes();
        let answer: Value = serde_json::from_slice(&bytes).map_err(|error| unanswered(&error))?;
        if status.is_success() {
            return Ok(answer);
        }
        let why = answer.get("error").and_then(Value::as_str).unwrap_or("no reason given").to_owned();
        Err(SandboxTrouble::Refused(why))
    };
    tokio::time::timeout(ANSWER, talk).await.unwrap_or_else(|error| Err(unanswered(&error)))
}

/// Every cloud, as the sandbox plays it. No credentials are read, and no cloud can be reached through it.
pub struct SandboxClouds {
    sandbox: Arc<EmbeddedSandbox>,
    clock: Arc<dyn Clock>,
    patience: Patience,
}

impl SandboxClouds {
    /// The clouds that a sandbox plays.
    pub fn new(sandbox: Arc<EmbeddedSandbox>, clock: Arc<dyn Clock>, patience: Patience) -> Self {
        SandboxClouds { sandbox, clock, patience }
    }

    /// Where the sandbox is, and how fast its time goes.
    #[cfg_attr(
        not(any(feature = "aws", feature = "azure", feature = "gcp")),
        expect(dead_code, reason = "each driver asks")
    )]
    async fn address(&self) -> Result<(String, f64), CloudError> {
        let started = self.sandbox.start(0).await;
        let url = started.map_err(|error| CloudError::Unsupported(error.to_string()))?;
        let pace = self.sandbox.ask("GET", "pace", None).await;
        let pace = pace.map_err(|error| CloudError::Unsupported(error.to_string()))?;
        Ok((url, pace.get("pace").and_then(Value::as_f64).unwrap_or(1.0)))
    }
}

#[async_trait]
impl Clouds for SandboxClouds {
    async fn connect(&self, place: &Place) -> Result<Box<dyn Cloud>, CloudError> {
        #[cfg_attr(
            not(any(feature = "aws", feature = "azure", feature = "gcp")),
            expect(unused_variables, reason = "each driver takes them")
        )]
        let (clock, patience) = (Arc::clone(&self.clock), self.patience);
        match place.cloud.as_str() {
            #[cfg(feature = "aws")]
            "aws" => {
                let (url, pace) = self.address().await?;
                super::aws::AwsClouds::sandbox(clock, patience, url, pace).connect(place).await
            }
            #[cfg(feature = "azure")]
            "azure" => {
                let (url, pace) = self.address().await?;
                super::azure::AzureClouds::sandbox(clock, patience, url, pace).connect(place).await
            }
            #[cfg(feature = "gcp")]
            "gcp" => {
                let (url, pace) = self.address().await?;
                let own = super::gcp::GcpClouds::sandbox(Arc::clone(&clock), patience, url, pace);
                match &place.engine {
                    None => own.connect(place).await,
                    Some(_) => {
                        let folder = self.sandbox.folder.clone();
                        super::terraform::OwnEngine::sandbox(own, clock, folder).connect(place).await
                    }
                }
            }
            other => Err(CloudError::Unsupported(format!("this landfall was built without a driver for {other}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::local::clock::SystemClock;

    #[tokio::test]
    async fn a_new_sandbox_is_fast_also_where_a_ledger_came_first() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("ledger")).unwrap();
        let pace = async || {
            let sandbox = EmbeddedSandbox::new(folder.path().to_owned(), None, Arc::new(SystemClock::start()));
            sandbox.ask("GET", "pace", None).await.unwrap()["pace"].clone()
        };
        assert_eq!(pace().await, USUAL_PACE);
        assert_eq!(pace().await, USUAL_PACE);
    }
}
