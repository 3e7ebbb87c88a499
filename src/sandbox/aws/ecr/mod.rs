//! ECR: the login, and the registries behind it.
//!
//! Sources: Amazon ECR API Reference, GetAuthorizationToken; Amazon ECR user guide, "Private registry authentication".

pub mod registry;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::ApiError;
use crate::sandbox::engine::inventory::{self, Place};

/// What stands before the action in the header `X-Amz-Target`.
pub const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921";

/// The type of a repository's resource.
const REPOSITORY: &str = "AWS::ECR::Repository";

/// The name that goes with every token.
const USER: &str = "AWS";

/// How long a token is good.
const HOURS: i64 = 12;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// When it ends.
    pub expires: Timestamp,
}

/// Carries out an action; `host` is the address by which this machine was asked.
///
/// # Errors
/// As ECR answers them.
pub fn call(caller: &Caller, action: &str, host: &str, now: Timestamp) -> Result<Value, ApiError> {
    match action {
        "GetAuthorizationToken" => {
            let expires = now + SignedDuration::from_hours(HOURS);
            let login = Login { account: caller.account.clone(), region: caller.region.clone(), expires };
            Ok(json!({ "authorizationData": [{
                "authorizationToken": login.token(),
                "expiresAt": expires.as_millisecond() as f64 / 1000.0,
                // AWS has a host an account and region; here one address serves all, and the token tells them apart.
                "proxyEndpoint": format!("http://{host}"),
            }] }))
        }
        _ => Err(ApiError::new(400, "UnknownOperationException", "")),
    }
}

impl Login {
    /// The token, as `Basic` authentication takes it.
    pub fn token(&self) -> String {
        let said = serde_json::to_vec(self).unwrap_or_default();
        STANDARD.encode(format!("{USER}:{}", STANDARD.encode(said)))
    }

    /// Reads a name and its password; none for what no login gave.
    pub fn read(user: &str, password: &str) -> Option<Self> {
        let said = STANDARD.decode(password).ok()?;
        (user == USER).then(|| serde_json::from_slice(&said).ok())?
    }
}

/// Where a repository's content is kept: under the key of its resource.
pub fn key(account: &str, region: &str, name: &str) -> String {
    inventory::key(&Place { account: account.to_owned(), region: region.to_owned() }, REPOSITORY, name)
}
