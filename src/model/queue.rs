//! A queue of messages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::{Size, Time};

/// A queue of messages, encrypted. A message that can't be handled goes to the queue's dead letters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Queue {
    /// What it carries, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether messages come out in the order they went in, each once.
    #[serde(default)]
    pub ordered: bool,
    /// How long a message is kept.
    #[serde(default = "four_days")]
    pub keep: Time,
    /// How long a message that was taken stays hidden from others; six times the consumer's time-out where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden_for: Option<Time>,
    /// The largest message.
    #[serde(default = "largest")]
    pub largest_message: Size,
    /// What becomes of messages that nobody could handle; none where this queue itself holds dead letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letters: Option<DeadLetters>,
}

fn four_days() -> Time {
    Time::days(4)
}

fn largest() -> Size {
    Size::kibibytes(256)
}

/// What becomes of messages that nobody could handle.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DeadLetters {
    /// How often a message is taken before it is given up.
    #[schemars(range(min = 1, max = 1000))]
    pub after: u32,
    /// How long a given-up message is kept.
    pub keep: Time,
}

impl Default for DeadLetters {
    fn default() -> Self {
        Self { after: 5, keep: Time::days(14) }
    }
}
