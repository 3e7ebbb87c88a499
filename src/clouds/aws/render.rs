//! A stack as a CloudFormation template.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::artifact::Parameters;
use super::document::Template;
use super::draft::Draft;
use super::registry::images;
use super::{
    alarm, api, artifact, bucket, budget, cache, cost_anomaly, dashboard, database, domain, encryption, function,
    limits, literal, log, network, overrides, protection, queue, rules, schedule, secret, service, setting, site, tags,
    topic,
};
use crate::diagnostics::diagnostic::Severity;
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;
use crate::model::stack::Stack;

/// The SAM transform (SAM developer guide, "AWS::Serverless transform").
const SAM: &str = "AWS::Serverless-2016-10-31";

/// Everything that a deployment gives to CloudFormation.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The template.
    pub template: Template,
    /// What is rendered otherwise than asked for, or needs somebody's attention; no errors among them.
    pub findings: Vec<Finding>,
    /// What CloudFormation refuses to do in an update, where the environment asks for it.
    pub stack_policy: Option<Value>,
    /// Tags of the stack itself; its resources carry theirs in the template.
    pub tags: BTreeMap<String, String>,
    /// What each parameter of the template is given.
    pub parameters: Parameters,
    /// What the template may do that has to be acknowledged (CloudFormation API reference, CreateChangeSet).
    pub capabilities: BTreeSet<&'static str>,
    /// Whether CloudFormation refuses to delete the stack.
    pub termination_protection: bool,
}

/// The template of a target: the same bytes for the same stack, whenever and wherever it is rendered.
///
/// # Errors
/// All that AWS would refuse and that can be known beforehand, with what is only worth knowing among it.
pub fn render(target: &Target, stack: &Stack) -> Result<Rendered, Vec<Finding>> {
    let mut draft = Draft::new(target, stack);
    literal::check(&mut draft);
    draft.findings.extend(rules::check(stack));
    let parameters = artifact::render(&mut draft);
    components(&mut draft);
    log::render(&mut draft);
    encryption::render(&mut draft);
    overrides::apply(&mut draft);
    let mut capabilities = BTreeSet::new();
    if draft.template.resources.values().any(|resource| resource.kind == "AWS::IAM::Role") {
        capabilities.insert("CAPABILITY_IAM");
    }
    if !stack.functions.is_empty() {
        draft.template.transform = Some(json!(SAM));
        capabilities.insert("CAPABILITY_AUTO_EXPAND");
    }
    limits::check(&mut draft);
    let Draft { template, mut findings, .. } = draft;
    findings.sort();
    findings.dedup();
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(findings);
    }
    Ok(Rendered {
        template,
        findings,
        stack_policy: protection::stack_policy(stack),
        tags: tags::of(target, stack),
        parameters,
        capabilities,
        termination_protection: stack.protection.termination,
    })
}

/// Every component of the stack, kind by kind.
fn components(draft: &mut Draft<'_>) {
    // Named one by one, so that a new kind of component can't be forgotten here.
    let Stack {
        description: _,
        placement: _,
        ledger: _,
        portability: _,
        gates: _,
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
        overrides: _,
    } = draft.stack;
    network.iter().for_each(|network| network::render(draft, network));
    domain.iter().for_each(|domain| domain::render(draft, domain));
    databases.iter().for_each(|(name, database)| database::render(draft, name, database));
    caches.iter().for_each(|(name, cache)| cache::render(draft, name, cache));
    buckets.iter().for_each(|(name, bucket)| bucket::render(draft, name, bucket));
    queues.iter().for_each(|(name, queue)| queue::render(draft, name, queue));
    topics.iter().for_each(|(name, topic)| topic::render(draft, name, topic));
    secrets.iter().for_each(|(name, secret)| secret::render(draft, name, secret));
    settings.iter().for_each(|(name, setting)| setting::render(draft, name, setting));
    registries.iter().for_each(|(name, registry)| images::render(draft, name, registry));
    functions.iter().for_each(|(name, function)| function::render(draft, name, function));
    service::cluster(draft);
    services.iter().for_each(|(name, service)| service::render(draft, name, service));
    apis.iter().for_each(|(name, api)| api::render(draft, name, api));
    sites.iter().for_each(|(name, site)| site::render(draft, name, site));
    schedules.iter().for_each(|(name, schedule)| schedule::render(draft, name, schedule));
    alarms.iter().for_each(|(name, alarm)| alarm::render(draft, name, alarm));
    dashboards.iter().for_each(|(name, dashboard)| dashboard::render(draft, name, dashboard));
    budgets.iter().for_each(|(name, budget)| budget::render(draft, name, budget));
    cost_anomalies.iter().for_each(|(name, anomaly)| cost_anomaly::render(draft, name, anomaly));
}
