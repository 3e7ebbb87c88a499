//! What `landfall observe` writes: pages of graphs for Grafana, and the files by which it finds them and whom they ask.

mod dashboard;
pub(super) mod grafana;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value, context};

use crate::model::placement::Target;
use crate::page::Page;

/// How Grafana finds the pages.
const DASHBOARDS: &str = include_str!("../../templates/observe/dashboards.yaml");
/// Whom it asks.
const SOURCES: &str = include_str!("../../templates/observe/datasources.yaml");

/// The files by their paths; `at` is the folder of the pages where Grafana runs.
///
/// # Errors
/// Where a text of ours asks for what isn't there.
pub fn files(targets: &[(Target, Vec<Page>)], at: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut texts = Environment::new();
    texts.set_undefined_behavior(UndefinedBehavior::Strict);
    // Every value is a checked name, account, region or path.
    texts.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    texts.set_syntax(syntax);
    let mut files = BTreeMap::new();
    for (target, pages) in targets {
        for page in pages {
            let path = format!("dashboards/{}-{}/{}.json", target.system, target.environment, page.name);
            files.insert(path, format!("{:#}\n", dashboard::dashboard(target, page)));
        }
    }
    let sources: BTreeSet<_> = targets.iter().flat_map(|(_, pages)| pages).map(|page| &page.source).collect();
    let sources: Vec<_> = sources.into_iter().map(source::told).collect();
    let found = texts.render_str(DASHBOARDS, context!(pages => at))?;
    files.insert("provisioning/dashboards/landfall.yaml".to_owned(), found);
    let asked = texts.render_str(SOURCES, context!(sources => Value::from(Serde(&sources))))?;
    files.insert("provisioning/datasources/landfall.yaml".to_owned(), asked);
    Ok(files)
}
