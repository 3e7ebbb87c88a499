//! A project in a folder of its own, with a sandbox and a ledger, from which runs of the program start.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use landfall::sandbox::clock::{Clock, SystemClock};
use landfall::sandbox::{Running, Sandbox, SandboxOptions};
use tempfile::TempDir;

use crate::Told;
use crate::cloud::{ACCOUNT, Cloud};
use crate::invariants::Guard;
use crate::ledger::Store;
use crate::proxy::{Call, Freeze, Proxy, Script, Victim, signal};
use crate::wire::{ask, runtime};

/// The secret key that every run is given. It must be found nowhere.
pub(crate) const CANARY: &str = "canary-7Xq2pVt9secretKey";

/// The target.
pub(crate) const TARGET: &str = "shop/dev";

/// Its stack.
pub(crate) const STACK: &str = "shop-dev";

/// An alarm, and for how long it has to stay quiet.
pub(crate) const ALARM: &str = "gates: {alarms-quiet: 1m}
topics:
  trouble: {subscribers: [{email: ops@example.com}]}
alarms:
  deep: {description: orders pile up, metric: {of: queue.orders, name: depth}, above: 100, notify: [topic.trouble]}
";

/// How long an API's health path may take to answer after a deployment. Where it answers, some calls may hang before it does.
pub(crate) const PATIENT: &str = "gates: {health: {of: api.v1, path: /health, within: 20m}}\n";
/// Where it doesn't, it is asked once.
pub(crate) const IMPATIENT: &str = "gates: {health: {of: api.v1, path: /health, within: 1s}}\n";

/// The API.
const API: &str = "artifacts:
  worker: {zip: build/worker.zip}
functions:
  worker: {description: works, artifact: worker, handler: worker, memory: 512MiB, timeout: 10s}
apis:
  v1: {run: function.worker, throttle: {per-second: 10, burst: 20}}
";

/// How fast the sandbox's time goes where something is watched: a minute of it in 0.3 s.
const PACE: f64 = 0.005;

/// A run that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(120);

/// Where the ledger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ledger {
    /// In a folder: its calls aren't counted.
    Folder,
    /// In the sandbox's store for objects, behind the same proxy: its calls are counted too.
    Bucket,
}

/// A project with a sandbox.
pub(crate) struct Field {
    folder: TempDir,
    pub(crate) cloud: Cloud,
    ledger: Ledger,
    sandbox: Option<Running>,
    address: String,
    /// How many seconds the sandbox's clock is ahead of this machine's.
    pub(crate) ahead: Arc<AtomicI64>,
    /// Whether a call may take as long as it usually may.
    pub(crate) patient: bool,
    /// What the target has that is looked at after a deployment, in the time that the sandbox has then.
    watched: Option<&'static str>,
}

/// The machine's clock, some seconds off.
struct Shifted(Arc<AtomicI64>);

impl Clock for Shifted {
    fn now(&self) -> jiff::Timestamp {
        SystemClock.now() + jiff::SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code; none where it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    /// The calls that it made.
    pub(crate) calls: Vec<Call>,
    /// What was wrong with one of them at the moment it was made.
    pub(crate) breaches: Vec<String>,
}

impl Run {
    /// Everything that was said.
    pub(crate) fn said(&self) -> String {
        format!("exit {:?}\n{}{}", self.code, self.out, self.err)
    }

    /// Fails unless it ended with this code.
    pub(crate) fn exits(self, code: i32) -> Told<Run> {
        if self.code == Some(code) { Ok(self) } else { Err(format!("expected exit {code}: {}", self.said()).into()) }
    }
}

/// A run that is under way.
pub(crate) struct Started {
    pub(crate) proxy: Proxy,
    victim: Victim,
    readers: [std::thread::JoinHandle<String>; 2],
}

impl Field {
    fn of(folder: TempDir, cloud: Cloud, ledger: Ledger) -> Field {
        Field {
            folder,
            cloud,
            ledger,
            sandbox: None,
            address: String::new(),
            ahead: Arc::default(),
            patient: false,
            watched: None,
        }
    }

    /// An empty project on AWS; nothing is deployed.
    pub(crate) fn new(ledger: Ledger) -> Told<Field> {
        Field::on(Cloud::Aws, ledger)
    }

    /// The same on any cloud.
    pub(crate) fn on(cloud: Cloud, ledger: Ledger) -> Told<Field> {
        Field::of(tempfile::tempdir()?, cloud, ledger).begun()
    }

    /// The same with something that is looked at after each deployment, and some time in the sandbox for that.
    pub(crate) fn watching(cloud: Cloud, ledger: Ledger, what: &'static str) -> Told<Field> {
        let field = Field::of(tempfile::tempdir()?, cloud, ledger);
        Field { watched: Some(what), ..field }.begun()
    }

    fn begun(mut self) -> Told<Field> {
        self.hidden_for("30s")?;
        self.wake()?;
        if self.ledger == Ledger::Bucket {
            // The sandbox makes the store of a ledger, fit for one.
            let mut command = self.command(&["--sandbox", "ledger", "verify", TARGET]);
            let made = command.output()?;
            if !made.status.success() {
                return Err(String::from_utf8_lossy(&made.stderr).into_owned().into());
            }
        }
        Ok(self)
    }

    /// The same project and world once more, in a folder of its own. This one's sandbox has to be stopped.
    pub(crate) fn copy(&self) -> Told<Field> {
        let folder = tempfile::tempdir()?;
        copy(self.root(), folder.path())?;
        let mut field = Field::of(folder, self.cloud, self.ledger);
        field.watched = self.watched;
        field.wake()?;
        Ok(field)
    }

    fn wake(&mut self) -> Told {
        let state = self.root().join(".landfall/sandbox");
        let options = SandboxOptions {
            pace: Some(if self.watched.is_some() { PACE } else { 0.0 }),
            clock: Arc::new(Shifted(Arc::clone(&self.ahead))),
            ..SandboxOptions::new(state)
        };
        let running = runtime()?.block_on(Sandbox::start(options))?;
        self.address = running.url().trim_start_matches("http://").to_owned();
        self.sandbox = Some(running);
        Ok(())
    }

    /// Has the alarm ring from the next deployment on.
    pub(crate) fn unwell(&self, resource: &str) -> Told {
        let unwell =
            serde_json::json!({"fault": "unwell", "resource": resource, "message": "101 > 100", "after_update": true});
        let (status, said) =
            ask(&self.address, (self.cloud, "admin"), "POST", "/_sandbox/faults", &unwell.to_string())?;
        if status == 200 { Ok(()) } else { Err(String::from_utf8_lossy(&said).into_owned().into()) }
    }

    /// Stops the sandbox.
    pub(crate) fn sleep(&mut self) -> Told {
        if let Some(sandbox) = self.sandbox.take() {
            runtime()?.block_on(sandbox.stop());
        }
        Ok(())
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The sandbox's address, past every proxy.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Writes the target's environment; how long a message stays hidden is what updates change.
    pub(crate) fn hidden_for(&self, time: &str) -> Told {
        let folder = self.root().join("environments/shop");
        fs::create_dir_all(&folder)?;
        let watched = self.watched.unwrap_or_default();
        let api = if watched.contains("api.v1") { API } else { "" };
        fs::write(folder.join("dev.yaml"), format!("{}{watched}{api}", self.cloud.shop(time)))?;
        Ok(())
    }

    /// The ledger as it is stored.
    pub(crate) fn store(&self) -> Store {
        match self.ledger {
            Ledger::Folder => Store::Folder(self.root().join("ledger")),
            Ledger::Bucket => {
                let (_, bucket, prefix) = self.cloud.store();
                let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
                Store::Bucket { cloud: self.cloud, address: self.address.clone(), bucket, prefix }
            }
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.env_clear().env("HOME", self.root()).env("PATH", "/usr/bin:/bin").env("USER", "ana");
        command.env("RUST_BACKTRACE", "1").env("LANDFALL_CALL_TIMEOUT", if self.patient { "30s" } else { "1s" });
        match self.ledger {
            Ledger::Folder => command.env("LANDFALL_LEDGER", self.root().join("ledger")),
            Ledger::Bucket => {
                let (scheme, bucket, prefix) = self.cloud.store();
                command.env("LANDFALL_LEDGER", format!("{scheme}://{bucket}/{prefix}"))
            }
        };
        command.arg("--root").arg(self.root()).arg("--yes").args(arguments).current_dir(self.root());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts the program before a proxy of its own: with an endpoint and an account's credentials, as it would reach the cloud, else as
    /// its sandbox. There is one run at a time then, as they find the sandbox by a file.
    pub(crate) fn start(&self, arguments: &[&str], script: Option<Script>) -> Told<Started> {
        let victim: Victim = Arc::default();
        let guard = Guard { store: self.store(), sandbox: self.address.clone() };
        let proxy = Proxy::start(self.cloud, script, Arc::clone(&victim), guard)?;
        let mut command = self.command(arguments);
        // The cloud's own time is not the sandbox's: what is watched for a while is, unless it is known to be the sandbox.
        if self.cloud.by_endpoint() && self.watched.is_none() {
            command.env("AWS_ENDPOINT_URL", &proxy.url);
        } else {
            command.arg("--sandbox");
            let notice = serde_json::json!({"format_version": 1, "url": proxy.url, "process": 0});
            fs::write(self.root().join(".landfall/sandbox/sandbox.json"), notice.to_string())?;
        }
        command.env("AWS_ACCESS_KEY_ID", ACCOUNT);
        command.env("AWS_SECRET_ACCESS_KEY", CANARY).env("AWS_EC2_METADATA_DISABLED", "true");
        let mut child = command.spawn()?;
        let out = child.stdout.take().ok_or("no standard output")?;
        let err = child.stderr.take().ok_or("no standard error")?;
        let readers = [std::thread::spawn(move || drained(out)), std::thread::spawn(move || drained(err))];
        *victim.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        Ok(Started { proxy, victim, readers })
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str], script: Option<Script>) -> Told<Run> {
        self.start(arguments, script)?.end()
    }
}

fn drained(mut stream: impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Started {
    fn with<T>(&self, act: impl FnOnce(&mut Child) -> std::io::Result<T>) -> Told<T> {
        let mut victim = self.victim.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(act(victim.as_mut().ok_or("not started")?)?)
    }

    /// The process's number.
    pub(crate) fn process(&self) -> Told<u32> {
        self.with(|child| Ok(child.id()))
    }

    /// Whether it has ended.
    pub(crate) fn ended(&self) -> Told<bool> {
        Ok(self.with(Child::try_wait)?.is_some())
    }

    /// Waits until it was stopped: after how many calls; none where it ended first.
    pub(crate) fn frozen(&self) -> Told<Option<usize>> {
        loop {
            match self.proxy.freeze() {
                Freeze::Frozen(calls) => return Ok(Some(calls)),
                Freeze::No | Freeze::Thawed if self.ended()? => return Ok(None),
                Freeze::No | Freeze::Thawed => std::thread::sleep(Duration::from_millis(3)),
            }
        }
    }

    /// Wakes it.
    pub(crate) fn thaw(&self) -> Told {
        signal(self.process()?, "CONT");
        self.proxy.thaw();
        Ok(())
    }

    /// Waits for the end.
    pub(crate) fn end(self) -> Told<Run> {
        let began = Instant::now();
        let mut hung = false;
        let status = loop {
            if let Some(status) = self.with(Child::try_wait)? {
                break status;
            }
            if began.elapsed() >= LONGEST {
                hung = true;
                self.with(Child::kill)?;
            }
            std::thread::sleep(Duration::from_millis(3));
        };
        let [out, err] = self.readers.map(|reader| reader.join().unwrap_or_default());
        let (calls, mut breaches) = self.proxy.end();
        if hung {
            breaches.push(format!("it did not end within {} s: {err}", LONGEST.as_secs()));
        }
        if out.contains(CANARY) || err.contains(CANARY) {
            breaches.push("invariant 6: the secret key was printed".to_owned());
        }
        Ok(Run { code: status.code(), out, err, calls, breaches })
    }
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Told<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> Told {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(target.parent().ok_or("no folder")?)?;
        fs::copy(&file, &target)?;
    }
    Ok(())
}
