//! Schedules of EventBridge: rules and the scheduler.
//!
//! Source: EventBridge User Guide, "Schedule expressions"; EventBridge Scheduler User Guide, "Schedule types".

use super::Asked;
use super::permissions::is_assumable;

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::Events::Rule" => {
            let targets = asked.list("Targets").len();
            if targets > 5 {
                return asked
                    .refuse("The requested resource exceeds the maximum number allowed.", "ServiceLimitExceeded");
            }
            let expression = asked.text("ScheduleExpression")?;
            if is_valid(&expression, false) {
                return None;
            }
            asked.invalid("Parameter ScheduleExpression is not valid.")
        }
        "AWS::Scheduler::Schedule" => {
            let expression = asked.text("ScheduleExpression")?;
            if !is_valid(&expression, true) {
                return asked.invalid(&format!("Invalid Schedule Expression {expression}."));
            }
            let role = asked.text("Target.RoleArn")?;
            if !is_assumable(asked, &role, "scheduler.amazonaws.com") {
                return asked.invalid(
                    "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
                );
            }
            let group = asked.text("GroupName").filter(|group| group != "default")?;
            if asked.find("AWS::Scheduler::ScheduleGroup", &group).is_some() {
                return None;
            }
            asked.refuse(&format!("Schedule group {group} does not exist."), "NotFound")
        }
        _ => None,
    }
}

/// `rate(5 minutes)`, `cron(0 12 * * ? *)` and, for the scheduler, `at(2026-11-21T12:00:00)`.
fn is_valid(expression: &str, once: bool) -> bool {
    let inside = |name: &str| expression.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(rate) = inside("rate") {
        let mut words = rate.split(' ');
        let (Some(count), Some(unit), None) = (words.next(), words.next(), words.next()) else { return false };
        let one = ["minute", "hour", "day"].contains(&unit);
        let many = ["minutes", "hours", "days"].contains(&unit);
        // The scheduler takes either form of a unit with any count, rules only the one that fits.
        return match count.parse::<u64>() {
            Ok(0) | Err(_) => false,
            Ok(count) if once => count > 0 && (one || many),
            Ok(1) => one,
            Ok(_) => many,
        };
    }
    if let Some(cron) = inside("cron") {
        let fields: Vec<&str> = cron.split_whitespace().collect();
        let [_, _, day, _, weekday, _] = fields[..] else { return false };
        // One of the two days must be left open.
        return (day == "?") != (weekday == "?");
    }
    once && inside("at").is_some_and(|at| at.parse::<jiff::civil::DateTime>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn expressions() {
        for good in ["rate(1 minute)", "rate(15 minutes)", "cron(0 12 * * ? *)", "cron(0/5 8-17 ? * MON-FRI *)"] {
            assert!(is_valid(good, false), "{good}");
        }
        for bad in
            ["rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "cron(0 12 * * * *)", "cron(* *)", "every day"]
        {
            assert!(!is_valid(bad, false), "{bad}");
        }
        assert!(is_valid("at(2026-11-21T12:00:00)", true) && !is_valid("at(2026-11-21T12:00:00)", false));
    }
}
