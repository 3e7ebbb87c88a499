//! AWS through its SDK: CloudFormation, S3 for templates and code, ECR for images, STS for who we are.

mod bucket;
mod call;
mod calls;
mod change_set;
mod connection;
mod copies;
mod destination;
mod drift;
mod identity;
mod images;
mod ledger;
mod migrations;
mod operation;
mod records;
mod secret;
mod setting;
mod sight;
mod stack;
mod versions;

use async_trait::async_trait;
use aws_config::SdkConfig;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::plan::deployment::{Deployment, Place, Protection};
use crate::plan::destination::{Destination, Found};
use crate::plan::drift::ResourceDrift;
use crate::plan::serving::Serving;
use crate::plan::stack::StackFacts;
use crate::ports::cloud::{
    Cloud, CloudError, Identity, Operation, OperationRef, Preview, PreviewKind, Progress, StackResource,
};
use call::Caller;

pub use connection::AwsClouds;

/// One account and region of AWS.
#[derive(Debug)]
struct Aws {
    place: Place,
    caller: Caller,
    cloudformation: aws_sdk_cloudformation::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    ecr: aws_sdk_ecr::Client,
    ecs: aws_sdk_ecs::Client,
    lambda: aws_sdk_lambda::Client,
    rds: aws_sdk_rds::Client,
    route53: aws_sdk_route53::Client,
    s3: aws_sdk_s3::Client,
    secretsmanager: aws_sdk_secretsmanager::Client,
    ssm: aws_sdk_ssm::Client,
    sts: aws_sdk_sts::Client,
    /// How fast its time goes: 1, unless it is the sandbox.
    pace: f64,
    /// The sandbox's address, where it is the sandbox.
    sandbox: Option<String>,
    /// The endpoint that stands in for AWS, where one does: template URLs name it.
    endpoint: Option<String>,
    /// Who is calling, once it is known to be the place's account.
    identity: OnceCell<Identity>,
}

impl Aws {
    fn new(config: &SdkConfig, place: Place, caller: Caller, sandbox: Option<(String, f64)>) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(config.endpoint_url().is_some()).build();
        Aws {
            place,
            caller,
            cloudformation: aws_sdk_cloudformation::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            ecr: aws_sdk_ecr::Client::new(config),
            ecs: aws_sdk_ecs::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            rds: aws_sdk_rds::Client::new(config),
            route53: aws_sdk_route53::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            secretsmanager: aws_sdk_secretsmanager::Client::new(config),
            ssm: aws_sdk_ssm::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
            pace: sandbox.as_ref().map_or(1.0, |(_, pace)| *pace),
            sandbox: sandbox.map(|(address, _)| address),
            endpoint: config.endpoint_url().map(str::to_owned),
            identity: OnceCell::new(),
        }
    }

    /// What a permission on a stack has to be granted on.
    fn stack_arn(&self, stack: &str) -> String {
        if stack.starts_with("arn:") {
            stack.to_owned()
        } else {
            format!("arn:aws:cloudformation:{}:{}:stack/{stack}/*", self.place.region, self.place.account)
        }
    }
}

#[async_trait]
impl Cloud for Aws {
    async fn identity(&self) -> Result<Identity, CloudError> {
        self.verified_identity().await.cloned()
    }

    async fn describe(&self, stack: &str) -> Result<Option<StackFacts>, CloudError> {
        self.describe_stack(stack).await
    }

    async fn document(&self, stack: &str) -> Result<Option<String>, CloudError> {
        self.get_template(stack).await
    }

    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, CloudError> {
        self.list_resources(stack).await
    }

    async fn policy(&self, stack: &str) -> Result<Option<Value>, CloudError> {
        self.get_policy(stack).await
    }

    async fn destination(&self, destination: &Destination) -> Result<Found, CloudError> {
        self.find_destination(destination).await
    }

    async fn preview(
        &self,
        deployment: &Deployment,
        kind: PreviewKind,
        name: &str,
        token: &str,
    ) -> Result<Preview, CloudError> {
        self.verified_identity().await?;
        self.create_change_set(deployment, kind, name, token).await
    }

    async fn find_preview(&self, stack: &str, name: &str) -> Result<Option<Preview>, CloudError> {
        self.describe_change_set(stack, name).await
    }

    async fn discard(&self, stack: &str, preview: &str) -> Result<(), CloudError> {
        self.verified_identity().await?;
        self.delete_change_set(stack, preview).await
    }

    async fn start(&self, stack: &str, operation: &Operation, token: &str) -> Result<(), CloudError> {
        self.verified_identity().await?;
        self.start_operation(stack, operation, token).await
    }

    async fn progress(&self, operation: &OperationRef) -> Result<Progress, CloudError> {
        self.operation_progress(operation).await
    }

    async fn initiator(&self, stack: &str) -> Result<Option<String>, CloudError> {
        self.last_token(stack).await
    }

    async fn protect(&self, stack: &str, protection: &Protection) -> Result<(), CloudError> {
        self.verified_identity().await?;
        self.set_protection(stack, protection).await
    }

    async fn serving(&self, stack: &str) -> Result<Vec<Serving>, CloudError> {
        self.what_serves(stack).await
    }

    async fn serve(&self, serving: &Serving) -> Result<(), CloudError> {
        self.have_serve(serving).await
    }

    async fn drift(&self, stack: &str) -> Result<Vec<ResourceDrift>, CloudError> {
        self.detect_drift(stack).await
    }
}
