//! The command line: names the drivers, and nothing else does.
#![expect(clippy::disallowed_methods, reason = "the edge: it asks the process what the flags don't say")]

use std::{io::IsTerminal, process::ExitCode, sync::Arc};

use clap::Parser;
use landfall::commands::{self, Cli, Colour, session::Session};
use landfall::drivers::local::{cargo, clock, command, database, files, git, machine, signals, terminal, width};
use landfall::drivers::{clouds, ledger::ObjectLedgers, patience::Patience, sandbox::EmbeddedSandbox};
use landfall::{exit_code::Exit, views::output::Output};

/// Documents are trees of small values: the C library's allocator takes a fifth of a `diff`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let global = &cli.global;
    let colour = |terminal: bool| match global.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty()),
    };
    let (out, err) = (std::io::stdout(), std::io::stderr());
    let (colour, coloured_results) = (colour(err.is_terminal()), colour(out.is_terminal()));
    let (out, err, width) = (Box::new(out), Box::new(err), width::width());
    let clock = Arc::new(clock::SystemClock::start());
    let patience = Patience::of_attempt(global.call_timeout.into());
    let sandbox = Arc::new(EmbeddedSandbox::new(global.root.join(".landfall/sandbox"), global.pace, clock.clone()));
    let mut session = Session {
        root: global.root.clone(),
        yes: global.yes,
        ledger: global.ledger.clone(),
        sandboxed: global.sandbox,
        clouds: clouds::connect_through(global.sandbox.then(|| sandbox.clone()), clock.clone(), patience),
        clock: clock.clone(),
        artifacts: None,
        at_once: false,
        commands: Arc::new(command::LocalCommands),
        compiler: Arc::new(cargo::Cargo),
        database: Arc::new(database::DrillDatabase),
        files: Arc::new(files::LocalFiles),
        interrupt: signals::listen(Exit::Interrupted.code()),
        ledgers: Arc::new(ObjectLedgers::new(global.sandbox.then(|| sandbox.clone() as _), clock.clone(), patience)),
        machine: Arc::new(machine::LocalMachine),
        output: Output { format: global.format, colour, coloured_results, width, out, err },
        repository: Arc::new(git::Git),
        sandbox,
        terminal: Arc::new(terminal::LocalTerminal),
    };
    commands::run(cli, &mut session).await.into()
}
