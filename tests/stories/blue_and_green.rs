//! A new version of a service stands beside the old one, which takes over again when an alarm rings.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::ground::{Ground, Ran, Told, ran};
use crate::images;
use crate::scene::{SCENES, on_every_cloud};

const SHOP: &str = include_str!("../environments/valid/public-website.yaml");

/// The website at a version, whose requests are led over while its alarm is watched.
fn website(version: u32) -> String {
    SHOP.replace("    load-balancer:", "    rollout: {blue-green: 10m, watch: [alarm.failing]}\n    load-balancer:")
        .replace("WORKERS: 4", &format!("WORKERS: {version}"))
}

/// The website with its first version deployed and its second written.
fn ready() -> Result<Ground, Box<dyn std::error::Error>> {
    let ground = Ground::new()?;
    ground.environment(&website(1))?;
    apply(&ground, &[])?.exits(0)?;
    ground.environment(&website(2))?;
    Ok(ground)
}

fn apply(ground: &Ground, more: &[&str]) -> Result<Ran, Box<dyn std::error::Error>> {
    ground.landfall(&[&["apply", "shop/dev", "--approve", "widened-access,public-access"][..], more].concat())
}

/// Whether the first group of copies, or the second, gets every request.
fn serves(ground: &Ground, group: usize) -> Told {
    let found = ground.property("AWS::ElasticLoadBalancingV2::ListenerRule", "Actions.0.ForwardConfig.TargetGroups")?;
    let weights: Vec<Value> = found[0].as_array().into_iter().flatten().map(|one| one["Weight"].clone()).collect();
    let wanted = if group == 1 { [json!(100), json!(0)] } else { [json!(0), json!(100)] };
    if weights == wanted { Ok(()) } else { Err(format!("{weights:?}").into()) }
}

/// The alarm rings as soon as the stack is changed.
fn rings() -> Value {
    json!({"fault": "unwell", "resource": "AlarmFailing", "message": "7 > 5", "after_update": true})
}

#[test]
fn each_version_takes_over_with_the_other_group_of_copies_and_that_is_no_drift() -> Told {
    let ground = ready()?;
    serves(&ground, 1)?;
    apply(&ground, &[])?.exits(0)?;
    serves(&ground, 2)?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    apply(&ground, &[])?.exits(0)?.says("No changes")?;
    ground.environment(&website(3))?;
    apply(&ground, &[])?.exits(0)?;
    serves(&ground, 1)?;
    ground.is_sound()
}

#[test]
fn an_alarm_that_rings_while_the_old_copies_are_there_gives_them_every_request_back() -> Told {
    let ground = ready()?;
    ground.fault(&json!({"fault": "slow", "resource": "ServiceWeb", "seconds": 120.0}))?;
    let running = ground.start(&["apply", "shop/dev"])?;
    let begun = Instant::now();
    while serves(&ground, 2).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(100), "the new copies never took over");
        sleep(Duration::from_millis(50));
    }
    ground.no_faults()?;
    ground.fault(&json!({"fault": "unwell", "resource": "AlarmFailing", "message": "7 > 5"}))?;
    let ran = ran(running)?.exits(1)?;
    ran.says("first to fail: ServiceWeb (AWS::ECS::Service)")?.says("rang (7 > 5)")?.says("is serving again")?;
    serves(&ground, 1)?;
    assert_eq!(ground.stack()?.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    ground.no_faults()?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    apply(&ground, &[])?.exits(0)?;
    serves(&ground, 2)?;
    ground.is_sound()
}

#[test]
fn a_repair_and_a_rollback_wait_for_no_alarm() -> Told {
    let ground = ready()?;
    ground.fault(&rings())?;
    apply(&ground, &[])?.exits(1)?.says("rang (7 > 5)")?;
    serves(&ground, 1)?;
    apply(&ground, &["--at-once"])?.exits(0)?;
    serves(&ground, 2)?;
    ground.landfall(&["rollback", "shop/dev"])?.exits(0)?;
    serves(&ground, 1)?;
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
    ground.is_sound()
}

#[test]
fn what_would_lead_requests_to_copies_that_are_gone_is_refused() -> Told {
    let ground = ready()?;
    apply(&ground, &[])?.exits(0)?;
    ground.environment(&format!("{}tags: {{team: web}}\n", website(2)))?;
    apply(&ground, &[])?.exits(3)?.says("ServiceWebRule")?.says("take `rollout` of service.web out")?;
    ground.environment(&format!("{SHOP}tags: {{team: web}}\n").replace("WORKERS: 4", "WORKERS: 2"))?;
    apply(&ground, &["--approve", "irreversible,data-loss"])?.exits(0)?;
    ground.environment(&format!("{}tags: {{team: web}}\n", website(2)))?;
    apply(&ground, &[])?.exits(0)?;
    serves(&ground, 1)?;
    ground.is_sound()
}

/// The page at a version, which it answers with, and which is watched while the one before stands beside it.
fn page(ground: &Ground, version: &str) -> String {
    format!(
        "{}topics:
  trouble: {{subscribers: [{{email: ops@example.com}}]}}
alarms:
  deep:
    description: the page fails
    metric: {{of: service.page, name: errors}}
    statistic: sum
    over: 5m
    above: 100
    notify: [topic.trouble]
",
        ground
            .page()
            .replace("    load-balancer:", "    rollout: {blue-green: 10m, watch: [alarm.deep]}\n    load-balancer:")
            .replace("LEVEL: info", &format!("BUILD_DIGEST: {version}"))
    )
}

/// Deploys the page from a bundle.
fn apply_page(ground: &Ground, bundle: &str, more: &[&str]) -> Result<Ran, Box<dyn std::error::Error>> {
    let allowed = ["apply", "shop/dev", "--artifacts", bundle, "--approve", "widened-access,public-access"];
    ground.landfall(&[&allowed[..], more].concat())
}

/// The page with its first version deployed and its second written; gives the bundle that both run.
fn first_page(ground: &Ground) -> Result<String, Box<dyn std::error::Error>> {
    ground.environment(&page(ground, "one"))?;
    let bundle = images::bundle(ground, "shop", "page", "build")?;
    let first = apply_page(ground, &bundle, &[])?.exits(0)?;
    first.says("service.page is new")?.says_nothing_of("Blue and green")?;
    answers(ground, "one")?;
    ground.environment(&page(ground, "two"))?;
    Ok(bundle)
}

/// Fails unless that version answers.
fn answers(ground: &Ground, version: &str) -> Told {
    let found = ground.visit("http://page.example.com/health")?;
    if found["build"] == json!(version) { Ok(()) } else { Err(format!("{found} answers, and not {version}").into()) }
}

/// The page's alarm rings as soon as the stack is changed.
fn page_rings(ground: &Ground) -> Told {
    let alarm = ground.scene.alarm.id;
    ground.fault(&json!({"fault": "unwell", "resource": alarm, "message": "101 > 100", "after_update": true}))
}

fn no_drift(ground: &Ground) -> Told {
    ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0).map(|_| ())
}

#[test]
fn who_watches_what_for_how_long_is_decided_in_the_plan_and_shown_in_each_form() -> Told {
    on_every_cloud(|ground| {
        let bundle = first_page(ground)?;
        let by = if ground.scene.cloud == "aws" { "cloud" } else { "landfall" };
        let plan = ["plan", "shop/dev", "--artifacts", &bundle];
        let said = format!("{} watches alarm.deep for 10m", if by == "cloud" { "the cloud" } else { by });
        let planned = |more: &[&str]| ground.landfall(&[&plan[..], more].concat());
        // Lines are broken where a terminal ends.
        let text = planned(&[])?.exits(0)?.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("Blue and green") && text.contains(&said), "{text}");
        planned(&["--format", "markdown"])?.exits(0)?.says("#### Blue and green")?.says(&said)?;
        let json = planned(&["--format", "json"])?.exits(0)?.json()?;
        let rollout = &json["plan"]["rollouts"][0];
        assert_eq!(rollout["component"], "service.page");
        assert_eq!(rollout["by"], by);
        assert_eq!(rollout["seconds"], 600);
        assert_eq!(rollout["alarms"], json!([{"component": "alarm.deep", "id": ground.scene.alarm.id}]));
        assert_eq!(rollout["from"]["id"], if by == "cloud" { Value::Null } else { json!(ground.scene.page[0]) });
        let hasty = planned(&["--at-once"])?.exits(0)?;
        hasty.says("takes over at once")?.says_nothing_of("Blue and green")?;
        ground.is_sound()
    })
}

#[test]
fn a_new_version_takes_every_request_while_its_alarm_stays_quiet_and_that_is_no_drift() -> Told {
    on_every_cloud(|ground| {
        let bundle = first_page(ground)?;
        apply_page(ground, &bundle, &[])?.exits(0)?;
        answers(ground, "two")?;
        no_drift(ground)?;
        apply_page(ground, &bundle, &[])?.exits(0)?.says("No changes")?;
        ground.is_sound()
    })
}

#[test]
fn an_alarm_that_rings_leads_every_request_back_and_the_stack_follows_on_every_cloud() -> Told {
    on_every_cloud(|ground| {
        let bundle = first_page(ground)?;
        page_rings(ground)?;
        let ran = apply_page(ground, &bundle, &[])?.exits(1)?;
        let ran = ran.says(&format!("rang ({}", ground.scene.alarm.rings))?.says("is serving again")?;
        if ground.scene.cloud != "aws" {
            ran.says(&format!("{}: calls go to ", ground.scene.page[0]))?
                .says("what was good before is deployed again")?;
        }
        answers(ground, "one")?;
        ground.no_faults()?;
        no_drift(ground)?;
        apply_page(ground, &bundle, &[])?.exits(0)?;
        answers(ground, "two")?;
        ground.is_sound()
    })
}

#[test]
fn at_once_and_on_the_way_back_no_alarm_is_watched_on_any_cloud() -> Told {
    on_every_cloud(|ground| {
        let bundle = first_page(ground)?;
        page_rings(ground)?;
        let plan = ground.path("repair.plan").to_string_lossy().into_owned();
        let hasty = ["plan", "shop/dev", "--artifacts", &bundle, "--at-once", "--out", &plan];
        ground.landfall(&hasty)?.exits(0)?;
        ground.landfall(&["apply", &plan, "--artifacts", &bundle])?.exits(0)?;
        answers(ground, "two")?;
        ground.landfall(&["rollback", "shop/dev", "--approve", "widened-access,public-access"])?.exits(0)?;
        answers(ground, "one")?;
        no_drift(ground)?;
        ground.is_sound()
    })
}

/// Where landfall watches.
fn where_landfall_watches(story: impl Fn(&Ground) -> Told) -> Told {
    for scene in &SCENES[1..] {
        story(&Ground::on(scene)?).map_err(|error| format!("on {}: {error}", scene.cloud))?;
    }
    Ok(())
}

/// How many versions of the page have copies, where the sandbox tells.
fn awake(ground: &Ground) -> Result<usize, Box<dyn std::error::Error>> {
    let active = ground.property("Microsoft.App/containerApps/revisions", "properties.active")?;
    Ok(active.iter().filter(|active| **active == json!(true)).count())
}

#[test]
fn killed_while_it_watches_recover_goes_on_watching_and_ends_the_old_copies_when_all_stayed_quiet() -> Told {
    where_landfall_watches(|ground| {
        let bundle = first_page(ground)?;
        let apply = ["apply", "shop/dev", "--artifacts", &bundle];
        ground.killed_at(ground.scene.alarm.asked[1], &apply)?;
        answers(ground, "two")?;
        if ground.scene.cloud == "azure" {
            assert_eq!(awake(ground)?, 2);
        }
        ground.landfall(&["recover", "shop/dev"])?.exits(0)?.says("the new version of service.page (alarm.deep)")?;
        answers(ground, "two")?;
        if ground.scene.cloud == "azure" {
            assert_eq!(awake(ground)?, 1);
        }
        no_drift(ground)?;
        ground.is_sound()
    })
}

#[test]
fn killed_at_each_call_that_watches_switches_and_follows_recover_leads_back() -> Told {
    where_landfall_watches(|ground| {
        let bundle = first_page(ground)?;
        page_rings(ground)?;
        let (_, switch, _) = ground.scene.switch;
        for call in [ground.scene.alarm.asked[1]].iter().chain(switch) {
            ground.killed_at(call, &["apply", "shop/dev", "--artifacts", &bundle])?;
            answers(ground, "two")?;
            let ran = ground.landfall(&["recover", "shop/dev"])?;
            let code = if *call == ground.scene.alarm.asked[1] { 1 } else { 0 };
            ran.exits(code)?.says(&format!("{}: calls go to ", ground.scene.page[0]))?;
            answers(ground, "one")?;
            no_drift(ground)?;
        }
        ground.is_sound()
    })
}

#[test]
fn old_copies_that_a_killed_run_left_are_ended_by_recover_and_those_of_a_denied_one_by_the_next_deployment() -> Told {
    let ground = &Ground::on(&SCENES[1])?;
    let bundle = first_page(ground)?;
    let sleeps = "Microsoft.App/containerApps/action";
    ground.killed_at(sleeps, &["apply", "shop/dev", "--artifacts", &bundle])?;
    assert_eq!(awake(ground)?, 2);
    ground.landfall(&["recover", "shop/dev"])?.exits(0)?;
    assert_eq!(awake(ground)?, 1);
    ground.environment(&page(ground, "three"))?;
    ground.fault(&json!({
        "fault": "call", "service": "azure", "action": sleeps, "code": "AuthorizationFailed", "status": 403, "times": 9,
        "message": "The client 'ci' does not have authorization to perform action 'Microsoft.App/containerApps/revisions/deactivate/action' over scope '/s' or the scope is invalid.",
    }))?;
    apply_page(ground, &bundle, &[])?.exits(0)?.says("Old copies may run on")?;
    assert_eq!(awake(ground)?, 2);
    ground.no_faults()?;
    ground.environment(&page(ground, "four"))?;
    apply_page(ground, &bundle, &["--at-once"])?.exits(0)?;
    assert_eq!(awake(ground)?, 1);
    ground.is_sound()
}

#[test]
fn where_alarms_cannot_be_asked_the_new_version_stays_and_that_is_said() -> Told {
    where_landfall_watches(|ground| {
        let bundle = first_page(ground)?;
        let [service, action] = ground.scene.alarm.asked;
        let [code, message, said] = ground.scene.alarm.denied;
        ground.fault(&json!({
            "fault": "call", "service": service, "action": action, "code": code, "status": 403, "times": 9,
            "message": message,
        }))?;
        apply_page(ground, &bundle, &[])?.exits(3)?.says("whether it is well could not be asked")?.says(said)?;
        answers(ground, "two")?;
        ground.is_sound()
    })
}

#[test]
fn a_change_that_makes_no_new_version_is_not_watched() -> Told {
    let ground = &Ground::on(&SCENES[1])?;
    let bundle = first_page(ground)?;
    page_rings(ground)?;
    ground.environment(&page(ground, "one").replace("load-balancer: {", "load-balancer: {sticky: 1h, "))?;
    let ran = apply_page(ground, &bundle, &[])?.exits(0)?;
    ran.says("Blue and green")?.says_nothing_of("whether nothing rings")?;
    ground.is_sound()
}
