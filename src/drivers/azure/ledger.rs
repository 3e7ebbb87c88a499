//! A container of blobs that keeps a ledger: judged once, when it is opened, then handed to `object_store`.
//!
//! Names of storage accounts are shared by all of Azure. So whose it is is proved here by Resource Manager, before the first request for
//! a blob, together with what makes it fit for a ledger: it keeps versions, so that what was overwritten can be put back, and lets nobody
//! in from outside.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::Method;
use object_store::azure::{AzureCredential, MicrosoftAzure, MicrosoftAzureBuilder};
use object_store::{ClientOptions, CredentialProvider, RetryConfig};
use serde_json::{Value, json};

use super::Azure;
use super::call::Call;
use super::connection::AzureClouds;
use super::credentials::Tokens;
use crate::plan::deployment::Place;
use crate::ports::cloud::CloudError;
use crate::ports::ledger::StoreError;

/// The version of storage accounts' interface.
const VERSION: &str = "2025-08-01";
const GROUPS: &str = "2024-11-01";

const READ: &str = "Microsoft.Storage/storageAccounts/read";
const SERVICES: &str = "Microsoft.Storage/storageAccounts/blobServices/read";
const CONTAINERS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/read";

/// The resource group in which the sandbox's own are made.
const GROUP: &str = "landfall-ledgers";

impl AzureClouds {
    /// Opens the container of a ledger, in an account of this subscription, whoever asks. The sandbox's are made where they aren't there.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] where it isn't there, isn't the subscription's, keeps no versions or may be public.
    pub(in crate::drivers) async fn ledger_container(
        &self,
        url: &str,
        (account, container): (&str, &str),
        place: &Place,
    ) -> Result<MicrosoftAzure, StoreError> {
        let failed = |error: CloudError| StoreError::of(account, error);
        let azure = self.open(place).map_err(failed)?;
        azure.verified_identity().await.map_err(failed)?;
        if self.sandbox_endpoint().is_some() {
            azure.ensure_container(account, container).await.map_err(failed)?;
        }
        if let Some((why, remedy)) = azure.unfit(account, container).await.map_err(failed)? {
            return Err(StoreError::Unfit { url: url.to_owned(), why, remedy });
        }
        let patience = azure.caller.retry.patience;
        let options = ClientOptions::new().with_timeout(patience.attempt);
        let options = options.with_allow_http(self.sandbox_endpoint().is_some());
        let mut store = MicrosoftAzureBuilder::new()
            .with_account(account)
            .with_container_name(container)
            .with_credentials(Arc::new(Keys(azure.caller.tokens.clone())))
            .with_retry(RetryConfig { retry_timeout: patience.overall, ..RetryConfig::default() })
            .with_client_options(options);
        if let Some(endpoint) = self.sandbox_endpoint() {
            store = store.with_endpoint(format!("{}/{account}", endpoint.trim_end_matches('/')));
        }
        store.build().map_err(|error| StoreError::Unavailable { name: account.to_owned(), why: error.to_string() })
    }
}

impl Azure {
    /// Why a container must not keep a ledger, and what to do about it; none where it may.
    async fn unfit(&self, account: &str, container: &str) -> Result<Option<(String, String)>, CloudError> {
        let subscription = &self.place.account;
        let on = format!("/subscriptions/{subscription}/providers/Microsoft.Storage/storageAccounts");
        let all = self.caller.make(&Call::get(READ, &on, VERSION)).await?;
        let all = all.get("value").and_then(Value::as_array);
        let found = all.into_iter().flatten().find(|one| one["name"] == account);
        let Some(found) = found else {
            return Ok(Some((
                format!("the subscription {subscription} has no storage account {account}"),
                "make it, with versions of blobs kept and public access off, or correct the address: landfall makes no account for a ledger"
                    .to_owned(),
            )));
        };
        if found.pointer("/properties/allowBlobPublicAccess") != Some(&json!(false)) {
            return Ok(Some((
                "the account lets containers be public".to_owned(),
                format!("az storage account update --name {account} --allow-blob-public-access false"),
            )));
        }
        let id = found["id"].as_str().unwrap_or_default();
        let on = format!("{id}/blobServices/default");
        let service = self.caller.find(&Call::get(SERVICES, &on, VERSION)).await?;
        if service.as_ref().and_then(|service| service.pointer("/properties/isVersioningEnabled")) != Some(&json!(true))
        {
            return Ok(Some((
                "the account keeps no versions of blobs, so what is overwritten or deleted there is lost".to_owned(),
                format!(
                    "az storage account blob-service-properties update --account-name {account} --enable-versioning true"
                ),
            )));
        }
        let on = format!("{id}/blobServices/default/containers/{container}");
        let Some(_) = self.caller.find(&Call::get(CONTAINERS, &on, VERSION)).await? else {
            return Ok(Some((
                format!("the account {account} has no container {container}"),
                format!(
                    "az storage container create --name {container} --account-name {account} --auth-mode login, or correct the address"
                ),
            )));
        };
        Ok(None)
    }

    /// Makes what isn't there, fit for a ledger: in the sandbox only.
    async fn ensure_container(&self, account: &str, container: &str) -> Result<(), CloudError> {
        let (subscription, location) = (&self.place.account, &self.place.region);
        let group = format!("/subscriptions/{subscription}/resourceGroups/{GROUP}");
        let of = format!("{group}/providers/Microsoft.Storage/storageAccounts/{account}");
        let (service, inside) =
            (format!("{of}/blobServices/default"), format!("{of}/blobServices/default/containers/{container}"));
        let properties =
            json!({"allowBlobPublicAccess": false, "minimumTlsVersion": "TLS1_2", "supportsHttpsTrafficOnly": true});
        if self.caller.find(&Call::get(CONTAINERS, &inside, VERSION)).await?.is_some() {
            return Ok(());
        }
        let store = json!({"location": location, "kind": "StorageV2", "sku": {"name": "Standard_ZRS"}, "properties": properties});
        for (what, on, version, body) in [
            ("Microsoft.Resources/subscriptions/resourceGroups", &group, GROUPS, json!({"location": location})),
            ("Microsoft.Storage/storageAccounts", &of, VERSION, store),
            (
                "Microsoft.Storage/storageAccounts/blobServices",
                &service,
                VERSION,
                json!({"properties": {"isVersioningEnabled": true}}),
            ),
            (
                "Microsoft.Storage/storageAccounts/blobServices/containers",
                &inside,
                VERSION,
                json!({"properties": {"publicAccess": "None"}}),
            ),
        ] {
            let (read, write) = (format!("{what}/read"), format!("{what}/write"));
            // What somebody has changed by hand is left to be judged.
            if self.caller.find(&Call::get(&read, on, version)).await?.is_none() {
                self.caller.make(&Call::send(Method::Put, &write, on, version, Some(&body))).await?;
            }
        }
        Ok(())
    }
}

/// Tokens for `object_store`, which asks before each request.
#[derive(Debug)]
struct Keys(Tokens);

#[async_trait]
impl CredentialProvider for Keys {
    type Credential = AzureCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AzureCredential>> {
        let token = self.0.storage_token().await.map_err(|error| object_store::Error::Unauthenticated {
            path: "credentials".to_owned(),
            source: Box::new(error),
        })?;
        Ok(Arc::new(AzureCredential::BearerToken(token.secret().to_owned())))
    }
}
