//! `landfall plan`

use std::path::PathBuf;

use clap::Args;

use super::decision::decide;
use super::drifting::Look;
use super::estimating::warn;
use super::sealed::define;
use super::session::Session;
use super::site::{Site, environment, on_its_branch, one};
use super::trouble::Trouble;
use crate::exit_code::Exit;
use crate::plan::readiness::{Readiness, readiness};
use crate::views;

/// Shows what apply would do to a target: every property that changes, what that does, and whether access widens.
///
/// The changes are computed from the documents, and beside them stands what the cloud itself says it would do.
#[derive(Clone, Debug, Args)]
pub struct Plan {
    /// Which target: system/environment.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Deploy the artifacts that `landfall bundle --out DIR` made. One that isn't there stays as it is deployed; before the first,
    /// functions answer with an error that says so, and services run no copies.
    #[arg(long, value_name = "DIR", env = "LANDFALL_ARTIFACTS")]
    pub artifacts: Option<PathBuf>,
    /// Plan the deployment of this release: its name, or the first digits of its digest, six at least. Its files and artifacts are
    /// taken, not those of the working copy.
    #[arg(long, value_name = "RELEASE", env = "LANDFALL_RELEASE", conflicts_with = "artifacts")]
    pub release: Option<String>,
    /// Save the plan, for `landfall apply FILE` to carry out as it was shown, or not at all.
    #[arg(long, value_name = "FILE", env = "LANDFALL_OUT")]
    pub out: Option<PathBuf>,
    /// Compare with what was recorded last and ask the cloud nothing. Such a plan is to look at: apply makes its own.
    #[arg(long, env = "LANDFALL_OFFLINE")]
    pub offline: bool,
    /// Don't look for what was changed by hand: on a large stack that takes the cloud minutes.
    #[arg(long, env = "LANDFALL_SKIP_DRIFT")]
    pub skip_drift: bool,
    /// Let new versions take all calls at once, whatever `rollout` says: for a repair while an alarm that it watches rings.
    #[arg(long, env = "LANDFALL_AT_ONCE")]
    pub at_once: bool,
    /// Exit with 2 where something would change.
    #[arg(long, env = "LANDFALL_DETAILED_EXITCODE")]
    pub detailed_exitcode: bool,
}

/// Plans.
pub async fn run(arguments: &Plan, session: &mut Session) -> Result<Exit, Trouble> {
    session.artifacts.clone_from(&arguments.artifacts);
    session.at_once = arguments.at_once;
    if arguments.offline && arguments.out.is_some() {
        return Err(Trouble::Usage(
            "--out saves what the cloud was asked about, and --offline asks nothing: use one of them".to_owned(),
        ));
    }
    let target = one(session, &arguments.target)?;
    let environment = environment(session, &target)?;
    on_its_branch(session, &environment)?;
    let definition = define(session, environment, arguments.release.as_deref()).await?;
    let site = Site::of(session, &definition.environment).await?;
    let look = if arguments.skip_drift { Look::Not } else { Look::Try };
    let decision = decide(session, &site, &definition, arguments.offline, look).await?;
    let carry_out = match &arguments.out {
        Some(path) => path.display().to_string(),
        None => target.to_string(),
    };
    let release = match (&arguments.out, &arguments.release) {
        (None, Some(release)) => format!(" --release {release}"),
        (_, _) => String::new(),
    };
    let next = (!arguments.offline).then(|| format!("landfall apply {carry_out}{release}{}", session.flag()));
    views::plan::show(&mut session.output, &decision.saved, next)?;
    warn(session, &definition.environment, &decision.saved.sealed.plan)?;
    if let Some(intent) = &decision.standing.pending {
        session.output.say(&format!(
            "warning: an earlier run on {target} was interrupted (intent {}); `landfall recover {target}` finishes it\n",
            intent.id
        ))?;
    }
    for refusal in &decision.refusals {
        session
            .output
            .say(&format!("warning: apply would refuse this: {}\n  = help: {}\n", refusal.why, refusal.remedy))?;
    }
    if let Some(warning) = obstacle(&decision, &target.to_string()) {
        session.output.say(&warning)?;
    }
    if let Some(path) = &arguments.out {
        session.files.write(path, decision.saved.to_json().as_bytes())?;
        let shown = path.display();
        let flag = session.flag();
        session.output.say(&format!("saved to {shown}; `landfall apply {shown}{flag}` carries out exactly this\n"))?;
    }
    let differs = !decision.settled;
    Ok(if differs && arguments.detailed_exitcode { Exit::Differences } else { Exit::Done })
}

/// What stands in the way of carrying the plan out now.
fn obstacle(decision: &super::decision::Decision, target: &str) -> Option<String> {
    let stack = decision.stack.as_ref()?;
    let what = match readiness(Some(stack)) {
        Readiness::Create | Readiness::Update => return None,
        Readiness::Wait => "the cloud is at work on it: apply waits with --wait, or refuses".to_owned(),
        Readiness::Recreate => "its creation failed, so it can only be deleted: apply needs --recreate".to_owned(),
        Readiness::Undo => format!("undoing an update failed: `landfall recover {target} --continue` first"),
        Readiness::Delete => format!("its deletion failed half-way: `landfall destroy {target}` first"),
    };
    Some(format!("warning: the stack {} is {}; {what}\n", stack.name, stack.state))
}
