//! From nothing to a deployed target and back.

use crate::ground::{Ground, Told};
use crate::scene::on_every_cloud;

#[test]
fn a_target_is_planned_applied_changed_and_taken_down() -> Told {
    on_every_cloud(|ground| {
        let [created, updated] = ground.scene.states;
        let [to_add, added] = ground.scene.creation;
        ground.landfall(&["validate"])?.exits(0)?;
        ground.landfall(&["plan", "shop/dev", "--detailed-exitcode"])?.exits(2)?.says(to_add)?;
        assert_eq!(ground.stack()?, None, "a plan leaves nothing behind");
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says(added)?;
        assert_eq!(ground.stack()?.as_deref(), Some(created));

        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
        ground.landfall(&["plan", "shop/dev", "--detailed-exitcode"])?.exits(0)?.says("No changes")?;
        assert_eq!(ground.entries()?.len(), 2, "an apply that changes nothing records nothing");

        ground.hides_longer()?;
        ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says("1 to change")?.says(ground.scene.hidden)?;
        ground.landfall(&["plan", "shop/dev", "--offline"])?.exits(0)?.says("1 to change")?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
        assert_eq!(ground.stack()?.as_deref(), Some(updated));
        assert!(ground.hidden()?.contains(&ground.scene.values[1].to_owned()));

        ground.landfall(&["destroy", "shop/dev", "--delete-data"])?.exits(0)?.says("Destroy complete")?;
        assert_eq!(ground.stack()?, None);
        ground.landfall(&["destroy", "shop/dev"])?.exits(0)?.says("No changes")?;
        ground.landfall(&["status"])?.exits(0)?.says("not deployed")?;
        ground.is_sound()
    })
}

#[test]
fn what_is_changed_by_hand_is_shown_property_by_property() -> Told {
    on_every_cloud(|ground| {
        let [before, _, now] = ground.scene.values;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?.says("no drift")?;
        ground.by_hand()?;
        let path = ground.scene.hidden.replace('.', "/");
        let said = format!("/{path}: {before} → {now}");
        ground.landfall(&["drift", "--detailed-exitcode"])?.exits(2)?.says(&said)?;
        let report = ground.landfall(&["drift", "shop/dev", "--format", "json"])?.exits(0)?.json()?;
        assert_eq!(report["differs"], true);
        assert_eq!(report["targets"][0]["resources"][0]["id"], ground.scene.queue);
        ground.landfall(&["sandbox", "edit", "shop/dev", ground.scene.queue])?.exits(0)?;
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(2)?.says("deleted by hand")?;
        Ok(())
    })
}

#[test]
fn nothing_is_done_without_a_yes() -> Told {
    let ground = Ground::new()?;
    ground.run(&["apply", "shop/dev", "--sandbox"])?.exits(3)?.says("--yes")?;
    assert_eq!(ground.stack()?, None);
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.run(&["destroy", "shop/dev", "--delete-data", "--sandbox"])?.exits(3)?;
    assert_eq!(ground.stack()?.as_deref(), Some("CREATE_COMPLETE"));
    ground.is_sound()
}

#[test]
fn the_sandbox_and_the_clouds_have_ledgers_of_their_own() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.run(&["status"])?.exits(0)?.says("not deployed")?;
    ground.landfall(&["sandbox", "reset"])?.exits(0)?;
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("Nothing happened")?;
    Ok(())
}
