//! Queues: a Pub/Sub topic with one subscription, and another pair for dead letters.

use serde_json::{Value, json};

use super::draft::{Draft, at, attribute};
use super::expression::{Piece, joined, text};
use super::names::{self, MESSAGES};
use super::registry::OWN_KEYS;
use super::{artifact, function};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::queue::Queue;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::model::units::{Size, Time};

/// The type of a topic.
pub(super) const TOPIC: &str = "google_pubsub_topic";
/// The type of a subscription.
pub(super) const SUBSCRIPTION: &str = "google_pubsub_subscription";
/// The word behind what holds dead letters.
const DEAD: &str = "dead_letters";

/// Seconds for which a message is kept (Pub/Sub documentation, "Subscription properties", message retention duration).
const KEPT: std::ops::RangeInclusive<u64> = 600..=2_678_400;
/// Seconds within which a message has to be dealt with (same place, acknowledgment deadline).
const HIDDEN: std::ops::RangeInclusive<u64> = 10..=600;
/// How often a message is delivered before it is given up (Pub/Sub documentation, "Dead-letter topics").
pub(super) const ATTEMPTS: std::ops::RangeInclusive<u32> = 5..=100;
/// The largest message (Pub/Sub documentation, "Quotas and limits": 10 MB).
const LARGEST: u64 = 10_000_000;

/// Adds a queue.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, queue: &Queue) {
    let of = Reference::new(Kind::Queue, name);
    let component = of.to_string();
    let local = names::local(&of);
    let called = physical(draft, name);
    let consumer = consumer(draft.stack, name);
    check(draft, &of, queue, consumer);
    topic(draft, &component, &local, &called);
    let hidden = hidden(draft.stack, name, queue);
    let push = consumer.map(push);
    let counted = consumer.and_then(|name| draft.stack.functions.get(name)).map(|it| artifact::count(&it.artifact));
    let dead = queue.dead_letters.map(|dead| {
        json!({
            "dead_letter_topic": attribute(TOPIC, &dead_local(&local), "id"),
            "max_delivery_attempts": dead.after.clamp(*ATTEMPTS.start(), *ATTEMPTS.end()),
        })
    });
    let pulled = push.is_none();
    let subscription = draft.add(
        &component,
        SUBSCRIPTION,
        &local,
        json!({
            "name": called,
            "topic": attribute(TOPIC, &local, "id"),
            "ack_deadline_seconds": hidden.clamp(*HIDDEN.start(), *HIDDEN.end()),
            "message_retention_duration": format!("{}s", queue.keep.as_seconds()),
            "enable_message_ordering": queue.ordered,
            // Only those who take messages themselves can be given each once.
            "enable_exactly_once_delivery": queue.ordered && pulled,
            "expiration_policy": { "ttl": "" },
            "retry_policy": retry(),
            "dead_letter_policy": dead,
            "push_config": push,
        }),
    );
    subscription.count.clone_from(&counted);
    if let Some(dead) = queue.dead_letters {
        let topic_local = dead_local(&local);
        let named = self::dead(draft, name);
        topic(draft, &component, &topic_local, &named);
        // A topic that nobody subscribes to loses what comes.
        draft.add(
            &component,
            SUBSCRIPTION,
            &topic_local,
            json!({
                "name": named,
                "topic": attribute(TOPIC, &topic_local, "id"),
                "message_retention_duration": format!("{}s", dead.keep.as_seconds()),
                "expiration_policy": { "ttl": "" },
            }),
        );
        giving_up(draft, &component, &local, &topic_local, counted);
    }
    draft.output(format!("{local}_topic"), format!("Where messages of {of} are put"), attribute(TOPIC, &local, "id"));
}

/// Adds a topic.
pub(super) fn topic(draft: &mut Draft<'_>, component: &str, local: &str, called: &str) {
    let region = draft.region();
    draft
        .add(
            component,
            TOPIC,
            local,
            json!({
                "name": called,
                "message_storage_policy": { "allowed_persistence_regions": [region] },
            }),
        )
        .without_rule("CKV_GCP_83", OWN_KEYS);
}

/// Growing pauses between two deliveries (Pub/Sub documentation, "Handle message failures", exponential backoff).
pub(super) fn retry() -> Value {
    json!({ "minimum_backoff": "10s", "maximum_backoff": "600s" })
}

/// Lets Pub/Sub itself move messages that were given up (Pub/Sub documentation, "Dead-letter topics", granting permissions).
pub(super) fn giving_up(draft: &mut Draft<'_>, component: &str, subscription: &str, topic: &str, count: Option<Value>) {
    let number = draft.project_number();
    let agent =
        joined([text("serviceAccount:service-"), Piece::Code(number), text("@gcp-sa-pubsub.iam.gserviceaccount.com")]);
    draft.add(
        component,
        "google_pubsub_topic_iam_member",
        format!("{subscription}_gives_up"),
        json!({ "topic": attribute(TOPIC, topic, "id"), "role": "roles/pubsub.publisher", "member": agent }),
    );
    let of = match &count {
        Some(_) => format!("{subscription}[0]"),
        None => subscription.to_owned(),
    };
    draft
        .add(
            component,
            "google_pubsub_subscription_iam_member",
            format!("{subscription}_gives_up"),
            json!({ "subscription": attribute(SUBSCRIPTION, &of, "id"), "role": "roles/pubsub.subscriber", "member": agent }),
        )
        .count = count;
}

/// The name of the topic and subscription of a queue's dead letters.
pub(super) fn dead(draft: &Draft<'_>, name: &Name) -> String {
    names::shortened(&format!("{}-dead-letters", physical(draft, name)), MESSAGES)
}

/// The name of both inside the document, by that of the queue.
pub(super) fn dead_local(local: &str) -> String {
    format!("{local}_{DEAD}")
}

/// The name of the topic and its subscription.
pub(super) fn physical(draft: &Draft<'_>, name: &Name) -> String {
    names::physical(draft.target, name, MESSAGES)
}

/// The function that a queue's messages run.
fn consumer<'a>(stack: &'a Stack, name: &Name) -> Option<&'a Name> {
    let takes = |queue: &Reference| queue.kind == Kind::Queue && queue.name == *name;
    let mut functions = stack.functions.iter();
    functions.find(|(_, one)| one.consumes.as_ref().is_some_and(|it| takes(&it.queue))).map(|(name, _)| name)
}

/// Where messages are posted for a function, in whose name.
pub(super) fn push(function: &Name) -> Value {
    let local = names::local(&Reference::new(Kind::Function, function));
    let uri = attribute("google_cloud_run_v2_service", &format!("{local}[0]"), "uri");
    let caller = function::caller(&local);
    json!({
        "push_endpoint": uri,
        "oidc_token": { "service_account_email": attribute("google_service_account", &caller, "email"), "audience": uri },
    })
}

/// Seconds for which a message that was taken stays hidden: six times what its consumer may take where nothing is said.
fn hidden(stack: &Stack, name: &Name, queue: &Queue) -> u64 {
    let consumer = consumer(stack, name).and_then(|name| stack.functions.get(name));
    let usual = consumer.map_or(*HIDDEN.start(), |function| function.timeout.as_seconds().saturating_mul(6));
    queue.hidden_for.map_or_else(|| usual.min(*HIDDEN.end()), Time::as_seconds)
}

fn check(draft: &mut Draft<'_>, of: &Reference, queue: &Queue, consumer: Option<&Name>) {
    let kept = |time: Time| KEPT.contains(&time.as_seconds());
    let wrong = [
        (&["keep"] as &[&str], Some(queue.keep)),
        (&["dead-letters", "keep"], queue.dead_letters.map(|dead| dead.keep)),
    ];
    for (place, time) in wrong.into_iter().filter_map(|(place, time)| time.map(|time| (place, time))) {
        if !kept(time) {
            draft.findings.push(
                Finding::error("gcp-message-retention", at(of, place), format!("messages kept for `{time}`"))
                    .why("Pub/Sub keeps them from ten minutes to 31 days")
                    .fix("choose from 10m to 31d"),
            );
        }
    }
    if queue.largest_message > Size::kibibytes(LARGEST / 1024) {
        draft.findings.push(
            Finding::error(
                "gcp-message-size",
                at(of, &["largest-message"]),
                format!("messages of `{}`", queue.largest_message),
            )
            .why("Pub/Sub carries 10 MB")
            .fix("put what is larger into a bucket, and its name into the message"),
        );
    }
    if let Some(hidden) = queue.hidden_for.filter(|hidden| !HIDDEN.contains(&hidden.as_seconds())) {
        draft.nearly(
            "gcp-hidden",
            of,
            &["hidden-for"],
            format!("a message stays hidden for `{hidden}`"),
            "Pub/Sub hides one from ten seconds to ten minutes, and longer while its reader asks for more time",
            "choose from 10s to 10m",
        );
    }
    if let Some(dead) = queue.dead_letters.filter(|dead| !ATTEMPTS.contains(&dead.after)) {
        draft.nearly(
            "gcp-attempts",
            of,
            &["dead-letters", "after"],
            format!("a message given up after {}", dead.after),
            format!(
                "Pub/Sub gives up after 5 to 100 deliveries: after {}",
                dead.after.clamp(*ATTEMPTS.start(), *ATTEMPTS.end())
            ),
            "choose from 5 to 100",
        );
    }
    if queue.ordered && consumer.is_some() {
        draft.nearly(
            "gcp-ordered-push",
            of,
            &["ordered"],
            "each message once, in order, to a function",
            "Pub/Sub keeps the order of those with the same key, and may post one twice",
            "let a service take the messages",
        );
    }
}
