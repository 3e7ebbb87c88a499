//! `landfall schema`

use std::io;

use clap::{Args, ValueEnum};

use super::session::Session;
use crate::environment::schema::editor_schema;
use crate::exit_code::Exit;

/// Prints a JSON Schema: of environment files, for an editor to complete and check, or of an output, for programs to read it.
#[derive(Clone, Debug, Args)]
pub struct Schema {
    /// Of what.
    #[arg(long, value_name = "WHAT", env = "LANDFALL_SCHEMA_OF", default_value = "environment")]
    pub of: Of,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Of {
    /// Environment files.
    Environment,
    /// What `landfall cost` prints with `--format json`.
    Cost,
    /// What `landfall validate --format json` prints.
    Diagnostics,
    /// What `landfall graph` prints with `--format json`.
    Graph,
    /// What `landfall observe` prints with `--format json`.
    Observe,
    /// What `landfall plan` and `landfall diff` print with `--format json`.
    Plan,
    /// What `landfall render --portability` prints with `--format json`.
    Portability,
    /// What `landfall status` prints with `--format json`.
    Status,
}

/// Prints it.
pub fn run(arguments: &Schema, session: &mut Session) -> io::Result<Exit> {
    let schema = match arguments.of {
        Of::Environment => editor_schema(),
        Of::Cost => crate::views::cost::schema(),
        Of::Diagnostics => crate::views::validate::schema(),
        Of::Graph => crate::views::graph::schema(),
        Of::Observe => crate::views::observe::schema(),
        Of::Plan => crate::views::plan::schema(),
        Of::Portability => crate::views::render::schema(),
        Of::Status => crate::views::status::schema(),
    };
    session.output.result(&format!("{schema:#}\n"))?;
    Ok(Exit::Done)
}
