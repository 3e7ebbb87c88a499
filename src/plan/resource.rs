//! A native resource as the plan sees it: a name, a kind and properties; which cloud it belongs to doesn't matter here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One resource of a native document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// The name inside the document: a logical id in CloudFormation, `type.name` in Terraform.
    pub id: String,
    /// The native type, such as `AWS::RDS::DBInstance`.
    pub kind: String,
    /// The component of the model that it was rendered from, such as `database.main`; none in a foreign document.
    pub component: Option<String>,
    /// The id under which the user wrote it, where a macro made this resource from another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The properties as the document gives them, after the cloud's own normalisation (see each cloud's document reader).
    pub properties: Value,
    /// What the document says of the resource outside its properties, such as `DeletionPolicy`.
    pub attributes: BTreeMap<String, Value>,
    /// The ids of the resources that must exist before this one.
    pub depends_on: BTreeSet<String>,
}
