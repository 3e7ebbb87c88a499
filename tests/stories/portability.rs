//! What a cloud does with each component is shown in a table, and a cloud that can't be rendered for says so.

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
fn a_cloud_without_a_renderer_is_refused_at_its_place_and_nothing_is_written() -> Told {
    for cloud in ["gcp", "azure"] {
        let ground = Ground::new()?;
        ground.environment(&UPLOADS.replace("aws", cloud))?;
        let out = ground.path("out");
        let arguments = ["render", "shop/dev", "--out", &out.display().to_string()];
        ground
            .run(&arguments)?
            .exits(1)?
            .says("error[cloud-without-renderer]")?
            .says("environments/shop/dev.yaml:2:20")?;
        assert!(!out.exists());
        for arguments in [["validate", "shop/dev"].as_slice(), &["render", "shop/dev", "--portability"]] {
            let ran = ground.run(arguments)?.exits(1)?.says("error[cloud-without-renderer]")?;
            assert!(!ran.out.contains("rendered "), "{}", ran.out);
        }
    }
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
