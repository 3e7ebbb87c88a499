//! Services: container apps, in the network, behind Front Door where the internet reaches them.

use serde_json::{Value, json};

use super::draft::Draft;
use super::environment::{self, environment};
use super::id::Id;
use super::{artifact, names, workload};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::service::{Deployment, LoadBalancer, Scale, Service};

pub(super) mod front_door;

/// The most copies (Container Apps documentation, "Set scaling rules").
const COPIES: u32 = 1000;
/// The longest that a copy may finish its requests, in seconds (Container Apps documentation, "Application lifecycle management").
const DRAIN: u64 = 600;

/// The container app of a service.
pub(super) fn id(draft: &Draft<'_>, name: &Name) -> Id {
    Id::new("Microsoft.App/containerApps", draft.physical(name.as_str(), names::APP))
}

/// Adds a service and what stands before it.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, service: &Service) {
    let of = Reference::new(Kind::Service, name);
    check(draft, &of, service);
    let Some(workload) = draft.stack.workloads().find(|workload| workload.reference == of) else { return };
    let container = workload::container(draft, &workload, &service.artifact);
    let environment = environment(draft);
    let quarters = service.vcpu.thousandths().div_ceil(250);
    let resources = workload::resources(draft, &of, quarters, service.memory);
    let mut configuration = container.configuration();
    // New copies get requests once one of them is ready (Container Apps documentation, "Application lifecycle management", zero downtime
    // deployment), in either mode. With one revision the old ones go then: what a rolling replacement comes to. With several they stay:
    // landfall watches meanwhile, and retires them.
    let mode = if service.rollout.is_some() { "Multiple" } else { "Single" };
    configuration.insert("activeRevisionsMode".to_owned(), json!(mode));
    if let Some(balancer) = &service.load_balancer {
        configuration.insert("ingress".to_owned(), ingress(draft, &of, service.port, balancer));
    }
    let (scale, drain) =
        (scale(draft, &of, &service.scale), service.load_balancer.as_ref().map(|balancer| balancer.drain));
    let mut body = json!({
        "identity": super::access::assigned(&container.identity.id),
        "properties": {
            "environmentId": environment.value(),
            "workloadProfileName": environment::PROFILE,
            "configuration": configuration,
            "template": {
                "containers": [{
                    "name": name.as_str(),
                    "image": container.image,
                    "args": (!service.command.is_empty()).then_some(&service.command),
                    "env": container.environment,
                    "resources": resources,
                    "probes": service.load_balancer.as_ref().map(|balancer| probes(service.port, balancer)),
                }],
                "scale": scale,
                "terminationGracePeriodSeconds": drain.map(|drain| drain.as_seconds().min(DRAIN)),
            },
        },
    });
    workload::held_back(&mut body, &service.artifact);
    let waits = container.identity.waits();
    let id = id(draft, name);
    draft.add(&of.to_string(), &id, body).depends_on.extend(waits);
    if let Some(balancer) = service.load_balancer.as_ref().filter(|balancer| balancer.public) {
        front_door::render(draft, &of, &service.artifact, &id, balancer, &environment);
    }
}

fn ingress(draft: &mut Draft<'_>, of: &Reference, port: Option<u16>, balancer: &LoadBalancer) -> Value {
    if !balancer.public {
        draft.nearly(
            "azure-load-balancer",
            of,
            ["load-balancer"],
            "a load balancer that the network reaches",
            "the service is reached under its name in the environment of workloads; other parts of the network need a private zone with that name",
            "nothing where only workloads of this system call it",
        );
    }
    if balancer.sticky.is_some() {
        draft.nearly(
            "azure-sticky",
            of,
            ["load-balancer", "sticky"],
            "visitors that stay with a copy for a time",
            "they stay with a copy as long as it is there: the time can't be chosen",
            "nothing",
        );
    }
    json!({
        // Reached from the network; the environment itself has no address on the internet.
        "external": true,
        "targetPort": port,
        "transport": "auto",
        "allowInsecure": false,
        "stickySessions": balancer.sticky.map(|_| json!({ "affinity": "sticky" })),
        "traffic": [{ "latestRevision": true, "weight": 100 }],
    })
}

fn probes(port: Option<u16>, balancer: &LoadBalancer) -> Value {
    let health = &balancer.health;
    let probe = |kind: &str, successes: u32| {
        json!({
            "type": kind,
            "httpGet": { "path": health.path, "port": port, "scheme": "HTTP" },
            "periodSeconds": health.every.as_seconds(),
            "timeoutSeconds": health.timeout.as_seconds(),
            "successThreshold": successes,
            "failureThreshold": health.unhealthy,
        })
    };
    // Those of liveness take one success only; a copy that stays unwell is started anew.
    json!([probe("Readiness", health.healthy), probe("Liveness", 1)])
}

fn scale(draft: &mut Draft<'_>, of: &Reference, scale: &Scale) -> Value {
    let mut rules = Vec::new();
    let use_of = |kind: &str, share: f64| {
        let metadata = json!({ "type": "Utilization", "value": share.round().to_string() });
        json!({ "name": kind, "custom": { "type": kind, "metadata": metadata } })
    };
    rules.extend(scale.cpu.map(|share| use_of("cpu", share.percent())));
    rules.extend(scale.memory.map(|share| use_of("memory", share.percent())));
    if scale.min == 0 && !rules.is_empty() {
        draft.never(
            "azure-scale",
            of,
            ["scale", "min"],
            "no copies, and more by use of processors or memory",
            "where there is no copy nothing is used, so Container Apps would never start one",
            "write `min: 1`, or scale by requests",
        );
    }
    if let Some(requests) = scale.requests {
        let together = requests.div_ceil(60);
        let metadata = json!({ "concurrentRequests": together.to_string() });
        rules.push(json!({ "name": "http", "http": { "metadata": metadata } }));
        draft.nearly(
            "azure-scale",
            of,
            ["scale", "requests"],
            format!("{requests} requests a minute and copy"),
            format!("Container Apps counts requests at the same time: {together} a copy, which is as much where each takes a second"),
            "measure how long requests take",
        );
    }
    if scale.max > scale.min {
        draft.nearly(
            "azure-scale",
            of,
            ["scale"],
            format!("pauses of {} after copies were added and {} after some went", scale.out_cooldown, scale.in_cooldown),
            "Container Apps adds copies at once and takes them away after five minutes of less load (Kubernetes' own stabilisation)",
            "nothing, where load rises and falls slowly",
        );
    }
    json!({
        "minReplicas": scale.min,
        "maxReplicas": scale.max.min(COPIES),
        "rules": (!rules.is_empty()).then_some(rules),
    })
}

fn check(draft: &mut Draft<'_>, of: &Reference, service: &Service) {
    artifact::processor(draft, of, service.architecture);
    if let Some(rollout) = &service.rollout {
        draft.nearly(
            "azure-rollout",
            of,
            ["rollout"],
            format!("a cloud that keeps old copies for {} and gives them all requests back when an alarm rings", rollout.blue_green),
            "new copies take all requests as soon as one of them is ready, and landfall itself watches the alarms after the deployment, gives \
             the requests back to the old copies and ends the others: its process has to live so long, or `landfall recover` goes on",
            "nothing, where landfall runs to its end",
        );
    }
    let usual = Deployment::default();
    if service.deployment != usual {
        draft.nearly(
            "azure-deployment",
            of,
            ["deployment"],
            "copies replaced a share at a time",
            "Container Apps starts all new copies beside the old ones and then lets the old ones go: 200 % at most, 100 % at least",
            "leave `deployment` out for this environment",
        );
    }
}
