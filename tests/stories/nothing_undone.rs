//! What is different where the engine undoes nothing, on Azure and Google Cloud; what is alike stands in the stories of every cloud.

use serde_json::json;

use crate::ground::{Ground, Told};
use crate::scene::{SCENES, Scene};

/// The clouds whose engine undoes nothing.
fn on_each(story: impl Fn(&'static Scene) -> Told) -> Told {
    for scene in SCENES.iter().filter(|scene| scene.cloud != "aws") {
        story(scene).map_err(|error| format!("on {}: {error}", scene.cloud))?;
    }
    Ok(())
}

#[test]
fn a_creation_that_fails_names_the_resource_and_the_next_apply_goes_on_from_there() -> Told {
    on_each(|scene| {
        let ground = Ground::on(scene)?;
        let queue = scene.queue;
        ground.fault(
            &json!({"fault": "resource", "resource": queue, "on": "create", "times": 1, "message": "Too many queues"}),
        )?;
        let ran = ground.landfall(&["apply", "shop/dev"])?.exits(1)?;
        ran.says(&format!("first to fail: {queue}"))?.says("Too many queues")?.says("nothing was undone")?;
        assert_eq!(ground.stack()?.as_deref(), Some(scene.failed));
        ground.is_sound()?;
        ground.landfall(&["status"])?.exits(0)?.says("INCONSISTENT")?;
        ground.landfall(&["plan", "shop/dev", "--detailed-exitcode"])?.exits(2)?.says("failed half-way")?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
        assert_eq!(ground.stack()?.as_deref(), Some(scene.states[0]));
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
        ground.is_sound()
    })
}

#[test]
fn an_update_that_fails_is_applied_again_or_taken_back() -> Told {
    on_each(|scene| {
        for back in [false, true] {
            let ground = Ground::on(scene)?;
            let queue = scene.queue;
            ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
            ground.fault(
                &json!({"fault": "resource", "resource": queue, "on": "update", "times": 1, "message": "Not today"}),
            )?;
            ground.hides_longer()?;
            let ran = ground.landfall(&["apply", "shop/dev"])?.exits(1)?;
            ran.says(&format!("first to fail: {queue}"))?.says("Not today")?.says("landfall rollback")?;
            if back {
                ground.landfall(&["rollback", "shop/dev"])?.exits(0)?;
                assert!(ground.hidden()?.contains(&scene.values[0].to_owned()));
            } else {
                ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
                assert!(ground.hidden()?.contains(&scene.values[1].to_owned()));
            }
            assert_eq!(ground.stack()?.as_deref(), Some(scene.states[1]));
            ground.is_sound()?;
        }
        Ok(())
    })
}

#[test]
fn what_was_changed_by_hand_is_put_back() -> Told {
    on_each(|scene| {
        let ground = Ground::on(scene)?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.by_hand()?;
        ground.landfall(&["drift", "shop/dev", "--revert"])?.exits(0)?;
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?.says("no drift")?;
        assert!(ground.hidden()?.contains(&scene.values[0].to_owned()));
        ground.is_sound()
    })
}

#[test]
fn lost_answers_and_throttling_change_nothing_about_the_end() -> Told {
    on_each(|scene| {
        let ground = Ground::on(scene)?;
        for action in scene.every_call {
            ground.fault(&json!({"fault": "lost_answer", "action": action}))?;
            let slow = json!({"fault": "call", "action": action, "after": 1, "code": "TooManyRequests", "status": 429});
            ground.fault(&slow)?;
        }
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        for action in scene.every_call {
            ground.fault(&json!({"fault": "lost_answer", "action": action, "after": 1}))?;
        }
        ground.hides_longer()?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
        ground.no_faults()?;
        ground.fault(&json!({"fault": "lost_answer", "action": scene.takes_down}))?;
        ground.landfall(&["destroy", "shop/dev", "--delete-data"])?.exits(0)?;
        assert_eq!(ground.entries()?.iter().filter(|entry| entry["record"]["kind"] == "intent").count(), 3);
        ground.is_sound()
    })
}

#[test]
fn production_systems_are_deployed_found_unchanged_and_not_taken_down_by_mistake() -> Told {
    on_each(|scene| {
        for name in ["entmoot", "stormops"] {
            let ground = Ground::on(scene)?;
            ground.system(name)?;
            let target = format!("{name}/prod-{}", scene.cloud);
            ground.landfall(&["apply", &target])?.exits(0)?.says("Apply complete")?;
            ground.landfall(&["apply", &target])?.exits(0)?.says("No changes")?;
            ground.landfall(&["drift", &target, "--detailed-exitcode"])?.exits(0)?.says("no drift")?;
            let ran = ground.landfall(&["destroy", &target])?.exits(3)?;
            ran.says("--lift-protection")?.says("--delete-data")?;
            // What its locks would keep is known before anything is deleted.
            let ran = ground.landfall(&["destroy", &target, "--delete-data", "--lift-protection"])?.exits(3)?;
            ran.says(scene.keeps)?;
            ground.landfall(&["drift", &target, "--detailed-exitcode"])?.exits(0)?;
        }
        Ok(())
    })
}

#[test]
fn a_production_system_on_google_cloud_is_put_back_and_taken_down_once_its_protections_are_off() -> Told {
    let ground = Ground::on(&SCENES[2])?;
    ground.system("entmoot")?;
    let target = "entmoot/prod-gcp";
    ground.landfall(&["apply", target])?.exits(0)?;
    ground.landfall(&["sandbox", "edit", target, "google_redis_instance.cache_main", "memory_size_gb=16"])?.exits(0)?;
    ground.landfall(&["drift", target, "--detailed-exitcode"])?.exits(2)?.says("/memory_size_gb: 8 → 16")?;
    ground.landfall(&["drift", target, "--revert"])?.exits(0)?;
    ground.landfall(&["drift", target, "--detailed-exitcode"])?.exits(0)?.says("no drift in 119 resources")?;
    let file = ground.path("environments/entmoot/prod-gcp.yaml");
    let text = std::fs::read_to_string(&file)?;
    let text = text.replace("{termination: true, data: true}", "{termination: false, data: false}");
    std::fs::write(&file, text.replace("    pooler: false\n", "    pooler: false\n    protected: false\n"))?;
    ground.landfall(&["apply", target])?.exits(0)?.says("13 changed")?;
    ground.landfall(&["destroy", target, "--delete-data"])?.exits(0)?.says("112 destroyed, 7 left in the cloud")?;
    ground.landfall(&["status", target])?.exits(0)?.says("not deployed")?;
    Ok(())
}

#[test]
fn a_stack_that_azure_takes_for_out_of_sync_is_left_alone_and_said_how_to_mend() -> Told {
    let ground = Ground::on(&SCENES[1])?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.hides_longer()?;
    ground.fault(&json!({
        "fault": "call", "action": "deploymentStacks/write", "code": "DeploymentStackOutOfSync", "status": 409,
        "message": "The deployment stack 'shop-dev' may not have an accurate list of managed resources.",
    }))?;
    let ran = ground.landfall(&["apply", "shop/dev"])?.exits(1)?;
    ran.says("may not have an accurate list")?.says("az stack group show --name shop-dev --resource-group shop-dev")?;
    ground.is_sound()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
    ground.is_sound()
}
