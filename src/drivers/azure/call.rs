//! One call to Resource Manager: what is tried again, for how long, and what its failure means.
//!
//! Reads are tried again until the deadline, with full jitter under a capped exponential. A write is tried again only where it is
//! certain that it wasn't done (throttling, no connection); an answer that never came is [`CloudError::Ambiguous`], and the caller
//! looks before it asks again.

use std::time::Duration;

use azure_core::error::ErrorKind;
use azure_core::http::headers::HeaderName;
use azure_core::http::{Context, Method, Pipeline, PipelineSendOptions, Request, Url};
use serde_json::Value;

use crate::drivers::cause::chain;
use crate::drivers::retry::{Retry, Verdict};
use crate::ports::cloud::CloudError;

/// A call, as its failure names it.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    /// The permission that it needs, such as `Microsoft.Resources/deploymentStacks/read`.
    pub(super) permission: &'a str,
    /// How it is made.
    pub(super) method: Method,
    /// What it is made on: the path, without query.
    pub(super) on: &'a str,
    /// The query, beginning with the version.
    pub(super) query: String,
    /// What is sent.
    pub(super) body: Option<&'a Value>,
}

impl<'a> Call<'a> {
    /// A read.
    pub(super) fn get(permission: &'a str, on: &'a str, version: &str) -> Self {
        Call { permission, method: Method::Get, on, query: format!("api-version={version}"), body: None }
    }

    /// A write, or what is asked with a body.
    pub(super) fn send(
        method: Method,
        permission: &'a str,
        on: &'a str,
        version: &str,
        body: Option<&'a Value>,
    ) -> Self {
        Call { permission, method, on, query: format!("api-version={version}"), body }
    }

    fn changes_something(&self) -> bool {
        !matches!(self.method, Method::Get | Method::Head) && !self.on.ends_with("/exportTemplate")
    }
}

/// Makes calls.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) retry: Retry,
    pub(super) pipeline: Pipeline,
    pub(super) endpoint: Url,
    pub(super) tokens: super::credentials::Tokens,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Caller").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Caller {
    /// Makes a call, again and again where that makes sense; gives the answer's body, null where it has none.
    pub(super) async fn make(&self, call: &Call<'_>) -> Result<Value, CloudError> {
        self.retry.persist(call.permission, call.changes_something(), || self.attempt(call)).await
    }

    /// The same of a read, where what isn't there is no failure.
    pub(super) async fn find(&self, call: &Call<'_>) -> Result<Option<Value>, CloudError> {
        match self.make(call).await {
            Ok(found) => Ok(Some(found)),
            Err(CloudError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every page of a list. A page says where the next one is (Azure Resource Manager documentation, "Control plane operations",
    /// `nextLink`); only its query is taken from that.
    pub(super) async fn list(&self, mut call: Call<'_>) -> Result<Vec<Value>, CloudError> {
        let mut all = Vec::new();
        loop {
            let page = self.make(&call).await?;
            all.extend(page.get("value").and_then(Value::as_array).cloned().unwrap_or_default());
            let next = page.get("nextLink").and_then(Value::as_str).and_then(|link| Url::parse(link).ok());
            match next.as_ref().and_then(Url::query) {
                Some(query) if query != call.query => call.query = query.to_owned(),
                Some(_) | None => return Ok(all),
            }
        }
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Value, Verdict> {
        let unknown = |why: &dyn std::fmt::Display| Verdict::Unknown(why.to_string());
        let mut url = self.endpoint.clone();
        url.set_path(call.on);
        url.set_query(Some(&call.query));
        let mut request = Request::new(url, call.method);
        request.insert_header("accept", "application/json");
        if let Some(body) = call.body {
            request.insert_header("content-type", "application/json");
            request.set_body(body.to_string().into_bytes());
        }
        let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let context = Context::new();
        let sent = self.pipeline.send(&context, &mut request, Some(options));
        let answer = tokio::time::timeout(self.retry.patience.attempt, sent).await.map_err(|error| unknown(&error))?;
        let answer = answer.map_err(|error| {
            let why = chain(&error);
            match error.kind() {
                ErrorKind::Connection => Verdict::Later(None, why),
                ErrorKind::Credential => Verdict::Final(CloudError::NoCredentials { cloud: "azure".to_owned(), why }),
                _ => Verdict::Unknown(why),
            }
        })?;
        let status = u16::from(answer.status());
        let after = answer.headers().get_optional_str(&HeaderName::from_static("retry-after")).map(str::to_owned);
        let bytes = answer.into_body();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if (200..300).contains(&status) {
            return Ok(body);
        }
        Err(classify(call, status, &body, after.as_deref()))
    }
}

/// What a refusal means (Azure Resource Manager documentation, "Common deployment errors", "Request limits and throttling").
fn classify(call: &Call<'_>, status: u16, body: &Value, retry_after: Option<&str>) -> Verdict {
    let error = body.get("error").unwrap_or(body);
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (code, message) = (text("code"), reason(error));
    let name = || call.permission.to_owned();
    match (status, code.as_str()) {
        (429, _) => {
            let after =
                retry_after.and_then(|seconds| seconds.parse().ok()).map_or(Duration::ZERO, Duration::from_secs);
            Verdict::Later(Some(after), format!("{code}: {message}"))
        }
        (401, "ExpiredAuthenticationToken") => Verdict::Final(CloudError::Expired { call: name() }),
        (401, _) => Verdict::Final(CloudError::NoCredentials {
            cloud: "azure".to_owned(),
            why: format!("Azure does not take them ({code}): {message}"),
        }),
        (403, _) => {
            let quoted = |after: &str| {
                let rest = message.split_once(after)?.1.trim_start();
                rest.split('\'').nth(1).map(str::to_owned)
            };
            let action = quoted("perform action").unwrap_or_else(name);
            let resource = quoted("over scope").unwrap_or_else(|| call.on.to_owned());
            Verdict::Final(CloudError::Denied { call: name(), action, resource, message })
        }
        (404, _) => Verdict::Final(CloudError::NotFound { what: call.on.to_owned() }),
        (408, _) => Verdict::Unknown(format!("{status} {code}: {message}")),
        _ if status >= 500 => Verdict::Unknown(format!("{status} {code}: {message}")),
        (_, "DeploymentStackOutOfSync") => {
            Verdict::Final(CloudError::Refused { message: out_of_sync(call.on, &message), call: name(), code })
        }
        _ => Verdict::Final(CloudError::Refused { call: name(), code, message }),
    }
}

/// What to do where Azure isn't sure which resources a stack manages (Azure Resource Manager documentation, "Create and deploy Azure
/// deployment stacks", handle the stack-out-of-sync error). landfall never passes over that: an update might delete what isn't the stack's.
fn out_of_sync(on: &str, message: &str) -> String {
    let part =
        |word: &str| on.split('/').skip_while(|part| !part.eq_ignore_ascii_case(word)).nth(1).unwrap_or_default();
    let group = part("resourceGroups");
    let named = format!("--name {group} --resource-group {group}");
    format!(
        "{message}\nAzure isn't sure which resources the stack manages, so an update might delete one that isn't its own. Look at \
         `az stack group show {named} --query resources[].id`. Where each of them is the stack's, write its template with \
         `az stack group export {named} --query template > deployed.json`, deploy it once more with `az stack group create {named} \
         --template-file deployed.json --deny-settings-mode none --action-on-unmanage detachAll \
         --bypass-stack-out-of-sync-error true` and its parameters, and then do again what was refused here"
    )
}

/// What an error says at its innermost: the outer ones say only that something inside them failed.
pub(super) fn reason(error: &Value) -> String {
    let inner = error.get("details").and_then(Value::as_array).and_then(|details| details.first());
    if let Some(inner) = inner {
        return reason(inner);
    }
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    match (text("code"), text("message")) {
        ("", message) => message.to_owned(),
        (code, "") => code.to_owned(),
        (code, message) => format!("{message} ({code})"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn meaning(status: u16, code: &str, message: &str) -> Verdict {
        let call = Call::get("Microsoft.Resources/deploymentStacks/read", "/subscriptions/s", "1");
        classify(&call, status, &json!({ "error": { "code": code, "message": message } }), Some("7"))
    }

    #[test]
    fn codes_mean_what_resource_manager_says() {
        assert!(matches!(meaning(429, "TooManyRequests", ""), Verdict::Later(Some(after), _) if after.as_secs() == 7));
        assert!(matches!(meaning(503, "ServiceUnavailable", ""), Verdict::Unknown(_)));
        assert!(matches!(meaning(401, "ExpiredAuthenticationToken", ""), Verdict::Final(CloudError::Expired { .. })));
        assert!(matches!(meaning(401, "InvalidToken", ""), Verdict::Final(CloudError::NoCredentials { .. })));
        assert!(matches!(meaning(404, "NotFound", ""), Verdict::Final(CloudError::NotFound { .. })));
        assert!(matches!(meaning(409, "Conflict", ""), Verdict::Final(CloudError::Refused { .. })));
    }

    #[test]
    fn a_denial_names_the_action_and_scope_of_the_message() {
        let message = "The client 'ana' with object id '1' does not have authorization to perform action \
                       'Microsoft.Storage/storageAccounts/write' over scope '/subscriptions/s/x' or the scope is invalid.";
        let Verdict::Final(CloudError::Denied { action, resource, .. }) = meaning(403, "AuthorizationFailed", message)
        else {
            panic!("no denial");
        };
        assert_eq!(
            (action.as_str(), resource.as_str()),
            ("Microsoft.Storage/storageAccounts/write", "/subscriptions/s/x")
        );
    }

    #[test]
    fn a_stack_that_is_out_of_sync_is_refused_with_what_to_do_about_it() {
        let on = "/subscriptions/s/resourceGroups/shop-dev/providers/Microsoft.Resources/deploymentStacks/shop-dev";
        let call = Call::send(Method::Put, "Microsoft.Resources/deploymentStacks/write", on, "1", None);
        let said =
            json!({ "error": { "code": "DeploymentStackOutOfSync", "message": "it may not have an accurate list" } });
        let Verdict::Final(CloudError::Refused { message, .. }) = classify(&call, 409, &said, None) else {
            panic!("not refused");
        };
        assert!(message.starts_with("it may not have an accurate list"), "{message}");
        assert!(message.contains("az stack group show --name shop-dev --resource-group shop-dev"), "{message}");
    }

    #[test]
    fn the_innermost_error_is_the_reason() {
        let error = json!({ "code": "A", "message": "outer", "details": [{ "code": "B", "message": "inner" }] });
        assert_eq!(reason(&error), "inner (B)");
    }
}
