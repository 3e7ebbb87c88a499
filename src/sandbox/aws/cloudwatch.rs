//! CloudWatch: whether alarms ring. Source: CloudWatch API Reference, DescribeAlarms and MetricAlarm.
//!
//! The sandbox keeps no metrics, so an alarm says that it has too little data, as one does that was just made, unless a fault
//! makes it ring. Clients speak the query protocol or Smithy RPC with CBOR; both are here.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::error::{ApiError, iso8601};
use super::query::Query;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

/// The namespace of CloudWatch's answers in the query protocol.
pub const NAMESPACE: &str = "http://monitoring.amazonaws.com/doc/2010-08-01/";

/// What stands before the action in the path of the CBOR protocol.
pub const PATH: &str = "/service/GraniteServiceVersion20100801/operation/";

/// The most alarms named in one call, and of one answer.
const MOST: usize = 100;

/// Carries out an action of the query protocol.
///
/// # Errors
/// As CloudWatch answers them.
pub fn call(world: &World, caller: &Caller, action: &str, query: &Query) -> Result<Xml, ApiError> {
    let mut input = Map::new();
    if query.has_list("AlarmNames") {
        input.insert("AlarmNames".to_owned(), json!(query.texts("AlarmNames")));
    }
    if query.has_list("AlarmTypes") {
        input.insert("AlarmTypes".to_owned(), json!(query.texts("AlarmTypes")));
    }
    for name in ["AlarmNamePrefix", "StateValue", "NextToken", "ChildrenOfAlarmName", "ParentsOfAlarmName"] {
        if let Some(text) = query.text(name) {
            input.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(number) = query.number("MaxRecords")? {
        input.insert("MaxRecords".to_owned(), json!(number));
    }
    let answer = call_rpc(world, caller, action, &Value::Object(input))?;
    let mut xml = Xml::new();
    for list in ["CompositeAlarms", "MetricAlarms"] {
        let alarms = answer.get(list).and_then(Value::as_array).into_iter().flatten();
        xml.list(list, alarms, |xml, alarm| {
            for (name, value) in alarm.as_object().into_iter().flatten() {
                match value {
                    Value::Number(seconds) if is_time(name) => {
                        let seconds = seconds.as_f64().unwrap_or_default();
                        let at = Timestamp::from_millisecond((seconds * 1000.0).round() as i64);
                        xml.text(name, iso8601(at.unwrap_or_default()));
                    }
                    Value::String(text) => xml.text(name, text),
                    Value::Array(texts) => xml.texts(name, texts.iter().filter_map(Value::as_str)),
                    other => xml.text(name, other),
                }
            }
        });
    }
    xml.optional("NextToken", answer.get("NextToken").and_then(Value::as_str));
    Ok(xml)
}

/// Whether a field holds a time: seconds since 1970 as a number.
pub fn is_time(name: &str) -> bool {
    name.ends_with("Timestamp")
}

/// Carries out an action of the CBOR protocol.
///
/// # Errors
/// As CloudWatch answers them.
pub fn call_rpc(world: &World, caller: &Caller, action: &str, input: &Value) -> Result<Value, ApiError> {
    match action {
        "DescribeAlarms" => describe_alarms(world, caller, input),
        _ => Err(ApiError::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version 2010-08-01"),
        )),
    }
}

fn describe_alarms(world: &World, caller: &Caller, input: &Value) -> Result<Value, ApiError> {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    let texts = |name: &str| -> Option<Vec<&str>> {
        Some(input.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect())
    };
    if text("ChildrenOfAlarmName").or(text("ParentsOfAlarmName")).is_some() {
        return Err(ApiError::validation("The sandbox has no composite alarms."));
    }
    let names = texts("AlarmNames");
    if names.as_ref().is_some_and(|names| names.len() > MOST) {
        return Err(ApiError::constraint("[...]", "alarmNames", "Member must have length less than or equal to 100"));
    }
    if names.is_some() && text("AlarmNamePrefix").is_some() {
        return Err(ApiError::new(
            400,
            "InvalidParameterCombination",
            "AlarmNamePrefix and AlarmNames must not be specified together",
        ));
    }
    let states = ["OK", "ALARM", "INSUFFICIENT_DATA"];
    if let Some(state) = text("StateValue").filter(|state| !states.contains(state)) {
        let constraint = "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]";
        return Err(ApiError::constraint(state, "stateValue", constraint));
    }
    let most = match input.get("MaxRecords").and_then(Value::as_u64) {
        None => MOST,
        Some(most) if (1..=100).contains(&most) => usize::try_from(most).unwrap_or(MOST),
        Some(most) => {
            let constraint = "Member must have value less than or equal to 100";
            return Err(ApiError::constraint(&most.to_string(), "maxRecords", constraint));
        }
    };
    let metric_alarms = texts("AlarmTypes").is_none_or(|types| types.contains(&"MetricAlarm"));
    let mut alarms: Vec<&Physical> = world
        .resources
        .iter()
        .map(|(_, physical)| physical)
        .filter(|physical| metric_alarms && physical.kind == "AWS::CloudWatch::Alarm")
        .filter(|physical| physical.place.account == caller.account && physical.place.region == caller.region)
        .filter(|physical| names.as_ref().is_none_or(|names| names.contains(&physical.id.as_str())))
        .filter(|physical| text("AlarmNamePrefix").is_none_or(|prefix| physical.id.starts_with(prefix)))
        .filter(|physical| text("StateValue").is_none_or(|state| state == self::state(world, physical).0))
        .collect();
    alarms.sort_by(|one, other| one.id.cmp(&other.id));
    // A page begins after the alarm that the token names, so that one made meanwhile doesn't shift it.
    let after = text("NextToken");
    let mut rest = alarms.into_iter().filter(|alarm| after.is_none_or(|after| alarm.id.as_str() > after)).peekable();
    let page: Vec<&Physical> = rest.by_ref().take(most).collect();
    let next = rest.peek().and_then(|_| page.last()).map(|alarm| alarm.id.clone());
    let list: Vec<Value> = page.iter().map(|alarm| describe(world, alarm)).collect();
    let mut answer = json!({"CompositeAlarms": [], "MetricAlarms": list});
    if let (Some(next), Some(answer)) = (next, answer.as_object_mut()) {
        answer.insert("NextToken".to_owned(), json!(next));
    }
    Ok(answer)
}

/// An alarm's state, the reason, and since when.
fn state(world: &World, alarm: &Physical) -> (&'static str, String, Timestamp) {
    match world.unwell(alarm) {
        Some(unwell) => ("ALARM", unwell.message, unwell.since),
        None => ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation".to_owned(), alarm.created),
    }
}

fn describe(world: &World, alarm: &Physical) -> Value {
    let (state, reason, since) = state(world, alarm);
    let at = |at: Timestamp| at.as_millisecond() as f64 / 1000.0;
    let mut fields = json!({
        "AlarmName": alarm.id,
        "AlarmArn": alarm.attributes.get("Arn"),
        "AlarmConfigurationUpdatedTimestamp": at(alarm.updated),
        "StateValue": state,
        "StateReason": reason,
        "StateUpdatedTimestamp": at(since),
        "StateTransitionedTimestamp": at(since),
    });
    if let Some(fields) = fields.as_object_mut() {
        let plain = ["AlarmDescription", "ActionsEnabled", "MetricName", "Namespace", "Statistic", "Period"];
        let plain = plain.into_iter().chain(["EvaluationPeriods", "ComparisonOperator", "TreatMissingData"]);
        for name in plain.chain(["AlarmActions", "OKActions"]) {
            if let Some(value) = alarm.properties.get(name) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
        // A double in every protocol: clients of CBOR take no whole number for it.
        if let Some(threshold) = alarm.properties.get("Threshold").and_then(Value::as_f64) {
            fields.insert("Threshold".to_owned(), json!(threshold));
        }
    }
    fields
}
