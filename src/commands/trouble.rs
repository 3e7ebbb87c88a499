//! What goes wrong in a verb, and the exit code, explanation and remedy that each has: said once, here.

use std::io;

use crate::deploy::error::{DeployError, Failed};
use crate::deploy::gate::{Back, Unwell};
use crate::deploy::lease;
use crate::exit_code::Exit;
use crate::ledger::chain::Fault;
use crate::ledger::lock::{HeldBy, Liveness};
use crate::plan::saved::SavedPlanError;
use crate::plan::stack::Phase;
use crate::ports::cloud::CloudError;
use crate::ports::files::FilesError;
use crate::ports::ledger::StoreError;
use crate::views::safe;

/// What goes wrong in a verb.
#[derive(Debug)]
pub enum Trouble {
    /// Nobody reads the output any more, or it can't be written.
    Output(io::Error),
    /// The command line is wrong.
    Usage(String),
    /// The environment is wrong; its diagnostics have been shown.
    Environment,
    /// Somebody has to decide.
    Refused {
        /// What is refused.
        what: String,
        /// Why.
        why: Vec<String>,
        /// What to do.
        remedy: String,
    },
    /// It was not carried out, or not to its end.
    Deploy(DeployError),
    /// A saved plan can't be used.
    Plan(SavedPlanError),
    /// A file can't be read or written.
    Files(FilesError),
    /// Something failed that has no kind of its own.
    Failed {
        /// What failed.
        what: String,
        /// What to do.
        remedy: String,
    },
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Output(error)
    }
}

impl From<DeployError> for Trouble {
    fn from(error: DeployError) -> Self {
        Trouble::Deploy(error)
    }
}

impl From<CloudError> for Trouble {
    fn from(error: CloudError) -> Self {
        Trouble::Deploy(error.into())
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Trouble::Deploy(error.into())
    }
}

impl From<SavedPlanError> for Trouble {
    fn from(error: SavedPlanError) -> Self {
        Trouble::Plan(error)
    }
}

impl From<FilesError> for Trouble {
    fn from(error: FilesError) -> Self {
        Trouble::Files(error)
    }
}

/// What is said about a trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// How the run ends.
    pub exit: Exit,
    /// What happened, in a line.
    pub what: String,
    /// Why, and what is known besides.
    pub why: Vec<String>,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl Said {
    fn new(exit: Exit, what: impl Into<String>) -> Self {
        Said { exit, what: what.into(), why: Vec::new(), remedy: None }
    }

    fn because(mut self, why: impl Into<String>) -> Self {
        self.why.push(why.into());
        self
    }

    fn help(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The lines for a person. What a cloud, a ledger or a file says is stripped of control characters, so that it can't
    /// write anything but text on a terminal or into a pipeline's log.
    pub fn text(&self) -> String {
        let mut text = format!("error: {}\n", safe(&self.what));
        for why in &self.why {
            text.push_str(&format!("  {}\n", safe(why).replace('\n', "\n  ")));
        }
        if let Some(remedy) = &self.remedy {
            text.push_str(&format!("help: {}\n", safe(remedy)));
        }
        text
    }
}

impl Trouble {
    /// What is said about it; none where it was said already, or nobody is left to hear it.
    pub fn said(&self) -> Result<Said, Exit> {
        Ok(match self {
            Trouble::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return Err(Exit::Done),
            Trouble::Output(error) => Said::new(Exit::Failed, format!("can't write: {error}")),
            Trouble::Usage(what) => Said::new(Exit::Usage, what),
            Trouble::Environment => return Err(Exit::Failed),
            Trouble::Refused { what, why, remedy } => {
                let mut said = Said::new(Exit::Refused, what).help(remedy);
                said.why.clone_from(why);
                said
            }
            Trouble::Deploy(error) => deploy(error),
            Trouble::Plan(error) => Said::new(Exit::Refused, error.to_string()),
            Trouble::Files(error) => Said::new(Exit::Failed, error.to_string()),
            Trouble::Failed { what, remedy } => Said::new(Exit::Failed, what).help(remedy),
        })
    }
}

fn deploy(error: &DeployError) -> Said {
    match error {
        DeployError::Cloud(error) => cloud(error),
        DeployError::Store(StoreError::Unfit { remedy, .. }) => {
            Said::new(Exit::Refused, error.to_string()).help(remedy)
        }
        DeployError::Store(StoreError::Address { .. }) => Said::new(Exit::Usage, error.to_string())
            .help("name a folder (`file:FOLDER`), or a bucket or container of the target's account (`s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`, `azblob://ACCOUNT/CONTAINER/PREFIX`)"),
        DeployError::Store(error) => Said::new(Exit::Failed, error.to_string())
            .help("nothing is done in the cloud while the ledger can't be written; try again when it can"),
        DeployError::Ledger(fault) => ledger(fault),
        DeployError::Format(_) => Said::new(Exit::Failed, error.to_string()),
        DeployError::Locked { target, by } => locked(target, by),
        DeployError::Fenced { .. } => Said::new(Exit::Locked, error.to_string())
            .because(
                "this run slept, or was cut off, for longer than its lock holds; it stopped before its next change",
            )
            .help("look at what the other run did with `landfall history`, then start again"),
        DeployError::Pending { intent, .. } => Said::new(Exit::Interrupted, error.to_string())
            .because(format!("its intent is {} on the stack {}", intent.id, intent.stack)),
        DeployError::Stale(_) => {
            Said::new(Exit::Refused, error.to_string()).help("make a new plan and look at it: `landfall plan TARGET`")
        }
        DeployError::Rejected { reason } => Said::new(Exit::Failed, "the cloud refuses the document")
            .because(reason)
            .help("nothing was changed; correct what it names and plan again"),
        DeployError::NotRotated { target, secret } => Said::new(Exit::Refused, error.to_string())
            .help(format!("give it again: `landfall rotate {target} {secret}`")),
        DeployError::Migration { function, log, .. } => {
            let said =
                Said::new(Exit::Failed, error.to_string()).because(format!("{function} ran them; the end of its log:"));
            let said = log.iter().fold(said, |said, line| said.because(line));
            said.help(
                "what runs was not touched; correct the migration and deploy again: what it did before it failed stays",
            )
        }
        DeployError::Drill { remedy, interrupted, .. } => {
            let exit = if *interrupted { Exit::Interrupted } else { Exit::Failed };
            Said::new(exit, error.to_string())
                .because("what was done before is written down, and isn't done again")
                .help(remedy)
        }
        DeployError::Failed(failed) => self::failed(failed),
        DeployError::Unwell { target, unwell } => self::unwell(target, unwell),
        DeployError::Interrupted { target, why, state } => Said::new(Exit::Interrupted, why)
            .because(state)
            .help(format!("`landfall recover {target}` finishes it; nothing is lost")),
        DeployError::Busy { stack, initiator } => {
            let said = Said::new(Exit::Locked, error.to_string());
            let said = match initiator {
                Some(token) => said.because(format!("started with the token {token}")),
                None => said,
            };
            said.because(format!("the stack's identity is {}", stack.id))
                .help("wait for it with --wait 30m, or come back later")
        }
    }
}

fn unwell(target: &str, unwell: &Unwell) -> Said {
    let mut said = Said::new(Exit::Failed, format!("what was deployed to {target} isn't well"));
    said.why.clone_from(&unwell.reasons);
    match &unwell.back {
        Ok(Back::Done(done)) => said
            .because(format!("what was good before is deployed again, recorded as entry {}", done.sequence))
            .help("what was there before is serving again; correct the cause and apply again"),
        Ok(Back::Nothing) => said
            .because("nothing good was deployed before, so there is nothing to go back to")
            .help("correct the cause, then deploy again"),
        Ok(Back::Stays(why)) => {
            said = said.because("it stays, because going back needs somebody who says yes to this:");
            said.why.extend(why.iter().cloned());
            said.help(format!("`landfall rollback {target}` goes back; or correct the cause, then deploy again"))
        }
        Err(error) => {
            let back = deploy(error);
            said = said.because(format!("going back did not end well: {}", back.what));
            said.why.extend(back.why);
            let remedy = back.remedy.unwrap_or_default();
            said.help(format!("{remedy}; `landfall recover {target}` goes on from where it stands"))
        }
    }
}

fn locked(target: &str, by: &HeldBy) -> Said {
    let lock = &by.lock;
    let life = match by.liveness {
        Liveness::Alive => "it runs on this machine",
        Liveness::Dead => "it no longer runs",
        Liveness::Unknown => "whether it still runs can't be seen from here",
    };
    Said::new(Exit::Locked, format!("{target} is locked by another run"))
        .because(format!("held by {}", lease::name(&lock.holder)))
        .because(format!("since {}, last sign of life {} s ago; {life}", lock.since, by.age.as_secs()))
        .help(format!(
            "wait until it is done; without another sign of life its lock runs out in {} s; `landfall unlock {target}` judges it",
            by.remaining().as_secs()
        ))
}

fn ledger(fault: &Fault) -> Said {
    let said = Said::new(Exit::Failed, fault.to_string());
    match fault {
        Fault::Newer { .. } => said,
        Fault::Missing { .. }
        | Fault::Altered { .. }
        | Fault::Unreadable { .. }
        | Fault::Misplaced { .. }
        | Fault::RolledBack { .. }
        | Fault::NoHead { .. } => said
            .because("the ledger is not what landfall wrote, so nothing is written on top of it")
            .help("`landfall ledger verify` shows all that is wrong; put back the ledger's objects from its versions or a copy. Where there is none, `landfall ledger rebuild TARGET` goes on with what is left and what the cloud has"),
    }
}

fn failed(failed: &Failed) -> Said {
    let mut said = Said::new(Exit::Failed, format!("{} failed", failed.what));
    if let Some(first) = &failed.first {
        said =
            said.because(format!("first to fail: {} ({})", first.resource, first.kind)).because(first.reason.clone());
    }
    for resource in &failed.stuck {
        let reason = resource.reason.as_deref().unwrap_or("no reason given");
        said = said.because(format!("left in {}: {} ({}): {reason}", resource.state, resource.id, resource.kind));
    }
    let Some(stack) = &failed.stack else {
        return said.help("nothing of it is left; correct the cause and apply again");
    };
    said = said.because(format!("the stack {} is {}", stack.name, stack.state));
    match stack.phase {
        Phase::UpdateUndone => said.help("what was there before is serving again; correct the cause and apply again"),
        Phase::CreationUndone | Phase::CreationFailed | Phase::CreationUndoFailed => said.help(
            "nothing of it serves, and the stack can only be deleted: correct the cause, then `landfall apply TARGET --recreate`",
        ),
        Phase::UpdateUndoFailed => said.help(
            "correct what keeps the resources above from being undone, then `landfall recover TARGET --continue`; \
             --skip ID leaves one as it is. Do not delete the stack: what it holds still serves",
        ),
        Phase::DeletionFailed => said.help(
            "correct what keeps the resources above, then `landfall destroy TARGET` again; --retain ID leaves one in the cloud",
        ),
        Phase::UpdateFailed => said.help(
            "what it came to before that is there, and nothing was undone: correct the cause and apply again, or go back with \
             `landfall rollback TARGET`",
        ),
        Phase::Steady => said.help("`landfall plan TARGET` shows what differs now"),
        Phase::Empty
        | Phase::Creating
        | Phase::Updating
        | Phase::CleaningUp
        | Phase::UndoingCreation
        | Phase::UndoingUpdate
        | Phase::Deleting
        | Phase::Deleted => said.help("`landfall status` shows where it stands"),
    }
}

/// How somebody signs in to a cloud.
fn sign_in(cloud: &str) -> &'static str {
    match cloud {
        "azure" => "az login",
        "gcp" => "gcloud auth application-default login",
        _ => "aws sso login",
    }
}

fn cloud(error: &CloudError) -> Said {
    let text = error.to_string();
    match error {
        CloudError::NoCredentials { cloud, .. } => Said::new(Exit::Failed, text).help(format!(
            "sign in (`{}`), or set the environment's variables; `landfall doctor` shows what is found; `--sandbox` needs none",
            sign_in(cloud)
        )),
        CloudError::Expired { .. } => Said::new(Exit::Failed, text).help("sign in again, then start again"),
        CloudError::WrongAccount { expected, actual } => Said::new(Exit::Refused, text)
            .because("nothing was written")
            .help(format!("use credentials for {expected}, or, if {actual} is meant, say so in the environment file")),
        CloudError::Denied { action, resource, .. } => Said::new(Exit::Failed, text)
            .because("the permission that is missing, as a statement of a policy:")
            .because(format!("{{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"{resource}\"}}"))
            .help("add it to the role that runs landfall, then start again"),
        CloudError::ClockSkew { .. } => Said::new(Exit::Failed, text).help("set this machine's clock (NTP), then start again"),
        CloudError::Throttled { .. } => Said::new(Exit::Failed, text)
            .because("nothing was changed by this call")
            .help("other tools use up the account's calls; try again later"),
        CloudError::Unavailable { .. } => Said::new(Exit::Failed, text).help("look at the network and the cloud's status page, then start again"),
        CloudError::Ambiguous { .. } => Said::new(Exit::Interrupted, text).help("`landfall recover TARGET` finds out, and finishes it"),
        CloudError::NotFound { .. } | CloudError::Unsupported(_) => Said::new(Exit::Failed, text),
        CloudError::Obsolete { .. } => Said::new(Exit::Refused, text).help("make a new plan"),
        CloudError::ForeignBucket { .. } => {
            Said::new(Exit::Refused, text).because("bucket names are global: somebody else may hold this one, and would get what is put there")
        }
        CloudError::Refused { code, message, .. } if message.contains("TerminationProtection") || message.contains("termination protection") => {
            Said::new(Exit::Refused, "the stack's termination protection is on").because(format!("{code}: {message}"))
                .help("`landfall destroy TARGET --lift-protection` takes it off first")
        }
        CloudError::Refused { code, .. } if code == "LOCKED" => Said::new(Exit::Locked, text),
        CloudError::Refused { call, .. } if call == "CreateChangeSet" => {
            Said::new(Exit::Failed, text).help("nothing was changed; correct what it names and plan again")
        }
        CloudError::Refused { .. } => Said::new(Exit::Failed, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_gives_the_statement_to_add() {
        let said = cloud(&CloudError::Denied {
            call: "ExecuteChangeSet".into(),
            action: "cloudformation:ExecuteChangeSet".into(),
            resource: "arn:aws:cloudformation:x".into(),
            message: "no".into(),
        });
        assert_eq!(said.exit, Exit::Failed);
        assert!(said.text().contains(r#"{"Effect": "Allow", "Action": "cloudformation:ExecuteChangeSet""#));
    }

    #[test]
    fn what_a_cloud_says_can_neither_move_the_cursor_nor_command_a_pipeline() {
        let said = Said::new(Exit::Failed, "a\u{1b}[2Jb").because("::set-output name=x::y").because("##vso[task]");
        let text = said.text();
        assert!(!text.contains('\u{1b}') && !text.contains("\n  ::set-output") && !text.contains("##vso["), "{text}");
    }

    #[test]
    fn a_failed_undo_never_advises_to_delete() {
        let stack = crate::plan::stack::StackFacts {
            id: "id".into(),
            name: "shop-prod".into(),
            phase: Phase::UpdateUndoFailed,
            state: "UPDATE_ROLLBACK_FAILED".into(),
            reason: None,
            created: None,
            updated: None,
            protected: false,
            tags: Default::default(),
            parameters: Default::default(),
            outputs: Default::default(),
        };
        let said = failed(&Failed { what: "x".into(), stack: Some(stack), first: None, stuck: Vec::new() });
        let remedy = said.remedy.unwrap_or_default();
        assert!(remedy.contains("recover TARGET --continue") && remedy.contains("Do not delete"));
    }
}
