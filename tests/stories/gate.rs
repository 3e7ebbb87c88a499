//! What is looked at after a deployment, and what comes of it.

use serde_json::{Value, json};

use crate::ground::{Ground, Ran, Told, until};
use crate::images;
use crate::rolled_back::{WITH_CODE, seal};
use crate::scene::{Alarm, SCENES, on_every_cloud};

/// The shop with an alarm that has to stay quiet.
fn watched(ground: &Ground, hidden_for: &str) -> String {
    let shop = ground.shop().replace("hidden-for: 30s", &format!("hidden-for: {hidden_for}"));
    format!(
        "{shop}gates: {{alarms-quiet: 5m}}
topics:
  trouble: {{subscribers: [{{email: ops@example.com}}]}}
alarms:
  deep:
    description: orders pile up
    metric: {{of: queue.orders, name: depth}}
    above: 100
    notify: [topic.trouble]
"
    )
}

/// The alarm rings as soon as the stack is changed.
fn rings(alarm: &str) -> Value {
    json!({"fault": "unwell", "resource": alarm, "message": "101 > 100", "after_update": true})
}

/// What a gate says of the alarm that rings.
fn said(ground: &Ground) -> String {
    let Alarm { id, rings, .. } = ground.scene.alarm;
    format!("the alarm {id} rings: {rings}")
}

/// Fails unless messages stay hidden as long as the shop's first file says, or as its second.
fn hidden_as_in(ground: &Ground, file: usize) -> Told {
    let found = ground.hidden()?;
    if found.iter().any(|value| value == ground.scene.values[file]) { Ok(()) } else { Err(format!("{found:?}").into()) }
}

fn last_outcome(ground: &Ground) -> Result<Value, Box<dyn std::error::Error>> {
    let entries = ground.entries()?;
    let outcome = entries.iter().rev().find(|entry| entry["record"]["kind"] == "outcome");
    Ok(outcome.ok_or("no outcome")?["record"].clone())
}

#[test]
fn a_deployment_whose_alarms_stay_quiet_is_recorded_as_well() -> Told {
    on_every_cloud(|ground| {
        ground.environment(&watched(ground, "30s"))?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("whether the stack's alarms stay quiet")?;
        assert_eq!(last_outcome(ground)?["judgement"]["is"], "well");
        ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("and well")?;
        ground.is_sound()
    })
}

#[test]
fn an_alarm_that_rings_brings_back_what_was_good_before_and_is_not_asked_about_that() -> Told {
    on_every_cloud(|ground| {
        ground.environment(&watched(ground, "30s"))?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.fault(&rings(ground.scene.alarm.id))?;
        ground.environment(&watched(ground, "45s"))?;
        let ran = ground.landfall(&["apply", "shop/dev"])?.exits(1)?;
        ran.says("isn't well")?.says(&said(ground))?.says("what was good before is deployed again")?;
        hidden_as_in(ground, 0)?;
        ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("NOT WELL")?.says("began to go back to")?;
        let entries = ground.entries()?;
        let back = entries.iter().rev().find(|entry| entry["record"]["kind"] == "intent").ok_or("no intent")?;
        let held = back["record"]["purpose"]["held"].as_str();
        assert!(held.is_some_and(|why| why.contains(ground.scene.alarm.id)), "{back}");
        assert_eq!(back["record"]["purpose"]["origin"], json!({"how": "rolled-back", "to": 1}));
        ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        ground.landfall(&["rollback", "shop/dev"])?.exits(0)?.says("already")?;
        ground.is_sound()
    })
}

#[test]
fn what_is_not_well_stays_where_going_back_would_lose_data() -> Told {
    on_every_cloud(|ground| {
        ground.environment(&watched(ground, "30s"))?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.fault(&rings(ground.scene.alarm.id))?;
        let more = watched(ground, "45s").replace("queues:\n", "queues:\n  returns: {dead-letters: {after: 3}}\n");
        ground.environment(&more)?;
        let ran = ground.landfall(&["apply", "shop/dev", "--approve", "widened-access"])?.exits(1)?;
        let returns = ground.scene.queue.replace("Orders", "Returns").replace("orders", "returns");
        ran.says(&said(ground))?.says("it stays")?.says(&returns)?;
        hidden_as_in(ground, 1)?;
        ground.landfall(&["status"])?.exits(0)?.says("HELD from promotions")?;
        ground.landfall(&["recover", "shop/dev"])?.exits(0)?;
        hidden_as_in(ground, 1)?;
        ground.no_faults()?;
        ground.landfall(&["rollback", "shop/dev", "--approve", "data-loss,irreversible"])?.exits(0)?;
        hidden_as_in(ground, 0)?;
        ground.is_sound()
    })
}

#[test]
fn what_is_not_well_stays_where_the_schema_left_the_old_build_behind() -> Told {
    let ground = Ground::new()?;
    let alarm =
        "{description: it fails, metric: {of: function.worker, name: errors}, above: 0, notify: [topic.trouble]}";
    let topics = "topics: {trouble: {subscribers: [{email: ops@example.com}]}}\n";
    ground.environment(&format!("{WITH_CODE}gates: {{alarms-quiet: 5m}}\n{topics}alarms: {{deep: {alarm}}}\n"))?;
    seal(&ground, "1.0.0", 3, 1)?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?;
    seal(&ground, "2.0.0", 5, 4)?;
    ground.fault(&rings("AlarmDeep"))?;
    let ran = ground.landfall(&["apply", "shop/dev", "--release", "2.0.0"])?.exits(1)?;
    ran.says("it stays")?.says("the schema is at version 5")?;
    let held = ground.landfall(&["status", "shop/dev"])?.exits(0)?;
    held.says("UNWELL")?.says("HELD from promotions")?;
    ground.is_sound()
}

#[test]
fn what_could_not_be_asked_is_not_taken_for_sick_and_nothing_is_taken_back() -> Told {
    on_every_cloud(|ground| {
        let Alarm { asked: [service, action], denied: [code, message, said], .. } = ground.scene.alarm;
        ground.environment(&watched(ground, "30s"))?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.environment(&watched(ground, "45s"))?;
        ground.fault(&json!({
            "fault": "call", "service": service, "action": action, "code": code, "status": 403, "times": 9,
            "message": message,
        }))?;
        let ran = ground.landfall(&["apply", "shop/dev"])?.exits(3)?;
        ran.says("whether it is well could not be asked")?.says(said)?;
        hidden_as_in(ground, 1)?;
        assert_eq!(last_outcome(ground)?["judgement"]["is"], "not-asked");
        ground.is_sound()
    })
}

#[test]
fn an_alarm_that_rang_before_is_not_the_deployments_doing() -> Told {
    on_every_cloud(|ground| {
        ground.environment(&watched(ground, "30s"))?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.fault(&json!({"fault": "unwell", "resource": ground.scene.alarm.id}))?;
        ground.environment(&watched(ground, "45s"))?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        hidden_as_in(ground, 1)?;
        ground.is_sound()
    })
}

#[test]
fn a_first_deployment_that_is_not_well_stays_for_there_is_nothing_to_go_back_to() -> Told {
    on_every_cloud(|ground| {
        ground.environment(&watched(ground, "30s"))?;
        ground.fault(&rings(ground.scene.alarm.id))?;
        ground.landfall(&["apply", "shop/dev"])?.exits(1)?.says("there is nothing to go back to")?;
        assert_eq!(ground.stack()?.as_deref(), Some(ground.scene.states[0]));
        ground.landfall(&["status"])?.exits(0)?.says("UNWELL")?;
        ground.no_faults()?;
        ground.environment(&watched(ground, "45s"))?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.is_sound()
    })
}

#[test]
fn a_run_killed_while_it_looks_is_judged_by_recover_as_it_would_have_been() -> Told {
    on_every_cloud(|ground| {
        let [service, action] = ground.scene.alarm.asked;
        ground.environment(&watched(ground, "30s"))?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.fault(&rings(ground.scene.alarm.id))?;
        let late = json!({"fault": "delay", "service": service, "action": action, "milliseconds": 20000, "times": 1});
        ground.fault(&late)?;
        ground.environment(&watched(ground, "45s"))?;
        let mut killed = ground.start(&["apply", "shop/dev"])?;
        until(&mut killed, "whether the stack's alarms stay quiet")?;
        killed.kill()?;
        killed.wait()?;
        hidden_as_in(ground, 1)?;
        ground.landfall(&["recover", "shop/dev"])?.exits(1)?.says("what was good before is deployed again")?;
        hidden_as_in(ground, 0)?;
        ground.is_sound()
    })
}

/// Deploys the page.
fn apply_page(ground: &Ground, artifacts: &str) -> Result<Ran, Box<dyn std::error::Error>> {
    let allowed = ["--approve", "widened-access,public-access"];
    ground.landfall(&[&["apply", "shop/dev", "--artifacts", artifacts][..], &allowed].concat())
}

/// The page, which is asked whether it is well after a deployment.
fn asked(ground: &Ground, health: &str) -> String {
    format!(
        "{}gates: {{well-within: 10m, health: {{of: service.page, path: /health, within: 1s{health}}}}}\n",
        ground.page()
    )
}

#[test]
fn a_service_whose_copies_do_not_run_and_one_whose_health_path_does_not_answer_are_not_well() -> Told {
    on_every_cloud(|ground| {
        let page = asked(ground, "");
        ground.environment(&page)?;
        let one = images::bundle(ground, "shop", "page", "one")?;
        apply_page(ground, &one)?.exits(0)?.says("whether https://page.example.com/health answers")?;
        let [service, door] = ground.scene.page;
        for (resource, said) in [(service, ground.scene.page_down), (door, "/health: it answers with 503")] {
            let unwell = json!({"fault": "unwell", "resource": resource, "message": "No luck", "after_update": true});
            ground.fault(&unwell)?;
            ground.environment(&page.replace("LEVEL: info", &format!("LEVEL: {said:.3}")))?;
            let ran = apply_page(ground, &one)?.exits(1)?;
            ran.says(said)?.says("what was good before is deployed again")?;
            ground.no_faults()?;
        }
        ground.is_sound()
    })
}

#[test]
fn the_build_of_a_service_that_answers_has_to_be_the_one_that_was_deployed() -> Told {
    on_every_cloud(|ground| {
        let page = asked(ground, ", build: /build");
        ground.environment(&page)?;
        let mut digests = Vec::new();
        for build in ["one", "two"] {
            let bundle = images::bundle(ground, "shop", "page", build)?;
            let digest = images::digest(&bundle, "shop", "page")?.trim_start_matches("sha256:").to_owned();
            let first_digits = digest[..12].to_owned();
            apply_page(ground, &bundle)?.exits(0)?.says(&format!("answers as the build {first_digits}"))?;
            digests.push(digest);
        }
        // A 200 of what was there before is no proof. Here it goes on saying what it was.
        ground.environment(&page.replace("LEVEL: info", &format!("BUILD_DIGEST: {}", digests[1])))?;
        let three = images::bundle(ground, "shop", "page", "three")?;
        let new = images::digest(&three, "shop", "page")?.trim_start_matches("sha256:")[..12].to_owned();
        let ran = apply_page(ground, &three)?.exits(1)?;
        ran.says(&format!("/health: the build {} answers, and not {new}, which was deployed", &digests[1][..12]))?
            .says("what was good before is deployed again")?;
        // One that says nothing is none either.
        ground.environment(&page.replace("/build", "x-build"))?;
        apply_page(ground, &three)?.exits(1)?.says("its answer shows no build at x-build")?;
        ground.is_sound()
    })
}

#[test]
fn before_the_first_image_nothing_is_asked_where_the_first_image_makes_the_service() -> Told {
    for scene in &SCENES[1..] {
        let ground = Ground::on(scene)?;
        ground.environment(&asked(&ground, ""))?;
        let ran = ground.landfall(&["apply", "shop/dev", "--approve", "widened-access,public-access"])?.exits(0)?;
        ran.says_nothing_of("whether https://")?;
        ground.is_sound()?;
    }
    Ok(())
}

/// The shop with an API, whose health path has to show the build that answers.
fn answering(shown: &str, variables: &str) -> String {
    let code = WITH_CODE.replace("timeout: 10s}", &format!("timeout: 10s{variables}}}"));
    let gates = format!("gates: {{health: {{of: api.v1, path: /health, build: {shown}, within: 1s}}}}");
    format!("{code}apis: {{v1: {{run: function.worker, throttle: {{per-second: 10, burst: 20}}}}}}\n{gates}\n")
}

#[test]
fn the_build_that_answers_has_to_be_the_one_that_was_deployed() -> Told {
    let ground = Ground::new()?;
    let first_digits = |release: &str| landfall::plan::digest::Digest::of(release.as_bytes()).hex()[..12].to_owned();
    let apply = |release: &str| {
        let approve = "widened-access,public-access";
        ground.landfall(&["apply", "shop/dev", "--release", release, "--approve", approve])
    };
    ground.environment(&answering("/build", ""))?;
    for release in ["1.0.0", "2.0.0"] {
        seal(&ground, release, 1, 1)?;
        apply(release)?.exits(0)?.says(&format!("answers as the build {}", first_digits(release)))?;
    }
    // A 200 of what was there before is no proof. Here it goes on saying what it was.
    let before = landfall::plan::digest::Digest::of(b"2.0.0");
    ground.environment(&answering("/build", &format!(", environment: {{BUILD_DIGEST: {}}}", before.hex())))?;
    seal(&ground, "3.0.0", 1, 1)?;
    let (old, new) = (first_digits("2.0.0"), first_digits("3.0.0"));
    let ran = apply("3.0.0")?.exits(1)?;
    ran.says(&format!("/health: the build {old} answers, and not {new}, which was deployed"))?
        .says("what was good before is deployed again")?;
    // One that says nothing is none either.
    ground.environment(&answering("x-build", ""))?;
    seal(&ground, "4.0.0", 1, 1)?;
    apply("4.0.0")?.exits(1)?.says("its answer shows no build at x-build")?;
    ground.is_sound()
}

#[test]
fn before_the_first_build_there_is_none_that_could_answer() -> Told {
    let ground = Ground::new()?;
    ground.environment(&answering("/build", ""))?;
    let ran = ground.landfall(&["apply", "shop/dev", "--approve", "widened-access,public-access"])?.exits(0)?;
    ran.says("which build does is not proved")?;
    ground.is_sound()
}

#[test]
fn a_database_that_stopped_is_not_well() -> Told {
    let ground = Ground::new()?;
    let database = include_str!("../environments/valid/database-with-readers.yaml");
    ground.environment(&format!("{database}gates: {{well-within: 10m}}\n"))?;
    ground.fault(&json!({"fault": "unwell", "resource": "DatabaseMain"}))?;
    let ran = ground.landfall(&["apply", "shop/dev", "--approve", "widened-access,public-access"])?.exits(1)?;
    ran.says("DatabaseMain (AWS::RDS::DBInstance): the database is stopped")?;
    ground.is_sound()
}

#[test]
fn a_database_on_google_cloud_that_stopped_is_not_well() -> Told {
    let ground = Ground::on(&SCENES[2])?;
    ground.system("entmoot")?;
    let file = ground.path("environments/entmoot/prod-gcp.yaml");
    let environment = std::fs::read_to_string(&file)?;
    ground.landfall(&["apply", "entmoot/prod-gcp"])?.exits(0)?.says("Apply complete")?;
    std::fs::write(&file, format!("{environment}\ntags: {{again: \"1\"}}\n"))?;
    ground.fault(&json!({"fault": "unwell", "resource": "google_sql_database_instance.database_main"}))?;
    let ran = ground.landfall(&["apply", "entmoot/prod-gcp"])?.exits(1)?;
    ran.says("google_sql_database_instance.database_main (google_sql_database_instance): it is suspended")?;
    Ok(())
}
