//! StormOps in production: every row and figure of its table, read from what is rendered.

use std::collections::BTreeMap;

use landfall::contract::Contract;
use landfall::contract::role::RunsAs;
use serde_json::{Value, json};

use crate::case::{Case, Outcome, root};
use crate::production::Production;
use crate::template;

/// The target.
fn production() -> Outcome<Case> {
    Ok(Case { target: "stormops/prod".parse()?, above: root().to_owned() })
}

#[test]
fn the_database_has_its_class_and_its_disk() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    let of = |pointer: &str| production.property("DatabaseMain", pointer);
    assert_eq!(of("Engine")?, "postgres");
    assert_eq!(production.0["Outputs"]["DatabaseMainExtensions"]["Value"], "postgis");
    assert_eq!(of("DBInstanceClass")?, "db.r5.2xlarge");
    assert_eq!(of("AllocatedStorage")?, "500");
    assert_eq!(of("StorageType")?, "gp3");
    // AWS gives a disk of this size 12,000 at the least; 3,000 can't be had.
    assert!(of("Iops")?.as_u64().is_some_and(|iops| iops >= 3000));
    Ok(())
}

#[test]
fn the_database_outlives_a_zone_and_is_kept_for_thirty_days() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    assert_eq!(production.property("DatabaseMain", "MultiAZ")?, true);
    assert_eq!(production.property("DatabaseMain", "BackupRetentionPeriod")?, 30);
    assert_eq!(production.property("DatabaseMain", "DeletionProtection")?, true);
    assert_eq!(production.at("DatabaseMain", "DeletionPolicy")?, "Snapshot");
    assert_eq!(production.at("DatabaseMain", "UpdateReplacePolicy")?, "Snapshot");
    assert_eq!(
        production.property("DatabaseMainReplica1", "SourceDBInstanceIdentifier")?,
        &json!({ "Ref": "DatabaseMain" })
    );
    Ok(())
}

#[test]
fn the_database_is_private_encrypted_and_opened_by_identities() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    for instance in ["DatabaseMain", "DatabaseMainReplica1"] {
        assert_eq!(production.property(instance, "PubliclyAccessible")?, false);
        assert_eq!(production.property(instance, "EnableIAMDatabaseAuthentication")?, true);
    }
    assert_eq!(production.property("DatabaseMain", "StorageEncrypted")?, true);
    assert_eq!(production.property("DatabaseMain", "KmsKeyId")?, &json!({ "Fn::GetAtt": ["EncryptionData", "Arn"] }));
    // It is copied: RDS makes no replica of one whose password it keeps, so the stack has a secret for it.
    assert_eq!(production.property("DatabaseMain", "ManageMasterUserPassword")?, false);
    let password = json!({ "Fn::Sub": "{{resolve:secretsmanager:${DatabaseMainLogin}:SecretString:password}}" });
    assert_eq!(production.property("DatabaseMain", "MasterUserPassword")?, &password);
    assert_eq!(production.property("DatabaseMainParameters", "Parameters/rds.force_ssl")?, "1");
    let subnets = production.property("DatabaseMainSubnets", "SubnetIds")?;
    assert_eq!(subnets, &json!([{ "Ref": "NetworkPrivate1" }, { "Ref": "NetworkPrivate2" }]));
    Ok(())
}

/// The functions with memory in MB and time-out in seconds.
const FUNCTIONS: [(&str, &str, u64, u64); 4] = [
    ("FunctionEarth2Ingestion", "earth2-ingestion", 3008, 900),
    ("FunctionProposalEngine", "proposal-engine", 1024, 300),
    ("FunctionRouteOptimizer", "route-optimizer", 2048, 600),
    ("FunctionCrmIntegration", "crm-integration", 1024, 300),
];

#[test]
fn the_functions_have_their_memory_and_time() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    // One more brings the schema up to date for them.
    assert_eq!(production.of_type("AWS::Serverless::Function").len(), FUNCTIONS.len() + 1);
    assert_eq!(production.property("FunctionMigrate", "Handler")?, "migrate");
    for (id, name, memory, timeout) in FUNCTIONS {
        assert_eq!(production.property(id, "FunctionName")?, &json!(format!("stormops-prod-{name}")));
        assert_eq!(production.property(id, "MemorySize")?, memory);
        assert_eq!(production.property(id, "Timeout")?, timeout);
    }
    Ok(())
}

/// What the engine's build says of itself.
fn engine() -> Outcome<Contract> {
    Ok(Contract::read(&std::fs::read(root().join("engine/contract.json"))?)?)
}

#[test]
fn each_function_is_a_role_of_the_engine_and_told_what_it_requires() -> Outcome<()> {
    let (production, engine) = (Production::of("stormops/prod")?, engine()?);
    for (id, name, memory, timeout) in FUNCTIONS {
        let handler = production.property(id, "Handler")?.as_str().unwrap_or_default();
        let role = engine.role(handler).ok_or_else(|| format!("{name} would run as {handler}, which is no role"))?;
        assert!(role.runs_as.contains(&RunsAs::Function), "{name}");
        assert!(role.memory_mib <= memory && role.seconds.is_some_and(|seconds| seconds <= timeout), "{name}");
        let told = production.property(id, "Environment/Variables")?;
        for variable in role.variables.iter().filter(|variable| variable.required) {
            assert!(told.get(&variable.name).is_some(), "{name} isn't told {}", variable.name);
        }
        let unread = told.as_object().into_iter().flatten().find(|(told, _)| role.variable(told).is_none());
        assert_eq!(unread, None, "{name} doesn't read it");
        assert_eq!(told["DATABASE_USER"], name.replace('-', "_"));
        assert_eq!(told["DATABASE_CA_FILE"], "/var/task/certificates/rds.pem");
    }
    Ok(())
}

#[test]
fn the_dashboard_is_a_role_of_the_engine_and_told_what_it_requires() -> Outcome<()> {
    let (production, engine) = (Production::of("stormops/prod")?, engine()?);
    let container = |pointer: &str| production.property("ServiceUiTask", &format!("ContainerDefinitions/0/{pointer}"));
    assert_eq!(container("Command")?, &json!(["api"]));
    let role = engine.role("api").ok_or("the engine has no role api")?;
    let told: Vec<&str> = [container("Environment")?, container("Secrets")?]
        .into_iter()
        .flat_map(|list| list.as_array().into_iter().flatten())
        .filter_map(|variable| variable["Name"].as_str())
        .collect();
    let missing: Vec<_> =
        role.variables.iter().filter(|one| one.required && !told.contains(&one.name.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(told.iter().all(|name| role.variable(name).is_some()), "{told:?}");
    assert_eq!(container("PortMappings/0/ContainerPort")?.as_u64(), role.port.map(u64::from));
    assert_eq!(production.property("ServiceUiTargets", "HealthCheckPath")?.as_str(), role.health_path.as_deref());
    Ok(())
}

#[test]
fn only_the_ingestion_runs_by_the_clock() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    assert_eq!(production.of_type("AWS::Scheduler::Schedule"), ["ScheduleEarth2Ingestion"]);
    assert_eq!(production.property("ScheduleEarth2Ingestion", "ScheduleExpression")?, "rate(15 minutes)");
    let target = production.property("ScheduleEarth2Ingestion", "Target/Arn/Fn::Sub")?;
    assert!(target.as_str().is_some_and(|arn| arn.ends_with(":function:stormops-prod-earth2-ingestion:live")));
    Ok(())
}

#[test]
fn the_functions_stand_in_private_subnets_with_a_way_out() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    for (id, ..) in FUNCTIONS {
        let subnets = production.property(id, "VpcConfig/SubnetIds")?;
        assert_eq!(subnets, &json!([{ "Ref": "NetworkPrivate1" }, { "Ref": "NetworkPrivate2" }]));
    }
    for zone in [1, 2] {
        let route = format!("NetworkPrivate{zone}RouteOut");
        assert_eq!(production.property(&route, "NatGatewayId")?, &json!({ "Ref": format!("NetworkEgress{zone}") }));
        let gateway = format!("NetworkEgress{zone}");
        assert_eq!(production.property(&gateway, "SubnetId")?, &json!({ "Ref": format!("NetworkPublic{zone}") }));
    }
    Ok(())
}

#[test]
fn each_function_has_a_role_of_its_own_with_what_it_needs() -> Outcome<()> {
    /// Actions that the cloud knows no resources for.
    const WITHOUT_RESOURCES: [&str; 5] = [
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
        "cloudwatch:PutMetricData",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
    ];
    let production = Production::of("stormops/prod")?;
    for (id, name, ..) in FUNCTIONS {
        assert_eq!(production.property(id, "Role")?, &json!({ "Fn::GetAtt": [format!("{id}Role"), "Arn"] }));
        let allowed = production.allowed(&format!("{id}Role"))?;
        let everything: Vec<_> = allowed
            .iter()
            .filter_map(|allowed| allowed.split_once(' '))
            .filter(|(action, resource)| {
                action.contains('*') || (*resource == "\"*\"" && !WITHOUT_RESOURCES.contains(action))
            })
            .collect();
        assert!(everything.is_empty(), "{id}: {everything:?}");
        let user = name.replace('-', "_");
        let logs_in = allowed.iter().find(|allowed| allowed.starts_with("rds-db:connect")).ok_or("no login")?;
        assert!(logs_in.contains(&format!("dbuser:${{DatabaseMain.DbiResourceId}}/{user}")), "{logs_in}");
    }
    Ok(())
}

#[test]
fn what_functions_are_told_is_encrypted_and_what_they_fail_is_kept() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    for (id, ..) in FUNCTIONS {
        assert_eq!(production.property(id, "KmsKeyArn")?, &json!({ "Fn::GetAtt": ["EncryptionData", "Arn"] }));
        // Lambda waits one minute, then two, between the attempts.
        assert_eq!(production.property(id, "EventInvokeConfig/MaximumRetryAttempts")?, 2);
        let dead_letters = production.property(id, "DeadLetterQueue/TargetArn")?;
        assert_eq!(dead_letters, &json!({ "Fn::GetAtt": ["QueueFailedEvents", "Arn"] }));
    }
    Ok(())
}

#[test]
fn the_dashboard_service_has_two_copies_of_one_processor_and_two_gigabytes() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    assert_eq!(production.property("ServiceUiTask", "Cpu")?, "1024");
    assert_eq!(production.property("ServiceUiTask", "Memory")?, "2048");
    assert_eq!(production.property("ServiceUiTask", "ContainerDefinitions/0/PortMappings/0/ContainerPort")?, 8501);
    assert_eq!(production.property("ServiceUi", "LaunchType")?, "FARGATE");
    assert_eq!(
        production.property("ServiceUi", "NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp")?,
        "DISABLED"
    );
    assert_eq!(production.property("ServiceUiScaling", "MinCapacity")?, 2);
    Ok(())
}

#[test]
fn the_dashboard_service_scales_on_processors_and_memory() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    let metric = |what: &str| {
        let pointer = "TargetTrackingScalingPolicyConfiguration/PredefinedMetricSpecification/PredefinedMetricType";
        production.property(&format!("ServiceUiScaling{what}"), pointer)
    };
    assert_eq!(metric("Cpu")?, "ECSServiceAverageCPUUtilization");
    assert_eq!(metric("Memory")?, "ECSServiceAverageMemoryUtilization");
    Ok(())
}

#[test]
fn the_dashboard_service_stands_behind_a_load_balancer() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    assert_eq!(production.property("ServiceUiLoadBalancer", "Type")?, "application");
    assert_eq!(production.property("ServiceUiTargets", "Port")?, 8501);
    assert_eq!(
        production.property("ServiceUi", "LoadBalancers/0/TargetGroupArn")?,
        &json!({ "Ref": "ServiceUiTargets" })
    );
    assert_eq!(production.property("ServiceUiRedirect", "DefaultActions/0/RedirectConfig/StatusCode")?, "HTTP_301");
    Ok(())
}

#[test]
fn the_dashboard_service_has_a_role_and_takes_its_secrets_from_the_secret_store() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    assert_eq!(
        production.property("ServiceUiTask", "TaskRoleArn")?,
        &json!({ "Fn::GetAtt": ["ServiceUiRole", "Arn"] })
    );
    let secrets = production.property("ServiceUiTask", "ContainerDefinitions/0/Secrets")?;
    assert_eq!(secrets, &json!([{ "Name": "API_KEY", "ValueFrom": { "Ref": "SecretUiKey" } }]));
    assert_eq!(production.at("SecretUiKey", "Type")?, "AWS::SecretsManager::Secret");
    Ok(())
}

#[test]
fn artifacts_have_a_registry_and_versions() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    assert_eq!(production.of_type("AWS::ECR::Repository"), ["RegistryUi"]);
    assert_eq!(production.property("RegistryUi", "ImageTagMutability")?, "IMMUTABLE");
    for (id, ..) in FUNCTIONS {
        assert_eq!(production.property(id, "AutoPublishAlias")?, "live");
        assert_eq!(production.property(id, "CodeUri/Key")?, &json!({ "Ref": "ArtifactFunctionsZip" }));
    }
    Ok(())
}

/// An alarm's namespace, metric, statistic, comparison, threshold, period and intervals.
fn watched(production: &Production, alarm: &str) -> Outcome<(String, String, String, f64, u64, u64)> {
    let text = |key: &str| {
        Ok::<_, Box<dyn std::error::Error>>(production.alarm(alarm, key)?.as_str().unwrap_or_default().to_owned())
    };
    let number =
        |key: &str| Ok::<_, Box<dyn std::error::Error>>(production.alarm(alarm, key)?.as_f64().unwrap_or_default());
    assert_eq!(production.alarm(alarm, "ComparisonOperator")?, "GreaterThanThreshold", "{alarm}");
    assert_eq!(production.alarm(alarm, "AlarmActions")?, &json!([{ "Ref": "TopicAlerts" }]), "{alarm}");
    let whole =
        |key: &str| Ok::<_, Box<dyn std::error::Error>>(production.alarm(alarm, key)?.as_u64().unwrap_or_default());
    Ok((
        text("Namespace")?,
        text("MetricName")?,
        text("Statistic")?,
        number("Threshold")?,
        whole("Period")?,
        whole("EvaluationPeriods")?,
    ))
}

#[test]
fn breaches_and_errors_of_the_database_are_told_within_five_minutes() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    let event = |metric: &str, above: f64| ("StormOps".into(), metric.into(), "Sum".into(), above, 300, 1);
    assert_eq!(watched(&production, "SlaBreaches")?, event("SLABreaches", 10.0));
    assert_eq!(watched(&production, "DatabaseErrors")?, event("DatabaseErrors", 5.0));
    assert_eq!(production.of_type("AWS::SNS::Topic"), ["TopicAlerts"]);
    Ok(())
}

#[test]
fn use_above_eighty_is_told() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    let expected = [
        ("DatabaseCpu", "AWS/RDS", "CPUUtilization", 80.0),
        ("DatabaseConnections", "AWS/RDS", "DatabaseConnections", 80.0),
        ("UiCpu", "AWS/ECS", "CPUUtilization", 80.0),
        ("UiMemory", "AWS/ECS", "MemoryUtilization", 80.0),
        // 80 % of the time-out, in milliseconds.
        ("Earth2IngestionDuration", "AWS/Lambda", "Duration", 720_000.0),
        ("ProposalEngineDuration", "AWS/Lambda", "Duration", 240_000.0),
        ("RouteOptimizerDuration", "AWS/Lambda", "Duration", 480_000.0),
        ("CrmIntegrationDuration", "AWS/Lambda", "Duration", 240_000.0),
    ];
    for (alarm, namespace, metric, above) in expected {
        let (in_namespace, of, _, threshold, ..) = watched(&production, alarm)?;
        assert_eq!((in_namespace.as_str(), of.as_str(), threshold), (namespace, metric, above), "{alarm}");
    }
    Ok(())
}

#[test]
fn forecasts_are_told_and_their_absence_too() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    assert_eq!(watched(&production, "ForecastHail")?.1, "HailAlerts");
    let missing = |key: &str| production.alarm("ForecastMissing", key);
    assert_eq!(missing("MetricName")?, "ForecastsIngested");
    assert_eq!(missing("ComparisonOperator")?, "LessThanThreshold");
    assert_eq!(missing("Threshold")?, 1);
    assert_eq!(missing("TreatMissingData")?, "breaching");
    assert_eq!(missing("Period")?.as_u64().zip(missing("EvaluationPeriods")?.as_u64()).map(|(a, b)| a * b), Some(2700));
    Ok(())
}

#[test]
fn the_page_of_graphs_shows_each_goal() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    let body = production.property("DashboardOperations", "DashboardBody/Fn::Sub")?.as_str().ok_or("no text")?;
    let body: Value = serde_json::from_str(body)?;
    let goals: BTreeMap<&str, (f64, &str)> = body["widgets"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|widget| {
            let goal = &widget["properties"]["annotations"]["horizontal"][0];
            let title = widget["properties"]["title"].as_str().unwrap_or_default();
            (title, (goal["value"].as_f64().unwrap_or_default(), goal["fill"].as_str().unwrap_or_default()))
        })
        .collect();
    let expected = BTreeMap::from([
        ("Lead generation latency", (120.0, "below")),
        ("Route building latency", (300.0, "below")),
        ("CRM sync success, percent", (99.0, "above")),
        ("First contact within 15 minutes, percent", (95.0, "above")),
        ("Database processors, percent", (70.0, "below")),
        ("Database connections", (80.0, "below")),
    ]);
    assert_eq!(goals, expected);
    Ok(())
}

#[test]
fn spending_is_watched_against_the_documents_estimate() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    let budget = production.property("BudgetMonth", "Budget")?;
    assert_eq!(budget["BudgetLimit"], json!({ "Amount": 3300, "Unit": "USD" }));
    let told = production.property("BudgetMonth", "NotificationsWithSubscribers/0/Subscribers/0/Address")?;
    assert_eq!(told, &json!({ "Ref": "TopicAlerts" }));
    Ok(())
}

#[test]
fn what_fails_is_replaced_or_rolled_back_by_itself() -> Outcome<()> {
    let production = Production::of("stormops/prod")?;
    let breaker = production.property("ServiceUi", "DeploymentConfiguration/DeploymentCircuitBreaker")?;
    assert_eq!(breaker, &json!({ "Enable": true, "Rollback": true }));
    assert_eq!(production.property("ServiceUiTargets", "HealthCheckPath")?, "/health");
    Ok(())
}

#[test]
fn production_is_guarded() -> Outcome<()> {
    let rendered = template::rendered(&production()?)?;
    assert!(rendered.termination_protection);
    let policy = rendered.stack_policy.ok_or("no stack policy")?;
    assert_eq!(policy["Statement"][1]["Effect"], "Deny");
    assert_eq!(policy["Statement"][1]["Action"], json!(["Update:Delete", "Update:Replace"]));
    Ok(())
}
