//! New versions of secrets, in Secrets Manager.

use async_trait::async_trait;

use super::Aws;
use super::call::{Call, Effect};
use crate::ports::cloud::CloudError;
use crate::ports::secret::{Hidden, Secrets, Version};

/// As long as those that a stack has made.
const LENGTH: i64 = 48;

#[async_trait]
impl Secrets for Aws {
    async fn random(&self) -> Result<Hidden, CloudError> {
        let call = Call { permission: "secretsmanager:GetRandomPassword", resource: "*" };
        let send =
            || self.secretsmanager.get_random_password().password_length(LENGTH).exclude_punctuation(true).send();
        let answer = self.caller.make(call, Effect::Read, send).await?;
        answer.random_password().map(|made| Hidden::new(made.to_owned())).ok_or_else(|| CloudError::Unavailable {
            call: call.name(),
            why: "the answer holds no password".to_owned(),
        })
    }

    async fn newest(&self, _: &str) -> Result<Option<String>, CloudError> {
        // A version has the identity that it is given.
        Ok(None)
    }

    async fn has_version(&self, secret: &str, version: Version<'_>) -> Result<bool, CloudError> {
        let call = Call { permission: "secretsmanager:DescribeSecret", resource: secret };
        let send = || self.secretsmanager.describe_secret().secret_id(secret).send();
        let answer = self.caller.make(call, Effect::Read, send).await?;
        Ok(answer.version_ids_to_stages().is_some_and(|versions| versions.contains_key(version.identity)))
    }

    async fn write_secret(&self, secret: &str, version: Version<'_>, value: &Hidden) -> Result<(), CloudError> {
        self.verified_identity().await?;
        let call = Call { permission: "secretsmanager:PutSecretValue", resource: secret };
        let write = || async {
            let send = || {
                let request = self.secretsmanager.put_secret_value().secret_id(secret);
                request.client_request_token(version.identity).secret_string(value.reveal()).send()
            };
            self.caller.make(call, Effect::Write, send).await.map(|_| ())
        };
        let happened = || self.has_version(secret, version);
        self.caller.retry.settle(write, happened).await
    }
}
