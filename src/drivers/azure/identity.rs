//! Who is calling, and whether they see the subscription that the environment pins.

use serde_json::Value;

use super::Azure;
use super::call::Call;
use crate::ports::cloud::{CloudError, Identity};

const VERSION: &str = "2022-12-01";
const PERMISSION: &str = "Microsoft.Resources/subscriptions/read";

impl Azure {
    /// Asks once. Every address names the pinned subscription, so nothing is written elsewhere; that it is seen is known before the
    /// first write.
    pub(super) async fn verified_identity(&self) -> Result<&Identity, CloudError> {
        self.identity
            .get_or_try_init(|| async {
                let expected = &self.place.account;
                let on = format!("/subscriptions/{expected}");
                match self.caller.make(&Call::get(PERMISSION, &on, VERSION)).await {
                    Ok(_) => {}
                    Err(CloudError::NotFound { .. } | CloudError::Denied { .. }) => {
                        let actual = self.seen_subscriptions().await?;
                        return Err(CloudError::WrongAccount { expected: expected.clone(), actual });
                    }
                    Err(error) => return Err(error),
                }
                let principal = self.caller.tokens.principal().await;
                let principal = principal
                    .map_err(|error| CloudError::NoCredentials { cloud: "azure".to_owned(), why: error.to_string() })?;
                Ok(Identity { account: expected.clone(), principal })
            })
            .await
    }

    /// The subscriptions that the credentials see.
    async fn seen_subscriptions(&self) -> Result<String, CloudError> {
        let answer = self.caller.make(&Call::get(PERMISSION, "/subscriptions", VERSION)).await?;
        let list = answer.get("value").and_then(Value::as_array).cloned().unwrap_or_default();
        let ids: Vec<&str> = list.iter().filter_map(|one| one.get("subscriptionId")?.as_str()).collect();
        Ok(if ids.is_empty() { "no subscription".to_owned() } else { ids.join(", ") })
    }
}
