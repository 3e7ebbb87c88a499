//! `landfall render`

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::session::Session;
use super::sources::Folder;
use super::validate::checked;
use crate::clouds::{self, Form, portability};
use crate::diagnostics::diagnostic::{Diagnostics, Severity};
use crate::environment::load::targets;
use crate::exit_code::Exit;
use crate::model::placement::{Cloud, Target};
use crate::views;
use crate::views::render::{Row, Table};

/// Writes the native documents of environments to DIR/system/environment/. The same input gives the same bytes.
#[derive(Clone, Debug, Args)]
pub struct Render {
    /// What to render: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// The folder to write to; without it the document of the one target goes to standard output.
    #[arg(long, value_name = "DIR", env = "LANDFALL_OUT")]
    pub out: Option<PathBuf>,
    /// Only targets of this cloud.
    #[arg(long, value_name = "CLOUD", env = "LANDFALL_CLOUD", value_parser = cloud)]
    pub cloud: Option<Cloud>,
    /// The notation of documents that have two.
    #[arg(long, value_name = "FORM", env = "LANDFALL_DOCUMENTS", default_value = "yaml")]
    pub documents: Notation,
    /// Write no documents; show for each component whether its cloud has it as asked, nearly, or not at all.
    #[arg(long, env = "LANDFALL_PORTABILITY", conflicts_with = "out")]
    pub portability: bool,
}

/// The notation of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Notation {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

fn cloud(text: &str) -> Result<Cloud, String> {
    let words: Vec<&str> = Cloud::ALL.iter().map(|cloud| cloud.word()).collect();
    Cloud::ALL
        .into_iter()
        .find(|cloud| cloud.word() == text)
        .ok_or_else(|| format!("this version renders for {}", words.join(", ")))
}

/// Renders them. A target with errors is not written; the others are, and the run has failed.
pub fn run(arguments: &Render, session: &mut Session) -> io::Result<Exit> {
    let targets = match targets(&Folder::new(&*session.files, &session.root), &arguments.targets) {
        Ok(targets) => targets,
        Err(error) => {
            session.output.say(&format!("error: {error}\n"))?;
            return Ok(Exit::Usage);
        }
    };
    if arguments.portability {
        return compared(arguments, session, &targets);
    }
    if arguments.out.is_none() && targets.len() != 1 {
        let help = "name one target, or a folder with --out DIR";
        session
            .output
            .say(&format!("error: {} targets and no folder to write to\n  = help: {help}\n", targets.len()))?;
        return Ok(Exit::Usage);
    }
    let form = match arguments.documents {
        Notation::Yaml => Form::Yaml,
        Notation::Json => Form::Json,
    };
    let (mut diagnostics, mut written) = (Diagnostics::new(), 0_usize);
    for target in &targets {
        let (environment, found) = checked(session, target);
        diagnostics.extend(found);
        let Some(environment) = environment else { continue };
        if arguments.cloud.is_some_and(|cloud| cloud != environment.stack.placement.cloud) {
            continue;
        }
        let rendered = match clouds::render(target, &environment.stack, form) {
            Ok(rendered) => rendered,
            Err(findings) => {
                findings.iter().for_each(|finding| diagnostics.push(environment.diagnostic(finding)));
                continue;
            }
        };
        rendered.findings.iter().for_each(|finding| diagnostics.push(environment.diagnostic(finding)));
        match &arguments.out {
            None => session.output.result(&rendered.document)?,
            Some(out) => {
                let path = out.join(target.system.as_str()).join(target.environment.as_str()).join(rendered.name);
                session.files.put(&path, rendered.document.as_bytes()).map_err(io::Error::other)?;
                session.output.say(&format!("wrote {}\n", path.display()))?;
                for (name, text) in &rendered.beside {
                    let path = path.with_file_name(name);
                    session.files.put(&path, text.as_bytes()).map_err(io::Error::other)?;
                    session.output.say(&format!("wrote {}\n", path.display()))?;
                }
            }
        }
        written += 1;
    }
    views::validate::problems(&mut session.output, &diagnostics)?;
    if diagnostics.has_errors() {
        return Ok(Exit::Failed);
    }
    if written == 0 {
        session.output.say("error: no target is of that cloud, so nothing was rendered\n")?;
        return Ok(Exit::Usage);
    }
    Ok(Exit::Done)
}

/// Shows what each target's cloud does with what is asked. A departure that is forbidden, or something that the cloud doesn't have, fails
/// the run.
fn compared(arguments: &Render, session: &mut Session, targets: &[Target]) -> io::Result<Exit> {
    let (mut diagnostics, mut tables) = (Diagnostics::new(), Vec::new());
    for target in targets {
        let (environment, found) = checked(session, target);
        diagnostics.extend(found);
        let Some(environment) = environment else { continue };
        let cloud = environment.stack.placement.cloud;
        if arguments.cloud.is_some_and(|asked| asked != cloud) {
            continue;
        }
        let findings = match clouds::render(target, &environment.stack, Form::Json) {
            Ok(rendered) => rendered.findings,
            Err(findings) => findings,
        };
        // Approximations stand in the table.
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
        errors.for_each(|finding| diagnostics.push(environment.diagnostic(finding)));
        let Some(rows) = portability::table(&environment.stack, &findings) else { continue };
        let rows = rows.into_iter().map(row).collect();
        tables.push(Table { target: target.to_string(), cloud: cloud.to_string(), rows });
    }
    let none = tables.is_empty();
    if !none {
        views::render::portability(&mut session.output, tables)?;
    }
    views::validate::problems(&mut session.output, &diagnostics)?;
    if diagnostics.has_errors() {
        return Ok(Exit::Failed);
    }
    if none {
        session.output.say("error: no target is of that cloud, so nothing was compared\n")?;
        return Ok(Exit::Usage);
    }
    Ok(Exit::Done)
}

fn row(row: portability::Row) -> Row {
    let portability::Row { component, field, departure, asked, how, forbidden } = row;
    Row { component, field, departure, asked, how, forbidden }
}
