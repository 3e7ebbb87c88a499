//! Where tokens come from.

use std::error::Error;

use google_cloud_auth::credentials::{AccessTokenCredentials, Builder};

/// What a token has to be for.
const SCOPES: [&str; 2] =
    ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/userinfo.email"];

/// What the machine's own account is asked for by; only machines of Google's answer (Compute Engine documentation, "About VM metadata").
const OWN_ACCOUNT: &str = "/computeMetadata/";

/// What is said where there is nobody at all.
const NOBODY: &str = "nobody is signed in, and this is no machine of Google Cloud's with an account of its own";

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
                let token = token.map_err(|error| match asks_elsewhere(&error) {
                    true => (false, NOBODY.to_owned()),
                    false => (error.is_transient(), crate::drivers::cause::chain(&error)),
                })?;
                Ok(token.token)
            }
            Tokens::Sandbox(project) => Ok(project.clone()),
        }
    }
}

/// Whether the machine's own account was asked for where no machine of Google's is: there is nobody to connect to.
fn asks_elsewhere(error: &(dyn Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    let mut requests = causes.filter_map(|cause| cause.downcast_ref::<reqwest::Error>());
    requests.any(|request| request.is_connect() && request.url().is_some_and(|url| url.path().starts_with(OWN_ACCOUNT)))
}
