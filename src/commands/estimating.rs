//! What a document costs a month: for `cost`, and for the plans of `plan`, `apply` and `rollback`.

use std::io;

use super::session::Session;
use crate::clouds::{self, Deployed};
use crate::cost::assumption::Assumptions;
use crate::cost::book::Book;
use crate::cost::estimate::{Estimate, estimate};
use crate::diagnostics::diagnostic::Diagnostics;
use crate::diagnostics::finding::Finding;
use crate::environment::load::Environment;
use crate::model::placement::{Cloud, Target};
use crate::plan::Plan;
use crate::plan::cost::{CostChange, Limit};
use crate::plan::deployment::Place;
use crate::plan::money::Cents;
use crate::views;

/// Estimates a document of a target. `instead` is a region whose prices stand in for those that the book lacks.
///
/// # Errors
/// Why the document or the price book can't be read.
pub fn estimated(
    cloud: Cloud,
    target: &Target,
    place: &Place,
    deployed: &Deployed,
    instead: Option<&str>,
    assumptions: &Assumptions,
) -> Result<Estimate, String> {
    let bill = clouds::bill(cloud, target, place, deployed)?;
    let book = Book::of(cloud).map_err(|error| error.to_string())?;
    let instead = instead.filter(|region| book.regions().contains(region));
    Ok(estimate(&bill, &book, &place.region, instead, assumptions))
}

/// What leading from one document to another does to the monthly cost. Where the older one can't be read any more, only the new one is
/// estimated.
///
/// # Errors
/// Why the new document or the price book can't be read.
pub fn changed(
    cloud: Cloud,
    target: &Target,
    place: &Place,
    before: Option<&Deployed>,
    after: &Deployed,
    held_to_budget: bool,
) -> Result<CostChange, String> {
    let of = |deployed: &Deployed| estimated(cloud, target, place, deployed, None, &Assumptions::default());
    let before = before.filter(|before| !before.document.is_empty()).and_then(|before| of(before).ok());
    Ok(of(after)?.change(before.as_ref(), held_to_budget))
}

/// A budget that even the least amount breaks, at its place in the environment.
pub fn over_budget(limit: &Limit, least: Cents) -> Finding {
    let name = limit.component.as_deref().and_then(|component| component.strip_prefix("budget."));
    let path = ["budgets"].into_iter().chain(name).chain(name.map(|_| "monthly"));
    Finding::warning("over-budget", path, format!("a month costs more than ${}", limit.monthly))
        .why(format!(
            "with the fewest copies and in a quiet month it is about ${least}; `landfall cost` shows what is counted"
        ))
        .fix("raise the budget, or take less; a plan that goes beyond it needs --approve over-budget")
}

/// Says where a plan breaks a budget.
pub fn warn(session: &mut Session, environment: &Environment, plan: &Plan) -> io::Result<()> {
    let Some(cost) = &plan.cost else { return Ok(()) };
    let Some(limit) = cost.broken() else { return Ok(()) };
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(environment.diagnostic(&over_budget(limit, cost.after.low)));
    views::validate::problems(&mut session.output, &diagnostics)
}
