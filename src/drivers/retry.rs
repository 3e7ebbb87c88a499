//! When a call is made again: how long is waited between two attempts, and what is done about an answer that got lost.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::patience::Patience;
use crate::ports::clock::Clock;
use crate::ports::cloud::CloudError;

/// The first retry waits up to this long.
const BASE: Duration = Duration::from_millis(200);

/// No retry waits longer, but where the other side says so.
const CAP: Duration = Duration::from_secs(20);

/// What a failed attempt means.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It wasn't done, and may be asked again; with a time where the other side asked for patience, be it none that it names.
    Later(Option<Duration>, String),
    /// It can't be known whether it was done.
    Unknown(String),
    /// There is no use in trying again.
    Final(CloudError),
}

/// How calls are made again.
#[derive(Clone)]
pub struct Retry {
    /// What is waited by.
    pub clock: Arc<dyn Clock>,
    /// How long is gone on.
    pub patience: Patience,
}

impl std::fmt::Debug for Retry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Retry").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Retry {
    /// How long ago something began, by [`Clock::elapsed`] at that time.
    pub fn since(&self, start: Duration) -> Duration {
        self.clock.elapsed().saturating_sub(start)
    }

    /// Waits before the next attempt: a random part of an exponentially growing time ("full jitter": Amazon Builders' Library,
    /// "Timeouts, retries, and backoff with jitter").
    pub async fn pause(&self, attempt: u32) {
        let ceiling = BASE.saturating_mul(1 << attempt.min(10)).min(CAP);
        self.clock.sleep(ceiling.mul_f64(self.clock.chance())).await;
    }

    /// Makes a call again and again where that makes sense: a read until patience ends, a write only where it is certain that it wasn't
    /// done. `call` is what its failure names.
    ///
    /// # Errors
    /// [`CloudError`]; [`CloudError::Ambiguous`] for a write of which it can't be known whether it was done.
    pub async fn persist<T, A, Fut>(&self, call: &str, writes: bool, attempt: A) -> Result<T, CloudError>
    where
        A: Fn() -> Fut,
        Fut: Future<Output = Result<T, Verdict>>,
    {
        let start = self.clock.elapsed();
        let mut attempts = 0;
        loop {
            let verdict = match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(verdict) => verdict,
            };
            let waited = self.since(start);
            let over = waited >= self.patience.overall;
            let call = || call.to_owned();
            tracing::debug!(call = call(), attempts, verdict = ?verdict, "attempt failed");
            match verdict {
                Verdict::Final(error) => return Err(error),
                Verdict::Unknown(why) if writes => return Err(CloudError::Ambiguous { call: call(), why }),
                Verdict::Unknown(why) | Verdict::Later(None, why) if over => {
                    return Err(CloudError::Unavailable { call: call(), why });
                }
                Verdict::Later(Some(_), _) if over => {
                    return Err(CloudError::Throttled { call: call(), waited_seconds: waited.as_secs() });
                }
                Verdict::Later(Some(longer), _) => self.clock.sleep(longer.min(self.patience.overall)).await,
                Verdict::Later(None, _) | Verdict::Unknown(_) => {}
            }
            self.pause(attempts).await;
            attempts += 1;
        }
    }

    /// Makes a write that does no harm when it is done twice, and makes it again where its answer was lost.
    ///
    /// # Errors
    /// [`CloudError`]; [`CloudError::Ambiguous`] where patience ends before an answer arrives.
    pub async fn repeat<T, W, Fut>(&self, write: W) -> Result<T, CloudError>
    where
        W: Fn() -> Fut,
        Fut: Future<Output = Result<T, CloudError>>,
    {
        let start = self.clock.elapsed();
        let mut attempt = 0;
        loop {
            match write().await {
                Err(CloudError::Ambiguous { .. }) if self.since(start) < self.patience.overall => {}
                made => return made,
            }
            self.pause(attempt).await;
            attempt += 1;
        }
    }

    /// Looks again and again until something has ended; none where that takes longer than `longest`.
    ///
    /// # Errors
    /// [`CloudError`] of looking.
    pub async fn until<T, L, Fut>(&self, longest: Duration, look: L) -> Result<Option<T>, CloudError>
    where
        L: Fn() -> Fut,
        Fut: Future<Output = Result<Option<T>, CloudError>>,
    {
        let start = self.clock.elapsed();
        let mut attempt = 0;
        loop {
            match look().await? {
                None if self.since(start) < longest => {}
                ended => return Ok(ended),
            }
            self.pause(attempt.min(4)).await;
            attempt += 1;
        }
    }

    /// Makes a write that is carried out once however often it is asked, and looks whether it happened when an answer got lost.
    ///
    /// # Errors
    /// [`CloudError`], of the write or of looking; [`CloudError::Ambiguous`] where patience ends before either is known.
    pub async fn settle<W, WFut, H, HFut>(&self, write: W, happened: H) -> Result<(), CloudError>
    where
        W: Fn() -> WFut,
        WFut: Future<Output = Result<(), CloudError>>,
        H: Fn() -> HFut,
        HFut: Future<Output = Result<bool, CloudError>>,
    {
        let start = self.clock.elapsed();
        let mut doubted = false;
        let mut attempt = 0;
        loop {
            let doubt = match write().await {
                Ok(()) => return Ok(()),
                Err(error @ CloudError::Ambiguous { .. }) => error,
                // An earlier attempt may be why this one is refused.
                Err(error) => return if doubted && happened().await? { Ok(()) } else { Err(error) },
            };
            doubted = true;
            if happened().await? {
                return Ok(());
            }
            if self.since(start) >= self.patience.overall {
                return Err(doubt);
            }
            self.pause(attempt).await;
            attempt += 1;
        }
    }
}
