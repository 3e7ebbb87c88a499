//! The Python of the tools, which `tools/setup` puts into `.venv`.

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the tools.
pub(crate) fn venv() -> PathBuf {
    std::env::var_os("LANDFALL_TEST_VENV").map_or_else(|| root().join(".venv"), PathBuf::from)
}

fn interpreter() -> Result<PathBuf, Box<dyn Error>> {
    let interpreter = venv().join("bin/python");
    if interpreter.exists() {
        Ok(interpreter)
    } else {
        Err(format!("{} isn't there; run tools/setup first", interpreter.display()).into())
    }
}

/// Runs a script with the text on its standard input and gives its standard output.
pub(crate) fn run(script: &Path, arguments: &[&str], input: &str) -> Result<String, Box<dyn Error>> {
    let mut child = Command::new(interpreter()?)
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // The scripts read all of their input before they write.
    child.stdin.take().ok_or("no standard input")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} failed: {said}", script.display()).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a script that talks to a server, and gives its standard output; both outputs are in the error. It finds no credentials of
/// whoever runs the test.
pub(crate) fn drive(script: &Path, variables: &[(&str, &str)]) -> Result<String, Box<dyn Error>> {
    let output = Command::new(interpreter()?)
        .arg("-B")
        .arg(script)
        .envs(variables.iter().copied())
        .env_remove("AWS_PROFILE")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed:\n{printed}\n{said}", script.display()).into())
}
