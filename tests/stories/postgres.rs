//! A real PostgreSQL from Debian's packages, on loopback, in a folder that goes with it.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A password that must be found nowhere.
pub(crate) const PASSWORD: &str = "c4nary-Zp3wq81x";

/// A server with one database, `drilled`; it ends when this is dropped.
pub(crate) struct Postgres {
    server: Child,
    port: u16,
    folder: TempDir,
}

fn programs() -> Result<PathBuf, Box<dyn Error>> {
    let missing = || "no PostgreSQL here: run tools/setup, or apt-get install postgresql";
    let versions = fs::read_dir("/usr/lib/postgresql").map_err(|_| missing())?;
    let bins = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    Ok(bins.filter(|bin| bin.join("initdb").exists()).max().ok_or_else(missing)?)
}

/// A program of the server's, as a user other than root, who is refused by it; it ends with this process.
fn tied(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL"]).arg(program);
    command
}

impl Postgres {
    pub(crate) fn start() -> Result<Postgres, Box<dyn Error>> {
        let programs = programs()?;
        let folder = tempfile::tempdir()?;
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777))?;
        let secret = folder.path().join("password");
        fs::write(&secret, PASSWORD)?;
        fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        let data = folder.path().join("data");
        let made = tied(&programs.join("initdb"))
            .args(["-A", "scram-sha-256", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C"])
            .arg("--pwfile")
            .arg(&secret)
            .arg("-D")
            .arg(&data)
            .output()?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).into_owned().into());
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let server = tied(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let postgres = Postgres { server, port, folder };
        let start = Instant::now();
        while postgres.of("postgres", "SELECT 1").is_err() {
            if start.elapsed() > Duration::from_secs(60) {
                return Err("PostgreSQL did not begin".into());
            }
            std::thread::yield_now();
        }
        postgres.of("postgres", "CREATE DATABASE drilled")?;
        Ok(postgres)
    }

    /// The address of the database.
    pub(crate) fn address(&self) -> String {
        format!("postgres://postgres:{PASSWORD}@127.0.0.1:{}/drilled", self.port)
    }

    /// What the database answers.
    pub(crate) fn ask(&self, sql: &str) -> Result<String, Box<dyn Error>> {
        self.of("drilled", sql)
    }

    fn of(&self, database: &str, sql: &str) -> Result<String, Box<dyn Error>> {
        // Asked at all, before a program is started for it.
        TcpStream::connect(("127.0.0.1", self.port))?.flush()?;
        let mut command = Command::new(programs()?.join("psql"));
        command.env("PGPASSWORD", PASSWORD).args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres"]);
        let answer = command.args(["-d", database, "-v", "ON_ERROR_STOP=1", "-Atc", sql]).output()?;
        if !answer.status.success() {
            return Err(String::from_utf8_lossy(&answer.stderr).into_owned().into());
        }
        Ok(String::from_utf8(answer.stdout)?.trim_end().to_owned())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its files go with it.
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = self.folder.path();
    }
}
