//! Services: a Cloud Run service where requests come in, a Cloud Run worker pool where none do.

mod load_balancer;

use serde_json::{Value, json};

use super::artifact::{self, container};
use super::draft::{Draft, at, attribute};
use super::expression::code;
use super::names::{self, RUN};
use super::network::{self, firewall};
use super::{access, domain, registry, variable};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::service::{HealthCheck, LoadBalancer, Service};

/// The type of a service that requests come in to.
pub(super) const SERVICE: &str = "google_cloud_run_v2_service";
/// The type of one that takes its work itself.
pub(super) const POOL: &str = "google_cloud_run_v2_worker_pool";

/// Seconds in which a copy that is taken away has to end (Cloud Run documentation, "Container runtime contract", shutdown).
const DRAIN: u64 = 10;
/// The longest that an answer may take, in seconds (Cloud Run documentation, "Set request timeout").
const ANSWER_TIME: u64 = 3_600;
/// The processor use that Cloud Run itself keeps to, in percent (Cloud Run documentation, "About instance autoscaling").
const OWN_TARGET: f64 = 60.0;

/// Adds a service and what belongs to it.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, service: &Service) {
    let of = Reference::new(Kind::Service, name);
    let component = of.to_string();
    let local = names::local(&of);
    if network::needed(draft, at(&of, &[]), "a service").is_none() {
        return;
    }
    check(draft, &of, service);
    access::account(draft, &of);
    access::grants(draft, &of, &service.access);
    firewall::workload(draft, &of, &service.access);
    let rotations = draft.stack.rotations(&service.environment, &service.access);
    let variables = variable::render(draft, &of, service.environment.iter(), rotations, &service.artifact);
    let Some(room) = container::needed(draft, &of, service.vcpu.thousandths(), service.memory) else { return };
    let image = artifact::address(draft, &registry::physical(draft, &service.registry), &service.artifact);
    let arguments = service.command.iter().map(|word| json!(word)).collect();
    let mut container = container::render(&image, arguments, &variables, room);
    let runs_as = attribute(access::ACCOUNT, &local, "email");
    let interface = network::interface(draft, &of);
    let (called, region) = (names::physical(draft.target, name, RUN), draft.region());
    let protected = service.load_balancer.as_ref().is_some_and(|balancer| balancer.protected);
    let (kind, body) = match &service.load_balancer {
        Some(balancer) => {
            front(&mut container, service, balancer);
            let template = json!({
                "service_account": runs_as,
                "timeout": format!("{}s", balancer.idle_timeout.as_seconds().clamp(1, ANSWER_TIME)),
                "session_affinity": balancer.sticky.is_some(),
                "scaling": { "min_instance_count": service.scale.min, "max_instance_count": service.scale.max },
                "vpc_access": interface,
                "containers": container,
            });
            let body = json!({
                "name": called,
                "location": region,
                "description": service.description,
                "deletion_protection": protected,
                "ingress": ingress(draft, &of, balancer),
                "template": template,
                "traffic": { "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100 },
            });
            (SERVICE, body)
        }
        None => {
            let template = json!({ "service_account": runs_as, "vpc_access": interface, "containers": container });
            let body = json!({
                "name": called,
                "location": region,
                "description": service.description,
                "deletion_protection": false,
                "scaling": { "scaling_mode": "MANUAL", "manual_instance_count": service.scale.min },
                "template": template,
            });
            (POOL, body)
        }
    };
    let resource = draft.add(&component, kind, &local, body);
    resource.count = Some(artifact::count(&service.artifact));
    resource.depends_on.extend(variables.first);
    draft.output(format!("{local}_name"), format!("The name of {of}"), Value::String(called.clone()));
    if let Some(balancer) = &service.load_balancer {
        open(draft, &of, service);
        if balancer.public {
            let address = address(draft, &of, &service.artifact);
            draft.output(address_output(&of), format!("The address of {of}; empty before its first image"), address);
        }
        if balancer.public && domain::host(draft.stack, &of).is_some() {
            load_balancer::render(draft, &of, &service.artifact, &called, balancer);
        }
    }
}

/// The output that holds the address of a public service.
pub(super) fn address_output(of: &Reference) -> String {
    format!("{}_url", names::local(of))
}

/// The address of a service on the internet: its name under the domain, else the one that Cloud Run gives. Empty while there is no
/// image that could run.
fn address(draft: &Draft<'_>, of: &Reference, runs: &Name) -> Value {
    match domain::host(draft.stack, of) {
        Some(host) => code(format!("var.{} == \"\" ? \"\" : \"https://{host}\"", artifact::image(runs))),
        None => code(format!("try({SERVICE}.{}[0].uri, \"\")", names::local(of))),
    }
}

/// What a copy listens on and how it is found out that it is well.
fn front(container: &mut Value, service: &Service, balancer: &LoadBalancer) {
    let Some(container) = container.as_object_mut() else { return };
    let HealthCheck { path, every, timeout, healthy, unhealthy } = &balancer.health;
    let asked = json!({ "path": path, "port": service.port });
    let (every, timeout) = (every.as_seconds(), timeout.as_seconds());
    container.insert("ports".to_owned(), json!({ "container_port": service.port }));
    container.insert(
        "startup_probe".to_owned(),
        json!({ "http_get": asked, "period_seconds": every, "timeout_seconds": timeout, "failure_threshold": unhealthy }),
    );
    container.insert(
        "liveness_probe".to_owned(),
        json!({ "http_get": asked, "period_seconds": every, "timeout_seconds": timeout, "failure_threshold": unhealthy }),
    );
    container.insert(
        "readiness_probe".to_owned(),
        json!({
            "http_get": asked,
            "period_seconds": every,
            "timeout_seconds": timeout,
            "failure_threshold": unhealthy,
            "success_threshold": healthy,
        }),
    );
}

/// From where requests come: through the load balancer of a domain, from anywhere at the address that Cloud Run gives, or from the
/// network.
fn ingress(draft: &Draft<'_>, of: &Reference, balancer: &LoadBalancer) -> &'static str {
    if !balancer.public {
        "INGRESS_TRAFFIC_INTERNAL_ONLY"
    } else if domain::host(draft.stack, of).is_some() {
        "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
    } else {
        "INGRESS_TRAFFIC_ALL"
    }
}

/// Lets whoever can reach it ask it: visitors have no account of Google's.
fn open(draft: &mut Draft<'_>, of: &Reference, service: &Service) {
    let local = names::local(of);
    let (project, region, target) = (draft.project(), draft.region(), draft.target);
    let resource = draft.add(
        &of.to_string(),
        "google_cloud_run_v2_service_iam_member",
        format!("{local}_visitors"),
        json!({
            "project": project,
            "location": region,
            "name": names::physical(target, &of.name, RUN),
            "role": "roles/run.invoker",
            "member": "allUsers",
        }),
    );
    resource.count = Some(artifact::count(&service.artifact));
    resource.depends_on.insert(format!("{SERVICE}.{local}"));
}

/// What Google Cloud has nearly or not at all, and what it would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, of: &Reference, service: &Service) {
    container::processor(draft, of, service.architecture);
    draft.nearly(
        "gcp-file-system",
        of,
        &[],
        "no root, and a file system that can only be read",
        "Cloud Run runs the user that the image names, and what a copy writes is memory that goes with it",
        "let the image name a user of its own",
    );
    if !draft.stack.registries.contains_key(&service.registry) {
        draft.findings.push(
            Finding::error(
                "unknown-reference",
                at(of, &["registry"]),
                format!("there is no registry `{}`", service.registry),
            )
            .why("the service's images come from it")
            .fix("name a registry of this environment"),
        );
    }
    match &service.load_balancer {
        Some(balancer) => check_front(draft, of, service, balancer),
        None if service.scale.max > service.scale.min => draft.nearly(
            "gcp-worker-scale",
            of,
            &["scale"],
            format!("{} to {} copies", service.scale.min, service.scale.max),
            format!("copies that no request wakes stay as many as they are: {}", service.scale.min),
            "give `min` and `max` the same number",
        ),
        None => {}
    }
}

fn check_front(draft: &mut Draft<'_>, of: &Reference, service: &Service, balancer: &LoadBalancer) {
    let scale = &service.scale;
    if service.port.is_none() {
        draft.findings.push(
            Finding::error(
                "load-balancer-without-port",
                at(of, &["load-balancer"]),
                "a load balancer needs a port to send requests to",
            )
            .why("without `port` the service listens on none")
            .fix("add `port`"),
        );
    }
    if let Some(cpu) = scale.cpu.filter(|cpu| (cpu.percent() - OWN_TARGET).abs() > f64::EPSILON) {
        draft.nearly(
            "gcp-scale-cpu",
            of,
            &["scale", "cpu"],
            format!("copies are added above {cpu} of their processors"),
            format!("Cloud Run adds them above {OWN_TARGET}% and by the requests that wait, and takes no other figure"),
            format!("write `{OWN_TARGET}%`"),
        );
    }
    if scale.max > scale.min {
        draft.nearly(
            "gcp-scale-pauses",
            of,
            &["scale"],
            format!(
                "pauses of {} after copies were added and {} after some went",
                scale.out_cooldown, scale.in_cooldown
            ),
            "Cloud Run adds copies at once, and takes them away when they had no requests for up to 15 minutes",
            "nothing, where load rises and falls slowly",
        );
    }
    if let Some(memory) = scale.memory {
        draft.nearly(
            "gcp-scale-memory",
            of,
            &["scale", "memory"],
            format!("copies are added above {memory} of their memory"),
            "Cloud Run doesn't look at memory: copies are added by processors and requests",
            "leave it out",
        );
    }
    if let Some(requests) = scale.requests {
        draft.nearly(
            "gcp-scale-requests",
            of,
            &["scale", "requests"],
            format!("copies are added above {requests} requests a minute each"),
            "Cloud Run counts the requests that a copy has at the same time: 80 at most",
            "leave it out",
        );
    }
    if balancer.drain.as_seconds() > DRAIN {
        draft.nearly(
            "gcp-drain",
            of,
            &["load-balancer", "drain"],
            format!("a copy that is taken away has {} to finish", balancer.drain),
            format!(
                "Cloud Run gives it {DRAIN} seconds, and takes away only copies without requests unless a revision goes"
            ),
            format!("write `{DRAIN}s`"),
        );
    }
    if let Some(sticky) = balancer.sticky {
        draft.nearly(
            "gcp-sticky",
            of,
            &["load-balancer", "sticky"],
            format!("a visitor's requests go to the same copy for {sticky}"),
            "Cloud Run does so while it can, and sends them elsewhere when the copy is full or gone",
            "keep what belongs to a visitor in a cache",
        );
    }
    if !(1..=ANSWER_TIME).contains(&balancer.idle_timeout.as_seconds()) {
        draft.findings.push(
            Finding::error(
                "gcp-answer-time",
                at(of, &["load-balancer", "idle-timeout"]),
                format!("answers of `{}`", balancer.idle_timeout),
            )
            .why("Cloud Run waits an hour at most")
            .fix("choose from 1s to 1h"),
        );
    }
    if let Some(rollout) = &service.rollout {
        // `LATEST` means the latest revision that is ready (Cloud Run Admin API v2, `TrafficTargetAllocationType`).
        draft.nearly(
            "gcp-rollout",
            of,
            &["rollout"],
            format!("a cloud that keeps old copies for {} and gives them all requests back when an alarm rings", rollout.blue_green),
            "landfall itself watches the alarms after the deployment and gives the requests back to the revision before: its process has to live \
             so long, or `landfall recover` goes on; that revision's copies go when Cloud Run sees fit, and start anew with its requests",
            "nothing, where landfall runs to its end",
        );
    }
    let usual = crate::model::service::Deployment::default();
    if service.deployment != usual {
        draft.nearly(
            "gcp-deployment",
            of,
            &["deployment"],
            format!(
                "from {} to {} of the copies during a deployment",
                service.deployment.least_healthy, service.deployment.most
            ),
            "Cloud Run starts all copies of the new revision before it ends the old ones",
            "leave it out",
        );
    }
    if !balancer.public {
        draft.nearly(
            "gcp-internal-balancer",
            of,
            &["load-balancer", "public"],
            "a load balancer that only the network reaches",
            "Cloud Run's own address answers the network only: it speaks TLS under a name of Google's",
            "use the service's `url`",
        );
    }
}
