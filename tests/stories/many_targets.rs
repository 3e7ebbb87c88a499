//! Many targets in one call: as if each had been rendered alone, and told in order.

use std::fs;

use crate::ground::{Ground, SHOP, Told};

/// More than are rendered beside each other before anything is said.
const MANY: usize = 150;

#[test]
fn a_verdict_over_several_targets_names_those_that_are_not_valid() -> Told {
    let ground = Ground::new()?;
    ground.file("base", SHOP)?;
    for (name, text) in [("dev", ""), ("staging", "queues: {orders: {hiden-for: 1m}}\n"), ("prod", "")] {
        ground.file(name, text)?;
    }
    let said = ground.landfall(&["validate", "shop"])?.exits(1)?;
    assert_eq!(said.out, "Not valid: shop/staging, of 3 targets.\n");
    let report: serde_json::Value =
        serde_json::from_str(&ground.landfall(&["validate", "shop", "--format", "json"])?.exits(1)?.out)?;
    assert_eq!(report["invalid"], serde_json::json!(["shop/staging"]));
    ground.file("staging", "")?;
    assert_eq!(ground.landfall(&["validate", "shop"])?.exits(0)?.out, "Valid: 3 targets.\n");
    Ok(())
}

#[test]
fn many_targets_in_one_call_come_out_as_each_alone_and_are_told_in_order() -> Told {
    let ground = Ground::new()?;
    ground.file("base", SHOP)?;
    let folder = ground.path("environments/shop");
    for number in 0..MANY {
        let file = folder.join(format!("t{number:03}.yaml"));
        match number {
            70 => fs::write(file, "queues: {orders: {hiden-for: 1m}}\n")?,
            _ => fs::write(file, format!("queues: {{orders: {{hidden-for: {}s}}}}\n", number + 1))?,
        }
    }
    let out = ground.path("all").display().to_string();
    let ran =
        ground.landfall(&["render", "shop", "--out", &out, "--documents", "json"])?.exits(1)?.says("hidden-for")?;
    let told: Vec<&str> =
        ran.err.lines().filter(|line| line.starts_with("wrote ") && line.contains("shop/t")).collect();
    let sound = (0..MANY).filter(|number| *number != 70);
    let expected: Vec<String> = sound.map(|number| format!("wrote {out}/shop/t{number:03}/template.json")).collect();
    assert_eq!(told, expected);
    assert!(!ground.path("all/shop/t070").exists(), "a target with errors is not written");
    for number in [0, 63, 64, 149] {
        let target = format!("shop/t{number:03}");
        let alone = ground.landfall(&["render", &target, "--documents", "json"])?.exits(0)?.out;
        assert_eq!(fs::read_to_string(ground.path(&format!("all/{target}/template.json")))?, alone);
        assert!(alone.contains(&format!("\"VisibilityTimeout\": {}", number + 1)), "{alone}");
    }
    Ok(())
}
