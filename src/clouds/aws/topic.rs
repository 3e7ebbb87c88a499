//! Topics: Amazon SNS, encrypted, open to the services of the cloud that notify through them and to nobody else.

use serde_json::{Value, json};

use super::draft::Draft;
use super::encryption::Purpose;
use super::expression::{attribute, reference};
use super::names;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::model::topic::{Subscriber, Topic};

/// Adds a topic, who hears it and who may publish.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, topic: &Topic) {
    let of = Reference::new(Kind::Topic, name);
    let component = of.to_string();
    let id = names::logical(&of);
    let key = draft.key(Purpose::Messages);
    draft.add(
        &component,
        &id,
        "AWS::SNS::Topic",
        json!({
            "TopicName": names::physical(draft.target, name, names::TOPIC),
            "KmsMasterKeyId": key,
        }),
    );
    let mut statements = vec![json!({
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": reference(&id),
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    })];
    statements.extend(notifying(draft.stack, &of).into_iter().map(|(sid, service)| {
        json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": { "Service": service },
            "Action": "sns:Publish",
            "Resource": reference(&id),
            "Condition": { "StringEquals": { "aws:SourceAccount": reference("AWS::AccountId") } },
        })
    }));
    draft.add(
        &component,
        format!("{id}Policy"),
        "AWS::SNS::TopicPolicy",
        json!({
            "Topics": [reference(&id)],
            "PolicyDocument": { "Version": "2012-10-17", "Statement": statements },
        }),
    );
    for (index, subscriber) in topic.subscribers.iter().enumerate() {
        subscribe(draft, &component, &id, index + 1, subscriber);
    }
    draft.output(format!("{id}Arn"), format!("The identifier of {of}"), reference(&id));
}

/// The services of the cloud that publish into the topic because a component notifies it (SNS developer guide, "Example
/// cases for Amazon SNS access control"; AWS Budgets user guide, "Creating an Amazon SNS topic"; Cost Management user
/// guide, "Creating an Amazon SNS topic for anomaly notifications").
fn notifying(stack: &Stack, of: &Reference) -> Vec<(&'static str, &'static str)> {
    let alarms = stack.alarms.values().any(|alarm| alarm.notify.contains(of));
    let budgets = stack.budgets.values().any(|budget| budget.notify.contains(of));
    let anomalies = stack.cost_anomalies.values().any(|anomaly| anomaly.notify.contains(of));
    [
        ("Alarms", "cloudwatch.amazonaws.com", alarms),
        ("Budgets", "budgets.amazonaws.com", budgets),
        ("CostAnomalies", "costalerts.amazonaws.com", anomalies),
    ]
    .into_iter()
    .filter(|(_, _, used)| *used)
    .map(|(sid, service, _)| (sid, service))
    .collect()
}

/// Whether a topic delivers into a queue.
pub(super) fn into_queues(stack: &Stack) -> bool {
    stack.topics.values().flat_map(|topic| &topic.subscribers).any(|subscriber| match subscriber {
        Subscriber::Component(to) => to.component.kind == Kind::Queue,
        Subscriber::Email(_) | Subscriber::Https(_) => false,
    })
}

/// The topics that notify a function or queue.
pub(super) fn heard_by(stack: &Stack, who: &Reference) -> Vec<Reference> {
    let hears = |topic: &Topic| {
        topic.subscribers.iter().any(|subscriber| match subscriber {
            Subscriber::Component(to) => to.component == *who,
            Subscriber::Email(_) | Subscriber::Https(_) => false,
        })
    };
    let heard = stack.topics.iter().filter(|(_, topic)| hears(topic));
    heard.map(|(name, _)| Reference::new(Kind::Topic, name)).collect()
}

fn subscribe(draft: &mut Draft<'_>, component: &str, id: &str, number: usize, subscriber: &Subscriber) {
    let (protocol, endpoint) = match subscriber {
        Subscriber::Email(by) => ("email", Value::String(by.email.clone())),
        Subscriber::Https(by) => ("https", Value::String(by.https.clone())),
        Subscriber::Component(by) if !draft.stack.has(&by.component) => return,
        // The transform subscribes functions, see `heard_by`.
        Subscriber::Component(by) if by.component.kind == Kind::Function => return,
        Subscriber::Component(by) => ("sqs", attribute(names::logical(&by.component), "Arn")),
    };
    draft.add(
        component,
        format!("{id}Subscriber{number}"),
        "AWS::SNS::Subscription",
        json!({ "TopicArn": reference(id), "Protocol": protocol, "Endpoint": endpoint }),
    );
}
