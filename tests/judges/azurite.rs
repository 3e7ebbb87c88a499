//! Azurite, Microsoft's own stand-in for Azure's storage.

use std::error::Error;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStore;
use object_store::azure::MicrosoftAzureBuilder;

use crate::python;

/// The account that it has ("Use the Azurite emulator", Well-known storage account and key), but with a key of ours.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "bGFuZGZhbGw=";

/// A running one, ended with the test.
pub(crate) struct Azurite {
    process: Child,
    address: String,
}

impl Azurite {
    /// Starts it over a folder.
    pub(crate) fn start(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let program = python::venv().join("azurite/node_modules/azurite/dist/src/blob/main.js");
        if !program.exists() {
            return Err(format!("{} isn't there; run tools/setup first", program.display()).into());
        }
        let process = Command::new("node")
            .arg(program)
            .args(["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--blobHost", "127.0.0.1"])
            .args(["--blobPort", &free.port().to_string(), "--location"])
            .arg(folder)
            .env("AZURITE_ACCOUNTS", format!("{ACCOUNT}:{KEY}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut azurite = Azurite { process, address: free.to_string() };
        for _ in 0..600 {
            if TcpStream::connect(&azurite.address).is_ok() {
                return Ok(azurite);
            }
            if let Some(status) = azurite.process.try_wait()? {
                return Err(format!("Azurite ended: {status}").into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err("Azurite does not answer".into())
    }

    /// A new container.
    pub(crate) async fn container(&self, name: &str) -> Result<Arc<dyn ObjectStore>, Box<dyn Error>> {
        let made = python::run(
            &python::root().join("tests/judges/azurite_container.py"),
            &[&format!("http://{}/{ACCOUNT}", self.address), ACCOUNT, KEY, name],
            "",
        )?;
        assert_eq!(made.trim(), "201");
        let store = MicrosoftAzureBuilder::new()
            .with_account(ACCOUNT)
            .with_access_key(KEY)
            .with_container_name(name)
            .with_endpoint(format!("http://{}/{ACCOUNT}", self.address))
            .with_allow_http(true)
            .build()?;
        Ok(Arc::new(store))
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
