//! Random text from the operating system.

use crate::ports::cloud::CloudError;
use crate::ports::secret::Hidden;

/// What a value is made of.
const SIGNS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// As long as those that AWS makes.
const LENGTH: usize = 48;

/// A value for a secret: letters and digits, each as likely as any other.
///
/// # Errors
/// [`CloudError::Unavailable`] where the operating system has no randomness to give.
pub fn secret() -> Result<Hidden, CloudError> {
    let mut value = String::with_capacity(LENGTH);
    while value.len() < LENGTH {
        let mut bytes = [0u8; LENGTH];
        getrandom::fill(&mut bytes).map_err(|error| CloudError::Unavailable {
            call: "the operating system's randomness".to_owned(),
            why: error.to_string(),
        })?;
        value.extend(bytes.iter().filter_map(sign).take(LENGTH - value.len()));
    }
    Ok(Hidden::new(value))
}

/// The sign that a byte stands for; none for those at the end, with which some signs would come more often than others.
fn sign(byte: &u8) -> Option<char> {
    let fair = 256 - 256 % SIGNS.len();
    let at = usize::from(*byte);
    (at < fair).then(|| SIGNS.get(at % SIGNS.len()).copied().map(char::from)).flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_sign_is_as_likely_as_any_other() {
        let mut counted: BTreeMap<char, usize> = BTreeMap::new();
        for sign in (0..=255).filter_map(|byte| sign(&byte)) {
            *counted.entry(sign).or_default() += 1;
        }
        assert_eq!(counted.len(), 62);
        assert!(counted.values().all(|count| *count == 4), "{counted:?}");
    }

    #[test]
    fn two_values_are_two() {
        let [one, other] = [secret().unwrap(), secret().unwrap()];
        assert_eq!(one.reveal().len(), 48);
        assert!(one.reveal().chars().all(|sign| sign.is_ascii_alphanumeric()));
        assert!(one != other);
    }
}
