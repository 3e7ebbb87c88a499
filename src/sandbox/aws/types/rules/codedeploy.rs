//! CodeDeploy.
//!
//! Source: CodeDeploy API Reference, CreateDeploymentGroup and AlarmConfiguration; what the role needs: CodeDeploy User Guide, "Create
//! a service role for CodeDeploy". Whether an alarm is there isn't looked at: it may be made later.

use serde_json::Value;

use super::Asked;
use super::permissions::{allows, is_assumable};

/// The most alarms of a group.
const MOST_ALARMS: usize = 10;

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    match asked.kind() {
        "AWS::CodeDeploy::DeploymentGroup" => group(asked),
        _ => None,
    }
}

fn group(asked: &Asked<'_>) -> Option<String> {
    let application = asked.text("ApplicationName")?;
    let Some(found) = asked.find("AWS::CodeDeploy::Application", &application) else {
        return asked.refuse(&format!("No application found for name: {application}"), "NotFound");
    };
    if let Some(configuration) = asked.text("DeploymentConfigName")
        && !configuration.starts_with("CodeDeployDefault.")
        && asked.find("AWS::CodeDeploy::DeploymentConfig", &configuration).is_none()
    {
        return asked.refuse(&format!("No deployment configuration found for name: {configuration}"), "NotFound");
    }
    alarms(asked).or_else(|| role(asked, found.properties.get("ComputePlatform")))
}

fn alarms(asked: &Asked<'_>) -> Option<String> {
    let alarms = asked.list("AlarmConfiguration.Alarms");
    let names: Vec<&str> = alarms.iter().filter_map(|alarm| alarm.get("Name")?.as_str()).collect();
    if names.len() > MOST_ALARMS {
        return asked.invalid("The maximum number of alarms for a deployment group is 10.");
    }
    if asked.is_true("AlarmConfiguration.Enabled") && names.is_empty() {
        return asked.invalid("The alarm configuration is enabled, but the alarm list is empty.");
    }
    let twice = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name));
    twice.and_then(|(_, name)| asked.invalid(&format!("Two alarms with the same name were specified: {name}")))
}

fn role(asked: &Asked<'_>, platform: Option<&Value>) -> Option<String> {
    let role = asked.text("ServiceRoleArn")?;
    if !is_assumable(asked, &role, "codedeploy.amazonaws.com") {
        return asked
            .invalid(&format!("AWS CodeDeploy does not have the permissions required to assume the role {role}."));
    }
    if platform.and_then(Value::as_str) != Some("Lambda") {
        return None;
    }
    let watches = asked.is_true("AlarmConfiguration.Enabled").then_some("cloudwatch:DescribeAlarms");
    let needed = ["lambda:GetAlias", "lambda:UpdateAlias"].into_iter().chain(watches);
    let missing = needed.filter(|action| !allows(asked, &role, action)).collect::<Vec<_>>();
    if missing.is_empty() {
        return None;
    }
    // The service only finds out when it deploys; here it is said at once.
    asked.invalid(&format!("The role {role} does not allow {}.", missing.join(", ")))
}
