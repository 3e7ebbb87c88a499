//! CloudWatch. Source: CloudWatch API Reference, PutMetricAlarm and PutDashboard.

use serde_json::Value;

use super::Asked;
use crate::sandbox::aws::cloudformation::evaluate::scalar_text;

/// Seconds of a day and of a week: how far an alarm may look back.
const DAY: f64 = 86_400.0;
const WEEK: f64 = 604_800.0;
/// A period in seconds from which on an alarm may look back for a week.
const HOUR: f64 = 3_600.0;

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::CloudWatch::Alarm" => alarm(asked),
        "AWS::CloudWatch::Dashboard" => {
            let body = asked.text("DashboardBody")?;
            match serde_json::from_str::<Value>(&body) {
                Ok(Value::Object(_)) => None,
                _ => asked.invalid("The field DashboardBody must be a valid JSON object"),
            }
        }
        _ => None,
    }
}

fn alarm(asked: &Asked<'_>) -> Option<String> {
    let metrics = asked.list("Metrics");
    if metrics.is_empty() == asked.value("MetricName").is_none() {
        return asked.invalid("Exactly one of Metrics and MetricName must be specified");
    }
    let returning = metrics
        .iter()
        .filter(|metric| metric.get("ReturnData").and_then(scalar_text).as_deref() != Some("false"))
        .count();
    if !metrics.is_empty() && returning != 1 {
        return asked.invalid("Exactly one element of the metrics list should return data.");
    }
    let single = asked.number("Period");
    let several = metrics.iter().filter_map(|metric| {
        let period = metric.pointer("/MetricStat/Period").or_else(|| metric.get("Period"))?;
        scalar_text(period)?.parse::<f64>().ok()
    });
    let evaluations = asked.number("EvaluationPeriods").unwrap_or(1.0);
    for period in single.into_iter().chain(several) {
        let known = [10.0, 20.0, 30.0].contains(&period) || (period > 0.0 && period % 60.0 == 0.0);
        if !known {
            return asked.invalid("The parameter Period must be 10, 20, 30 or a multiple of 60");
        }
        let (most, words) = if period >= HOUR { (WEEK, "seven days") } else { (DAY, "a day") };
        if period * evaluations > most {
            return asked.invalid(&format!(
                "Metrics cannot be checked across more than {words} (EvaluationPeriods * Period must be <= {most})."
            ));
        }
    }
    if let Some(needed) = asked.number("DatapointsToAlarm")
        && needed > evaluations
    {
        return asked.invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods");
    }
    None
}
