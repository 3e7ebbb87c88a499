//! What a cloud does with each component is shown in a table, and a field marked as a must fails where the cloud only comes near.

use crate::ground::{Ground, SHOP, Told};

const UPLOADS: &str = "description: a shop\nplacement: {cloud: aws, account: \"111122223333\", region: us-east-1}\nbuckets: {uploads: {}}\n";

#[test]
fn the_table_has_a_row_for_each_component() -> Told {
    let ground = Ground::new()?;
    ground.environment(UPLOADS)?;
    let shown = ground.run(&["render", "shop/dev", "--portability"])?.exits(0)?;
    assert!(shown.out.starts_with("shop/dev on aws\n  rendered      bucket.uploads\n"), "{}", shown.out);
    let json = ground.run(&["--format", "json", "render", "shop/dev", "--portability"])?.exits(0)?.json()?;
    let row = &json["targets"][0]["rows"][0];
    assert_eq!(row["component"], "bucket.uploads");
    assert!(row["departure"].is_null(), "{json}");
    Ok(())
}

#[test]
fn the_same_stack_renders_on_every_cloud() -> Told {
    for (cloud, account, region, document) in [
        ("aws", "111122223333", "us-east-1", "template.yaml"),
        ("gcp", "shop-dev-1", "europe-west3", "main.tf.json"),
        ("azure", "11111111-2222-3333-4444-555555555555", "westeurope", "azuredeploy.json"),
    ] {
        let ground = Ground::new()?;
        ground.environment(&format!(
            "description: a shop\nplacement: {{cloud: {cloud}, account: \"{account}\", region: {region}}}\nnetwork: {{range: 10.0.0.0/16, private: [10.0.0.0/23, 10.0.2.0/23], egress: none}}\nbuckets: {{uploads: {{}}}}\n"
        ))?;
        let out = ground.path("out");
        ground.run(&["render", "shop/dev", "--out", &out.display().to_string()])?.exits(0)?;
        let text = std::fs::read_to_string(out.join("shop/dev").join(document))?;
        assert!(text.contains("uploads"), "{text}");
        let shown = ground.run(&["render", "shop/dev", "--portability"])?.exits(0)?;
        assert!(
            shown.out.starts_with(&format!("shop/dev on {cloud}\n  rendered      bucket.uploads\n")),
            "{}",
            shown.out
        );
    }
    Ok(())
}

#[test]
fn another_cloud_says_what_it_does_nearly_and_fails_where_that_is_forbidden() -> Told {
    let ground = Ground::new()?;
    let azure = "description: a shop\nplacement: {cloud: azure, account: 11111111-2222-3333-4444-555555555555, region: westeurope}\nnetwork: {range: 10.0.0.0/16, private: [10.0.0.0/23, 10.0.2.0/24], egress: none}\nbuckets: {uploads: {}}\n";
    ground.environment(azure)?;
    let out = ground.path("out");
    ground.run(&["render", "shop/dev", "--out", &out.display().to_string()])?.exits(0)?;
    assert!(out.join("shop/dev/azuredeploy.json").exists());
    let shown = ground.run(&["render", "shop/dev", "--portability"])?.exits(0)?;
    assert!(shown.out.contains("rendered      bucket.uploads\n"), "{}", shown.out);
    assert!(shown.out.contains("approximated  network.private"), "{}", shown.out);
    ground.environment(&format!("{azure}portability: {{must: [network.private]}}\n"))?;
    ground.run(&["render", "shop/dev"])?.exits(1)?.says("error[must-be-as-asked]")?;
    Ok(())
}

#[test]
fn two_templates_of_another_cloud_are_compared_too() -> Told {
    let ground = Ground::new()?;
    let template = |days: u32| {
        format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
            "resources": [{{"type": "Microsoft.DBforPostgreSQL/flexibleServers", "apiVersion": "2025-08-01", "name": "main",
            "location": "westeurope", "properties": {{"backup": {{"backupRetentionDays": {days}}}}}}}]}}"#
        )
    };
    let (old, new) = (ground.path("old.json"), ground.path("new.json"));
    std::fs::write(&old, template(30))?;
    std::fs::write(&new, template(7))?;
    let (old, new) = (old.display().to_string(), new.display().to_string());
    let shown = ground.run(&["diff", &old, &new])?.exits(0)?;
    assert!(shown.out.contains("backupRetentionDays") && shown.out.contains("data-loss"), "{}", shown.out);
    ground.run(&["diff", &old, &old])?.exits(0)?.says("No changes")?;
    Ok(())
}

#[test]
fn only_targets_of_the_cloud_asked_for_are_compared() -> Told {
    let ground = Ground::new()?;
    ground.environment(SHOP)?;
    ground.run(&["render", "--portability", "--cloud", "gcp"])?.exits(64)?.says("no target is of that cloud")?;
    Ok(())
}

#[test]
fn what_has_to_be_as_asked_fails_where_the_cloud_only_comes_near() -> Told {
    let ground = Ground::new()?;
    let near = format!("{UPLOADS}logs: {{keep: 31d}}\n");
    ground.environment(&near)?;
    ground.run(&["render", "shop/dev"])?.exits(0)?.says("warning[log-retention]")?;
    ground.run(&["render", "shop/dev", "--portability"])?.exits(0)?.says("approximated  logs.keep")?;
    ground.environment(&format!("{near}portability: {{must: [logs.keep]}}\n"))?;
    ground
        .run(&["render", "shop/dev"])?
        .exits(1)?
        .says("error[must-be-as-asked]")?
        .says("logs.keep must be as asked")?;
    ground.run(&["render", "shop/dev", "--portability"])?.exits(1)?.says("forbidden     logs.keep")?;
    Ok(())
}
