//! The lives of stacks in simulated time, told by the wire's own actions. A file a subject.

mod change_sets;
mod creation;
mod deletion;
mod exports;
mod failed_updates;
mod parameters;
mod restarts;
mod retention;
mod transforms;
mod updates;
mod waiting;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::actions;
use super::operation::advance_all;
use super::stack::Stack;
use crate::sandbox::aws::caller::{Caller, DEFAULT_ACCOUNT};
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::aws::query::Query;
use crate::sandbox::faults::Fault;
use crate::sandbox::world::World;

/// A world, a caller and a clock.
struct Story {
    folder: tempfile::TempDir,
    world: World,
    now: Timestamp,
}

impl Story {
    /// A new world at the cloud's own pace.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World::open(folder.path(), "story").unwrap();
        Self { folder, world, now: Timestamp::UNIX_EPOCH }
    }

    /// A new world in which nothing takes time.
    fn instant() -> Self {
        let mut story = Self::new();
        story.world.pace = 0.0;
        story
    }

    /// The process dies, and another one finds the state.
    fn restart(self) -> Self {
        let Self { folder, world, now } = self;
        drop(world);
        let world = World::open(folder.path(), "another").unwrap();
        Self { folder, world, now }
    }

    fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    fn fault(&mut self, fault: Value) {
        let fault: Fault = serde_json::from_value(fault).unwrap();
        self.world.faults.list.push(fault);
    }

    /// An action; gives back the XML of its result.
    fn call(&mut self, action: &str, parameters: &[(&str, &str)]) -> Result<String, ApiError> {
        let caller = Caller {
            access_key: "AKID".to_owned(),
            account: DEFAULT_ACCOUNT.to_owned(),
            region: "eu-west-1".to_owned(),
            service: "cloudformation".to_owned(),
            arn: String::new(),
            user_id: String::new(),
        };
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let query = Query::from(std::collections::BTreeMap::from_iter::<Vec<(String, String)>>(parameters));
        advance_all(&mut self.world, self.now);
        let outcome = actions::call(&mut self.world, &caller, action, &query, self.now);
        // What is due at once happens at once: tests look at the world directly.
        advance_all(&mut self.world, self.now);
        self.world.commit().unwrap();
        outcome.map(|xml| String::from_utf8(xml.into_bytes()).unwrap())
    }

    fn create(&mut self, stack: &str, template: &Value) {
        self.call("CreateStack", &[("StackName", stack), ("TemplateBody", &template.to_string())]).unwrap();
    }

    fn update(&mut self, stack: &str, template: &Value) {
        self.call("UpdateStack", &[("StackName", stack), ("TemplateBody", &template.to_string())]).unwrap();
    }

    fn refusal(&mut self, action: &str, parameters: &[(&str, &str)]) -> String {
        let error = self.call(action, parameters).unwrap_err();
        format!("{}: {}", error.code, error.message)
    }

    fn status(&mut self, stack: &str) -> String {
        let found = self.call("DescribeStacks", &[("StackName", stack)]).unwrap();
        field(&found, "StackStatus").unwrap()
    }

    fn status_reason(&mut self, stack: &str) -> Option<String> {
        field(&self.call("DescribeStacks", &[("StackName", stack)]).unwrap(), "StackStatusReason")
    }

    fn id(&mut self, stack: &str) -> String {
        field(&self.call("DescribeStacks", &[("StackName", stack)]).unwrap(), "StackId").unwrap()
    }

    /// The last stack of this name, deleted or not.
    fn last(&self, name: &str) -> &Stack {
        self.world.stacks.iter().map(|(_, stack)| stack).rfind(|stack| stack.name == name).unwrap()
    }

    /// `Resource STATUS` for each event, oldest first.
    fn events(&self, stack: &str) -> Vec<String> {
        self.last(stack).events.iter().map(|event| format!("{} {}", event.logical_id, event.status)).collect()
    }

    /// The reason of the last event of a resource in a state.
    fn reason(&self, stack: &str, logical_id: &str, status: &str) -> Option<String> {
        self.last(stack)
            .events
            .iter()
            .rev()
            .find(|event| event.logical_id == logical_id && event.status == status)?
            .reason
            .clone()
    }

    fn physical_id(&self, stack: &str, logical_id: &str) -> Option<String> {
        self.last(stack).resources.get(logical_id)?.physical_id.clone()
    }

    /// The types and names of everything that exists.
    fn inventory(&self) -> Vec<String> {
        self.world.resources.iter().map(|(_, resource)| format!("{} {}", resource.kind, resource.id)).collect()
    }

    /// The properties of what exists of this type, if it's one.
    fn actual(&self, kind: &str) -> Value {
        let mut found =
            self.world.resources.iter().map(|(_, resource)| resource).filter(|resource| resource.kind == kind);
        match (found.next(), found.next()) {
            (Some(only), None) => json!(only.properties),
            _ => Value::Null,
        }
    }
}

/// The text of the first element of this name.
fn field(xml: &str, name: &str) -> Option<String> {
    fields(xml, name).into_iter().next()
}

/// The texts of all elements of this name.
fn fields(xml: &str, name: &str) -> Vec<String> {
    xml.split(&format!("<{name}>"))
        .skip(1)
        .filter_map(|rest| rest.split(&format!("</{name}>")).next())
        .map(str::to_owned)
        .collect()
}

fn queue(properties: Value) -> Value {
    json!({"Type": "AWS::SQS::Queue", "Properties": properties})
}

/// A resource that waits for another.
fn after(mut resource: Value, other: &str) -> Value {
    resource["DependsOn"] = json!(other);
    resource
}

fn template(resources: Value) -> Value {
    json!({"Resources": resources})
}
