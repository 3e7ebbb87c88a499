//! What `landfall probe` writes: questions from outside, from the texts in `templates/probe`, and a page of graphs about their answers.

mod dashboard;

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{Error, Value, context};
use serde::Serialize;

use super::observe::alertmanager;
use super::output::text::texts;

const TEXTS: &[(&str, &str)] = &[
    ("blackbox.yml", include_str!("../../templates/probe/blackbox.yml")),
    ("prometheus.yml", include_str!("../../templates/probe/prometheus.yml")),
    ("rules.yml", include_str!("../../templates/probe/rules.yml")),
];

/// What runs beside the prober, and where.
#[derive(Clone, Debug, Serialize)]
pub struct Beside {
    /// Where the blackbox_exporter answers.
    pub exporter: String,
    /// Where the Alertmanager answers.
    pub alertmanager: String,
    /// The file there that holds PagerDuty's key.
    pub pagerduty: Option<String>,
}

/// A probe of a target.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// Its name among those of all targets.
    pub name: String,
    /// The target.
    pub target: String,
    /// Its system.
    pub system: String,
    /// Its environment.
    pub environment: String,
    /// Its name in the environment.
    pub probe: String,
    /// The address that is asked.
    pub url: String,
    /// The status that it has to answer with.
    pub status: u16,
    /// How long the answer may take, seconds.
    pub within: u64,
    /// How long the prober's answer may take, seconds.
    pub patience: u64,
    /// How often it is asked, seconds.
    pub every: u64,
    /// How many times in a row it has to fail.
    pub failures: u32,
    /// How long it has failed by then, seconds.
    pub wait: u64,
    /// How long nobody may have asked, seconds.
    pub silence: u64,
}

/// The files by name.
///
/// # Errors
/// Where a text of ours asks for what isn't there.
pub fn files(probes: &[Asked], beside: &Beside) -> Result<BTreeMap<&'static str, String>, Error> {
    let texts = texts()?;
    let Beside { exporter, alertmanager, pagerduty } = beside;
    let written = TEXTS.iter().map(|(name, text)| {
        let values = context!(probes => Value::from(Serde(&probes)), exporter, alertmanager);
        Ok((*name, texts.render_str(text, values)?))
    });
    let mut files = written.collect::<Result<BTreeMap<_, _>, Error>>()?;
    if let Some(key) = pagerduty {
        let written = alertmanager::written(&texts, "probe", "that runs outside of the cloud that is asked", key)?;
        files.insert(alertmanager::NAME, written);
    }
    files.insert("grafana.json", format!("{:#}\n", dashboard::dashboard(probes)));
    Ok(files)
}
