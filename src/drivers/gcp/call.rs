//! One call to an interface of Google's: what is tried again, for how long, and what its failure means.
//!
//! Reads are tried again until the deadline, with full jitter under a capped exponential. A write is tried again only where it is
//! certain that it wasn't done (throttling, no connection); an answer that never came is [`CloudError::Ambiguous`], and the caller
//! looks before it asks again.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::credentials::Tokens;
use crate::drivers::cause::chain;
use crate::drivers::retry::{Retry, Verdict};
use crate::ports::cloud::CloudError;

/// An interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interface {
    /// Infrastructure Manager.
    Config,
    /// Cloud Storage.
    Storage,
    /// Resource Manager: projects.
    Projects,
    /// Cloud Run.
    Run,
    /// Cloud SQL.
    Sql,
    /// Cloud Monitoring.
    Monitoring,
    /// Secret Manager.
    Secrets,
}

/// Where interfaces are.
#[derive(Clone, Debug)]
pub(super) enum Endpoints {
    /// Each where Google has it.
    Google,
    /// All in one place.
    All(Url),
}

impl Endpoints {
    fn of(&self, interface: Interface) -> Result<Url, String> {
        let host = match (self, interface) {
            (Endpoints::All(url), _) => return Ok(url.clone()),
            (Endpoints::Google, Interface::Config) => "https://config.googleapis.com",
            (Endpoints::Google, Interface::Storage) => "https://storage.googleapis.com",
            (Endpoints::Google, Interface::Projects) => "https://cloudresourcemanager.googleapis.com",
            (Endpoints::Google, Interface::Run) => "https://run.googleapis.com",
            (Endpoints::Google, Interface::Sql) => "https://sqladmin.googleapis.com",
            (Endpoints::Google, Interface::Monitoring) => "https://monitoring.googleapis.com",
            (Endpoints::Google, Interface::Secrets) => "https://secretmanager.googleapis.com",
        };
        Url::parse(host).map_err(|error| error.to_string())
    }
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sent<'a> {
    /// Nothing.
    Nothing,
    /// JSON.
    Json(&'a Value),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// A call, as its failure names it.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    /// The permission that it needs, such as `config.deployments.get`.
    pub(super) permission: &'a str,
    /// How it is made.
    pub(super) method: Method,
    /// Which interface it is made of.
    pub(super) interface: Interface,
    /// What it is made on: the path, part by part.
    pub(super) on: Vec<&'a str>,
    /// The query.
    pub(super) query: Vec<(&'a str, String)>,
    /// What is sent.
    pub(super) sent: Sent<'a>,
}

impl<'a> Call<'a> {
    /// A read of Infrastructure Manager, by a whole name.
    pub(super) fn get(permission: &'a str, name: &'a str) -> Self {
        Call::send(Method::GET, permission, name, Sent::Nothing)
    }

    /// Any call of Infrastructure Manager.
    pub(super) fn send(method: Method, permission: &'a str, name: &'a str, sent: Sent<'a>) -> Self {
        let on = std::iter::once("v1").chain(name.split('/')).collect();
        Call { permission, method, interface: Interface::Config, on, query: Vec::new(), sent }
    }

    /// Any call of Cloud Run, by a whole name.
    pub(super) fn run(method: Method, permission: &'a str, name: &'a str, sent: Sent<'a>) -> Self {
        let on = std::iter::once("v2").chain(name.split('/')).collect();
        Call { permission, method, interface: Interface::Run, on, query: Vec::new(), sent }
    }

    /// The same with something in the query.
    pub(super) fn with(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    fn changes_something(&self) -> bool {
        self.method != Method::GET
    }
}

/// Makes calls.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) retry: Retry,
    pub(super) client: reqwest::Client,
    pub(super) endpoints: Endpoints,
    pub(super) tokens: Tokens,
    /// The project that calls are charged to.
    pub(super) project: String,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Caller").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

impl Caller {
    /// Makes a call, again and again where that makes sense; gives the answer's body as JSON, null where it is none.
    pub(super) async fn make(&self, call: &Call<'_>) -> Result<Value, CloudError> {
        let bytes = self.bytes(call).await?;
        Ok(serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// The same of a read, where what isn't there is no failure.
    pub(super) async fn find(&self, call: &Call<'_>) -> Result<Option<Value>, CloudError> {
        match self.make(call).await {
            Ok(found) => Ok(Some(found)),
            Err(CloudError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every page of a list.
    pub(super) async fn list(&self, call: &Call<'_>, kind: &str) -> Result<Vec<Value>, CloudError> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let mut page = call.clone();
            if !token.is_empty() {
                page.query.push(("pageToken", token));
            }
            let Some(answer) = self.find(&page).await? else { return Ok(all) };
            all.extend(answer.get(kind).and_then(Value::as_array).cloned().unwrap_or_default());
            token = answer.get("nextPageToken").and_then(Value::as_str).unwrap_or_default().to_owned();
            if token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// Makes a call and gives the answer's body as it is.
    pub(super) async fn bytes(&self, call: &Call<'_>) -> Result<Vec<u8>, CloudError> {
        self.retry.persist(call.permission, call.changes_something(), || self.attempt(call)).await
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Vec<u8>, Verdict> {
        let unusable = |why: String| Verdict::Final(CloudError::NoCredentials { cloud: "gcp".to_owned(), why });
        let mut url = self.endpoints.of(call.interface).map_err(unusable)?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(&call.on);
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let token = self.tokens.token().await.map_err(|(may_pass, why)| match may_pass {
            true => Verdict::Later(None, why),
            false => unusable(why),
        })?;
        let request = self.client.request(call.method.clone(), url).bearer_auth(token);
        let request = request.header("x-goog-user-project", &self.project);
        let request = match call.sent {
            Sent::Nothing => request,
            Sent::Json(body) => request.header("content-type", "application/json").body(body.to_string()),
            Sent::Bytes(bytes) => request.header("content-type", "application/zip").body(bytes.to_vec()),
        };
        let answered = async {
            let answer = request.send().await?;
            let after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
            Ok::<_, reqwest::Error>((answer.status().as_u16(), after, answer.bytes().await?))
        };
        let answered = tokio::time::timeout(self.retry.patience.attempt, answered).await;
        let answered = answered.map_err(|error| Verdict::Unknown(error.to_string()))?;
        let (status, after, bytes) = answered.map_err(|error| match error.is_connect() {
            true => Verdict::Later(None, chain(&error)),
            false => Verdict::Unknown(chain(&error)),
        })?;
        if (200..300).contains(&status) {
            return Ok(bytes.to_vec());
        }
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        Err(classify(call, status, &body, after.as_deref()))
    }
}

/// What a refusal means (AIP-193; Cloud Storage documentation, "HTTP status and error codes for JSON").
fn classify(call: &Call<'_>, status: u16, body: &Value, retry_after: Option<&str>) -> Verdict {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let message = text("/error/message");
    let code = [text("/error/status"), text("/error/errors/0/reason")].into_iter().find(|code| !code.is_empty());
    let code = code.unwrap_or_else(|| status.to_string());
    let details = body.pointer("/error/details").and_then(Value::as_array).into_iter().flatten();
    let reason = details.filter_map(|one| one.get("reason")?.as_str()).next().unwrap_or_default();
    let name = || call.permission.to_owned();
    match (status, code.as_str()) {
        (429, _) | (403, "rateLimitExceeded" | "userRateLimitExceeded") => {
            let after =
                retry_after.and_then(|seconds| seconds.parse().ok()).map_or(Duration::ZERO, Duration::from_secs);
            Verdict::Later(Some(after), format!("{code}: {message}"))
        }
        (401, _) if reason == "ACCESS_TOKEN_EXPIRED" => Verdict::Final(CloudError::Expired { call: name() }),
        (401, _) => Verdict::Final(CloudError::NoCredentials {
            cloud: "gcp".to_owned(),
            why: format!("Google does not take them ({code}): {message}"),
        }),
        // The message says where the interface is switched on.
        (403, _) if reason == "SERVICE_DISABLED" => {
            Verdict::Final(CloudError::Refused { call: name(), code: reason.to_owned(), message })
        }
        (403, _) => {
            let quoted = |after: &str| message.split_once(after)?.1.split('\'').next().map(str::to_owned);
            let action = quoted("Permission '").unwrap_or_else(name);
            let resource = quoted("on resource '").unwrap_or_else(|| call.on.join("/"));
            Verdict::Final(CloudError::Denied { call: name(), action, resource, message })
        }
        (404, _) => Verdict::Final(CloudError::NotFound { what: call.on.join("/") }),
        (408, _) => Verdict::Unknown(format!("{status} {code}: {message}")),
        _ if status >= 500 => Verdict::Unknown(format!("{status} {code}: {message}")),
        _ => Verdict::Final(CloudError::Refused { call: name(), code, message }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn meaning(status: u16, error: Value) -> Verdict {
        let call = Call::get("config.deployments.get", "projects/p/locations/l/deployments/d");
        classify(&call, status, &json!({ "error": error }), Some("7"))
    }

    #[test]
    fn codes_mean_what_google_says() {
        let expired = json!({ "status": "UNAUTHENTICATED", "details": [{ "reason": "ACCESS_TOKEN_EXPIRED" }] });
        let disabled = json!({ "status": "PERMISSION_DENIED", "details": [{ "reason": "SERVICE_DISABLED" }] });
        assert!(matches!(meaning(429, json!({})), Verdict::Later(Some(after), _) if after.as_secs() == 7));
        assert!(matches!(meaning(503, json!({})), Verdict::Unknown(_)));
        assert!(matches!(meaning(401, expired), Verdict::Final(CloudError::Expired { .. })));
        assert!(matches!(meaning(401, json!({})), Verdict::Final(CloudError::NoCredentials { .. })));
        assert!(matches!(meaning(404, json!({})), Verdict::Final(CloudError::NotFound { .. })));
        let said = |code: &str, verdict: Verdict| matches!(verdict, Verdict::Final(CloudError::Refused { code: is, .. }) if is == code);
        assert!(said("SERVICE_DISABLED", meaning(403, disabled)));
        assert!(said("ABORTED", meaning(409, json!({ "status": "ABORTED" }))));
        assert!(said("conditionNotMet", meaning(412, json!({ "errors": [{ "reason": "conditionNotMet" }] }))));
    }

    #[test]
    fn a_denial_names_the_permission_and_resource_of_the_message() {
        let message = "Permission 'config.previews.create' denied on resource '//config.googleapis.com/projects/p' (or it may not exist).";
        let Verdict::Final(CloudError::Denied { action, resource, .. }) = meaning(403, json!({ "message": message }))
        else {
            panic!("no denial");
        };
        assert_eq!(
            (action.as_str(), resource.as_str()),
            ("config.previews.create", "//config.googleapis.com/projects/p")
        );
    }
}
