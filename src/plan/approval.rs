//! The approvals that a plan needs before it may be carried out, each named for one effect on one resource.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Plan;
use super::consequence::Consequence;
use super::cost::CostChange;

/// What somebody has to agree to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A month costs more than the target's budget allows.
    OverBudget,
    /// Access widens.
    WidenedAccess,
    /// Anybody on the internet gains access.
    PublicAccess,
    /// Data is lost unless it is restored from a copy.
    DataLoss,
    /// Something is lost for good.
    Irreversible,
}

impl Effect {
    /// The word for it on the command line and in the plan.
    pub fn word(self) -> &'static str {
        match self {
            Effect::OverBudget => "over-budget",
            Effect::WidenedAccess => "widened-access",
            Effect::PublicAccess => "public-access",
            Effect::DataLoss => "data-loss",
            Effect::Irreversible => "irreversible",
        }
    }

    /// Every effect, in order of severity.
    pub const ALL: [Effect; 5] =
        [Effect::OverBudget, Effect::WidenedAccess, Effect::PublicAccess, Effect::DataLoss, Effect::Irreversible];
}

/// An approval of one effect on one resource, written `data-loss:Database`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// What is agreed to.
    pub effect: Effect,
    /// The id of the resource.
    pub resource: String,
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.effect.word(), self.resource)
    }
}

/// Why a text is no approval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// It has no colon, or nothing on one side of it.
    #[error("`{0}` is no approval: write EFFECT:RESOURCE, such as `data-loss:Database`")]
    Shape(String),
    /// The word before the colon is no effect.
    #[error(
        "`{0}` is no effect that needs approval: use over-budget, widened-access, public-access, data-loss or irreversible"
    )]
    Effect(String),
}

impl FromStr for Approval {
    type Err = ApprovalError;

    fn from_str(text: &str) -> Result<Approval, ApprovalError> {
        let (word, resource) = text
            .split_once(':')
            .filter(|(word, resource)| !word.is_empty() && !resource.is_empty())
            .ok_or_else(|| ApprovalError::Shape(text.to_owned()))?;
        let effect = Effect::ALL
            .into_iter()
            .find(|effect| effect.word() == word)
            .ok_or_else(|| ApprovalError::Effect(word.to_owned()))?;
        Ok(Approval { effect, resource: resource.to_owned() })
    }
}

/// The approvals that a plan needs, sorted. A first deployment needs none for the access that it gives.
pub fn needed(plan: &Plan) -> Vec<Approval> {
    let mut all = BTreeSet::new();
    for change in &plan.changes {
        let effect = match change.consequence {
            Consequence::InPlace | Consequence::Interruption | Consequence::Replacement => continue,
            Consequence::DataLoss => Effect::DataLoss,
            Consequence::Irreversible => Effect::Irreversible,
        };
        all.insert(Approval { effect, resource: change.id.clone() });
    }
    for exposure in plan.exposures.iter().filter(|_| !plan.initial) {
        all.insert(Approval {
            effect: if exposure.public { Effect::PublicAccess } else { Effect::WidenedAccess },
            resource: exposure.resource.clone(),
        });
    }
    if let Some(limit) = plan.cost.as_ref().and_then(CostChange::undecided) {
        all.insert(Approval { effect: Effect::OverBudget, resource: limit.resource.clone() });
    }
    all.into_iter().collect()
}

/// The approvals that a plan needs and that were not given.
///
/// A given approval counts for the resource's id, for the component it was rendered from (`data-loss:database.main`), and for
/// the id that the user wrote where a macro made the resource. A worse effect is never covered by a lesser one.
pub fn missing(plan: &Plan, given: &[Approval]) -> Vec<Approval> {
    needed(plan)
        .into_iter()
        .filter(|need| {
            let change = plan.changes.iter().find(|c| c.id == need.resource);
            let limit = plan.cost.as_ref().and_then(|cost| cost.budget.as_ref());
            let budget =
                limit.filter(|_| need.effect == Effect::OverBudget).and_then(|limit| limit.component.as_deref());
            !given.iter().any(|has| {
                has.effect == need.effect
                    && (has.resource == need.resource
                        || budget == Some(has.resource.as_str())
                        || change.is_some_and(|change| {
                            change.component.as_deref() == Some(has.resource.as_str())
                                || change.origin.as_deref() == Some(has.resource.as_str())
                        }))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::{Action, Change};
    use crate::plan::exposure::Exposure;

    fn plan() -> Plan {
        Plan {
            changes: vec![
                Change {
                    id: "Db".to_owned(),
                    kind: "T".to_owned(),
                    component: Some("database.main".to_owned()),
                    origin: None,
                    action: Action::Delete,
                    consequence: Consequence::DataLoss,
                    impact: None,
                    fields: vec![],
                },
                Change {
                    id: "Role".to_owned(),
                    kind: "T".to_owned(),
                    component: None,
                    origin: None,
                    action: Action::Update,
                    consequence: Consequence::InPlace,
                    impact: None,
                    fields: vec![],
                },
            ],
            exposures: vec![Exposure {
                resource: "Role".to_owned(),
                path: "Policies".to_owned(),
                what: "may read".to_owned(),
                public: false,
            }],
            ..Plan::default()
        }
    }

    #[test]
    fn data_loss_and_widened_access_each_need_an_approval_of_their_own() {
        let words: Vec<String> = needed(&plan()).iter().map(Approval::to_string).collect();
        assert_eq!(words, ["widened-access:Role", "data-loss:Db"]);
    }

    #[test]
    fn a_first_deployment_needs_no_approval_for_the_access_that_it_gives() {
        let first = Plan { initial: true, changes: Vec::new(), ..plan() };
        assert!(needed(&first).is_empty());
    }

    #[test]
    fn an_approval_by_component_counts_but_one_for_another_effect_does_not() -> Result<(), ApprovalError> {
        let given = ["data-loss:database.main".parse()?, "public-access:Role".parse()?];
        let left: Vec<String> = missing(&plan(), &given).iter().map(Approval::to_string).collect();
        assert_eq!(left, ["widened-access:Role"]);
        Ok(())
    }

    #[test]
    fn a_malformed_approval_says_what_to_write() {
        let error = "Db".parse::<Approval>().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("EFFECT:RESOURCE"));
        let error = "loss:Db".parse::<Approval>().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("data-loss"));
    }
}
