//! Who vouches for a release: an Ed25519 signature (RFC 8032) over its digest.
//!
//! Keys are PEM as `openssl genpkey -algorithm ed25519` writes them (RFC 8410), public keys are written `ed25519:` and the 32 bytes
//! in base64. What is signed is the text `landfall-release:` and the digest, so that no signature made for something else fits.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::plan::digest::Digest;

/// What stands before the 32 bytes of a private key in PKCS #8 (RFC 8410, section 7).
const PRIVATE: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

const PREFIX: &str = "ed25519:";

/// Why a key can't be used. It never holds anything of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not the form that `openssl genpkey -algorithm ed25519` writes.
    #[error("this is no private Ed25519 key in PEM; `openssl genpkey -algorithm ed25519 -out FILE` makes one")]
    Private,
    /// Not `ed25519:` and 32 bytes in base64, or no point of the curve.
    #[error(
        "`{0}` is no public key: expected `ed25519:` and 44 characters of base64, as `landfall release create` prints it"
    )]
    Public(String),
}

/// A private key. It is wiped from memory when it is dropped and never shown.
pub struct Key(SigningKey);

impl Key {
    /// Reads a private key in PEM.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(pem: &str) -> Result<Key, KeyError> {
        let inner: String = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
        let bytes = STANDARD.decode(inner).map_err(|_| KeyError::Private)?;
        let seed = bytes.strip_prefix(&PRIVATE).ok_or(KeyError::Private)?;
        let seed: [u8; 32] = seed.try_into().map_err(|_| KeyError::Private)?;
        Ok(Key(SigningKey::from_bytes(&seed)))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a release's digest.
    pub fn sign(&self, id: &Digest) -> Signature {
        let signature = self.0.sign(message(id).as_bytes());
        Signature { key: self.public(), value: STANDARD.encode(signature.to_bytes()) }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(VerifyingKey);

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let wrong = || KeyError::Public(text.to_owned());
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).ok_or_else(wrong)?).map_err(|_| wrong())?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| wrong())?;
        VerifyingKey::from_bytes(&bytes).map(PublicKey).map_err(|_| wrong())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}", STANDARD.encode(self.0.as_bytes()))
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.to_string()
    }
}

/// A signature and the key that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The key.
    pub key: PublicKey,
    /// The 64 bytes in base64.
    pub value: String,
}

impl Signature {
    /// Whether it is that key's over this digest.
    pub fn holds(&self, id: &Digest) -> bool {
        let bytes = STANDARD.decode(&self.value).ok().and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
        bytes.is_some_and(|bytes| {
            let signature = ed25519_dalek::Signature::from_bytes(&bytes);
            self.key.0.verify_strict(message(id).as_bytes(), &signature).is_ok()
        })
    }
}

fn message(id: &Digest) -> String {
    format!("landfall-release:{id}")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The private key of RFC 8410, section 10.3.
    pub(in crate::release) const PEM: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";

    #[test]
    fn the_key_of_the_standard_gives_the_public_key_of_the_standard() {
        let public = Key::read(PEM).unwrap().public().to_string();
        assert_eq!(public, "ed25519:Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");
        assert_eq!(public.parse::<PublicKey>().unwrap().to_string(), public);
    }

    #[test]
    fn a_signature_holds_for_its_digest_and_no_other() {
        let signature = Key::read(PEM).unwrap().sign(&Digest::of(b"one"));
        assert!(signature.holds(&Digest::of(b"one")));
        assert!(!signature.holds(&Digest::of(b"two")));
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_shown() {
        let said =
            Key::read("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----").unwrap_err().to_string();
        assert!(!said.contains("c2VjcmV0"), "{said}");
        assert!("ed25519:AAAA".parse::<PublicKey>().is_err());
    }
}
