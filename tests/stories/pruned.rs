//! What nothing needs goes, and no environment loses what it could go back to.

use std::fs;

use crate::ground::{Ground, SHOP, Told};

fn documents(ground: &Ground, folder: &str) -> usize {
    fn count(folder: std::path::PathBuf) -> usize {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| if entry.path().is_dir() { count(entry.path()) } else { 1 }).sum()
    }
    count(ground.path(&format!(".landfall/sandbox/ledger/{folder}")))
}

/// Four releases that went through dev, the first of which staging has.
fn four() -> Result<Ground, Box<dyn std::error::Error>> {
    let ground = Ground::new()?;
    for (release, time) in [("1.0.0", "31s"), ("2.0.0", "32s"), ("3.0.0", "33s"), ("4.0.0", "34s")] {
        let files = format!("{}releases: {{keep: 2}}\n", SHOP.replace("30s", time));
        ground.environment(&files)?;
        ground.file("staging", files.trim_start())?;
        ground.release(release)?;
        ground.landfall(&["apply", "shop/dev", "--release", release])?.exits(0)?;
        if release == "1.0.0" {
            ground.landfall(&["apply", "shop/staging", "--release", release])?.exits(0)?;
        }
    }
    Ok(ground)
}

const NOW: [&str; 5] = ["release", "prune", "shop", "--unused-for", "0s"];

#[test]
fn only_what_no_environment_needs_to_go_back_is_pruned_and_it_is_found_until_it_is_forgotten() -> Told {
    let ground = four()?;
    let listed = ground.landfall(&["release", "list", "shop"])?.exits(0)?;
    listed.says("kept: new; shop/dev runs it")?.says("shop/dev, 1 back")?.says("shop/staging runs it")?;
    ground.landfall(&["release", "prune", "shop"])?.exits(0)?.says("Nothing to prune")?;
    let before = documents(&ground, "documents");
    ground.landfall(&[&NOW[..], &["--dry-run"]].concat())?.exits(0)?.says("To be pruned: 3 documents")?;
    assert_eq!(documents(&ground, "documents"), before);
    ground.landfall(&NOW)?.exits(0)?.says("Pruned: 3 documents (")?;
    // The files of 2.0.0, which are the same for both, its template, and that of 1.0.0 for dev. 1.0.0 serves in staging, 3.0.0 is where dev goes back to.
    assert_eq!((documents(&ground, "documents"), documents(&ground, "pruned")), (before - 3, 3));
    ground.landfall(&NOW)?.exits(0)?.says("Nothing to prune")?;
    for release in ["1.0.0", "3.0.0", "4.0.0"] {
        ground.landfall(&["release", "verify", "shop", release])?.exits(0)?;
    }
    // What was pruned is still found, and is put back once it is needed: the template by the rollback, the files by the next run.
    ground.landfall(&["rollback", "shop/dev", "--to", "2.0.0", "--dry-run"])?.exits(0)?;
    ground.landfall(&["rollback", "shop/dev", "--to", "2.0.0"])?.exits(0)?.says("Back at release 2.0.0")?;
    ground.landfall(&["hold", "shop/dev", "--lift", "--why", "it is right"])?.exits(0)?;
    ground.landfall(&[&NOW[..], &["--forget-after", "0s"]].concat())?.exits(0)?.says("put back: 1 document;")?;
    ground.landfall(&["release", "verify", "shop", "2.0.0"])?.exits(0)?;
    // What is forgotten is named by who would go back to it.
    ground.landfall(&NOW)?.exits(0)?;
    ground.landfall(&[&NOW[..], &["--forget-after", "0s"]].concat())?.exits(0)?;
    let gone = ground.landfall(&["rollback", "shop/dev", "--to", "3.0.0", "--dry-run"])?.exits(3)?;
    gone.says("the document of release 3.0.0")?.says("is gone or altered")?;
    ground.landfall(&["release", "list", "shop"])?.exits(0)?.says("3.0.0")?;
    ground.is_sound()
}

#[test]
fn a_bucket_is_pruned_as_a_folder_is() -> Told {
    let ground = Ground::new()?;
    let landfall = |arguments: &[&str]| ground.landfall(&[arguments, &["--ledger", "s3://acme-ledger/shop"]].concat());
    for time in ["31s", "32s", "33s"] {
        ground.environment(&format!("{}releases: {{keep: 2}}\n", SHOP.replace("30s", time)))?;
        landfall(&["apply", "shop/dev"])?.exits(0)?;
    }
    landfall(&NOW)?.exits(0)?.says("Pruned: 1 document (")?;
    landfall(&NOW)?.exits(0)?.says("Nothing to prune")?;
    landfall(&[&NOW[..], &["--forget-after", "0s"]].concat())?.exits(0)?.says("forgotten: 1 document")?;
    landfall(&["rollback", "shop/dev"])?.exits(0)?;
    landfall(&["ledger", "verify"])?.exits(0)?;
    Ok(())
}

#[test]
fn nothing_is_pruned_where_any_record_can_not_be_read() -> Told {
    let ground = four()?;
    let before = documents(&ground, "documents");
    let head = ground.path(".landfall/sandbox/ledger/targets/shop/staging/head.json");
    let whole = fs::read(&head)?;
    fs::write(&head, "{")?;
    ground.landfall(&NOW)?.exits(1)?.says("head.json can't be read")?;
    assert_eq!(documents(&ground, "documents"), before);
    fs::write(&head, whole)?;
    // Of a target whose files are elsewhere nobody here knows how much it keeps: all of it stays.
    fs::remove_file(ground.path("environments/shop/dev.yaml"))?;
    ground.landfall(&NOW)?.exits(0)?.says("Nothing to prune")?;
    Ok(())
}
