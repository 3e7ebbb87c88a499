//! `landfall ci`

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::session::Session;
use super::site::{ledger_owner, place};
use super::sources::Folder;
use super::validate::checked;
use crate::clouds::aws::deploy_roles::{self, Deployed, Duty, Records, Repository};
use crate::clouds::aws::{deployable, render};
use crate::clouds::stack_name;
use crate::diagnostics::diagnostic::Diagnostics;
use crate::environment::load::{Environment, targets};
use crate::exit_code::Exit;
use crate::model::placement::{Cloud, Target};
use crate::plan::deployment::Place;
use crate::views;
use crate::views::ci::{Pipelines, Promotion, Step};

/// Writes what a pipeline needs to plan, apply, promote, watch and roll back.
#[derive(Clone, Debug, Args)]
pub struct Ci {
    /// Whose pipelines.
    #[command(subcommand)]
    pub host: Host,
}

/// A service that runs pipelines.
#[derive(Clone, Debug, Subcommand)]
pub enum Host {
    /// Writes GitHub Actions' workflows, and for each account a CloudFormation template of the roles that they take: one to
    /// plan, one to seal releases, one to apply, one to roll back, with the least permissions that the rendered resources need. No long-lived secret:
    /// the roles are given to tokens of the named repository only.
    Github(Github),
}

/// What the workflows are for.
#[derive(Clone, Debug, Args)]
pub struct Github {
    /// What is deployed: system/environment, or a system for all its environments; everything where none is given.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// The repository that the pipelines run in: the roles trust no other.
    #[arg(long, value_name = "OWNER/NAME", env = "LANDFALL_REPOSITORY", value_parser = repository)]
    pub repository: String,
    /// The branch that environments without one of their own are deployed from.
    #[arg(long, value_name = "BRANCH", env = "LANDFALL_BRANCH", default_value = "main", value_parser = branch)]
    pub branch: String,
    /// The command that puts landfall on the path of a fresh runner. It gets no credentials; say exactly which landfall.
    #[arg(long, value_name = "COMMAND", env = "LANDFALL_INSTALL")]
    pub install: String,
    /// The folder to write to; the project's root where none is given.
    #[arg(long, value_name = "DIR", env = "LANDFALL_OUT")]
    pub out: Option<PathBuf>,
}

/// An owner and a name, as GitHub takes them.
fn repository(text: &str) -> Result<String, String> {
    let fits = |part: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !part.is_empty() && part.len() <= 100 && part.chars().all(known)
    };
    match text.split_once('/') {
        Some((owner, name)) if fits(owner) && fits(name) => Ok(text.to_owned()),
        _ => Err("a repository is written OWNER/NAME, such as acme/shop".to_owned()),
    }
}

/// A branch's name, of the characters that environment files take in one.
fn branch(text: &str) -> Result<String, String> {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if !text.is_empty() && text.len() <= 128 && text.chars().all(known) {
        Ok(text.to_owned())
    } else {
        Err("a branch's name, such as main: letters, digits, hyphens, underscores, points and slashes".to_owned())
    }
}

/// Writes them.
///
/// # Errors
/// Where a file can't be written.
pub fn run(arguments: &Ci, session: &mut Session) -> io::Result<Exit> {
    let Host::Github(github) = &arguments.host;
    let targets = match targets(&Folder::new(&*session.files, &session.root), &github.targets) {
        Ok(targets) => targets,
        Err(error) => {
            session.output.say(&format!("error: {error}\n"))?;
            return Ok(Exit::Usage);
        }
    };
    let (mut diagnostics, mut sites) = (Diagnostics::new(), Vec::new());
    for target in &targets {
        let (environment, found) = checked(session, target);
        diagnostics.extend(found);
        let Some(environment) = environment else { continue };
        if environment.stack.placement.cloud != Cloud::Aws {
            session.output.say(&format!("{target} is left out: pipelines are written for targets on aws only\n"))?;
            continue;
        }
        match render::render(target, &environment.stack) {
            Ok(rendered) => sites.push(Site::new(environment, rendered, session.ledger.clone())),
            Err(findings) => findings.iter().for_each(|finding| diagnostics.push(environment.diagnostic(finding))),
        }
    }
    for target in stand_ins(&sites) {
        session
            .output
            .say(&format!("{target} is left out: people deploy it on the day that a region is lost (`recovery`)\n"))?;
        sites.retain(|site| site.environment.target != target);
    }
    views::validate::problems(&mut session.output, &diagnostics)?;
    if diagnostics.has_errors() {
        return Ok(Exit::Failed);
    }
    if sites.is_empty() {
        session.output.say("error: no target is left to write pipelines for\n")?;
        return Ok(Exit::Usage);
    }
    let forgotten: Vec<String> =
        sites.iter().filter(|site| site.ledger().is_none()).map(|site| site.environment.target.to_string()).collect();
    if !forgotten.is_empty() {
        session.output.say(&format!(
            "error: the ledger of {} is a folder, and a runner forgets its folders\n  = help: set `ledger: s3://BUCKET/PREFIX` in the \
             environment, a bucket of its account, or {{url: s3://BUCKET/PREFIX, account: …, region: …}} of another; or give --ledger\n",
            forgotten.join(", ")
        ))?;
        return Ok(Exit::Refused);
    }
    let mut files = BTreeMap::new();
    let repository = Repository { name: github.repository.clone(), branch: github.branch.clone() };
    let accounts: BTreeSet<&str> = sites.iter().map(|site| site.place.account.as_str()).collect();
    for account in accounts {
        let deployed: Vec<Deployed<'_>> =
            sites.iter().filter(|site| site.place.account == account).map(Site::deployed).collect();
        match deploy_roles::template(&deployed, &repository) {
            Ok(template) => {
                let text = template.to_yaml().map_err(io::Error::other)?;
                files.insert(format!("deploy-roles/{account}.yaml"), text);
            }
            Err(errors) => {
                for error in errors {
                    session.output.say(&format!("error: {error}\n"))?;
                }
                return Ok(Exit::Failed);
            }
        }
    }
    let shared: BTreeSet<&str> = sites.iter().filter_map(|site| site.ledger().map(|ledger| ledger.bucket)).collect();
    let deployed: Vec<Deployed<'_>> = sites.iter().map(Site::deployed).collect();
    for bucket in shared {
        if let Some(policy) = deploy_roles::ledger_policy(&deployed, bucket) {
            let text = policy.to_yaml().map_err(io::Error::other)?;
            files.insert(format!("deploy-roles/ledger-{bucket}.yaml"), text);
        }
    }
    for (name, text) in views::ci::workflows(&pipelines(github, &sites)).map_err(io::Error::other)? {
        files.insert(format!(".github/workflows/{name}"), text);
    }
    let out = github.out.as_ref().unwrap_or(&session.root).clone();
    for (name, text) in &files {
        session.files.put(&out.join(name), text.as_bytes()).map_err(io::Error::other)?;
    }
    let unbounded: Vec<String> = sites
        .iter()
        .filter(|site| site.environment.stack.placement.roles_bounded_by.is_none())
        .map(|site| site.environment.target.to_string())
        .collect();
    let written: Vec<&str> = files.keys().map(String::as_str).collect();
    views::ci::written(&mut session.output, &written, &unbounded, &crossing(&sites))?;
    Ok(Exit::Done)
}

/// A target with what its roles are made from.
struct Site {
    environment: Environment,
    rendered: render::Rendered,
    place: Place,
    stack: String,
    bucket: String,
    /// The address of the ledger that the command line gave for all targets.
    given: Option<String>,
    /// The address of its ledger, and whose it has to be.
    ledger: Option<(String, Place)>,
}

impl Site {
    fn new(environment: Environment, rendered: render::Rendered, given: Option<String>) -> Self {
        let place = place(&environment);
        let stack = stack_name(&environment.target);
        let bucket = deployable::store(&environment.stack.placement);
        let written = environment.stack.ledger.as_ref().map(|ledger| ledger.address().to_owned());
        let ledger = given.clone().or(written).map(|address| {
            let owner = ledger_owner(&environment, &address);
            (address, owner)
        });
        Self { environment, rendered, place, stack, bucket, given, ledger }
    }

    /// Its ledger; none where it is a folder.
    fn ledger(&self) -> Option<Records<'_>> {
        let (address, owner) = self.ledger.as_ref()?;
        let path = address.strip_prefix("s3://")?;
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        Some(Records { bucket, prefix, owner })
    }

    fn deployed(&self) -> Deployed<'_> {
        Deployed {
            stack: &self.stack,
            place: &self.place,
            template: &self.rendered.template,
            tags: &self.rendered.tags,
            bucket: &self.bucket,
            ledger: self.ledger(),
            migrates: self.environment.stack.migrations.is_some(),
            bounded_by: self.environment.stack.placement.roles_bounded_by.as_deref(),
        }
    }

    fn step(&self) -> Step {
        let deployed = self.deployed();
        let of_duties = |of: &dyn Fn(Duty) -> String| {
            Duty::ALL.into_iter().map(|duty| (duty.word().to_owned(), of(duty))).collect()
        };
        Step {
            target: self.environment.target.to_string(),
            system: self.environment.target.system.to_string(),
            environment: self.environment.target.environment.to_string(),
            stack: self.stack.clone(),
            region: self.place.region.clone(),
            ledger: self.given.clone(),
            branch: self.environment.stack.placement.branch.clone(),
            roles: of_duties(&|duty| deploy_roles::role_arn(&deployed, duty)),
            seconds: of_duties(&|duty| duty.longest_seconds().to_string()),
        }
    }
}

/// The targets that others come back as when their region is lost: nothing stands there before.
fn stand_ins(sites: &[Site]) -> BTreeSet<Target> {
    let named = sites.iter().filter_map(|site| {
        let environment = site.environment.stack.recovery.as_ref()?.environment.clone();
        Some(Target { system: site.environment.target.system.clone(), environment })
    });
    named.filter(|target| sites.iter().any(|site| site.environment.target == *target)).collect()
}

/// The promotions that go from one ledger to another, and those within one that only one of the two accounts may use.
fn crossing(sites: &[Site]) -> Vec<String> {
    let from = |site: &Site| {
        let from = site.environment.stack.gates.from.as_ref()?;
        let system = &site.environment.target.system;
        let other = sites.iter().find(|other| {
            let target = &other.environment.target;
            target.system == *system && target.environment == *from
        })?;
        let crosses = other.ledger() != site.ledger();
        crosses.then(|| format!("{} to {}", other.environment.target, site.environment.target))
    };
    sites.iter().filter_map(from).collect()
}

/// In which order releases travel: environments that take releases from no other are where they begin.
fn pipelines(github: &Github, sites: &[Site]) -> Pipelines {
    let (mut firsts, mut promotions) = (Vec::new(), Vec::new());
    for site in sites {
        let target = &site.environment.target;
        match &site.environment.stack.gates.from {
            Some(from) => promotions.push(Promotion {
                name: format!("{}: {from} to {}", target.system, target.environment),
                from: from.to_string(),
                to: site.step(),
            }),
            None => firsts.push(site.step()),
        }
    }
    Pipelines {
        install: github.install.clone(),
        branch: github.branch.clone(),
        targets: sites.iter().map(Site::step).collect(),
        firsts,
        promotions,
    }
}
