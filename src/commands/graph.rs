//! `landfall graph`

use std::io;
use std::path::PathBuf;

use clap::Args;

use super::session::Session;
use super::site::{environment, one};
use super::trouble::Trouble;
use crate::exit_code::Exit;
use crate::views::graph::{markdown, picture, report};
use crate::views::output::Format;

/// Draws a target: its network, what stands in it and around it, and what calls, reads and tells what.
///
/// It is an SVG picture that needs nothing from elsewhere, for a document or a browser, light or dark; with `--format markdown` a Mermaid
/// diagram, with `--format json` the nodes and edges. Reads the environment's files only; the same files give the same bytes.
#[derive(Clone, Debug, Args)]
pub struct Graph {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// The file to write to; standard output where not given.
    #[arg(long, value_name = "FILE", env = "LANDFALL_OUT")]
    pub out: Option<PathBuf>,
}

/// Draws it.
pub fn run(arguments: &Graph, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let stack = environment(session, &target)?.stack;
    let drawn = match session.output.format {
        Format::Text | Format::Github => picture(&target, &stack).map_err(|error| Trouble::Failed {
            what: format!("{target} can't be drawn: {error}"),
            remedy: "this is a defect of landfall: please report it".to_owned(),
        })?,
        Format::Json => {
            let report = serde_json::to_string_pretty(&report(&target, &stack)).map_err(io::Error::other)?;
            format!("{report}\n")
        }
        Format::Markdown => markdown(&stack),
    };
    match &arguments.out {
        Some(path) => {
            session.files.put(path, drawn.as_bytes())?;
            session.output.say(&format!("wrote {}\n", path.display()))?;
        }
        None => session.output.result(&drawn)?,
    }
    Ok(Exit::Done)
}
