//! `DeploymentPreference`: traffic shifted to a new version step by step, by CodeDeploy.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Expansion;
use super::error::SamError;
use super::made::{Attributes, Made, attribute, object, reference, tag_list, trust};
use super::policies::managed_arn;
use super::properties::{Properties, truthy};
use super::references::resolve_mappings;
use crate::clouds::aws::document::TemplateResource;
use crate::clouds::aws::intrinsics::{self, Function};

const APPLICATION: &str = "ServerlessDeploymentApplication";
const SERVICE_ROLE: &str = "CodeDeployServiceRole";
const CONDITION: &str = "ServerlessCodeDeployCondition";

/// Configurations that CodeDeploy brings along, by the names that SAM takes.
const PREDEFINED: [&str; 9] = [
    "AllAtOnce",
    "Canary10Percent10Minutes",
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Canary10Percent5Minutes",
    "Linear10PercentEvery10Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
];

/// How one function's traffic is shifted.
#[derive(Debug)]
pub(super) struct Preference {
    kind: Value,
    before: Option<Value>,
    after: Option<Value>,
    alarms: Option<Value>,
    role: Option<Value>,
    triggers: Option<Value>,
    condition: Option<String>,
    tags: Option<Map<String, Value>>,
}

impl Preference {
    /// The preference of a function, unless it has none or it is switched off.
    pub(super) fn take(
        given: &mut Properties,
        resource: &TemplateResource,
        tags: Option<&Map<String, Value>>,
        has_alias: bool,
        expansion: &Expansion<'_>,
    ) -> Result<Option<Self>, SamError> {
        let Some(preference) = given.object("DeploymentPreference")?.filter(|preference| !preference.is_empty()) else {
            return Ok(None);
        };
        let mut preference = Properties::new(given.resource(), "DeploymentPreference", preference);
        let resolved = |value: Value| resolve_mappings(&expansion.with_parameters(&value), expansion.mappings);
        let enabled = preference.take("Enabled").map(&resolved);
        let kind = preference.take("Type").map(&resolved);
        let passes = match preference.take("PassthroughCondition").map(&resolved) {
            None => false,
            Some(Value::Bool(truth)) => truth,
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => true,
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => false,
            Some(_) => return Err(preference.invalid("PassthroughCondition", "it must be true or false")),
        };
        let (alarms, role) = (preference.take_truthy("Alarms"), preference.take_truthy("Role"));
        let triggers = preference.take_truthy("TriggerConfigurations");
        let hooks = preference.object("Hooks")?.unwrap_or_default();
        preference.finish()?;
        let is_off = |enabled: &Value| !truthy(enabled) || enabled == "false" || enabled == "False";
        if enabled.as_ref().is_some_and(is_off) {
            return Ok(None);
        }
        let Some(kind) = kind else {
            return Err(given.invalid("DeploymentPreference.Type", "it is required"));
        };
        if !has_alias {
            return Err(given.invalid("DeploymentPreference", "it needs AutoPublishAlias"));
        }
        let mut hooks = Properties::new(given.resource(), "DeploymentPreference.Hooks", hooks);
        let (before, after) = (hooks.take("PreTraffic"), hooks.take("PostTraffic"));
        hooks.finish()?;
        let condition = resource.condition.clone().filter(|_| passes);
        Ok(Some(Self { kind, before, after, alarms, role, triggers, condition, tags: tags.cloned() }))
    }

    /// The update policy of the function's alias.
    pub(super) fn update_policy(&self, function: &str) -> Value {
        let update = object([
            ("ApplicationName", Some(reference(APPLICATION))),
            ("DeploymentGroupName", Some(reference(&group_id(function)))),
            ("BeforeAllowTrafficHook", self.before.clone()),
            ("AfterAllowTrafficHook", self.after.clone()),
        ]);
        json!({"CodeDeployLambdaAliasUpdate": update})
    }

    fn group(&self, function: &str) -> Result<Made, SamError> {
        let properties = object([
            ("AlarmConfiguration", self.alarm_configuration(function)?),
            ("ApplicationName", Some(reference(APPLICATION))),
            (
                "AutoRollbackConfiguration",
                Some(json!({
                    "Enabled": true,
                    "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
                })),
            ),
            ("DeploymentConfigName", Some(configuration(&self.kind, false))),
            (
                "DeploymentStyle",
                Some(json!({"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"})),
            ),
            ("ServiceRoleArn", Some(self.role.clone().unwrap_or_else(|| attribute(SERVICE_ROLE, "Arn")))),
            ("TriggerConfigurations", self.triggers.clone()),
            ("Tags", self.tags.as_ref().filter(|tags| !tags.is_empty()).map(|tags| Value::Array(tag_list(tags)))),
        ]);
        let attributes = Attributes { condition: self.condition.clone(), ..Attributes::default() };
        Ok(attributes.make(group_id(function), "AWS::CodeDeploy::DeploymentGroup", properties))
    }

    fn alarm_configuration(&self, function: &str) -> Result<Option<Value>, SamError> {
        let wrong = || SamError::invalid(function, "DeploymentPreference.Alarms", "it must be a list");
        let of = |alarms: &Value| -> Result<Value, SamError> {
            let alarms = alarms.as_array().ok_or_else(wrong)?;
            if alarms.first().is_none_or(intrinsics::is_no_value) {
                return Ok(json!({}));
            }
            let alarms: Vec<_> = alarms.iter().map(|alarm| json!({"Name": alarm})).collect();
            Ok(json!({"Enabled": true, "Alarms": alarms}))
        };
        match &self.alarms {
            None => Ok(None),
            Some(alarms) if intrinsics::is_no_value(alarms) => Ok(None),
            Some(alarms) => match intrinsics::function(alarms) {
                Some(Function::If { condition, then, otherwise }) => {
                    Ok(Some(json!({"Fn::If": [condition, of(then)?, of(otherwise)?]})))
                }
                _ => Ok(Some(of(alarms)?)),
            },
        }
    }
}

fn group_id(function: &str) -> String {
    format!("{function}DeploymentGroup")
}

/// A configuration's name; CodeDeploy's own are spelled out, also inside functions.
fn configuration(kind: &Value, inside_sub: bool) -> Value {
    match kind {
        Value::String(name) if PREDEFINED.contains(&name.as_str()) => {
            let parts = json!(["CodeDeployDefault.Lambda${ConfigName}", {"ConfigName": name}]);
            if inside_sub { parts } else { json!({"Fn::Sub": parts}) }
        }
        Value::Array(items) => items.iter().map(|item| configuration(item, false)).collect(),
        Value::Object(object) if intrinsics::function(kind).is_some() => {
            let entry = |(key, value): (&String, &Value)| (key.clone(), configuration(value, key == "Fn::Sub"));
            Value::Object(object.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

/// What all preferences of a template need together, and the conditions that they add.
pub(super) fn make(
    preferences: &BTreeMap<String, Preference>,
    partition: &str,
    conditions: &mut BTreeMap<String, Value>,
) -> Result<Vec<Made>, SamError> {
    if preferences.is_empty() {
        return Ok(Vec::new());
    }
    let named: BTreeSet<_> = preferences.values().filter_map(|preference| preference.condition.as_deref()).collect();
    let all_conditional = preferences.values().all(|preference| preference.condition.is_some());
    let condition = match (all_conditional, named.len()) {
        (false, _) => None,
        (true, 1) => named.first().map(|name| (*name).to_owned()),
        (true, count) => {
            if count > 10 {
                let why = "more than ten different conditions on functions with DeploymentPreference";
                return Err(SamError::unsupported("Conditions", CONDITION, why));
            }
            let any: Vec<_> = named.iter().map(|name| json!({"Condition": name})).collect();
            conditions.insert(CONDITION.to_owned(), json!({"Fn::Or": any}));
            Some(CONDITION.to_owned())
        }
    };
    let mut tags = Map::new();
    for preference in preferences.values() {
        tags.extend(preference.tags.clone().unwrap_or_default());
    }
    let tags = (!tags.is_empty()).then(|| Value::Array(tag_list(&tags)));
    let attributes = Attributes { condition, ..Attributes::default() };
    let application = object([("ComputePlatform", Some(json!("Lambda"))), ("Tags", tags.clone())]);
    let mut made = vec![attributes.make(APPLICATION, "AWS::CodeDeploy::Application", application)];
    if preferences.values().any(|preference| preference.role.is_none()) {
        let name = if matches!(partition, "aws-iso" | "aws-iso-b") {
            "service-role/AWSCodeDeployRoleForLambdaLimited"
        } else {
            "service-role/AWSCodeDeployRoleForLambda"
        };
        let role = object([
            ("AssumeRolePolicyDocument", Some(trust("codedeploy.amazonaws.com"))),
            ("ManagedPolicyArns", Some(json!([managed_arn(partition, name)]))),
            ("Tags", tags),
        ]);
        made.push(attributes.make(SERVICE_ROLE, "AWS::IAM::Role", role));
    }
    for (function, preference) in preferences {
        made.push(preference.group(function)?);
    }
    Ok(made)
}
