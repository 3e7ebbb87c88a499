//! Who runs this process, and which processes still run.

#![expect(clippy::disallowed_methods, reason = "this is the machine port's driver")]

use std::fs;
use std::path::Path;

use crate::ledger::lock::{Holder, Liveness};
use crate::ports::machine::Machine;

/// The machine that this process runs on.
#[derive(Clone, Copy, Debug)]
pub struct LocalMachine;

impl Machine for LocalMachine {
    fn holder(&self, command: &str) -> Holder {
        let process = std::process::id();
        Holder {
            who: who(),
            host: host(),
            machine: machine(),
            process,
            process_start: process_start(process).unwrap_or_default(),
            command: command.to_owned(),
            run_url: run_url(),
            landfall: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn branch(&self, folder: &Path) -> Option<String> {
        // In a pipeline a commit is checked out and not a branch, so what it says comes first; of a tag it says another type.
        let github =
            || variable("GITHUB_REF_NAME").filter(|_| variable("GITHUB_REF_TYPE").as_deref() == Some("branch"));
        github().or_else(|| variable("CI_COMMIT_BRANCH")).or_else(|| checked_out(folder))
    }

    fn liveness(&self, holder: &Holder) -> Liveness {
        let here = machine();
        if here.is_empty() || holder.machine != here || holder.process_start.is_empty() {
            return Liveness::Unknown;
        }
        match process_start(holder.process) {
            Some(start) if start == holder.process_start => Liveness::Alive,
            Some(_) | None => Liveness::Dead,
        }
    }
}

/// The branch of the nearest repository (git documentation, gitrepository-layout: `HEAD`, and the file `.git` of a worktree).
fn checked_out(folder: &Path) -> Option<String> {
    let folder = fs::canonicalize(folder).ok()?;
    let repository = folder.ancestors().map(|above| above.join(".git")).find(|git| git.exists())?;
    let repository = match fs::read_to_string(&repository) {
        Ok(pointer) => repository.parent()?.join(pointer.strip_prefix("gitdir:")?.trim()),
        Err(_) => repository,
    };
    let head = fs::read_to_string(repository.join("HEAD")).ok()?;
    head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn who() -> String {
    ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME"]
        .into_iter()
        .find_map(variable)
        .unwrap_or_else(|| "unknown".to_owned())
}

fn host() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .map(|name| name.trim().to_owned())
        .or_else(|| variable("HOSTNAME"))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Boot and process space: two containers of one boot number their processes apart.
fn machine() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let space = fs::read_link("/proc/self/ns/pid");
    match (boot, space) {
        (Ok(boot), Ok(space)) => format!("{} {}", boot.trim(), space.display()),
        (Err(_), _) | (_, Err(_)) => String::new(),
    }
}

/// When a process started, in ticks since boot; none where it doesn't run, or is only waited for by its parent.
fn process_start(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is the program's name in parentheses and may hold anything, so count from its end:
    // the state comes first then, the start time is the twentieth.
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

/// The page of the pipeline run, from the variables that GitHub and GitLab set.
fn run_url() -> Option<String> {
    let github = || {
        let server = variable("GITHUB_SERVER_URL")?;
        let repository = variable("GITHUB_REPOSITORY")?;
        let run = variable("GITHUB_RUN_ID")?;
        Some(format!("{server}/{repository}/actions/runs/{run}"))
    };
    github().or_else(|| variable("CI_JOB_URL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_one_with_its_number_but_another_start_is_dead() {
        let mut holder = LocalMachine.holder("test");
        assert_eq!(LocalMachine.liveness(&holder), Liveness::Alive);
        holder.process_start = "1".into();
        assert_eq!(LocalMachine.liveness(&holder), Liveness::Dead);
    }

    #[test]
    fn a_checkout_is_on_the_branch_that_its_head_names_and_a_worktree_has_one_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(checked_out(folder.path()), None);
        let inner = folder.path().join("environments/shop");
        fs::create_dir_all(&inner).unwrap();
        let git = folder.path().join(".git");
        fs::create_dir_all(git.join("worktrees/other")).unwrap();
        fs::write(git.join("HEAD"), "ref: refs/heads/release/2\n").unwrap();
        assert_eq!(checked_out(&inner).as_deref(), Some("release/2"));
        fs::write(git.join("HEAD"), "0123456789012345678901234567890123456789\n").unwrap();
        assert_eq!(checked_out(&inner), None);
        let other = folder.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join(".git"), "gitdir: ../.git/worktrees/other\n").unwrap();
        fs::write(git.join("worktrees/other/HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(checked_out(&other).as_deref(), Some("main"));
    }

    #[test]
    fn a_process_of_another_machine_is_not_judged() {
        let mut holder = LocalMachine.holder("test");
        holder.machine = "elsewhere".into();
        assert_eq!(LocalMachine.liveness(&holder), Liveness::Unknown);
    }
}
