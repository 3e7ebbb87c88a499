//! Schedules: Cloud Scheduler.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::draft::{Draft, at, attribute};
use super::expression::code;
use super::names::{self, RUN, SCHEDULE};
use super::{access, artifact, function};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::schedule::Schedule;

const KIND: &str = "google_cloud_scheduler_job";
/// Seconds for which the scheduler waits for an answer (Cloud Scheduler API reference, `Job.attemptDeadline`).
const DEADLINE: std::ops::RangeInclusive<u64> = 15..=1_800;
/// The most tries beside the first (same place, `RetryConfig.retryCount`).
const TRIES: u32 = 5;
/// The variable in which a job finds what the schedule gives it.
const INPUT: &str = "SCHEDULE_INPUT";

/// Adds a schedule.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, schedule: &Schedule) {
    let of = Reference::new(Kind::Schedule, name);
    let Some(function) = draft.stack.functions.get(&schedule.run.name).filter(|_| schedule.run.kind == Kind::Function)
    else {
        draft.findings.push(
            Finding::error(
                "unknown-reference",
                at(&of, &["run"]),
                format!("`{}` is no function of this environment", schedule.run),
            )
            .why("a schedule runs a function")
            .fix("name a function, such as `function.report`"),
        );
        return;
    };
    let Some(when) = when(draft, &of, schedule) else { return };
    let ran = names::local(&schedule.run);
    let caller = function::caller(&ran);
    let email = attribute(access::ACCOUNT, &caller, "email");
    let called = names::physical(draft.target, &schedule.run.name, RUN);
    let (project, region) = (draft.project(), draft.region());
    let deadline = function.timeout.as_seconds().clamp(*DEADLINE.start(), *DEADLINE.end());
    let (http, first) = if function::answers(draft.stack, &schedule.run.name) {
        let uri = code(format!("google_cloud_run_v2_service.{ran}[0].uri"));
        let body = schedule.input.as_ref().map(|input| STANDARD.encode(input.to_string()));
        let http = json!({
            "http_method": "POST",
            "uri": uri,
            "headers": { "Content-Type": "application/json" },
            "body": body.unwrap_or_else(|| STANDARD.encode("{}")),
            "oidc_token": { "service_account_email": email, "audience": uri },
        });
        (http, None)
    } else {
        if schedule.input.is_some() {
            draft.nearly(
                "gcp-schedule-input",
                &of,
                &["input"],
                "what the function is given with its event",
                format!("a Cloud Run job gets no event: it finds this in its variable {INPUT}"),
                "read the variable",
            );
        }
        let overrides = schedule.input.as_ref().map(|input| {
            json!({ "overrides": { "containerOverrides": [{ "env": [{ "name": INPUT, "value": input.to_string() }] }] } })
        });
        let body = overrides.unwrap_or_else(|| json!({}));
        let http = json!({
            "http_method": "POST",
            "uri": format!("https://run.googleapis.com/v2/projects/{project}/locations/{region}/jobs/{called}:run"),
            "headers": { "Content-Type": "application/json" },
            "body": STANDARD.encode(body.to_string()),
            "oauth_token": { "service_account_email": email },
        });
        (http, Some(format!("google_cloud_run_v2_job.{ran}")))
    };
    let tries = function.retry.attempts.min(TRIES);
    let resource = draft.add(
        &of.to_string(),
        KIND,
        names::local(&of),
        json!({
            "name": names::physical(draft.target, name, SCHEDULE),
            "region": region,
            "description": schedule.description,
            "schedule": when,
            "time_zone": schedule.time_zone,
            "paused": !schedule.enabled,
            "attempt_deadline": format!("{deadline}s"),
            "retry_config": {
                "retry_count": tries,
                "min_backoff_duration": "5s",
                "max_backoff_duration": "3600s",
                "max_doublings": 5,
                "max_retry_duration": format!("{}s", function.retry.give_up_after.as_seconds()),
            },
            "http_target": http,
        }),
    );
    resource.count = Some(artifact::count(&function.artifact));
    resource.depends_on.extend(first);
}

/// The calendar; nothing, and a finding, where there is none.
fn when(draft: &mut Draft<'_>, of: &Reference, schedule: &Schedule) -> Option<Value> {
    match (&schedule.cron, schedule.every) {
        (Some(cron), None) => Some(json!(cron)),
        (None, Some(every)) => {
            let calendar = every_so_often(every.as_seconds());
            if calendar.is_none() {
                draft.refuse(
                    "gcp-schedule-every",
                    of,
                    &["every"],
                    format!("a run every `{every}`"),
                    "Cloud Scheduler runs by a calendar, which holds minutes that divide an hour and hours that divide a day",
                    "choose such a time, or write a calendar as `cron`",
                );
            }
            calendar.map(Value::String)
        }
        (Some(_), Some(_)) | (None, None) => {
            draft.findings.push(
                Finding::error("schedule-when", at(of, &[]), "a schedule needs one of `every` and `cron`")
                    .why("it has to know when to run")
                    .fix("keep exactly one of them"),
            );
            None
        }
    }
}

fn every_so_often(seconds: u64) -> Option<String> {
    let minutes = seconds.is_multiple_of(60).then_some(seconds / 60)?;
    match minutes {
        1 => Some("* * * * *".to_owned()),
        2..60 if 60 % minutes == 0 => Some(format!("*/{minutes} * * * *")),
        60 => Some("0 * * * *".to_owned()),
        1440 => Some("0 0 * * *".to_owned()),
        61..1440 if minutes % 60 == 0 && 1440 % minutes == 0 => Some(format!("0 */{} * * *", minutes / 60)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_divide_an_hour_or_a_day_become_calendars() {
        assert_eq!(every_so_often(900).as_deref(), Some("*/15 * * * *"));
        assert_eq!(every_so_often(60).as_deref(), Some("* * * * *"));
        assert_eq!(every_so_often(6 * 3600).as_deref(), Some("0 */6 * * *"));
        assert_eq!(every_so_often(86_400).as_deref(), Some("0 0 * * *"));
        for odd in [0, 30, 7 * 60, 90 * 60, 5 * 3600, 2 * 86_400] {
            assert_eq!(every_so_often(odd), None, "{odd}");
        }
    }
}
