//! What a month of what is deployed costs, before a plan and after it, held against the budget that the target declares.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::money::Cents;

/// What a month costs: at the least, and at the most that scaling and a busy month can make of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Monthly {
    /// With the fewest copies, in a quiet month.
    pub low: Cents,
    /// With the most copies all month, in a busy one.
    pub high: Cents,
}

/// A limit on a month's spending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The id of the budget's resource in the document.
    pub resource: String,
    /// The component that it was rendered from, such as `budget.month`; none in a foreign document.
    pub component: Option<String>,
    /// The most that a month may cost.
    pub monthly: Cents,
    /// The most that a month might cost before the plan; none where there was no such budget.
    pub was: Option<Cents>,
}

/// What a plan does to the monthly cost, as far as the price book knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostChange {
    /// What a month of what is deployed costs; none where nothing is, or where its document can't be estimated.
    pub before: Option<Monthly>,
    /// What a month costs after the plan.
    pub after: Monthly,
    /// How many things of the new document are billed and have no price in the book: the amounts are without them.
    pub unpriced: usize,
    /// The strictest budget of the new document that the plan is held to.
    pub budget: Option<Limit>,
}

impl CostChange {
    /// How much more a month costs at the least; less than nothing where it gets cheaper. None where nothing was there before.
    pub fn difference(&self) -> Option<Cents> {
        self.before.map(|before| self.after.low.less(before.low))
    }

    /// The budget that even the least amount breaks.
    pub fn broken(&self) -> Option<&Limit> {
        self.budget.as_ref().filter(|limit| self.after.low > limit.monthly)
    }

    /// The budget whose breaking somebody has to decide upon. What broke it before, under a budget no higher, and gets no dearer was
    /// decided upon then.
    pub fn undecided(&self) -> Option<&Limit> {
        let decided = |limit: &Limit| match (self.before, limit.was) {
            (Some(before), Some(was)) => before.low > was && was <= limit.monthly && self.after.low <= before.low,
            (_, _) => false,
        };
        self.broken().filter(|limit| !decided(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: Option<i64>, after: i64, budget: i64) -> CostChange {
        let monthly = |dollars: i64| Monthly { low: Cents::new(dollars * 100), high: Cents::new(dollars * 1000) };
        let (monthly_limit, was) = (Cents::new(budget * 100), before.map(|_| Cents::new(budget * 100)));
        let budget = Limit { resource: "B".to_owned(), component: None, monthly: monthly_limit, was };
        CostChange { before: before.map(monthly), after: monthly(after), unpriced: 0, budget: Some(budget) }
    }

    #[test]
    fn a_budget_is_broken_by_the_least_amount_and_not_by_the_most() {
        assert!(change(None, 99, 100).broken().is_none());
        assert!(change(None, 100, 100).broken().is_none());
        assert!(change(None, 101, 100).broken().is_some());
    }

    #[test]
    fn what_was_over_the_budget_and_gets_no_dearer_needs_no_new_decision() {
        assert!(change(None, 101, 100).undecided().is_some());
        assert!(change(Some(90), 101, 100).undecided().is_some());
        assert!(change(Some(101), 102, 100).undecided().is_some());
        assert!(change(Some(102), 102, 100).undecided().is_none());
        assert!(change(Some(103), 102, 100).undecided().is_none());
    }

    #[test]
    fn a_budget_that_is_lowered_below_what_it_costs_needs_a_decision() {
        let mut lowered = change(Some(80), 80, 70);
        lowered.budget.as_mut().unwrap().was = Some(Cents::new(9000));
        assert!(lowered.undecided().is_some());
        lowered.budget.as_mut().unwrap().was = Some(Cents::new(7500));
        assert!(lowered.undecided().is_some());
        lowered.budget.as_mut().unwrap().was = None;
        assert!(lowered.undecided().is_some());
    }

    #[test]
    fn the_difference_is_between_the_least_amounts() {
        assert_eq!(change(Some(90), 101, 100).difference(), Some(Cents::new(1100)));
        assert_eq!(change(Some(101), 90, 100).difference(), Some(Cents::new(-1100)));
        assert_eq!(change(None, 90, 100).difference(), None);
    }
}
