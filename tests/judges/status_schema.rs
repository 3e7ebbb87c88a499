//! The JSON form of `landfall status` beside its published schema, judged by Python's jsonschema.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::python;

const BASE: &str = r#"
description: A shop that takes orders
placement: {cloud: aws, account: "111122223333", region: us-east-1}
queues:
  orders: {hidden-for: 30s, dead-letters: {after: 5}}
"#;

fn landfall(root: &Path, arguments: &[&str]) -> Result<Value, Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    command.env_clear().env("HOME", root).env("PATH", "/usr/bin:/bin").env("LANDFALL_SANDBOX_PACE", "0");
    let done =
        command.arg("--root").arg(root).args(arguments).args(["--sandbox", "--yes", "--format", "json"]).output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    Ok(serde_json::from_slice(&done.stdout).unwrap_or_default())
}

fn judged(document: &Value) -> Result<String, Box<dyn Error>> {
    let given = json!({"schema": landfall::views::status::schema(), "document": document});
    python::run(&python::root().join("tests/judges/fits_schema.py"), &[], &given.to_string())
}

#[test]
fn a_status_in_json_fits_the_schema_that_we_publish() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("environments/shop");
    fs::create_dir_all(&files)?;
    fs::write(files.join("base.yaml"), BASE.trim_start())?;
    fs::write(files.join("dev.yaml"), "tags: {stage: dev}\n")?;
    fs::write(files.join("prod.yaml"), "gates: {from: dev, approval: {}, tests: [{run: [tools/smoke]}]}\n")?;
    let root = folder.path();
    landfall(root, &["release", "create", "shop", "--name", "1.0.0", "--allow-dirty"])?;
    landfall(root, &["apply", "shop/dev", "--release", "1.0.0"])?;
    landfall(root, &["drift", "shop/dev"])?;
    landfall(root, &["hold", "shop/prod", "--why", "nobody is in"])?;
    let status = landfall(root, &["status"])?;
    assert_eq!(status["targets"][1]["next"]["gates"].as_array().map(Vec::len), Some(5), "{status:#}");
    assert_eq!(judged(&status)?, "fits\n");
    // And the schema is not one that everything fits.
    let mut other = status;
    other["targets"][0]["deployed"]["entry"] = json!("two");
    assert_ne!(judged(&other)?, "fits\n");
    Ok(())
}
