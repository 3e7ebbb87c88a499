//! A stack as a Terraform document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::document::Document;
use super::draft::{Draft, at};
use super::{
    alarm, artifact, bucket, budget, cache, dashboard, database, domain, function, log, metric, network, protection,
    queue, registry, rules, schedule, secret, service, services, site, topic,
};
use crate::clouds::Parameter;
use crate::diagnostics::diagnostic::Severity;
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

/// The version of Terraform that the document is written for: the last that Infrastructure Manager runs.
const TERRAFORM: &str = "~> 1.5";
/// The providers with their versions, exactly: another may take other arguments.
const GOOGLE: &str = "7.45.0";
const RANDOM: &str = "3.7.2";

/// A rendered document with what came up on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The document, `main.tf.json`.
    pub document: Document,
    /// The versions that it asks for, `versions.tf.json`; a file of its own, because checkov 3.3 can't read this block.
    pub versions: String,
    /// What is rendered otherwise than asked for, or needs somebody's attention; no errors among them.
    pub findings: Vec<Finding>,
    /// What each variable of the document is given.
    pub parameters: BTreeMap<String, Parameter>,
}

/// The document of a target: the same bytes for the same stack, whenever and wherever it is rendered.
///
/// # Errors
/// All that Google Cloud would refuse and that can be known beforehand, with what is only worth knowing among it.
pub fn render(target: &Target, stack: &Stack) -> Result<Rendered, Vec<Finding>> {
    let mut draft = Draft::new(target, stack);
    draft.findings.extend(rules::check(stack));
    let parameters = artifact::render(&mut draft);
    components(&mut draft);
    log::render(&mut draft);
    protection::render(&mut draft);
    services::render(&mut draft);
    provider(&mut draft);
    let Draft { document, mut findings, .. } = draft;
    findings.sort();
    findings.dedup();
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(findings);
    }
    let random = document.resources.contains_key("random_password");
    Ok(Rendered { document, versions: versions(random), findings, parameters })
}

/// Where the document's resources stand.
fn provider(draft: &mut Draft<'_>) {
    let settings = json!({
        "project": draft.project(),
        "region": draft.region(),
        // Calls are charged to the project itself, which some of the APIs ask for.
        "user_project_override": true,
        "billing_project": draft.project(),
    });
    if let Value::Object(settings) = settings {
        draft.document.providers.insert("google".to_owned(), settings);
    }
    let random = draft.document.resources.contains_key("random_password");
    if random {
        draft.document.providers.insert("random".to_owned(), Map::new());
    }
}

fn versions(random: bool) -> String {
    let mut providers = json!({ "google": { "source": "hashicorp/google", "version": GOOGLE } });
    if let Some(providers) = providers.as_object_mut().filter(|_| random) {
        providers.insert("random".to_owned(), json!({ "source": "hashicorp/random", "version": RANDOM }));
    }
    let whole = json!({ "terraform": { "required_version": TERRAFORM, "required_providers": providers } });
    format!("{whole:#}\n")
}

/// Every component of the stack, kind by kind.
fn components(draft: &mut Draft<'_>) {
    // Named one by one, so that a new kind of component can't be forgotten here.
    let Stack {
        description: _,
        placement: _,
        ledger: _,
        gates: _,
        portability: _,
        protection: _,
        releases: _,
        tags: _,
        domain,
        network,
        logs: _,
        artifacts: _,
        databases,
        // What a deployment does, not what a document says.
        migrations: _,
        caches,
        buckets,
        queues,
        topics,
        secrets,
        settings,
        registries,
        functions,
        services,
        apis,
        sites,
        schedules,
        alarms,
        dashboards,
        budgets,
        cost_anomalies,
        procedures: _,
        probes: _,
        promises: _,
        recovery: _,
        overrides,
    } = draft.stack;
    network.iter().for_each(|network| network::render(draft, network));
    domain.iter().for_each(|domain| domain::render(draft, domain));
    databases.iter().for_each(|(name, database)| database::render(draft, name, database));
    caches.iter().for_each(|(name, cache)| cache::render(draft, name, cache));
    buckets.iter().for_each(|(name, bucket)| bucket::render(draft, name, bucket));
    queues.iter().for_each(|(name, queue)| queue::render(draft, name, queue));
    topics.iter().for_each(|(name, topic)| topic::render(draft, name, topic));
    secrets.iter().for_each(|(name, secret)| secret::render(draft, name, secret));
    registries.iter().for_each(|(name, registry)| registry::render(draft, name, registry));
    registry::functions(draft);
    functions.iter().for_each(|(name, function)| function::render(draft, name, function));
    services.iter().for_each(|(name, service)| service::render(draft, name, service));
    sites.iter().for_each(|(name, site)| site::render(draft, name, site));
    schedules.iter().for_each(|(name, schedule)| schedule::render(draft, name, schedule));
    not_yet(draft, Kind::Setting, settings);
    not_yet(draft, Kind::Api, apis);
    metric::emitted::render(draft);
    alarms.iter().for_each(|(name, alarm)| alarm::render(draft, name, alarm));
    dashboards.iter().for_each(|(name, dashboard)| dashboard::render(draft, name, dashboard));
    budgets.iter().for_each(|(name, budget)| budget::render(draft, name, budget));
    for name in cost_anomalies.keys() {
        draft.refuse(
            "gcp-cost-anomaly",
            &Reference::new(Kind::CostAnomaly, name),
            &[],
            "a watch for unusual spending of this environment",
            "Google Cloud watches whole billing accounts, and tells those whom its console names",
            "switch the notices on in the console, and leave it out of this environment (a null in its file takes away what the base has)",
        );
    }
    if overrides.get(&crate::model::placement::Cloud::Gcp).is_some_and(|own| !own.is_empty()) {
        draft.findings.push(
            Finding::refused("gcp-not-yet", ["overrides", "gcp"], "native properties on Google Cloud")
                .why("this version of landfall sets none there")
                .fix("leave them out"),
        );
    }
}

/// Refuses components that this version doesn't render.
fn not_yet<T>(draft: &mut Draft<'_>, kind: Kind, named: &BTreeMap<Name, T>) {
    for name in named.keys() {
        let of = Reference::new(kind, name);
        draft.findings.push(
            Finding::refused("gcp-not-yet", at(&of, &[]), format!("`{of}` on Google Cloud"))
                .why(format!("this version of landfall renders no {} there", kind.word()))
                .fix("leave it out of this environment (a null in its file takes away what the base has)"),
        );
    }
}
