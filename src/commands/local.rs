//! `landfall local`

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::runbook::refused;
use super::session::Session;
use super::site::{environment, one};
use super::trouble::Trouble;
use crate::clouds;
use crate::exit_code::Exit;
use crate::ports::sandbox::SandboxTrouble;
use crate::views;

/// Writes a compose file with what a target needs on one machine: its databases and caches, and a stand-in for the cloud with its buckets,
/// queues, topics, settings and secrets. Code runs beside it, as the developer likes.
///
/// Names and places are those of an environment called `local`. Where there are no containers, --start plays the cloud's part without: the
/// sandbox, with buckets and settings to read and write; a database is the developer's own then, and queues are there and carry nothing.
#[derive(Clone, Debug, Args)]
pub struct Local {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// The folder to write compose.yaml to; without it, it goes to standard output.
    #[arg(long, value_name = "DIR", env = "LANDFALL_OUT")]
    pub out: Option<PathBuf>,
    /// The folder of SQL files that a new database runs in the order of their names, seen from the compose file.
    #[arg(long, value_name = "DIR", env = "LANDFALL_MIGRATIONS")]
    pub migrations: Option<String>,
    /// With --start: the port on the loopback address, 0 for any free one. A sandbox that runs already is taken where it is.
    #[arg(long, value_name = "PORT", env = "LANDFALL_SANDBOX_PORT")]
    pub port: Option<u16>,
    /// Start the sandbox as the stand-in, with what the target has in it, until it is interrupted; nothing is written without --out.
    #[arg(long, env = "LANDFALL_START")]
    pub start: bool,
}

/// Writes it, or starts it.
pub async fn run(arguments: &Local, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    let local = match clouds::local(&target, &environment.stack, arguments.migrations.as_deref()) {
        Ok(local) => local,
        Err(findings) => return Err(refused(session, &environment, &findings)?),
    };
    match &arguments.out {
        Some(out) => {
            let path = out.join(Path::new("compose.yaml"));
            session.files.put(&path, local.compose.as_bytes())?;
            session.output.say(&format!("wrote {}\n", path.display()))?;
        }
        None if arguments.start => {}
        None => session.output.result(&local.compose)?,
    }
    if !arguments.start {
        return Ok(Exit::Done);
    }
    let running = session.sandbox.find().await;
    let url = match &running {
        Some(url) => url.clone(),
        None => session.sandbox.start(arguments.port.unwrap_or(local.port)).await?,
    };
    let place = &environment.stack.placement;
    let (mut made, mut there) = (0_usize, 0_usize);
    for (kind, properties) in &local.resources {
        let resource =
            json!({ "account": place.account, "region": place.region, "type": kind, "properties": properties });
        match session.sandbox.ask("POST", "resources", Some(&resource)).await {
            Ok(_) => made += 1,
            // From an earlier start.
            Err(SandboxTrouble::Refused(why)) if why.contains("already exists") => there += 1,
            Err(error) => return Err(error.into()),
        }
    }
    views::local::started(&mut session.output, &url, place, made, there)?;
    if running.is_none() {
        let why = session.interrupt.clone().wait().await;
        session.output.say(&format!("Stopped by {why}. Its state stays.\n"))?;
    }
    Ok(Exit::Done)
}
