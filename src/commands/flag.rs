//! `landfall flag`

use clap::{Args, Subcommand};

use super::running::{Running, Turn, finish_pending, progress};
use super::session::Session;
use super::site::{Site, environment, one};
use super::trouble::Trouble;
use crate::clouds::{Deployed, setting_place, settings_written};
use crate::deploy::job::Done;
use crate::diagnostics::{nearest, secrecy};
use crate::environment::load::Environment;
use crate::exit_code::Exit;
use crate::ledger::entry::{Switch, Tally};
use crate::ledger::flag::Flag as Switched;
use crate::model::name::Name;
use crate::model::setting::Setting;
use crate::plan::readiness::{Readiness, readiness};
use crate::views;
use crate::views::flag::Row;

/// Switches a setting where workloads read it, without a deployment.
#[derive(Clone, Debug, Args)]
pub struct Flag {
    /// What to do.
    #[command(subcommand)]
    pub what: What,
}

/// What is done with settings.
#[derive(Clone, Debug, Subcommand)]
pub enum What {
    /// Switches a setting of the environment's `settings`: written down, called, written down.
    ///
    /// It stays so over deployments and rollbacks until the files give it another value, or until --reset; plans tell it. Drift knows it,
    /// and is what somebody changes by hand after it. Running on its own takes seconds; a run that holds the target is not cut off.
    Set(Set),
    /// Lists the settings: what the files say, and what they were switched to. Reads the files and the ledger only.
    List(List),
}

/// Which setting, and to what.
#[derive(Clone, Debug, Args)]
pub struct Set {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Which setting, by its name in the environment's `settings`.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What it is switched to: of the same kind as the files' value. It is recorded, and no place for a secret.
    #[arg(
        value_name = "VALUE",
        required_unless_present = "reset",
        conflicts_with = "reset",
        allow_hyphen_values = true
    )]
    pub value: Option<String>,
    /// Switch it back to what was deployed; from then on the files' value counts again.
    #[arg(long, env = "LANDFALL_RESET")]
    pub reset: bool,
    /// Why. It is recorded.
    #[arg(long, value_name = "TEXT", env = "LANDFALL_WHY")]
    pub why: Option<String>,
    /// The lock, and how long it waits.
    #[command(flatten)]
    pub turn: Turn,
}

/// Whose settings.
#[derive(Clone, Debug, Args)]
pub struct List {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
}

/// Does it.
pub async fn run(arguments: &Flag, session: &mut Session) -> Result<Exit, Trouble> {
    match &arguments.what {
        What::Set(set) => self::set(set, session).await,
        What::List(list) => self::list(list, session).await,
    }
}

async fn list(arguments: &List, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    let flags = super::site::book(session, &environment).await?.flags().await?;
    let settings = &environment.stack.settings;
    let rows: Vec<Row> = settings
        .iter()
        .map(|(name, setting)| Row {
            name: name.to_string(),
            description: setting.description.clone(),
            parameter: setting_place(&target, &environment.stack, name).map(|place| place.parameter),
            file: setting.value.to_string(),
            switched: flags.get(name.as_str()).map(|flag| flag.value.clone()),
        })
        .collect();
    views::flag::list(&mut session.output, &target.to_string(), &rows)?;
    Ok(Exit::Done)
}

async fn set(arguments: &Set, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    let (name, setting) = named(&environment, &arguments.name)?;
    let value = arguments.value.as_deref().map(|text| value(name, setting, text)).transpose()?;
    let site = Site::of(session, &environment).await?;
    site.cloud.identity().await?;
    let command = format!("flag set {target} {name}");
    let running = Running::begin(session, &site, &command, arguments.turn.take_over, arguments.turn.timeout).await?;
    let done = switch(arguments, session, &site, &running, &environment, name, value).await;
    running.end().await;
    let Some((switch, done)) = done? else {
        views::flag::nothing(&mut session.output, &target.to_string(), name.as_str())?;
        return Ok(Exit::Done);
    };
    views::flag::set(&mut session.output, &target.to_string(), &switch, done.sequence)?;
    Ok(Exit::Done)
}

/// The setting of that name.
fn named<'a>(environment: &'a Environment, asked: &str) -> Result<(&'a Name, &'a Setting), Trouble> {
    let settings = &environment.stack.settings;
    settings.iter().find(|(name, _)| name.as_str() == asked).ok_or_else(|| {
        let names: Vec<&str> = settings.keys().map(Name::as_str).collect();
        let remedy = match (nearest::nearest(asked, names.iter().copied()), names.is_empty()) {
            (Some(near), _) => format!("did you mean {near}?"),
            (None, true) => "add it under `settings` and deploy".to_owned(),
            (None, false) => format!("one of {}; or add it under `settings` and deploy", names.join(", ")),
        };
        Trouble::Refused {
            what: format!("{} has no setting `{asked}`", environment.target),
            why: vec!["only what its files have under `settings` is switched".to_owned()],
            remedy,
        }
    })
}

/// The value that a text stands for, as it is stored.
fn value(name: &Name, setting: &Setting, text: &str) -> Result<String, Trouble> {
    let refused =
        |what: String, why: String, remedy: &str| Trouble::Refused { what, why: vec![why], remedy: remedy.to_owned() };
    if secrecy::looks_like(text).is_some() {
        return Err(refused(
            format!("this looks like a secret, and setting.{name} is none"),
            "the value of a setting is recorded and shown".to_owned(),
            "declare it under `secrets`; `landfall rotate` puts its value there",
        ));
    }
    let value = setting.value.like(text).map(|value| value.to_string()).filter(|value| !value.is_empty());
    value.ok_or_else(|| {
        refused(
            format!("`{text}` is no value of setting.{name}"),
            format!("its files give it {}, such as {}", setting.value.expects(), setting.value),
            "give it a value of that kind",
        )
    })
}

/// Switches under the lock; none where nothing is switched that could be reset.
async fn switch(
    arguments: &Set,
    session: &mut Session,
    site: &Site,
    running: &Running,
    environment: &Environment,
    name: &Name,
    value: Option<String>,
) -> Result<Option<(Switch, Done)>, Trouble> {
    let target = &environment.target;
    let refused = |why: &str, remedy: String| Trouble::Refused {
        what: format!("setting.{name} of {target} can't be switched"),
        why: vec![why.to_owned()],
        remedy,
    };
    if let Some(intent) = &site.book.standing().await?.pending {
        finish_pending(session, site, running, intent).await?;
    }
    let apply = || format!("`landfall apply {target}` deploys it");
    let place = setting_place(target, &environment.stack, name).ok_or_else(|| {
        let why = format!("this version of landfall has no store of settings on {} yet", site.kind);
        refused(&why, format!("give its readers a variable, and `landfall apply {target}`"))
    })?;
    let stack = site.cloud.describe(&site.stack).await?;
    let stack = stack
        .filter(|stack| matches!(readiness(Some(stack)), Readiness::Update | Readiness::Wait | Readiness::Undo))
        .ok_or_else(|| refused("nothing is deployed there", apply()))?;
    let document = site.cloud.document(&stack.id).await?.unwrap_or_default();
    let written = settings_written(site.kind, &Deployed { document, parameters: stack.parameters.clone() });
    let mut written = written.map_err(|why| refused(&why, "`landfall drift` shows how the stack is".to_owned()))?;
    let document =
        written.remove(&place.resource).ok_or_else(|| refused("what is deployed doesn't have it yet", apply()))?;
    let flags = site.book.flags().await?;
    if arguments.reset && !flags.contains_key(name.as_str()) {
        return Ok(None);
    }
    let was = site.cloud.setting(&place.parameter).await?;
    let switch = Switch {
        setting: name.to_string(),
        flag: Switched {
            resource: place.resource,
            field: place.field,
            parameter: place.parameter,
            value: value.unwrap_or_else(|| document.clone()),
            document,
        },
        was,
        reset: arguments.reset,
        why: arguments.why.clone(),
    };
    let progress = progress(session, site, Tally::default());
    let done = running.job(site, &progress).switch(&site.place, &site.stack, switch.clone()).await;
    progress.close();
    Ok(Some((switch, done?)))
}
