//! Functions: AWS Lambda through the SAM transform, each with a role, a log group and an alias `live` of its own.
//!
//! Callers call `live`. A deployment publishes a version and moves the alias to it; a rollback moves it back.

pub(super) mod rollout;

use serde_json::{Map, Value, json};

use super::access::Permissions;
use super::artifact;
use super::draft::{Draft, Suppressed};
use super::encryption::Purpose;
use super::expression::{attribute, reference, sub};
use super::network::{self, firewall};
use super::variable::{self, Rendered};
use super::{api, log, names, role, topic};
use crate::diagnostics::finding::Finding;
use crate::model::artifact::Architecture;
use crate::model::function::{Function, Runtime};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::workload::{BUILD, ROTATIONS};

/// The alias that callers call.
pub(super) const ALIAS: &str = "live";

/// Memory in MiB (Lambda developer guide, "Lambda quotas").
const MEMORY: std::ops::RangeInclusive<u64> = 128..=10_240;
/// The longest run in seconds (same place).
const TIMEOUT: std::ops::RangeInclusive<u64> = 1..=900;
/// The age in seconds at which an event is given up (Lambda API reference, PutFunctionEventInvokeConfig).
const EVENT_AGE: std::ops::RangeInclusive<u64> = 60..=21_600;
/// Bytes of all variables together (Lambda developer guide, "Lambda quotas").
const VARIABLES: usize = 4096;
/// Bytes of the key of an archive: `artifacts/`, a digest, `.zip`.
const ARCHIVE: usize = 78;

/// Adds a function and what belongs to it.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, function: &Function) {
    let of = Reference::new(Kind::Function, name);
    let component = of.to_string();
    let id = names::logical(&of);
    let logs = format!("{id}Logs");
    let role_id = format!("{id}Role");
    check(draft, &of, function);

    let mut permissions = Permissions::default();
    log::workload_group(draft, &component, &logs);
    permissions.logs(&logs);
    tracing(&mut permissions);

    let placed = if function.private { network::needed(draft, at(&of, "private"), "a private function") } else { None };
    if placed.is_some() {
        firewall::workload(draft, &of, &function.access);
        network_interfaces(&mut permissions, draft, name);
    }

    let variables = variables(draft, &of, function, &mut permissions);
    permissions.access(draft, &of, &function.access);
    permissions.emits(&function.emits);
    let dead_letters = dead_letters(draft, &of, function, &mut permissions);
    let events = events(draft, &of, function, &mut permissions);
    let statements = permissions.finish(draft);
    role::role(draft, &component, &role_id, role::taken_by("lambda.amazonaws.com"), statements);

    let preference = function.rollout.as_ref().map(|rollout| rollout::preference(draft, &of, rollout));
    let key = draft.key(Purpose::Data);
    let resource = draft.add(
        &component,
        &id,
        "AWS::Serverless::Function",
        json!({
            "FunctionName": names::physical(draft.target, name, names::FUNCTION),
            "Description": function.description,
            "Runtime": runtime(function.runtime),
            "Handler": function.handler,
            "Architectures": [architecture(function.architecture)],
            "MemorySize": function.memory.as_mebibytes(),
            "Timeout": function.timeout.as_seconds(),
            "CodeUri": { "Bucket": reference(artifact::BUCKET), "Key": reference(artifact::zip(&function.artifact)) },
            "Role": attribute(&role_id, "Arn"),
            "KmsKeyArn": key,
            "Environment": if variables.is_empty() { Value::Null } else { json!({ "Variables": variables }) },
            "VpcConfig": placed.map(|network| json!({
                "SubnetIds": network::private_subnets(network),
                "SecurityGroupIds": [firewall::group_id(&firewall::group(&of))],
            })),
            "LoggingConfig": { "LogFormat": "JSON", "LogGroup": reference(&logs) },
            "Tracing": "Active",
            "ReservedConcurrentExecutions": function.concurrency,
            "DeadLetterQueue": dead_letters.as_ref().map(|arn| json!({ "Type": "SQS", "TargetArn": arn })),
            "EventInvokeConfig": {
                "MaximumRetryAttempts": function.retry.attempts,
                "MaximumEventAgeInSeconds": function.retry.give_up_after.as_seconds(),
            },
            "Events": if events.is_empty() { Value::Null } else { json!(events) },
            "AutoPublishAlias": ALIAS,
            // Else a change of memory or variables would never reach the alias (SAM reference, AutoPublishAliasAllProperties).
            "AutoPublishAliasAllProperties": true,
            "DeploymentPreference": preference,
        }),
    );
    if dead_letters.is_none() {
        resource.without_rule("CKV_AWS_116", "the model names no queue for events that this function gives up");
    }
    if function.concurrency.is_none() {
        resource
            .without_rule("CKV_AWS_115", "the model sets no limit of its own: the account's concurrency limit holds");
    }
    if placed.is_none() {
        resource.without_rule(
            "CKV_AWS_117",
            "the function reaches nothing in the private network, so it doesn't stand in it",
        );
    }
    draft.output(format!("{id}Name"), format!("The name of {of}"), reference(&id));
}

/// The identifier that Lambda knows a runtime by.
fn runtime(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::Native => "provided.al2023",
        Runtime::Nodejs22 => "nodejs22.x",
        Runtime::Python313 => "python3.13",
    }
}

fn architecture(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Aarch64 => "arm64",
        Architecture::X86_64 => "x86_64",
    }
}

/// Traces have no resources to hold them to (service authorization reference, AWS X-Ray, PutTraceSegments).
fn tracing(permissions: &mut Permissions) {
    permissions.add(role::allow("Trace", &["xray:PutTelemetryRecords", "xray:PutTraceSegments"], [json!("*")]));
}

/// What Lambda needs to put a function into a network, and the function's own code must not do (Lambda developer guide,
/// "Giving Lambda functions access to resources in an Amazon VPC": looking up works on all resources only; the rest on
/// all network interfaces, subnets and groups of the account and region; the denial keeps it from the code).
fn network_interfaces(permissions: &mut Permissions, draft: &Draft<'_>, name: &Name) {
    permissions.add(role::allow(
        "FindNetworkInterfaces",
        &["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"],
        [json!("*")],
    ));
    let actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:UnassignPrivateIpAddresses",
    ];
    permissions.add(role::allow(
        "PlaceNetworkInterfaces",
        &actions,
        [sub("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:*/*")],
    ));
    let all = [actions.as_slice(), &["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]].concat();
    permissions.add(json!({
        "Sid": "NotFromTheCode",
        "Effect": "Deny",
        "Action": all,
        "Resource": "*",
        "Condition": { "ArnEquals": { "lambda:SourceFunctionArn": sub(format!(
            "arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{}",
            names::physical(draft.target, name, names::FUNCTION)
        )) } },
    }));
}

/// Variables. A secret comes as its Amazon Resource Name, and the function may read it: Lambda has no safe way to put
/// the value itself there.
fn variables(
    draft: &mut Draft<'_>,
    of: &Reference,
    function: &Function,
    permissions: &mut Permissions,
) -> Map<String, Value> {
    let mut variables = Map::new();
    let mut bytes = 0;
    for (name, variable) in &function.environment {
        // Lambda developer guide, "Defined runtime environment variables".
        if name.as_str().starts_with("AWS_") || name.as_str().starts_with("LAMBDA_") {
            draft.findings.push(
                Finding::error(
                    "reserved-variable",
                    variable_at(of, name.as_str()),
                    format!("Lambda keeps `{name}` for itself"),
                )
                .why("names that begin with `AWS_` and `LAMBDA_` are set by Lambda or reserved")
                .fix("choose another name"),
            );
        }
        let value = match variable::render(draft, of, name, variable) {
            None => continue,
            Some(Rendered::Text(value)) => value,
            Some(Rendered::Secret(arn, secret)) => {
                permissions.secret(&secret, arn.clone());
                arn
            }
        };
        bytes += name.as_str().len() + value.as_str().map_or(0, str::len);
        variables.insert(name.to_string(), value);
    }
    if let Some(rotations) = draft.stack.rotations(&function.environment, &function.access) {
        bytes += ROTATIONS.len() + rotations.len();
        variables.insert(ROTATIONS.to_owned(), Value::String(rotations));
    }
    if draft.stack.asks_build(of) && !variables.contains_key(BUILD) {
        bytes += BUILD.len() + ARCHIVE;
        variables.insert(BUILD.to_owned(), reference(artifact::zip(&function.artifact)));
    }
    if bytes > VARIABLES {
        draft.findings.push(
            Finding::error("variables-too-large", at(of, "environment"), format!("the variables take {bytes} bytes"))
                .why(format!("Lambda takes {VARIABLES} bytes of names and values together"))
                .fix("move large values into a bucket or a secret"),
        );
    }
    variables
}

/// The queue for events that were given up, with the right to put them there.
fn dead_letters(
    draft: &mut Draft<'_>,
    of: &Reference,
    function: &Function,
    permissions: &mut Permissions,
) -> Option<Value> {
    let queue = function.retry.dead_letter.as_ref()?;
    if queue.kind != Kind::Queue || !draft.stack.has(queue) {
        draft.findings.push(
            Finding::error("unknown-reference", at(of, "retry"), format!("`{queue}` is no queue of this environment"))
                .why("events that were given up go to a queue")
                .fix("name a queue, such as `queue.failed`"),
        );
        return None;
    }
    let arn = attribute(names::logical(queue), "Arn");
    permissions.add(role::allow("GiveUp", &["sqs:SendMessage"], [arn.clone()]));
    permissions.key(Purpose::Messages, true, "sqs");
    Some(arn)
}

/// What runs the function beside its callers and schedules: requests to APIs, messages of a queue, notifications of topics. They stand with
/// the function because only the transform can lead them to its alias.
fn events(draft: &Draft<'_>, of: &Reference, function: &Function, permissions: &mut Permissions) -> Map<String, Value> {
    let mut events = Map::new();
    if let Some(consumption) = function.consumes.as_ref().filter(|consumption| draft.stack.has(&consumption.queue)) {
        let queue = names::logical(&consumption.queue);
        permissions.receive(&queue);
        // Above ten messages Lambda asks for a wait of a second or more (Lambda API reference, CreateEventSourceMapping).
        let wait = consumption.wait.map(|wait| wait.as_seconds()).or((consumption.batch > 10).then_some(1));
        events.insert(
            queue.clone(),
            json!({ "Type": "SQS", "Properties": {
                "Queue": attribute(queue, "Arn"),
                "BatchSize": consumption.batch,
                "MaximumBatchingWindowInSeconds": wait,
                "ScalingConfig": consumption.concurrency.map(|most| json!({ "MaximumConcurrency": most })),
                // The function may say which messages failed; only those come again.
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            } }),
        );
    }
    for api in api::answered_by(draft.stack, of) {
        events.insert(names::logical(&api), api::event(&api, function.timeout.as_seconds()));
    }
    for topic in topic::heard_by(draft.stack, of) {
        let id = names::logical(&topic);
        let properties = json!({ "Topic": reference(&id) });
        events.insert(id, json!({ "Type": "SNS", "Properties": properties }));
    }
    events
}

fn at(of: &Reference, key: &str) -> Vec<String> {
    let [section, name] = of.path();
    vec![section, name, key.to_owned()]
}

fn variable_at(of: &Reference, variable: &str) -> Vec<String> {
    let mut path = at(of, "environment");
    path.push(variable.to_owned());
    path
}

/// What AWS would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, of: &Reference, function: &Function) {
    let memory = function.memory.as_mebibytes();
    if !MEMORY.contains(&memory) || memory * (1 << 20) != function.memory.bytes() {
        draft.findings.push(
            Finding::error(
                "function-memory",
                at(of, "memory"),
                format!("Lambda can't give a function `{}`", function.memory),
            )
            .why("it gives whole mebibytes from 128 MiB to 10,240 MiB (Lambda developer guide, \"Lambda quotas\")")
            .fix("choose a size from `128MiB` to `10240MiB`; what needs more is a service"),
        );
    }
    if !TIMEOUT.contains(&function.timeout.as_seconds()) {
        draft.findings.push(
            Finding::error(
                "function-timeout",
                at(of, "timeout"),
                format!("Lambda can't let a function run for `{}`", function.timeout),
            )
            .why("a run ends after 15 minutes at the latest (Lambda developer guide, \"Lambda quotas\")")
            .fix("choose a time-out from `1s` to `15m`; what runs longer is a service"),
        );
    }
    if !EVENT_AGE.contains(&function.retry.give_up_after.as_seconds()) {
        draft.findings.push(
            Finding::error(
                "retry-age",
                [at(of, "retry"), vec!["give-up-after".to_owned()]].concat(),
                format!("Lambda can't keep an event for `{}`", function.retry.give_up_after),
            )
            .why("it keeps events from one minute to six hours")
            .fix("choose a time from `1m` to `6h`"),
        );
    }
}
