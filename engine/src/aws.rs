//! Calls to AWS that are signed by hand: two of them are no reason for its whole SDK.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign},
    sign::v4,
};
use serde::Deserialize;

/// Why a call could not be signed or made.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// The process has no identity.
    #[error("no AWS credentials: neither AWS_ACCESS_KEY_ID nor a container's credentials address is set")]
    NoCredentials,
    /// The container's credentials, or the service, could not be asked.
    #[error("AWS did not answer: {0}")]
    Http(#[from] reqwest::Error),
    /// It answered with a refusal.
    #[error("AWS refused with status {0}")]
    Refused(u16),
    /// The request could not be signed.
    #[error("the request to AWS could not be signed: {0}")]
    Sign(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FromContainer {
    access_key_id: String,
    secret_access_key: String,
    token: String,
}

/// The identity that Lambda gives in the environment or ECS at an address.
///
/// # Errors
/// When there is none or the address does not answer.
pub async fn credentials(
    http: &reqwest::Client,
    look_up: impl Fn(&str) -> Option<String>,
) -> Result<Credentials, AwsError> {
    if let (Some(id), Some(key)) = (look_up("AWS_ACCESS_KEY_ID"), look_up("AWS_SECRET_ACCESS_KEY")) {
        return Ok(Credentials::new(id, key, look_up("AWS_SESSION_TOKEN"), None, "environment"));
    }
    let path = look_up("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").ok_or(AwsError::NoCredentials)?;
    // The address that ECS answers at, the same in every task.
    let answer = http.get(format!("http://169.254.170.2{path}")).timeout(Duration::from_secs(5)).send().await?;
    let given: FromContainer = answer.error_for_status()?.json().await?;
    Ok(Credentials::new(given.access_key_id, given.secret_access_key, Some(given.token), None, "container"))
}

/// What is signed.
pub struct Request<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The whole URL.
    pub url: &'a str,
    /// Headers to sign, the host aside.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// The headers, or with `expires` the query parameters, that sign `request`.
///
/// # Errors
/// When the URL or a header is malformed.
pub fn signature(
    request: &Request<'_>,
    service: &str,
    region: &str,
    credentials: Credentials,
    at: SystemTime,
    expires: Option<Duration>,
) -> Result<Vec<(String, String)>, AwsError> {
    let wrong = |error: &dyn std::fmt::Display| AwsError::Sign(error.to_string());
    let mut settings = SigningSettings::default();
    if let Some(expires) = expires {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(expires);
    }
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(at)
        .settings(settings)
        .build()
        .map_err(|error| wrong(&error))?
        .into();
    let signable = SignableRequest::new(
        request.method,
        request.url,
        request.headers.iter().copied(),
        SignableBody::Bytes(request.body),
    )
    .map_err(|error| wrong(&error))?;
    let (instructions, _) = sign(signable, &parameters).map_err(|error| wrong(&error))?.into_parts();
    let headers = instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let query = instructions.params().iter().map(|(name, value)| ((*name).to_owned(), value.to_string()));
    Ok(headers.chain(query).collect())
}
