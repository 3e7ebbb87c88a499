//! What queries in PromQL have in common, whoever answers them (Prometheus' documentation, "Querying").

use crate::model::expression::{Expression, Operator};
use crate::model::metric::{Statistic, TermName};

/// Why there is no such query.
type Refusal = String;

/// What gives the value of a term, and how its values became one.
type Terms<'a> = &'a mut dyn FnMut(&TermName) -> Result<(String, Statistic), Refusal>;

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n"))
}

/// What makes one value of a series' values over an interval, and what makes one of several series. None where a level has no such thing.
pub(super) const fn of_levels(statistic: Statistic) -> Option<(&'static str, &'static str)> {
    match statistic {
        Statistic::Average => Some(("avg_over_time", "avg")),
        Statistic::Minimum => Some(("min_over_time", "min")),
        Statistic::Maximum => Some(("max_over_time", "max")),
        Statistic::Sum => Some(("sum_over_time", "sum")),
        Statistic::Count => Some(("count_over_time", "sum")),
        Statistic::P50 | Statistic::P95 | Statistic::P99 => None,
    }
}

/// A figure of a histogram over an interval; `increase` says how much its series with that suffix grew.
pub(super) fn distribution(statistic: Statistic, increase: impl Fn(&str) -> String) -> String {
    let part = |suffix| format!("sum({})", increase(suffix));
    let share = |share: &str| format!("histogram_quantile({share}, sum by (le) ({}))", increase("_bucket"));
    match statistic {
        Statistic::Sum => part("_sum"),
        Statistic::Count => part("_count"),
        Statistic::Average => format!("{} / {}", part("_sum"), part("_count")),
        Statistic::Minimum => share("0"),
        Statistic::P50 => share("0.5"),
        Statistic::P95 => share("0.95"),
        Statistic::P99 => share("0.99"),
        Statistic::Maximum => share("1"),
    }
}

/// Arithmetic over terms. Of what is summed or counted, nothing that came is zero.
///
/// # Errors
/// Why a term can't be had.
pub(super) fn arithmetic(expression: &Expression, term: Terms<'_>) -> Result<String, Refusal> {
    Ok(match expression {
        Expression::Number(number) => format!("{number:?}"),
        Expression::Term(name) => {
            let (value, statistic) = term(name)?;
            match statistic {
                Statistic::Sum | Statistic::Count => format!("(({value}) or vector(0))"),
                Statistic::Average
                | Statistic::Minimum
                | Statistic::Maximum
                | Statistic::P50
                | Statistic::P95
                | Statistic::P99 => format!("({value})"),
            }
        }
        Expression::Negative(inner) => format!("(-{})", arithmetic(inner, term)?),
        Expression::Joined(left, operator, right) => {
            let sign = match operator {
                Operator::Plus => '+',
                Operator::Minus => '-',
                Operator::Times => '*',
                Operator::Over => '/',
            };
            let (left, right) = (arithmetic(left, term)?, arithmetic(right, term)?);
            format!("({left} {sign} {right})")
        }
    })
}
