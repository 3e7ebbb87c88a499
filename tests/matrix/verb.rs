//! The verbs of the matrix: where each starts, and what is run. A new verb is a row.

use std::process::Command;

use crate::Told;
use crate::field::{Field, TARGET};
use crate::proxy::{At, Fault, Script};

/// A row of the matrix.
pub(crate) struct Verb {
    pub(crate) name: &'static str,
    /// Brings an empty project to where the verb starts.
    pub(crate) before: fn(&Field) -> Told,
    /// What is run, and run again after a fault.
    pub(crate) run: &'static [&'static str],
    /// Whether it only looks: it leaves the cloud as it was, and says the same when it is asked again.
    pub(crate) looks: bool,
    /// Whether it finishes what another began, so that nothing but itself comes after it.
    pub(crate) recovers: bool,
}

/// All verbs.
pub(crate) const VERBS: &[Verb] = &[
    Verb { name: "plan, create", before: nothing, run: &["plan", TARGET], looks: true, recovers: false },
    Verb { name: "plan, update", before: changed, run: &["plan", TARGET], looks: true, recovers: false },
    Verb { name: "apply, create", before: nothing, run: &["apply", TARGET], looks: false, recovers: false },
    Verb { name: "apply, update", before: changed, run: &["apply", TARGET], looks: false, recovers: false },
    Verb {
        name: "apply --release",
        before: sealed,
        run: &["apply", TARGET, "--release", "1.0.0"],
        looks: false,
        recovers: false,
    },
    Verb {
        name: "promote",
        before: promotable,
        run: &["promote", "shop", "--from", "trial", "--to", "dev"],
        looks: false,
        recovers: false,
    },
    Verb { name: "rollback", before: wrong, run: &["rollback", TARGET], looks: false, recovers: false },
    Verb { name: "recover, not begun", before: not_begun, run: &["recover", TARGET], looks: false, recovers: true },
    Verb { name: "recover, begun", before: begun, run: &["recover", TARGET], looks: false, recovers: true },
    Verb {
        name: "recover --undo",
        before: not_begun,
        run: &["recover", TARGET, "--undo"],
        looks: false,
        recovers: true,
    },
    Verb {
        name: "flag set",
        before: deployed,
        run: &["flag", "set", TARGET, "mail", "false"],
        looks: false,
        recovers: false,
    },
    Verb { name: "apply, switched", before: switched, run: &["apply", TARGET], looks: false, recovers: false },
    Verb {
        name: "destroy",
        before: deployed,
        run: &["destroy", TARGET, "--delete-data"],
        looks: false,
        recovers: false,
    },
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
    let run = field.run(&["apply", TARGET], Some(Script { fault, at: At::First("ExecuteChangeSet") }))?;
    if run.code.is_none() { Ok(()) } else { Err(format!("it was not killed: {}", run.said()).into()) }
}

fn not_begun(field: &Field) -> Told {
    killed_at_start(field, Fault::KillBefore)
}

fn begun(field: &Field) -> Told {
    killed_at_start(field, Fault::KillAfter)
}
