//! What people do when something is wrong, and the way to another region.

use crate::ground::{Ground, SHOP, Told};

/// What `shop/dev` promises for the loss of its region.
const PROMISE: &str = "recovery: {region: us-west-2, environment: elsewhere, within: 4h, may-lose: 24h}\n";

/// A queue on other clouds.
const GOOGLE: &str = "description: A shop
placement: {cloud: gcp, account: shop-gcp, region: europe-west3}
queues:
  orders: {keep: 4d, dead-letters: {after: 5, keep: 14d}}
";
const AZURE: &str = "description: A shop
placement: {cloud: azure, account: 00000000-0000-4000-8000-000000000001, region: westeurope}
queues:
  orders: {keep: 4d, dead-letters: {after: 5, keep: 14d}}
";

/// A database with a replica whose lag is watched, and what is promised for its loss.
const KEPT: &str = r#"description: A shop
placement: {cloud: gcp, account: shop-gcp, region: europe-west3}
network: {range: 10.0.0.0/16, private: [10.0.1.0/24]}
databases:
  main: {engine: postgresql, version: "16", name: shop, size: {vcpu: 2, memory: 8GiB}, storage: {size: 20GiB}, replicas: 1, backup: {keep: 14d}}
topics:
  alerts: {subscribers: [{email: shop@example.com}]}
alarms:
  lag: {description: The replica is behind., metric: {of: database.main, name: replica-lag}, statistic: maximum, above: 90s, notify: [topic.alerts]}
promises:
  database: {within: 15m, may-lose: 1m}
"#;

/// A project whose `shop/dev` comes back as `shop/elsewhere`.
fn promised(promise: &str) -> Result<Ground, Box<dyn std::error::Error>> {
    let ground = Ground::new()?;
    ground.environment(&format!("{SHOP}{promise}"))?;
    ground.file("elsewhere", &SHOP.replace("us-east-1", "us-west-2"))?;
    Ok(ground)
}

#[test]
fn a_runbook_is_written_without_a_cloud_and_names_what_is_there() -> Told {
    let mut ground = Ground::new()?;
    ground.sleep();
    let runbook = ground.landfall(&["runbook", "shop/dev"])?.exits(0)?;
    assert!(runbook.err.is_empty(), "{}", runbook.said());
    let runbook =
        runbook.says("--queue-name shop-dev-orders-dead-letters")?.says("landfall rollback shop/dev --dry-run")?;
    let runbook = runbook.says_nothing_of("comes back as")?;
    let json = ground.landfall(&["runbook", "shop/dev", "--format", "json"])?.exits(0)?.json()?;
    assert_eq!(json["format_version"], 1);
    assert_eq!(json["markdown"].as_str(), Some(runbook.out.as_str()));
    Ok(())
}

#[test]
fn a_runbook_for_another_cloud_has_its_commands_and_its_names() -> Told {
    let mut ground = Ground::new()?;
    ground.sleep();
    ground.file("gcp", GOOGLE)?;
    let runbook = ground.landfall(&["runbook", "shop/gcp"])?.exits(0)?;
    assert!(runbook.err.is_empty(), "{}", runbook.said());
    runbook
        .says("gcloud infra-manager deployments describe shop-gcp --location=europe-west3")?
        .says("gcloud pubsub subscriptions pull shop-gcp-orders-dead-letters")?
        .says("landfall rollback shop/gcp --dry-run")?;
    ground.file("gcp", &GOOGLE.replace("europe-west3}", "europe-west3, engine: tofu}"))?;
    let runbook = ground.landfall(&["runbook", "shop/gcp"])?.exits(0)?;
    runbook.says("deployed by `tofu`, in the project shop-gcp")?.says_nothing_of("infra-manager")?;
    ground.file("azure", AZURE)?;
    let runbook = ground.landfall(&["runbook", "shop/azure"])?.exits(0)?;
    runbook.says("az stack group show --name shop-azure")?.says("/orders/$deadletterqueue/messages")?;
    Ok(())
}

#[test]
fn what_a_loss_costs_follows_from_the_components_and_is_held_against_the_promise() -> Told {
    let ground = Ground::new()?;
    let told = |text: &str| -> Result<crate::ground::Ran, Box<dyn std::error::Error>> {
        ground.file("gcp", text)?;
        ground.landfall(&["runbook", "shop/gcp"])?.exits(0)
    };
    // A replica, which people have to take, and which may be as far behind as no alarm says.
    told(KEPT)?
        .says("| database.main | people make the replica the database | 15m | 90s |")?
        .says("| A database is lost | 15m | 90s | within 15m, 1m lost (NOT kept) |")?
        .says("to any second of the last 7 days, before that to one of 14 daily copies")?
        .says("gcloud sql instances promote-replica shop-gcp-main-replica-1")?;
    // A standby has everything.
    told(&KEPT.replace("replicas: 1", "replicas: 1, high-availability: true"))?
        .says("| A database is lost | 2m | nothing | within 15m, 1m lost |")?;
    Ok(())
}

#[test]
fn a_runbook_of_what_cant_be_rendered_says_what_is_wrong() -> Told {
    let ground = Ground::new()?;
    ground.file("gcp", &GOOGLE.replace("keep: 14d", "keep: 32d"))?;
    let refused = ground.landfall(&["runbook", "shop/gcp"])?.exits(1)?;
    refused.says("gcp-message-retention")?.says("environments/shop/gcp.yaml:")?;
    Ok(())
}

#[test]
fn the_way_to_another_region_is_told_with_its_time_against_the_promise() -> Told {
    let ground = promised(PROMISE)?;
    let way = ground.landfall(&["failover", "shop/dev", "--to", "us-west-2", "--plan"])?.exits(0)?;
    let way = way.says("shop/dev comes back as shop/elsewhere in `us-west-2`: within 4h")?;
    way.says("| together | 15m: within the 4h that is promised |")?.says("landfall apply shop/elsewhere")?;
    ground.landfall(&["runbook", "shop/dev"])?.exits(0)?.says("shop/dev comes back as shop/elsewhere")?;
    let ground = promised(&PROMISE.replace("within: 4h", "within: 14m"))?;
    let way = ground.landfall(&["failover", "shop/dev", "--to", "us-west-2", "--plan"])?.exits(0)?;
    way.says("| together | 15m: NOT within the 14m that is promised |")?;
    Ok(())
}

#[test]
fn a_way_that_leads_nowhere_is_refused() -> Told {
    let ground = promised(PROMISE)?;
    ground.landfall(&["failover", "shop/dev", "--to", "eu-west-1", "--plan"])?.exits(64)?.says("not in eu-west-1")?;
    ground.landfall(&["failover", "shop/dev", "--to", "us-west-2"])?.exits(64)?.says("--plan")?;
    let missing = ground.landfall(&["failover", "shop/elsewhere", "--to", "us-east-1", "--plan"])?.exits(3)?;
    missing.says("shop/elsewhere promises nothing for the loss of its region")?;
    ground.file("elsewhere", SHOP)?;
    for verb in [&["failover", "shop/dev", "--to", "us-west-2", "--plan"][..], &["runbook", "shop/dev"]] {
        let stays = ground.landfall(verb)?.exits(3)?;
        stays
            .says("shop/dev can't come back as shop/elsewhere in us-west-2")?
            .says("shop/elsewhere stands in us-east-1")?;
    }
    Ok(())
}
