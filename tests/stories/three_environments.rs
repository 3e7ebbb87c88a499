//! One system through three environments in two accounts, each from its branch.

use std::fs;

use crate::ground::{Ground, Told};

/// WatchPoint's files, in the project of the story.
pub(crate) fn watchpoint(ground: &Ground) -> Told {
    ground.system("watchpoint")?;
    fs::create_dir_all(ground.path(".git"))?;
    Ok(())
}

/// Checks a branch out.
pub(crate) fn branch(ground: &Ground, name: &str) -> Told {
    Ok(fs::write(ground.path(".git/HEAD"), format!("ref: refs/heads/{name}\n"))?)
}

#[test]
fn each_environment_is_deployed_from_its_branch_and_found_unchanged() -> Told {
    let ground = Ground::new()?;
    watchpoint(&ground)?;
    branch(&ground, "dev")?;
    ground.landfall(&["apply", "watchpoint/prod"])?.exits(3)?.says("deployed from the branch `main`")?;
    for (environment, from) in [("dev", "dev"), ("staging", "staging"), ("prod", "main")] {
        let target = format!("watchpoint/{environment}");
        branch(&ground, from)?;
        ground.landfall(&["apply", &target])?.exits(0)?.says("Apply complete")?;
        ground.landfall(&["apply", &target])?.exits(0)?.says("No changes")?;
        ground.landfall(&["drift", &target, "--detailed-exitcode"])?.exits(0)?.says("no drift")?;
    }
    Ok(())
}

#[test]
fn development_comes_and_goes() -> Told {
    let ground = Ground::new()?;
    watchpoint(&ground)?;
    branch(&ground, "dev")?;
    ground.landfall(&["apply", "watchpoint/dev"])?.exits(0)?;
    ground.landfall(&["destroy", "watchpoint/dev", "--delete-data"])?.exits(0)?.says("Destroy complete")?;
    Ok(())
}
