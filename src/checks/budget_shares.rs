//! Shares of a budget that are out of order, stand twice, or aren't there.
//!
//! Why: the same share twice tells the same people twice; a share of nothing tells them always. Shares in order are read at a
//! glance.
//! Mend: list each share once, from the smallest to the largest, each above 0%.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "budget-shares";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, budget) in &stack.budgets {
        for (key, shares) in [("alert-at", &budget.alert_at), ("forecast-at", &budget.forecast_at)] {
            for (index, share) in shares.iter().enumerate() {
                let at = ["budgets", name.as_str(), key, &index.to_string()].map(str::to_owned);
                let before = index.checked_sub(1).and_then(|before| shares.get(before));
                let (summary, why) = if share.percent() <= 0.0 {
                    (format!("`{share}` is always reached"), "a budget is exceeded by nothing at all".to_owned())
                } else if shares.iter().take(index).any(|other| other == share) {
                    (format!("`{share}` stands twice"), "the same people would be told twice".to_owned())
                } else if let Some(before) = before.filter(|before| *before > share) {
                    (
                        format!("`{share}` stands after {before}"),
                        "shares are listed from the smallest to the largest".to_owned(),
                    )
                } else {
                    continue;
                };
                findings
                    .push(Finding::error(CODE, at, summary).why(why).fix("list each share once, in order, above 0%"));
            }
        }
        if budget.alert_at.is_empty() && budget.forecast_at.is_empty() {
            findings.push(
                Finding::error(
                    CODE,
                    ["budgets", name.as_str(), "alert-at"],
                    format!("budget.{name} never tells anybody"),
                )
                .why("both `alert-at` and `forecast-at` are empty")
                .fix("add a share, such as 80%"),
            );
        }
    }
    findings
}
