//! Schedules: Amazon EventBridge Scheduler, each with a role that may run its function and nothing else.

use serde_json::{Value, json};

use super::access::Permissions;
use super::draft::Draft;
use super::encryption::Purpose;
use super::expression::attribute;
use super::{names, reference as model, role};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::schedule::Schedule;

/// How long and how often a run that couldn't be started is tried again, where the function doesn't say (Scheduler's own
/// choice is a day and 185 times, which would start a run long after its time).
const GIVE_UP_AFTER: u64 = 3_600;

/// Adds a schedule.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, schedule: &Schedule) {
    let of = Reference::new(Kind::Schedule, name);
    let component = of.to_string();
    let id = names::logical(&of);
    let role_id = format!("{id}Role");
    let Some(function) = draft.stack.functions.get(&schedule.run.name).filter(|_| schedule.run.kind == Kind::Function)
    else {
        let [section, component] = of.path();
        draft.findings.push(
            Finding::error(
                "unknown-reference",
                [section, component, "run".to_owned()],
                format!("`{}` is no function of this environment", schedule.run),
            )
            .why("a schedule runs a function")
            .fix("name a function, such as `function.ingest`"),
        );
        return;
    };
    let Some(expression) = expression(draft, &of, schedule) else { return };

    let mut permissions = Permissions::default();
    permissions.add(role::allow(
        "Run",
        &["lambda:InvokeFunction"],
        [model::function_arn(draft.target, &schedule.run.name)],
    ));
    let dead_letters = function
        .retry
        .dead_letter
        .as_ref()
        .filter(|queue| queue.kind == Kind::Queue && draft.stack.has(queue))
        .map(|queue| attribute(names::logical(queue), "Arn"));
    if let Some(arn) = &dead_letters {
        permissions.add(role::allow("GiveUp", &["sqs:SendMessage"], [arn.clone()]));
        permissions.key(Purpose::Messages, true, "sqs");
    }
    let statements = permissions.finish(draft);
    role::role(draft, &component, &role_id, role::taken_for_this_account_by("scheduler.amazonaws.com"), statements);
    let key = if schedule.input.is_some() { draft.key(Purpose::Data) } else { Value::Null };
    let target = model::function_arn(draft.target, &schedule.run.name);
    let resource = draft.add(
        &component,
        &id,
        "AWS::Scheduler::Schedule",
        json!({
            "Name": names::physical(draft.target, name, names::SCHEDULE),
            "Description": schedule.description,
            "ScheduleExpression": expression,
            "ScheduleExpressionTimezone": schedule.time_zone,
            "State": if schedule.enabled { "ENABLED" } else { "DISABLED" },
            "FlexibleTimeWindow": { "Mode": "OFF" },
            "KmsKeyArn": key,
            "Target": {
                "Arn": target,
                "RoleArn": attribute(&role_id, "Arn"),
                "Input": schedule.input.as_ref().map(Value::to_string),
                "RetryPolicy": {
                    "MaximumEventAgeInSeconds": GIVE_UP_AFTER,
                    "MaximumRetryAttempts": function.retry.attempts,
                },
                "DeadLetterConfig": dead_letters.map(|arn| json!({ "Arn": arn })),
            },
        }),
    );
    resource.depends_on = Some(json!([names::logical(&schedule.run)]));
}

/// The schedule in Scheduler's own words.
fn expression(draft: &mut Draft<'_>, of: &Reference, schedule: &Schedule) -> Option<String> {
    let at = |key: &str| {
        let [section, name] = of.path();
        [section, name, key.to_owned()]
    };
    match (&schedule.every, &schedule.cron) {
        (Some(every), None) => {
            let seconds = every.as_seconds();
            if seconds == 0 || seconds % 60 != 0 {
                draft.findings.push(
                    Finding::error("schedule-every", at("every"), format!("`{every}` isn't a whole number of minutes"))
                        .why("EventBridge Scheduler counts in whole minutes (user guide, \"Rate-based schedules\")")
                        .fix("write whole minutes, `1m` or more"),
                );
                return None;
            }
            let (count, unit) = match seconds {
                seconds if seconds % 86_400 == 0 => (seconds / 86_400, "day"),
                seconds if seconds % 3_600 == 0 => (seconds / 3_600, "hour"),
                seconds => (seconds / 60, "minute"),
            };
            Some(format!("rate({count} {unit}{})", if count == 1 { "" } else { "s" }))
        }
        (None, Some(cron)) => match calendar(cron) {
            Ok(expression) => Some(expression),
            Err(why) => {
                draft.findings.push(
                    Finding::error("schedule-cron", at("cron"), format!("`{cron}` can't be a schedule"))
                        .why(why)
                        .fix("write two schedules, or leave one of the two days as `*`"),
                );
                None
            }
        },
        (Some(_), Some(_)) | (None, None) => {
            let [section, name] = of.path();
            draft.findings.push(
                Finding::error("schedule-when", [section, name], "a schedule needs either `every` or `cron`")
                    .why("without one it never runs; with both nobody knows when")
                    .fix("keep one of the two"),
            );
            None
        }
    }
}

/// A calendar of five fields in Scheduler's six: a year at the end, `?` for the day that isn't asked for, and days of the
/// week from 1 (Sunday) rather than 0 (EventBridge Scheduler user guide, "Cron-based schedules").
fn calendar(cron: &str) -> Result<String, &'static str> {
    let fields: Vec<&str> = cron.split(' ').collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else {
        return Err("a calendar has five fields: minute, hour, day of the month, month, day of the week");
    };
    let (day, weekday) = match (*day, *weekday) {
        ("*", "*") => ("*".to_owned(), "?".to_owned()),
        (day, "*") => (day.to_owned(), "?".to_owned()),
        ("*", weekday) => ("?".to_owned(), weekdays(weekday)?),
        (_, _) => return Err("EventBridge Scheduler takes a day of the month or a day of the week, not both"),
    };
    Ok(format!("cron({minute} {hour} {day} {month} {weekday} *)"))
}

/// Days of the week as cron counts them (0 and 7 are Sunday), counted from 1.
fn weekdays(field: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(field.len());
    let (list, step) = field.split_once('/').map_or((field, None), |(list, step)| (list, Some(step)));
    for letter in list.chars() {
        match letter.to_digit(10) {
            Some(day @ 0..=7) => out.push_str(&(day % 7 + 1).to_string()),
            Some(_) => return Err("days of the week are 0 to 7 or their names"),
            None => out.push(letter),
        }
    }
    if let Some(step) = step {
        out.push('/');
        out.push_str(step);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_gets_its_year_and_its_question_mark() {
        assert_eq!(calendar("0 2 * * *").unwrap(), "cron(0 2 * * ? *)");
        assert_eq!(calendar("30 6 1 * *").unwrap(), "cron(30 6 1 * ? *)");
    }

    #[test]
    fn days_of_the_week_are_counted_from_one() {
        assert_eq!(calendar("0 2 * * 1-5").unwrap(), "cron(0 2 ? * 2-6 *)");
        assert_eq!(calendar("0 2 * * 0,7").unwrap(), "cron(0 2 ? * 1,1 *)");
        assert_eq!(calendar("0 2 * * MON-FRI").unwrap(), "cron(0 2 ? * MON-FRI *)");
    }

    #[test]
    fn both_days_at_once_are_refused() {
        assert!(calendar("0 2 1 * 1").is_err());
        assert!(calendar("0 2 * * 9").is_err());
    }
}
