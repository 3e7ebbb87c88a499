//! Time and chance.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// The machine's time, waiting, and random names.
///
/// Nothing is decided on [`Clock::now`]: it stands in records for people to read. Deadlines use [`Clock::elapsed`],
/// which no time server moves.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn now(&self) -> Timestamp;

    /// Time since an arbitrary start, never going backwards.
    fn elapsed(&self) -> Duration;

    /// Waits.
    async fn sleep(&self, duration: Duration);

    /// A name that nobody else has: 36 characters, a random UUID.
    fn unique(&self) -> String;

    /// A random number from 0 (included) to 1 (excluded), to spread retries.
    fn chance(&self) -> f64;
}
