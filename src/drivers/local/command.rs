//! Commands of the user's own, on this machine.

#![expect(clippy::disallowed_methods, reason = "this is the command port's driver")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::ports::command::{CommandEnd, Commands};

/// How often it is looked whether a command is done.
const OFTEN: Duration = Duration::from_millis(50);

/// This machine's programs.
#[derive(Clone, Copy, Debug)]
pub struct LocalCommands;

impl Commands for LocalCommands {
    fn run(
        &self,
        folder: &Path,
        words: &[String],
        variables: &BTreeMap<String, String>,
        within: Duration,
    ) -> CommandEnd {
        let Some((program, arguments)) = words.split_first() else {
            return CommandEnd::NotRun("it names no program".to_owned());
        };
        // A program that is named by a path lies in the project, wherever this process was started.
        let program = if program.contains('/') { folder.join(program) } else { program.into() };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).envs(variables).stdin(Stdio::null()).stdout(std::io::stderr());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return CommandEnd::NotRun(error.to_string()),
        };
        let start = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return CommandEnd::Passed,
                Ok(Some(status)) => return CommandEnd::Failed(status.to_string()),
                Ok(None) if start.elapsed() < within => std::thread::sleep(OFTEN),
                Ok(None) => {
                    // Where it ended by itself meanwhile, there is nothing to end.
                    let _ = child.kill();
                    let _ = child.wait();
                    return CommandEnd::Failed(format!("not done within {} s", within.as_secs()));
                }
                Err(error) => return CommandEnd::NotRun(error.to_string()),
            }
        }
    }
}
