//! Git as the version control.

#![expect(clippy::disallowed_methods, reason = "this is the repository port's driver")]

use std::path::Path;
use std::process::{Command, Stdio};

use crate::ports::repository::{Repository, WorkingCopy};

/// Git, as found on the machine.
#[derive(Clone, Copy, Debug)]
pub struct Git;

impl Repository for Git {
    fn working_copy(&self, root: &Path) -> Option<WorkingCopy> {
        let commit = git(root, &["rev-parse", "--verify", "HEAD"])?.trim().to_owned();
        let status = git(root, &["status", "--porcelain", "--untracked-files=all", "--", ":/", ":(exclude).landfall"])?;
        let changed = status.lines().filter_map(|line| line.get(3..)).map(str::to_owned).collect();
        Some(WorkingCopy { commit, changed })
    }

    fn author(&self, root: &Path) -> Option<String> {
        let email = git(root, &["config", "user.email"])?;
        Some(email.trim().to_owned()).filter(|email| !email.is_empty())
    }
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
