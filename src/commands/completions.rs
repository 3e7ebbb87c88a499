//! `landfall completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use super::session::Session;
use super::trouble::Trouble;
use crate::exit_code::Exit;

/// Prints a shell's completion script.
#[derive(Clone, Debug, Args)]
pub struct Completions {
    /// For which shell.
    #[arg(value_name = "SHELL", env = "LANDFALL_SHELL")]
    pub shell: Shell,
}

/// Prints it.
pub fn run(arguments: &Completions, session: &mut Session) -> Result<Exit, Trouble> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "landfall", &mut script);
    session.output.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
