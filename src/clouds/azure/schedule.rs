//! Schedules: a job of its own for each, beside the job of the function that it runs.

use serde_json::{Value, json};

use super::draft::Draft;
use super::id::Id;
use super::names;
use crate::model::cron::{Cron, Field};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::schedule::Schedule;

/// The variable with what a schedule gives to the function, as JSON.
const INPUT: &str = "FUNCTION_INPUT";

/// The job of a schedule. Its name ends in a word, as a function may have the schedule's own.
pub(super) fn id(draft: &Draft<'_>, name: &Name) -> Id {
    Id::new("Microsoft.App/jobs", draft.physical(&format!("{name}-clock"), names::APP))
}

/// What starts the job of a schedule, and the variable with what it gives to the function.
pub(super) fn trigger(draft: &mut Draft<'_>, name: &Name, schedule: &Schedule) -> (Value, Option<Value>) {
    let of = Reference::new(Kind::Schedule, name);
    if schedule.time_zone != "UTC" {
        draft.never(
            "azure-schedule",
            &of,
            ["time-zone"],
            format!("a calendar in the time zone `{}`", schedule.time_zone),
            "the clocks of Container Apps know UTC only, and summer time would shift a calendar that was converted",
            "write the calendar in UTC and leave the time zone out",
        );
    }
    let calendar = calendar(schedule);
    if calendar.is_none() {
        draft.never(
            "azure-schedule",
            &of,
            [if schedule.cron.is_some() { "cron" } else { "every" }],
            "a run at such times",
            "the clocks of Container Apps have calendars only: minutes that divide an hour, or hours that divide a day",
            "choose such a time, or write the calendar as `cron`",
        );
    }
    let input = schedule.input.as_ref().map(|input| json!({ "name": INPUT, "value": input.to_string() }));
    if input.is_some() {
        draft.nearly(
            "azure-schedule-input",
            &of,
            ["input"],
            "a function that is called with what the schedule gives",
            format!(
                "a job is started without an event; what the schedule gives stands in the variable {INPUT}, as JSON"
            ),
            "let the code read the variable",
        );
    }
    let one = |key: &str, more: Option<String>| {
        let mut trigger = json!({ "parallelism": 1, "replicaCompletionCount": 1 });
        if let (Some(calendar), Some(trigger)) = (more, trigger.as_object_mut()) {
            trigger.insert("cronExpression".to_owned(), json!(calendar));
        }
        (key.to_owned(), trigger)
    };
    let (word, (key, trigger)) = if schedule.enabled {
        ("Schedule", one("scheduleTriggerConfig", Some(calendar.unwrap_or_default())))
    } else {
        // It stays in place and still: only a person starts it.
        ("Manual", one("manualTriggerConfig", None))
    };
    let mut all = serde_json::Map::from_iter([("triggerType".to_owned(), json!(word))]);
    all.insert(key, trigger);
    (Value::Object(all), input)
}

/// The calendar in five fields of numbers; none where there is none.
fn calendar(schedule: &Schedule) -> Option<String> {
    if let Some(text) = &schedule.cron {
        let Cron { minute, hour, day, month, weekday } = Cron::parse(text).ok()?;
        return Some([minute, hour, day, month, weekday].map(|each| field(&each)).join(" "));
    }
    let minutes = schedule.every?.as_seconds().checked_div(60).filter(|minutes| *minutes > 0)?;
    match minutes {
        1 => Some("* * * * *".to_owned()),
        2..=59 if 60 % minutes == 0 => Some(format!("*/{minutes} * * * *")),
        60 => Some("0 * * * *".to_owned()),
        1440 => Some("0 0 * * *".to_owned()),
        _ if minutes.is_multiple_of(60) && 1440 % minutes == 0 => Some(format!("0 */{} * * *", minutes / 60)),
        _ => None,
    }
}

fn field(field: &Field) -> String {
    if field.any {
        return "*".to_owned();
    }
    field.values.iter().map(u8::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: Value) -> Option<String> {
        let mut whole = json!({ "run": "function.a" });
        whole.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        calendar(&serde_json::from_value(whole).unwrap())
    }

    #[test]
    fn times_are_written_as_calendars_where_they_are_ones() {
        assert_eq!(of(json!({ "every": "15m" })).as_deref(), Some("*/15 * * * *"));
        assert_eq!(of(json!({ "every": "6h" })).as_deref(), Some("0 */6 * * *"));
        assert_eq!(of(json!({ "every": "1d" })).as_deref(), Some("0 0 * * *"));
        assert_eq!(of(json!({ "every": "7m" })), None);
        assert_eq!(of(json!({ "every": "5h" })), None);
        assert_eq!(of(json!({ "cron": "0 2 * * 7" })).as_deref(), Some("0 2 * * 0"));
    }
}
