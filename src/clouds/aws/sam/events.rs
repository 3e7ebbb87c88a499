//! `Events`: what calls a function. A file for each kind.

use serde_json::{Map, Value};

use super::Expansion;
use super::error::SamError;
use super::function::Target;
use super::made::Made;
use super::properties::Properties;
use super::role::Role;

mod bucket;
mod http;
mod mapping;
mod rule;
mod schedule;
mod topic;

pub(super) use http::prepare as prepare_http;

/// One event: its properties, and what it is attached to.
pub(super) struct Event<'a> {
    /// The logical id that its resource gets: the function's with the event's name.
    pub(super) id: String,
    pub(super) target: &'a Target,
    pub(super) given: Properties,
}

/// Expands the events of a function, in SAM's order: by path, else by name, so that `$default` comes before `/`.
pub(super) fn make(
    target: &Target,
    events: Map<String, Value>,
    role: &mut Role,
    expansion: &mut Expansion<'_>,
) -> Result<Vec<Made>, SamError> {
    let mut ordered: Vec<_> = events.into_iter().collect();
    ordered.sort_by_key(|(name, event)| {
        let path = event.get("Properties").and_then(|properties| properties.get("Path")).and_then(Value::as_str);
        let is_http = event.get("Type").is_some_and(|kind| kind == "HttpApi");
        let path = path.or_else(|| is_http.then_some(super::open_api::DEFAULT));
        path.unwrap_or(name).to_owned()
    });
    let mut made = Vec::new();
    for (name, event) in ordered {
        made.extend(one(&name, event, target, role, expansion)?);
    }
    Ok(made)
}

fn one(
    name: &str,
    event: Value,
    target: &Target,
    role: &mut Role,
    expansion: &mut Expansion<'_>,
) -> Result<Vec<Made>, SamError> {
    let path = format!("Events.{name}");
    let Value::Object(event) = event else {
        return Err(SamError::invalid(&target.function, &path, "it must be an object with Type and Properties"));
    };
    let mut whole = Properties::new(&target.function, &path, event);
    let kind = whole.text("Type")?.unwrap_or_default();
    let properties = whole.object("Properties")?.unwrap_or_default();
    whole.finish()?;
    let given = Properties::new(&target.function, &format!("{path}.Properties"), properties);
    let mut event = Event { id: format!("{}{name}", target.function), target, given };
    let made = match kind.as_str() {
        "Schedule" => rule::schedule(&mut event)?,
        "ScheduleV2" => schedule::make(&mut event)?,
        "CloudWatchEvent" | "EventBridgeRule" => rule::pattern(&mut event)?,
        "SQS" | "Kinesis" | "DynamoDB" => mapping::make(&mut event, &kind, role)?,
        "SNS" => topic::make(&mut event, role, expansion)?,
        "S3" => bucket::make(&mut event, expansion)?,
        "HttpApi" => http::make(&mut event, expansion)?,
        other => {
            let known = "CloudWatchEvent, DynamoDB, EventBridgeRule, HttpApi, Kinesis, S3, SNS, SQS, Schedule and ScheduleV2 are";
            return Err(SamError::unsupported(
                &target.function,
                &format!("{path}.Type"),
                format!("{other} is not among those that are known; {known}"),
            ));
        }
    };
    event.given.finish()?;
    Ok(made)
}
