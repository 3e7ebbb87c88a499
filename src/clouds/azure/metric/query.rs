//! Queries over the workspace, in Kusto.

use super::{Platform, Refusal, Series};
use crate::clouds::azure::draft::Draft;
use crate::clouds::azure::id::Id;
use crate::clouds::azure::log;
use crate::clouds::azure::metric;
use crate::model::expression::{Expression, Operator};
use crate::model::metric::{Metric, Statistic};

/// A name of a term in queries: users' own could be words of the language.
fn term(name: &str) -> String {
    format!("term_{name}")
}

/// How values of rows become one.
fn together(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::Sum => "sum(value)",
        Statistic::Average => "avg(value)",
        Statistic::Minimum => "min(value)",
        Statistic::Maximum => "max(value)",
        Statistic::Count => "todouble(count())",
        Statistic::P50 => "percentile(value, 50)",
        Statistic::P95 => "percentile(value, 95)",
        Statistic::P99 => "percentile(value, 99)",
    }
}

/// The column of a metric's rows that goes into a statistic, and how the rows become one.
fn column(statistic: Statistic) -> Result<(&'static str, &'static str), Refusal> {
    Ok(match statistic {
        Statistic::Sum => ("Total", "sum(value)"),
        Statistic::Average => ("Average", "avg(value)"),
        Statistic::Minimum => ("Minimum", "min(value)"),
        Statistic::Maximum => ("Maximum", "max(value)"),
        Statistic::Count => ("Count", "sum(value)"),
        Statistic::P50 | Statistic::P95 | Statistic::P99 => {
            return Err("Azure keeps no percentiles of what it measures itself".to_owned());
        }
    })
}

fn of_resources(of: &[Id]) -> String {
    let provider = of.first().map(|id| id.kind.split('/').next().unwrap_or_default()).unwrap_or_default();
    let names: Vec<String> = of.iter().map(|id| format!("'{}'", id.name)).collect();
    format!("AzureMetrics | where ResourceProvider =~ '{provider}' and Resource in~ ({})", names.join(", "))
}

/// The share of reads that a cache found, in percent.
pub(super) fn hit_rate(cluster: &Id) -> String {
    format!(
        "{} and MetricName in ('cachehits', 'cachemisses') | summarize found = sumif(Total, MetricName == 'cachehits'), asked = sum(Total) by TimeGenerated | extend value = 100.0 * found / asked | where isfinite(value)",
        of_resources(std::slice::from_ref(cluster))
    )
}

/// The rows of a series, and how they become one.
fn rows(draft: &mut Draft<'_>, series: &Series, statistic: Statistic) -> Result<(String, &'static str), Refusal> {
    let Platform { component, of, name, only, factor, condition } = match series {
        Series::Rows(rows) => return Ok((rows.clone(), together(statistic))),
        Series::Platform(platform) => platform,
    };
    if only.is_some() {
        return Err("a part of a metric is watched by itself and over one interval only in Azure".to_owned());
    }
    for resource in of {
        log::measure(draft, component, resource, condition.clone());
    }
    let (column, together) = column(statistic)?;
    let divided = if *factor == 1.0 { String::new() } else { format!(" / {factor:.1}") };
    let rows = format!("{} and MetricName =~ '{name}' | extend value = {column}{divided}", of_resources(of));
    Ok((rows, together))
}

/// The values of a metric by interval, so many seconds long, looking back as far as `ago`: `TimeGenerated` and `value`.
pub(in crate::clouds::azure) fn by_interval(
    draft: &mut Draft<'_>,
    wanted: &Metric,
    statistic: Statistic,
    seconds: u64,
    ago: Option<u64>,
) -> Result<String, Refusal> {
    let series = metric::series(draft, wanted)?;
    let (rows, together) = rows(draft, &series, statistic)?;
    let within = ago.map_or_else(String::new, |ago| format!(" | where TimeGenerated > ago({ago}s)"));
    Ok(format!(
        "{rows}{within} | summarize value = {together} by TimeGenerated = bin_at(TimeGenerated, {seconds}s, now())"
    ))
}

/// The values of arithmetic over several metrics by interval.
pub(in crate::clouds::azure) fn arithmetic(
    draft: &mut Draft<'_>,
    text: &str,
    terms: &[(&str, &Metric, Statistic)],
    seconds: u64,
    ago: Option<u64>,
) -> Result<String, Refusal> {
    let expression = Expression::parse(text).map_err(|error| error.to_string())?;
    let (mut parts, mut columns) = (Vec::new(), Vec::new());
    for (name, metric, statistic) in terms {
        let values = by_interval(draft, metric, *statistic, seconds, ago)?;
        parts.push(format!("({values} | extend which = '{name}')"));
        columns.push(format!("{} = sumif(value, which == '{name}')", term(name)));
    }
    Ok(format!(
        "union {} | summarize {} by TimeGenerated | extend value = todouble({}) | where isfinite(value)",
        parts.join(", "),
        columns.join(", "),
        written(&expression)
    ))
}

fn written(expression: &Expression) -> String {
    match expression {
        Expression::Number(number) => format!("{number:?}"),
        Expression::Term(name) => term(name.as_str()),
        Expression::Negative(inner) => format!("(-{})", written(inner)),
        Expression::Joined(left, operator, right) => {
            let sign = match operator {
                Operator::Plus => '+',
                Operator::Minus => '-',
                Operator::Times => '*',
                Operator::Over => '/',
            };
            format!("({} {sign} {})", written(left), written(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_keeps_its_order_and_its_names_apart_from_the_languages_words() {
        let expression = Expression::parse("all - done / 2 * 100").unwrap();
        assert_eq!(written(&expression), "(term_all - ((term_done / 2.0) * 100.0))");
    }
}
