//! Who is calling, and whether they see the project that the environment pins.

use reqwest::Method;
use serde_json::Value;

use super::Gcp;
use super::call::{Call, Endpoints, Interface, Sent};
use super::credentials::Tokens;
use crate::ports::cloud::{CloudError, Identity};

const PERMISSION: &str = "resourcemanager.projects.get";

/// Who is calling, and what Google calls the project.
#[derive(Clone, Debug)]
pub(super) struct Verified {
    /// Who.
    pub(super) identity: Identity,
    /// The project's number, by which Cloud Storage names owners.
    pub(super) number: String,
}

impl Gcp {
    /// Asks once. Every address names the pinned project, so nothing is written elsewhere; that it is seen, and there, is known before
    /// the first write.
    pub(super) async fn verified(&self) -> Result<&Verified, CloudError> {
        self.verified
            .get_or_try_init(|| async {
                let expected = &self.place.account;
                let found = match self.caller.make(&projects(&["v3", "projects", expected])).await {
                    Ok(found) => found,
                    Err(CloudError::NotFound { .. } | CloudError::Denied { .. }) => {
                        let actual = self.seen_projects().await?;
                        return Err(CloudError::WrongAccount { expected: expected.clone(), actual });
                    }
                    Err(error) => return Err(error),
                };
                let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default();
                if text("projectId") != expected {
                    let actual = text("projectId").to_owned();
                    return Err(CloudError::WrongAccount { expected: expected.clone(), actual });
                }
                if text("state") != "ACTIVE" {
                    return Err(CloudError::Refused {
                        call: PERMISSION.to_owned(),
                        code: text("state").to_owned(),
                        message: format!(
                            "the project {expected} takes nothing: it is {}",
                            text("state").to_lowercase()
                        ),
                    });
                }
                let number = text("name").trim_start_matches("projects/").to_owned();
                let principal = self.principal().await;
                Ok(Verified { identity: Identity { account: expected.clone(), principal }, number })
            })
            .await
    }

    /// The projects that the credentials see.
    async fn seen_projects(&self) -> Result<String, CloudError> {
        let answer = self.caller.make(&projects(&["v3", "projects:search"])).await?;
        let list = answer.get("projects").and_then(Value::as_array).cloned().unwrap_or_default();
        let ids: Vec<&str> = list.iter().filter_map(|one| one.get("projectId")?.as_str()).collect();
        Ok(if ids.is_empty() { "no project".to_owned() } else { ids.join(", ") })
    }

    /// Whose the credentials are, as far as Google tells: nothing is decided by that.
    async fn principal(&self) -> String {
        let (Endpoints::Google, Tokens::Credentials(_)) = (&self.caller.endpoints, &self.caller.tokens) else {
            return "sandbox".to_owned();
        };
        let unnamed = "application default credentials".to_owned();
        let Ok(token) = self.caller.tokens.token().await else { return unnamed };
        let asked = self.caller.client.post("https://oauth2.googleapis.com/tokeninfo");
        let asked = asked.header("content-type", "application/x-www-form-urlencoded");
        let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("access_token", &token).finish();
        let asked = asked.body(body).timeout(self.caller.retry.patience.attempt).send().await;
        let Ok(answer) = asked else { return unnamed };
        let told: Value =
            answer.bytes().await.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        told.get("email").and_then(Value::as_str).map_or(unnamed, str::to_owned)
    }
}

fn projects<'a>(on: &[&'a str]) -> Call<'a> {
    Call {
        permission: PERMISSION,
        method: Method::GET,
        interface: Interface::Projects,
        on: on.to_vec(),
        query: Vec::new(),
        sent: Sent::Nothing,
    }
}
