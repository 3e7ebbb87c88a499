//! The signals that ask a process to stop.

use crate::ports::interrupt::{Interrupt, interrupt};

/// Listens for SIGINT and SIGTERM from now on: the first of them asks to stop, and the process then has time to write down
/// what goes on. Needs a tokio runtime.
pub fn listen() -> Interrupt {
    let (interrupter, asked) = interrupt();
    tokio::spawn(async move {
        let why = first().await;
        interrupter.stop(why);
        // Keeps listening, so that a second signal doesn't end the process while it writes.
        std::future::pending::<()>().await;
    });
    asked
}

#[cfg(unix)]
async fn first() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    }
}

#[cfg(not(unix))]
async fn first() -> &'static str {
    match tokio::signal::ctrl_c().await {
        Ok(()) => "Ctrl-C",
        Err(_) => std::future::pending().await,
    }
}
