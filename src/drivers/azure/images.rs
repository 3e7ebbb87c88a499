//! Images into Azure Container Registry: a token of Microsoft Entra ID is exchanged for the registry's own, twice; what is pushed goes by
//! the protocol of all registries.
//!
//! Source: Azure/acr on GitHub, `docs/AAD-OAuth.md`, "Getting credentials programmatically".

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::Url;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::Azure;
use super::call::Call;
use super::credentials::Tokens;
use super::stack::text;
use crate::drivers::cause::chain;
use crate::drivers::registry::{Registry, address, client, refused, registries};
use crate::drivers::retry::Verdict;
use crate::plan::deployment::Image;
use crate::ports::cloud::CloudError;
use crate::ports::images::{Images, Pushed};

pub(super) const REGISTRY: &str = "Microsoft.ContainerRegistry/registries";
const READ: &str = "Microsoft.ContainerRegistry/registries/read";
const PUSH: &str = "Microsoft.ContainerRegistry/registries/push/write";
const VERSION: &str = "2025-11-01";

#[async_trait]
impl Images for Azure {
    async fn push(&self, stack: &str, image: &Image) -> Result<Pushed, CloudError> {
        self.verified_identity().await?;
        let resources = self.list_resources(stack).await?;
        let mut all = Pushed::default();
        for id in registries(&resources, REGISTRY, stack, image)? {
            let server = self.login_server(id).await?;
            let push = async { self.registry(&server, &image.name).await?.push(&image.name, image).await };
            all += push.await.map_err(|error| named(error, id))?;
        }
        Ok(all)
    }
}

impl Azure {
    /// The host of a registry.
    pub(super) async fn login_server(&self, registry: &str) -> Result<String, CloudError> {
        let found = self.caller.make(&Call::get(READ, registry, VERSION)).await?;
        Ok(text(&found, "/properties/loginServer").to_owned())
    }

    /// A registry, logged in to for one repository and little more than an hour.
    async fn registry(&self, server: &str, repository: &str) -> Result<Registry, CloudError> {
        let way = match &self.caller.tokens {
            Tokens::Credential(_) => None,
            Tokens::Sandbox(_) => Some(self.caller.endpoint.as_str()),
        };
        let token = self.caller.tokens.registry_token().await;
        let token =
            token.map_err(|error| CloudError::NoCredentials { cloud: "azure".to_owned(), why: chain(&error) })?;
        let ours = [("grant_type", "access_token"), ("service", server), ("access_token", token.secret())];
        let refresh = self.exchanged(server, way, "oauth2/exchange", &ours, "refresh_token").await?;
        let scope = format!("repository:{repository}:pull,push");
        let theirs =
            [("grant_type", "refresh_token"), ("service", server), ("scope", &scope), ("refresh_token", &refresh)];
        let token = self.exchanged(server, way, "oauth2/token", &theirs, "access_token").await?;
        let (clock, patience) = (Arc::clone(&self.caller.retry.clock), self.caller.retry.patience);
        Registry::new(&address(server, way), &format!("Bearer {token}"), way, clock, patience)
    }

    /// The token that a registry gives for another. Asking again gives another token and changes nothing.
    async fn exchanged(
        &self,
        server: &str,
        way: Option<&str>,
        path: &str,
        form: &[(&str, &str)],
        gives: &str,
    ) -> Result<String, CloudError> {
        let call = format!("POST {server}/{path}");
        let unusable =
            |error: url::ParseError| CloudError::Unsupported(format!("the registry `{server}` can't be used: {error}"));
        let url = Url::parse(&format!("{}/{path}", address(server, way))).map_err(unusable)?;
        let client = client(&url, way, self.caller.retry.patience)?;
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let attempt = || async {
            let request = client.post(url.clone()).timeout(self.caller.retry.patience.attempt);
            let request = request.header("content-type", "application/x-www-form-urlencoded").body(body.clone());
            let answer = request.send().await.map_err(|error| match error.is_connect() {
                true => Verdict::Later(None, chain(&error)),
                false => Verdict::Unknown(chain(&error)),
            })?;
            let status = answer.status();
            if status.as_u16() == 429 || status.is_server_error() {
                return Err(Verdict::Later(None, status.to_string()));
            }
            if !status.is_success() {
                return Err(Verdict::Final(refused(&url, answer).await));
            }
            let read = answer.bytes().await.map_err(|error| Verdict::Unknown(chain(&error)))?;
            let answer: Value = serde_json::from_slice(&read).unwrap_or_default();
            let token = answer.get(gives).and_then(Value::as_str).map(str::to_owned);
            token.ok_or_else(|| Verdict::Unknown(format!("the registry gave no {gives}")))
        };
        self.caller.retry.persist(&call, false, attempt).await
    }
}

/// A denial with the permission that is missing; where it is the network that is closed, that.
fn named(error: CloudError, registry: &str) -> CloudError {
    let CloudError::Denied { call, message, .. } = error else { return error };
    if message.contains("is not allowed access") {
        let message = format!("{message} It takes images only from its own network: run landfall there");
        return CloudError::Refused { call, code: "DENIED".to_owned(), message };
    }
    CloudError::Denied { call, action: PUSH.to_owned(), resource: registry.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(message: &str) -> CloudError {
        let said = message.to_owned();
        let call = "push".to_owned();
        named(CloudError::Denied { call, action: String::new(), resource: String::new(), message: said }, "/id")
    }

    #[test]
    fn a_registry_that_is_closed_to_the_internet_is_no_missing_permission() {
        let closed = denied("client with IP '192.0.2.1' is not allowed access.");
        assert!(matches!(closed, CloudError::Refused { message, .. } if message.contains("run landfall there")));
        assert!(matches!(denied("authentication required"), CloudError::Denied { action, .. } if action == PUSH));
    }
}
