//! A stack as an ARM template.

use std::collections::BTreeMap;

use super::artifact::Pulled;
use super::document::Template;
use super::draft::{Draft, tags};
use super::{
    alarm, bucket, budget, cache, dashboard, database, domain, function, limits, log, network, overrides, queue,
    registry, rules, secret, service, site, topic, unrendered,
};
use crate::clouds::Migrating;
use crate::diagnostics::diagnostic::Severity;
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;
use crate::model::stack::Stack;

/// Everything that a deployment gives to a deployment stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The template.
    pub template: Template,
    /// What is rendered otherwise than asked for, or needs somebody's attention; no errors among them.
    pub findings: Vec<Finding>,
    /// The images whose digests the parameters of the template are given.
    pub images: BTreeMap<String, Pulled>,
    /// What brings the database's schema up to date.
    pub migrating: Option<Migrating>,
    /// Tags of the stack itself; its resources carry theirs in the template.
    pub tags: BTreeMap<String, String>,
}

/// The template of a target: the same bytes for the same stack, whenever and wherever it is rendered.
///
/// # Errors
/// All that Azure would refuse and that can be known beforehand, with what is only worth knowing among it.
pub fn render(target: &Target, stack: &Stack) -> Result<Rendered, Vec<Finding>> {
    let mut draft = Draft::new(target, stack);
    draft.findings.extend(rules::check(stack));
    unrendered::check(&mut draft);
    components(&mut draft);
    let images = draft.images.clone();
    let migrating = function::migrating(&draft);
    let (mut template, mut findings) = draft.finished();
    findings.extend(overrides::apply(stack, &mut template));
    let bytes = template.to_json().map_or(0, |text| text.len());
    findings.extend(limits::check(target, &template, bytes));
    findings.sort();
    findings.dedup();
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(findings);
    }
    Ok(Rendered { template, findings, images, migrating, tags: tags(target, stack) })
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
        settings: _,
        registries,
        functions,
        services,
        apis: _,
        sites,
        // Functions render the clocks that run them.
        schedules: _,
        alarms,
        dashboards,
        budgets,
        cost_anomalies: _,
        procedures: _,
        probes: _,
        promises: _,
        recovery: _,
        overrides: _,
    } = draft.stack;
    log::workspace(draft);
    network.iter().for_each(|network| network::render(draft, network));
    domain.iter().for_each(|domain| domain::render(draft, domain));
    databases.iter().for_each(|(name, database)| database::render(draft, name, database));
    caches.iter().for_each(|(name, cache)| cache::render(draft, name, cache));
    buckets.iter().for_each(|(name, bucket)| bucket::render(draft, name, bucket));
    queues.iter().for_each(|(name, queue)| queue::render(draft, name, queue));
    topics.iter().for_each(|(name, topic)| topic::render(draft, name, topic));
    secrets.iter().for_each(|(name, secret)| secret::render(draft, name, secret));
    registries.iter().for_each(|(name, registry)| registry::render(draft, name, registry));
    functions.iter().for_each(|(name, function)| function::render(draft, name, function));
    services.iter().for_each(|(name, service)| service::render(draft, name, service));
    sites.iter().for_each(|(name, site)| site::render(draft, name, site));
    alarms.iter().for_each(|(name, alarm)| alarm::render(draft, name, alarm));
    dashboards.iter().for_each(|(name, dashboard)| dashboard::render(draft, name, dashboard));
    budgets.iter().for_each(|(name, budget)| budget::render(draft, name, budget));
}
