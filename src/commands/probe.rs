//! `landfall probe`

use std::path::PathBuf;

use clap::Args;

use super::session::Session;
use super::site::{environment, named};
use super::trouble::Trouble;
use crate::clouds::public_host;
use crate::environment::load::Environment;
use crate::exit_code::Exit;
use crate::model::name::Name;
use crate::model::probe::Probe as Question;
use crate::views::probe::{Asked, Beside, files};

/// Writes the questions that are asked from outside, for a prober that doesn't stand in the cloud that is asked.
///
/// Three files for Prometheus: what is asked (blackbox_exporter), who asks how often, and when somebody is told; and a page of graphs for
/// Grafana, with the share of the month in which the answer was right. They hold the `probes` of all targets that are named. Where alerts go
/// is set in the Alertmanager; --pagerduty-key writes that file too.
#[derive(Clone, Debug, Args)]
pub struct Probe {
    /// Which targets: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// The folder to write to.
    #[arg(long, value_name = "DIR", env = "LANDFALL_OUT")]
    pub out: PathBuf,
    /// Where the blackbox_exporter answers Prometheus.
    #[arg(long, value_name = "HOST:PORT", env = "LANDFALL_EXPORTER", default_value = "127.0.0.1:9115", value_parser = address)]
    pub exporter: String,
    /// Where the Alertmanager answers Prometheus.
    #[arg(long, value_name = "HOST:PORT", env = "LANDFALL_ALERTMANAGER", default_value = "127.0.0.1:9093", value_parser = address)]
    pub alertmanager: String,
    /// The file that holds PagerDuty's key where the Alertmanager runs, such as /etc/alertmanager/pagerduty.key. It isn't read here.
    #[arg(long, value_name = "FILE", env = "LANDFALL_PAGERDUTY_KEY", value_parser = plain_path)]
    pub pagerduty_key: Option<String>,
}

/// A path from the root, and nothing that a file could break at.
pub(super) fn plain_path(text: &str) -> Result<String, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    if plain && text.len() > 1 && text.starts_with('/') {
        Ok(text.to_owned())
    } else {
        Err("write a path from the root, of letters, digits and / . _ -".to_owned())
    }
}

/// A host and a port, and nothing that a file could break at.
pub(super) fn address(text: &str) -> Result<String, String> {
    let plain = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-[]:_".contains(&byte));
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && plain(host) && port.parse::<u16>().is_ok() => Ok(text.to_owned()),
        Some(_) | None => Err("write HOST:PORT, such as blackbox:9115".to_owned()),
    }
}

/// Writes them.
pub fn run(arguments: &Probe, session: &mut Session) -> Result<Exit, Trouble> {
    let mut probes = Vec::new();
    for target in named(session, &arguments.targets)? {
        let environment = environment(session, &target)?;
        probes.extend(environment.stack.probes.iter().filter_map(|(name, probe)| asked(&environment, name, probe)));
    }
    if probes.is_empty() {
        return Err(Trouble::Refused {
            what: "there is nothing to ask".to_owned(),
            why: vec!["no environment that is meant has `probes`".to_owned()],
            remedy: "add `probes: {health: {of: api.NAME, path: /health}}`".to_owned(),
        });
    }
    let beside = Beside {
        exporter: arguments.exporter.clone(),
        alertmanager: arguments.alertmanager.clone(),
        pagerduty: arguments.pagerduty_key.clone(),
    };
    let files = files(&probes, &beside).map_err(|error| Trouble::Failed {
        what: format!("the probes can't be written: {error}"),
        remedy: "this is a defect of landfall: please report it".to_owned(),
    })?;
    session.write_below(&arguments.out, files)?;
    Ok(Exit::Done)
}

/// A probe as it is asked; none where a rule has said that there is nothing to ask.
fn asked(environment: &Environment, name: &Name, probe: &Question) -> Option<Asked> {
    let Question { of, path, status, within, every, failures } = probe;
    let target = &environment.target;
    let host = public_host(&environment.stack, of)?;
    let (within, every) = (within.as_seconds(), every.as_seconds());
    Some(Asked {
        name: format!("{}-{}-{name}", target.system, target.environment),
        target: target.to_string(),
        system: target.system.to_string(),
        environment: target.environment.to_string(),
        probe: name.to_string(),
        url: format!("https://{host}{path}"),
        status: *status,
        within,
        // The exporter takes half a second off for its own answer (blackbox_exporter, `--timeout-offset`).
        patience: (within + 1).min(every),
        every,
        failures: *failures,
        // The first failure is seen at once, so one time less is waited for.
        wait: every * u64::from(failures.saturating_sub(1)),
        silence: every * u64::from(failures + 2),
    })
}
