//! Switching aliases of Lambda functions between versions, and ECS services between task definitions.

use aws_sdk_lambda::types::AliasRoutingConfiguration;

use super::Aws;
use super::call::{Call, Effect};
use crate::plan::serving::Serving;
use crate::ports::cloud::{CloudError, StackResource};

const ALIAS: &str = "AWS::Lambda::Alias";
const VERSION: &str = "AWS::Lambda::Version";
const SERVICE: &str = "AWS::ECS::Service";
const TASK: &str = "AWS::ECS::TaskDefinition";
const TARGETS: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";

impl Aws {
    pub(super) async fn what_serves(&self, stack: &str) -> Result<Vec<Serving>, CloudError> {
        Ok(serving(&self.list_resources(stack).await?))
    }

    pub(super) async fn have_serve(&self, serving: &Serving) -> Result<(), CloudError> {
        self.verified_identity().await?;
        // Asked for once more, it only says again what it said: an answer that got lost does no harm.
        let again = || async { Ok(false) };
        match serving.resource.split(':').nth(2) {
            Some("lambda") => self.caller.retry.settle(|| self.lead_to(serving), again).await,
            Some("ecs") => self.caller.retry.settle(|| self.run(serving), again).await,
            Some(_) | None => Err(CloudError::Unsupported(format!("{} can't be switched", serving.resource))),
        }
    }

    /// Leads all calls of an alias to a version, those too that a rollout had given to another.
    async fn lead_to(&self, serving: &Serving) -> Result<(), CloudError> {
        let (function, alias) = serving.resource.rsplit_once(':').unwrap_or((&serving.resource, ""));
        let version = serving.version.rsplit(':').next().unwrap_or_default();
        let call = Call { permission: "lambda:UpdateAlias", resource: function };
        let nowhere_else =
            AliasRoutingConfiguration::builder().set_additional_version_weights(Some(Default::default())).build();
        let send = || {
            let request = self.lambda.update_alias().function_name(function).name(alias);
            request.function_version(version).routing_config(nowhere_else.clone()).send()
        };
        self.caller.make(call, Effect::Write, send).await.map(|_| ())
    }

    /// Has a service run a task definition.
    async fn run(&self, serving: &Serving) -> Result<(), CloudError> {
        // arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME
        let cluster = serving.resource.rsplit('/').nth(1).unwrap_or("default");
        let call = Call { permission: "ecs:UpdateService", resource: &serving.resource };
        let send = || {
            let request = self.ecs.update_service().cluster(cluster).service(&serving.resource);
            request.task_definition(&serving.version).send()
        };
        self.caller.make(call, Effect::Write, send).await.map(|_| ())
    }
}

/// Aliases with the version of the same function that stands in the stack, and services with their task definition, which the
/// templates call after them. A service with a second group of targets is no such switch: what changes it starts a deployment that
/// takes its time, and that the stack's own would interrupt.
fn serving(resources: &[StackResource]) -> Vec<Serving> {
    let of = |kind: &'static str| {
        let all = resources.iter().filter(move |resource| resource.kind == kind);
        let there = all.filter(|resource| !resource.state.starts_with("DELETE_"));
        there.filter_map(|resource| Some((resource.id.as_str(), resource.physical.as_deref()?)))
    };
    let alias = |(id, alias): (&str, &str)| {
        let function = alias.rsplit_once(':')?.0;
        let versions = of(VERSION).map(|(_, version)| version);
        let version = versions.filter(|version| version.rsplit_once(':').is_some_and(|(of, _)| of == function));
        let newest = version.max_by_key(|version| version.rsplit(':').next()?.parse::<u64>().ok())?;
        Some(Serving { id: id.to_owned(), resource: alias.to_owned(), version: newest.to_owned() })
    };
    let leads_over = |id: &str| of(TARGETS).any(|(targets, _)| targets.strip_prefix(id) == Some("OtherTargets"));
    let service = |(id, service): (&str, &str)| {
        if leads_over(id) {
            return None;
        }
        let (_, task) = of(TASK).find(|(task, _)| task.strip_prefix(id) == Some("Task"))?;
        Some(Serving { id: id.to_owned(), resource: service.to_owned(), version: task.to_owned() })
    };
    let mut serving: Vec<Serving> = of(ALIAS).filter_map(alias).chain(of(SERVICE).filter_map(service)).collect();
    serving.sort();
    serving
}

#[cfg(test)]
mod tests {
    use super::serving;
    use crate::ports::cloud::StackResource;

    fn resource(id: &str, kind: &str, physical: &str, state: &str) -> StackResource {
        StackResource {
            id: id.into(),
            kind: kind.into(),
            physical: Some(physical.into()),
            state: state.into(),
            reason: None,
        }
    }

    #[test]
    fn an_alias_serves_the_version_of_its_function_and_a_service_its_task_definition() {
        let found = serving(&[
            resource("AAliaslive", "AWS::Lambda::Alias", "arn:aws:lambda:r:1:function:a:live", "UPDATE_COMPLETE"),
            resource("AVersion1", "AWS::Lambda::Version", "arn:aws:lambda:r:1:function:a:9", "DELETE_SKIPPED"),
            resource("AVersion2", "AWS::Lambda::Version", "arn:aws:lambda:r:1:function:a:10", "CREATE_COMPLETE"),
            resource("BVersion", "AWS::Lambda::Version", "arn:aws:lambda:r:1:function:ab:11", "CREATE_COMPLETE"),
            resource("ServiceUi", "AWS::ECS::Service", "arn:aws:ecs:r:1:service/c/ui", "CREATE_COMPLETE"),
            resource(
                "ServiceUiTask",
                "AWS::ECS::TaskDefinition",
                "arn:aws:ecs:r:1:task-definition/ui:3",
                "CREATE_COMPLETE",
            ),
            resource("ServiceApi", "AWS::ECS::Service", "arn:aws:ecs:r:1:service/c/api", "CREATE_COMPLETE"),
            resource(
                "ServiceApiTask",
                "AWS::ECS::TaskDefinition",
                "arn:aws:ecs:r:1:task-definition/api:3",
                "CREATE_COMPLETE",
            ),
            resource(
                "ServiceApiOtherTargets",
                "AWS::ElasticLoadBalancingV2::TargetGroup",
                "arn:aws:elasticloadbalancing:r:1:targetgroup/a/1",
                "CREATE_COMPLETE",
            ),
        ]);
        let versions: Vec<&str> = found.iter().map(|one| one.version.as_str()).collect();
        assert_eq!(versions, ["arn:aws:lambda:r:1:function:a:10", "arn:aws:ecs:r:1:task-definition/ui:3"]);
    }
}
