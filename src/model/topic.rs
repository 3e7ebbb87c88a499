//! A channel of notifications.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::Reference;

/// A channel of notifications, encrypted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Topic {
    /// What it tells, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who hears it.
    #[serde(default)]
    pub subscribers: Vec<Subscriber>,
}

/// Who hears a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(extend("x-expects" = "a subscriber: {email: …}, {https: …} or {component: …}"))]
pub enum Subscriber {
    /// A mailbox; it has to confirm.
    Email(ByEmail),
    /// A web address that is posted to; not one with a key in it, which would be a secret.
    Https(ByHttps),
    /// A queue or function of this stack.
    Component(ByComponent),
}

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ByEmail {
    /// Its address.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"), extend("x-expects" = "an e-mail address"))]
    pub email: String,
}

/// A web address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ByHttps {
    /// The address.
    #[schemars(regex(pattern = r"^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?$"), extend("x-expects" = "an https:// address without a query"))]
    pub https: String,
}

/// A component of this stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ByComponent {
    /// A queue or a function.
    pub component: Reference,
}
