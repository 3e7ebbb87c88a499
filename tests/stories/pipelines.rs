//! Writing a pipeline.

use std::fs;

use crate::ground::{Ground, SHOP, Told};

const ASKED: [&str; 7] =
    ["ci", "github", "shop", "--repository", "example/shop", "--install", "tools/install-landfall"];

#[test]
fn a_pipeline_is_written_for_targets_whose_ledger_outlives_a_runner() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&ASKED)?.exits(3)?.says("a runner forgets its folders")?.says("help: set `ledger: s3://")?;
    assert!(!ground.path(".github").exists() && !ground.path("deploy-roles").exists());
    ground.environment(&format!("{SHOP}ledger: s3://example-ledgers/shop\n"))?;
    let ran = ground.landfall(&ASKED)?.exits(0)?;
    ran.says("wrote .github/workflows/landfall-plan.yml")?
        .says("wrote deploy-roles/111122223333.yaml")?
        .says("the roles of shop/dev have no bounds")?;
    let apply = fs::read_to_string(ground.path(".github/workflows/landfall-apply.yml"))?;
    assert!(
        apply.contains("run: tools/install-landfall") || apply.contains("run: \"tools/install-landfall\""),
        "{apply}"
    );
    assert!(apply.contains("role-to-assume: arn:aws:iam::111122223333:role/landfall/shop-dev-apply"), "{apply}");
    // Where the environment says it, the workflow doesn't.
    assert!(!apply.contains("LANDFALL_LEDGER"), "{apply}");
    assert!(!ground.path(".github/workflows/landfall-promote.yml").exists(), "nothing is promoted");
    Ok(())
}

#[test]
fn the_bounds_that_an_environment_names_are_written_and_asked_for() -> Told {
    let ground = Ground::new()?;
    let bounded = SHOP.replace("region: us-east-1", "region: us-east-1, roles-bounded-by: landfall/shop-dev-bounds");
    ground.environment(&format!("{bounded}ledger: s3://example-ledgers/shop\n"))?;
    ground.landfall(&ASKED)?.exits(0)?.says_nothing_of("have no bounds")?;
    let roles = fs::read_to_string(ground.path("deploy-roles/111122223333.yaml"))?;
    assert!(roles.contains("ManagedPolicyName: shop-dev-bounds"), "{roles}");
    Ok(())
}

#[test]
fn where_releases_are_promoted_there_is_a_workflow_that_does_it_in_the_later_environment() -> Told {
    let ground = Ground::new()?;
    ground.environment(&format!("{SHOP}ledger: s3://example-ledgers/shop\n"))?;
    ground.file("prod", &format!("{SHOP}ledger: s3://example-ledgers/shop\ngates: {{from: dev}}\n"))?;
    ground.landfall(&ASKED)?.exits(0)?;
    let read = |name: &str| fs::read_to_string(ground.path(&format!(".github/workflows/landfall-{name}.yml")));
    let promote = read("promote")?;
    assert!(
        promote.contains("environment: shop-prod\n") && promote.contains("promote shop --from dev --to prod"),
        "{promote}"
    );
    assert!(!read("apply")?.contains("shop-prod"), "a release enters production by promotion only");
    Ok(())
}

#[test]
fn a_repository_that_is_none_is_wrong_usage() -> Told {
    let ground = Ground::new()?;
    for repository in ["shop", "acme/shop/x", "acme/*", "/shop"] {
        let asked = ["ci", "github", "--repository", repository, "--install", "true"];
        ground.landfall(&asked)?.exits(64)?.says("OWNER/NAME")?;
    }
    Ok(())
}
