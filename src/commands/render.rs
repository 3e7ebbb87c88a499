//! `landfall render`

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::session::Session;
use super::sources::{Folder, Project};
use super::validate::{checked, checked_of};
use crate::clouds::{self, Form, Rendered, portability};
use crate::diagnostics::diagnostic::{Diagnostics, Severity};
use crate::environment::load::{Environment, targets};
use crate::exit_code::Exit;
use crate::model::placement::{Cloud, Target};
use crate::parallel;
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

/// So many targets are rendered before what came of them is said: what is said comes in the targets' order, and memory stays flat.
const AT_ONCE: usize = 64;

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
    let folder = Folder::new(&*session.files, &session.root);
    let desk = Desk { project: &Project::new(&folder), arguments, form };
    for some in targets.chunks(AT_ONCE) {
        for (made, found) in parallel::each(some, |target| desk.render(target)) {
            diagnostics.extend(found);
            match made? {
                None => {}
                Some(Made::Text(document)) => {
                    session.output.result(&document)?;
                    written += 1;
                }
                Some(Made::Files(paths)) => {
                    let said: String = paths.iter().map(|path| format!("wrote {}\n", path.display())).collect();
                    session.output.say(&said)?;
                    written += 1;
                }
            }
        }
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

/// What was made of a target.
enum Made {
    /// Its document, to be shown.
    Text(String),
    /// Its files, in the order in which they were written.
    Files(Vec<PathBuf>),
}

/// What the rendering of a target needs of the session, and several threads may use at once.
struct Desk<'run> {
    project: &'run Project<'run>,
    arguments: &'run Render,
    form: Form,
}

impl Desk<'_> {
    /// Renders a target and writes its files; nothing where it has errors or is of another cloud than the one asked for.
    fn render(&self, target: &Target) -> (io::Result<Option<Made>>, Diagnostics) {
        let (environment, mut diagnostics) = checked_of(self.project, target);
        let asked = |environment: &Environment| {
            self.arguments.cloud.is_none_or(|cloud| cloud == environment.stack.placement.cloud)
        };
        let Some(environment) = environment.filter(asked) else { return (Ok(None), diagnostics) };
        let (rendered, findings) = match clouds::render(target, &environment.stack, self.form) {
            Ok(mut rendered) => {
                let findings = std::mem::take(&mut rendered.findings);
                (Some(rendered), findings)
            }
            Err(findings) => (None, findings),
        };
        findings.iter().for_each(|finding| diagnostics.push(environment.diagnostic(finding)));
        let made = rendered.map(|rendered| match &self.arguments.out {
            None => Ok(Made::Text(rendered.document)),
            Some(out) => self.write(&out.join(target.system.as_str()).join(target.environment.as_str()), &rendered),
        });
        (made.transpose(), diagnostics)
    }

    fn write(&self, folder: &Path, rendered: &Rendered) -> io::Result<Made> {
        let mut paths = Vec::new();
        let beside = rendered.beside.iter().map(|(name, text)| (*name, text));
        for (name, text) in std::iter::once((rendered.name, &rendered.document)).chain(beside) {
            let path = folder.join(name);
            self.project.files.put(&path, text.as_bytes()).map_err(io::Error::other)?;
            paths.push(path);
        }
        Ok(Made::Files(paths))
    }
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
