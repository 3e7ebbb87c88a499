//! Settings that were switched without a deployment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A setting that was switched, and where it stands. It holds over deployments, until one brings another value from the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// The resource's id in the document.
    pub resource: String,
    /// The property of it that holds the value, such as `/Value`.
    pub field: String,
    /// What the cloud calls the place of the value, such as `/prod/shop/features/mail`.
    pub parameter: String,
    /// What it was switched to.
    pub value: String,
    /// What the deployed document says in its place.
    pub document: String,
}

/// Every setting that is switched, by its name in the files.
pub type Flags = BTreeMap<String, Flag>;
