//! What the actions that make or change stacks read from their requests.

use std::collections::BTreeMap;

use super::parameters;
use super::stack::{Definition, Stack};
use super::template::{BODY_LIMIT, OBJECT_LIMIT, Template};
use super::{naming, transform};
use crate::sandbox::aws::caller::{Caller, PARTITION, is_account};
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::aws::query::Query;
use crate::sandbox::aws::s3::object;
use crate::sandbox::world::World;

/// The most tags of a stack. Source: API Reference, CreateStack, "Tags".
const TAG_LIMIT: usize = 50;

/// The template that a request brings or points to; none when it brings none.
///
/// # Errors
/// `ValidationError`.
pub fn template_text(world: &World, caller: &Caller, query: &Query) -> Result<Option<String>, ApiError> {
    match (query.text("TemplateBody"), query.text("TemplateURL")) {
        (Some(_), Some(_)) => Err(ApiError::validation("You can specify only one of TemplateBody and TemplateURL.")),
        (Some(body), None) => {
            if body.is_empty() || body.len() > BODY_LIMIT {
                let relation =
                    if body.is_empty() { "greater than or equal to 1" } else { "less than or equal to 51200" };
                let shown: String = body.chars().take(100).collect();
                return Err(ApiError::constraint(
                    &shown,
                    "templateBody",
                    &format!("Member must have length {relation}"),
                ));
            }
            Ok(Some(body.to_owned()))
        }
        (None, Some(url)) => template_object(world, caller, url).map(Some),
        (None, None) => Ok(None),
    }
}

fn template_object(world: &World, caller: &Caller, url: &str) -> Result<String, ApiError> {
    let (bucket, key, version) =
        object::locate(url).ok_or_else(|| ApiError::validation("TemplateURL must be a supported URL."))?;
    let bytes = object::read(world, &caller.account, &bucket, &key, version.as_deref())
        .map_err(|error| ApiError::validation(format!("S3 error: {error}")))?;
    if bytes.len() > OBJECT_LIMIT {
        return Err(ApiError::validation(format!("Template may not exceed {OBJECT_LIMIT} bytes in size.")));
    }
    String::from_utf8(bytes).map_err(|_| ApiError::validation("Template format error: the template is not UTF-8."))
}

/// A definition as read from a request, before its transforms have run.
#[derive(Clone, Debug, PartialEq)]
pub struct Requested {
    /// The definition; its template is the one given.
    pub definition: Definition,
    /// Why the transforms failed, if they did.
    pub transform_failure: Option<String>,
}

/// Reads what a stack is to be made from. `previous` is the stack as it is, for updates.
///
/// # Errors
/// `ValidationError`, `InsufficientCapabilitiesException`.
pub fn definition(
    world: &World,
    caller: &Caller,
    query: &Query,
    previous: Option<&Stack>,
    direct: bool,
) -> Result<Requested, ApiError> {
    let before = previous.map(|stack| &stack.definition);
    let reuse = query.flag("UsePreviousTemplate")?.unwrap_or(false);
    let body = match (template_text(world, caller, query)?, reuse, before) {
        (Some(_), true, _) => {
            return Err(ApiError::validation(
                "You cannot specify both usePreviousTemplate and Template Body/Template URL.",
            ));
        }
        (Some(body), false, _) => body,
        (None, true, Some(before)) => before.template_body.clone(),
        _ => {
            return Err(ApiError::validation("Either Template URL or Template Body must be specified."));
        }
    };
    let given = Template::parse(&body)?;
    let place = naming::place(caller);
    let parameters = parameters::resolve(world, &place, &given, query, before.map(|before| &before.parameters))?;
    let mut capabilities = query.texts("Capabilities");
    capabilities.sort();
    for capability in &capabilities {
        let known = ["CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"];
        if !known.contains(&capability.as_str()) {
            return Err(ApiError::constraint(
                &format!("[{capability}]"),
                "capabilities",
                "Member must satisfy constraint: [Member must satisfy enum value set: [CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND, CAPABILITY_IAM]]",
            ));
        }
    }
    // A direct operation must acknowledge macros; a change set shows what they make.
    let transforms = given.transforms();
    if direct && !transforms.is_empty() && !capabilities.iter().any(|name| name == "CAPABILITY_AUTO_EXPAND") {
        return Err(insufficient(&["CAPABILITY_AUTO_EXPAND"]));
    }
    let (template, transform_failure) = match transform::run(&given, &parameters, &caller.region) {
        Ok(template) => (template, None),
        Err(reason) => (given.clone(), Some(reason)),
    };
    let mut transform_failure = transform_failure;
    if transform_failure.is_none() {
        let lacking = missing_capabilities(&template, &capabilities);
        // What a transform makes is only known once it has run.
        match (lacking.is_empty(), transforms.is_empty() || direct) {
            (true, _) => {}
            (false, true) => return Err(insufficient(&lacking)),
            (false, false) => transform_failure = Some(insufficient(&lacking).message),
        }
        if transforms.is_empty() {
            template.check_references()?;
        } else if transform_failure.is_none() {
            transform_failure = template.check_references().err().map(|error| error.message);
        }
    }
    let definition = Definition {
        template_body: body,
        template,
        parameters,
        capabilities,
        tags: tags(query, before)?,
        role_arn: role(caller, query, before)?,
        notification_arns: match (query.has_list("NotificationARNs"), before) {
            (false, Some(before)) => before.notification_arns.clone(),
            _ => query.texts("NotificationARNs"),
        },
        timeout_minutes: query.number("TimeoutInMinutes")?,
    };
    Ok(Requested { definition, transform_failure })
}

fn missing_capabilities(template: &Template, given: &[String]) -> Vec<&'static str> {
    let (required, _) = template.required_capabilities();
    let has = |name: &str| given.iter().any(|capability| capability == name);
    required
        .into_iter()
        .filter(|name| *name != "CAPABILITY_AUTO_EXPAND")
        .filter(|name| !has(name) && (*name != "CAPABILITY_IAM" || !has("CAPABILITY_NAMED_IAM")))
        .collect()
}

fn insufficient(capabilities: &[&str]) -> ApiError {
    ApiError::new(
        400,
        "InsufficientCapabilitiesException",
        format!("Requires capabilities : [{}]", capabilities.join(", ")),
    )
}

fn tags(query: &Query, before: Option<&Definition>) -> Result<BTreeMap<String, String>, ApiError> {
    if !query.has_list("Tags")
        && let Some(before) = before
    {
        return Ok(before.tags.clone());
    }
    let mut tags = BTreeMap::new();
    for tag in query.structures("Tags") {
        let key = tag.required("Key")?.to_owned();
        if key.starts_with("aws:") {
            return Err(ApiError::validation(format!(
                "aws: prefixed tag key names are not allowed for external use: {key}"
            )));
        }
        tags.insert(key, tag.text("Value").unwrap_or_default().to_owned());
    }
    if tags.len() > TAG_LIMIT {
        return Err(ApiError::constraint(
            "tags",
            "tags",
            &format!("Member must have length less than or equal to {TAG_LIMIT}"),
        ));
    }
    Ok(tags)
}

/// The sandbox asks no policies: any role of the caller's own account will do.
fn role(caller: &Caller, query: &Query, before: Option<&Definition>) -> Result<Option<String>, ApiError> {
    let Some(role) = query.text("RoleARN") else {
        return Ok(before.and_then(|before| before.role_arn.clone()));
    };
    let parts: Vec<&str> = role.split(':').collect();
    match parts[..] {
        ["arn", PARTITION, "iam", "", account, path] if is_account(account) && path.starts_with("role/") => {
            if account != caller.account {
                return Err(ApiError::access_denied("Cross-account pass role is not allowed."));
            }
            Ok(Some(role.to_owned()))
        }
        _ => Err(ApiError::validation(format!("Role {role} is invalid or cannot be assumed"))),
    }
}
