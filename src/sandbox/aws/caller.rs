//! Who calls: read from the request's signature, which must be there but isn't verified.

use std::collections::BTreeMap;

use hyper::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::ApiError;
use crate::sandbox::store::Shelf;

/// The account of an access key id that doesn't say which.
pub const DEFAULT_ACCOUNT: &str = "000000000000";

/// The partition of every ARN.
pub const PARTITION: &str = "aws";

/// Temporary credentials that STS gave out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The account that the credentials are for.
    pub account: String,
    /// The token that must come with the access key id.
    pub token: String,
    /// The ARN of the assumed role's session.
    pub arn: String,
    /// The unique id of the assumed role's session.
    pub user_id: String,
    /// When the credentials end.
    pub expires: Timestamp,
}

/// A caller, and where it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The access key id.
    pub access_key: String,
    /// The account that it belongs to: 12 digits.
    pub account: String,
    /// The region of the signature's scope.
    pub region: String,
    /// The service of the signature's scope.
    pub service: String,
    /// The caller's ARN.
    pub arn: String,
    /// The caller's unique id.
    pub user_id: String,
}

/// What a request's signature says, before it's checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The access key id.
    pub access_key: String,
    /// The region.
    pub region: String,
    /// The service.
    pub service: String,
    /// The session token, for temporary credentials.
    pub token: Option<String>,
}

impl Scope {
    /// Reads the `Authorization` header or, for a presigned address, the query string.
    ///
    /// # Errors
    /// `MissingAuthenticationToken` when there is no signature, `IncompleteSignature` when it's malformed.
    pub fn read(headers: &HeaderMap, query: &BTreeMap<String, String>) -> Result<Self, ApiError> {
        let header = headers.get("authorization").and_then(|value| value.to_str().ok());
        let (credential, token) = match header {
            Some(header) => {
                let fields = header.strip_prefix("AWS4-HMAC-SHA256 ").ok_or_else(|| incomplete(header))?;
                let credential = fields
                    .split(',')
                    .find_map(|field| field.trim().strip_prefix("Credential="))
                    .ok_or_else(|| incomplete(header))?;
                if !fields.contains("Signature=") {
                    return Err(incomplete(header));
                }
                let token = headers.get("x-amz-security-token").and_then(|value| value.to_str().ok());
                (credential, token.map(str::to_owned))
            }
            None => {
                let credential = query.get("X-Amz-Credential").ok_or_else(|| {
                    ApiError::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
                })?;
                let token = query.get("X-Amz-Security-Token").cloned();
                (credential.as_str(), token)
            }
        };
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key, _date, region, service, "aws4_request"] = parts[..] else {
            return Err(incomplete(credential));
        };
        Ok(Self { access_key: access_key.to_owned(), region: region.to_owned(), service: service.to_owned(), token })
    }
}

fn incomplete(found: &str) -> ApiError {
    ApiError::new(
        403,
        "IncompleteSignature",
        format!(
            "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters. Authorization={found}"
        ),
    )
}

impl Caller {
    /// Finds the account behind a signature.
    ///
    /// An access key id of 12 digits is its account's number; one that STS gave out is the session's; any other belongs to
    /// [`DEFAULT_ACCOUNT`].
    ///
    /// # Errors
    /// `InvalidClientTokenId` for temporary credentials that nobody gave out, `ExpiredToken` for those that have ended.
    pub fn identify(scope: Scope, sessions: &Shelf<Session>, now: Timestamp) -> Result<Self, ApiError> {
        let Scope { access_key, region, service, token } = scope;
        let invalid =
            || ApiError::new(403, "InvalidClientTokenId", "The security token included in the request is invalid.");
        if access_key.starts_with("ASIA") {
            let session = sessions.get(&access_key).ok_or_else(invalid)?;
            if token.as_deref() != Some(session.token.as_str()) {
                return Err(invalid());
            }
            if session.expires <= now {
                return Err(ApiError::new(
                    403,
                    "ExpiredToken",
                    "The security token included in the request is expired",
                ));
            }
            return Ok(Self {
                account: session.account.clone(),
                arn: session.arn.clone(),
                user_id: session.user_id.clone(),
                access_key,
                region,
                service,
            });
        }
        let account = if is_account(&access_key) { access_key.clone() } else { DEFAULT_ACCOUNT.to_owned() };
        Ok(Self {
            arn: format!("arn:{PARTITION}:iam::{account}:user/sandbox"),
            user_id: format!("AIDASANDBOX{}", &account[..10]),
            access_key,
            account,
            region,
            service,
        })
    }
}

/// Whether this is an account's number: 12 digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hyper::HeaderMap;
    use jiff::{SignedDuration, Timestamp};

    use super::{Caller, Scope, Session};
    use crate::sandbox::store::Shelf;

    fn signed(access_key: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/20261121/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00"
        );
        headers.insert("authorization", value.parse().unwrap());
        headers
    }

    fn no_sessions() -> Shelf<Session> {
        Shelf::load("sessions", &mut BTreeMap::new()).unwrap()
    }

    #[test]
    fn twelve_digits_are_the_account_and_anything_else_the_default_one() {
        for (access_key, account) in [("123456789012", "123456789012"), ("AKIDTEST", "000000000000")] {
            let scope = Scope::read(&signed(access_key), &BTreeMap::new()).unwrap();
            let caller = Caller::identify(scope, &no_sessions(), Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(caller.account, account);
            assert_eq!(caller.region, "us-east-1");
            assert_eq!(caller.service, "sts");
        }
    }

    #[test]
    fn a_request_without_signature_is_refused() {
        let error = Scope::read(&HeaderMap::new(), &BTreeMap::new()).unwrap_err();
        assert_eq!((error.status, error.code.as_str()), (403, "MissingAuthenticationToken"));
    }

    #[test]
    fn temporary_credentials_end() {
        let mut sessions = no_sessions();
        let expires = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(900);
        let session = Session {
            account: "111111111111".to_owned(),
            token: "token".to_owned(),
            arn: String::new(),
            user_id: String::new(),
            expires,
        };
        sessions.put("ASIA1", session);
        let mut headers = signed("ASIA1");
        let scope = Scope::read(&headers, &BTreeMap::new()).unwrap();
        let error = Caller::identify(scope, &sessions, Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(error.code, "InvalidClientTokenId");
        headers.insert("x-amz-security-token", "token".parse().unwrap());
        let scope = Scope::read(&headers, &BTreeMap::new()).unwrap();
        let caller = Caller::identify(scope.clone(), &sessions, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(caller.account, "111111111111");
        let error = Caller::identify(scope, &sessions, expires).unwrap_err();
        assert_eq!(error.code, "ExpiredToken");
    }
}
