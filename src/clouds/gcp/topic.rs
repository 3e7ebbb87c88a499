//! Topics: a Pub/Sub topic with a subscription for each listener; mailboxes hear alarms by channels of Cloud Monitoring.

use serde_json::{Value, json};

use super::draft::{Draft, attribute};
use super::expression::{Piece, joined, text};
use super::names::{self, MESSAGES};
use super::{artifact, function, queue};
use crate::model::access::Grant;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::model::topic::{Subscriber, Topic};

/// The type of a way in which alarms and budgets reach somebody.
const CHANNEL: &str = "google_monitoring_notification_channel";

/// Adds a topic and who hears it.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, topic: &Topic) {
    let of = Reference::new(Kind::Topic, name);
    let component = of.to_string();
    let local = names::local(&of);
    let called = physical(draft, name);
    queue::topic(draft, &component, &local, &called);
    let published = draft.stack.workloads().any(|workload| workload.may(Grant::Publish, &of));
    for (index, subscriber) in topic.subscribers.iter().enumerate() {
        let place = index.to_string();
        match subscriber {
            Subscriber::Email(_) if published => draft.nearly(
                "gcp-topic-mail",
                &of,
                &["subscribers", &place, "email"],
                "what is published reaches a mailbox",
                "Pub/Sub sends no mail: the mailbox hears alarms and budgets, and not what workloads publish",
                "send it from a function that hears the topic",
            ),
            Subscriber::Email(_) => {}
            Subscriber::Https(by) => {
                draft.add(
                    &component,
                    queue::SUBSCRIPTION,
                    format!("{local}_{}", index + 1),
                    json!({
                        "name": names::shortened(&format!("{called}-{}", index + 1), MESSAGES),
                        "topic": attribute(queue::TOPIC, &local, "id"),
                        "expiration_policy": { "ttl": "" },
                        "retry_policy": queue::retry(),
                        "push_config": { "push_endpoint": by.https },
                    }),
                );
            }
            Subscriber::Component(by) if by.component.kind == Kind::Function => {
                heard(draft, &of, &by.component.name, index);
            }
            Subscriber::Component(by) => draft.refuse(
                "gcp-topic-queue",
                &of,
                &["subscribers", &place, "component"],
                format!("`{}` hears it", by.component),
                "Pub/Sub has no way from one topic into another",
                "let a function hear the topic and send to the queue",
            ),
        }
    }
    channels(draft, &of, topic);
    draft.output(format!("{local}_topic"), format!("Where {of} is published"), attribute(queue::TOPIC, &local, "id"));
}

/// Whether an alarm or a budget tells a topic.
fn notified(stack: &Stack, of: &Reference) -> bool {
    stack.alarms.values().any(|alarm| alarm.notify.contains(of))
        || stack.budgets.values().any(|budget| budget.notify.contains(of))
}

/// Whether anybody but mailboxes hears a topic.
pub(super) fn hears_more(stack: &Stack, name: &Name) -> bool {
    let more = |subscriber: &Subscriber| !matches!(subscriber, Subscriber::Email(_));
    stack.topics.get(name).is_some_and(|topic| topic.subscribers.iter().any(more))
}

/// Adds the ways in which alarms and budgets reach who hears the topic: a mailbox each, and the topic itself for all others.
fn channels(draft: &mut Draft<'_>, of: &Reference, topic: &Topic) {
    if !notified(draft.stack, of) {
        return;
    }
    let (component, local) = (of.to_string(), names::local(of));
    let called = names::physical(draft.target, &of.name, names::DISPLAY);
    for (index, subscriber) in topic.subscribers.iter().enumerate() {
        if let Subscriber::Email(by) = subscriber {
            draft.add(
                &component,
                CHANNEL,
                format!("{local}_{}", index + 1),
                json!({ "display_name": called, "type": "email", "labels": { "email_address": by.email } }),
            );
        }
    }
    if !hears_more(draft.stack, &of.name) {
        return;
    }
    let id = attribute(queue::TOPIC, &local, "id");
    draft
        .add(
            &component,
            CHANNEL,
            &local,
            json!({ "display_name": called, "type": "pubsub", "labels": { "topic": id } }),
        )
        .depends_on
        .insert(format!("google_pubsub_topic_iam_member.{local}_monitoring"));
    // Cloud Monitoring publishes in its own name (Cloud Monitoring documentation, "Create and manage notification channels", Pub/Sub).
    let number = draft.project_number();
    let agent = joined([
        text("serviceAccount:service-"),
        Piece::Code(number),
        text("@gcp-sa-monitoring-notification.iam.gserviceaccount.com"),
    ]);
    draft.add(
        &component,
        "google_pubsub_topic_iam_member",
        format!("{local}_monitoring"),
        json!({ "topic": id, "role": "roles/pubsub.publisher", "member": agent }),
    );
}

/// The channels to the mailboxes that hear a topic.
pub(super) fn mailboxes(draft: &Draft<'_>, name: &Name) -> Vec<Value> {
    let local = names::local(&Reference::new(Kind::Topic, name));
    let subscribers = draft.stack.topics.get(name).map(|topic| topic.subscribers.as_slice()).unwrap_or_default();
    let numbered = subscribers.iter().enumerate();
    let mailboxes = numbered.filter(|(_, subscriber)| matches!(subscriber, Subscriber::Email(_)));
    mailboxes.map(|(index, _)| attribute(CHANNEL, &format!("{local}_{}", index + 1), "id")).collect()
}

/// The channels to all that hear some topics.
pub(super) fn told(draft: &Draft<'_>, notify: &[Reference]) -> Vec<Value> {
    let mut channels = Vec::new();
    for topic in notify.iter().filter(|topic| topic.kind == Kind::Topic && draft.stack.has(topic)) {
        channels.extend(mailboxes(draft, &topic.name));
        if hears_more(draft.stack, &topic.name) {
            channels.push(attribute(CHANNEL, &names::local(topic), "id"));
        }
    }
    channels
}

/// A subscription that runs a function.
fn heard(draft: &mut Draft<'_>, of: &Reference, name: &Name, index: usize) {
    let Some(function) = draft.stack.functions.get(name) else { return };
    let component = of.to_string();
    let local = names::local(of);
    let subscription = format!("{local}_{}", index + 1);
    let push = queue::push(name);
    let dead = function::dead_letters(draft.stack, function);
    let count = artifact::count(&function.artifact);
    let called = names::shortened(&format!("{}-{}", physical(draft, &of.name), index + 1), MESSAGES);
    let policy = dead.as_ref().map(|topic| {
        json!({
            "dead_letter_topic": attribute(queue::TOPIC, topic, "id"),
            "max_delivery_attempts": (function.retry.attempts + 1).clamp(*queue::ATTEMPTS.start(), *queue::ATTEMPTS.end()),
        })
    });
    draft
        .add(
            &component,
            queue::SUBSCRIPTION,
            &subscription,
            json!({
                "name": called,
                "topic": attribute(queue::TOPIC, &local, "id"),
                "ack_deadline_seconds": function.timeout.as_seconds().clamp(10, 600),
                "message_retention_duration": format!("{}s", function.retry.give_up_after.as_seconds().max(600)),
                "expiration_policy": { "ttl": "" },
                "retry_policy": queue::retry(),
                "dead_letter_policy": policy,
                "push_config": push,
            }),
        )
        .count = Some(count.clone());
    if let Some(topic) = dead {
        queue::giving_up(draft, &component, &subscription, &topic, Some(count));
    }
}

/// The topic's name.
pub(super) fn physical(draft: &Draft<'_>, name: &Name) -> String {
    names::physical(draft.target, name, MESSAGES)
}

/// Whether a function hears a topic.
pub(super) fn hears(stack: &Stack, function: &Name) -> bool {
    let hears = |subscriber: &Subscriber| match subscriber {
        Subscriber::Component(by) => by.component.kind == Kind::Function && by.component.name == *function,
        Subscriber::Email(_) | Subscriber::Https(_) => false,
    };
    stack.topics.values().any(|topic| topic.subscribers.iter().any(hears))
}

/// A topic's identifier, as the cloud writes it.
pub(super) fn identifier(draft: &Draft<'_>, called: &str) -> Value {
    Value::String(format!("projects/{}/topics/{called}", draft.project()))
}
