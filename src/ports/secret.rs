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

/// A version of a secret that is written, or was to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version<'a> {
    /// The identity that the caller gives it, where the cloud takes one.
    pub identity: &'a str,
    /// The version that was the newest before it, where the cloud names versions itself; none where there was none.
    pub after: Option<&'a str>,
}

/// Writes new versions of secrets. Nothing here reads a value back. A driver that has no way to, leaves all of it as it stands here.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Random text: 48 letters and digits, made by the cloud, or from the operating system's randomness where the cloud makes none.
    async fn random(&self) -> Result<Hidden, CloudError> {
        Err(not_yet())
    }

    /// The newest version of a secret, where the cloud names versions itself; none where it takes the caller's identity, and where a secret
    /// has no version yet.
    async fn newest(&self, _secret: &str) -> Result<Option<String>, CloudError> {
        Err(not_yet())
    }

    /// Whether a secret has a version: of its identity, or a newer one than it was to follow.
    async fn has_version(&self, _secret: &str, _version: Version<'_>) -> Result<bool, CloudError> {
        Err(not_yet())
    }

    /// Writes a new version of a secret and makes it the one that is read. It is asked after before it is written again, so that there is
    /// one.
    ///
    /// # Errors
    /// [`CloudError::Ambiguous`] where the answer was lost and could not be asked after.
    async fn write_secret(&self, _secret: &str, _version: Version<'_>, _value: &Hidden) -> Result<(), CloudError> {
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
