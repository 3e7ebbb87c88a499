//! The known word that was probably meant.

/// The one of the known words that is nearest to what was written, where one is near enough to be a slip of the pen.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.len() > LONGEST {
        return None;
    }
    let folded = written.to_lowercase().replace('_', "-");
    known
        .into_iter()
        .take(MOST)
        .filter(|word| word.len().abs_diff(folded.len()) <= folded.len())
        .map(|word| (strsim::damerau_levenshtein(&folded, &word.to_lowercase().replace('_', "-")), word))
        .filter(|(distance, word)| {
            *distance <= (1 + word.len() / 4).min((folded.len() / 3).max(1))
                || folded.len() >= 3 && word.to_lowercase().starts_with(&folded)
        })
        .min()
        .map(|(_, word)| word)
}

/// A longer word is no slip of the pen, and measuring how far off it is takes time.
const LONGEST: usize = 256;

/// The most words that are compared: so many that a person could mean are never known, and a file made to hurt has thousands.
const MOST: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        assert_eq!(nearest("netwrok", ["network", "networks-of-old"]), Some("network"));
        assert_eq!(nearest("slabreach", ["SLABreaches"]), Some("SLABreaches"));
        assert_eq!(nearest("dead_letters", ["dead-letters", "depth"]), Some("dead-letters"));
    }

    #[test]
    fn what_is_far_off_is_not_guessed() {
        assert_eq!(nearest("colour", ["network", "queues"]), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), ["x"]), None);
    }
}
