//! What workloads emit: log-based metrics, which take the figures out of the lines that workloads write.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Refusal, RunsAs, Selector, Shape, Source, quoted, runs_as};
use crate::clouds::gcp::draft::Draft;
use crate::clouds::gcp::names::LOG_METRIC;
use crate::model::metric::{EmittedMetric, Metric};
use crate::model::reference::{Kind, Reference};

/// The type of a metric that is taken out of logs.
const KIND: &str = "google_logging_metric";

/// What a metric that workloads emit is in Cloud Monitoring.
pub(super) fn source(draft: &Draft<'_>, metric: &EmittedMetric) -> Result<Source, Refusal> {
    let kind = format!("logging.googleapis.com/user/{}", name_of(draft, metric));
    let mut resources: Vec<&'static str> =
        emitters(draft, metric).iter().map(|of| runs_as(draft, of).resource).collect();
    resources.sort_unstable();
    resources.dedup();
    if resources.is_empty() {
        return Err(format!("nothing emits `{}` of `{}`", metric.name, metric.namespace));
    }
    let selector = |resource| Selector { metric: kind.clone(), resource, only: Vec::new() };
    Ok(Source::Series { of: resources.into_iter().map(selector).collect(), shape: Shape::Distribution, scale: 1.0 })
}

/// The workloads that say that they emit a metric.
fn emitters(draft: &Draft<'_>, metric: &EmittedMetric) -> Vec<Reference> {
    let functions = draft.stack.functions.iter().map(|(name, it)| (Kind::Function, name, &it.emits));
    let services = draft.stack.services.iter().map(|(name, it)| (Kind::Service, name, &it.emits));
    functions
        .chain(services)
        .filter(|(_, _, emits)| emits.contains(metric))
        .map(|(kind, name, _)| Reference::new(kind, name))
        .collect()
}

/// The name of the metric that is taken out of logs. Signs that queries don't take in names are replaced; where that or the
/// dimensions could make two metrics one, a digest tells them apart.
fn name_of(draft: &Draft<'_>, metric: &EmittedMetric) -> String {
    let EmittedMetric { namespace, name, dimensions } = metric;
    let plain = |text: &str| -> String {
        text.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' }).collect()
    };
    let whole = format!("{namespace}_{name}");
    let told = format!(
        "{}_{}_{}",
        plain(draft.target.system.as_str()),
        plain(draft.target.environment.as_str()),
        plain(&whole)
    );
    // An underscore of their own would leave open where the namespace ends.
    let unmistakable = [namespace, name].iter().all(|text| text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if unmistakable && dimensions.is_empty() && told.len() <= LOG_METRIC {
        return told;
    }
    let digest = hex::encode(Sha256::digest(json!([namespace, name, dimensions]).to_string().as_bytes()));
    let kept: String = told.chars().take(LOG_METRIC - 9).collect();
    format!("{kept}_{}", digest.get(..8).unwrap_or_default())
}

/// The name, inside the document, of a metric that is taken out of logs.
fn local(draft: &Draft<'_>, metric: &EmittedMetric) -> String {
    format!("emitted_{}", name_of(draft, metric))
}

/// The addresses of the metrics, among those that something reads, that have to be made before it.
pub(in crate::clouds::gcp) fn first<'a>(draft: &Draft<'_>, read: impl Iterator<Item = &'a Metric>) -> Vec<String> {
    read.filter_map(emitted).map(|metric| format!("{KIND}.{}", local(draft, metric))).collect()
}

fn emitted(metric: &Metric) -> Option<&EmittedMetric> {
    match metric {
        Metric::Emitted(metric) => Some(metric),
        Metric::Measured(_) => None,
    }
}

/// Adds the metrics that are taken out of logs: one for each that a workload emits and an alarm or a graph reads.
pub(in crate::clouds::gcp) fn render(draft: &mut Draft<'_>) {
    let stack = draft.stack;
    let alarms = stack
        .alarms
        .iter()
        .flat_map(|(name, alarm)| alarm.metrics().map(move |metric| (Reference::new(Kind::Alarm, name), metric)));
    let graphs = stack.dashboards.iter().flat_map(|(name, dashboard)| {
        let metrics = dashboard.graphs.iter().flat_map(|graph| graph.metrics());
        metrics.map(move |metric| (Reference::new(Kind::Dashboard, name), metric))
    });
    for (of, metric) in alarms.chain(graphs) {
        let Some(metric) = emitted(metric) else { continue };
        let local = local(draft, metric);
        let there = draft.document.resources.get(KIND).is_some_and(|named| named.contains_key(&local));
        let emitters = emitters(draft, metric);
        if !there && !emitters.is_empty() {
            from_logs(draft, &of, &local, metric, &emitters);
        }
    }
}

fn from_logs(draft: &mut Draft<'_>, of: &Reference, local: &str, metric: &EmittedMetric, emitters: &[Reference]) {
    let EmittedMetric { namespace, name, dimensions } = metric;
    let runs: Vec<String> = emitters
        .iter()
        .map(|of| {
            let RunsAs { resource, label, name } = runs_as(draft, of);
            format!("resource.type={} AND resource.labels.{label}={}", quoted(resource), quoted(&name))
        })
        .map(|one| if emitters.len() == 1 { one } else { format!("({one})") })
        .collect();
    let runs = if runs.len() == 1 { runs.concat() } else { format!("({})", runs.join(" OR ")) };
    let mut filter = format!(
        "{runs} AND jsonPayload._aws.CloudWatchMetrics.Namespace={} AND jsonPayload.{}:*",
        quoted(namespace),
        quoted(name)
    );
    for (dimension, value) in dimensions {
        filter.push_str(&format!(" AND jsonPayload.{}={}", quoted(dimension), quoted(value)));
    }
    let called = name_of(draft, metric);
    draft.add(
        &of.to_string(),
        KIND,
        local,
        json!({
            "name": called,
            "description": format!("{name} of {namespace}, as workloads write it"),
            "filter": filter,
            "value_extractor": format!("EXTRACT(jsonPayload.{})", quoted(name)),
            "metric_descriptor": { "metric_kind": "DELTA", "value_type": "DISTRIBUTION", "unit": "1" },
            // From a thousandth on, each bound a tenth above the one before, up to about 10^15: a percentile is off by a tenth at most.
            "bucket_options": { "exponential_buckets": { "num_finite_buckets": 199, "growth_factor": 1.1, "scale": 0.001 } },
        }),
    );
}
