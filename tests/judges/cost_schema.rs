//! The JSON form of `landfall cost` beside its published schema, judged by Python's jsonschema.

use std::error::Error;
use std::process::Command;

use serde_json::{Value, json};

use crate::python;

fn judged(document: &Value) -> Result<String, Box<dyn Error>> {
    let given = json!({"schema": landfall::views::cost::schema(), "document": document});
    python::run(&python::root().join("tests/judges/fits_schema.py"), &[], &given.to_string())
}

#[test]
fn an_estimate_in_json_fits_the_schema_that_we_publish() -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    let done = command.env_clear().arg("--root").arg(python::root()).args(["cost", "--format", "json"]).output()?;
    let cost: Value = serde_json::from_slice(&done.stdout)?;
    assert!(cost["targets"].as_array().is_some_and(|targets| targets.len() > 10), "{cost:#}");
    assert_eq!(judged(&cost)?, "fits\n");
    // And the schema is not one that everything fits.
    let mut other = cost;
    other["targets"][0]["estimate"]["monthly"]["low"] = json!(12.5);
    assert_ne!(judged(&other)?, "fits\n");
    Ok(())
}
