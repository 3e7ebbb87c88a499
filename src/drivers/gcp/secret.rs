//! New versions of secrets, in Secret Manager, which numbers them itself (Secret Manager API reference, `projects.secrets.addVersion`,
//! `projects.secrets.versions`). What reads a secret without a number gets the newest when it starts.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::json;

use super::Gcp;
use super::call::{Call, Interface, Sent};
use super::deployment::text;
use crate::drivers::chance;
use crate::ports::cloud::CloudError;
use crate::ports::secret::{Hidden, Secrets, Version};

#[async_trait]
impl Secrets for Gcp {
    async fn random(&self) -> Result<Hidden, CloudError> {
        chance::secret()
    }

    async fn newest(&self, secret: &str) -> Result<Option<String>, CloudError> {
        let name = format!("{secret}/versions/latest");
        let found = self.caller.find(&call(Method::GET, "secretmanager.versions.get", &name, Sent::Nothing)).await?;
        Ok(found.map(|found| text(&found, "/name").to_owned()))
    }

    async fn has_version(&self, secret: &str, version: Version<'_>) -> Result<bool, CloudError> {
        let newest = self.newest(secret).await?;
        Ok(newest.as_deref().and_then(number) > version.after.and_then(number))
    }

    async fn write_secret(&self, secret: &str, version: Version<'_>, value: &Hidden) -> Result<(), CloudError> {
        self.verified().await?;
        let name = format!("{secret}:addVersion");
        let body = json!({ "payload": { "data": STANDARD.encode(value.reveal()) } });
        let call = call(Method::POST, "secretmanager.versions.add", &name, Sent::Json(&body));
        let write = || async { self.caller.make(&call).await.map(|_| ()) };
        self.caller.retry.settle(write, || self.has_version(secret, version)).await
    }
}

fn call<'a>(method: Method, permission: &'a str, name: &'a str, sent: Sent<'a>) -> Call<'a> {
    let on = std::iter::once("v1").chain(name.split('/')).collect();
    Call { permission, method, interface: Interface::Secrets, on, query: Vec::new(), sent }
}

/// The number of a version: later ones have higher ones.
fn number(version: &str) -> Option<u64> {
    version.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_version_has_a_higher_number() {
        let of = |end: &str| number(&format!("projects/1/secrets/mail/versions/{end}"));
        assert!(of("10") > of("9"));
        assert!(of("1") > None);
        assert_eq!(of("latest"), None);
    }
}
