//! Queries in PromQL (Cloud Monitoring documentation, "PromQL for Cloud Monitoring"; "Map Cloud Monitoring metric names to PromQL").

use std::collections::BTreeMap;

use super::{Refusal, Selector, Shape, Source, source};
use crate::clouds::gcp::draft::Draft;
use crate::clouds::promql::{self, distribution, of_levels, quoted};
use crate::model::expression::Expression;
use crate::model::metric::{Metric, Statistic};

/// A metric's type as a name in PromQL: a colon for the first slash, an underscore for every other sign.
fn name(metric: &str) -> String {
    let (service, rest) = metric.split_once('/').unwrap_or((metric, ""));
    let plain = |text: &str| -> String {
        text.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' }).collect()
    };
    format!("{}:{}", plain(service), plain(rest))
}

fn selector(of: &Selector, suffix: &str) -> String {
    let mut labels = format!("monitored_resource={}", quoted(of.resource));
    for (label, value) in &of.only {
        labels.push_str(&format!(",{label}={}", quoted(value)));
    }
    format!("{}{suffix}{{{labels}}}", name(&of.metric))
}

/// A function over an interval of each series; series of several kinds side by side.
fn over(of: &[Selector], function: &str, suffix: &str, seconds: u64) -> String {
    let each: Vec<String> = of.iter().map(|one| format!("{function}({}[{seconds}s])", selector(one, suffix))).collect();
    if each.len() == 1 { each.concat() } else { format!("({})", each.join(" or ")) }
}

/// The value of a metric over the last interval, so many seconds long, in the model's units. No value where nothing came.
pub(in crate::clouds::gcp) fn value(
    draft: &Draft<'_>,
    metric: &Metric,
    statistic: Statistic,
    seconds: u64,
) -> Result<String, Refusal> {
    let (of, shape, scale) = match source(draft, metric)? {
        Source::Left { whole, used } => {
            let most = match statistic {
                Statistic::Minimum => Statistic::Maximum,
                Statistic::Maximum => Statistic::Minimum,
                other => other,
            };
            let whole = level(&[whole], Statistic::Average, true, seconds)?;
            return Ok(format!("{whole} - {}", level(&[used], most, true, seconds)?));
        }
        Source::Series { of, shape, scale } => (of, shape, scale),
    };
    let value = match shape {
        Shape::Level { added } => level(&of, statistic, added, seconds)?,
        Shape::Events => match statistic {
            Statistic::Sum => format!("sum({})", over(&of, "increase", "", seconds)),
            _ => return Err("Google Cloud counts these, and a count has a sum only".to_owned()),
        },
        Shape::Work => match statistic {
            Statistic::Average => format!("sum({})", over(&of, "rate", "", seconds)),
            _ => return Err("Google Cloud adds up this work: over an interval there is its average only".to_owned()),
        },
        Shape::Distribution => distribution(statistic, |suffix| over(&of, "increase", suffix, seconds)),
    };
    Ok(if scale == 1.0 { value } else { format!("{value} * {scale:?}") })
}

fn level(of: &[Selector], statistic: Statistic, added: bool, seconds: u64) -> Result<String, Refusal> {
    let (function, together) =
        of_levels(statistic).ok_or("Google Cloud measures this as a level, which has no percentiles")?;
    Ok(format!("{}({})", if added { "sum" } else { together }, over(of, function, "", seconds)))
}

/// Arithmetic as a query takes it: the text, and each of its terms with the metric and how values become one.
pub(in crate::clouds::gcp) struct Arithmetic<'a> {
    /// The text.
    pub(in crate::clouds::gcp) text: &'a str,
    /// The terms by their names.
    pub(in crate::clouds::gcp) terms: BTreeMap<&'a str, (&'a Metric, Statistic)>,
}

/// The value of arithmetic over the last interval.
fn arithmetic(draft: &Draft<'_>, math: &Arithmetic<'_>, seconds: u64) -> Result<String, Refusal> {
    let expression = Expression::parse(math.text).map_err(|error| error.to_string())?;
    promql::arithmetic(&expression, &mut |name| {
        let (metric, statistic) = math.terms.get(name.as_str()).ok_or_else(|| format!("`{name}` is no term of it"))?;
        Ok((value(draft, metric, *statistic, seconds)?, *statistic))
    })
}

/// A metric or arithmetic: what an alarm or a graph shows.
pub(in crate::clouds::gcp) fn either(
    draft: &Draft<'_>,
    metric: Option<&Metric>,
    math: Option<&Arithmetic<'_>>,
    statistic: Option<Statistic>,
    seconds: u64,
) -> Result<String, Refusal> {
    match (metric, math) {
        (Some(metric), None) => value(draft, metric, statistic.unwrap_or(metric.usual()), seconds),
        (None, Some(math)) => arithmetic(draft, math, seconds),
        (Some(_), Some(_)) | (None, None) => Err("there is either a `metric` or `math`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(resource: &'static str) -> Selector {
        Selector {
            metric: "run.googleapis.com/request_latencies".to_owned(),
            resource,
            only: vec![("service_name", "a\"b".to_owned())],
        }
    }

    #[test]
    fn a_metrics_type_and_a_text_are_written_as_promql_takes_them() {
        assert_eq!(
            selector(&of("cloud_run_revision"), "_count"),
            r#"run_googleapis_com:request_latencies_count{monitored_resource="cloud_run_revision",service_name="a\"b"}"#
        );
    }

    #[test]
    fn series_of_several_kinds_of_resource_are_read_side_by_side() {
        let both = [of("cloud_run_revision"), of("cloud_run_job")];
        let query = distribution(Statistic::P95, |suffix| over(&both, "increase", suffix, 300));
        assert_eq!(query.matches(" or ").count(), 1, "{query}");
        assert!(query.starts_with("histogram_quantile(0.95, sum by (le) ((increase("), "{query}");
    }
}
