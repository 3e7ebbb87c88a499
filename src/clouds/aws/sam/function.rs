//! `AWS::Serverless::Function`: the function itself, its role, version and alias, address, failures' destinations, and its events.

use serde_json::{Map, Value, json};

use super::deployment::Preference;
use super::error::SamError;
use super::made::{Attributes, Made, attribute, instead, object, reference, tag_list};
use super::properties::{Properties, truthy};
use super::role::{Role, destination_policy};
use super::{Expansion, code, events, invoke, policies, publish, url};
use crate::clouds::aws::document::TemplateResource;
use crate::clouds::aws::intrinsics::{self, Function as Intrinsic};

/// Properties that pass through with their names.
const PASSED: [&str; 22] = [
    "Architectures",
    "CodeSigningConfigArn",
    "Description",
    "DurableConfig",
    "Environment",
    "EphemeralStorage",
    "FileSystemConfigs",
    "Handler",
    "ImageConfig",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "TenancyConfig",
    "Timeout",
    "VpcConfig",
];

/// What events and addresses are attached to: the function, or the alias that stands before it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The logical id of the function.
    pub(super) function: String,
    /// The logical id of the alias, where there is one.
    pub(super) alias: Option<String>,
    /// What is handed on to everything that is made.
    pub(super) attributes: Attributes,
}

impl Target {
    /// The value that gives the ARN to call.
    pub(super) fn arn(&self) -> Value {
        self.alias.as_deref().map_or_else(|| attribute(&self.function, "Arn"), reference)
    }

    /// The value that names it: the function's name, or the alias' ARN.
    pub(super) fn name(&self) -> Value {
        reference(self.alias.as_deref().unwrap_or(&self.function))
    }

    /// The permission for a service to call it.
    pub(super) fn permission(&self, event: &str, principal: &str, source: [(&str, Option<Value>); 2]) -> Made {
        let [first, second] = source;
        let properties = object([
            ("Action", Some(json!("lambda:InvokeFunction"))),
            ("FunctionName", Some(self.name())),
            ("Principal", Some(json!(principal))),
            first,
            second,
        ]);
        self.attributes.make(format!("{event}Permission"), "AWS::Lambda::Permission", properties)
    }
}

/// Expands one function.
pub(super) fn expand(
    id: &str,
    resource: &TemplateResource,
    properties: Map<String, Value>,
    expansion: &mut Expansion<'_>,
) -> Result<Vec<Made>, SamError> {
    let mut given = Properties::new(id, "", properties);
    given.refuse(
        &["CapacityProviderConfig", "FunctionScalingConfig", "PublishToLatestPublished"],
        "capacity providers are not known here; use an AWS::Lambda::Function",
    )?;
    let attributes = Attributes::of(resource);
    let mut function = Map::new();
    if let Some(name) = given.take_truthy("FunctionName") {
        function.insert("FunctionName".to_owned(), name);
    }
    given.pass(&PASSED, &mut function);
    let mut code = code::of_function(&mut given, &function)?;

    let tags = given.object("Tags")?;
    let propagate = given.take_truthy("PropagateTags").is_some();
    let all_tags = created_by_sam(id, tags.as_ref())?;
    function.insert("Tags".to_owned(), Value::Array(all_tags.clone()));

    let mut role = Role::new(id, expansion.partition);
    role.tags = all_tags;
    if function.contains_key("DurableConfig") {
        role.manage("service-role/AWSLambdaBasicDurableExecutionRolePolicy");
    } else {
        role.manage("service-role/AWSLambdaBasicExecutionRole");
    }
    if let Some(mode) = given.take_truthy("Tracing")
        && expansion.with_parameters(&mode) != "Disabled"
    {
        function.insert("TracingConfig".to_owned(), json!({"Mode": mode}));
        role.manage(if expansion.partition == "aws" { "AWSXrayWriteOnlyAccess" } else { "AWSXRayDaemonWriteAccess" });
    }
    if function.get("VpcConfig").is_some_and(truthy) {
        role.manage("service-role/AWSLambdaVPCAccessExecutionRole");
    }
    dead_letters(&mut given, &mut function, &mut role)?;

    let publication = publish::Publication::take(&mut given)?;
    let has_alias = publication.is_wanted();
    if has_alias {
        // SAM puts the values of parameters into the code's place when it publishes versions.
        code = expansion.with_parameters(&code);
    }
    function.insert("Code".to_owned(), code);
    let own_role = given.take("Role");
    if let Some(own) = &own_role {
        function.insert("Role".to_owned(), own.clone());
    }
    let mut made = Vec::new();
    let published = publication.publish(id, &attributes, &mut function, expansion)?;
    let alias = published.as_ref().map(|published| published.alias.id.clone());
    let alias_name = published.as_ref().map(|published| published.name.clone());
    let target = Target { function: id.to_owned(), alias: alias.clone(), attributes: attributes.clone() };

    made.extend(url::make(&mut given, &target)?);
    let preference = Preference::take(&mut given, resource, tags.as_ref().filter(|_| propagate), has_alias, expansion)?;
    let mut invocation = invoke::make(&mut given, &target, alias_name.as_deref(), resource, expansion)?;
    made.append(&mut invocation.made);
    role.inline.append(&mut invocation.policies);

    if let Some(mut published) = published {
        if let Some(preference) = preference {
            published.alias.resource.update_policy = Some(preference.update_policy(id));
            expansion.preferences.insert(id.to_owned(), preference);
        }
        made.extend([published.version, published.alias]);
    }

    role.trust = given.take("AssumeRolePolicyDocument");
    role.path = given.take("RolePath");
    role.boundary = given.take("PermissionsBoundary");
    if let Some(policies) = given.take_truthy("Policies") {
        let granted = policies::read(id, &role.id, expansion.partition, policies)?;
        role.grant(granted);
    }

    let events = given.object("Events")?.unwrap_or_default();
    if propagate && events.values().any(|event| event.get("Type").is_some_and(|kind| kind == "S3")) {
        let why = "SAM replaces the tags of the bucket of an S3 event; write the tags where they belong";
        return Err(SamError::unsupported(id, "PropagateTags", why));
    }
    given.finish()?;
    made.extend(events::make(&target, events, &mut role, expansion)?);

    let (role_value, role_made) = choose_role(id, own_role, role, &attributes, expansion)?;
    function.insert("Role".to_owned(), role_value);
    made.extend(role_made);
    made.push(instead(id, resource, "AWS::Lambda::Function", function));
    if let Some(tags) = tags.filter(|tags| propagate && !tags.is_empty()) {
        propagate_tags(&mut made, &tags);
    }
    expose(id, &made, expansion);
    Ok(made)
}

/// The tag that SAM sets, then the user's.
fn created_by_sam(id: &str, tags: Option<&Map<String, Value>>) -> Result<Vec<Value>, SamError> {
    const RESERVED: [&str; 3] = ["lambda:createdBy", "serverlessrepo:applicationId", "serverlessrepo:semanticVersion"];
    let mut all = vec![json!({"Key": "lambda:createdBy", "Value": "SAM"})];
    if let Some(tags) = tags {
        if let Some(reserved) = RESERVED.iter().find(|name| tags.contains_key(**name)) {
            return Err(SamError::invalid(id, "Tags", format!("{reserved} is reserved for SAM")));
        }
        all.extend(tag_list(tags));
    }
    Ok(all)
}

fn dead_letters(given: &mut Properties, function: &mut Map<String, Value>, role: &mut Role) -> Result<(), SamError> {
    let Some(queue) = given.object("DeadLetterQueue")?.filter(|queue| !queue.is_empty()) else { return Ok(()) };
    let mut queue = Properties::new(given.resource(), "DeadLetterQueue", queue);
    let kind = queue.text("Type")?.unwrap_or_default();
    let action = match kind.as_str() {
        "SQS" => "sqs:SendMessage",
        "SNS" => "sns:Publish",
        _ => return Err(queue.invalid("Type", "it must be SQS or SNS")),
    };
    let arn = queue.require("TargetArn")?;
    queue.finish()?;
    role.inline.push(json!({
        "PolicyName": "DeadLetterQueuePolicy",
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": action, "Resource": arn.clone(), "Effect": "Allow"}],
        },
    }));
    function.insert("DeadLetterConfig".to_owned(), json!({"TargetArn": arn}));
    Ok(())
}

/// The function's role: its own, the one that is made, or a choice between them.
fn choose_role(
    id: &str,
    own: Option<Value>,
    role: Role,
    attributes: &Attributes,
    expansion: &mut Expansion<'_>,
) -> Result<(Value, Option<Made>), SamError> {
    let Some(own) = own else {
        return Ok((role.arn(), Some(role.make(attributes))));
    };
    if own.get("Fn::If").is_none() {
        return Ok((own, None));
    }
    let resolved = expansion.with_parameters(&own);
    let Some(Intrinsic::If { condition, then, otherwise }) = intrinsics::function(&resolved) else {
        return Err(SamError::invalid(id, "Role", "Fn::If takes a condition and two values"));
    };
    let arn = role.arn();
    match (intrinsics::is_no_value(then), intrinsics::is_no_value(otherwise)) {
        (true, true) => Ok((arn, Some(role.make(attributes)))),
        (true, false) => {
            let mut made = role.make(attributes);
            made.resource.condition = Some(condition.to_owned());
            Ok((json!({"Fn::If": [condition, arn, otherwise]}), Some(made)))
        }
        (false, true) => {
            let opposite = format!("NOT{condition}");
            let mut made = role.make(attributes);
            made.resource.condition = Some(opposite.clone());
            expansion.conditions.insert(opposite, json!({"Fn::Not": [{"Condition": condition}]}));
            Ok((json!({"Fn::If": [condition, then, arn]}), Some(made)))
        }
        (false, false) => Ok((own, None)),
    }
}

/// Types of which SAM knows that they take tags, among those that come out of a function.
const TAGGED: [&str; 4] = ["AWS::IAM::Role", "AWS::Lambda::Function", "AWS::SNS::Topic", "AWS::SQS::Queue"];

fn propagate_tags(made: &mut [Made], tags: &Map<String, Value>) {
    for made in made.iter_mut().filter(|made| TAGGED.contains(&made.resource.kind.as_str())) {
        made.resource.properties.insert("Tags".to_owned(), Value::Array(tag_list(tags)));
    }
}

/// What other resources may refer to as `Function.Alias` and so on.
fn expose(id: &str, made: &[Made], expansion: &mut Expansion<'_>) {
    for (property, kind) in [
        ("Alias", "AWS::Lambda::Alias"),
        ("Version", "AWS::Lambda::Version"),
        ("DestinationTopic", "AWS::SNS::Topic"),
        ("DestinationQueue", "AWS::SQS::Queue"),
    ] {
        if let Some(target) = made.iter().rfind(|made| made.resource.kind == kind) {
            expansion.references.expose(id, property, &target.id);
        }
    }
}

/// The policy for a destination, where its type needs one.
pub(super) fn policy_for(kind: &str, id: &str, arn: &Value) -> Vec<Value> {
    destination_policy(kind, id, arn).into_iter().collect()
}
