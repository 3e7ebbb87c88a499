//! The values of secrets: written, never read.

use std::fmt;

use async_trait::async_trait;

use super::cloud::CloudError;

/// The value of a secret, which shows itself nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// A value.
    pub fn new(value: String) -> Self {
        Hidden(value)
    }

    /// The value itself, for the one call that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// Writes new versions of secrets. Nothing here reads a value back. A driver that has no way to, leaves all of it as it stands here.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Random text that the cloud makes up: 48 letters and digits.
    async fn random(&self) -> Result<Hidden, CloudError> {
        Err(not_yet())
    }

    /// Whether a secret has a version of this identity.
    async fn has_version(&self, _secret: &str, _version: &str) -> Result<bool, CloudError> {
        Err(not_yet())
    }

    /// Writes a new version of a secret, under an identity of the caller's, and makes it the one that is read. Written twice with the same
    /// identity and value, there is one.
    ///
    /// # Errors
    /// [`CloudError::Ambiguous`] where the answer was lost and could not be asked after.
    async fn write_secret(&self, _secret: &str, _version: &str, _value: &Hidden) -> Result<(), CloudError> {
        Err(not_yet())
    }
}

fn not_yet() -> CloudError {
    CloudError::Unsupported("this landfall can't rotate secrets on that cloud yet".to_owned())
}

#[cfg(test)]
mod tests {
    use super::Hidden;

    #[test]
    fn a_hidden_value_is_not_shown() {
        assert_eq!(format!("{:?}", Some(Hidden::new("open sesame".into()))), "Some(***)");
    }
}
