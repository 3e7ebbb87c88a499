//! A ledger that is not what was written to it.

use std::fs;
use std::path::PathBuf;

use crate::ground::{Ground, SHOP, Told};

fn entries(ground: &Ground) -> Result<Vec<PathBuf>, std::io::Error> {
    let folder = fs::read_dir(ground.path(".landfall/sandbox/ledger/targets/shop/dev/entries"))?;
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    Ok(files)
}

#[test]
fn nothing_is_written_on_top_of_an_altered_or_missing_entry() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.landfall(&["ledger", "verify"])?.exits(0)?.says("2 entries, proved")?;
    let last = entries(&ground)?.pop().ok_or("no entry")?;
    let whole = fs::read(&last)?;
    let mut altered = whole.clone();
    altered[40] ^= 1;
    fs::write(&last, &altered)?;
    ground.environment(&SHOP.replace("hidden-for: 30s", "hidden-for: 45s"))?;
    ground.landfall(&["ledger", "verify"])?.exits(1)?.says("was altered")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(1)?.says("was altered")?;
    fs::remove_file(&last)?;
    ground.landfall(&["ledger", "verify"])?.exits(1)?.says("is missing")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(1)?.says("is missing")?;
    assert!(ground.property("AWS::SQS::Queue", "VisibilityTimeout")?.contains(&30.into()));
    fs::write(&last, &whole)?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn a_head_that_was_put_back_is_noticed() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    let head = ground.path(".landfall/sandbox/ledger/targets/shop/dev/head.json");
    let earlier = fs::read(&head)?;
    ground.environment(&SHOP.replace("hidden-for: 30s", "hidden-for: 45s"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    fs::write(&head, earlier)?;
    ground.landfall(&["ledger", "verify"])?.exits(1)?.says("put back to an earlier state")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(1)?.says("put back to an earlier state")?;
    Ok(())
}

#[test]
fn a_ledger_of_a_newer_landfall_is_read_by_nobody_else() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    let head = ground.path(".landfall/sandbox/ledger/targets/shop/dev/head.json");
    let mut newer: serde_json::Value = serde_json::from_str(&fs::read_to_string(&head)?)?;
    newer["format_version"] = 9.into();
    fs::write(&head, newer.to_string())?;
    ground.landfall(&["apply", "shop/dev"])?.exits(1)?.says("has format 9")?;
    ground.landfall(&["history", "shop/dev"])?.exits(1)?.says("has format 9")?;
    Ok(())
}
