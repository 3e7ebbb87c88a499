//! The command line: a file a verb. Each holds the verb's arguments, whose comments are its help, and what it does.

pub mod apply;
pub mod approve;
pub mod building;
pub mod bundle;
pub mod bundled;
pub mod ci;
pub mod completions;
pub mod contracts;
pub mod cost;
pub mod decision;
pub mod definition;
pub mod destroy;
pub mod diff;
pub mod doctor;
pub mod documents;
pub mod drift;
pub mod drifting;
pub mod estimating;
pub mod failover;
pub mod flag;
pub mod flags;
pub mod gates;
pub mod graph;
pub mod history;
pub mod hold;
pub mod init;
pub mod ledger;
pub mod local;
pub mod observe;
pub mod plan;
pub mod probe;
pub mod promote;
pub mod pruning;
pub mod rebuilding;
pub mod recover;
pub mod release;
pub mod render;
pub mod rollback;
pub mod rotate;
pub mod runbook;
pub mod running;
pub mod sandbox;
pub mod schema;
pub mod sealed;
pub mod session;
pub mod site;
pub mod sources;
pub mod status;
pub mod takeover;
pub mod trouble;
pub mod unlock;
pub mod validate;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit_code::Exit;
use crate::model::units::Time;
use crate::views::output::Format;
use session::Session;
use trouble::Trouble;

/// Infrastructure as code with a plan, a promotion and a rollback that can be trusted.
///
/// A TARGET is one environment of a system, written system/environment, such as shop/prod. It is described in
/// environments/shop/base.yaml and environments/shop/prod.yaml.
#[derive(Clone, Debug, Parser)]
#[command(name = "landfall", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What stands for every verb.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 differences (with --detailed-exitcode), 3 refused and needs a decision, \
4 locked by another run, 5 interrupted or still running in the cloud, 64 wrong usage.";

/// Flags of every verb.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The folder that holds environments/.
    #[arg(long, global = true, value_name = "DIR", env = "LANDFALL_ROOT", default_value = ".")]
    pub root: PathBuf,
    /// The form of results.
    #[arg(long, global = true, value_name = "FORM", env = "LANDFALL_FORMAT", default_value = "text")]
    pub format: Format,
    /// Whether to use colours.
    #[arg(long, global = true, value_name = "WHEN", env = "LANDFALL_COLOR", default_value = "auto")]
    pub color: Colour,
    /// Answer questions with yes.
    #[arg(long, global = true, env = "LANDFALL_YES")]
    pub yes: bool,
    /// Where deployments are recorded: a folder, file:FOLDER, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or azblob://ACCOUNT/CONTAINER/PREFIX in the target's account.
    /// Otherwise what the environment says, or .landfall/ledger.
    #[arg(long, global = true, value_name = "URL", env = "LANDFALL_LEDGER")]
    pub ledger: Option<String>,
    /// Talk to the local sandbox in place of the cloud: no account needed, and a ledger of its own.
    #[arg(long, global = true, env = "LANDFALL_SANDBOX")]
    pub sandbox: bool,
    /// How long the sandbox takes for its work: a multiple of the cloud's own time; 0 for none. A new one takes 1/120.
    #[arg(long, global = true, value_name = "FACTOR", env = "LANDFALL_SANDBOX_PACE")]
    pub pace: Option<f64>,
    /// How long one call of the cloud or of the ledger's store may take before it is made again, or looked after; a second at least.
    /// A call that gets no answer at all is given up after six times this.
    #[arg(long, global = true, value_name = "TIME", env = "LANDFALL_CALL_TIMEOUT", default_value = "30s")]
    pub call_timeout: Time,
}

/// Whether to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Clone, Debug, Subcommand)]
pub enum Verb {
    /// Carries out a plan.
    Apply(apply::Apply),
    /// Says yes to a promotion.
    Approve(approve::Approve),
    /// Builds the artifacts that systems run, the same bytes on every machine.
    Bundle(bundle::Bundle),
    /// Writes what a pipeline needs to plan, apply, promote, watch and roll back.
    Ci(ci::Ci),
    /// Prints a shell's completion script.
    Completions(completions::Completions),
    /// Estimates what targets cost a month.
    Cost(cost::Cost),
    /// Takes a target down.
    Destroy(destroy::Destroy),
    /// Compares two CloudFormation templates offline.
    Diff(diff::Diff),
    /// Checks the machine, the ledger and the credentials.
    Doctor(doctor::Doctor),
    /// Shows what was changed by hand.
    Drift(drift::Drift),
    /// Shows the way to another region, or drills it.
    Failover(failover::Failover),
    /// Switches a setting without a deployment.
    Flag(flag::Flag),
    /// Draws a target.
    Graph(graph::Graph),
    /// Shows what happened to a target.
    History(history::History),
    /// Keeps promotions out of a target, or lets them in again.
    Hold(hold::Hold),
    /// Writes a commented starter system.
    Init(init::Init),
    /// Proves the ledger, or rebuilds what was lost of it.
    Ledger(ledger::Ledger),
    /// Writes what a target needs on one machine.
    Local(local::Local),
    /// Writes targets' dashboards for Grafana.
    Observe(observe::Observe),
    /// Shows what apply would do.
    Plan(plan::Plan),
    /// Writes the questions that are asked from outside.
    Probe(probe::Probe),
    /// Deploys the release that is good in one environment to the next.
    Promote(promote::Promote),
    /// Finishes an interrupted run.
    Recover(recover::Recover),
    /// Seals what belongs together under one digest, and proves it again.
    Release(release::Release),
    /// Writes native documents.
    Render(render::Render),
    /// Brings back the last good deployment.
    Rollback(rollback::Rollback),
    /// Gives a secret a new value.
    Rotate(rotate::Rotate),
    /// Prints what people do when something is wrong.
    Runbook(runbook::Runbook),
    /// Steers the local sandbox.
    Sandbox(sandbox::Sandbox),
    /// Prints the JSON Schema of environment files or of an output.
    Schema(schema::Schema),
    /// Shows where every target stands.
    Status(status::Status),
    /// Judges a lock.
    Unlock(unlock::Unlock),
    /// Checks environments offline and shows every problem at once.
    Validate(validate::Validate),
}

/// Does what the command line says.
pub async fn run(cli: Cli, session: &mut Session) -> Exit {
    let done: Result<Exit, Trouble> = match &cli.verb {
        Verb::Apply(arguments) => apply::run(arguments, session).await,
        Verb::Approve(arguments) => approve::run(arguments, session).await,
        Verb::Bundle(arguments) => bundle::run(arguments, session).map_err(Trouble::from),
        Verb::Ci(arguments) => ci::run(arguments, session).map_err(Trouble::from),
        Verb::Completions(arguments) => completions::run(arguments, session),
        Verb::Cost(arguments) => cost::run(arguments, session),
        Verb::Destroy(arguments) => destroy::run(arguments, session).await,
        Verb::Diff(arguments) => diff::run(arguments, session),
        Verb::Doctor(arguments) => doctor::run(arguments, session).await,
        Verb::Drift(arguments) => drift::run(arguments, session).await,
        Verb::Failover(arguments) => failover::run(arguments, session).await,
        Verb::Flag(arguments) => flag::run(arguments, session).await,
        Verb::Graph(arguments) => graph::run(arguments, session),
        Verb::History(arguments) => history::run(arguments, session).await,
        Verb::Hold(arguments) => hold::run(arguments, session).await,
        Verb::Init(arguments) => init::run(arguments, session).map_err(Trouble::from),
        Verb::Ledger(arguments) => ledger::run(arguments, session).await,
        Verb::Local(arguments) => local::run(arguments, session).await,
        Verb::Observe(arguments) => observe::run(arguments, session),
        Verb::Plan(arguments) => plan::run(arguments, session).await,
        Verb::Probe(arguments) => probe::run(arguments, session),
        Verb::Promote(arguments) => promote::run(arguments, session).await,
        Verb::Recover(arguments) => recover::run(arguments, session).await,
        Verb::Release(arguments) => release::run(arguments, session).await,
        Verb::Render(arguments) => render::run(arguments, session).map_err(Trouble::from),
        Verb::Rollback(arguments) => rollback::run(arguments, session).await,
        Verb::Rotate(arguments) => rotate::run(arguments, session).await,
        Verb::Runbook(arguments) => runbook::run(arguments, session),
        Verb::Sandbox(arguments) => sandbox::run(arguments, session).await,
        Verb::Schema(arguments) => schema::run(arguments, session).map_err(Trouble::from),
        Verb::Status(arguments) => status::run(arguments, session).await,
        Verb::Unlock(arguments) => unlock::run(arguments, session).await,
        Verb::Validate(arguments) => validate::run(arguments, session).map_err(Trouble::from),
    };
    let changes = matches!(
        cli.verb,
        Verb::Apply(_)
            | Verb::Destroy(_)
            | Verb::Flag(_)
            | Verb::Promote(_)
            | Verb::Recover(_)
            | Verb::Rollback(_)
            | Verb::Rotate(_)
    ) || matches!(&cli.verb, Verb::Failover(asked) if asked.drill);
    match done.map_err(|trouble| trouble.said()) {
        // Whoever reads no further has read enough of a listing; of a change it is no sign that it was made.
        Err(Err(Exit::Done)) if changes => Exit::Failed,
        Ok(exit) | Err(Err(exit)) => exit,
        Err(Ok(said)) => {
            // Where even this can't be written, the exit code still says it.
            let _ = session.output.say(&said.text());
            said.exit
        }
    }
}
