//! One call to AWS: what is tried again, for how long, and what its failure means.
//!
//! Reads are tried again until the deadline, with full jitter under a capped exponential. A write is tried again only where
//! AWS said that it did not do it (throttling); an answer that never came is [`CloudError::Ambiguous`], and the caller looks
//! before it asks again.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::drivers::cause::chain;
use crate::drivers::retry::{Retry, Verdict};
use crate::ports::cloud::CloudError;

/// Whether a call changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Read,
    Write,
}

/// A call, as its failure names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// The permission that it needs, such as `cloudformation:DescribeStacks`; its last part is the call's name.
    pub(super) permission: &'a str,
    /// What it is made on.
    pub(super) resource: &'a str,
}

impl Call<'_> {
    /// The call's name for people.
    pub(super) fn name(&self) -> String {
        self.permission.rsplit(':').next().unwrap_or_default().to_owned()
    }
}

/// Makes calls.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) retry: Retry,
}

impl Caller {
    /// Makes a call, again and again where that makes sense.
    pub(super) async fn make<T, E, F, Fut>(&self, call: Call<'_>, effect: Effect, send: F) -> Result<T, CloudError>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let attempt = || async { send().await.map_err(|error| judge(&call, &error)) };
        self.retry.persist(&call.name(), effect == Effect::Write, attempt).await
    }
}

fn judge<E>(call: &Call<'_>, error: &SdkError<E, HttpResponse>) -> Verdict
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if let Some(why) = credentials(error) {
        return Verdict::Final(CloudError::NoCredentials { cloud: "aws".to_owned(), why });
    }
    let SdkError::ServiceError(service) = error else {
        return Verdict::Unknown(cause(error));
    };
    let status = service.raw().status().as_u16();
    let code = service.err().code().unwrap_or_default();
    let message = service.err().message().unwrap_or_default().to_owned();
    classify(call, status, code, message)
}

/// What an answer of AWS means. The codes are those of the common errors of the AWS APIs and of S3's error list.
fn classify(call: &Call<'_>, status: u16, code: &str, message: String) -> Verdict {
    let name = || call.name();
    let throttled = || Verdict::Later(Some(Duration::ZERO), format!("{code}: {message}"));
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "BandwidthLimitExceeded" => throttled(),
        "ExpiredToken" | "ExpiredTokenException" => Verdict::Final(CloudError::Expired { call: name() }),
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => {
            Verdict::Final(CloudError::ClockSkew { call: name(), message })
        }
        "SignatureDoesNotMatch" | "InvalidSignatureException"
            if message.contains("Signature expired") || message.contains("Signature not yet current") =>
        {
            Verdict::Final(CloudError::ClockSkew { call: name(), message })
        }
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "AuthFailure"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken" => Verdict::Final(CloudError::NoCredentials {
            cloud: "aws".to_owned(),
            why: format!("AWS does not know them ({code})"),
        }),
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "AllAccessDisabled" => {
            let (action, resource) = denied(call, &message);
            Verdict::Final(CloudError::Denied { call: name(), action, resource, message })
        }
        // S3 answers a HEAD without a body, so without a code.
        "" if status == 403 => Verdict::Final(CloudError::Denied {
            call: name(),
            action: call.permission.to_owned(),
            resource: call.resource.to_owned(),
            message,
        }),
        _ if status == 429 => throttled(),
        _ if status >= 500 => Verdict::Unknown(format!("{status} {code}: {message}")),
        _ => Verdict::Final(CloudError::Refused { call: name(), code: code.to_owned(), message }),
    }
}

/// The action and resource in `User: … is not authorized to perform: ACTION on resource: RESOURCE because …`, or what the
/// call is known to need.
pub(super) fn denied(call: &Call<'_>, message: &str) -> (String, String) {
    let word = |after: &str| {
        let rest = message.split_once(after)?.1.trim_start();
        rest.split_whitespace().next().map(|word| word.trim_end_matches(['.', ',']).to_owned())
    };
    let action = word("not authorized to perform:").unwrap_or_else(|| call.permission.to_owned());
    let resource = word("on resource:").unwrap_or_else(|| call.resource.to_owned());
    (action, resource)
}

/// Why there are no credentials, if that is what failed.
fn credentials<E: std::error::Error + Send + Sync + 'static>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let mut source = error.source();
    while let Some(error) = source {
        if error.downcast_ref::<CredentialsError>().is_some() {
            return Some(chain(error));
        }
        source = error.source();
    }
    None
}

fn cause<E: std::error::Error + Send + Sync + 'static>(error: &SdkError<E, HttpResponse>) -> String {
    error.source().map_or_else(|| error.to_string(), chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Call<'_> = Call { permission: "cloudformation:CreateChangeSet", resource: "arn:aws:x" };

    #[test]
    fn a_denial_names_the_action_and_resource_of_the_message() {
        let message = "User: arn:aws:iam::1:user/ci is not authorized to perform: iam:PassRole on resource: \
                       arn:aws:iam::1:role/task because no identity-based policy allows the iam:PassRole action";
        assert_eq!(denied(&CALL, message), ("iam:PassRole".to_owned(), "arn:aws:iam::1:role/task".to_owned()));
        assert_eq!(denied(&CALL, "no"), ("cloudformation:CreateChangeSet".to_owned(), "arn:aws:x".to_owned()));
    }

    #[test]
    fn codes_mean_what_the_common_errors_page_says() {
        let meaning = |status, code: &str, message: &str| classify(&CALL, status, code, message.to_owned());
        assert!(matches!(meaning(400, "Throttling", "Rate exceeded"), Verdict::Later(Some(_), _)));
        assert!(matches!(meaning(503, "SlowDown", ""), Verdict::Later(Some(_), _)));
        assert!(matches!(meaning(500, "InternalFailure", ""), Verdict::Unknown(_)));
        assert!(matches!(meaning(403, "ExpiredToken", ""), Verdict::Final(CloudError::Expired { .. })));
        assert!(matches!(meaning(403, "", ""), Verdict::Final(CloudError::Denied { .. })));
        assert!(matches!(
            meaning(403, "SignatureDoesNotMatch", "Signature expired: 20261121T000000Z is now earlier"),
            Verdict::Final(CloudError::ClockSkew { .. })
        ));
        assert!(matches!(meaning(400, "ValidationError", "no"), Verdict::Final(CloudError::Refused { .. })));
    }
}
