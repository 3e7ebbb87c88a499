//! Queues: Azure Service Bus, one namespace for the stack, opened by identities only.

use serde_json::json;

use super::draft::Draft;
use super::id::Id;
use super::names;
use crate::model::name::Name;
use crate::model::queue::Queue;
use crate::model::reference::{Kind, Reference};
use crate::model::units::{Size, Time};

/// The component of the namespace that queues and topics share.
const COMPONENT: &str = "messages";
/// The longest that a taken message stays hidden, in seconds (Service Bus documentation, "Message transfers, locks, and
/// settlement"); a consumer renews it while it works.
const HIDDEN: std::ops::RangeInclusive<u64> = 5..=300;
/// The largest message of the standard tier, in bytes (Service Bus documentation, "Quotas").
const LARGEST: Size = Size::kibibytes(256);
/// How often a message is taken at most before it is a dead letter (the largest figure that the service takes).
const EVER: u32 = 2000;

/// The namespace of the stack's queues and topics, made once.
pub(super) fn namespace(draft: &mut Draft<'_>) -> Id {
    let id = Id::new("Microsoft.ServiceBus/namespaces", draft.global("messages", names::NAMESPACE));
    if !draft.has(&id) {
        draft.add(
            COMPONENT,
            &id,
            json!({
                // Private endpoints need the premium tier, which costs some forty times as much; nobody gets in without an identity.
                "sku": { "name": "Standard", "tier": "Standard" },
                "properties": { "disableLocalAuth": true, "minimumTlsVersion": "1.2", "publicNetworkAccess": "Enabled" },
            }),
        );
    }
    id
}

/// The queue.
pub(super) fn id(draft: &mut Draft<'_>, name: &Name) -> Id {
    let namespace = namespace(draft);
    namespace.child("Microsoft.ServiceBus/namespaces/queues", name.as_str())
}

/// A time as ISO 8601 has it.
pub(super) fn duration(time: Time) -> String {
    format!("PT{}S", time.as_seconds())
}

/// Adds a queue.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, queue: &Queue) {
    let of = Reference::new(Kind::Queue, name);
    let id = id(draft, name);
    check(draft, &of, queue);
    let hidden = queue.hidden_for.map_or(*HIDDEN.end(), Time::as_seconds).clamp(*HIDDEN.start(), *HIDDEN.end());
    draft.add(
        &of.to_string(),
        &id,
        json!({
            "properties": {
                "lockDuration": duration(Time::seconds(hidden)),
                "defaultMessageTimeToLive": duration(queue.keep),
                "maxDeliveryCount": queue.dead_letters.as_ref().map_or(EVER, |letters| letters.after),
                "deadLetteringOnMessageExpiration": false,
                "requiresDuplicateDetection": queue.ordered,
                "requiresSession": queue.ordered,
            },
        }),
    );
}

fn check(draft: &mut Draft<'_>, of: &Reference, queue: &Queue) {
    if queue.largest_message > LARGEST {
        draft.never(
            "azure-queue-message",
            of,
            ["largest-message"],
            format!("messages of `{}`", queue.largest_message),
            "the standard tier of Service Bus carries messages of 256 KiB, their headers among it",
            "choose a size up to `256KiB`; larger things go into a bucket",
        );
    }
    if let Some(hidden) = queue.hidden_for.filter(|hidden| !HIDDEN.contains(&hidden.as_seconds())) {
        draft.nearly(
            "azure-queue-hidden",
            of,
            ["hidden-for"],
            format!("taken messages hidden for `{hidden}`"),
            "Service Bus locks a message for five seconds to five minutes; a consumer that needs longer renews the lock",
            "renew the lock in the consumer, and write `5m`",
        );
    }
    if queue.ordered {
        draft.nearly(
            "azure-queue-order",
            of,
            ["ordered"],
            "messages in order, each once",
            "Service Bus keeps the order within a session: who sends gives each message a session, and who takes one takes its session",
            "send with a session of one name where all messages need one order",
        );
    }
    if queue.dead_letters.is_some() {
        draft.nearly(
            "azure-dead-letters",
            of,
            ["dead-letters", "keep"],
            "dead letters deleted after a time",
            "every queue of Service Bus has dead letters of its own, and they stay until somebody takes them",
            "take them out after that time",
        );
    }
}
