//! Who is told of what rings: PagerDuty, by the file of an Alertmanager.

use minijinja::{Environment, Error, context};

/// Its name.
pub(in crate::views) const NAME: &str = "alertmanager.yml";
const TEXT: &str = include_str!("../../../templates/observe/alertmanager.yml");

/// The file, which the verb writes for an Alertmanager that stands there; `pagerduty` is the file there that holds PagerDuty's key.
///
/// # Errors
/// Where a text of ours asks for what isn't there.
pub(in crate::views) fn written(
    texts: &Environment<'_>,
    verb: &str,
    stands: &str,
    pagerduty: &str,
) -> Result<String, Error> {
    texts.render_str(TEXT, context!(verb, stands, pagerduty))
}
