//! Settings that are switched without a deployment.

use std::error::Error;

use serde_json::{Value, json};

use crate::ground::{Ground, SHOP, Told, until};

const SETTINGS: &str = r#"
settings:
  mail: {description: Whether mails are sent, path: features/mail, value: true}
  most: {description: The most orders of an hour, value: 100}
"#;

fn deployed() -> Result<Ground, Box<dyn Error>> {
    let ground = Ground::new()?;
    ground.environment(&with_settings())?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    Ok(ground)
}

fn with_settings() -> String {
    format!("{SHOP}{SETTINGS}")
}

fn set(ground: &Ground, value: &str) -> Result<crate::ground::Ran, Box<dyn Error>> {
    ground.landfall(&["flag", "set", "shop/dev", "mail", value, "--why", "the mail service is down"])
}

/// What the cloud has under the setting's name.
fn mail(ground: &Ground) -> Result<Value, Box<dyn Error>> {
    let answer = ground.ask("GET", "resources?type=AWS::SSM::Parameter", &Value::Null)?;
    let all = answer["resources"].as_array().ok_or("no resources")?.clone();
    let found = all.into_iter().find(|one| one["id"] == "/dev/shop/features/mail");
    Ok(found.ok_or("no such parameter")?["properties"]["Value"].clone())
}

#[test]
fn a_setting_is_switched_beside_the_stack_recorded_and_no_drift() -> Told {
    let ground = deployed()?;
    set(&ground, "false")?.exits(0)?.says("setting.mail of shop/dev is false (it was true); recorded as entry 4")?;
    assert_eq!(mail(&ground)?, "false");
    let drift = ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    drift.says("SettingMail/Value: true → false, switched by `landfall flag set`")?;
    ground.landfall(&["flag", "list", "shop/dev"])?.exits(0)?.says("mail  false (switched; the files say true)")?;
    let history = ground.landfall(&["history", "shop/dev"])?.exits(0)?;
    history.says("began to switch setting.mail from true to false: the mail service is down")?;
    // What was deployed last, and whether it was good, is not forgotten over it.
    ground.landfall(&["status", "shop/dev"])?.exits(0)?.says("deployed")?.says("nothing open")?;
    ground.landfall(&["flag", "set", "shop/dev", "mail", "--reset"])?.exits(0)?.says("is true (it was false)")?;
    assert_eq!(mail(&ground)?, "true");
    ground.landfall(&["flag", "set", "shop/dev", "mail", "--reset"])?.exits(0)?.says("is not switched")?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?.says_nothing_of("switched")?;
    ground.is_sound()
}

#[test]
fn what_is_changed_by_hand_after_it_was_switched_is_drift_and_is_put_back() -> Told {
    let ground = deployed()?;
    set(&ground, "false")?.exits(0)?;
    // Back to what the stack says, where the cloud itself sees no drift; and to something else.
    for value in ["Value=true", "Value=maybe"] {
        ground.landfall(&["sandbox", "edit", "shop/dev", "SettingMail", value])?.exits(0)?;
        let drift = ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(2)?;
        drift.says(&format!("~ /Value: false → {}", value.trim_start_matches("Value=")))?;
        ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says("by hand")?;
        ground.landfall(&["drift", "shop/dev", "--revert"])?.exits(0)?.says("setting.mail of shop/dev is false")?;
        assert_eq!(mail(&ground)?, "false");
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    }
    // With drift that the cloud puts back, it stays as it was switched.
    ground.landfall(&["sandbox", "edit", "shop/dev", "QueueOrders", "VisibilityTimeout=99"])?.exits(0)?;
    ground.landfall(&["drift", "shop/dev", "--revert"])?.exits(0)?.says("is again as it was deployed")?;
    assert_eq!(mail(&ground)?, "false");
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn what_was_switched_stays_over_deployments_until_the_files_give_another_value() -> Told {
    let ground = deployed()?;
    set(&ground, "false")?.exits(0)?;
    let stays = |yaml: &str, note: &str| -> Told {
        ground.environment(yaml)?;
        ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says(note)?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        assert_eq!(mail(&ground)?, "false");
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0).map(|_| ())
    };
    stays(&with_settings().replace("after: 5", "after: 7"), "stays switched to `false`, where the files say `true`")?;
    // CloudFormation writes the whole parameter where anything of it changes.
    let described = with_settings().replace("Whether mails are sent", "Whether mails go out");
    stays(&described, "`false` is put back at the end")?;
    // The same where the update fails and is undone.
    ground.fault(
        &json!({"fault": "resource", "stack": "shop-dev", "resource": "QueueOrders", "on": "update", "times": 1}),
    )?;
    ground.environment(&with_settings().replace("after: 5", "after: 9"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(1)?;
    ground.no_faults()?;
    assert_eq!(mail(&ground)?, "false");
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says("`false`")?;
    assert_eq!(mail(&ground)?, "false");
    // The files change the value itself: that counts.
    ground.environment(&described.replace("value: true", "value: false"))?;
    ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says("the files now say `false` instead of `true`")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.landfall(&["flag", "list", "shop/dev"])?.exits(0)?.says_nothing_of("switched")?;
    ground.environment(&described)?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    assert_eq!(mail(&ground)?, "true");
    ground.is_sound()
}

#[test]
fn a_saved_plan_made_before_a_switch_is_refused() -> Told {
    let ground = deployed()?;
    ground.environment(&with_settings().replace("after: 5", "after: 7"))?;
    let file = ground.path("dev.plan").to_string_lossy().into_owned();
    ground.landfall(&["plan", "shop/dev", "--out", &file])?.exits(0)?;
    set(&ground, "false")?.exits(0)?;
    ground.landfall(&["apply", &file])?.exits(3)?.says("the head of the ledger")?.says("flag set shop/dev mail")?;
    Ok(())
}

#[test]
fn only_declared_settings_are_switched_and_only_to_values_of_their_kind() -> Told {
    let ground = deployed()?;
    let refuses = |name: &str, value: &str, why: &str| -> Told {
        ground.landfall(&["flag", "set", "shop/dev", name, value])?.exits(3)?.says(why).map(|_| ())
    };
    refuses("mial", "false", "did you mean mail?")?;
    refuses("mail", "off", "`off` is no value of setting.mail")?;
    refuses("most", "1.5", "its files give it a whole number, such as 100")?;
    let key = format!("ghp_{}", "a".repeat(36));
    let ran = ground.landfall(&["flag", "set", "shop/dev", "mail", &key])?.exits(3)?;
    ran.says("this looks like a secret")?.says_nothing_of(&key)?;
    ground.environment(&with_settings().replace("settings:", "settings:\n  new: {description: New, value: 1}"))?;
    refuses("new", "2", "what is deployed doesn't have it yet")?;
    ground.landfall(&["flag", "set", "shop/dev", "most", "-1"])?.exits(0)?.says("setting.most of shop/dev is -1")?;
    ground.is_sound()
}

#[test]
fn a_switch_that_is_refused_changes_nothing_and_keeps_no_promotion_out() -> Told {
    let ground = deployed()?;
    let denied = "User: ana is not authorized to perform: ssm:PutParameter on resource: arn:aws:ssm:us-east-1:111122223333:parameter/dev/shop/features/mail";
    ground.fault(&json!({"fault": "call", "service": "ssm", "action": "PutParameter", "code": "AccessDeniedException", "message": denied, "status": 400}))?;
    set(&ground, "false")?.exits(1)?.says("ssm:PutParameter")?;
    ground.no_faults()?;
    assert_eq!(mail(&ground)?, "true");
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("not switched")?;
    ground.landfall(&["status", "shop/dev"])?.exits(0)?.says("nothing open")?;
    ground.is_sound()
}

#[test]
fn a_switch_that_is_killed_is_finished_or_given_up_by_one_command() -> Told {
    for (flag, after) in [(None, "false"), (Some("--undo"), "true")] {
        let ground = deployed()?;
        // The first read is before the intent, the second before the call.
        ground.fault(
            &json!({"fault": "delay", "service": "ssm", "action": "PutParameter", "milliseconds": 60000, "times": 1}),
        )?;
        let mut killed = ground.start(&["flag", "set", "shop/dev", "mail", "false"])?;
        while ground.entries()?.len() < 3 {
            std::thread::yield_now();
        }
        killed.kill()?;
        killed.wait()?;
        ground.no_faults()?;
        ground.landfall(&["status", "shop/dev"])?.exits(0)?.says("INTERRUPTED")?;
        let arguments: Vec<&str> = ["recover", "shop/dev"].into_iter().chain(flag).collect();
        ground.landfall(&arguments)?.exits(0)?.says("switching")?;
        assert_eq!(mail(&ground)?, after);
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        ground.is_sound()?;
    }
    Ok(())
}

#[test]
fn a_deployment_that_is_killed_before_it_put_a_setting_back_does_so_in_recover() -> Told {
    let ground = deployed()?;
    set(&ground, "false")?.exits(0)?;
    ground.fault(&json!({"fault": "slow", "resource": "QueueOrders", "seconds": 2.0}))?;
    ground.environment(
        &with_settings().replace("Whether mails are sent", "Whether mails go out").replace("after: 5", "after: 7"),
    )?;
    let mut killed = ground.start(&["apply", "shop/dev"])?;
    until(&mut killed, "QueueOrders: Updating")?;
    killed.kill()?;
    killed.wait()?;
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("is complete and verified")?;
    assert_eq!(mail(&ground)?, "false");
    ground.is_sound()
}

#[test]
fn an_answer_that_gets_lost_is_looked_after() -> Told {
    let ground = deployed()?;
    ground.fault(&json!({"fault": "lost_answer", "service": "ssm", "action": "PutParameter", "times": 1}))?;
    set(&ground, "false")?.exits(0)?.says("is false")?;
    assert_eq!(mail(&ground)?, "false");
    ground.is_sound()
}
