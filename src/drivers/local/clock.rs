//! The machine's clock and randomness.

#![expect(clippy::disallowed_methods, reason = "this is the clock port's driver")]

use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::ports::clock::Clock;

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose elapsed time starts now.
    pub fn start() -> Self {
        SystemClock { start: Instant::now() }
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn unique(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }

    fn chance(&self) -> f64 {
        // The upper 53 bits fill a float's fraction exactly.
        let bits = (uuid::Uuid::new_v4().as_u128() >> 75) as u64;
        bits as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_lies_in_its_range_and_varies() {
        let clock = SystemClock::start();
        let draws: Vec<f64> = (0..200).map(|_| clock.chance()).collect();
        assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
        assert!(draws.iter().any(|draw| *draw < 0.5) && draws.iter().any(|draw| *draw >= 0.5));
    }
}
