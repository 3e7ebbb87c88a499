//! Standard input and standard error.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::ports::terminal::Terminal;

/// The process's own terminal.
#[derive(Clone, Copy, Debug)]
pub struct LocalTerminal;

impl Terminal for LocalTerminal {
    fn is_watched(&self) -> bool {
        io::stderr().is_terminal()
    }

    fn can_answer(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn ask(&self, question: &str) -> io::Result<String> {
        let mut err = io::stderr();
        err.write_all(question.as_bytes())?;
        err.flush()?;
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn progress(&self) -> Box<dyn Write + Send> {
        Box::new(io::stderr())
    }
}
