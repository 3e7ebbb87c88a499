//! PostgreSQL and Redis from Debian's packages, one of each a test run, on loopback and in a folder that goes with them.

use std::{
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use sqlx::{Connection, Executor, PgConnection, PgPool};

use crate::program::Outcome;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A port that nobody listened on a moment ago.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The folder of PostgreSQL's programs.
fn postgres_programs() -> Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").map_err(|_| missing())?;
    let newest = versions
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .max();
    newest.ok_or_else(|| missing().into())
}

fn missing() -> &'static str {
    "no PostgreSQL here: run tools/setup, or apt-get install postgresql-15 postgresql-15-postgis-3 redis-server chromium"
}

/// `program`, as a user other than root, who is refused by PostgreSQL, and ended with the process that began it.
fn tied(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL"]).arg(program);
    command
}

/// Starts `command` from a thread that lives as long as the tests do: a child tied to its parent is tied to the very thread.
fn keep(mut command: Command) -> Result<()> {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let _heard = tell.send(child.as_ref().map(|_| ()).map_err(ToString::to_string));
        if let Ok(mut child) = child {
            let _ended = Child::wait(&mut child);
        }
    });
    Ok(told.recv()??)
}

fn start() -> Result<(u16, PathBuf)> {
    let programs = postgres_programs()?;
    let folder = tempfile::Builder::new().prefix("engine-postgres-").tempdir()?.keep();
    let mut open = Command::new("chmod");
    if !open.arg("0777").arg(&folder).status()?.success() {
        return Err("the folder cannot be opened to PostgreSQL's user".into());
    }
    // Nothing runs in this process after its last test: somebody else takes the folder away.
    Command::new("sh")
        .args([
            "-c",
            "tail --pid=\"$1\" -f /dev/null; sleep 1; rm -rf -- \"$2\"",
            "sh",
            &std::process::id().to_string(),
        ])
        .arg(&folder)
        .stdout(Stdio::null())
        .spawn()?;
    let data = folder.join("data");
    let made = tied(&programs.join("initdb"))
        .args(["-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C", "-D"])
        .arg(&data)
        .output()?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into_owned().into());
    }
    certify(&folder, &data)?;
    let port = free_port()?;
    let mut server = tied(&programs.join("postgres"));
    server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k", ""]);
    server.args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=60"]);
    server.args(["-c", "ssl=on"]);
    keep(server)?;
    Ok((port, folder))
}

/// Gives the server a certificate for `localhost`, signed by an authority of its own as RDS's are: `folder/ca.pem`.
fn certify(folder: &Path, data: &Path) -> Result<()> {
    let script = "set -e; umask 022; cd \"$1\"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:localhost' > names
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt
        chmod 0600 server.key
        cp server.crt server.key \"$2\"
        chown --reference=\"$2\" \"$2\"/server.*";
    let made = Command::new("sh").args(["-c", script, "sh"]).arg(folder).arg(data).output()?;
    if made.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&made.stderr).into_owned().into()) }
}

/// The run's PostgreSQL: its port and its folder.
fn server() -> Result<(u16, PathBuf)> {
    static SERVER: OnceLock<std::result::Result<(u16, PathBuf), String>> = OnceLock::new();
    SERVER.get_or_init(|| start().map_err(|error| error.to_string())).clone().map_err(Into::into)
}

async fn connection(url: &str) -> Result<PgConnection> {
    // A server that has just been started refuses for a moment.
    let mut left = 100;
    loop {
        match PgConnection::connect(url).await {
            Ok(connection) => return Ok(connection),
            Err(error) if left == 0 => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
        left -= 1;
    }
}

/// An empty database of one's own.
pub(crate) struct Database {
    /// Its name, as `DATABASE_NAME` takes it.
    pub(crate) name: String,
    /// The server's port.
    pub(crate) port: u16,
    /// The authority that signed the server's certificate.
    pub(crate) authority: PathBuf,
    /// Connections to look at it.
    pub(crate) pool: PgPool,
}

impl Database {
    /// A new one called after the test.
    pub(crate) async fn empty(name: &str) -> Result<Self> {
        let (port, folder) = server()?;
        let mut server = connection(&format!("postgres://postgres@127.0.0.1:{port}/postgres")).await?;
        server.execute(sqlx::AssertSqlSafe(format!("create database {name}"))).await?;
        let pool = PgPool::connect(&format!("postgres://postgres@127.0.0.1:{port}/{name}")).await?;
        Ok(Self { name: name.to_owned(), port, authority: folder.join("ca.pem"), pool })
    }

    /// A new one with the engine's schema, brought there by the engine.
    pub(crate) async fn migrated(name: &str) -> Result<Self> {
        let database = Self::empty(name).await?;
        let outcome = Outcome::of("migrate", &database.variables()).await?;
        if outcome.code != Some(0) {
            return Err(outcome.log.into());
        }
        Ok(database)
    }

    /// What the engine must be told to use it.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        [
            ("DATABASE_HOST", "127.0.0.1"),
            ("DATABASE_PORT", &self.port.to_string()),
            ("DATABASE_NAME", &self.name),
            ("DATABASE_USER", "postgres"),
            ("DATABASE_TLS", "off"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// `count` parcels on a lattice over Dallas-Fort Worth. They are synthetic, and say so.
    pub(crate) async fn add_synthetic_parcels(&self, count: i32) -> Result<()> {
        sqlx::query(
            "insert into parcels (external_id, synthetic, address, roof_years, geom)
             select 'synthetic-' || i, true, i || ' Synthetic Street', i % 30,
                    st_setsrid(st_makepoint(-97.6 + 1.1 * ((i * 7919) % 1009) / 1009.0, 32.5 + 0.6 * ((i * 104729) % 997) / 997.0), 4326)
             from generate_series(1, $1) i",
        )
        .bind(count)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Carries a statement out as one of the server's users, who needs no password here.
    pub(crate) async fn execute_as(&self, user: &str, sql: &'static str) -> Result<()> {
        let (port, name) = (self.port, &self.name);
        connection(&format!("postgres://{user}@127.0.0.1:{port}/{name}")).await?.execute(sql).await?;
        Ok(())
    }

    /// The only number that a query gives.
    pub(crate) async fn count(&self, sql: &'static str) -> Result<i64> {
        Ok(sqlx::query_scalar(sql).fetch_one(&self.pool).await?)
    }
}

/// A Redis that can be stopped.
pub(crate) struct Redis {
    child: Child,
    /// What `CACHE_URL` takes.
    pub(crate) url: String,
}

impl Redis {
    /// A new one, answering.
    pub(crate) async fn start() -> Result<Self> {
        let port = free_port()?;
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .map_err(|_| missing())?;
        let mut left = 50;
        while std::net::TcpStream::connect(("127.0.0.1", port))
            .and_then(|mut stream| stream.write_all(b"PING\r\n"))
            .is_err()
        {
            if left == 0 {
                return Err("Redis does not come up".into());
            }
            left -= 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Self { child, url: format!("redis://127.0.0.1:{port}/") })
    }

    /// Stops it.
    pub(crate) fn stop(&mut self) {
        let _gone = self.child.kill().and_then(|()| self.child.wait());
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}
