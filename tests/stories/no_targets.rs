//! Nothing to work on is an error, never a success.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::ground::{Ground, Told};

#[test]
fn zero_targets_are_wrong_usage_for_every_verb() -> Told {
    let ground = Ground::new()?;
    fs::remove_dir_all(ground.path("environments/shop"))?;
    for verb in ["validate", "drift", "status", "doctor"] {
        ground.landfall(&[verb])?.exits(64)?;
    }
    fs::remove_dir_all(ground.path("environments"))?;
    ground.landfall(&["validate"])?.exits(64)?.says("`landfall init NAME` starts a system")?;
    for verb in ["plan", "apply", "destroy", "recover", "history", "unlock"] {
        ground.landfall(&[verb, "shop/dev"])?.exits(64)?;
        ground.landfall(&[verb, "shop"])?.exits(64)?;
    }
    Ok(())
}

#[test]
fn a_file_that_no_environment_can_be_called_after_is_named_with_what_its_name_lacks() -> Told {
    let ground = Ground::new()?;
    ground.file("Prod", "")?;
    let said = ground.landfall(&["validate"])?.exits(64)?;
    said.says("environments/shop/Prod.yaml can't be an environment, so rename it")?.says("lower-case")?;
    Ok(())
}

#[test]
fn a_verdict_that_nobody_reads_to_its_end_is_still_told_by_the_exit_code() -> Told {
    let ground = Ground::new()?;
    ground.environment("description: a shop\n")?;
    let mut child = ground.command(&["validate"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    drop(child.stdout.take());
    assert_eq!(child.wait()?.code(), Some(1));
    Ok(())
}

#[test]
fn a_ledger_that_may_not_be_written_is_not_taken_for_a_wrong_address() -> Told {
    let ground = Ground::new()?;
    let closed = ground.path("closed");
    fs::create_dir(&closed)?;
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500))?;
    if fs::create_dir(closed.join("asked")).is_ok() {
        return Ok(()); // Root may write everywhere.
    }
    let ledger = closed.join("ledger").display().to_string();
    let said = ground.landfall(&["--ledger", &ledger, "apply", "shop/dev"])?.exits(1)?;
    said.says("Permission denied")?.says("while the ledger can't be written")?;
    Ok(())
}
