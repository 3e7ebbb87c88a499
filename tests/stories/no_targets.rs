//! Nothing to work on is an error, never a success.

use std::fs;

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
