//! Shifts of calls from one version to another: of a function's, which `UpdatePolicy` leaves to CodeDeploy, and of a service's, which
//! ECS does itself where its strategy is `BLUE_GREEN`.
//!
//! Sources: CloudFormation Template Reference, UpdatePolicy, `CodeDeployLambdaAliasUpdate`; CodeDeploy User Guide, "Deployment
//! configurations on an AWS Lambda compute platform" and "Monitoring deployments with CloudWatch alarms"; that a deployment fails
//! whose alias isn't at the version that the stack says: aws/serverless-application-model issue 291; ECS Developer Guide, "Amazon ECS blue/green deployments" and "How CloudWatch alarms
//! detect Amazon ECS deployment failures"; that ECS gives the rule's groups their weights: aws/aws-cdk issue 36649. The words are ours.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Machine, Pending, milliseconds};
use crate::sandbox::aws::cloudformation::evaluate::scalar_text;
use crate::sandbox::aws::cloudformation::template::Declared;
use crate::sandbox::aws::types::lifecycle::{self, Action};
use crate::sandbox::engine::inventory::{self, Physical};
use crate::sandbox::faults::Unwell;

const ALIAS: &str = "AWS::Lambda::Alias";
const SERVICE: &str = "AWS::ECS::Service";
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const GROUP: &str = "AWS::CodeDeploy::DeploymentGroup";
const CONFIGURATION: &str = "AWS::CodeDeploy::DeploymentConfig";

/// A shift under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Shift {
    /// When it began.
    began: Timestamp,
    /// When all calls go to the new version.
    until: Timestamp,
    /// The alarms that are watched meanwhile.
    alarms: Vec<String>,
    /// The rule of a load balancer that leads to a service's new copies, by its key, and where it led before.
    #[serde(default)]
    rule: Option<(String, Value)>,
}

/// Steps of a traffic shift: the share that the new version gets first, and seconds until it has all.
struct Steps {
    first: f64,
    seconds: f64,
}

impl Machine<'_> {
    /// Begins the shift of an alias, where its policy asks for one; when it ends. Dooms it where it can't begin.
    pub(super) fn begin_shift(&mut self, logical_id: &str, pending: &mut Pending, at: Timestamp) -> Option<Timestamp> {
        let resource = self.stack.resources.get(logical_id)?;
        if resource.kind == SERVICE && pending.action == Action::Update && pending.doom.is_none() {
            return self.begin_lead_over(logical_id, pending, at);
        }
        if resource.kind != ALIAS || pending.action != Action::Update || pending.doom.is_some() {
            return None;
        }
        let version = |properties: &Map<String, Value>| properties.get("FunctionVersion").and_then(scalar_text);
        let (old, new) = (version(&resource.properties)?, version(&pending.properties)?);
        let id = resource.physical_id.clone()?;
        let policy = self.alias_policy(logical_id)?;
        if old == new {
            return None;
        }
        let there = lifecycle::find(self.world, ALIAS, &self.stack.place, &id);
        if there.and_then(|alias| version(&alias.properties)) != Some(old) {
            pending.doom = Some(
                "The deployment failed because the AppSpec file that specifies the AWS Lambda deployment configuration is missing or has an invalid configuration. The Lambda function alias version does not match the current version in AppSpec file. (Error code: INVALID_LAMBDA_CONFIGURATION)"
                    .to_owned(),
            );
            return None;
        }
        let group = policy.get("DeploymentGroupName").and_then(Value::as_str).unwrap_or_default();
        let application = policy.get("ApplicationName").and_then(Value::as_str).unwrap_or_default();
        let Some(group) = self.found(GROUP, &format!("{application}|{group}")).cloned() else {
            pending.doom = Some(format!("No Deployment Group found for name: {group}"));
            return None;
        };
        let steps = self.steps(&group);
        let alarms: Vec<String> = match group.properties.get("AlarmConfiguration") {
            Some(watched) if watched.get("Enabled").and_then(scalar_text).as_deref() == Some("true") => {
                let alarms = watched.get("Alarms").and_then(Value::as_array).into_iter().flatten();
                alarms.filter_map(|alarm| Some(alarm.get("Name")?.as_str()?.to_owned())).collect()
            }
            Some(_) | None => Vec::new(),
        };
        let seconds = self.world.faults.seconds(&self.stack.name, logical_id);
        let seconds = seconds.unwrap_or(steps.seconds * self.world.pace);
        let until = at + SignedDuration::from_millis(milliseconds(seconds));
        pending.shift = Some(Shift { began: at, until, alarms, rule: None });
        let weights = json!({"AdditionalVersionWeights": [{"FunctionVersion": new, "FunctionWeight": steps.first}]});
        self.route(&id, Some(weights));
        Some(until)
    }

    /// Leads a service's requests to its other group of copies, where its strategy asks for that and it gets another task definition; when
    /// the copies before are taken away.
    fn begin_lead_over(&mut self, logical_id: &str, pending: &mut Pending, at: Timestamp) -> Option<Timestamp> {
        let resource = self.stack.resources.get(logical_id)?;
        let properties = Value::Object(pending.properties.clone());
        let text = |path: &str| properties.pointer(path).and_then(scalar_text);
        if text("/DeploymentConfiguration/Strategy").as_deref() != Some("BLUE_GREEN")
            || resource.properties.get("TaskDefinition") == properties.get("TaskDefinition")
        {
            return None;
        }
        let id = text("/LoadBalancers/0/AdvancedConfiguration/ProductionListenerRule")?;
        let rule = inventory::key(&lifecycle::place_of(RULE, &self.stack.place), RULE, &id);
        let before = self.world.resources.get(&rule)?.properties.get("Actions")?.clone();
        let watched = text("/DeploymentConfiguration/Alarms/Enable").as_deref() == Some("true");
        let names = properties.pointer("/DeploymentConfiguration/Alarms/AlarmNames").and_then(Value::as_array);
        let alarms = names.into_iter().flatten().filter(|_| watched).filter_map(scalar_text).collect();
        let bakes: f64 = text("/DeploymentConfiguration/BakeTimeInMinutes")?.parse().ok()?;
        let over = self.end_of(at, logical_id, SERVICE, pending.action, &pending.properties, false);
        let until = match self.world.faults.seconds(&self.stack.name, logical_id) {
            Some(_) => over,
            None => over + SignedDuration::from_millis(milliseconds(bakes * 60.0 * self.world.pace)),
        };
        if let Some(there) = self.world.resources.edit(&rule) {
            there.properties.insert("Actions".to_owned(), led_over(&before));
        }
        pending.shift = Some(Shift { began: at, until, alarms, rule: Some((rule, before)) });
        Some(until)
    }

    /// Ends shifts whose alarm rings, at the moment when it began to.
    pub(super) fn stop_shifts(&mut self, now: Timestamp) {
        let shifts = self.operation.pending.iter().filter(|(_, pending)| pending.doom.is_none());
        let shifts: Vec<(String, Shift)> =
            shifts.filter_map(|(name, pending)| Some((name.clone(), pending.shift.clone()?))).collect();
        for (name, shift) in shifts {
            let ringing = shift.alarms.iter().filter_map(|alarm| Some((alarm, self.ringing(alarm)?)));
            let Some((alarm, unwell)) = ringing.min_by_key(|(_, unwell)| unwell.since) else { continue };
            let at = unwell.since.max(shift.began);
            if at > now || at > shift.began && at >= shift.until {
                continue;
            }
            let why = format!(
                "The deployment was stopped because the alarm {alarm} rang ({}), and all calls go to the version before again",
                unwell.message
            );
            if let Some(pending) = self.operation.pending.get_mut(&name) {
                pending.doom = Some(why);
            }
            self.operation.run.reschedule(&name, at);
        }
    }

    /// Ends a shift: no version has a share of the calls any more. One that was `stopped` leads requests to where they went before.
    pub(super) fn end_shift(&mut self, logical_id: &str, pending: &Pending, stopped: bool) {
        if let Some((rule, before)) = pending.shift.as_ref().and_then(|shift| shift.rule.as_ref()) {
            if let Some(there) = self.world.resources.edit(rule).filter(|_| stopped) {
                there.properties.insert("Actions".to_owned(), before.clone());
            }
            return;
        }
        let id = self.stack.resources.get(logical_id).and_then(|resource| resource.physical_id.clone());
        if let (Some(_), Some(id)) = (&pending.shift, id) {
            self.route(&id, None);
        }
    }

    fn route(&mut self, alias: &str, weights: Option<Value>) {
        let key = inventory::key(&lifecycle::place_of(ALIAS, &self.stack.place), ALIAS, alias);
        if let Some(alias) = self.world.resources.edit(&key) {
            match weights {
                Some(weights) => alias.properties.insert("RoutingConfig".to_owned(), weights),
                None => alias.properties.remove("RoutingConfig"),
            };
        }
    }

    /// The policy of an alias, with its references resolved.
    fn alias_policy(&self, logical_id: &str) -> Option<Map<String, Value>> {
        let declared: Declared<'_> = self.stack.definition.template.resource(logical_id)?;
        let policy = declared.attributes.get("UpdatePolicy")?;
        self.resolved(policy).ok()?.get("CodeDeployLambdaAliasUpdate")?.as_object().cloned()
    }

    fn steps(&self, group: &Physical) -> Steps {
        let name = group.properties.get("DeploymentConfigName").and_then(scalar_text).unwrap_or_default();
        if let Some(brought_along) = name.strip_prefix("CodeDeployDefault.Lambda") {
            return brought_along_steps(brought_along);
        }
        let routing = self.found(CONFIGURATION, &name).and_then(|found| found.properties.get("TrafficRoutingConfig"));
        let number = |path: &str| -> Option<f64> { scalar_text(routing?.pointer(path)?)?.parse().ok() };
        let canary = number("/TimeBasedCanary/CanaryPercentage").zip(number("/TimeBasedCanary/CanaryInterval"));
        let linear = number("/TimeBasedLinear/LinearPercentage").zip(number("/TimeBasedLinear/LinearInterval"));
        match (canary, linear) {
            (Some((percent, minutes)), _) => Steps { first: percent / 100.0, seconds: minutes * 60.0 },
            (None, Some((percent, minutes))) => {
                Steps { first: percent / 100.0, seconds: ((100.0 / percent).ceil() - 1.0) * minutes * 60.0 }
            }
            (None, None) => Steps { first: 1.0, seconds: 0.0 },
        }
    }

    fn found(&self, kind: &str, id: &str) -> Option<&Physical> {
        lifecycle::find(self.world, kind, &self.stack.place, id)
    }

    /// Why an alarm rings, if it does. This stack is out of the world meanwhile, so its faults are asked for here.
    fn ringing(&self, alarm: &str) -> Option<Unwell> {
        let alarm = self.found("AWS::CloudWatch::Alarm", alarm)?;
        let owner = alarm.owner.as_ref()?;
        if owner.stack == self.stack.id {
            self.world.faults.unwell(&self.stack.name, &owner.logical_id, self.stack.updated)
        } else {
            self.world.unwell(alarm)
        }
    }
}

/// The steps of a configuration that CodeDeploy brings along, from its name: `Canary10Percent5Minutes`,
/// `Linear10PercentEvery1Minute`, `AllAtOnce`.
fn brought_along_steps(name: &str) -> Steps {
    let numbers: Vec<f64> =
        name.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
    match numbers.as_slice() {
        [percent, minutes] if name.starts_with("Linear") => {
            Steps { first: percent / 100.0, seconds: (100.0 / percent - 1.0) * minutes * 60.0 }
        }
        [percent, minutes] => Steps { first: percent / 100.0, seconds: minutes * 60.0 },
        _ => Steps { first: 1.0, seconds: 0.0 },
    }
}

/// The actions of a rule with the weights of its two groups exchanged.
fn led_over(actions: &Value) -> Value {
    let mut actions = actions.clone();
    if let Some([one, other]) =
        actions.pointer_mut("/0/ForwardConfig/TargetGroups").and_then(Value::as_array_mut).map(Vec::as_mut_slice)
    {
        std::mem::swap(&mut one["Weight"], &mut other["Weight"]);
    }
    actions
}
