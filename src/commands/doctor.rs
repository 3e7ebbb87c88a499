//! `landfall doctor`

use clap::Args;

use super::session::Session;
use super::site::{book, environment, named, place};
use super::trouble::Trouble;
use crate::exit_code::Exit;
use crate::views;
use crate::views::doctor::Finding;

/// Checks what a run needs: environments, ledger, credentials, and whether those belong to the account that each environment pins.
/// Changes nothing.
#[derive(Clone, Debug, Args)]
pub struct Doctor {
    /// Which targets: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
}

/// Checks.
pub async fn run(arguments: &Doctor, session: &mut Session) -> Result<Exit, Trouble> {
    let mut findings = Vec::new();
    let me = session.machine.holder("doctor");
    findings.push(Finding::good("machine", &format!("{} on {}, landfall {}", me.who, me.host, me.landfall)));
    if me.machine.is_empty() {
        findings.push(Finding::bad(
            "machine",
            "this machine can't tell whether another process of it still runs",
            "locks of killed runs run out after five minutes instead of at once; nothing else is affected",
        ));
    }
    for target in named(session, &arguments.targets)? {
        let name = target.to_string();
        let environment = match environment(session, &target) {
            Ok(environment) => environment,
            Err(Trouble::Output(error)) => return Err(Trouble::Output(error)),
            Err(_) => {
                findings.push(Finding::bad(&name, "its environment is not right", "`landfall validate` says where"));
                continue;
            }
        };
        let proved = match book(session, &environment).await {
            Ok(book) => book.audit().await.map_err(Trouble::from),
            Err(error) => Err(error),
        };
        findings.push(match proved {
            Ok(audit) if audit.faults.is_empty() => {
                Finding::good(&name, &format!("ledger: {} entries, proved", audit.entries.len()))
            }
            Ok(audit) => Finding::bad(
                &name,
                &format!("ledger: {} faults", audit.faults.len()),
                "`landfall ledger verify` shows them",
            ),
            Err(error) => of(&name, &error),
        });
        let place = place(&environment);
        let identity = match session.clouds.connect(&place).await {
            Ok(cloud) => cloud.identity().await,
            Err(error) => Err(error),
        };
        findings.push(match identity {
            Ok(identity) => Finding::good(
                &name,
                &format!("{} {} {}: {}", place.cloud, place.account, place.region, identity.principal),
            ),
            Err(error) => of(&name, &error.into()),
        });
    }
    views::doctor::show(&mut session.output, &findings)?;
    Ok(if findings.iter().all(Finding::is_good) { Exit::Done } else { Exit::Failed })
}

fn of(what: &str, trouble: &Trouble) -> Finding {
    match trouble.said() {
        Ok(said) => Finding::bad(what, &said.what, said.remedy.as_deref().unwrap_or("see `landfall status`")),
        Err(_) => Finding::bad(what, "could not be checked", "try again"),
    }
}
