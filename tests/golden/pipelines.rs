//! The workflows and deploy roles that `landfall ci github` writes, byte for byte; and what they have to hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use landfall::commands::Cli;

use crate::case::{Outcome, root};
use crate::kept::Kept;
use crate::written::{SYSTEMS, written};

/// Where what was written for a system is kept. A folder without a point in front of it, so that no service takes it for its own.
fn kept(system: &str, name: &str) -> PathBuf {
    root().join("tests/golden").join(system).join("pipelines").join(name.trim_start_matches(".github/"))
}

fn under(folder: &Path) -> Outcome<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(under(&path)?);
        } else {
            found.insert(path);
        }
    }
    Ok(found)
}

fn workflows() -> Outcome<BTreeMap<String, String>> {
    let mut workflows = BTreeMap::new();
    for system in SYSTEMS {
        let files = written(system)?.into_iter().filter(|(name, _)| name.starts_with(".github/workflows/"));
        workflows.extend(files.map(|(name, text)| (format!("{system} {name}"), text)));
    }
    Ok(workflows)
}

/// Whether it is kept. The roles of one account are, and the policy of the ledger's bucket; the roles of others differ in names and
/// types only, and the judges see all.
fn is_kept(name: &str) -> bool {
    name.starts_with(".github/") || name == "deploy-roles/444444444444.yaml" || name.starts_with("deploy-roles/ledger-")
}

/// The lines of a workflow's scripts that call landfall, continued lines joined.
fn commands(workflow: &str) -> Vec<String> {
    let joined = workflow.replace("\\\n", " ");
    let lines = joined.lines().map(|line| line.trim().trim_start_matches("run: "));
    lines.filter(|line| line.starts_with("landfall ")).map(str::to_owned).collect()
}

#[test]
fn pipelines_are_what_they_were() -> Outcome<()> {
    let mut files = Kept::new();
    for system in SYSTEMS {
        let mut expected = BTreeSet::new();
        for (name, text) in written(system)?.into_iter().filter(|(name, _)| is_kept(name)) {
            let path = kept(system, &name);
            expected.insert(path.clone());
            files.compare(format!("{system} {name}"), &path, &text)?;
        }
        let left: Vec<PathBuf> =
            under(&kept(system, ""))?.into_iter().filter(|path| !expected.contains(path)).collect();
        assert!(left.is_empty(), "no longer written, remove them: {left:?}");
    }
    files.hold();
    Ok(())
}

#[test]
fn every_command_in_a_workflow_is_one_that_landfall_takes() -> Outcome<()> {
    let mut seen = BTreeSet::new();
    for (name, text) in workflows()? {
        for command in commands(&text) {
            // What the shell does with the output is not landfall's.
            let own = command.split(['>', '|']).next().unwrap_or_default();
            let words: Vec<&str> = own.split_whitespace().map(|word| word.trim_matches('"')).collect();
            let choices = if words.contains(&"${how[@]}") {
                vec![vec!["--yes"], vec!["--dry-run", "--to", "1.4.0"]]
            } else {
                vec![vec![]]
            };
            for choice in choices {
                let given = words.iter().copied().filter(|word| *word != "${how[@]}").chain(choice);
                Cli::try_parse_from(given).map_err(|error| format!("{name}: {command}: {error}"))?;
            }
            seen.extend(
                words
                    .iter()
                    .skip(1)
                    .find(|word| !word.starts_with('-') && **word != "markdown" && **word != "github")
                    .map(|verb| (*verb).to_owned()),
            );
        }
    }
    for verb in ["apply", "bundle", "drift", "plan", "promote", "release", "rollback", "status", "validate"] {
        assert!(seen.contains(verb), "no workflow calls `landfall {verb}`: {seen:?}");
    }
    Ok(())
}

#[test]
fn every_action_of_others_is_pinned_by_its_digest_and_nothing_is_permitted_by_default() -> Outcome<()> {
    for (name, text) in workflows()? {
        assert!(text.contains("\npermissions: {}\n"), "{name}");
        assert!(!text.contains("secrets.AWS") && !text.contains("aws-access-key-id"), "{name}");
        for line in text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: ")) {
            let digest = line.split_once('@').and_then(|(_, rest)| rest.split_whitespace().next()).unwrap_or_default();
            assert!(digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}: {line}");
        }
    }
    Ok(())
}

#[test]
fn what_is_deployed_is_the_plan_that_could_be_looked_at() -> Outcome<()> {
    for system in SYSTEMS {
        let files = written(system)?;
        let apply = commands(&files[".github/workflows/landfall-apply.yml"]);
        let saved: Vec<&str> = apply
            .iter()
            .filter_map(|command| command.split("--out ").nth(1)?.split_whitespace().next())
            .filter(|path| path.ends_with(".plan\""))
            .collect();
        let applied: Vec<&str> = apply
            .iter()
            .filter_map(|command| command.strip_prefix("landfall apply ")?.split_whitespace().next())
            .collect();
        assert!(!applied.is_empty() && saved == applied, "{system}: saved {saved:?}, applied {applied:?}");
    }
    Ok(())
}

#[test]
fn roles_permit_every_call_that_landfall_makes() -> Outcome<()> {
    let roles = &written("watchpoint")?["deploy-roles/444444444444.yaml"];
    let mut called = BTreeSet::new();
    for path in under(&root().join("src/drivers/aws"))? {
        let source = fs::read_to_string(path)?;
        let named = source.split("permission: \"").skip(1).filter_map(|rest| rest.split('"').next());
        called.extend(named.map(str::to_owned));
    }
    // Nobody can be denied to ask who he is (IAM API reference, GetCallerIdentity).
    called.remove("sts:GetCallerIdentity");
    // Whoever rotates has the new value and rights of his own: no pipeline's role writes secrets.
    called.remove("secretsmanager:PutSecretValue");
    // Only targets with registries push, and only those with migrations run a function: `deploy_roles::tests` has one.
    called.retain(|call| !call.starts_with("ecr:") && !call.starts_with("lambda:"));
    assert!(called.len() > 20, "{called:?}");
    let missing: Vec<&String> = called.iter().filter(|call| !roles.contains(&format!("- {call}\n"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    Ok(())
}
