//! What the cloud never makes smaller, or only in two steps, is refused before anything is begun.

use crate::ground::{Ground, Told};

const SHOP: &str = r#"
description: a shop
placement: {cloud: aws, account: "111111111111", region: us-east-1}
network: {range: 10.0.0.0/16, private: [10.0.1.0/24, 10.0.2.0/24], egress: none}
databases:
  main:
    engine: postgresql
    version: "16"
    name: shop
    size: {vcpu: 2, memory: 8GiB}
    storage: {size: 100GiB}
    backup: {keep: 7d}
"#;

#[test]
fn a_smaller_disk_an_older_engine_and_ranges_that_change_places_are_refused_before_anything_is_begun() -> Told {
    let ground = Ground::new()?;
    ground.environment(SHOP)?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    for (from, to, why) in [
        ("100GiB", "50GiB", "AllocatedStorage goes from 100 back to 50"),
        ("\"16\"", "\"15\"", "EngineVersion goes from 16 back to 15"),
        (
            "[10.0.1.0/24, 10.0.2.0/24]",
            "[10.0.2.0/24, 10.0.1.0/24]",
            "10.0.2.0/24 overlaps 10.0.2.0/24 of NetworkPrivate2",
        ),
    ] {
        ground.environment(&SHOP.replace(from, to))?;
        ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says("apply would refuse this")?.says(why)?;
        ground.landfall(&["apply", "shop/dev"])?.exits(3)?.says(why)?;
    }
    ground.environment(&SHOP.replace("100GiB", "200GiB"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.is_sound()
}
