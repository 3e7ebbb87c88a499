//! Where everything stands, as text, JSON and Markdown.

use serde_json::json;

use crate::ground::{Ground, Told};

/// A shop in three environments, with these gates besides where it comes from; release 1.0.0 is in dev.
pub(crate) fn shop(staging: &str, prod: &str) -> Result<Ground, Box<dyn std::error::Error>> {
    Ground::in_three(&format!("gates: {{from: dev{staging}}}\n"), &format!("gates: {{from: staging{prod}}}\n"))
}

#[test]
fn the_next_promotion_is_told_with_the_gates_that_keep_it_out() -> Told {
    let ground = shop(", soak: 1h", ", approval: {}, tests: [{run: [tools/smoke]}]")?;
    let shown = ground.landfall(&["status"])?.exits(0)?;
    shown.says("waits for soak (good in dev for ")?.says("nothing from staging: nothing is deployed in staging")?;
    ground.landfall(&["apply", "shop/staging", "--release", "1.0.0"])?.exits(0)?;
    let report = ground.landfall(&["status", "--format", "json"])?.exits(0)?.json()?;
    let of = |name: &str| report["targets"].as_array().and_then(|all| all.iter().find(|one| one["target"] == name));
    let (staging, prod) = (of("shop/staging").ok_or("no staging")?, of("shop/prod").ok_or("no prod")?);
    assert_eq!((&staging["next"]["way"], &staging["light"]), (&json!("there"), &json!("good")));
    assert_eq!((&prod["next"]["way"], &prod["light"]), (&json!("closed"), &json!("off")));
    assert_eq!(prod["next"]["release"]["name"], "1.0.0");
    let gates: Vec<String> = prod["next"]["gates"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|gate| format!("{} {}", gate["name"], gate["is"]).replace('"', ""))
        .collect();
    assert_eq!(gates, ["from open", "good open", "approval closed", "tests later"]);
    Ok(())
}

#[test]
fn a_gate_that_only_the_release_sets_is_told_too() -> Told {
    let ground = shop("", ", approval: {}")?;
    // What is promoted is judged by its own files, whatever the working copy says meanwhile.
    ground.file("prod", "gates: {from: staging}\n")?;
    ground.landfall(&["apply", "shop/staging", "--release", "1.0.0"])?.exits(0)?;
    ground.landfall(&["status", "shop/prod"])?.exits(0)?.says("waits for approval (0 of 1 approvals, by anybody)")?;
    ground.landfall(&["promote", "shop", "--from", "staging", "--to", "prod"])?.exits(3)?.says("has to be approved")?;
    Ok(())
}

#[test]
fn drift_is_told_from_when_it_was_last_looked_for() -> Told {
    let ground = shop("", "")?;
    let status = || ground.landfall(&["status", "shop/dev"])?.exits(0);
    status()?.says("drift: never looked for")?;
    ground.landfall(&["drift", "shop/dev"])?.exits(0)?;
    status()?.says("drift: none, looked for ")?.says("by ana")?.says("nothing open")?;
    ground.run(&["sandbox", "edit", "shop/dev", "QueueOrders", "VisibilityTimeout=99"])?.exits(0)?;
    status()?.says("drift: none, looked for ")?;
    ground.landfall(&["drift", "shop/dev"])?.exits(0)?;
    status()?.says("drift: 1 changed by hand (QueueOrders), looked for ")?;
    let report = ground.landfall(&["status", "shop/dev", "--format", "json"])?.exits(0)?.json()?;
    assert_eq!(
        (&report["targets"][0]["light"], &report["targets"][0]["drift"]["open"]),
        (&json!("look"), &json!(["QueueOrders"]))
    );
    ground.landfall(&["drift", "shop/dev", "--accept"])?.exits(0)?;
    status()?.says("drift: none, 1 accepted, looked for ")?;
    ground.file("dev", "tags: {stage: development}\n")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    status()?.says("drift: not looked for since its deployment")?;
    ground.landfall(&["ledger", "verify"])?.exits(0)?;
    Ok(())
}

#[test]
fn a_target_that_cannot_be_read_is_shown_as_such_and_keeps_no_other_from_being_shown() -> Told {
    let ground = shop("", "")?;
    std::fs::write(ground.path(".landfall/sandbox/ledger/targets/shop/dev/head.json"), "{")?;
    let shown = ground.landfall(&["status"])?.exits(1)?;
    shown
        .says("shop/dev      could not be read")?
        .says("shop/prod     not deployed")?
        .says("where dev or staging stands")?;
    let report = ground.landfall(&["status", "--format", "json"])?.exits(1)?.json()?;
    assert_eq!(report["targets"][0]["light"], "bad");
    assert!(report["targets"][0]["error"].is_string());
    Ok(())
}

#[test]
fn what_people_wrote_stays_text_in_markdown() -> Told {
    let ground = shop("", "")?;
    ground.landfall(&["hold", "shop/dev", "--why", "a|b <img src=x> @all\n::error::x"])?.exits(0)?;
    let shown = ground.landfall(&["status", "shop/dev", "--format", "markdown"])?.exits(0)?;
    assert!(shown.out.contains("a\\|b &lt;img src=x&gt; &#64;all"), "{}", shown.said());
    assert!(shown.out.lines().all(|line| line.starts_with('|')), "{}", shown.said());
    Ok(())
}
