//! Who is calling, and whether that is the account that the environment pins.

use super::Aws;
use super::call::{Call, Effect};
use crate::ports::cloud::{CloudError, Identity};

impl Aws {
    /// Asks STS once. Every write waits for it, so that nothing is written to an account that the environment doesn't name.
    pub(super) async fn verified_identity(&self) -> Result<&Identity, CloudError> {
        self.identity
            .get_or_try_init(|| async {
                let call = Call { permission: "sts:GetCallerIdentity", resource: "*" };
                let answer = self.caller.make(call, Effect::Read, || self.sts.get_caller_identity().send()).await?;
                let actual = answer.account().unwrap_or_default().to_owned();
                if actual != self.place.account {
                    return Err(CloudError::WrongAccount { expected: self.place.account.clone(), actual });
                }
                Ok(Identity { account: actual, principal: answer.arn().unwrap_or_default().to_owned() })
            })
            .await
    }
}
