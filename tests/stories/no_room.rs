//! No room to write, nobody who reads, no home.

use std::fs::{self, OpenOptions};
use std::process::Stdio;

use crate::ground::{Ground, Told, ran};

#[test]
fn output_that_nobody_takes_or_can_hold_changes_nothing_about_what_is_recorded() -> Told {
    let ground = Ground::new()?;
    // Nothing can be shown, so nothing is done.
    let full = OpenOptions::new().write(true).open("/dev/full")?;
    let mut command = ground.command(&["apply", "shop/dev", "--sandbox", "--yes"]);
    ran(command.stdout(full).spawn()?)?.exits(1)?.says("can't write")?;
    assert_eq!(ground.stack()?, None);
    ground.is_sound()?;
    // Whoever read it has gone: that a change was not made is told by the exit code at least.
    let mut command = ground.command(&["apply", "shop/dev", "--sandbox", "--yes"]);
    let mut child = command.spawn()?;
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait()?.code(), Some(1));
    assert_eq!(ground.stack()?, None);
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?;
    ground.is_sound()?;
    let mut command = ground.command(&["apply", "shop/dev", "--sandbox", "--yes"]);
    ran(command.env_remove("HOME").env_remove("USER").stdin(Stdio::null()).spawn()?)?.exits(0)?;
    ground.is_sound()
}

#[test]
fn a_ledger_that_cannot_be_written_stops_the_run_before_the_cloud_is_changed() -> Told {
    let ground = Ground::new()?;
    let ledger = ground.path("ledger");
    fs::write(&ledger, "a file where a folder should be")?;
    let address = ledger.to_string_lossy().into_owned();
    ground.landfall(&["apply", "shop/dev", "--ledger", &address])?.exits(64)?;
    assert_eq!(ground.stack()?, None);
    Ok(())
}
