//! What a case is rendered to on AWS, as data.

use landfall::clouds::aws::document::Template;
use landfall::clouds::aws::render::{Rendered, render};

use crate::case::{Case, Outcome};

/// All of it.
pub(crate) fn rendered(case: &Case) -> Outcome<Rendered> {
    render(&case.target, &case.stack()?).map_err(|findings| format!("{}: {findings:#?}", case.target).into())
}

/// The template.
pub(crate) fn of(case: &Case) -> Outcome<Template> {
    Ok(rendered(case)?.template)
}
