//! `landfall runbook`

use clap::Args;
use serde_json::json;

use super::failover::stands_there;
use super::session::Session;
use super::site::{environment, one};
use super::trouble::Trouble;
use crate::clouds;
use crate::diagnostics::diagnostic::Diagnostics;
use crate::diagnostics::finding::Finding;
use crate::environment::load::Environment;
use crate::exit_code::Exit;
use crate::model::placement::Target;
use crate::views;
use crate::views::output::Format;

/// Prints what people do when something is wrong with a target, in Markdown: with its real names, times and commands. Reads the
/// environment's files only, so that it can be printed and kept where it is found when everything else is down.
#[derive(Clone, Debug, Args)]
pub struct Runbook {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
}

/// Prints it.
pub fn run(arguments: &Runbook, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    if let Some(recovery) = &environment.stack.recovery {
        stands_there(session, &target, recovery)?;
    }
    let text = match clouds::runbook(&target, &environment.stack) {
        Ok(text) => text,
        Err(findings) => return Err(refused(session, &environment, &findings)?),
    };
    told(session, &target, &text)
}

/// Prints a text in Markdown, in JSON as the one text that it is.
pub fn told(session: &mut Session, target: &Target, markdown: &str) -> Result<Exit, Trouble> {
    if session.output.format == Format::Json {
        let report = json!({ "format_version": 1, "target": target.to_string(), "markdown": markdown });
        session.output.result(&format!("{report:#}\n"))?;
    } else {
        session.output.result(markdown)?;
    }
    Ok(Exit::Done)
}

/// Shows why there is none.
pub fn refused(session: &mut Session, environment: &Environment, findings: &[Finding]) -> Result<Trouble, Trouble> {
    let mut diagnostics = Diagnostics::new();
    findings.iter().for_each(|finding| diagnostics.push(environment.diagnostic(finding)));
    views::validate::problems(&mut session.output, &diagnostics)?;
    Ok(Trouble::Environment)
}
