//! What a plan does to the monthly cost, in sentences.

use crate::plan::cost::CostChange;
use crate::plan::money::Cents;

/// The sentence for everybody, then what belongs to it.
pub(super) fn sentences(cost: &CostChange) -> Vec<String> {
    let CostChange { before, after, unpriced, budget, .. } = cost;
    let fine = cost.difference().unwrap_or(after.low);
    // Cents matter only where there is little else.
    let fine = fine != Cents::ZERO && fine.count().abs() < 1_000;
    let shown = |amount: Cents| if fine { amount.to_string() } else { amount.dollars() };
    let limit = budget.as_ref().map_or_else(String::new, |limit| format!("; budget {}", shown(limit.monthly)));
    let first = match (before, cost.difference()) {
        (Some(before), Some(difference)) if difference != Cents::ZERO => {
            let sign = if difference > Cents::ZERO { "+$" } else { "-$" };
            let difference = shown(Cents::new(difference.count().abs()));
            format!("about {sign}{difference} a month: {} → {}{limit}", shown(before.low), shown(after.low))
        }
        (Some(_), _) => format!("about ${} a month, as before{limit}", shown(after.low)),
        (None, _) => format!("about ${} a month{limit}", shown(after.low)),
    };
    let mut all = vec![first];
    if let Some(limit) = cost.broken() {
        let name = limit.component.as_ref().unwrap_or(&limit.resource);
        all.push(format!("${} above what {name} allows", shown(after.low.less(limit.monthly))));
    }
    match before {
        Some(before) if before.high != after.high => {
            all.push(format!("with the most copies, in a busy month: {} → {}", shown(before.high), shown(after.high)));
        }
        Some(_) | None if after.high != after.low => {
            all.push(format!("with the most copies, in a busy month: {}", shown(after.high)));
        }
        Some(_) | None => {}
    }
    if *unpriced > 0 {
        all.push(format!("without {unpriced} that have no price: `landfall cost` names them"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::cost::{Limit, Monthly};

    fn change(before: Option<(i64, i64)>, after: (i64, i64)) -> CostChange {
        let monthly = |(low, high): (i64, i64)| Monthly { low: Cents::new(low), high: Cents::new(high) };
        CostChange { before: before.map(monthly), after: monthly(after), unpriced: 0, budget: None }
    }

    #[test]
    fn a_difference_comes_first_and_the_busy_month_after_it() {
        let said = sentences(&change(Some((120_400, 200_000)), (151_600, 240_000)));
        assert_eq!(
            said,
            ["about +$312 a month: 1,204 → 1,516", "with the most copies, in a busy month: 2,000 → 2,400"]
        );
        let said = sentences(&change(Some((151_600, 151_600)), (120_400, 120_400)));
        assert_eq!(said[0], "about -$312 a month: 1,516 → 1,204");
    }

    #[test]
    fn what_stays_and_what_is_new_have_no_difference() {
        assert_eq!(sentences(&change(Some((500, 500)), (500, 500))), ["about $5 a month, as before"]);
        assert_eq!(sentences(&change(None, (500, 500))), ["about $5.00 a month"]);
    }

    #[test]
    fn a_broken_budget_and_what_has_no_price_are_said() {
        let mut cost = change(None, (500, 500));
        cost.unpriced = 2;
        let (component, monthly) = (Some("budget.month".to_owned()), Cents::new(400));
        cost.budget = Some(Limit { resource: "B".to_owned(), component, monthly, was: None });
        let said = sentences(&cost);
        assert_eq!(said[0], "about $5.00 a month; budget 4.00");
        assert_eq!(said[1], "$1.00 above what budget.month allows");
        assert!(said[2].starts_with("without 2 that have no price"));
    }
}
