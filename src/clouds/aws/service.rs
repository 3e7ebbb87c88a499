//! Services: Amazon ECS on Fargate, one cluster a stack.
//!
//! Before the first image is given (see [`super::artifact`]) a service has no copies and doesn't scale.

mod autoscaling;
pub(super) mod load_balancer;
pub(super) mod rollout;

use serde_json::{Map, Value, json};

use super::access::Permissions;
use super::artifact;
use super::draft::Draft;
use super::expression::{attribute, choose, no_value, reference, sub};
use super::network::{self, firewall};
use super::variable::{self, Rendered};
use super::{log, names, role};
use crate::diagnostics::finding::Finding;
use crate::model::artifact::Architecture;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::service::Service;
use crate::model::units::Percent;
use crate::model::workload::{BUILD, ROTATIONS};

/// The cluster of all services.
pub(super) const CLUSTER: &str = "Services";
/// The component that the cluster is rendered for.
const COMPONENT: &str = "services";
/// A user and group without rights; the image has to work as it (the number that minimal images call `nonroot`).
const USER: &str = "65532:65532";

/// Virtual CPUs in thousandths with the sizes of memory that Fargate pairs them with, in GiB: from, to, in steps of; half
/// a GiB is allowed with the smallest (ECS developer guide, "Task CPU and memory").
const SIZES: [(u64, u64, u64, u64); 7] = [
    (250, 1, 2, 1),
    (500, 1, 4, 1),
    (1_000, 2, 8, 1),
    (2_000, 4, 16, 1),
    (4_000, 8, 30, 1),
    (8_000, 16, 60, 4),
    (16_000, 32, 120, 8),
];

/// Adds the cluster, if there are services.
pub(super) fn cluster(draft: &mut Draft<'_>) {
    if draft.stack.services.is_empty() {
        return;
    }
    draft.add(
        COMPONENT,
        CLUSTER,
        "AWS::ECS::Cluster",
        json!({ "ClusterSettings": [{ "Name": "containerInsights", "Value": "enabled" }] }),
    );
    draft.output("ServicesCluster", "The cluster of all services", reference(CLUSTER));
}

/// Adds a service and what belongs to it.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, service: &Service) {
    let of = Reference::new(Kind::Service, name);
    let component = of.to_string();
    let id = names::logical(&of);
    let Some(network) = network::needed(draft, of.path().to_vec(), "a service") else { return };
    check(draft, &of, service);
    firewall::workload(draft, &of, &service.access);
    if let Some(port) = service.metrics_port() {
        firewall::monitored(draft, &of, port);
    }
    task(draft, &of, service);

    let given = artifact::image_given(&service.artifact);
    let balanced = service.load_balancer.as_ref().zip(service.port);
    if let Some((balancer, port)) = balanced {
        load_balancer::render(draft, &of, balancer, port, service.rollout.is_some());
    }
    let rollout = balanced.and(service.rollout.as_ref());
    let mut deployment = match rollout {
        Some(rollout) => rollout::deployment(draft, &of, rollout),
        None => Map::from_iter([("DeploymentCircuitBreaker".to_owned(), json!({ "Enable": true, "Rollback": true }))]),
    };
    let share = |share: Percent| json!(share.percent().round() as u64);
    deployment.insert("MaximumPercent".to_owned(), share(service.deployment.most));
    deployment.insert("MinimumHealthyPercent".to_owned(), share(service.deployment.least_healthy));
    let led_over = rollout.map(|_| rollout::led_over(draft, &of));
    let scales = autoscaling::scales(&service.scale);
    let resource = draft.add(
        &component,
        &id,
        "AWS::ECS::Service",
        json!({
            "Cluster": reference(CLUSTER),
            "TaskDefinition": reference(format!("{id}Task")),
            "LaunchType": "FARGATE",
            // What scales is left to the scaling: a figure here would undo it with every deployment.
            "DesiredCount": choose(&given, if scales { no_value() } else { json!(service.scale.min) }, json!(0)),
            "DeploymentConfiguration": deployment,
            "NetworkConfiguration": { "AwsvpcConfiguration": {
                "AssignPublicIp": "DISABLED",
                "Subnets": network::private_subnets(network),
                "SecurityGroups": [firewall::group_id(&firewall::group(&of))],
            } },
            "LoadBalancers": balanced.map(|(_, port)| json!([{
                "ContainerName": name.as_str(),
                "ContainerPort": port,
                "TargetGroupArn": reference(load_balancer::targets(&id)),
                "AdvancedConfiguration": led_over,
            }])),
            "HealthCheckGracePeriodSeconds": balanced.map(|_| 60),
            "EnableECSManagedTags": true,
            "EnableExecuteCommand": false,
            "PropagateTags": "SERVICE",
        }),
    );
    if balanced.is_some() {
        // ECS takes a target group only once a load balancer listens for it.
        resource.depends_on = Some(json!([load_balancer::listener(&id)]));
    }
    autoscaling::render(draft, &of, service);
    draft.output(format!("{id}Name"), format!("The name of {of} in its cluster"), attribute(&id, "Name"));
}

/// Adds the task definition with its roles and logs.
fn task(draft: &mut Draft<'_>, of: &Reference, service: &Service) {
    let component = of.to_string();
    let id = names::logical(of);
    let (logs, task_role, execution_role) = (format!("{id}Logs"), format!("{id}Role"), format!("{id}ExecutionRole"));
    let repository = names::logical(&Reference::new(Kind::Registry, &service.registry));
    log::workload_group(draft, &component, &logs);

    let mut starting = Permissions::default();
    starting.logs(&logs);
    if draft.stack.registries.contains_key(&service.registry) {
        starting.add(role::allow(
            "PullImage",
            &["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [attribute(&repository, "Arn")],
        ));
        // Has no resources to hold it to (service authorization reference, Amazon ECR, GetAuthorizationToken).
        starting.add(role::allow("LogInToRegistry", &["ecr:GetAuthorizationToken"], [json!("*")]));
    } else {
        let [section, key] = of.path();
        draft.findings.push(
            Finding::error(
                "unknown-reference",
                [section, key, "registry".to_owned()],
                format!("there is no registry `{}`", service.registry),
            )
            .why("a service's images come from a registry of its own environment")
            .fix("add the registry or name another"),
        );
    }
    let (environment, secrets) = variables(draft, of, service, &mut starting);
    let statements = starting.finish(draft);
    let trust = role::taken_for_this_account_by("ecs-tasks.amazonaws.com");
    role::role(draft, &component, &execution_role, trust.clone(), statements);

    let mut running = Permissions::default();
    running.access(draft, of, &service.access);
    running.emits(&service.emits);
    let statements = running.finish(draft);
    role::role(draft, &component, &task_role, trust, statements);

    let image = choose(
        &artifact::image_given(&service.artifact),
        sub(format!("${{{repository}.RepositoryUri}}@${{{}}}", artifact::image(&service.artifact))),
        // Never pulled: there are no copies as long as no image is given.
        sub(format!("${{{repository}.RepositoryUri}}:none")),
    );
    let definition = draft.add(
        &component,
        format!("{id}Task"),
        "AWS::ECS::TaskDefinition",
        json!({
            "Family": names::physical(draft.target, &of.name, names::FAMILY),
            "RequiresCompatibilities": ["FARGATE"],
            "NetworkMode": "awsvpc",
            "Cpu": (service.vcpu.thousandths() * 1024 / 1000).to_string(),
            "Memory": service.memory.as_mebibytes().to_string(),
            "RuntimePlatform": { "CpuArchitecture": architecture(service.architecture), "OperatingSystemFamily": "LINUX" },
            "ExecutionRoleArn": attribute(&execution_role, "Arn"),
            "TaskRoleArn": attribute(&task_role, "Arn"),
            "ContainerDefinitions": [{
                "Name": of.name.as_str(),
                "Image": image,
                "Essential": true,
                "Command": (!service.command.is_empty()).then_some(&service.command),
                "User": USER,
                "ReadonlyRootFilesystem": true,
                "LinuxParameters": { "InitProcessEnabled": true, "Capabilities": { "Drop": ["ALL"] } },
                "PortMappings": service.port.map(|port| json!([{ "ContainerPort": port, "Protocol": "tcp" }])),
                "Environment": (!environment.is_empty()).then_some(environment),
                "Secrets": (!secrets.is_empty()).then_some(secrets),
                "LogConfiguration": { "LogDriver": "awslogs", "Options": {
                    "awslogs-group": reference(&logs),
                    "awslogs-region": reference("AWS::Region"),
                    "awslogs-stream-prefix": of.name.as_str(),
                } },
            }],
        }),
    );
    // A service can be switched back only to one that is still registered (ECS API reference, DeregisterTaskDefinition).
    definition.update_replace_policy = Some("Retain".to_owned());
    definition.deletion_policy = Some("Delete".to_owned());
}

fn architecture(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Aarch64 => "ARM64",
        Architecture::X86_64 => "X86_64",
    }
}

/// Variables, and secrets, whose values ECS puts into the container when it starts; the execution role may read them.
fn variables(
    draft: &mut Draft<'_>,
    of: &Reference,
    service: &Service,
    starting: &mut Permissions,
) -> (Vec<Value>, Vec<Value>) {
    let (mut environment, mut secrets) = (Vec::new(), Vec::new());
    for (name, variable) in &service.environment {
        match variable::render(draft, of, name, variable) {
            None => {}
            Some(Rendered::Text(value)) => environment.push(pair("Value", name.as_str(), value)),
            Some(Rendered::Secret(arn, secret)) => {
                starting.secret(&secret, arn.clone());
                secrets.push(pair("ValueFrom", name.as_str(), arn));
            }
        }
    }
    if let Some(rotations) = draft.stack.rotations(&service.environment, &service.access) {
        environment.push(pair("Value", ROTATIONS, Value::String(rotations)));
    }
    let taken = environment.iter().chain(&secrets).any(|pair| pair["Name"] == BUILD);
    if draft.stack.asks_build(of) && !taken {
        environment.push(pair("Value", BUILD, reference(artifact::image(&service.artifact))));
    }
    (environment, secrets)
}

fn pair(key: &str, name: &str, value: Value) -> Value {
    let mut pair = Map::new();
    pair.insert("Name".to_owned(), Value::String(name.to_owned()));
    pair.insert(key.to_owned(), value);
    Value::Object(pair)
}

/// What AWS would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, of: &Reference, service: &Service) {
    let at = |key: &str| {
        let [section, name] = of.path();
        [section, name, key.to_owned()]
    };
    let (vcpu, mebibytes) = (service.vcpu.thousandths(), service.memory.as_mebibytes());
    match SIZES.iter().find(|(thousandths, ..)| *thousandths == vcpu) {
        None => draft.findings.push(
            Finding::error("service-vcpu", at("vcpu"), format!("Fargate can't give a copy {} vCPU", service.vcpu))
                .why("it gives 0.25, 0.5, 1, 2, 4, 8 or 16 (ECS developer guide, \"Task CPU and memory\")")
                .fix("choose one of these"),
        ),
        Some((_, least, most, step)) => {
            let half = vcpu == 250 && mebibytes == 512;
            let paired = mebibytes % 1024 == 0
                && (*least..=*most).contains(&(mebibytes / 1024))
                && (mebibytes / 1024 - least) % step == 0;
            if !half && !paired {
                draft.findings.push(
                    Finding::error("service-memory", at("memory"), format!("Fargate can't pair {} vCPU with `{}`", service.vcpu, service.memory))
                        .why(format!(
                            "with {} vCPU it gives {least} to {most} GiB in steps of {step} GiB{} (ECS developer guide, \"Task CPU and memory\")",
                            service.vcpu,
                            if vcpu == 250 { ", or 512 MiB" } else { "" },
                        ))
                        .fix("choose one of these sizes, or other processors")
                        .related(at("vcpu"), "the processors"),
                );
            }
        }
    }
    if service.load_balancer.is_some() && service.port.is_none() {
        draft.findings.push(
            Finding::error(
                "load-balancer-without-port",
                at("load-balancer"),
                "a load balancer needs a port to send requests to",
            )
            .why("without `port` the service listens on none")
            .fix("add `port`"),
        );
    }
    autoscaling::check(draft, of, &service.scale);
}
