//! `landfall validate`

use std::io;

use clap::Args;

use super::contracts::contracts;
use super::session::Session;
use super::sources::{Folder, Project};
use crate::checks;
use crate::clouds::{self, Form};
use crate::diagnostics::diagnostic::{Diagnostics, Severity};
use crate::diagnostics::finding::Finding;
use crate::diagnostics::nearest::nearest;
use crate::diagnostics::rule::Described;
use crate::environment::library::Library;
use crate::environment::load::{Environment, load_from, targets};
use crate::environment::source::Sources;
use crate::exit_code::Exit;
use crate::model::placement::Target;
use crate::model::stack::Stack;
use crate::views;

/// Checks environments offline: YAML, structure, and the rules that join components. Every problem is shown at once.
#[derive(Clone, Debug, Args)]
pub struct Validate {
    /// What to check: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Show the documentation of a rule, by the code in its message; without a code, list the rules. Checks nothing.
    #[arg(long, value_name = "RULE", num_args = 0..=1, conflicts_with = "targets")]
    pub explain: Option<Option<String>>,
}

/// Checks them.
pub fn run(arguments: &Validate, session: &mut Session) -> io::Result<Exit> {
    if let Some(code) = &arguments.explain {
        return explain(code.as_deref(), session);
    }
    let targets = match targets(&Folder::new(&*session.files, &session.root), &arguments.targets) {
        Ok(targets) => targets,
        Err(error) => {
            session.output.say(&format!("error: {error}\n"))?;
            return Ok(Exit::Usage);
        }
    };
    let mut diagnostics = Diagnostics::new();
    let mut invalid = Vec::new();
    let folder = Folder::new(&*session.files, &session.root);
    let project = Project::new(&folder);
    for target in &targets {
        let (environment, mut found) = load_from(&project.library, target);
        if let Some(environment) = environment {
            judge(&project, &environment, &mut found);
        }
        if found.has_errors() {
            invalid.push(target.clone());
        }
        diagnostics.extend(found);
    }
    let wrong = diagnostics.has_errors();
    match views::validate::show(&mut session.output, &targets, &invalid, &diagnostics) {
        // Who reads no further, as `head` does, still gets the verdict by the exit code.
        Err(error) if wrong && error.kind() == io::ErrorKind::BrokenPipe => {}
        shown => shown?,
    }
    Ok(if wrong { Exit::Failed } else { Exit::Done })
}

/// Shows what a rule is about, or all rules.
fn explain(code: Option<&str>, session: &mut Session) -> io::Result<Exit> {
    let mut rules: Vec<Described> = checks::RULES.iter().map(Described::of).collect();
    rules.extend(checks::TEXT_RULES.iter().map(Described::of));
    rules.extend(checks::contract::RULES.iter().map(Described::of));
    rules.extend(clouds::aws::rules::RULES.iter().map(Described::of));
    rules.extend(clouds::azure::rules::RULES.iter().map(Described::of));
    rules.extend(clouds::gcp::rules::RULES.iter().map(Described::of));
    rules.sort_by_key(|rule| rule.code);
    let Some(code) = code else {
        views::validate::rules(&mut session.output, &rules)?;
        return Ok(Exit::Done);
    };
    if let Some(rule) = rules.iter().find(|rule| rule.code == code) {
        views::validate::explanation(&mut session.output, rule)?;
        return Ok(Exit::Done);
    }
    let meant = nearest(code, rules.iter().map(|rule| rule.code));
    let meant = meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
    let shown = views::safe(code);
    session.output.say(&format!(
        "error: no rule has the code `{shown}`\n  = help: {meant}`landfall validate --explain` lists the rules; a code that isn't among them belongs to \
         the form of a file or to a cloud's limit, and its message says all there is to it\n"
    ))?;
    Ok(Exit::Usage)
}

/// Adds all that can be known beforehand: what breaks a rule, and what the environment's cloud would refuse or do otherwise
/// than asked.
pub fn judge(project: &Project<'_>, environment: &Environment, diagnostics: &mut Diagnostics) {
    let broken = rules(project, &environment.stack);
    let refused = match clouds::render(&environment.target, &environment.stack, Form::Json) {
        Ok(rendered) => rendered.findings,
        Err(findings) => findings,
    };
    // Where a rule is broken, what the cloud makes of the same place is the same mistake in other words.
    let said = |finding: &Finding| {
        broken.iter().filter(|rule| rule.severity == Severity::Error).any(|rule| {
            let mut paths = rule.related.iter().map(|(path, _)| path).chain([&rule.path]);
            paths.any(|path| path.starts_with(&finding.path) || finding.path.starts_with(path))
        })
    };
    for finding in broken.iter().chain(refused.iter().filter(|finding| !said(finding))) {
        diagnostics.push(environment.diagnostic(finding));
    }
}

/// What breaks a rule of the stack, or what its workloads' contracts ask of it.
fn rules(project: &Project<'_>, stack: &Stack) -> Vec<Finding> {
    checks::check(stack).into_iter().chain(owed(project, stack)).collect()
}

/// What the workloads' contracts ask of a stack and don't get.
fn owed(project: &Project<'_>, stack: &Stack) -> Vec<Finding> {
    let (contracts, unreadable) = contracts(project.files, project.root, stack, &project.contracts);
    unreadable.into_iter().chain(checks::contract::check(stack, &contracts)).collect()
}

/// Reads a target and puts it through every check; there is an environment only where nothing stops the work.
pub fn checked(session: &Session, target: &Target) -> (Option<Environment>, Diagnostics) {
    let folder = Folder::new(&*session.files, &session.root);
    checked_of(&Project::new(&folder), target)
}

/// As [`checked`], for one of a project's many targets.
pub fn checked_of(project: &Project<'_>, target: &Target) -> (Option<Environment>, Diagnostics) {
    let (environment, mut diagnostics) = read(&project.library, target);
    if let Some(environment) = &environment {
        for finding in owed(project, &environment.stack) {
            diagnostics.push(environment.diagnostic(&finding));
        }
    }
    (environment.filter(|_| !diagnostics.has_errors()), diagnostics)
}

/// Reads a target from files wherever they come from, as [`checked`] does, but for what its workloads' contracts ask: they stand
/// beside the project's crates.
pub fn judged(sources: &dyn Sources, target: &Target) -> (Option<Environment>, Diagnostics) {
    let (environment, diagnostics) = read(&Library::new(sources), target);
    (environment.filter(|_| !diagnostics.has_errors()), diagnostics)
}

/// A target with what breaks a rule of its stack.
fn read(library: &Library<'_>, target: &Target) -> (Option<Environment>, Diagnostics) {
    let (environment, mut diagnostics) = load_from(library, target);
    if let Some(environment) = &environment {
        for finding in checks::check(&environment.stack) {
            diagnostics.push(environment.diagnostic(&finding));
        }
    }
    (environment, diagnostics)
}
