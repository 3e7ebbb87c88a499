//! `landfall observe`

use std::path::PathBuf;

use clap::Args;

use super::probe::{address, plain_path};
use super::runbook::refused;
use super::session::Session;
use super::site::{environment, named};
use super::trouble::Trouble;
use crate::clouds;
use crate::exit_code::Exit;
use crate::views;
use crate::views::observe::{Beside, Seen};

/// Writes the dashboards of targets as pages for Grafana, which ask the cloud for what its own dashboards show, and the files of a Prometheus
/// that stands in a target's network.
///
/// A page a dashboard, in a folder a target: its graphs with their units and goals, and the bounds of the alarms that watch the same as
/// lines. Whom a page asks is a variable of it, so that it loads in any Grafana that has a data source of that kind (CloudWatch, Google
/// Cloud Monitoring, Azure Monitor: they come with it). Beside them two files for Grafana's folder `provisioning`: where the pages are, and
/// the data sources, without a key.
///
/// A folder a target for Prometheus: who is asked (services with `metrics`, databases and caches through exporters), rules from `alarms`, and
/// what starts it and its exporters; secrets stand in none of them. It prints which alarms it can't ring for, and why. Where alerts go is set
/// in the Alertmanager; --pagerduty-key writes that file, and starts one too. Reads the environments' files only.
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
    /// Where the Alertmanager answers Prometheus.
    #[arg(long, value_name = "HOST:PORT", env = "LANDFALL_ALERTMANAGER", default_value = "alertmanager:9093", value_parser = address)]
    pub alertmanager: String,
    /// The file that holds PagerDuty's key where the Alertmanager runs, such as /etc/alertmanager/pagerduty.key. It isn't read here.
    #[arg(long, value_name = "FILE", env = "LANDFALL_PAGERDUTY_KEY", value_parser = plain_path)]
    pub pagerduty_key: Option<String>,
}

/// Writes them.
pub fn run(arguments: &Observe, session: &mut Session) -> Result<Exit, Trouble> {
    let mut all = Vec::new();
    for target in named(session, &arguments.targets)? {
        let environment = environment(session, &target)?;
        let pages = match clouds::pages(&target, &environment.stack) {
            Ok(pages) => pages,
            Err(findings) => return Err(refused(session, &environment, &findings)?),
        };
        let scrape = clouds::scrape(&target, &environment.stack);
        if !pages.is_empty() || !scrape.jobs.is_empty() || !scrape.unasked.is_empty() {
            all.push(Seen { target, pages, scrape });
        }
    }
    if all.iter().all(|seen| seen.pages.is_empty() && seen.scrape.jobs.is_empty()) {
        return Err(nothing(&all));
    }
    let beside = Beside {
        pages: arguments.pages_at.clone(),
        alertmanager: arguments.alertmanager.clone(),
        pagerduty: arguments.pagerduty_key.clone(),
    };
    let files = views::observe::files(&all, &beside).map_err(|error| Trouble::Failed {
        what: format!("the pages can't be written: {error}"),
        remedy: "this is a defect of landfall: please report it".to_owned(),
    })?;
    session.write_below(&arguments.out, files)?;
    views::observe::coverage(&mut session.output, &all)?;
    Ok(Exit::Done)
}

/// That there is nothing to write, with why not for a Prometheus where that was asked for.
fn nothing(all: &[Seen]) -> Trouble {
    let unasked =
        all.iter().flat_map(|seen| seen.scrape.unasked.iter().map(|(_, why)| format!("{}: {why}", seen.target)));
    let mut why: Vec<String> = unasked.collect();
    if why.is_empty() {
        why.push(
            "no environment that is meant has `dashboards`, a database, a cache or a service with `metrics`".to_owned(),
        );
    }
    Trouble::Refused {
        what: "there is no page to write, and nobody whom a Prometheus could ask".to_owned(),
        why,
        remedy: "add `dashboards: {NAME: {graphs: [{title: …, metric: {of: …, name: …}}]}}`".to_owned(),
    }
}
