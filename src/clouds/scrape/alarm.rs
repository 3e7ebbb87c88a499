//! Rules from the alarms of the model: each where Prometheus measures the same or near, and one for each of the series that they read, so that
//! nobody takes an alarm for quiet that can't ring.

mod query;

use std::collections::{BTreeMap, BTreeSet};

use self::query::{Asking, Series, Value};
use super::{Jobs, Refusal};
use crate::diagnostics::listing::listed;
use crate::model::alarm::{Alarm, MissingData, Severity};
use crate::model::metric::{Measurement, Metric, Statistic};
use crate::model::name::{Name, pascal};
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::scrape::{Coverage, Covered, Rule};

/// How long series may be missing before somebody is told, seconds. Ours: longer than new copies take to stand in for old ones.
const MISSING: u64 = 600;
/// How far a rule on absence looks back at most, seconds; what is longer is waited for. A Prometheus that was just started knows no more.
const GLANCE: u64 = 300;

/// The rules, and how far each alarm is among them.
pub(super) fn rules(target: &Target, stack: &Stack, jobs: &Jobs) -> (Vec<Rule>, Vec<Covered>) {
    let asking = Asking { stack, jobs };
    let (mut rules, mut covered) = (Vec::new(), Vec::new());
    let mut read: BTreeMap<Series, BTreeSet<&Name>> = BTreeMap::new();
    for (name, alarm) in &stack.alarms {
        let how = match ringing(&asking, alarm) {
            Err(why) => Coverage::Not(why),
            Ok(ringing) => {
                for series in ringing.reads {
                    read.entry(series).or_default().insert(name);
                }
                rules.push(rule(target, name, alarm, ringing.expression, ringing.wait));
                let near: Vec<String> = ringing.near.into_iter().collect();
                if near.is_empty() { Coverage::Same } else { Coverage::Near(near.join("; ")) }
            }
        };
        covered.push(Covered { alarm: name.to_string(), how });
    }
    rules.extend(read.into_iter().map(|(series, alarms)| missing(target, &series, &alarms)));
    (rules, covered)
}

/// When an alarm rings.
struct Ringing {
    expression: String,
    wait: u64,
    reads: BTreeSet<Series>,
    near: BTreeSet<String>,
}

fn ringing(asking: &Asking<'_>, alarm: &Alarm) -> Result<Ringing, Refusal> {
    if let Some(time) = alarm.absent_for {
        return absent(asking, alarm, time.as_seconds());
    }
    let seconds = alarm.over.as_seconds();
    let value = match (&alarm.metric, &alarm.math) {
        (Some(metric), None) => asking.metric(metric, alarm.statistic.unwrap_or(metric.usual()), seconds)?,
        (None, Some(math)) => asking.math(math, seconds)?,
        (Some(_), Some(_)) | (None, None) => return Err("there is either a `metric` or `math`".to_owned()),
    };
    let Value { query, reads, mut near } = value;
    let (sign, bound) = match (alarm.above, alarm.below) {
        (Some(bound), None) => ('>', bound),
        (None, Some(bound)) => ('<', bound),
        (Some(_), Some(_)) | (None, None) => return Err("there is either `above` or `below`".to_owned()),
    };
    let bound = bound.figure(asking.stack, alarm.metric.as_ref())?;
    let beyond = format!("{query} {sign} {bound}");
    let expression = match alarm.missing_data {
        MissingData::Fine => beyond,
        MissingData::Breach => format!("({beyond}) or absent({query})"),
        MissingData::Keep => {
            near.insert("an interval without values ends it".to_owned());
            beyond
        }
    };
    // The query looks back over one interval already.
    let wait = seconds * u64::from(alarm.intervals.saturating_sub(1));
    Ok(Ringing { expression, wait, reads, near })
}

/// Where no value comes for so long, or a sum below one.
fn absent(asking: &Asking<'_>, alarm: &Alarm, seconds: u64) -> Result<Ringing, Refusal> {
    let metric = alarm.metric.as_ref().ok_or("absence is of one `metric`")?;
    let glance = seconds.min(GLANCE);
    let counted = match metric {
        Metric::Emitted(_) => true,
        Metric::Measured(metric) => matches!(metric.name, Measurement::Requests | Measurement::Errors),
    };
    let statistic = if counted { Statistic::Sum } else { Statistic::Maximum };
    let Value { query, reads, near } = asking.metric(metric, statistic, glance)?;
    let expression = if counted {
        format!("(({query}) or vector(0)) < 1")
    } else {
        let each: Vec<String> = reads.iter().map(|series| format!("absent({})", series.selector)).collect();
        each.join(" or ")
    };
    Ok(Ringing { expression, wait: seconds - if counted { glance } else { 0 }, reads: BTreeSet::new(), near })
}

fn rule(target: &Target, name: &Name, alarm: &Alarm, expression: String, wait: u64) -> Rule {
    let beyond = [("above", alarm.above), ("below", alarm.below)];
    let beyond = beyond.into_iter().find_map(|(word, bound)| Some(format!("{word} {}", bound?)));
    let beyond = beyond.or_else(|| Some(format!("without a value for {}", alarm.absent_for?)));
    Rule {
        name: pascal(name.as_str()),
        expression,
        wait,
        labels: BTreeMap::from([("severity", alarm.severity.word().to_owned()), ("alarm", name.to_string())]),
        summary: format!("{target}: alarm.{name} is {}", beyond.unwrap_or_default()),
        description: format!("{} `landfall runbook {target}` says what to do.", sentence(&alarm.description)),
        // Where an absence rings too, the value may be that of the absence.
        valued: alarm.absent_for.is_none() && alarm.missing_data != MissingData::Breach,
    }
}

/// A rule for series that nobody tells. Nobody gets up for it: the cloud's own alarms ring.
fn missing(target: &Target, series: &Series, alarms: &BTreeSet<&Name>) -> Rule {
    let Series { component, name, selector } = series;
    let alarms = listed(alarms.iter().map(|name| Reference::new(Kind::Alarm, name).to_string()));
    Rule {
        name: "MeasurementMissing".to_owned(),
        expression: format!("absent({selector})"),
        wait: MISSING,
        labels: BTreeMap::from([
            ("severity", Severity::Warning.word().to_owned()),
            ("component", component.clone()),
            ("measurement", name.clone()),
        ]),
        summary: format!("{target}: nobody tells {name} of {component}"),
        description: format!(
            "Until it is told again Prometheus can't ring for {alarms}. See whether it is asked (`up`), and whether what it is told has that name; the cloud's own alarms go on."
        ),
        valued: false,
    }
}

/// A text that ends as a sentence does.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
