//! `landfall sandbox`

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::session::Session;
use super::site::{environment, one};
use super::trouble::Trouble;
use crate::exit_code::Exit;
use crate::ports::sandbox::SandboxTrouble;
use crate::views;

/// The local control plane: it plays the cloud on this machine, strictly, and forgets nothing between runs.
#[derive(Clone, Debug, Args)]
pub struct Sandbox {
    /// What to do.
    #[command(subcommand)]
    pub what: What,
}

/// What is done with the sandbox.
#[derive(Clone, Debug, Subcommand)]
pub enum What {
    /// Runs it until it is interrupted, for other programs to use; `--sandbox` needs none running.
    Start(Start),
    /// Shows where it runs and which stacks it has.
    Status,
    /// Forgets everything, what the ledger recorded about it too.
    Reset,
    /// Changes a resource by hand, so that its target has drifted.
    Edit(Edit),
    /// Makes a resource outside every stack, as somebody else would.
    Make(Make),
    /// Makes something fail on request.
    Fail(Fail),
}

/// How it is run.
#[derive(Clone, Debug, Args)]
pub struct Start {
    /// The port on the loopback address; any free one where none is given.
    #[arg(long, value_name = "PORT", env = "LANDFALL_SANDBOX_PORT", default_value_t = 0)]
    pub port: u16,
}

/// Which property of which resource.
#[derive(Clone, Debug, Args)]
pub struct Edit {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// The resource's id in the document.
    #[arg(value_name = "RESOURCE")]
    pub resource: String,
    /// What to set: PROPERTY=VALUE, the value as JSON or as it stands; PROPERTY= removes it. Without any, the resource is deleted.
    #[arg(value_name = "PROPERTY=VALUE")]
    pub properties: Vec<String>,
}

/// What is made. A bucket that keeps versions:
///
/// landfall sandbox make shop/prod AWS::S3::Bucket BucketName=shop-copies 'VersioningConfiguration={"Status":"Enabled"}' --region us-west-2
#[derive(Clone, Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Make {
    /// In whose account or project: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// The resource's type, such as AWS::S3::Bucket.
    #[arg(value_name = "TYPE")]
    pub kind: String,
    /// What it has: PROPERTY=VALUE, the value as JSON or as it stands.
    #[arg(value_name = "PROPERTY=VALUE")]
    pub properties: Vec<String>,
    /// Where; in the target's own region where none is given.
    #[arg(long, value_name = "REGION", env = "LANDFALL_SANDBOX_REGION")]
    pub region: Option<String>,
}

/// What fails.
#[derive(Clone, Debug, Args)]
pub struct Fail {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET", required_unless_present = "clear")]
    pub target: Option<String>,
    /// The resource's id in the document.
    #[arg(value_name = "RESOURCE", required_unless_present = "clear")]
    pub resource: Option<String>,
    /// When.
    #[arg(long, value_name = "MOMENT", env = "LANDFALL_SANDBOX_FAIL_ON", default_value = "create")]
    pub on: Moment,
    /// What the cloud says then.
    #[arg(long, value_name = "TEXT", env = "LANDFALL_SANDBOX_FAIL_REASON")]
    pub reason: Option<String>,
    /// How often; always where it isn't given.
    #[arg(long, value_name = "COUNT", env = "LANDFALL_SANDBOX_FAIL_TIMES")]
    pub times: Option<u32>,
    /// Takes all failures on request away.
    #[arg(long, env = "LANDFALL_SANDBOX_CLEAR")]
    pub clear: bool,
}

/// A moment in a resource's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Moment {
    /// While it is created.
    Create,
    /// While it is updated or replaced.
    Update,
    /// While it is deleted.
    Delete,
    /// While an update of it is undone.
    Rollback,
}

impl From<SandboxTrouble> for Trouble {
    fn from(error: SandboxTrouble) -> Self {
        let remedy = match &error {
            SandboxTrouble::Start(_) | SandboxTrouble::Unanswered(_) => {
                "`landfall sandbox status` shows whether one runs; without one, its state is in .landfall/sandbox"
            }
            SandboxTrouble::Refused(_) => "`landfall sandbox status` shows what it has",
        };
        Trouble::Failed { what: error.to_string(), remedy: remedy.to_owned() }
    }
}

/// Does it.
pub async fn run(arguments: &Sandbox, session: &mut Session) -> Result<Exit, Trouble> {
    match &arguments.what {
        What::Start(start) => serve(start, session).await?,
        What::Status => {
            let url = session.sandbox.find().await;
            let stacks = session.sandbox.ask("GET", "stacks", None).await?;
            views::sandbox::status(&mut session.output, url.as_deref(), &stacks)?;
        }
        What::Reset => {
            session.sandbox.reset().await?;
            session.output.say("The sandbox has forgotten everything.\n")?;
        }
        What::Edit(edit) => self::edit(edit, session).await?,
        What::Make(make) => self::make(make, session).await?,
        What::Fail(fail) => self::fail(fail, session).await?,
    }
    Ok(Exit::Done)
}

async fn serve(start: &Start, session: &mut Session) -> Result<(), Trouble> {
    if let Some(url) = session.sandbox.find().await {
        return Err(Trouble::Failed {
            what: format!("a sandbox runs already, at {url}"),
            remedy: "use that one, or stop it first".to_owned(),
        });
    }
    let url = session.sandbox.start(start.port).await?;
    views::sandbox::started(&mut session.output, &url)?;
    let why = session.interrupt.clone().wait().await;
    session.output.say(&format!("Stopped by {why}. Its state stays.\n"))?;
    Ok(())
}

async fn edit(edit: &Edit, session: &mut Session) -> Result<(), Trouble> {
    let target = one(session, &edit.target)?;
    let stack = format!("{}-{}", target.system, target.environment);
    if edit.properties.is_empty() {
        let which = json!({ "stack": stack, "resource": edit.resource });
        session.sandbox.ask("DELETE", "resources", Some(&which)).await?;
        session.output.say(&format!("{} was deleted by hand.\n", edit.resource))?;
        return Ok(());
    }
    let change = json!({ "stack": stack, "resource": edit.resource, "properties": properties(&edit.properties)? });
    session.sandbox.ask("PATCH", "resources", Some(&change)).await?;
    session
        .output
        .say(&format!("{} was changed by hand; `landfall drift {target} --sandbox` shows it.\n", edit.resource))?;
    Ok(())
}

async fn make(make: &Make, session: &mut Session) -> Result<(), Trouble> {
    let target = one(session, &make.target)?;
    let placement = environment(session, &target)?.stack.placement;
    let region = make.region.as_deref().unwrap_or(&placement.region);
    let creation = json!({
        "account": placement.account,
        "region": region,
        "type": make.kind,
        "properties": properties(&make.properties)?,
    });
    let made = session.sandbox.ask("POST", "resources", Some(&creation)).await?;
    let id = made.get("id").and_then(Value::as_str).unwrap_or_default();
    session.output.say(&format!("{id} was made by hand in {region}; no stack has it.\n"))?;
    Ok(())
}

/// Properties by name, each a JSON value or the text as it stands.
fn properties(given: &[String]) -> Result<Map<String, Value>, Trouble> {
    let property = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Trouble::Usage(format!("`{text}` sets nothing: write PROPERTY=VALUE, such as VisibilityTimeout=60"))
        })?;
        let value = match value {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        };
        Ok((name.to_owned(), value))
    };
    given.iter().map(property).collect()
}

async fn fail(fail: &Fail, session: &mut Session) -> Result<(), Trouble> {
    if fail.clear {
        session.sandbox.ask("DELETE", "faults", None).await?;
        session.output.say("Nothing fails on request any more.\n")?;
    }
    let (Some(target), Some(resource)) = (&fail.target, &fail.resource) else { return Ok(()) };
    let target = one(session, target)?;
    let moment = match fail.on {
        Moment::Create => "create",
        Moment::Update => "update",
        Moment::Delete => "delete",
        Moment::Rollback => "rollback",
    };
    let mut fault = json!({
        "fault": "resource",
        "stack": format!("{}-{}", target.system, target.environment),
        "resource": resource,
        "on": moment,
    });
    if let Some(reason) = &fail.reason {
        fault["message"] = json!(reason);
    }
    if let Some(times) = fail.times {
        fault["times"] = json!(times);
    }
    session.sandbox.ask("POST", "faults", Some(&fault)).await?;
    session
        .output
        .say(&format!("{resource} fails on {moment} from now on; `landfall sandbox fail --clear` ends that.\n"))?;
    Ok(())
}
