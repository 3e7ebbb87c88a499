//! Where tokens come from, and how they go onto requests.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{ClientOptions, Context, Request};
use azure_identity::{
    ClientSecretCredential, ClientSecretCredentialOptions, DeveloperToolsCredential, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// What a token has to be for.
const SCOPE: &str = "https://management.azure.com/.default";

/// The same for the blobs of storage accounts.
const STORAGE: &str = "https://storage.azure.com/.default";

/// The same for container registries (Container Registry documentation, "Disable authentication as ARM template": this audience is
/// taken whatever else is).
const REGISTRY: &str = "https://containerregistry.azure.net/.default";

/// Where the token of a request comes from.
#[derive(Clone, Debug)]
pub(super) enum Tokens {
    /// Azure's own.
    Credential(Arc<dyn TokenCredential>),
    /// The sandbox's: the subscription's id. The SDK's own policy sends no token without TLS.
    Sandbox(String),
}

impl Tokens {
    /// The token now, for Resource Manager.
    pub(super) async fn token(&self) -> azure_core::Result<Secret> {
        self.token_for(SCOPE).await
    }

    /// The token now, for the blobs of storage accounts. Credentials keep theirs until they are about to run out.
    pub(super) async fn storage_token(&self) -> azure_core::Result<Secret> {
        self.token_for(STORAGE).await
    }

    /// The token now, for container registries, which exchange it for their own.
    pub(super) async fn registry_token(&self) -> azure_core::Result<Secret> {
        self.token_for(REGISTRY).await
    }

    async fn token_for(&self, scope: &str) -> azure_core::Result<Secret> {
        match self {
            Tokens::Credential(credential) => Ok(credential.get_token(&[scope], None).await?.token),
            Tokens::Sandbox(subscription) => Ok(Secret::new(subscription.clone())),
        }
    }

    /// Who the token is of, as it says itself: nothing is decided by that.
    pub(super) async fn principal(&self) -> azure_core::Result<String> {
        let token = self.token().await?;
        Ok(principal(token.secret()).unwrap_or_else(|| "sandbox".to_owned()))
    }
}

/// The person or application in a token.
fn principal(token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    ["upn", "unique_name", "appid", "oid"].iter().find_map(|name| claims.get(*name)?.as_str().map(str::to_owned))
}

#[async_trait]
impl Policy for Tokens {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let bare = request.url().scheme() != "https";
        if bare && matches!(self, Tokens::Credential(_)) {
            let message = "a token is never sent without TLS";
            return Err(Error::with_message(ErrorKind::Credential, message));
        }
        let token = self.token().await.map_err(|error| {
            let why = error.to_string();
            Error::with_error(ErrorKind::Credential, error, why)
        })?;
        request.insert_header("authorization", format!("Bearer {}", token.secret()));
        match next.split_first() {
            Some((first, rest)) => first.send(context, request, rest).await,
            None => Err(Error::with_message(ErrorKind::Other, "there is nothing to send with")),
        }
    }
}

/// What the environment says about credentials.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// The tenant.
    pub(super) tenant: Option<String>,
    /// The application.
    pub(super) client: Option<String>,
    /// The application's secret.
    pub(super) secret: Option<String>,
    /// The file with a token of another issuer, as GitHub's.
    pub(super) federated: Option<String>,
    /// Whether this machine has an identity of its own that it can be asked for.
    pub(super) managed: bool,
}

/// The credential that the environment asks for: a federated token, an application's secret, the machine's identity, else whoever is
/// signed in with Azure's command line.
pub(super) fn chosen(given: &Given, options: &ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
    if given.federated.is_some() {
        let options = WorkloadIdentityCredentialOptions {
            credential_options: azure_identity::ClientAssertionCredentialOptions { client_options: options.clone() },
            ..WorkloadIdentityCredentialOptions::default()
        };
        return Ok(WorkloadIdentityCredential::new(Some(options))?);
    }
    if let (Some(tenant), Some(client), Some(secret)) = (&given.tenant, &given.client, &given.secret) {
        let options = ClientSecretCredentialOptions { client_options: options.clone() };
        let secret = Secret::new(secret.clone());
        return Ok(ClientSecretCredential::new(tenant, client.clone(), secret, Some(options))?);
    }
    if given.managed {
        let options = ManagedIdentityCredentialOptions {
            client_options: options.clone(),
            ..ManagedIdentityCredentialOptions::default()
        };
        return Ok(ManagedIdentityCredential::new(Some(options))?);
    }
    Ok(DeveloperToolsCredential::new(None)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_whose_it_is() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"oid":"1","upn":"ana@example.com"}"#);
        assert_eq!(principal(&format!("head.{claims}.signature")).as_deref(), Some("ana@example.com"));
        assert_eq!(principal("rubbish"), None);
    }
}
