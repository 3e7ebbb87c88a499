//! The JSON form of `landfall graph` beside its published schema, judged by Python's jsonschema.

use std::error::Error;
use std::process::Command;

use serde_json::{Value, json};

use crate::python;

fn judged(document: &Value) -> Result<String, Box<dyn Error>> {
    let given = json!({"schema": landfall::views::graph::schema(), "document": document});
    python::run(&python::root().join("tests/judges/fits_schema.py"), &[], &given.to_string())
}

#[test]
fn a_graph_in_json_fits_the_schema_that_we_publish() -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    let command = command.env_clear().arg("--root").arg(python::root());
    let done = command.args(["graph", "stormops/prod", "--format", "json"]).output()?;
    let graph: Value = serde_json::from_slice(&done.stdout)?;
    assert!(graph["edges"].as_array().is_some_and(|edges| edges.len() > 10), "{graph:#}");
    assert_eq!(judged(&graph)?, "fits\n");
    // And the schema is not one that everything fits.
    let mut other = graph;
    other["edges"][0]["to"] = json!(null);
    assert_ne!(judged(&other)?, "fits\n");
    Ok(())
}
