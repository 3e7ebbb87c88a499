//! The command line: a file a verb. Each holds the verb's arguments, whose comments are its help, and what it does.

pub mod bundle;
pub mod init;
pub mod schema;
pub mod session;
pub mod sources;
pub mod validate;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit_code::Exit;
use crate::views::output::Format;
use session::Session;

/// Infrastructure as code with a plan, a promotion and a rollback that can be trusted.
///
/// A TARGET is one environment of a system, written system/environment, such as shop/prod. It is described in
/// environments/shop/base.yaml and environments/shop/prod.yaml.
#[derive(Clone, Debug, Parser)]
#[command(name = "landfall", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What stands for every verb.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 differences (with --detailed-exitcode), 3 refused and needs a decision, \
4 locked by another run, 5 interrupted or still running in the cloud, 64 wrong usage.";

/// Flags of every verb.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The folder that holds environments/.
    #[arg(long, global = true, value_name = "DIR", env = "LANDFALL_ROOT", default_value = ".")]
    pub root: PathBuf,
    /// The form of results.
    #[arg(long, global = true, value_name = "FORM", env = "LANDFALL_FORMAT", default_value = "text")]
    pub format: Format,
    /// Whether to use colours.
    #[arg(long, global = true, value_name = "WHEN", env = "LANDFALL_COLOR", default_value = "auto")]
    pub color: Colour,
}

/// Whether to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Clone, Debug, Subcommand)]
pub enum Verb {
    /// Builds the artifacts that systems run, the same bytes on every machine.
    Bundle(bundle::Bundle),
    /// Writes a commented starter system.
    Init(init::Init),
    /// Prints the JSON Schema of environment files or of an output.
    Schema(schema::Schema),
    /// Checks environments offline and shows every problem at once.
    Validate(validate::Validate),
}

/// Does what the command line says.
pub async fn run(cli: Cli, session: &mut Session) -> Exit {
    let done = match &cli.verb {
        Verb::Bundle(arguments) => bundle::run(arguments, session),
        Verb::Init(arguments) => init::run(arguments, session),
        Verb::Schema(arguments) => schema::run(arguments, session),
        Verb::Validate(arguments) => validate::run(arguments, session),
    };
    match done {
        Ok(exit) => exit,
        // Whoever read our output has stopped reading: nothing is left to say, and nobody to say it to.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Done,
        Err(error) => {
            let _ = session.output.say(&format!("error: {error}\n"));
            Exit::Failed
        }
    }
}
