//! A request to stop, from a signal.

use tokio::sync::watch;

/// The receiving end of a request to stop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<Option<String>>);

/// The sending end, held by whoever listens for signals.
#[derive(Debug)]
pub struct Interrupter(watch::Sender<Option<String>>);

/// A pair of ends.
pub fn interrupt() -> (Interrupter, Interrupt) {
    let (sender, receiver) = watch::channel(None);
    (Interrupter(sender), Interrupt(receiver))
}

impl Interrupter {
    /// Asks to stop, and says why, such as `SIGTERM`.
    pub fn stop(&self, why: &str) {
        // Nobody left to stop is fine.
        let _ = self.0.send(Some(why.to_owned()));
    }
}

impl Interrupt {
    /// One that never comes.
    pub fn never() -> Self {
        interrupt().1
    }

    /// Why to stop, if that was asked already.
    pub fn asked(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    /// Waits until it is asked, and says why.
    pub async fn wait(&mut self) -> String {
        let asked = self.0.wait_for(Option::is_some).await.map(|why| why.clone().unwrap_or_default());
        match asked {
            Ok(why) => why,
            // Nobody is left who could ask.
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_reaches_those_who_wait_and_those_who_look() {
        let (interrupter, interrupt) = interrupt();
        assert_eq!(interrupt.asked(), None);
        let mut waiting = interrupt.clone();
        let waiter = tokio::spawn(async move { waiting.wait().await });
        interrupter.stop("SIGTERM");
        assert_eq!(waiter.await.unwrap(), "SIGTERM");
        assert_eq!(interrupt.asked(), Some("SIGTERM".to_owned()));
    }
}
