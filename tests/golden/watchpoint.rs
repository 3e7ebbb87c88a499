//! WatchPoint in its environments: every row and figure of its table, read from what is rendered.

use std::collections::BTreeSet;

use landfall::model::placement::Placement;
use serde_json::{Value, json};

use crate::case::{Case, Outcome, root};
use crate::production::Production;
use crate::template;

/// Its environments.
const TARGETS: [&str; 3] = ["watchpoint/dev", "watchpoint/staging", "watchpoint/prod"];

fn production() -> Outcome<Production> {
    Production::of("watchpoint/prod")
}

fn placement(target: &str) -> Outcome<Placement> {
    Ok(Case { target: target.parse()?, above: root().to_owned() }.stack()?.placement)
}

#[test]
fn development_has_an_account_and_each_environment_a_branch() -> Outcome<()> {
    let [dev, staging, prod] = [placement(TARGETS[0])?, placement(TARGETS[1])?, placement(TARGETS[2])?];
    assert_ne!(dev.account, prod.account);
    assert_eq!(staging.account, prod.account);
    let branches = [dev.branch, staging.branch, prod.branch].map(Option::unwrap_or_default);
    assert_eq!(branches, ["dev", "staging", "main"]);
    Ok(())
}

#[test]
fn secrets_and_settings_stand_under_the_environment_and_only_their_place_is_told() -> Outcome<()> {
    for target in TARGETS {
        let template = Production::of(target)?;
        let environment = target.split_once('/').ok_or("no target")?.1;
        let below = format!("/{environment}/watchpoint/");
        let secrets = template.of_type("AWS::SecretsManager::Secret");
        assert_eq!(secrets.len(), 2, "{target}");
        for id in secrets.into_iter().chain(template.of_type("AWS::SSM::Parameter")) {
            let name = template.property(id, "Name")?.as_str().ok_or("no name")?;
            assert!(name.starts_with(&below), "{target}: {name}");
        }
        let told = |function: &str, variable: &str| {
            template.property(function, &format!("Environment/Variables/{variable}")).cloned()
        };
        assert_eq!(told("FunctionEvalUrgent", "EMAIL_KEY_SECRET")?, json!({ "Ref": "SecretMail" }));
        assert_eq!(told("FunctionDataPoller", "FORECAST_KEY_SECRET")?, json!({ "Ref": "SecretGpu" }));
        assert_eq!(told("FunctionEvalUrgent", "FEATURE_ENABLE_EMAIL")?, format!("{below}features/enable_email"));
        assert_eq!(told("FunctionDataPoller", "FEATURE_ENABLE_NOWCAST")?, format!("{below}features/enable_nowcast"));
    }
    Ok(())
}

#[test]
fn features_are_parameters_that_functions_may_read() -> Outcome<()> {
    let production = production()?;
    let parameters: BTreeSet<_> = production.of_type("AWS::SSM::Parameter").into_iter().collect();
    assert_eq!(parameters, BTreeSet::from(["SettingEnableEmail", "SettingEnableNowcast"]));
    for (role, path) in
        [("FunctionEvalUrgentRole", "features/enable_email"), ("FunctionDataPollerRole", "features/enable_nowcast")]
    {
        let allowed = production.allowed(role)?;
        assert!(allowed.iter().any(|one| one.starts_with("ssm:GetParameter") && one.contains(path)), "{allowed:?}");
    }
    Ok(())
}

#[test]
fn the_api_is_throttled_logged_and_leads_to_its_function() -> Outcome<()> {
    let production = production()?;
    assert_eq!(production.at("ApiV1", "Type")?, "AWS::Serverless::HttpApi");
    assert_eq!(production.property("ApiV1", "DefaultRouteSettings/ThrottlingRateLimit")?, 100);
    assert_eq!(production.property("ApiV1", "DefaultRouteSettings/ThrottlingBurstLimit")?, 200);
    assert_eq!(
        production.property("ApiV1", "AccessLogSettings/DestinationArn")?,
        &json!({ "Fn::GetAtt": ["ApiV1Logs", "Arn"] })
    );
    assert_eq!(production.property("FunctionApi", "Events/ApiV1/Properties/ApiId")?, &json!({ "Ref": "ApiV1" }));
    let stack = Case { target: "watchpoint/prod".parse()?, above: root().to_owned() }.stack()?;
    assert!(stack.apis.values().all(|api| api.largest_request.bytes() == 6 << 20));
    Ok(())
}

#[test]
fn in_production_a_new_version_takes_a_tenth_of_the_calls_while_alarms_are_watched() -> Outcome<()> {
    let production = production()?;
    for (function, alarms) in [
        // The API waits for the alias and its alarm for the API: named, not referred to.
        ("FunctionApi", json!(["watchpoint-prod-api-errors"])),
        ("FunctionEvalUrgent", json!([{ "Ref": "AlarmUrgentDepth" }, { "Ref": "AlarmUrgentDeadLetters" }])),
        ("FunctionEvalStandard", json!([{ "Ref": "AlarmStandardDepth" }, { "Ref": "AlarmStandardDeadLetters" }])),
    ] {
        assert_eq!(production.property(function, "DeploymentPreference/Type")?, "Canary10Percent10Minutes");
        assert_eq!(production.property(function, "DeploymentPreference/Alarms")?, &alarms);
        let shifts = production.allowed(&format!("{function}RolloutRole"))?;
        assert!(shifts.iter().any(|one| one.starts_with("lambda:UpdateAlias")), "{shifts:?}");
        assert!(shifts.iter().all(|one| !one.starts_with("lambda:Invoke")), "{shifts:?}");
    }
    for target in ["watchpoint/dev", "watchpoint/staging"] {
        assert!(Production::of(target)?.property("FunctionApi", "DeploymentPreference").is_err(), "{target}");
    }
    Ok(())
}

#[test]
fn the_poller_and_the_archiver_run_by_the_clock() -> Outcome<()> {
    let production = production()?;
    assert_eq!(production.of_type("AWS::Scheduler::Schedule"), ["ScheduleArchiver", "ScheduleDataPoller"]);
    assert_eq!(production.property("ScheduleDataPoller", "ScheduleExpression")?, "rate(15 minutes)");
    // Monthly, as the upkeep of audit logs asks.
    assert_eq!(production.property("ScheduleArchiver", "ScheduleExpression")?, "cron(0 3 1 * ? *)");
    for (schedule, function) in [("ScheduleDataPoller", "data-poller"), ("ScheduleArchiver", "archiver")] {
        let run = production.property(schedule, "Target/Arn/Fn::Sub")?.as_str().ok_or("no function")?;
        assert!(run.ends_with(&format!(":function:watchpoint-prod-{function}:live")), "{run}");
    }
    Ok(())
}

#[test]
fn queues_carry_256_kilobytes_and_have_dead_letters_and_consumers() -> Outcome<()> {
    let production = production()?;
    for (queue, function) in
        [("QueueEvalQueueUrgent", "FunctionEvalUrgent"), ("QueueEvalQueueStandard", "FunctionEvalStandard")]
    {
        assert_eq!(production.property(queue, "MaximumMessageSize")?, 262_144);
        let letters = production.property(queue, "RedrivePolicy/deadLetterTargetArn/Fn::GetAtt/0")?;
        assert_eq!(letters, &json!(format!("{queue}DeadLetters")));
        let events = production.property(function, "Events")?.as_object().ok_or("no events")?;
        let consumed: Vec<&Value> = events.values().map(|event| &event["Properties"]["Queue"]).collect();
        assert_eq!(consumed, [&json!({ "Fn::GetAtt": [queue, "Arn"] })]);
    }
    assert_eq!(production.property("QueueEvalQueueUrgent", "QueueName")?, "watchpoint-prod-eval-queue-urgent");
    Ok(())
}

#[test]
fn archives_move_to_glacier_after_a_day_and_lost_forecasts_are_fetched_again() -> Outcome<()> {
    let production = production()?;
    let rules = production.property("BucketArchives", "LifecycleConfiguration/Rules")?.as_array().ok_or("no rules")?;
    let moved = json!([{ "StorageClass": "GLACIER", "TransitionInDays": 1 }]);
    assert!(rules.iter().any(|rule| rule["Transitions"] == moved), "{rules:?}");
    assert_eq!(production.at("BucketForecasts", "Type")?, "AWS::S3::Bucket");
    assert!(
        production.property("BucketForecasts", "ReplicationConfiguration").is_err(),
        "forecasts are not replicated"
    );
    Ok(())
}

#[test]
fn silence_of_the_forecasts_is_critical_after_eight_hours_and_after_half_an_hour() -> Outcome<()> {
    for target in TARGETS {
        let template = Production::of(target)?;
        for (alarm, forecast, seconds) in
            [("MediumRangeStale", "medium_range", 8 * 3600), ("NowcastStale", "nowcast", 30 * 60)]
        {
            let of = |pointer: &str| template.alarm(alarm, pointer);
            assert_eq!((of("Namespace")?, of("MetricName")?), (&json!("WatchPoint"), &json!("ForecastReady")));
            assert_eq!(of("Dimensions")?, &json!([{ "Name": "ForecastType", "Value": forecast }]));
            assert_eq!((of("Statistic")?, of("ComparisonOperator")?), (&json!("Sum"), &json!("LessThanThreshold")));
            assert_eq!((of("Threshold")?, of("TreatMissingData")?), (&json!(1), &json!("breaching")));
            let number = |pointer: &str| of(pointer).map(|value| value.as_u64().unwrap_or_default());
            assert_eq!(number("Period")? * number("EvaluationPeriods")?, seconds, "{target} {alarm}");
            assert_eq!(number("DatapointsToAlarm")?, number("EvaluationPeriods")?);
            let severity = json!({ "Key": "severity", "Value": "critical" });
            assert!(of("Tags")?.as_array().is_some_and(|tags| tags.contains(&severity)), "{target} {alarm}");
        }
    }
    Ok(())
}

#[test]
fn depth_dead_letters_and_failed_answers_are_told() -> Outcome<()> {
    let production = production()?;
    let queue = |id: &str| json!([{ "Name": "QueueName", "Value": { "Fn::GetAtt": [id, "QueueName"] } }]);
    for (alarm, id, above) in [
        ("UrgentDepth", "QueueEvalQueueUrgent", 100),
        ("StandardDepth", "QueueEvalQueueStandard", 1000),
        ("UrgentDeadLetters", "QueueEvalQueueUrgentDeadLetters", 0),
        ("StandardDeadLetters", "QueueEvalQueueStandardDeadLetters", 0),
    ] {
        assert_eq!(production.alarm(alarm, "MetricName")?, "ApproximateNumberOfMessagesVisible");
        assert_eq!(production.alarm(alarm, "Dimensions")?, &queue(id));
        assert_eq!(production.alarm(alarm, "Threshold")?, above);
        assert_eq!(production.alarm(alarm, "AlarmActions")?, &json!([{ "Ref": "TopicAlerts" }]));
    }
    assert_eq!(production.alarm("ApiErrors", "MetricName")?, "5xx");
    assert_eq!(production.alarm("ApiErrors", "Namespace")?, "AWS/ApiGateway");
    Ok(())
}

#[test]
fn spending_is_told_at_eighty_percent_of_400_dollars_and_above_20_a_day() -> Outcome<()> {
    let production = production()?;
    let limit = production.property("BudgetMonth", "Budget/BudgetLimit")?;
    assert_eq!(limit, &json!({ "Amount": 400, "Unit": "USD" }));
    let told = production.property("BudgetMonth", "NotificationsWithSubscribers/0/Notification")?;
    assert_eq!((&told["Threshold"], &told["ThresholdType"]), (&json!(80), &json!("PERCENTAGE")));
    let above: Value =
        serde_json::from_str(production.property("CostAnomalyDay", "ThresholdExpression")?.as_str().ok_or("no text")?)?;
    assert_eq!(above["Dimensions"]["Values"], json!(["20"]));
    Ok(())
}

#[test]
fn the_database_takes_five_hundred_connections_and_tells_at_eighty_percent() -> Outcome<()> {
    let production = production()?;
    assert_eq!(production.property("DatabaseMainParameters", "Family")?, "postgres15");
    assert_eq!(production.property("DatabaseMainParameters", "Parameters/max_connections")?, "500");
    assert_eq!(production.alarm("DatabaseConnections", "Threshold")?, 400);
    assert_eq!(production.at("DatabaseMainPooler", "Type")?, "AWS::RDS::DBProxy");
    assert_eq!(production.property("DatabaseMain", "MultiAZ")?, true);
    Ok(())
}

#[test]
fn what_the_two_environments_of_one_account_reserve_leaves_a_hundred_of_a_thousand_runs() -> Outcome<()> {
    let mut reserved = 0;
    for target in ["watchpoint/staging", "watchpoint/prod"] {
        let template = Production::of(target)?;
        for id in template.of_type("AWS::Serverless::Function") {
            if let Ok(runs) = template.property(id, "ReservedConcurrentExecutions") {
                reserved += runs.as_u64().ok_or("no number")?;
            }
        }
    }
    assert!(reserved > 0 && reserved <= 900, "{reserved}");
    Ok(())
}

#[test]
fn production_is_guarded_and_development_is_not() -> Outcome<()> {
    let rendered = |target: &str| template::rendered(&Case { target: target.parse()?, above: root().to_owned() });
    assert!(rendered("watchpoint/prod")?.termination_protection);
    assert!(rendered("watchpoint/prod")?.stack_policy.is_some());
    assert!(!rendered("watchpoint/dev")?.termination_protection);
    Ok(())
}
