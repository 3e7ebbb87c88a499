//! `landfall observe`

use std::path::PathBuf;

use clap::Args;

use super::probe::plain_path;
use super::runbook::refused;
use super::session::Session;
use super::site::{environment, named};
use super::trouble::Trouble;
use crate::clouds;
use crate::exit_code::Exit;
use crate::views;

/// Writes the dashboards of targets as pages for Grafana, which ask the cloud for what its own dashboards show.
///
/// A page a dashboard, in a folder a target: its graphs with their units and goals, and the bounds of the alarms that watch the same as
/// lines. Whom a page asks is a variable of it, so that it loads in any Grafana that has a data source of that kind (CloudWatch, Google
/// Cloud Monitoring, Azure Monitor: they come with it). Beside them two files for Grafana's folder `provisioning`: where the pages are, and
/// the data sources, without a key. Reads the environments' files only.
#[derive(Clone, Debug, Args)]
pub struct Observe {
    /// Which targets: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// The folder to write to.
    #[arg(long, value_name = "DIR", env = "LANDFALL_OUT")]
    pub out: PathBuf,
    /// The folder of the pages where Grafana runs.
    #[arg(long, value_name = "PATH", env = "LANDFALL_PAGES_AT", default_value = "/var/lib/grafana/dashboards", value_parser = plain_path)]
    pub pages_at: String,
}

/// Writes them.
pub fn run(arguments: &Observe, session: &mut Session) -> Result<Exit, Trouble> {
    let mut all = Vec::new();
    for target in named(session, &arguments.targets)? {
        let environment = environment(session, &target)?;
        match clouds::pages(&target, &environment.stack) {
            Ok(pages) if pages.is_empty() => {}
            Ok(pages) => all.push((target, pages)),
            Err(findings) => return Err(refused(session, &environment, &findings)?),
        }
    }
    if all.is_empty() {
        return Err(Trouble::Refused {
            what: "there is no page to write".to_owned(),
            why: vec!["no environment that is meant has `dashboards`".to_owned()],
            remedy: "add `dashboards: {NAME: {graphs: [{title: …, metric: {of: …, name: …}}]}}`".to_owned(),
        });
    }
    let files = views::observe::files(&all, &arguments.pages_at).map_err(|error| Trouble::Failed {
        what: format!("the pages can't be written: {error}"),
        remedy: "this is a defect of landfall: please report it".to_owned(),
    })?;
    session.write_below(&arguments.out, files)?;
    Ok(Exit::Done)
}
