//! Rollouts: AWS CodeDeploy shifts the calls of the alias `live` to a new version inside CloudFormation's own update, watches the
//! alarms, and shifts them back when one rings; the update then fails and is undone.
//!
//! The template's parameter [`GRADUALLY`] switches them off for one deployment, so that the document stays the same.

use serde_json::{Map, Value, json};

use crate::clouds::aws::draft::Draft;
use crate::clouds::aws::expression::{attribute, reference, sub};
use crate::clouds::aws::{names, role};
use crate::diagnostics::finding::Finding;
use crate::model::alarm::Alarm;
use crate::model::metric::Metric;
use crate::model::reference::{Kind, Reference};
use crate::model::rollout::Rollout;
use crate::model::stack::Stack;

/// The parameter that says whether workloads roll out as their environment asks: `true`, or `false` for all at once.
pub(in crate::clouds::aws) const GRADUALLY: &str = "RollOutGradually";

/// The canaries that CodeDeploy brings along: percent and minutes (CodeDeploy user guide, "Deployment configurations on an AWS
/// Lambda compute platform").
const BROUGHT_ALONG: [(u64, u64); 4] = [(10, 5), (10, 10), (10, 15), (10, 30)];
/// The longest pause in minutes (CodeDeploy API reference, TimeBasedCanary: 2,880).
const LONGEST: u64 = 2_880;

/// Whether a function or a service of the stack rolls out.
pub(in crate::clouds::aws) fn any(stack: &Stack) -> bool {
    let functions = stack.functions.values().any(|function| function.rollout.is_some());
    functions || stack.services.values().any(|service| service.rollout.is_some())
}

/// How SAM is told to roll a function out, with what that needs.
pub(super) fn preference(draft: &mut Draft<'_>, of: &Reference, rollout: &Rollout) -> Value {
    check(draft, of, rollout);
    let component = of.to_string();
    let id = names::logical(of);
    let (share, minutes) = (rollout.canary.percent().round() as u64, rollout.lasts.as_minutes());
    let kind = if BROUGHT_ALONG.contains(&(share, minutes)) {
        json!(format!("Canary{share}Percent{minutes}Minutes"))
    } else {
        let canary = json!({ "CanaryPercentage": share, "CanaryInterval": minutes });
        let routing = json!({ "Type": "TimeBasedCanary", "TimeBasedCanary": canary });
        let properties = json!({ "ComputePlatform": "Lambda", "TrafficRoutingConfig": routing });
        draft.add(&component, format!("{id}Rollout"), "AWS::CodeDeploy::DeploymentConfig", properties);
        reference(format!("{id}Rollout"))
    };
    let shifts = format!("{id}RolloutRole");
    let alias = sub(format!("${{{id}.Arn}}:{}", super::ALIAS));
    let statements = vec![
        role::allow(
            "ShiftCalls",
            &["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"],
            [attribute(&id, "Arn"), alias],
        ),
        // Has no resources to hold it to where several alarms are asked for (service authorization reference, Amazon CloudWatch).
        role::allow("WatchAlarms", &["cloudwatch:DescribeAlarms"], [json!("*")]),
    ];
    let trust = role::taken_for_this_account_by("codedeploy.amazonaws.com");
    role::role(draft, &component, &shifts, trust, statements);
    json!({
        "Enabled": reference(GRADUALLY),
        "Type": kind,
        "Alarms": watched(draft, rollout),
        "Role": attribute(shifts, "Arn"),
    })
}

/// The declaration of the parameter.
pub(in crate::clouds::aws) fn declaration() -> Map<String, Value> {
    [
        ("Type", json!("String")),
        ("Description", json!("Whether new versions take over as their rollout says; false for all at once")),
        ("AllowedValues", json!(["true", "false"])),
        ("Default", json!("true")),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}

/// The alarms. One that measures an API is named and not referred to: the API waits for the alias, and the alias for its alarms.
fn watched(draft: &Draft<'_>, rollout: &Rollout) -> Vec<Value> {
    let alarm = |of: &Reference| match draft.stack.alarms.get(&of.name) {
        Some(alarm) if measures_api(alarm) => json!(names::physical(draft.target, &of.name, names::ALARM)),
        Some(_) | None => reference(names::logical(of)),
    };
    rollout.watch.iter().filter(|of| draft.stack.has(of)).map(alarm).collect()
}

fn measures_api(alarm: &Alarm) -> bool {
    let terms = alarm.math.iter().flat_map(|math| math.terms.values()).map(|term| &term.metric);
    let is_api = |metric: &Metric| matches!(metric, Metric::Measured(measured) if measured.of.kind == Kind::Api);
    alarm.metric.iter().chain(terms).any(is_api)
}

/// What CodeDeploy would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, of: &Reference, rollout: &Rollout) {
    let at = |key: &str| {
        let [section, name] = of.path();
        [section, name, "rollout".to_owned(), key.to_owned()]
    };
    let share = rollout.canary.percent();
    if share.fract() != 0.0 || !(1.0..=99.0).contains(&share) {
        draft.findings.push(
            Finding::error(
                "rollout-canary",
                at("canary"),
                format!("CodeDeploy can't give a new version {} first", rollout.canary),
            )
            .why("it takes whole percent from 1% to 99%")
            .fix("choose one of these, such as 10%"),
        );
    }
    let seconds = rollout.lasts.as_seconds();
    if !seconds.is_multiple_of(60) || !(1..=LONGEST).contains(&(seconds / 60)) {
        draft.findings.push(
            Finding::error("rollout-time", at("for"), format!("CodeDeploy can't wait for `{}`", rollout.lasts))
                .why("it takes whole minutes from one minute to two days")
                .fix("choose one of these, such as 5m"),
        );
    }
    each_once(draft, of, &rollout.watch);
}

/// Says which alarms are watched more than once.
pub(in crate::clouds::aws) fn each_once(draft: &mut Draft<'_>, of: &Reference, watch: &[Reference]) {
    let [section, name] = of.path();
    for (index, alarm) in watch.iter().enumerate() {
        if watch[..index].contains(alarm) {
            let at = [section.clone(), name.clone(), "rollout".to_owned(), "watch".to_owned()];
            draft.findings.push(
                Finding::error("rollout-watch", at, format!("`{alarm}` is watched twice"))
                    .why("each alarm is taken once")
                    .fix("name it once"),
            );
        }
    }
}
