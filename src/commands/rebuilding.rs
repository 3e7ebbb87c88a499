//! `landfall ledger rebuild`

use super::ledger::Rebuild;
use super::running::confirm;
use super::session::Session;
use super::site::{Site, one};
use super::trouble::Trouble;
use crate::deploy::error::DeployError;
use crate::deploy::lease::Lease;
use crate::deploy::rebuild::Loss;
use crate::exit_code::Exit;
use crate::ledger::entry::{Deploy, Intent, Purpose};
use crate::plan::deployment::Protection;
use crate::plan::digest::Digest;
use crate::plan::readiness::{Readiness, readiness};
use crate::plan::stack::StackFacts;
use crate::views;

/// Rebuilds a target's entries from what is left of them and what the cloud has.
pub(super) async fn rebuild(arguments: &Rebuild, session: &mut Session) -> Result<Exit, Trouble> {
    let target = one(session, &arguments.target)?;
    let site = Site::open(session, &target).await?;
    site.cloud.identity().await?;
    let command = format!("ledger rebuild {target}");
    let lease = Lease::acquire_to_rebuild(site.book.clone(), &*session.machine, &command).await?;
    let done = under(session, &site, &lease).await;
    lease.release().await;
    done
}

async fn under(session: &mut Session, site: &Site, lease: &Lease) -> Result<Exit, Trouble> {
    let target = &site.target;
    let loss = site.book.loss().await?;
    let refused =
        |what: String, why: &str, remedy: String| Trouble::Refused { what, why: vec![why.to_owned()], remedy };
    if !loss.is_any() {
        return Err(refused(
            format!("the ledger of {target} is sound: nothing is rebuilt"),
            "what can be proved is worth more than what the cloud can tell",
            format!("`landfall history {target}` shows it"),
        ));
    }
    let stack = site.cloud.describe(&site.stack).await?;
    if let (Readiness::Wait, Some(stack)) = (readiness(stack.as_ref()), &stack) {
        return Err(DeployError::Busy { stack: Box::new(stack.clone()), initiator: None }.into());
    }
    if stack.is_none() && loss.kept.is_empty() {
        return Err(refused(
            format!("there is nothing that the ledger of {target} could be rebuilt from"),
            "no entry of it is left, and the cloud has no such stack",
            format!("begin anew: `landfall apply {target}`"),
        ));
    }
    let found = match &stack {
        Some(stack) => found(session, site, stack, &loss).await?,
        None => None,
    };
    let unknown = unknown(site, stack.as_ref(), found.as_ref(), &loss);
    views::ledger::rebuilds(&mut session.output, &target.to_string(), &loss, stack.as_ref(), &unknown)?;
    confirm(session, "\nRebuild it from that? Only \"yes\" goes on: ")?;
    let kept = loss.kept.len();
    let why = format!("the ledger was rebuilt after entry {kept}: {}", unknown.join("; "));
    let last = site.book.rebuild(lease, &loss, &why, found).await?;
    session.output.result(&format!(
        "The ledger of {target} goes on with entry {last}. It takes no promotion until somebody has looked: `landfall hold {target} --lift --why TEXT`.\n"
    ))?;
    Ok(Exit::Done)
}

/// What the cloud has, as a deployment that succeeded; none where what is there doesn't serve.
async fn found(session: &Session, site: &Site, stack: &StackFacts, loss: &Loss) -> Result<Option<Intent>, Trouble> {
    let text = site.cloud.document(&stack.id).await?;
    let Some(text) = text.filter(|_| readiness(Some(stack)) == Readiness::Update) else { return Ok(None) };
    let document = site.book.store_document(text.as_bytes()).await?;
    let policy = site.cloud.policy(&stack.id).await?;
    let before = loss.deploy(&document);
    let deploy = Deploy {
        parameters: stack.parameters.clone(),
        at_once: before.map(|before| before.at_once.clone()).unwrap_or_default(),
        tags: stack.tags.clone(),
        protection: Protection { termination: stack.protected, policy },
        bucket: before.and_then(|before| before.bucket.clone()),
        uploads: before.map(|before| before.uploads.clone()).unwrap_or_default(),
        images: before.map(|before| before.images.clone()).unwrap_or_default(),
        release: before.and_then(|before| before.release.clone()),
        schemas: before.map(|before| before.schemas.clone()).unwrap_or_default(),
        held: Some("the ledger was rebuilt".to_owned()),
        flags: before.map(|before| before.flags.clone()).unwrap_or_default(),
        rotations: before.map(|before| before.rotations.clone()).unwrap_or_default(),
        ..Deploy::of(document)
    };
    Ok(Some(Intent {
        id: session.clock.unique(),
        purpose: Purpose::Deploy(Box::new(deploy)),
        place: site.place.clone(),
        stack: site.stack.clone(),
        before: Some(stack.mark()),
        plan: None,
        approved: Vec::new(),
    }))
}

/// What can't be known any more, each in a line.
fn unknown(site: &Site, stack: Option<&StackFacts>, found: Option<&Intent>, loss: &Loss) -> Vec<String> {
    let mut lines = vec![
        "what happened since is not known: who deployed, what was approved, whether it was held, which drift was accepted, \
         which settings were switched"
            .to_owned(),
    ];
    let recorded = loss.standing().deployed.and_then(|deployed| deployed.outcome.document);
    match (stack, found.map(|intent| &intent.purpose)) {
        (None, _) => lines.push("the cloud has no such stack, and who took it down is not known".to_owned()),
        (Some(stack), None) => lines.push(format!(
            "the stack is {}, so what it should be is not known: `landfall plan {}` shows what it takes",
            stack.state, site.target
        )),
        (Some(_), Some(Purpose::Deploy(deploy))) if recorded.as_ref() == Some(&deploy.document) => {
            lines.push("the cloud has what was deployed last by what is left".to_owned());
        }
        (Some(_), Some(Purpose::Deploy(deploy))) => {
            let short = Digest::short(&deploy.document);
            lines.push(match &deploy.release {
                Some(release) => format!("the cloud has the document {short}, which was deployed as release {release}"),
                None => format!(
                    "the cloud has the document {short}, and no cloud tells of which release: `landfall apply {} --release RELEASE` records it, where it changes nothing",
                    site.target
                ),
            });
            if deploy.uploads.is_empty() {
                lines.push(
                    "files that the document refers to are in the store for code only, if they are there".to_owned(),
                );
            }
        }
        (Some(_), Some(Purpose::Destroy { .. } | Purpose::ContinueUndo { .. } | Purpose::Switch(_))) => {}
    }
    lines
}
