//! The sandbox: a local control plane that stands for the clouds, so that everything can be tried with no account.
//!
//! It speaks the clouds' own protocols over HTTP on this machine's loopback address, refuses what they refuse, keeps its state in a
//! folder and takes simulated time for its work. It is proved by the clouds' own clients (`tests/judges`). What it promises, with a
//! source for each rule, stands in `src/sandbox/SPEC.md`. It knows neither commands, drivers nor releases, so it can't share their
//! mistakes.
//!
//! ```text
//! server ─► aws (a file or folder a service) ─► world (state) ─► store (files)
//!    ├────► azure (Resource Manager) ────────┤
//!    ├────► gcp (Infrastructure Manager) ────┤
//!    └────► admin (faults, edits by hand)  ─┘      └─► engine (steps in time, what exists)
//!
//! aws, azure, gcp ─► registry (images, by the protocol that all share)
//! ```

pub mod access;
pub mod admin;
pub mod aws;
pub mod azure;
pub mod clock;
pub mod engine;
pub mod error;
pub mod faults;
pub mod front;
pub mod gcp;
pub mod ids;
pub mod range;
pub mod registry;
pub mod server;
pub mod store;
pub mod world;
pub mod xml;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::access::Access;
use self::clock::{Clock, SystemClock};
pub use self::error::SandboxError;
use self::world::World;

/// The secret access key that goes with every access key id. The sandbox doesn't verify signatures; clients need one to sign with.
pub const SECRET_ACCESS_KEY: &str = "sandbox";

/// How a sandbox is started.
#[derive(Clone)]
pub struct SandboxOptions {
    /// The folder that keeps its state; made where it's missing.
    pub state_dir: PathBuf,
    /// The port on the loopback address; 0 for any free one.
    pub port: u16,
    /// How long simulated work takes, as a multiple of the cloud's own time; 0 is at once. None keeps what the state says, which is 1
    /// for a new state.
    pub pace: Option<f64>,
    /// What makes a new state's identifiers differ from another's; none for one that differs each time.
    pub seed: Option<String>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for SandboxOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { state_dir, port, pace, seed, clock: _ } = self;
        formatter
            .debug_struct("SandboxOptions")
            .field("state_dir", state_dir)
            .field("port", port)
            .field("pace", pace)
            .field("seed", seed)
            .finish_non_exhaustive()
    }
}

impl SandboxOptions {
    /// The defaults: any free port, the machine's clock, the pace that the state says.
    pub fn new(state_dir: impl Into<PathBuf>) -> Self {
        Self { state_dir: state_dir.into(), port: 0, pace: None, seed: None, clock: Arc::new(SystemClock) }
    }
}

/// Starts sandboxes.
#[derive(Clone, Copy, Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Whether a sandbox has run over this folder before. Others may keep theirs in it too, such as a ledger.
    pub fn has_state(folder: &Path) -> bool {
        store::exists(folder)
    }

    /// Starts a sandbox over a state folder. Operations that were under way when an earlier one ended go on as if it hadn't. The
    /// address is written to `sandbox.json` in the folder, for others who look for it.
    ///
    /// # Errors
    /// When the folder is in use or unreadable, or the port is taken.
    pub async fn start(options: SandboxOptions) -> Result<Running, SandboxError> {
        let seed = options.seed.clone().unwrap_or_else(|| format!("{}", options.clock.now().as_nanosecond()));
        let mut world = World::open(&options.state_dir, &seed)?;
        if let Some(pace) = options.pace {
            world.pace = pace;
        }
        world.commit()?;
        let listener = server::listen(options.port).await?;
        let address = listener
            .local_addr()
            .map_err(|source| SandboxError::Listen { address: format!("127.0.0.1:{}", options.port), source })?;
        let url = format!("http://{address}");
        let notice = options.state_dir.join(NOTICE);
        let content = json!({"format_version": 1, "url": url, "process": std::process::id()});
        store::replace_file(&notice, format!("{content}\n").as_bytes())?;
        let access = Arc::new(Access::new(world, options.clock));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(server::serve(listener, access, stopped));
        Ok(Running { url, stop, task, notice })
    }
}

/// The file in the state folder that says where a running sandbox is found.
pub const NOTICE: &str = "sandbox.json";

/// A running sandbox. It ends when this is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    url: String,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    notice: PathBuf,
}

impl Running {
    /// Its address, such as `http://127.0.0.1:41234`: the endpoint of every service.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops it. Its state stays in its folder, and simulated time goes on.
    pub async fn stop(self) {
        let Self { url: _, stop, task, notice } = self;
        // Only fails when the server has ended already.
        let _ = stop.send(true);
        let _ = task.await;
        store::remove_file(&notice);
    }
}
