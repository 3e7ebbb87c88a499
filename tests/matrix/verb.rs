//! The verbs of the matrix: where each starts, and what is run. A new verb is a row.

use std::process::Command;

use crate::Told;
use crate::cloud::Cloud;
use crate::field::{ALARM, Field, IMPATIENT, PATIENT, TARGET};
use crate::proxy::{At, Fault, Script};

/// A row of the matrix.
pub(crate) struct Verb {
    pub(crate) name: &'static str,
    /// Where it is tried.
    pub(crate) clouds: &'static [Cloud],
    /// Brings an empty project to where the verb starts.
    pub(crate) before: fn(&Field) -> Told,
    /// What is run, and run again after a fault.
    pub(crate) run: &'static [&'static str],
    /// Whether it only looks: it leaves the cloud as it was, and says the same when it is asked again.
    pub(crate) looks: bool,
    /// Whether it finishes what another began, so that nothing but itself comes after it.
    pub(crate) recovers: bool,
    /// What the target has that is looked at after a deployment.
    pub(crate) watched: Option<&'static str>,
    /// How it ends: with 1 where what is deployed isn't well and is taken back.
    pub(crate) ends: i32,
}

/// How a project comes to where a verb starts.
type Before = fn(&Field) -> Told;

impl Verb {
    const fn changes(
        name: &'static str,
        clouds: &'static [Cloud],
        before: Before,
        run: &'static [&'static str],
    ) -> Verb {
        Verb { name, clouds, before, run, looks: false, recovers: false, watched: None, ends: 0 }
    }

    const fn looks(name: &'static str, clouds: &'static [Cloud], before: Before, run: &'static [&'static str]) -> Verb {
        Verb { looks: true, ..Verb::changes(name, clouds, before, run) }
    }

    const fn recovers(
        name: &'static str,
        clouds: &'static [Cloud],
        before: Before,
        run: &'static [&'static str],
    ) -> Verb {
        Verb { recovers: true, ..Verb::changes(name, clouds, before, run) }
    }

    const fn watches(name: &'static str, what: &'static str, before: Before, ends: i32) -> Verb {
        Verb { watched: Some(what), ends, ..Verb::changes(name, AWS, before, &["apply", TARGET]) }
    }
}

/// What is tried on every cloud, and what on AWS: where landfall does it there only, or it is much the same again.
const EVERYWHERE: &[Cloud] = &[Cloud::Aws, Cloud::Azure, Cloud::Gcp];
const AWS: &[Cloud] = &[Cloud::Aws];

/// All verbs.
pub(crate) const VERBS: &[Verb] = &[
    Verb::looks("plan, create", EVERYWHERE, nothing, &["plan", TARGET]),
    Verb::looks("plan, update", EVERYWHERE, changed, &["plan", TARGET]),
    Verb::changes("apply, create", EVERYWHERE, nothing, &["apply", TARGET]),
    Verb::changes("apply, update", EVERYWHERE, changed, &["apply", TARGET]),
    Verb::changes("apply --release", AWS, sealed, &["apply", TARGET, "--release", "1.0.0"]),
    Verb::changes("promote", EVERYWHERE, promotable, &["promote", "shop", "--from", "trial", "--to", "dev"]),
    Verb::changes("rollback", EVERYWHERE, wrong, &["rollback", TARGET]),
    Verb::recovers("recover, not begun", EVERYWHERE, not_begun, &["recover", TARGET]),
    Verb::recovers("recover, begun", EVERYWHERE, begun, &["recover", TARGET]),
    Verb::recovers("recover --undo", AWS, not_begun, &["recover", TARGET, "--undo"]),
    Verb::changes("flag set", AWS, deployed, &["flag", "set", TARGET, "mail", "false"]),
    Verb::changes("apply, switched", AWS, switched, &["apply", TARGET]),
    Verb::watches("apply, watched", ALARM, changed, 0),
    Verb::watches("apply, not well", ALARM, sick, 1),
    Verb::watches("apply, asked", PATIENT, answering, 0),
    Verb::watches("apply, no answer", IMPATIENT, silent, 1),
    Verb::changes("destroy", EVERYWHERE, deployed, &["destroy", TARGET, "--delete-data"]),
];

fn nothing(_: &Field) -> Told {
    Ok(())
}

fn deployed(field: &Field) -> Told {
    field.run(&["apply", TARGET], None)?.exits(0).map(|_| ())
}

fn changed(field: &Field) -> Told {
    deployed(field)?;
    field.hidden_for("45s")
}

/// A change after which the alarm rings.
fn sick(field: &Field) -> Told {
    changed(field)?;
    field.unwell("AlarmDeep")
}

/// A change of a target whose health path answers.
fn answering(field: &Field) -> Told {
    field.run(&["apply", TARGET, "--approve", "widened-access,public-access"], None)?.exits(0)?;
    field.hidden_for("45s")
}

/// A change after which it doesn't.
fn silent(field: &Field) -> Told {
    answering(field)?;
    field.unwell("ApiV1")
}

/// A change of a target whose setting was switched.
fn switched(field: &Field) -> Told {
    deployed(field)?;
    field.run(&["flag", "set", TARGET, "mail", "false"], None)?.exits(0)?;
    field.hidden_for("45s")
}

/// A change that was deployed and should not have been.
fn wrong(field: &Field) -> Told {
    changed(field)?;
    deployed(field)
}

/// A release of a change, sealed from a commit.
fn sealed(field: &Field) -> Told {
    changed(field)?;
    seal(field)
}

/// A release that serves in another environment of the same system.
fn promotable(field: &Field) -> Told {
    changed(field)?;
    let folder = field.root().join("environments/shop");
    std::fs::copy(folder.join("dev.yaml"), folder.join("trial.yaml"))?;
    seal(field)?;
    field.run(&["apply", "shop/trial", "--release", "1.0.0"], None)?.exits(0).map(|_| ())
}

fn seal(field: &Field) -> Told {
    std::fs::write(field.root().join(".gitignore"), "/.landfall/\n/ledger/\n")?;
    for arguments in [
        &["init", "--quiet"][..],
        &["add", "--all"],
        &["-c", "user.name=ana", "-c", "user.email=ana@example.com", "commit", "--quiet", "--message", "a change"],
    ] {
        if !Command::new("git").arg("-C").arg(field.root()).args(arguments).status()?.success() {
            return Err(format!("git {arguments:?}").into());
        }
    }
    field.run(&["release", "create", "shop", "--name", "1.0.0"], None)?.exits(0).map(|_| ())
}

/// An update whose process was killed at the call that starts it: before it arrived, or after.
fn killed_at_start(field: &Field, fault: Fault) -> Told {
    changed(field)?;
    let run = field.run(&["apply", TARGET], Some(Script { fault, at: At::First(field.cloud.starts()) }))?;
    if run.code.is_none() { Ok(()) } else { Err(format!("it was not killed: {}", run.said()).into()) }
}

fn not_begun(field: &Field) -> Told {
    killed_at_start(field, Fault::KillBefore)
}

fn begun(field: &Field) -> Told {
    killed_at_start(field, Fault::KillAfter)
}
