//! A whole system of ours, in production sizes: a template too large for a request, the transform, protections everywhere.

use crate::ground::{Ground, Told};

#[test]
fn production_is_deployed_found_unchanged_and_not_taken_down_by_mistake() -> Told {
    let ground = Ground::new()?;
    ground.system("stormops")?;
    ground.landfall(&["apply", "stormops/prod"])?.exits(0)?.says("Apply complete")?;
    ground.landfall(&["apply", "stormops/prod"])?.exits(0)?.says("No changes")?;
    ground.landfall(&["drift", "stormops/prod", "--detailed-exitcode"])?.exits(0)?.says("no drift")?;
    let ran = ground.landfall(&["destroy", "stormops/prod"])?.exits(3)?;
    ran.says("--lift-protection")?.says("--delete-data")?;
    // What each service would refuse is known before anything is deleted.
    let ran = ground.landfall(&["destroy", "stormops/prod", "--delete-data", "--lift-protection"])?.exits(3)?;
    ran.says("DatabaseMain")?.says("DeletionProtection")?.says("`protected: false`")?;
    ground.landfall(&["drift", "stormops/prod", "--detailed-exitcode"])?.exits(0)?;
    Ok(())
}

#[test]
fn development_comes_and_goes() -> Told {
    let ground = Ground::new()?;
    ground.system("stormops")?;
    ground.landfall(&["apply", "stormops/dev"])?.exits(0)?;
    ground.landfall(&["apply", "stormops/dev"])?.exits(0)?.says("No changes")?;
    ground.landfall(&["destroy", "stormops/dev", "--delete-data"])?.exits(0)?.says("Destroy complete")?;
    ground.landfall(&["ledger", "verify", "stormops/dev"])?.exits(0)?;
    Ok(())
}
