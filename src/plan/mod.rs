//! Deciding what will happen, without a cloud: resources, their differences, and what each difference does.
//!
//! ```text
//! Resources before ─┐            ┌─ Change: action, fields, consequence with its reason
//!                   ├─ diff ─────┤
//! Resources now ────┘     ▲      └─ Exposure: access that widens
//!                     Knowledge (one a cloud)
//! ```
//!
//! A [`Plan`] is immutable: it is decided here, saved with everything it depends on ([`saved`]), and carried out elsewhere.

pub mod approval;
pub mod change;
pub mod cloud_answer;
pub mod consequence;
pub mod cost;
pub mod deployment;
pub mod destination;
pub mod diff;
pub mod digest;
pub mod drift;
pub mod exposure;
pub mod failover;
pub mod field_path;
pub mod ground;
pub mod knowledge;
pub mod meaning;
pub mod money;
pub mod order;
pub mod readiness;
pub mod refusal;
pub mod resource;
pub mod rollout;
pub mod saved;
pub mod serving;
pub mod stack;
pub mod takeover;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use approval::Approval;
use change::{Action, Change, OutputChange};
use cloud_answer::{CloudAnswer, Disagreement};
use consequence::Consequence;
use cost::CostChange;
use drift::ResourceDrift;
use exposure::Exposure;
use rollout::Rollout;

/// What would be done to one target, and what that does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// What it is for: `shop/prod`, or the name of the new document where two files are compared.
    pub target: String,
    /// Whether nothing was there before. A first deployment widens access only in the sense that there was nobody to have any: its
    /// exposures are shown and need no approval.
    pub initial: bool,
    /// The resources that change, by id.
    pub changes: Vec<Change>,
    /// The outputs that change, by name.
    pub outputs: Vec<OutputChange>,
    /// The access that widens.
    pub exposures: Vec<Exposure>,
    /// The services whose new version is watched while the old one can take its requests back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollouts: Vec<Rollout>,
    /// What it does to the monthly cost, where that was estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostChange>,
    /// What the cloud itself says it would do, where it was asked.
    pub cloud: Option<CloudAnswer>,
    /// Where the cloud's answer and ours differ.
    pub disagreements: Vec<Disagreement>,
    /// What was changed by hand in the cloud since the last deployment, where that was looked for. Applying the plan leaves it as it is,
    /// except where it gives the same resource new values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<ResourceDrift>,
    /// What the reader should know besides, such as a parameter whose value could not be known.
    pub notes: Vec<String>,
}

/// How many resources a plan touches, by what is done to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Resources to create; a replacement counts here too.
    pub add: usize,
    /// Resources changed where they are.
    pub change: usize,
    /// Resources to delete; a replacement counts here too.
    pub destroy: usize,
    /// Resources that leave the document and stay in the cloud.
    pub forget: usize,
}

impl Plan {
    /// Whether nothing at all would change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.outputs.is_empty()
    }

    /// Counts the resources by what is done to them.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for change in &self.changes {
            match change.action {
                Action::Create => counts.add += 1,
                Action::Update => counts.change += 1,
                Action::Replace => {
                    counts.add += 1;
                    counts.destroy += 1;
                }
                Action::Delete => counts.destroy += 1,
                Action::Forget => counts.forget += 1,
            }
        }
        counts
    }

    /// The worst consequence of any change; none for an empty plan.
    pub fn consequence(&self) -> Option<Consequence> {
        self.changes.iter().map(|change| change.consequence).max()
    }

    /// The approvals without which this plan is not carried out, sorted.
    pub fn approvals_needed(&self) -> Vec<Approval> {
        approval::needed(self)
    }
}
