//! Lambda.
//!
//! Source, where none is given: Lambda API Reference, CreateFunction and CreateEventSourceMapping, and the Lambda Developer Guide's
//! "Lambda quotas".

use serde_json::Value;

use super::Asked;
use super::asked::property;
use super::permissions::{allows, is_assumable};
use crate::sandbox::aws::cloudformation::evaluate::scalar_text;
use crate::sandbox::engine::inventory::Physical;

/// The most bytes of all environment variables together.
const VARIABLES_LIMIT: usize = 4_096;
/// Executions at the same time in an account and region, and how many of them can't be reserved.
const CONCURRENCY: f64 = 1_000.0;
const UNRESERVED: f64 = 100.0;
/// Seconds that a function may take where nothing is said.
const DEFAULT_TIMEOUT: f64 = 3.0;
/// Seconds that a message stays hidden where nothing is said. Source: SQS API Reference, CreateQueue.
const DEFAULT_VISIBILITY: f64 = 30.0;

/// Variables that the service sets. Source: Lambda Developer Guide, "Defined runtime environment variables".
const RESERVED: [&str; 14] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "_HANDLER",
];

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::Lambda::Function" => function(asked),
        "AWS::Lambda::EventSourceMapping" => mapping(asked),
        "AWS::Lambda::Permission" | "AWS::Lambda::Version" | "AWS::Lambda::EventInvokeConfig" => {
            let name = asked.text("FunctionName")?;
            if find(asked, &name).is_some() { None } else { not_found(asked, &name) }
        }
        "AWS::Lambda::Alias" => alias(asked),
        _ => None,
    }
}

fn not_found(asked: &Asked<'_>, name: &str) -> Option<String> {
    let arn = if name.starts_with("arn:") {
        name.to_owned()
    } else {
        format!("arn:aws:lambda:{}:{}:function:{name}", asked.region(), asked.account())
    };
    asked.refuse(&format!("Function not found: {arn}"), "NotFound")
}

/// A function by its name, its ARN, or either with a version or alias behind it. Functions of other accounts count as found.
fn find<'a>(asked: &Asked<'a>, name: &str) -> Option<&'a Physical> {
    let name = match name.strip_prefix("arn:aws:lambda:") {
        Some(rest) => rest.split(':').nth(3)?,
        None => name.split(':').next()?,
    };
    asked.find("AWS::Lambda::Function", name)
}

fn function(asked: &Asked<'_>) -> Option<String> {
    let role = asked.text("Role")?;
    if !is_assumable(asked, &role, "lambda.amazonaws.com") {
        return asked.invalid("The role defined for the function cannot be assumed by Lambda.");
    }
    code(asked)
        .or_else(|| variables(asked))
        .or_else(|| network(asked, &role))
        .or_else(|| dead_letters(asked, &role))
        .or_else(|| concurrency(asked))
}

fn code(asked: &Asked<'_>) -> Option<String> {
    let is_image = asked.text("PackageType").as_deref() == Some("Image") || asked.value("Code.ImageUri").is_some();
    if !is_image && (asked.value("Handler").is_none() || asked.value("Runtime").is_none()) {
        return asked
            .invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.");
    }
    let (bucket, key) = (asked.text("Code.S3Bucket")?, asked.text("Code.S3Key")?);
    let version = asked.text("Code.S3ObjectVersion");
    let failed = |code: &str, message: &str| {
        asked.invalid(&format!("Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"))
    };
    let Some(found) = asked.world.buckets.get(&bucket) else {
        return failed("NoSuchBucket", "The specified bucket does not exist");
    };
    if found.account != asked.account() {
        return failed("AccessDenied", "Access Denied");
    }
    if found.region != asked.region() {
        return failed(
            "PermanentRedirect",
            &format!("The bucket is in this region: {}. Please use this region to retry the request", found.region),
        );
    }
    let there = match &version {
        None => found.current(&key).is_some(),
        Some(id) => found.version(&key, id).is_some_and(|version| version.content.is_some()),
    };
    match (there, version) {
        (true, _) => None,
        (false, None) => failed("NoSuchKey", "The specified key does not exist."),
        (false, Some(_)) => failed("NoSuchVersion", "The specified version does not exist."),
    }
}

fn variables(asked: &Asked<'_>) -> Option<String> {
    const UNABLE: &str =
        "Lambda was unable to configure your environment variables because the environment variables you have provided";
    let variables = asked.value("Environment.Variables")?.as_object()?;
    let reserved: Vec<&str> = variables.keys().map(String::as_str).filter(|name| RESERVED.contains(name)).collect();
    if !reserved.is_empty() {
        return asked.invalid(&format!(
            "{UNABLE} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        ));
    }
    let size = serde_json::to_string(variables).unwrap_or_default().len();
    if size > VARIABLES_LIMIT {
        return asked.invalid(&format!("{UNABLE} exceeded the 4KB limit."));
    }
    None
}

/// A function in a network makes network interfaces with its own role.
fn network(asked: &Asked<'_>, role: &str) -> Option<String> {
    if asked.list("VpcConfig.SubnetIds").is_empty() || allows(asked, role, "ec2:CreateNetworkInterface") {
        return None;
    }
    asked.invalid("The provided execution role does not have permissions to call CreateNetworkInterface on EC2")
}

fn dead_letters(asked: &Asked<'_>, role: &str) -> Option<String> {
    let target = asked.text("DeadLetterConfig.TargetArn")?;
    let (action, words) = if target.starts_with("arn:aws:sqs:") {
        ("sqs:SendMessage", "SendMessage on SQS")
    } else {
        ("sns:Publish", "Publish on SNS")
    };
    if allows(asked, role, action) {
        return None;
    }
    asked.invalid(&format!("The provided execution role does not have permissions to call {words}"))
}

fn concurrency(asked: &Asked<'_>) -> Option<String> {
    let reserved = asked.number("ReservedConcurrentExecutions")?;
    let others: f64 = asked
        .others("AWS::Lambda::Function")
        .filter_map(|other| property(other, "ReservedConcurrentExecutions")?.parse::<f64>().ok())
        .sum();
    if reserved + others <= CONCURRENCY - UNRESERVED {
        return None;
    }
    asked.invalid(&format!(
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{UNRESERVED}]."
    ))
}

fn mapping(asked: &Asked<'_>) -> Option<String> {
    let name = asked.text("FunctionName")?;
    let Some(function) = find(asked, &name) else { return not_found(asked, &name) };
    let source = asked.text("EventSourceArn")?;
    let queue_name = source.strip_prefix("arn:aws:sqs:")?.rsplit(':').next()?;
    let queue = asked
        .others("AWS::SQS::Queue")
        .find(|queue| queue.attributes.get("Arn").and_then(Value::as_str) == Some(source.as_str()));
    let Some(queue) = queue else {
        return asked.invalid(&format!(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist. ({queue_name})"
        ));
    };
    let role = property(function, "Role").unwrap_or_default();
    for action in ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"] {
        if !allows(asked, &role, &format!("sqs:{action}")) {
            return asked
                .invalid(&format!("The provided execution role does not have permissions to call {action} on SQS"));
        }
    }
    let seconds = |resource: &Physical, name: &str, default: f64| {
        resource.properties.get(name).and_then(scalar_text).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let hidden = seconds(queue, "VisibilityTimeout", DEFAULT_VISIBILITY);
    let runs = seconds(function, "Timeout", DEFAULT_TIMEOUT);
    if hidden >= runs {
        return None;
    }
    asked.invalid(&format!("Queue visibility timeout: {hidden} seconds is less than Function timeout: {runs} seconds"))
}

fn alias(asked: &Asked<'_>) -> Option<String> {
    let name = asked.text("FunctionName")?;
    let Some(function) = find(asked, &name) else { return not_found(asked, &name) };
    let version = asked.text("FunctionVersion").filter(|version| version != "$LATEST")?;
    let arn = format!("{}:{version}", function.attributes.get("Arn").and_then(Value::as_str).unwrap_or_default());
    if asked.find("AWS::Lambda::Version", &arn).is_some() { None } else { not_found(asked, &arn) }
}
