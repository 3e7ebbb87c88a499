//! `FunctionUrlConfig`: an address of the function's own.

use serde_json::json;

use super::error::SamError;
use super::function::Target;
use super::made::{Made, object, reference};
use super::properties::Properties;
use crate::clouds::aws::intrinsics;

pub(super) fn make(given: &mut Properties, target: &Target) -> Result<Vec<Made>, SamError> {
    let Some(config) = given.object("FunctionUrlConfig")?.filter(|config| !config.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut config = Properties::new(given.resource(), "FunctionUrlConfig", config);
    let auth = config.require("AuthType")?;
    if auth != "NONE" && auth != "AWS_IAM" && intrinsics::function(&auth).is_none() {
        return Err(config.invalid("AuthType", "it must be AWS_IAM or NONE"));
    }
    let who = reference(target.alias.as_deref().unwrap_or(&target.function));
    let (cors, mode) = (config.take_truthy("Cors"), config.take("InvokeMode"));
    config.finish()?;
    let properties = object([
        ("TargetFunctionArn", Some(who.clone())),
        ("AuthType", Some(auth.clone())),
        ("Cors", cors),
        ("InvokeMode", mode),
    ]);
    let id = &target.function;
    let mut made = vec![target.attributes.make(format!("{id}Url"), "AWS::Lambda::Url", properties)];
    if auth == "NONE" {
        let public = |action: &str, name: &str, condition| {
            object([
                ("Action", Some(json!(action))),
                ("FunctionName", Some(who.clone())),
                ("Principal", Some(json!("*"))),
                (name, Some(condition)),
            ])
        };
        let kind = "AWS::Lambda::Permission";
        let through_address = public("lambda:InvokeFunctionUrl", "FunctionUrlAuthType", auth);
        let invoke = public("lambda:InvokeFunction", "InvokedViaFunctionUrl", json!(true));
        made.push(target.attributes.make(format!("{id}UrlPublicPermissions"), kind, through_address));
        made.push(target.attributes.make(format!("{id}URLInvokeAllowPublicAccess"), kind, invoke));
    }
    Ok(made)
}
