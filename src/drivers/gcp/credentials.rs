//! Where tokens come from.

use google_cloud_auth::credentials::{AccessTokenCredentials, Builder};

/// What a token has to be for.
const SCOPES: [&str; 2] =
    ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/userinfo.email"];

/// Where the token of a request comes from.
#[derive(Clone, Debug)]
pub(super) enum Tokens {
    /// Google's own.
    Credentials(AccessTokenCredentials),
    /// The sandbox's: the project's id.
    Sandbox(String),
}

impl Tokens {
    /// Application default credentials: what `GOOGLE_APPLICATION_CREDENTIALS` names (a service account, a workload identity
    /// federation), else whoever is signed in with `gcloud auth application-default login`, else the machine's own account.
    pub(super) fn found() -> Result<Self, String> {
        let built = Builder::default().with_scopes(SCOPES).build_access_token_credentials();
        built.map(Tokens::Credentials).map_err(|error| crate::drivers::cause::chain(&error))
    }

    /// The token now.
    ///
    /// # Errors
    /// Why there is none, and whether asking later may help.
    pub(super) async fn token(&self) -> Result<String, (bool, String)> {
        match self {
            Tokens::Credentials(credentials) => {
                let token = credentials.access_token().await;
                let token = token.map_err(|error| (error.is_transient(), crate::drivers::cause::chain(&error)))?;
                Ok(token.token)
            }
            Tokens::Sandbox(project) => Ok(project.clone()),
        }
    }
}
