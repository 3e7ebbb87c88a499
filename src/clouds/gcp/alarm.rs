//! Alarms: an alert policy of Cloud Monitoring with one condition, a query or the absence of values.

use serde_json::{Value, json};

use super::draft::{Draft, at};
use super::metric::{self, Refusal, Shape, Source, emitted, query};
use super::{names, topic};
use crate::diagnostics::finding::Finding;
use crate::model::alarm::{Alarm, MetricMath, MissingData, Severity};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::units::Time;

pub(super) const KIND: &str = "google_monitoring_alert_policy";
/// How often a query is asked, in seconds, is a multiple of this (Cloud Monitoring API reference,
/// `PrometheusQueryLanguageCondition.evaluationInterval`).
const STEP: u64 = 30;
/// How often it is asked at least, in seconds.
const LOOKS: u64 = 300;
/// The longest interval that a query of an alert looks back over, in seconds (Cloud Monitoring documentation, "Alerting policies with
/// PromQL": a day).
const LONGEST: u64 = 86_400;
/// The longest silence that a condition of absence waits for, in seconds (Cloud Monitoring API reference, `MetricAbsence.duration`,
/// and "Limits for alerting": 23 hours and 30 minutes).
const SILENCE: u64 = 84_600;

/// Adds an alarm.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, alarm: &Alarm) {
    let of = Reference::new(Kind::Alarm, name);
    let local = names::local(&of);
    let condition = match alarm.absent_for {
        Some(silence) => absence(draft, &of, alarm, silence),
        None => out_of_bounds(draft, &of, alarm),
    };
    let (kind, condition) = match condition {
        Ok(condition) => condition,
        Err((key, refusal)) => {
            draft.findings.push(
                Finding::refused("gcp-alarm", at(&of, &[key]), refusal)
                    .why("an alarm that can't be had as it is asked for would never go off, or at the wrong time")
                    .fix("watch something else in this environment, or take the alarm out"),
            );
            return;
        }
    };
    let told = topic::told(draft, &alarm.notify);
    let called = names::physical(draft.target, name, names::DISPLAY);
    let arguments = json!({
        "display_name": called,
        "combiner": "OR",
        "severity": match alarm.severity {
            Severity::Critical => "CRITICAL",
            Severity::Warning => "WARNING",
        },
        // In documentation, a dollar sign before a brace stands for a value of the incident (Cloud Monitoring documentation, "Use
        // variables in documentation"); written so, it stands for itself.
        "documentation": { "content": alarm.description.replace("${", "&#36;{"), "mime_type": "text/markdown" },
        "notification_channels": told,
        "conditions": [{ "display_name": called, kind: condition }],
    });
    let first = emitted::first(draft, alarm.metrics());
    draft.add(&of.to_string(), KIND, local, arguments).depends_on.extend(first);
}

/// Arithmetic, as queries take it.
pub(super) fn arithmetic(math: &MetricMath) -> query::Arithmetic<'_> {
    let terms = math.terms.iter().map(|(name, term)| (name.as_str(), (&term.metric, term.statistic)));
    query::Arithmetic { text: &math.expression, terms: terms.collect() }
}

type Condition = Result<(&'static str, Value), (&'static str, Refusal)>;

/// A query that has a value while it is out of bounds.
fn out_of_bounds(draft: &mut Draft<'_>, of: &Reference, alarm: &Alarm) -> Condition {
    let (sign, key, threshold) = match (alarm.above, alarm.below) {
        (Some(bound), None) => (">", "above", bound),
        (None, Some(bound)) => ("<", "below", bound),
        _ => return Err(("above", "an alarm needs one of `above`, `below` and `absent-for`".to_owned())),
    };
    let seconds = alarm.over.as_seconds();
    if seconds > LONGEST {
        return Err(("over", "a query of an alert looks back a day at most".to_owned()));
    }
    let bound = threshold.figure(draft.stack, alarm.metric.as_ref()).map_err(|refusal| (key, refusal))?;
    let watched = if alarm.math.is_some() { "math" } else { "metric" };
    let math = alarm.math.as_ref().map(arithmetic);
    let value = query::either(draft, alarm.metric.as_ref(), math.as_ref(), alarm.statistic, seconds)
        .map_err(|refusal| (watched, refusal))?;
    let mut query = format!("({value}) {sign} {bound:?}");
    match alarm.missing_data {
        MissingData::Fine => {}
        MissingData::Breach => query = format!("({query}) or absent({value})"),
        MissingData::Keep => draft.nearly(
            "gcp-missing-data",
            of,
            &["missing-data"],
            "an alarm that stays as it is while values are missing",
            "an interval without values counts as one in which all is well",
            "write `fine`, or `breach` where silence is bad",
        ),
    }
    let every = seconds.clamp(STEP, LOOKS).next_multiple_of(STEP);
    let lasting = seconds * u64::from(alarm.intervals.saturating_sub(1));
    Ok((
        "condition_prometheus_query_language",
        json!({
            "query": query,
            "evaluation_interval": format!("{every}s"),
            "duration": format!("{lasting}s"),
            // A metric that nobody has written to yet isn't known.
            "disable_metric_validation": true,
        }),
    ))
}

/// A dead man's switch.
fn absence(draft: &mut Draft<'_>, of: &Reference, alarm: &Alarm, silence: Time) -> Condition {
    let metric = alarm.metric.as_ref().ok_or_else(|| ("metric", "absence is of one `metric`".to_owned()))?;
    let seconds = silence.as_seconds();
    if seconds > SILENCE {
        return Err((
            "absent-for",
            "Cloud Monitoring waits for a value for 23 hours and 30 minutes at most".to_owned(),
        ));
    }
    let (of_one, shape) = match metric::source(draft, metric).map_err(|refusal| ("metric", refusal))? {
        Source::Series { of, shape, .. } => match <[metric::Selector; 1]>::try_from(of) {
            Ok([one]) => (one, shape),
            Err(_) => {
                let refusal = "Cloud Monitoring waits for values of one kind of resource, and functions and services of several kinds emit it";
                return Err(("metric", refusal.to_owned()));
            }
        },
        Source::Left { used, .. } => (used, Shape::Level { added: true }),
    };
    draft.nearly(
        "gcp-absence",
        of,
        &["absent-for"],
        "an alarm from the beginning on, also where only zeros come",
        "Cloud Monitoring waits once a first value has come, and takes a zero for a value; a metric that was made just now can be watched ten minutes later, so that a first deployment may have to be repeated",
        "see to a first value after the first deployment",
    );
    let mut filter = format!(
        "metric.type = {} AND resource.type = {}",
        metric::quoted(&of_one.metric),
        metric::quoted(of_one.resource)
    );
    for (label, value) in &of_one.only {
        filter.push_str(&format!(" AND resource.labels.{label} = {}", metric::quoted(value)));
    }
    Ok((
        "condition_absent",
        json!({
            "filter": filter,
            "duration": format!("{}s", seconds.next_multiple_of(60)),
            "aggregations": [{
                "alignment_period": "60s",
                "per_series_aligner": shape.aligner(),
                "cross_series_reducer": "REDUCE_SUM",
            }],
            "trigger": { "count": 1 },
        }),
    ))
}
