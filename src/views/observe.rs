//! What `landfall observe` writes: pages of graphs for Grafana, the files by which it finds them and whom they ask, and those of a Prometheus in
//! each target's network.

pub(super) mod alertmanager;
mod coverage;
mod dashboard;
pub(super) mod grafana;
mod prometheus;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use minijinja::value::Serde;
use minijinja::{Error, Value, context};

pub use self::coverage::{Report, coverage, schema};
use super::output::text::texts;
use crate::model::placement::Target;
use crate::page::Page;
use crate::scrape::Scrape;

/// What can be seen of a target.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Which target.
    pub target: Target,
    /// Its pages of graphs.
    pub pages: Vec<Page>,
    /// What a Prometheus in its network asks.
    pub scrape: Scrape,
}

/// What runs beside Grafana and Prometheus, and where.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The folder of the pages where Grafana runs.
    pub pages: String,
    /// Where the Alertmanager answers Prometheus.
    pub alertmanager: String,
    /// The file that holds PagerDuty's key where the Alertmanager runs.
    pub pagerduty: Option<String>,
}

/// How Grafana finds the pages.
const DASHBOARDS: &str = include_str!("../../templates/observe/dashboards.yaml");
/// Whom it asks.
const SOURCES: &str = include_str!("../../templates/observe/datasources.yaml");

/// The files by their paths.
///
/// # Errors
/// Where a text of ours asks for what isn't there.
pub fn files(targets: &[Seen], beside: &Beside) -> Result<BTreeMap<String, String>, Error> {
    let texts = texts()?;
    let mut files = BTreeMap::new();
    for Seen { target, pages, scrape } in targets {
        let folder = prometheus::folder(target);
        for page in pages {
            let path = format!("dashboards/{folder}/{}.json", page.name);
            files.insert(path, format!("{:#}\n", dashboard::dashboard(target, page)));
        }
        if !scrape.jobs.is_empty() {
            let written = prometheus::files(&texts, target, scrape, beside)?;
            files.extend(written.into_iter().map(|(name, text)| (format!("prometheus/{folder}/{name}"), text)));
        }
    }
    let sources: BTreeSet<_> = targets.iter().flat_map(|seen| &seen.pages).map(|page| &page.source).collect();
    if !sources.is_empty() {
        let sources: Vec<_> = sources.into_iter().map(source::told).collect();
        let found = texts.render_str(DASHBOARDS, context!(pages => beside.pages.clone()))?;
        files.insert("provisioning/dashboards/landfall.yaml".to_owned(), found);
        let asked = texts.render_str(SOURCES, context!(sources => Value::from(Serde(&sources))))?;
        files.insert("provisioning/datasources/landfall.yaml".to_owned(), asked);
    }
    Ok(files)
}
