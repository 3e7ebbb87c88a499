//! The real program against ministack, a stand-in that nobody here wrote: what works in our sandbox only by a mistake of ours
//! shows here.

use std::error::Error;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::python;

const ACCOUNT: &str = "111122223333";

const SHOP: &str = "description: A shop that takes orders
placement: {cloud: aws, account: \"111122223333\", region: us-east-1}
queues:
  orders: {hidden-for: 30s, dead-letters: {after: 5}}
";

/// A running ministack.
pub(crate) struct Ministack {
    process: Child,
    /// Its address.
    pub(crate) url: String,
}

impl Ministack {
    /// Starts one that keeps its state in a folder.
    pub(crate) fn start(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let address = format!("127.0.0.1:{port}");
        let process = Command::new(python::venv().join("ministack/bin/ministack"))
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", &port)
            .env("IOT_MTLS_ENABLED", "0")
            .env("MINISTACK_REGION", "us-east-1")
            .env("S3_DATA_DIR", folder.join("s3"))
            .env("STATE_DIR", folder.join("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("ministack can't be started: {error}; run tools/setup first"))?;
        let mut started = Ministack { process, url: format!("http://{address}") };
        for _ in 0..600 {
            if TcpStream::connect(&address).is_ok() {
                return Ok(started);
            }
            if let Some(status) = started.process.try_wait()? {
                return Err(format!("ministack ended: {status}").into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err("ministack does not answer".into())
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        // It has nothing to save.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn landfall(root: &Path, url: &str, arguments: &[&str], code: i32, says: &str) -> Result<(), Box<dyn Error>> {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_landfall"))
        .env_clear()
        .env("HOME", root)
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "x")
        .arg("--root")
        .arg(root)
        .arg("--yes")
        .args(arguments)
        .output()?;
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if status.code() == Some(code) && said.contains(says) {
        return Ok(());
    }
    Err(format!("{arguments:?}: expected exit {code} and {says:?}, got {status}:\n{said}").into())
}

#[test]
fn a_target_is_planned_applied_changed_and_taken_down_on_a_foreign_stand_in() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let root = folder.path();
    let elsewhere = Ministack::start(root)?;
    let run = |arguments: &[&str], code, says| landfall(root, &elsewhere.url, arguments, code, says);
    fs::create_dir_all(root.join("environments/shop"))?;
    let file = root.join("environments/shop/dev.yaml");
    fs::write(&file, SHOP)?;

    run(&["plan", "shop/dev", "--detailed-exitcode"], 2, "6 to add")?;
    run(&["apply", "shop/dev"], 0, "6 added")?;
    run(&["apply", "shop/dev"], 0, "No changes")?;
    fs::write(&file, SHOP.replace("30s", "45s"))?;
    run(&["apply", "shop/dev"], 0, "1 changed")?;
    run(&["drift", "shop/dev", "--detailed-exitcode"], 0, "no drift")?;
    run(&["destroy", "shop/dev", "--delete-data"], 0, "6 destroyed")?;
    run(&["status"], 0, "not deployed")?;
    run(&["ledger", "verify"], 0, "6 entries, proved")
}

#[test]
fn boto3_tells_the_same_story_to_a_stand_in_that_nobody_here_wrote() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let ministack = Ministack::start(folder.path())?;
    let script = python::root().join("tests/judges/cloudformation_story.py");
    let printed = python::drive(&script, &[("SANDBOX_URL", &ministack.url)])?;
    assert!(printed.ends_with("all steps passed\n"), "{printed}");
    Ok(())
}
