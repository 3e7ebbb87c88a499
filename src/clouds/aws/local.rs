//! What a target needs on one machine: databases and caches in containers, and a stand-in for AWS with what the stack has in it. Names
//! and places are those of an environment called `local`, so that a developer's is never taken for one in the cloud.

use serde::Serialize;
use serde_json::{Value, json};

use super::names;
use super::queue::DEAD_LETTERS;
use crate::clouds::Local;
use crate::clouds::runbook::written;
use crate::diagnostics::finding::Finding;
use crate::model::cache::CacheEngine;
use crate::model::database::DatabaseEngine;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::queue::Queue;
use crate::model::secret::SecretValue;
use crate::model::stack::Stack;

const TEXT: &str = include_str!("../../../templates/local/compose.yaml");

/// The name of the environment on a developer's machine.
const ENVIRONMENT: &str = "local";

/// Opens what is made on one machine, and nothing else.
const PASSWORD: &str = "localdev";

/// The account that the stand-in in the container plays.
const ACCOUNT: &str = "000000000000";

/// The port of the stand-in, in a container or without one.
pub(super) const ENDPOINT: u16 = 4566;

#[derive(Serialize)]
struct Compose {
    target: String,
    system: String,
    region: String,
    password: &'static str,
    endpoint: u16,
    databases: Vec<Database>,
    caches: Vec<Cache>,
    services: Vec<&'static str>,
    script: Vec<String>,
}

#[derive(Serialize)]
struct Database {
    service: String,
    version: String,
    holds: String,
    port: usize,
    settings: Vec<String>,
    migrations: Option<String>,
}

#[derive(Serialize)]
struct Cache {
    service: String,
    image: String,
    client: &'static str,
    port: usize,
}

/// The compose file, and what the sandbox is given where it stands in for AWS without a container.
///
/// # Errors
/// What keeps it from being written; a defect of the templates.
pub fn local(target: &Target, stack: &Stack, migrations: Option<&str>) -> Result<Local, Vec<Finding>> {
    let here = Target { system: target.system.clone(), environment: environment()? };
    let told = Compose {
        target: target.to_string(),
        system: target.system.to_string(),
        region: stack.placement.region.clone(),
        password: PASSWORD,
        endpoint: ENDPOINT,
        databases: databases(stack, migrations),
        caches: caches(stack),
        services: services(stack),
        script: script(&here, stack),
    };
    Ok(Local { compose: written(TEXT, &told)?, resources: resources(&here, stack), port: ENDPOINT })
}

fn environment() -> Result<Name, Vec<Finding>> {
    ENVIRONMENT.parse().map_err(|_| vec![Finding::error("local", ["description"], "`local` is no name")])
}

/// The service's name: the kind's where it is the only one of it.
fn service(kind: &str, name: &Name, alone: bool) -> String {
    if alone { kind.to_owned() } else { format!("{kind}-{name}") }
}

fn databases(stack: &Stack, migrations: Option<&str>) -> Vec<Database> {
    let alone = stack.databases.len() == 1;
    let of = |(at, (name, database)): (usize, (&Name, &crate::model::database::Database))| Database {
        service: match database.engine {
            DatabaseEngine::Postgresql => service("postgres", name, alone),
        },
        version: database.version.clone(),
        holds: database.name.clone(),
        port: 5432 + at,
        settings: database.parameters.iter().map(|(key, value)| doubled(&format!("{key}={value}"))).collect(),
        migrations: migrations.map(doubled),
    };
    stack.databases.iter().enumerate().map(of).collect()
}

fn caches(stack: &Stack) -> Vec<Cache> {
    let alone = stack.caches.len() == 1;
    let of = |(at, (name, cache)): (usize, (&Name, &crate::model::cache::Cache))| {
        let (kind, image, client) = match cache.engine {
            CacheEngine::Redis => ("redis", "redis", "redis-cli"),
            CacheEngine::Valkey => ("valkey", "valkey/valkey", "valkey-cli"),
        };
        Cache {
            service: service(kind, name, alone),
            image: format!("{image}:{}", cache.version),
            client,
            port: 6379 + at,
        }
    };
    stack.caches.iter().enumerate().map(of).collect()
}

/// What the stand-in has to play. Events and measurements are sent by code, whatever the stack has.
fn services(stack: &Stack) -> Vec<&'static str> {
    let mut services = vec!["cloudwatch", "events", "ssm"];
    services.extend((!stack.buckets.is_empty()).then_some("s3"));
    services.extend((!stack.secrets.is_empty()).then_some("secretsmanager"));
    services.extend((!stack.topics.is_empty()).then_some("sns"));
    services.extend((!stack.queues.is_empty()).then_some("sqs"));
    services.sort_unstable();
    services
}

fn bucket_name(here: &Target, name: &Name) -> String {
    format!("{}-{name}-{ENVIRONMENT}", here.system)
}

fn queue_name(name: &Name, suffix: &str, ordered: bool) -> String {
    format!("{name}{suffix}{}", if ordered { ".fifo" } else { "" })
}

/// Where the address of a database stands, and what it says.
fn addresses(here: &Target, stack: &Stack) -> Vec<(String, String)> {
    let alone = stack.databases.len() == 1;
    let address = |(name, database): (&Name, &crate::model::database::Database)| {
        let path = if alone { "database/url".to_owned() } else { format!("database/{name}/url") };
        let service = service("postgres", name, alone);
        (names::kept_at(here, &path), format!("postgres://postgres:{PASSWORD}@{service}:5432/{}", database.name))
    };
    stack.databases.iter().map(address).collect()
}

/// Settings by where they stand.
fn settings(here: &Target, stack: &Stack) -> Vec<(String, String)> {
    let of = |(name, setting): (&Name, &crate::model::setting::Setting)| {
        (super::setting::path(here, stack, name), setting.value.to_string())
    };
    stack.settings.iter().map(of).collect()
}

/// Secrets by where they stand.
fn secrets(here: &Target, stack: &Stack) -> Vec<String> {
    let of = |(name, secret): (&Name, &crate::model::secret::Secret)| match secret.value {
        SecretValue::External | SecretValue::Generated => {
            names::kept_at(here, secret.path.as_deref().unwrap_or(name.as_str()))
        }
    };
    stack.secrets.iter().map(of).collect()
}

/// The lines that make it in the container, each once however often they run. Compose reads `$` itself, so it stands twice.
fn script(here: &Target, stack: &Stack) -> Vec<String> {
    let mut lines = Vec::new();
    for name in stack.buckets.keys() {
        let bucket = bucket_name(here, name);
        lines.push(format!("aws s3api head-bucket --bucket {bucket} 2>/dev/null || aws s3 mb s3://{bucket}"));
    }
    for (name, queue) in &stack.queues {
        let made = |name: &str, attributes: &Value| {
            format!("aws sqs create-queue --queue-name {name} --attributes {}", word(&attributes.to_string()))
        };
        let letters = queue_name(name, DEAD_LETTERS, queue.ordered);
        if queue.dead_letters.is_some() {
            lines.push(made(&letters, &ordered(queue)));
        }
        lines.push(made(&queue_name(name, "", queue.ordered), &attributes(stack, queue, &letters)));
    }
    let topic = |name: &Name| format!("aws sns create-topic --name {name}");
    lines.extend(stack.topics.keys().map(topic));
    let put = |path: &str, value: &str, kind: &str| {
        format!("aws ssm put-parameter --overwrite --name {path} --type {kind} --value {}", word(value))
    };
    lines.extend(settings(here, stack).iter().map(|(path, value)| put(path, value, "String")));
    lines.extend(addresses(here, stack).iter().map(|(path, value)| put(path, value, "SecureString")));
    let secret = |path: String| {
        format!(
            "aws secretsmanager describe-secret --secret-id {path} >/dev/null 2>&1 || aws secretsmanager create-secret --name {path} --secret-string {PASSWORD}"
        )
    };
    lines.extend(secrets(here, stack).into_iter().map(secret));
    lines.iter().map(|line| doubled(line)).collect()
}

fn ordered(queue: &Queue) -> Value {
    if queue.ordered { json!({ "FifoQueue": "true" }) } else { json!({}) }
}

fn attributes(stack: &Stack, queue: &Queue, letters: &str) -> Value {
    let mut attributes = ordered(queue);
    if let Some(hidden) = queue.hidden_for {
        attributes["VisibilityTimeout"] = json!(hidden.as_seconds().to_string());
    }
    if let Some(dead) = &queue.dead_letters {
        let arn = format!("arn:aws:sqs:{}:{ACCOUNT}:{letters}", stack.placement.region);
        let policy = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": dead.after.to_string() });
        attributes["RedrivePolicy"] = json!(policy.to_string());
    }
    attributes
}

/// A word of the shell. A line break would end the line of the file that it stands in.
fn word(text: &str) -> String {
    format!("'{}'", text.replace(['\r', '\n'], " ").replace('\'', r"'\''"))
}

/// Text in which compose finds no variable.
fn doubled(text: &str) -> String {
    text.replace('$', "$$")
}

/// The same for the sandbox: native types and properties.
fn resources(here: &Target, stack: &Stack) -> Vec<(String, Value)> {
    let mut made: Vec<(&str, Value)> = Vec::new();
    made.extend(stack.buckets.keys().map(|name| ("AWS::S3::Bucket", json!({ "BucketName": bucket_name(here, name) }))));
    for (name, queue) in &stack.queues {
        let mut of = |suffix: &str| {
            let fifo = queue.ordered.then_some(true);
            let mut properties = json!({ "QueueName": queue_name(name, suffix, queue.ordered) });
            if let Some(fifo) = fifo {
                properties["FifoQueue"] = json!(fifo);
            }
            made.push(("AWS::SQS::Queue", properties));
        };
        if queue.dead_letters.is_some() {
            of(DEAD_LETTERS);
        }
        of("");
    }
    made.extend(stack.topics.keys().map(|name| ("AWS::SNS::Topic", json!({ "TopicName": name }))));
    // CloudFormation's type knows no secure strings; what stands in the address is no secret.
    let parameters = settings(here, stack).into_iter().chain(addresses(here, stack));
    made.extend(
        parameters
            .map(|(path, value)| (super::setting::KIND, json!({ "Name": path, "Type": "String", "Value": value }))),
    );
    made.extend(secrets(here, stack).into_iter().map(|path| ("AWS::SecretsManager::Secret", json!({ "Name": path }))));
    made.into_iter().map(|(kind, properties)| (kind.to_owned(), properties)).collect()
}
