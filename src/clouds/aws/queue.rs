//! Queues: Amazon SQS, encrypted, with a queue of dead letters behind each that asks for one.

use serde_json::{Value, json};

use super::draft::{Draft, Suppressed};
use super::encryption::Purpose;
use super::expression::{attribute, reference};
use super::{names, topic};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::queue::Queue;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::model::units::Time;

/// How long a message is kept, in seconds (SQS API reference, CreateQueue).
const KEEP: std::ops::RangeInclusive<u64> = 60..=1_209_600;
/// How long a taken message stays hidden, in seconds (same place).
const HIDDEN: std::ops::RangeInclusive<u64> = 0..=43_200;
/// The largest message in bytes (same place; 1 MiB since August 2025).
const LARGEST: std::ops::RangeInclusive<u64> = 1024..=1_048_576;

/// What the name of the queue that holds a queue's dead letters ends in.
pub(super) const DEAD_LETTERS: &str = "-dead-letters";

/// The logical id of the queue that holds a queue's dead letters.
pub(super) fn dead_letters(queue: &str) -> String {
    format!("{queue}DeadLetters")
}

/// Adds a queue, its dead letters and who may use them.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, queue: &Queue) {
    let of = Reference::new(Kind::Queue, name);
    let component = of.to_string();
    let id = names::logical(&of);
    check(draft, &of, queue);
    let key = draft.key(Purpose::Messages);
    let hidden = hidden_for(draft.stack, &of, queue);
    let queue_name = physical(draft, name, "", queue.ordered);
    let letters_name = physical(draft, name, DEAD_LETTERS, queue.ordered);
    let given_up = dead_letters(&id);
    if let Some(letters) = &queue.dead_letters {
        let letters_kept = draft.add(
            &component,
            &given_up,
            "AWS::SQS::Queue",
            json!({
                "QueueName": letters_name,
                "FifoQueue": queue.ordered.then_some(true),
                "KmsMasterKeyId": key,
                "MessageRetentionPeriod": letters.keep.as_seconds(),
                // Without this any queue of the account could send its dead letters here. Named by hand: the two queues
                // can't refer to each other.
                "RedriveAllowPolicy": {
                    "redrivePermission": "byQueue",
                    "sourceQueueArns": [super::expression::sub(format!(
                        "arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{}",
                        queue_name
                    ))],
                },
            }),
        );
        letters_kept.policies("Delete", "Retain");
        policy(draft, &component, &given_up, Vec::new());
    }
    let resource = draft.add(
        &component,
        &id,
        "AWS::SQS::Queue",
        json!({
            "QueueName": queue_name,
            "FifoQueue": queue.ordered.then_some(true),
            "ContentBasedDeduplication": queue.ordered.then_some(true),
            "KmsMasterKeyId": key,
            "MessageRetentionPeriod": queue.keep.as_seconds(),
            "MaximumMessageSize": queue.largest_message.bytes(),
            "VisibilityTimeout": hidden.as_seconds(),
            // Waiting for messages costs less than asking again and again (SQS developer guide, "Short and long polling").
            "ReceiveMessageWaitTimeSeconds": 20,
            "RedrivePolicy": queue.dead_letters.as_ref().map(|letters| json!({
                "deadLetterTargetArn": attribute(&given_up, "Arn"),
                "maxReceiveCount": letters.after,
            })),
        }),
    );
    // Messages that wait in a queue that is replaced are not lost with it.
    resource.policies("Delete", "Retain");
    let from_topics = subscriptions(draft.stack, &of, &id);
    policy(draft, &component, &id, from_topics);
    draft.output(format!("{id}Url"), format!("The address of {of}"), reference(&id));
}

fn physical(draft: &Draft<'_>, name: &Name, ending: &str, ordered: bool) -> String {
    physical_name(draft.target, name, ending, ordered)
}

/// The name of a queue, or with the ending `-dead-letters` of the queue that holds its dead letters.
pub(super) fn physical_name(target: &Target, name: &Name, ending: &str, ordered: bool) -> String {
    let ending = if ordered { format!("{ending}.fifo") } else { ending.to_owned() };
    format!("{}{ending}", names::physical(target, name, names::QUEUE - ending.len()))
}

/// Six times the time-out of the function that the queue's messages run (Lambda developer guide, "Using Lambda with
/// Amazon SQS"); 30 seconds, the cloud's own choice, where there is none.
fn hidden_for(stack: &Stack, of: &Reference, queue: &Queue) -> Time {
    let consumer = stack
        .functions
        .values()
        .filter(|function| function.consumes.as_ref().is_some_and(|consumption| consumption.queue == *of))
        .map(|function| function.timeout.as_seconds())
        .max();
    queue.hidden_for.unwrap_or(Time::seconds(consumer.map_or(30, |timeout| timeout * 6)))
}

/// Topics of this stack may deliver into the queue.
fn subscriptions(stack: &Stack, of: &Reference, id: &str) -> Vec<Value> {
    let topics: Vec<Value> = topic::heard_by(stack, of).iter().map(|topic| reference(names::logical(topic))).collect();
    if topics.is_empty() {
        return Vec::new();
    }
    vec![json!({
        "Sid": "Topics",
        "Effect": "Allow",
        "Principal": { "Service": "sns.amazonaws.com" },
        "Action": "sqs:SendMessage",
        "Resource": attribute(id, "Arn"),
        "Condition": { "ArnEquals": { "aws:SourceArn": topics } },
    })]
}

/// The queue's own policy: over TLS only, and what the statements allow beside IAM.
fn policy(draft: &mut Draft<'_>, component: &str, queue: &str, mut statements: Vec<Value>) {
    statements.insert(
        0,
        json!({
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": attribute(queue, "Arn"),
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        }),
    );
    draft.add(
        component,
        format!("{queue}Policy"),
        "AWS::SQS::QueuePolicy",
        json!({
            "Queues": [reference(queue)],
            "PolicyDocument": { "Version": "2012-10-17", "Statement": statements },
        }),
    );
}

/// What AWS would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, of: &Reference, queue: &Queue) {
    let at = |key: &str| {
        let [section, name] = of.path();
        [section, name, key.to_owned()]
    };
    if !KEEP.contains(&queue.keep.as_seconds()) {
        draft.findings.push(
            Finding::error("queue-keep", at("keep"), format!("SQS can't keep messages for `{}`", queue.keep))
                .why("it keeps them from one minute to 14 days")
                .fix("choose a time from `1m` to `14d`"),
        );
    }
    if let Some(letters) = queue.dead_letters.filter(|letters| !KEEP.contains(&letters.keep.as_seconds())) {
        draft.findings.push(
            Finding::error("queue-keep", at("dead-letters"), format!("SQS can't keep messages for `{}`", letters.keep))
                .why("it keeps them from one minute to 14 days")
                .fix("choose a time from `1m` to `14d`"),
        );
    }
    let hidden = hidden_for(draft.stack, of, queue);
    if !HIDDEN.contains(&hidden.as_seconds()) {
        draft.findings.push(
            Finding::error("queue-hidden", at("hidden-for"), format!("SQS can't hide messages for `{hidden}`"))
                .why("it hides them for twelve hours at the longest")
                .fix("choose a time up to `12h`"),
        );
    }
    if !LARGEST.contains(&queue.largest_message.bytes()) {
        draft.findings.push(
            Finding::error(
                "queue-message",
                at("largest-message"),
                format!("SQS can't carry messages of `{}`", queue.largest_message),
            )
            .why("it carries messages of 1 KiB to 1 MiB")
            .fix("choose a size from `1KiB` to `1MiB`; larger things go into a bucket"),
        );
    }
}
