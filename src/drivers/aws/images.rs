//! Images into ECR: who may push is asked of ECR's own API, what is pushed goes by the protocol of all registries.

use async_trait::async_trait;
use std::sync::Arc;

use super::Aws;
use super::call::{Call, Effect, denied};
use crate::drivers::registry::{Registry, registries};
use crate::plan::deployment::Image;
use crate::ports::cloud::CloudError;
use crate::ports::images::{Images, Pushed};

const REPOSITORY: &str = "AWS::ECR::Repository";

#[async_trait]
impl Images for Aws {
    async fn push(&self, stack: &str, image: &Image) -> Result<Pushed, CloudError> {
        self.verified_identity().await?;
        let resources = self.list_resources(stack).await?;
        let registry = self.registry().await?;
        let mut all = Pushed::default();
        for repository in registries(&resources, REPOSITORY, stack, image)? {
            all += registry.push(repository, image).await.map_err(|error| self.named(error, repository))?;
        }
        Ok(all)
    }
}

impl Aws {
    /// The account's registries, logged in to for twelve hours.
    async fn registry(&self) -> Result<Registry, CloudError> {
        let call = Call { permission: "ecr:GetAuthorizationToken", resource: "*" };
        let send = || self.ecr.get_authorization_token().send();
        let answer = self.caller.make(call, Effect::Read, send).await?;
        let login = answer.authorization_data().first();
        let given = login.and_then(|login| Some((login.proxy_endpoint()?, login.authorization_token()?)));
        let (address, token) = given.ok_or_else(|| CloudError::Refused {
            call: call.name(),
            code: "Empty".to_owned(),
            message: "ECR gave no token".to_owned(),
        })?;
        Registry::new(
            address,
            &format!("Basic {token}"),
            None,
            Arc::clone(&self.caller.retry.clock),
            self.caller.retry.patience,
        )
    }

    /// A denial with the permission that is missing.
    fn named(&self, error: CloudError, repository: &str) -> CloudError {
        let CloudError::Denied { call, message, .. } = error else { return error };
        let arn = format!("arn:aws:ecr:{}:{}:repository/{repository}", self.place.region, self.place.account);
        let known = Call { permission: "ecr:PutImage", resource: &arn };
        let (action, resource) = denied(&known, &message);
        CloudError::Denied { call, action, resource, message }
    }
}
