//! New versions of secrets, in Key Vault, through Resource Manager: it writes into vaults that are closed to the internet (*seen*,
//! MicrosoftDocs/azure-docs on GitHub, issue 68668), and gives no value back (Key Vault REST API, Secrets - Create Or Update, Get).

use async_trait::async_trait;
use azure_core::http::Method;
use serde_json::{Value, json};

use super::Azure;
use super::call::Call;
use super::stack::text;
use crate::drivers::chance;
use crate::ports::cloud::CloudError;
use crate::ports::secret::{Hidden, Secrets, Version};

const READ: &str = "Microsoft.KeyVault/vaults/secrets/read";
const WRITE: &str = "Microsoft.KeyVault/vaults/secrets/write";

/// The version of Key Vault's interface.
const VERSION: &str = "2025-05-01";

#[async_trait]
impl Secrets for Azure {
    async fn random(&self) -> Result<Hidden, CloudError> {
        chance::secret()
    }

    async fn newest(&self, secret: &str) -> Result<Option<String>, CloudError> {
        let found = self.caller.find(&Call::get(READ, secret, VERSION)).await?;
        Ok(found.map(|found| version(&found).to_owned()).filter(|version| !version.is_empty()))
    }

    async fn has_version(&self, secret: &str, version: Version<'_>) -> Result<bool, CloudError> {
        let newest = self.newest(secret).await?;
        Ok(newest.is_some() && newest.as_deref() != version.after)
    }

    async fn write_secret(&self, secret: &str, version: Version<'_>, value: &Hidden) -> Result<(), CloudError> {
        self.verified_identity().await?;
        let body = json!({ "properties": { "value": value.reveal() } });
        let call = Call::send(Method::Put, WRITE, secret, VERSION, Some(&body));
        let write = || async { self.caller.make(&call).await.map(|_| ()) };
        self.caller.retry.settle(write, || self.has_version(secret, version)).await
    }
}

/// The version that is read: the last part of `https://VAULT.vault.azure.net/secrets/NAME/VERSION`.
fn version(secret: &Value) -> &str {
    text(secret, "/properties/secretUriWithVersion").rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_the_last_part_of_its_address() {
        let of = |uri: &str| version(&json!({ "properties": { "secretUriWithVersion": uri } })).to_owned();
        assert_eq!(of("https://v.vault.azure.net/secrets/value/4387"), "4387");
        assert_eq!(version(&json!({})), "");
    }
}
