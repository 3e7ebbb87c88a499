//! Topics: an action group tells people, a topic of Service Bus tells components.

use serde_json::{Value, json};

use super::draft::Draft;
use super::id::Id;
use super::{names, queue};
use crate::model::access::Grant;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::topic::{Subscriber, Topic};

/// The longest short name of an action group (Azure Monitor documentation, "Action groups").
const SHORT: usize = 12;

/// The action group that tells people.
pub(super) fn people(draft: &Draft<'_>, name: &Name) -> Id {
    Id::new("Microsoft.Insights/actionGroups", draft.physical(name.as_str(), names::ACTION_GROUP))
}

/// The topic that components publish into.
pub(super) fn components(draft: &mut Draft<'_>, name: &Name) -> Id {
    let namespace = queue::namespace(draft);
    namespace.child("Microsoft.ServiceBus/namespaces/topics", name.as_str())
}

/// The subscription through which a component hears a topic.
pub(super) fn subscription(draft: &mut Draft<'_>, topic: &Name, who: &Reference) -> Id {
    let name: String = who.to_string().chars().take(names::SUBSCRIPTION).collect();
    components(draft, topic).child("Microsoft.ServiceBus/namespaces/topics/subscriptions", &name)
}

/// The topics that a component hears.
pub(super) fn heard_by<'stack>(draft: &Draft<'stack>, who: &Reference) -> Vec<&'stack Name> {
    let hears = |topic: &Topic| {
        topic.subscribers.iter().any(|subscriber| match subscriber {
            Subscriber::Component(to) => to.component == *who,
            Subscriber::Email(_) | Subscriber::Https(_) => false,
        })
    };
    draft.stack.topics.iter().filter(|(_, topic)| hears(topic)).map(|(name, _)| name).collect()
}

/// Adds a topic and who hears it.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, topic: &Topic) {
    let of = Reference::new(Kind::Topic, name);
    let component = of.to_string();
    let (mut emails, mut hooks, mut heard) = (Vec::new(), Vec::new(), Vec::new());
    for (number, subscriber) in (1..).zip(&topic.subscribers) {
        match subscriber {
            Subscriber::Email(by) => emails.push(json!({
                "name": format!("subscriber-{number}"),
                "emailAddress": by.email,
                "useCommonAlertSchema": true,
            })),
            Subscriber::Https(by) => hooks.push(json!({
                "name": format!("subscriber-{number}"),
                "serviceUri": by.https,
                "useCommonAlertSchema": true,
            })),
            Subscriber::Component(by) => heard.push(&by.component),
        }
    }
    let told = !emails.is_empty() || !hooks.is_empty();
    let published = draft.stack.workloads().any(|workload| workload.may(Grant::Publish, &of));
    let notified = notified(draft, &of);
    if told || notified || heard.is_empty() {
        let short: String = name.as_str().chars().take(SHORT).collect();
        let properties = json!({
            "enabled": true,
            "groupShortName": short,
            "emailReceivers": emails,
            "webhookReceivers": hooks,
        });
        let id = people(draft, name);
        draft.add(&component, &id, json!({ "properties": properties }));
    }
    if published || !heard.is_empty() {
        let id = components(draft, name);
        draft.add(&component, &id, json!({ "properties": { "supportOrdering": true } }));
    }
    for who in &heard {
        subscribe(draft, &component, name, who);
    }
    if notified && !heard.is_empty() {
        draft.nearly(
            "azure-topic",
            &of,
            ["subscribers"],
            "alarms told to queues and functions",
            "Azure Monitor tells people and web addresses; queues and functions hear only what workloads publish",
            "give alarms a topic of their own, heard by people",
        );
    }
    if published && told {
        draft.nearly(
            "azure-topic",
            &of,
            ["subscribers"],
            "what workloads publish told to people",
            "Service Bus delivers to queues and functions; people hear only alarms and budgets",
            "let a function that hears the topic write to people",
        );
    }
}

fn notified(draft: &Draft<'_>, of: &Reference) -> bool {
    let stack = draft.stack;
    stack.alarms.values().any(|alarm| alarm.notify.contains(of))
        || stack.budgets.values().any(|budget| budget.notify.contains(of))
        || stack.cost_anomalies.values().any(|anomaly| anomaly.notify.contains(of))
}

fn subscribe(draft: &mut Draft<'_>, component: &str, topic: &Name, who: &Reference) {
    let id = subscription(draft, topic, who);
    let forward = (who.kind == Kind::Queue).then(|| who.name.as_str());
    let mut after = None;
    if forward.is_some() {
        after = Some(queue::id(draft, &who.name).text());
    }
    let resource = draft.add(
        component,
        &id,
        json!({
            "properties": {
                "forwardTo": forward,
                "lockDuration": "PT5M",
                "maxDeliveryCount": 10,
                "deadLetteringOnMessageExpiration": true,
            },
        }),
    );
    resource.depends_on.extend(after.map(|after| format!("[{after}]")));
}

/// The people that are told of an alarm or a budget.
pub(super) fn told(draft: &Draft<'_>, notify: &[Reference]) -> Vec<Value> {
    let topics = notify.iter().filter(|topic| topic.kind == Kind::Topic && draft.stack.has(topic));
    topics.map(|topic| people(draft, &topic.name).value()).collect()
}
