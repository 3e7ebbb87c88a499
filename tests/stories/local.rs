//! What a target needs on one machine.

use std::fs;
use std::io::{BufRead as _, BufReader};

use crate::ground::{Ground, Told, ran, signal};

const SHOP: &str = r#"
description: A shop
placement: {cloud: aws, account: "111122223333", region: eu-west-1}
network: {range: 10.0.0.0/16, public: [10.0.1.0/24, 10.0.2.0/24], private: [10.0.3.0/24, 10.0.4.0/24], egress: single}
databases:
  main:
    engine: postgresql
    version: "15"
    name: shop
    size: {vcpu: 2, memory: 4GiB}
    storage: {size: 20GiB}
    backup: {keep: 7d}
    parameters: {max_connections: 50}
buckets:
  uploads: {description: What customers send}
queues:
  orders: {hidden-for: 30s, dead-letters: {after: 5}}
settings:
  mail: {description: Whether mails are sent, path: features/mail, value: true}
  greeting: {description: What is said, value: "it's $5"}
"#;

#[test]
fn the_compose_file_has_what_the_environment_has_under_names_of_its_own() -> Told {
    let ground = Ground::new()?;
    ground.environment(SHOP)?;
    let out = ground.path("here").to_string_lossy().into_owned();
    ground
        .run(&["local", "shop/dev", "--out", &out, "--migrations", "./migrations"])?
        .exits(0)?
        .says("compose.yaml")?;
    let written = fs::read_to_string(ground.path("here/compose.yaml"))?;
    for what in [
        "image: postgres:15\n",
        "- \"max_connections=50\"\n",
        "POSTGRES_DB: shop\n",
        "source: \"./migrations\"\n",
        "SERVICES: cloudwatch,events,s3,sqs,ssm\n",
        "aws s3 mb s3://shop-uploads-local\n",
        "--queue-name orders-dead-letters ",
        "arn:aws:sqs:eu-west-1:000000000000:orders-dead-letters",
        "--name /local/shop/features/mail --type String --value 'true'\n",
        "--name /local/shop/database/url --type SecureString --value 'postgres://postgres:localdev@postgres:5432/shop'\n",
        // Compose takes a single sign for a variable.
        r"--value 'it'\''s $$5'",
    ] {
        assert!(written.contains(what), "{what}: {written}");
    }
    let again = ground.run(&["local", "shop/dev", "--migrations", "./migrations"])?.exits(0)?;
    assert_eq!(again.out, written);
    Ok(())
}

#[test]
fn without_containers_the_sandbox_stands_in_with_what_the_environment_has() -> Told {
    let mut ground = Ground::new()?;
    ground.environment(SHOP)?;
    // The one that runs is taken.
    let first = ground.run(&["local", "shop/dev", "--start", "--format", "json"])?.exits(0)?.json()?;
    assert_eq!((&first["made"], &first["already_there"]), (&6.into(), &0.into()), "{first}");
    let second = ground.run(&["local", "shop/dev", "--start", "--format", "json"])?.exits(0)?.json()?;
    assert_eq!((&second["made"], &second["already_there"]), (&0.into(), &6.into()), "{second}");
    assert!(ground.property("AWS::S3::Bucket", "BucketName")?.contains(&"shop-uploads-local".into()));
    assert!(ground.property("AWS::SSM::Parameter", "Name")?.contains(&"/local/shop/features/mail".into()));
    // None runs: it is started, and stays until it is interrupted.
    ground.sleep();
    let mut started = ground.command(&["local", "shop/dev", "--start", "--port", "0"]).spawn()?;
    let mut said = String::new();
    BufReader::new(started.stdout.as_mut().ok_or("standard output is taken")?).read_line(&mut said)?;
    assert!(said.contains("with 6 resources (0 made now)"), "{said}");
    signal(&started, "INT")?;
    ran(started)?.exits(0)?.says("Its state stays")?;
    Ok(())
}
