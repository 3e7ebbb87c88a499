//! Access that a change widens: more principals, more permissions, more addresses, or the public.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One widening of access.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Exposure {
    /// The id of the resource that grants it.
    pub resource: String,
    /// The property path, such as `SecurityGroupIngress[0].CidrIp`.
    pub path: String,
    /// What may be done now that could not be done before, in words.
    pub what: String,
    /// Whether anybody on the internet gains it.
    pub public: bool,
}
