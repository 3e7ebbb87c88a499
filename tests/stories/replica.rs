//! A database's copy in another region: made, and promoted where it is.

use serde_json::{Value, json};

use crate::ground::{Ground, Told};
use crate::scene::{SCENES, Scene};

const SHOP: &str = r#"
network: {range: 10.0.0.0/16, private: [10.0.1.0/24, 10.0.2.0/24], egress: none}
databases:
  main:
    engine: postgresql
    version: "16"
    name: shop
    size: {vcpu: 2, memory: 8GiB}
    storage: {size: 20GiB}
    backup: {keep: 7d}
    identity-login: true
"#;

/// The shop with a database, and what is said of that besides.
fn shop(ground: &Ground, scene: &Scene, database: &str) -> Told {
    ground.environment(&format!("description: a shop\nplacement: {}\n{SHOP}{database}", scene.placement))
}

/// An instance's name, its region, and what it follows.
type Instance = (String, String, Value);

/// What follows what, and where, by the names of Cloud SQL.
fn instances(ground: &Ground) -> Result<Vec<Instance>, Box<dyn std::error::Error>> {
    let kind = "google_sql_database_instance";
    let [names, regions, follows] =
        ["name", "region", "master_instance_name"].map(|property| ground.property(kind, property));
    let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
    let all = names?.into_iter().zip(regions?).zip(follows?);
    let mut all: Vec<Instance> = all.map(|((name, region), follows)| (text(name), text(region), follows)).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(all)
}

#[test]
fn a_copy_in_another_region_of_google_cloud_is_made_beside_the_database_and_takes_over_where_it_is() -> Told {
    const ELSEWHERE: &str = "shop-dev-main-replica-us-east1";
    let scene = &SCENES[2];
    let ground = Ground::on(scene)?;
    shop(&ground, scene, "")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;

    // It comes beside the database, which goes on as it was.
    shop(&ground, scene, "    replica-in: us-east1\n")?;
    let added = ground.landfall(&["plan", "shop/dev"])?.exits(0)?;
    added.says("1 to add")?.says_nothing_of("to replace")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    let main = ("shop-dev-main".to_owned(), "us-central1".to_owned());
    let copy = (ELSEWHERE.to_owned(), "us-east1".to_owned());
    assert_eq!(
        instances(&ground)?,
        [(main.0.clone(), main.1.clone(), Value::Null), (copy.0.clone(), copy.1.clone(), json!("shop-dev-main"))]
    );

    // It is promoted, and nothing is made anew.
    shop(&ground, scene, "    replica-in: us-east1\n    promoted: true\n")?;
    let promotion = ground.landfall(&["plan", "shop/dev"])?.exits(0)?;
    promotion.says("the replica is promoted to a database of its own, for good")?.says_nothing_of("to replace")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    assert_eq!(instances(&ground)?, [(main.0, main.1, Value::Null), (copy.0, copy.1, Value::Null)]);
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;

    // It can't follow again: that would take another one, and lose what this one holds by then.
    shop(&ground, scene, "    replica-in: us-east1\n")?;
    let back = ground.landfall(&["plan", "shop/dev"])?;
    back.says("what an instance follows is decided when it is created")?;
    ground.is_sound()
}
