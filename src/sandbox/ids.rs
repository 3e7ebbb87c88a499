//! Identifiers that look as the clouds' do, drawn from a seed so that a run can be repeated.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A source of identifiers: a seed and how many were drawn. It's part of the persisted state, so no identifier comes twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdSource {
    /// What makes this sandbox's identifiers differ from another's.
    pub seed: String,
    /// How many identifiers were drawn.
    pub drawn: u64,
}

impl IdSource {
    /// A source with nothing drawn yet.
    pub fn new(seed: impl Into<String>) -> Self {
        Self { seed: seed.into(), drawn: 0 }
    }

    fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed.as_bytes());
        hash.update([0]);
        hash.update(self.drawn.to_be_bytes());
        hash.finalize().into()
    }

    /// `xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx`.
    pub fn uuid(&mut self) -> String {
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&self.draw()[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// `length` lower-case hexadecimal digits, at most 64.
    pub fn hex(&mut self, length: usize) -> String {
        let mut digits = hex::encode(self.draw());
        digits.truncate(length);
        digits
    }

    /// `length` upper-case letters and digits, at most 32: the shape of what CloudFormation appends to names.
    pub fn letters(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        self.draw().iter().take(length).map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
    }

    /// A whole number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        let bytes = self.draw();
        let mut first = [0u8; 8];
        first.copy_from_slice(&bytes[..8]);
        u64::from_be_bytes(first) % limit.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::IdSource;

    #[test]
    fn the_same_seed_draws_the_same_identifiers_and_none_twice() {
        let mut one = IdSource::new("seed");
        let mut two = IdSource::new("seed");
        let drawn: Vec<String> = (0..50).map(|_| one.uuid()).collect();
        let again: Vec<String> = (0..50).map(|_| two.uuid()).collect();
        assert_eq!(drawn, again);
        let mut unique = drawn.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), drawn.len());
        assert_eq!(drawn[0].len(), 36);
        assert_eq!(one.letters(12).len(), 12);
        assert_eq!(one.hex(17).len(), 17);
    }
}
