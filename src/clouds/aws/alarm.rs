//! Alarms: Amazon CloudWatch, on a metric, on arithmetic over several, or on the absence of one.

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::expression::{number, reference};
use super::metric::{self, Refusal, Series};
use super::names;
use crate::diagnostics::finding::Finding;
use crate::model::alarm::{Alarm, MetricMath, MissingData};
use crate::model::metric::Statistic;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::units::Time;

/// The longest that an alarm looks back, in seconds: a day; seven days with intervals of an hour or more (CloudWatch API
/// reference, PutMetricAlarm, Period and EvaluationPeriods).
const LOOKS_BACK: u64 = 86_400;
const LOOKS_BACK_BY_HOURS: u64 = 604_800;
/// The most metrics and expressions of one alarm (same place, Metrics).
const METRICS: usize = 20;
/// The name that the result of arithmetic has; terms of users begin with a small letter and hold no capitals.
const RESULT: &str = "resultOfAll";

/// When and how an alarm compares.
struct Comparison {
    operator: &'static str,
    threshold: f64,
    period: u64,
    intervals: u64,
    missing: &'static str,
}

/// Adds an alarm.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, alarm: &Alarm) {
    let of = Reference::new(Kind::Alarm, name);
    let told = told(draft, &of, &alarm.notify);
    let Some(comparison) = comparison(draft, &of, alarm) else { return };
    let statistic = match (&alarm.metric, alarm.absent_for) {
        (_, Some(_)) => Statistic::Sum,
        (Some(metric), None) => alarm.statistic.unwrap_or(metric.usual()),
        (None, None) => Statistic::Average,
    };
    let measured = match (&alarm.metric, &alarm.math) {
        (Some(metric), None) => metric::series(draft.target, draft.stack, metric)
            .map(|series| one(&series, statistic, comparison.period))
            .map_err(|refusal| ("metric", refusal)),
        (None, Some(math)) => arithmetic(draft, math, comparison.period).map_err(|refusal| ("math", refusal)),
        (Some(_), Some(_)) | (None, None) => Err(("metric", "an alarm watches either a `metric` or `math`".to_owned())),
    };
    let measured = match measured {
        Ok(measured) => measured,
        Err((key, refusal)) => return draft.findings.push(unmeasured(&of, key, refusal)),
    };
    let mut properties = Map::new();
    for (key, value) in [
        ("AlarmName", json!(names::physical(draft.target, name, names::ALARM))),
        ("AlarmDescription", json!(alarm.description)),
        ("ActionsEnabled", json!(true)),
        ("AlarmActions", json!(told)),
        ("OKActions", json!(told)),
        ("ComparisonOperator", json!(comparison.operator)),
        ("Threshold", number(comparison.threshold)),
        ("EvaluationPeriods", json!(comparison.intervals)),
        ("DatapointsToAlarm", json!(comparison.intervals)),
        ("TreatMissingData", json!(comparison.missing)),
        ("Tags", json!([{ "Key": "severity", "Value": alarm.severity.word() }])),
    ] {
        properties.insert(key.to_owned(), value);
    }
    properties.extend(measured);
    draft.add(&of.to_string(), names::logical(&of), "AWS::CloudWatch::Alarm", Value::Object(properties));
}

/// The topics that are told.
pub(super) fn told(draft: &mut Draft<'_>, of: &Reference, notify: &[Reference]) -> Vec<Value> {
    let mut told = Vec::new();
    for (index, to) in notify.iter().enumerate() {
        if to.kind == Kind::Topic && draft.stack.has(to) {
            told.push(reference(names::logical(to)));
        } else {
            let [section, name] = of.path();
            draft.findings.push(
                Finding::error(
                    "unknown-reference",
                    [section, name, "notify".to_owned(), index.to_string()],
                    format!("`{to}` is no topic of this environment"),
                )
                .why("alarms, budgets and anomalies are told to topics")
                .fix("name a topic, such as `topic.alerts`"),
            );
        }
    }
    told
}

fn unmeasured(of: &Reference, key: &str, refusal: Refusal) -> Finding {
    let [section, name] = of.path();
    Finding::error("not-measured", [section, name, key.to_owned()], refusal)
        .why("an alarm on what nobody measures never goes off")
        .fix("watch something that is measured")
}

/// A single metric, or several that are put together.
fn one(series: &Series, statistic: Statistic, period: u64) -> Map<String, Value> {
    if let [base] = series.bases.as_slice() {
        let mut properties = match base.properties() {
            Value::Object(properties) => properties,
            _ => Map::new(),
        };
        properties.insert("Period".to_owned(), json!(period));
        let key = if metric::statistic(statistic).starts_with('p') { "ExtendedStatistic" } else { "Statistic" };
        properties.insert(key.to_owned(), json!(metric::statistic(statistic)));
        return properties;
    }
    let mut queries = Vec::new();
    let expression = term(&mut queries, "m", series, statistic, period);
    listed(queries, &expression)
}

/// Arithmetic over several metrics.
fn arithmetic(draft: &Draft<'_>, math: &MetricMath, period: u64) -> Result<Map<String, Value>, Refusal> {
    let mut queries = Vec::new();
    for (name, wanted) in &math.terms {
        let series = metric::series(draft.target, draft.stack, &wanted.metric)?;
        let together = term(&mut queries, name.as_str(), &series, wanted.statistic, period);
        if together != name.as_str() {
            queries.push(json!({ "Id": name.as_str(), "Expression": together, "ReturnData": false }));
        }
    }
    if queries.len() >= METRICS {
        return Err(format!(
            "the arithmetic comes to {} metrics and expressions; CloudWatch takes {METRICS}",
            queries.len() + 1
        ));
    }
    Ok(listed(queries, &math.expression))
}

/// Adds the metrics of a term; gives back what the term is called or how its metrics are put together.
fn term(queries: &mut Vec<Value>, name: &str, series: &Series, statistic: Statistic, period: u64) -> String {
    let alone = series.bases.len() == 1;
    let mut ids = Vec::new();
    for (index, base) in series.bases.iter().enumerate() {
        // Capitals keep these apart from the names that users give.
        let id = if alone { name.to_owned() } else { format!("{name}N{}", index + 1) };
        queries.push(json!({
            "Id": id,
            "MetricStat": { "Metric": base.properties(), "Period": period, "Stat": metric::statistic(statistic) },
            "ReturnData": false,
        }));
        ids.push(id);
    }
    if alone { name.to_owned() } else { format!("{}([{}])", series.together, ids.join(", ")) }
}

fn listed(mut queries: Vec<Value>, expression: &str) -> Map<String, Value> {
    queries.push(json!({ "Id": RESULT, "Expression": expression, "ReturnData": true }));
    Map::from_iter([("Metrics".to_owned(), Value::Array(queries))])
}

/// When the alarm goes off; nothing, and a finding, where that can't be.
fn comparison(draft: &mut Draft<'_>, of: &Reference, alarm: &Alarm) -> Option<Comparison> {
    let at = |key: &str| {
        let [section, name] = of.path();
        [section, name, key.to_owned()]
    };
    let missing = match alarm.missing_data {
        MissingData::Fine => "notBreaching",
        MissingData::Breach => "breaching",
        MissingData::Keep => "ignore",
    };
    let (operator, key, bound) = match (alarm.above, alarm.below, alarm.absent_for) {
        (Some(bound), None, None) => ("GreaterThanThreshold", "above", bound),
        (None, Some(bound), None) => ("LessThanThreshold", "below", bound),
        (None, None, Some(time)) => {
            let absence = absence(time);
            if absence.is_none() {
                draft.findings.push(
                    Finding::error(
                        "alarm-absence",
                        at("absent-for"),
                        format!("CloudWatch can't watch for `{time}` of silence"),
                    )
                    .why("it looks back over whole minutes, seven days at most")
                    .fix("choose a time from `1m` to `7d`"),
                );
            }
            let (period, intervals) = absence?;
            return Some(Comparison {
                operator: "LessThanThreshold",
                threshold: 1.0,
                period,
                intervals,
                missing: "breaching",
            });
        }
        _ => {
            let [section, name] = of.path();
            draft.findings.push(
                Finding::error(
                    "alarm-bound",
                    [section, name],
                    "an alarm needs one of `above`, `below` and `absent-for`",
                )
                .why("it has to know when to go off")
                .fix("keep exactly one of them"),
            );
            return None;
        }
    };
    let threshold = match metric::threshold(draft.stack, alarm.metric.as_ref(), bound) {
        Ok(threshold) => threshold,
        Err(refusal) => {
            draft.findings.push(
                Finding::error("alarm-threshold", at(key), refusal)
                    .why("the threshold is compared with a plain number of the metric's own unit")
                    .fix("write the figure itself"),
            );
            return None;
        }
    };
    let (period, intervals) = (alarm.over.as_seconds(), u64::from(alarm.intervals));
    if !matches!(period, 10 | 20 | 30) && (period == 0 || period % 60 != 0) {
        draft.findings.push(
            Finding::error("alarm-interval", at("over"), format!("CloudWatch can't measure over `{}`", alarm.over))
                .why("an interval is 10, 20 or 30 seconds or whole minutes")
                .fix("write whole minutes"),
        );
        return None;
    }
    let most = if period >= 3_600 { LOOKS_BACK_BY_HOURS } else { LOOKS_BACK };
    if period * intervals > most {
        draft.findings.push(
            Finding::error(
                "alarm-looks-back",
                at("intervals"),
                format!("{intervals} intervals of `{}` are too long", alarm.over),
            )
            .why("CloudWatch looks back over a day, or over seven days with intervals of an hour or more")
            .fix("choose fewer or longer intervals")
            .related(at("over"), "the interval"),
        );
        return None;
    }
    Some(Comparison { operator, threshold, period, intervals, missing })
}

/// Intervals that together are so long: the longest of an hour, five minutes and one minute of which at least four fit,
/// so that the silence is noticed soon after it has lasted long enough and not up to twice as late.
fn absence(time: Time) -> Option<(u64, u64)> {
    let seconds = time.as_seconds();
    if seconds == 0 || !seconds.is_multiple_of(60) || seconds > LOOKS_BACK_BY_HOURS {
        return None;
    }
    let fits = |period: u64| seconds.is_multiple_of(period) && (period == 3_600 || seconds <= LOOKS_BACK);
    [3_600, 300, 60]
        .into_iter()
        .find(|period| fits(*period) && seconds / period >= 4)
        .or_else(|| [60, 300, 3_600].into_iter().find(|period| fits(*period)))
        .map(|period| (period, seconds / period))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_watched_in_intervals_that_the_cloud_allows() {
        assert_eq!(absence(Time::seconds(8 * 3600)), Some((3600, 8)));
        assert_eq!(absence(Time::minutes(30)), Some((300, 6)));
        assert_eq!(absence(Time::minutes(10)), Some((60, 10)));
        assert_eq!(absence(Time::minutes(1)), Some((60, 1)));
        assert_eq!(absence(Time::days(7)), Some((3600, 168)));
        assert_eq!(absence(Time::days(8)), None);
        assert_eq!(absence(Time::seconds(90)), None);
        assert_eq!(absence(Time::minutes(2 * 1440 + 30)), None);
    }
}
