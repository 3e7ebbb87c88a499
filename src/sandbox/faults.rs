//! Faults that a test scripts into the sandbox: calls that fail or come late, answers that get lost, resources that fail.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A scripted fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The next calls of an action fail before they are looked at.
    Call {
        /// The service, such as `cloudformation`; any when left out.
        #[serde(default)]
        service: Option<String>,
        /// The action, such as `DescribeStacks`; any when left out.
        #[serde(default)]
        action: Option<String>,
        /// How many calls pass first.
        #[serde(default)]
        after: u32,
        /// How many calls then fail.
        #[serde(default = "once")]
        times: u32,
        /// The error's code.
        #[serde(default = "throttling")]
        code: String,
        /// The error's message.
        #[serde(default = "rate_exceeded")]
        message: String,
        /// The HTTP status.
        #[serde(default = "bad_request")]
        status: u16,
    },
    /// The next calls of an action are carried out but their answer is lost: the connection closes.
    LostAnswer {
        /// The service; any when left out.
        #[serde(default)]
        service: Option<String>,
        /// The action; any when left out.
        #[serde(default)]
        action: Option<String>,
        /// How many calls pass first.
        #[serde(default)]
        after: u32,
        /// How many answers are then lost.
        #[serde(default = "once")]
        times: u32,
    },
    /// The next calls of an action are answered late.
    Delay {
        /// The service; any when left out.
        #[serde(default)]
        service: Option<String>,
        /// The action; any when left out.
        #[serde(default)]
        action: Option<String>,
        /// How late, in milliseconds.
        milliseconds: u64,
        /// How many calls.
        #[serde(default = "once")]
        times: u32,
    },
    /// A resource fails when something is done to it.
    Resource {
        /// The stack's name; any when left out.
        #[serde(default)]
        stack: Option<String>,
        /// The resource's logical id.
        resource: String,
        /// What fails.
        on: Moment,
        /// The reason that its event gives.
        #[serde(default = "internal_failure")]
        message: String,
        /// How often; for ever when left out.
        #[serde(default)]
        times: Option<u32>,
    },
    /// A resource takes another time than it would.
    Slow {
        /// The stack's name; any when left out.
        #[serde(default)]
        stack: Option<String>,
        /// The resource's logical id.
        resource: String,
        /// How long it takes, in seconds that no pace shortens.
        seconds: f64,
    },
    /// What invocations of a function come to, as no code runs here.
    Invocation {
        /// The stack's name; any when left out.
        #[serde(default)]
        stack: Option<String>,
        /// The function's logical id.
        resource: String,
        /// Its answer.
        #[serde(default)]
        answer: Value,
        /// Why it fails; none where it doesn't.
        #[serde(default)]
        error: Option<String>,
        /// What it writes down.
        #[serde(default)]
        log: String,
        /// How often; for ever when left out.
        #[serde(default)]
        times: Option<u32>,
    },
    /// A resource isn't well, of which its stack knows nothing: a service's copies never run, a database has stopped, an alarm
    /// rings, a health path answers that something is wrong.
    Unwell {
        /// The stack's name; any when left out.
        #[serde(default)]
        stack: Option<String>,
        /// The resource's logical id.
        resource: String,
        /// The reason that is given.
        #[serde(default = "no_reason")]
        message: String,
        /// Only once the stack is changed after this was set.
        #[serde(default)]
        after_update: bool,
        /// Since when; now when left out.
        #[serde(default)]
        since: Option<Timestamp>,
    },
}

/// What an invocation of a function comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Invoked {
    /// Its answer.
    pub answer: Value,
    /// Why it fails; none where it doesn't.
    pub error: Option<String>,
    /// What it writes down.
    pub log: String,
}

/// A moment in a resource's life at which it can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// While it's created.
    Create,
    /// While it's updated, replaced included.
    Update,
    /// While it's deleted.
    Delete,
    /// While an update of it is rolled back.
    Rollback,
}

fn once() -> u32 {
    1
}

fn throttling() -> String {
    "Throttling".to_owned()
}

fn rate_exceeded() -> String {
    "Rate exceeded".to_owned()
}

fn bad_request() -> u16 {
    400
}

fn no_reason() -> String {
    "A fault of the sandbox".to_owned()
}

fn internal_failure() -> String {
    "Resource handler returned message: \"Failed on request\" (HandlerErrorCode: InternalFailure)".to_owned()
}

/// What is to happen to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFate {
    /// It fails with this error and nothing is done.
    Fail {
        /// The code.
        code: String,
        /// The message.
        message: String,
        /// The HTTP status.
        status: u16,
    },
    /// It's carried out, and the answer is lost.
    LoseAnswer,
}

/// Why a resource isn't well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwell {
    /// The reason that is given.
    pub message: String,
    /// Since when.
    pub since: Timestamp,
}

/// The faults that are set, in the order in which they were.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Faults {
    /// The faults.
    pub list: Vec<Fault>,
}

impl Faults {
    /// What is to happen to a call of this action; uses the fault up.
    pub fn on_call(&mut self, service: &str, action: &str) -> Option<CallFate> {
        let mut fate = None;
        for fault in &mut self.list {
            match fault {
                Fault::Call { service: on_service, action: on_action, after, times, code, message, status }
                    if matches(on_service, service) && matches(on_action, action) =>
                {
                    if *after > 0 {
                        *after -= 1;
                    } else if *times > 0 && fate.is_none() {
                        *times -= 1;
                        fate = Some(CallFate::Fail { code: code.clone(), message: message.clone(), status: *status });
                    }
                }
                Fault::LostAnswer { service: on_service, action: on_action, after, times }
                    if matches(on_service, service) && matches(on_action, action) =>
                {
                    if *after > 0 {
                        *after -= 1;
                    } else if *times > 0 && fate.is_none() {
                        *times -= 1;
                        fate = Some(CallFate::LoseAnswer);
                    }
                }
                _ => {}
            }
        }
        self.drop_used();
        fate
    }

    /// How late the answer to this call is to be, in milliseconds; uses the fault up.
    pub fn delay(&mut self, service: &str, action: &str) -> u64 {
        let mut late = 0;
        for fault in &mut self.list {
            if let Fault::Delay { service: on_service, action: on_action, milliseconds, times } = fault
                && matches(on_service, service)
                && matches(on_action, action)
                && *times > 0
            {
                *times -= 1;
                late = late.max(*milliseconds);
            }
        }
        self.drop_used();
        late
    }

    /// Why this resource is to fail now, if it is; uses the fault up.
    pub fn on_resource(&mut self, stack_name: &str, logical_id: &str, moment: Moment) -> Option<String> {
        let mut reason = None;
        for fault in &mut self.list {
            if let Fault::Resource { stack, resource, on, message, times } = fault
                && matches(stack, stack_name)
                && resource == logical_id
                && *on == moment
                && reason.is_none()
                && *times != Some(0)
            {
                if let Some(times) = times {
                    *times -= 1;
                }
                reason = Some(message.clone());
            }
        }
        self.drop_used();
        reason
    }

    /// How long this resource is to take, in seconds, if that is scripted.
    pub fn seconds(&self, stack_name: &str, logical_id: &str) -> Option<f64> {
        self.list.iter().find_map(|fault| match fault {
            Fault::Slow { stack, resource, seconds } if matches(stack, stack_name) && resource == logical_id => {
                Some(*seconds)
            }
            _ => None,
        })
    }

    /// Since when and why this resource isn't well, if that is scripted; `changed` is when its stack was changed last.
    pub fn unwell(&self, stack_name: &str, logical_id: &str, changed: Option<Timestamp>) -> Option<Unwell> {
        self.list.iter().find_map(|fault| match fault {
            Fault::Unwell { stack, resource, message, after_update, since }
                if matches(stack, stack_name) && resource == logical_id =>
            {
                let set = since.unwrap_or_default();
                let since = if *after_update { changed.filter(|changed| *changed >= set)? } else { set };
                Some(Unwell { message: message.clone(), since })
            }
            _ => None,
        })
    }

    /// What an invocation of this function comes to, if that is scripted; uses the fault up.
    pub fn on_invocation(&mut self, stack_name: &str, logical_id: &str) -> Option<Invoked> {
        let invoked = self.list.iter_mut().find_map(|fault| match fault {
            Fault::Invocation { stack, resource, answer, error, log, times }
                if matches(stack, stack_name) && resource == logical_id =>
            {
                if let Some(times) = times {
                    *times = times.saturating_sub(1);
                }
                Some(Invoked { answer: answer.clone(), error: error.clone(), log: log.clone() })
            }
            _ => None,
        });
        self.drop_used();
        invoked
    }

    fn drop_used(&mut self) {
        self.list.retain(|fault| match fault {
            Fault::Call { times, .. } | Fault::LostAnswer { times, .. } | Fault::Delay { times, .. } => *times > 0,
            Fault::Resource { times, .. } | Fault::Invocation { times, .. } => *times != Some(0),
            Fault::Slow { .. } | Fault::Unwell { .. } => true,
        });
    }
}

fn matches(wanted: &Option<String>, actual: &str) -> bool {
    wanted.as_deref().is_none_or(|wanted| wanted == actual)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{CallFate, Fault, Faults, Moment};

    fn faults(list: serde_json::Value) -> Faults {
        Faults { list: serde_json::from_value(list).unwrap() }
    }

    #[test]
    fn a_call_fault_lets_calls_pass_then_fails_as_often_as_told_then_is_gone() {
        let mut faults = faults(json!([{"fault": "call", "action": "DescribeStacks", "after": 1, "times": 2}]));
        assert_eq!(faults.on_call("cloudformation", "CreateStack"), None);
        assert_eq!(faults.on_call("cloudformation", "DescribeStacks"), None);
        for _ in 0..2 {
            let fate = faults.on_call("cloudformation", "DescribeStacks");
            assert!(matches!(fate, Some(CallFate::Fail { code, status: 400, .. }) if code == "Throttling"));
        }
        assert_eq!(faults.on_call("cloudformation", "DescribeStacks"), None);
        assert!(faults.list.is_empty());
    }

    #[test]
    fn a_resource_fails_at_its_moment_only() {
        let mut faults = faults(json!([
            {"fault": "resource", "resource": "Queue", "on": "update", "message": "no", "times": 1},
        ]));
        assert_eq!(faults.on_resource("s", "Queue", Moment::Create), None);
        assert_eq!(faults.on_resource("s", "Queue", Moment::Update), Some("no".to_owned()));
        assert_eq!(faults.on_resource("s", "Queue", Moment::Update), None);
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let wrong = json!({"fault": "resource", "resource": "Queue", "on": "update", "mesage": ""});
        assert!(serde_json::from_value::<Fault>(wrong).is_err());
    }
}
