//! Who calls: read from the request's bearer token, which must be there but isn't verified.

use hyper::HeaderMap;
use sha2::{Digest, Sha256};

use super::error::ArmError;

/// A caller, and where it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The subscription that its token is for.
    pub subscription: String,
}

impl Caller {
    /// Reads the token: a subscription's id is the token for that subscription.
    ///
    /// # Errors
    /// `AuthenticationFailed` and `InvalidAuthenticationToken`.
    pub fn identify(headers: &HeaderMap) -> Result<Self, ArmError> {
        let given = headers.get("authorization").and_then(|value| value.to_str().ok());
        let Some(token) = given.and_then(|value| value.strip_prefix("Bearer ")) else {
            let message = "Authentication failed. The 'Authorization' header is missing.";
            return Err(ArmError::new(401, "AuthenticationFailed", message));
        };
        if uuid::Uuid::parse_str(token).is_err() {
            let message = "The access token is invalid.";
            return Err(ArmError::new(401, "InvalidAuthenticationToken", message));
        }
        Ok(Self { subscription: token.to_ascii_lowercase() })
    }

    /// Refuses what is addressed to a subscription that the caller doesn't see.
    ///
    /// # Errors
    /// `SubscriptionNotFound`.
    pub fn sees(&self, subscription: &str) -> Result<(), ArmError> {
        if self.subscription.eq_ignore_ascii_case(subscription) {
            return Ok(());
        }
        let message = format!("The subscription '{subscription}' could not be found.");
        Err(ArmError::new(404, "SubscriptionNotFound", message))
    }
}

/// The tenant of a subscription: another for each.
pub fn tenant(subscription: &str) -> String {
    guid(&format!("tenant of {subscription}"))
}

/// An identifier in the form of a UUID that follows from what it is for.
pub fn guid(what: &str) -> String {
    let digest = Sha256::digest(what.as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_a_token_is_refused_and_a_token_opens_its_own_subscription_only() {
        let mut headers = HeaderMap::new();
        assert_eq!(Caller::identify(&headers).unwrap_err().code, "AuthenticationFailed");
        headers.insert("authorization", "Bearer rubbish".parse().unwrap());
        assert_eq!(Caller::identify(&headers).unwrap_err().code, "InvalidAuthenticationToken");
        headers.insert("authorization", "Bearer 00000000-0000-4000-8000-00000000000A".parse().unwrap());
        let caller = Caller::identify(&headers).unwrap();
        assert!(caller.sees("00000000-0000-4000-8000-00000000000a").is_ok());
        assert_eq!(caller.sees("00000000-0000-4000-8000-00000000000b").unwrap_err().code, "SubscriptionNotFound");
    }
}
