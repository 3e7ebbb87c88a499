//! The command line: names the drivers, and nothing else does.
#![expect(clippy::disallowed_methods, reason = "the edge: it asks the process what the flags don't say")]

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use landfall::commands::session::Session;
use landfall::commands::{self, Cli, Colour};
use landfall::drivers::clouds::EveryCloud;
use landfall::drivers::ledger::ObjectLedgers;
use landfall::drivers::local::cargo::Cargo;
use landfall::drivers::local::clock::SystemClock;
use landfall::drivers::local::files::LocalFiles;
use landfall::drivers::local::machine::LocalMachine;
use landfall::drivers::local::signals;
use landfall::drivers::local::terminal::LocalTerminal;
use landfall::drivers::local::width;
use landfall::exit_code::Exit;
use landfall::views::output::Output;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let colour = |terminal: bool| match cli.global.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty()),
    };
    let clock = Arc::new(SystemClock::start());
    let mut session = Session {
        root: cli.global.root.clone(),
        yes: cli.global.yes,
        ledger: cli.global.ledger.clone(),
        sandboxed: cli.global.sandbox,
        clouds: Arc::new(EveryCloud::new(clock.clone())),
        clock,
        artifacts: None,
        files: Arc::new(LocalFiles),
        compiler: Arc::new(Cargo),
        interrupt: signals::listen(),
        ledgers: Arc::new(ObjectLedgers),
        machine: Arc::new(LocalMachine),
        terminal: Arc::new(LocalTerminal),
        output: Output {
            format: cli.global.format,
            colour: colour(std::io::stderr().is_terminal()),
            coloured_results: colour(std::io::stdout().is_terminal()),
            width: width::width(),
            out: Box::new(std::io::stdout()),
            err: Box::new(std::io::stderr()),
        },
    };
    commands::run(cli, &mut session).await.into()
}
