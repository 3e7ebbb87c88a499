//! A topic that alarms tell has no subscriber.
//!
//! Why: the alarm rings and nobody hears it. That is easily missed: the cloud shows the alarm as ringing.
//! Mend: add a subscriber, such as an e-mail address.

use crate::diagnostics::finding::Finding;
use crate::model::alarm::Severity;
use crate::model::reference::Kind;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "nobody-listens";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, _) in stack.topics.iter().filter(|(_, topic)| topic.subscribers.is_empty()) {
        let telling: Vec<_> = stack
            .alarms
            .iter()
            .filter(|(_, alarm)| alarm.notify.iter().any(|topic| topic.kind == Kind::Topic && topic.name == *name))
            .collect();
        let first = telling.iter().find(|(_, alarm)| alarm.severity == Severity::Critical).or_else(|| telling.first());
        let Some((alarm, one)) = first else { continue };
        let critical = if one.severity == Severity::Critical { "critical " } else { "" };
        findings.push(
            Finding::warning(CODE, ["topics", name.as_str()], format!("nobody listens to topic.{name}"))
                .why(format!("the {critical}alarm.{alarm} tells it when it rings, and it has no subscriber"))
                .fix("add a subscriber, such as {email: ops@example.com}")
                .related(["alarms", alarm.as_str(), "notify"], "told here"),
        );
    }
    findings
}
