//! The values of settings, in Systems Manager's Parameter Store.

use async_trait::async_trait;

use super::Aws;
use super::call::{Call, Effect};
use crate::ports::cloud::CloudError;
use crate::ports::setting::Settings;

#[async_trait]
impl Settings for Aws {
    async fn setting(&self, parameter: &str) -> Result<Option<String>, CloudError> {
        let arn = self.parameter_arn(parameter);
        let call = Call { permission: "ssm:GetParameter", resource: &arn };
        let send = || self.ssm.get_parameter().name(parameter).send();
        match self.caller.make(call, Effect::Read, send).await {
            Ok(answer) => Ok(answer.parameter().and_then(|parameter| parameter.value()).map(str::to_owned)),
            Err(CloudError::Refused { code, .. }) if code == "ParameterNotFound" => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write_setting(&self, parameter: &str, value: &str) -> Result<(), CloudError> {
        self.verified_identity().await?;
        // PutParameter makes what isn't there, and that would stand in the way of the stack that is to make it.
        if self.setting(parameter).await?.is_none() {
            return Err(CloudError::NotFound { what: format!("the parameter {parameter}") });
        }
        let arn = self.parameter_arn(parameter);
        let call = Call { permission: "ssm:PutParameter", resource: &arn };
        let write = || async {
            let send = || self.ssm.put_parameter().name(parameter).value(value).overwrite(true).send();
            self.caller.make(call, Effect::Write, send).await.map(|_| ())
        };
        let happened = || async { Ok(self.setting(parameter).await?.as_deref() == Some(value)) };
        self.caller.retry.settle(write, happened).await
    }
}

impl Aws {
    fn parameter_arn(&self, parameter: &str) -> String {
        let name = parameter.trim_start_matches('/');
        format!("arn:aws:ssm:{}:{}:parameter/{name}", self.place.region, self.place.account)
    }
}
