//! The signals that ask a process to stop.

#![expect(
    clippy::disallowed_methods,
    reason = "whoever asks to stop twice, or asked seconds ago, is not made to wait: what was begun is on record before it is begun"
)]

use std::io::Write as _;
use std::time::Duration;

use crate::ports::interrupt::{Interrupt, interrupt};

/// How long a process that was asked to stop may take to write down what goes on. GitHub Actions sends SIGINT, SIGTERM after 7.5 s
/// and SIGKILL after 10 s ("Workflow cancellation reference", GitHub Actions documentation).
const GRACE: Duration = Duration::from_secs(6);

/// Listens for SIGINT and SIGTERM from now on: the first of them asks to stop, and the process then has time to write down
/// what goes on. The second, or a while without an end, ends it as it is: a call that gets no answer, or a question at the
/// terminal, holds nobody up; `code` is its exit code then. Needs a tokio runtime.
pub fn listen(code: u8) -> Interrupt {
    let (interrupter, asked) = interrupt();
    tokio::spawn(async move {
        // Where nothing can be heard, nobody is ever asked to stop.
        let Some(mut signals) = Signals::listen() else { return };
        let why = signals.next().await;
        interrupter.stop(why);
        tokio::select! {
            _ = signals.next() => {}
            () = tokio::time::sleep(GRACE) => {}
        }
        let words = format!(
            "error: stopped by {why} while something was waited for\nhelp: `landfall status` shows whether anything is left to recover\n"
        );
        // Where this can't be written, the exit code still says it.
        let _ = std::io::stderr().write_all(words.as_bytes());
        std::process::exit(code.into());
    });
    asked
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (interrupt, terminate) = (signal(SignalKind::interrupt()).ok()?, signal(SignalKind::terminate()).ok()?);
        Some(Signals { interrupt, terminate })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Option<Self> {
        Some(Signals)
    }

    async fn next(&mut self) -> &'static str {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "Ctrl-C",
            Err(_) => std::future::pending().await,
        }
    }
}
