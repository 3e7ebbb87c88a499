//! A limit on spending, and who is told when it is near.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::Reference;
use super::units::{Money, Percent};

/// A limit on a month's spending of this environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Budget {
    /// The most that a month may cost.
    pub monthly: Money,
    /// Shares of it at which somebody is told what was spent.
    pub alert_at: Vec<Percent>,
    /// Shares of it at which somebody is told what will probably be spent.
    #[serde(default)]
    pub forecast_at: Vec<Percent>,
    /// Who is told.
    pub notify: Vec<Reference>,
}
