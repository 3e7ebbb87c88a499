//! The program: found, judged by its version, and run with as little of this process's surroundings as it needs.

#![expect(
    clippy::disallowed_methods,
    reason = "this driver's whole point is a program of the user's, which gets a few variables of this process"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::OnceCell;

use super::folder::{Folder, LINES};
use crate::ports::clock::Clock;
use crate::ports::cloud::CloudError;

/// How often it is looked whether the program is done.
const OFTEN: Duration = Duration::from_millis(50);

/// How long it may take over anything but a run: to fetch providers, to compute a plan, to show one.
const LONGEST: Duration = Duration::from_secs(1800);

/// What the program gets of this process's variables: where programs, certificates and proxies are, and what the google provider and
/// the backend find application default credentials by, as landfall itself does. Tokens and keys in variables (`GOOGLE_OAUTH_ACCESS_TOKEN`,
/// `GOOGLE_CREDENTIALS`) are left out: the project was checked with other credentials than those. So are `TF_VAR_*`, `TF_CLI_ARGS`, `TF_WORKSPACE`
/// and `TF_LOG`, which would change what is deployed, or write secrets down.
const PASSED: &[&str] = &[
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "CLOUDSDK_CONFIG",
    "GCE_METADATA_HOST",
    "TF_CLI_CONFIG_FILE",
    "TF_PLUGIN_CACHE_DIR",
];

/// The first version of each that this driver speaks to: the documents are in the language of Terraform 1.5.
const OLDEST: &[(&str, (u64, u64), &str)] = &[
    ("terraform", (1, 5), "https://developer.hashicorp.com/terraform/install"),
    ("tofu", (1, 6), "https://opentofu.org/docs/intro/install"),
];

/// The program, and what it runs with.
pub(super) struct Program {
    name: &'static str,
    oldest: (u64, u64),
    found_at: &'static str,
    variables: BTreeMap<OsString, OsString>,
    pub(super) clock: Arc<dyn Clock>,
    version: OnceCell<String>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Program").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How a program ended, and what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// Its exit code; none where a signal ended it.
    pub(super) code: Option<i32>,
    /// On its standard output.
    pub(super) out: String,
    /// On its standard error.
    pub(super) error: String,
}

/// Asks the program to stop when nobody waits for it any more, so that it lets go of the state.
struct Waiting(Option<Child>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(child) = &self.0 {
            // Where it can't be asked it ends by itself: nothing that is waited for here changes anything.
            let _ = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
        }
    }
}

impl Program {
    /// The program of this name; `stand_ins` are the sandbox's providers, and no credentials are passed on then.
    pub(super) fn new(name: &str, stand_ins: Option<&str>, clock: Arc<dyn Clock>) -> Result<Self, CloudError> {
        let known = OLDEST.iter().find(|(known, ..)| *known == name);
        let Some((name, oldest, found_at)) = known.copied() else {
            return Err(CloudError::Unsupported(format!("landfall knows no engine `{name}`: use a newer landfall")));
        };
        let passes = |name: &&&str| stand_ins.is_none() || matches!(**name, "PATH" | "HOME" | "TMPDIR" | "LANG");
        let mut variables: BTreeMap<OsString, OsString> =
            PASSED.iter().filter(passes).filter_map(|name| Some((name.into(), std::env::var_os(name)?))).collect();
        let mut set = |name: &str, value: &str| variables.insert(name.into(), value.into());
        set("TF_IN_AUTOMATION", "1");
        set("TF_INPUT", "0");
        set("CHECKPOINT_DISABLE", "1");
        if let Some(stand_ins) = stand_ins {
            set("TF_REATTACH_PROVIDERS", stand_ins);
        }
        Ok(Program { name, oldest, found_at, variables, clock, version: OnceCell::new() })
    }

    /// Its name.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Its version, asked once.
    ///
    /// # Errors
    /// [`CloudError::Unsupported`] where it isn't there, or too old.
    pub(super) async fn version(&self) -> Result<&str, CloudError> {
        let version = self.version.get_or_try_init(|| async {
            let mut child = self
                .command()
                .args(["version", "-json"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .map_err(|error| self.missing(&error))?;
            let stdout = child.stdout.take();
            let status = self.ended(child).await?;
            let mut told = String::new();
            if let Some(mut stdout) = stdout {
                // A page that isn't text is no version.
                let _ = std::io::Read::read_to_string(&mut stdout, &mut told);
            }
            let told: Value = serde_json::from_str(&told).unwrap_or_default();
            let version = told.get("terraform_version").and_then(Value::as_str).unwrap_or_default().to_owned();
            match numbers(&version) {
                Some(found) if found >= self.oldest && found.0 == self.oldest.0 => Ok(version),
                Some(_) => Err(self.unfit(&format!("is {version}"))),
                None => Err(self.unfit(&format!("told no version (exit {status:?})"))),
            }
        });
        version.await.map(String::as_str)
    }

    /// Runs it in a folder until it ends; what it says lies there too, as it may hold more than a pipe.
    ///
    /// # Errors
    /// Where it can't be run, or takes too long. That it fails is none.
    pub(super) async fn run(&self, folder: &Folder, arguments: &[&str]) -> Result<Said, CloudError> {
        let files = folder.open("out").and_then(|out| Ok((out, folder.open("error")?)));
        let (out, error) = files.map_err(|error| self.missing(&error))?;
        let child = self.within(folder, arguments).stdout(out).stderr(error).spawn();
        let code = self.ended(child.map_err(|error| self.missing(&error))?).await?;
        let read = |name| folder.read(name).map(Option::unwrap_or_default);
        Ok(Said { code, out: read("out")?, error: read("error")? })
    }

    /// Begins it in a folder and doesn't wait: it goes on when this process ends.
    pub(super) fn begin(&self, folder: &Folder, arguments: &[&str]) -> Result<Child, CloudError> {
        let files = folder.open(LINES).and_then(|lines| {
            lines.lock()?;
            Ok((lines, folder.open("error")?))
        });
        let (lines, error) = files.map_err(|error| self.missing(&error))?;
        self.within(folder, arguments).stdout(lines).stderr(error).spawn().map_err(|error| self.missing(&error))
    }

    fn within(&self, folder: &Folder, arguments: &[&str]) -> Command {
        let mut command = self.command();
        command.args(arguments).current_dir(folder.path()).env("TF_DATA_DIR", folder.path().join(".terraform"));
        command
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.name);
        command.env_clear().envs(&self.variables).stdin(Stdio::null());
        // Ctrl-C is landfall's to hear: what is under way is asked to stop, and a run is left to its end.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }

    async fn ended(&self, child: Child) -> Result<Option<i32>, CloudError> {
        let start = self.clock.elapsed();
        let mut waiting = Waiting(Some(child));
        loop {
            let ended = match &mut waiting.0 {
                Some(child) => child.try_wait().map_err(|error| self.missing(&error))?,
                None => None,
            };
            if let Some(status) = ended {
                waiting.0 = None;
                return Ok(status.code());
            }
            if self.clock.elapsed().saturating_sub(start) >= LONGEST {
                let why = format!("it was not done within {} s, and was asked to stop", LONGEST.as_secs());
                return Err(CloudError::Unavailable { call: self.name.to_owned(), why });
            }
            self.clock.sleep(OFTEN).await;
        }
    }

    fn missing(&self, error: &std::io::Error) -> CloudError {
        self.unfit(&format!("can't be run ({error})"))
    }

    fn unfit(&self, why: &str) -> CloudError {
        let Program { name, oldest: (major, minor), found_at, .. } = self;
        CloudError::Unsupported(format!(
            "the environment is deployed by `{name}`, which {why}: install {name} {major}.{minor} or a later {major} ({found_at}) where PATH finds it, or take `engine` out of `placement`"
        ))
    }
}

/// The first two numbers of a version.
fn numbers(version: &str) -> Option<(u64, u64)> {
    let mut parts = version.split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::local::clock::SystemClock;

    #[test]
    fn a_version_is_its_first_two_numbers() {
        assert_eq!(numbers("1.5.7"), Some((1, 5)));
        assert_eq!(numbers("1.12.0-rc1"), Some((1, 12)));
        assert_eq!(numbers(""), None);
    }

    #[test]
    fn the_sandboxs_engine_gets_stand_ins_and_nothing_that_finds_credentials() {
        let program = Program::new("tofu", Some("{}"), Arc::new(SystemClock::start())).unwrap();
        let names: Vec<&str> = program.variables.keys().filter_map(|name| name.to_str()).collect();
        assert!(names.contains(&"TF_REATTACH_PROVIDERS"));
        assert!(names.iter().all(|name| !name.contains("GOOGLE") && !name.contains("PROXY")), "{names:?}");
        assert!(Program::new("pulumi", None, Arc::new(SystemClock::start())).is_err());
    }
}
