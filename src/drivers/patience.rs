//! How long a call may take, and how long it is made again.

use std::time::Duration;

/// How long to go on with a call that brings no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long one attempt may take.
    pub attempt: Duration,
    /// How long to try again.
    pub overall: Duration,
}

/// So many attempts that get no answer are made before a call is given up.
const ATTEMPTS: u32 = 6;

impl Patience {
    /// What follows from how long one attempt may take; a second at least, as nothing far away answers in none.
    pub fn of_attempt(attempt: Duration) -> Self {
        let attempt = attempt.max(Duration::from_secs(1));
        Patience { attempt, overall: attempt.saturating_mul(ATTEMPTS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_an_answer_is_made_a_few_times_and_never_for_ever() {
        let patience = Patience::of_attempt(Duration::from_secs(30));
        assert_eq!(patience.overall, Duration::from_secs(180));
        assert_eq!(Patience::of_attempt(Duration::ZERO).attempt, Duration::from_secs(1));
    }
}
