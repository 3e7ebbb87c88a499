//! `landfall cost`

use clap::Args;

use super::estimating::{estimated, over_budget};
use super::session::Session;
use super::site::{named, place};
use super::trouble::Trouble;
use super::validate::checked;
use crate::clouds::{self, Deployed, Form};
use crate::cost::assumption::{Assumptions, Told};
use crate::cost::book::Book;
use crate::diagnostics::diagnostic::Diagnostics;
use crate::exit_code::Exit;
use crate::model::placement::Cloud;
use crate::views;
use crate::views::cost::Table;

/// Estimates what targets cost a month, by component: from the documents as they would be deployed, and a dated price book that landfall
/// brings along.
///
/// Each amount is a quiet month with the fewest copies, and a busy one with the most. What depends on use is assumed and said; what has no
/// price in the book is named. Nothing is asked of a cloud.
#[derive(Clone, Debug, Args)]
pub struct Cost {
    /// What to estimate: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// What is known of the use of a system: WHAT=NUMBER, or WHAT=LOW..HIGH for a quiet month and a busy one, such as stored=200. The
    /// output names what is assumed. May be given more than once.
    #[arg(long, value_name = "WHAT=NUMBER", env = "LANDFALL_ASSUME", value_delimiter = ',')]
    pub assume: Vec<Told>,
    /// The region whose prices stand in where the book has none for a target's own; they are marked.
    #[arg(long, value_name = "REGION", env = "LANDFALL_PRICES_OF")]
    pub prices_of: Option<String>,
}

/// Estimates.
pub fn run(arguments: &Cost, session: &mut Session) -> Result<Exit, Trouble> {
    known(arguments.prices_of.as_deref())?;
    let mut assumptions = Assumptions::default();
    arguments.assume.iter().for_each(|told| assumptions.tell(*told));
    let (mut diagnostics, mut tables) = (Diagnostics::new(), Vec::new());
    for target in named(session, &arguments.targets)? {
        let (environment, found) = checked(session, &target);
        diagnostics.extend(found);
        let Some(environment) = environment else { continue };
        let document = match clouds::render(&target, &environment.stack, Form::Json) {
            Ok(rendered) => rendered.document,
            Err(findings) => {
                findings.iter().for_each(|finding| diagnostics.push(environment.diagnostic(finding)));
                continue;
            }
        };
        let (cloud, place) = (environment.stack.placement.cloud, place(&environment));
        let deployed = Deployed { document, ..Deployed::default() };
        let instead = arguments.prices_of.as_deref();
        let estimate = estimated(cloud, &target, &place, &deployed, instead, &assumptions).map_err(failed)?;
        let least = estimate.monthly.low;
        for limit in estimate.limits.iter().filter(|limit| least > limit.monthly) {
            diagnostics.push(environment.diagnostic(&over_budget(limit, least)));
        }
        let (cloud, region) = (cloud.to_string(), place.region.clone());
        tables.push(Table { target: target.to_string(), cloud, region, estimate });
    }
    if !tables.is_empty() {
        views::cost::show(&mut session.output, tables)?;
    }
    views::validate::problems(&mut session.output, &diagnostics)?;
    Ok(if diagnostics.has_errors() { Exit::Failed } else { Exit::Done })
}

/// Refuses a region of which no cloud's book has prices.
fn known(region: Option<&str>) -> Result<(), Trouble> {
    let Some(region) = region else { return Ok(()) };
    let mut regions = Vec::new();
    for cloud in Cloud::ALL {
        let book = Book::of(cloud).map_err(|error| failed(error.to_string()))?;
        regions.extend(book.regions().into_iter().map(str::to_owned));
    }
    if regions.iter().any(|one| one == region) {
        return Ok(());
    }
    Err(Trouble::Usage(format!("no price book has {}: use one of {}", views::safe(region), regions.join(", "))))
}

fn failed(why: String) -> Trouble {
    Trouble::Failed {
        what: format!("the cost can't be estimated: {why}"),
        remedy: "report it, with the file".to_owned(),
    }
}
