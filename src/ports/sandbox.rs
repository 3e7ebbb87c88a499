//! The local sandbox, as those who steer it see it.

use async_trait::async_trait;
use serde_json::Value;

/// Why the sandbox did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SandboxTrouble {
    /// It can't be started.
    #[error("the sandbox can't be started: {0}")]
    Start(String),
    /// It can't be asked.
    #[error("the sandbox does not answer: {0}")]
    Unanswered(String),
    /// It says no.
    #[error("the sandbox refuses: {0}")]
    Refused(String),
}

/// The sandbox of this root.
#[async_trait]
pub trait LocalSandbox: Send + Sync {
    /// The address of the one that runs; none where none does.
    async fn find(&self) -> Option<String>;

    /// Finds the one that runs, or starts one inside this process, on a port (0 for any free one). It ends with this process, and
    /// its state stays.
    async fn start(&self, port: u16) -> Result<String, SandboxTrouble>;

    /// Asks one of its own endpoints, such as `POST faults`; starts it where none runs.
    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, SandboxTrouble>;

    /// Forgets everything, what was recorded about it too.
    async fn reset(&self) -> Result<(), SandboxTrouble>;
}
