//! Alarms: a metric alert where Azure measures one metric over one interval, else a query over the workspace.

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::{expression, number};
use super::id::Id;
use super::metric::{self, Platform, Refusal, Series, query};
use super::{log, names, topic};
use crate::diagnostics::finding::Finding;
use crate::model::alarm::{Alarm, MetricMath, MissingData, Severity};
use crate::model::metric::{Measurement, Metric, Statistic};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::units::Time;

/// The types of alert rules: of one metric, and of a query.
pub(super) const RULES: [&str; 2] = ["Microsoft.Insights/metricAlerts", "Microsoft.Insights/scheduledQueryRules"];
/// Intervals of metric alerts, in minutes (Azure Monitor documentation, "Create a new alert rule", lookback period).
const METRIC_WINDOWS: [u64; 8] = [1, 5, 15, 30, 60, 360, 720, 1440];
/// How far back queries of alerts look, in minutes (same place; type definition of scheduled query rules).
const QUERY_WINDOWS: [u64; 14] = [1, 5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440, 2880];
/// How often an alert is looked at, in minutes, where its interval isn't shorter.
const LOOKS: u64 = 5;

/// When an alarm goes off.
struct Bound {
    operator: &'static str,
    key: &'static str,
    value: f64,
}

/// Adds an alarm.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, alarm: &Alarm) {
    let of = Reference::new(Kind::Alarm, name);
    let told = topic::told(draft, &alarm.notify);
    if let Some(Metric::Measured(metric)) = &alarm.metric
        && metric.of.kind == Kind::Function
        && metric.name == Measurement::Duration
    {
        draft.nearly(
            "azure-duration",
            &of,
            ["metric"],
            "how long runs take",
            "Azure doesn't measure how long jobs run: the time between the first and the last line that a run writes is taken",
            "let the function write a line when it begins and when it ends",
        );
    }
    let refused = match watched(draft, &of, name, alarm, &told) {
        Ok(()) => return,
        Err(refused) => refused,
    };
    let (key, refusal) = refused;
    let [section, component] = of.path();
    draft.findings.push(
        Finding::refused("azure-alarm", [section, component, key.to_owned()], refusal)
            .why("an alarm that can't be had as it is asked for would never go off, or at the wrong time")
            .fix("watch something else in this environment, or take the alarm out"),
    );
}

fn watched(
    draft: &mut Draft<'_>,
    of: &Reference,
    name: &Name,
    alarm: &Alarm,
    told: &[Value],
) -> Result<(), (&'static str, Refusal)> {
    if let Some(silence) = alarm.absent_for {
        return absence(draft, of, name, alarm, silence, told);
    }
    let bound = bound(draft, alarm)?;
    let statistic = match (&alarm.metric, alarm.statistic) {
        (_, Some(statistic)) => statistic,
        (Some(metric), None) => metric.usual(),
        (None, None) => Statistic::Average,
    };
    if let (Some(metric), None) = (&alarm.metric, &alarm.math)
        && let Series::Platform(platform) = metric::series(draft, metric).map_err(|refusal| ("metric", refusal))?
        && let Some(aggregation) = aggregation(statistic)
        && alarm.intervals == 1
        && alarm.missing_data != MissingData::Breach
        && platform.of.len() == 1
        && METRIC_WINDOWS.contains(&(alarm.over.as_seconds() / 60))
    {
        metric_alert(draft, of, name, alarm, &platform, aggregation, &bound, told);
        return Ok(());
    }
    queried(draft, of, name, alarm, statistic, &bound, told)
}

/// When it goes off, in our units.
fn bound(draft: &Draft<'_>, alarm: &Alarm) -> Result<Bound, (&'static str, Refusal)> {
    let (operator, key, threshold) = match (alarm.above, alarm.below) {
        (Some(bound), None) => ("GreaterThan", "above", bound),
        (None, Some(bound)) => ("LessThan", "below", bound),
        _ => return Err(("above", "an alarm needs one of `above`, `below` and `absent-for`".to_owned())),
    };
    let value = threshold.figure(draft.stack, alarm.metric.as_ref()).map_err(|refusal| (key, refusal))?;
    Ok(Bound { operator, key, value })
}

/// The aggregation of a metric alert; none where it has none.
fn aggregation(statistic: Statistic) -> Option<&'static str> {
    match statistic {
        Statistic::Sum => Some("Total"),
        Statistic::Average => Some("Average"),
        Statistic::Minimum => Some("Minimum"),
        Statistic::Maximum => Some("Maximum"),
        Statistic::Count => Some("Count"),
        Statistic::P50 | Statistic::P95 | Statistic::P99 => None,
    }
}

/// How bad it is, from 0 to 4.
fn severity(severity: Severity) -> u32 {
    match severity {
        Severity::Critical => 0,
        Severity::Warning => 2,
    }
}

fn minutes(count: u64) -> String {
    format!("PT{count}M")
}

#[expect(clippy::too_many_arguments, reason = "an alert is made of all of these")]
fn metric_alert(
    draft: &mut Draft<'_>,
    of: &Reference,
    name: &Name,
    alarm: &Alarm,
    platform: &Platform,
    aggregation: &str,
    bound: &Bound,
    told: &[Value],
) {
    let Some(resource) = platform.of.first() else { return };
    let over = alarm.over.as_seconds() / 60;
    let dimensions = platform
        .only
        .as_ref()
        .map(|(dimension, value)| json!([{ "name": dimension, "operator": "Include", "values": [value] }]));
    let mut body = json!({
        "properties": {
            "description": alarm.description,
            "enabled": true,
            "severity": severity(alarm.severity),
            "scopes": [resource.value()],
            "evaluationFrequency": minutes(over.min(LOOKS)),
            "windowSize": minutes(over),
            "autoMitigate": true,
            "criteria": {
                "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
                "allOf": [{
                    "name": "bound",
                    "criterionType": "StaticThresholdCriterion",
                    "metricNamespace": resource.kind,
                    "metricName": platform.name,
                    "dimensions": dimensions.unwrap_or_else(|| json!([])),
                    "operator": bound.operator,
                    "threshold": number(bound.value * platform.factor),
                    "timeAggregation": aggregation,
                    // What nobody has sent yet isn't known.
                    "skipMetricValidation": true,
                }],
            },
            "actions": told.iter().map(|group| json!({ "actionGroupId": group })).collect::<Vec<_>>(),
        },
    });
    if let (Some(condition), Some(body)) = (&platform.condition, body.as_object_mut()) {
        body.insert("condition".to_owned(), expression(condition));
    }
    let id = Id::new(RULES[0], draft.physical(name.as_str(), names::ALARM));
    draft.add(&of.to_string(), &id, body);
}

/// An alarm on anything that isn't one metric over one interval: the values of its last intervals, of which all have to be out
/// of bounds. The least of them is above, or the largest below.
fn queried(
    draft: &mut Draft<'_>,
    of: &Reference,
    name: &Name,
    alarm: &Alarm,
    statistic: Statistic,
    bound: &Bound,
    told: &[Value],
) -> Result<(), (&'static str, Refusal)> {
    let (seconds, count) = (alarm.over.as_seconds(), u64::from(alarm.intervals));
    let values = match (&alarm.metric, &alarm.math) {
        (Some(metric), None) => {
            let values = query::by_interval(draft, metric, statistic, seconds, Some(seconds * count));
            values.map_err(|refusal| ("metric", refusal))?
        }
        (None, Some(math)) => {
            let values = query::arithmetic(draft, &math.expression, &terms(math), seconds, Some(seconds * count));
            values.map_err(|refusal| ("math", refusal))?
        }
        _ => return Err(("metric", "an alarm watches either a `metric` or `math`".to_owned())),
    };
    let above = bound.key == "above";
    let extreme = if above { "min" } else { "max" };
    let complete = match alarm.missing_data {
        MissingData::Fine | MissingData::Keep => format!("where intervals >= {count}"),
        MissingData::Breach => {
            let breach = if above { bound.value + 1.0 } else { bound.value - 1.0 };
            format!("extend value = iff(intervals < {count}, {breach:?}, value)")
        }
    };
    if alarm.missing_data == MissingData::Keep {
        draft.nearly(
            "azure-missing-data",
            of,
            ["missing-data"],
            "an alarm that stays as it is while values are missing",
            "an interval without values counts as one in which all is well",
            "write `fine`, or `breach` where silence is bad",
        );
    }
    let query =
        format!("{values} | summarize value = {extreme}(value), intervals = count() | {complete} | project value");
    rule(draft, of, name, alarm, query, (bound.operator, bound.value), seconds * count, told)
}

/// The terms of arithmetic, as queries take them.
pub(super) fn terms(math: &MetricMath) -> Vec<(&str, &Metric, Statistic)> {
    math.terms.iter().map(|(name, term)| (name.as_str(), &term.metric, term.statistic)).collect()
}

/// A dead man's switch: the sum of what came in that time is below one.
fn absence(
    draft: &mut Draft<'_>,
    of: &Reference,
    name: &Name,
    alarm: &Alarm,
    silence: Time,
    told: &[Value],
) -> Result<(), (&'static str, Refusal)> {
    let metric = alarm.metric.as_ref().ok_or_else(|| ("metric", "absence is of one `metric`".to_owned()))?;
    let seconds = silence.as_seconds();
    let values = query::by_interval(draft, metric, Statistic::Sum, seconds, Some(seconds));
    let values = values.map_err(|refusal| ("metric", refusal))?;
    let query = format!("{values} | summarize value = coalesce(sum(value), 0.0)");
    rule(draft, of, name, alarm, query, ("LessThan", 1.0), seconds, told)
}

#[expect(clippy::too_many_arguments, reason = "a rule is made of all of these")]
fn rule(
    draft: &mut Draft<'_>,
    of: &Reference,
    name: &Name,
    alarm: &Alarm,
    query: String,
    (operator, threshold): (&str, f64),
    seconds: u64,
    told: &[Value],
) -> Result<(), (&'static str, Refusal)> {
    let wanted = seconds.div_ceil(60);
    let window = QUERY_WINDOWS.into_iter().find(|window| *window >= wanted).ok_or_else(|| {
        let key = if alarm.absent_for.is_some() { "absent-for" } else { "intervals" };
        (key, "an alert of Azure looks back two days at most".to_owned())
    })?;
    let workspace = log::workspace(draft).value();
    let id = Id::new(RULES[1], draft.physical(name.as_str(), names::ALARM));
    draft.add(
        &of.to_string(),
        &id,
        json!({
            "kind": "LogAlert",
            "properties": {
                "displayName": of.to_string(),
                "description": alarm.description,
                "enabled": true,
                "severity": severity(alarm.severity),
                "scopes": [workspace],
                "evaluationFrequency": minutes(window.min(LOOKS)),
                "windowSize": minutes(window),
                "autoMitigate": true,
                // Tables are made with their first row.
                "skipQueryValidation": true,
                "criteria": {
                    "allOf": [{
                        "query": query,
                        "metricMeasureColumn": "value",
                        "timeAggregation": "Maximum",
                        "operator": operator,
                        "threshold": number(threshold),
                        "failingPeriods": { "numberOfEvaluationPeriods": 1, "minFailingPeriodsToAlert": 1 },
                    }],
                },
                "actions": { "actionGroups": told },
            },
        }),
    );
    Ok(())
}
