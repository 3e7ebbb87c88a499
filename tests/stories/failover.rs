//! The way to another region, gone as a drill.

use std::error::Error;
use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::ground::{Ground, Ran, Told};
use crate::postgres::{PASSWORD, Postgres};

const SHOP: &str = r#"
description: A shop that takes orders
placement: {cloud: aws, account: "111122223333", region: us-east-1}
artifacts:
  worker: {description: Works, zip: dist/worker.zip}
network: {range: 10.0.0.0/16, public: [10.0.0.0/24, 10.0.1.0/24], private: [10.0.16.0/20, 10.0.32.0/20], egress: single}
databases:
  main:
    engine: postgresql
    version: "15"
    name: shop
    size: {vcpu: 2, memory: 4GiB}
    storage: {size: 20GiB}
    backup: {keep: 7d, window: "03:00-04:00"}
    maintenance: sun 04:30-05:30
functions:
  filler: {description: Fills, artifact: worker, handler: fill, memory: 128MiB, timeout: 1m, private: true, access: {database.main: [connect]}, environment: {DATABASE_HOST: {from: database.main.host}}}
  api: {description: Answers, artifact: worker, handler: api, memory: 128MiB, timeout: 10s}
apis:
  v1: {description: The door, run: function.api, throttle: {per-second: 10, burst: 20}}
"#;

const DOMAIN: &str = "domain: {name: shop.example.com, zone: Z0SHOP}\n";
const RECOVERY: &str = r#"
recovery:
  region: us-west-2
  environment: elsewhere
  within: 4h
  may-lose: 24h
  reset:
    database: database.main
    sql: UPDATE orders SET state = 'lost', told = told + 1 WHERE state = 'open';
  backfill: {function: function.filler, input: {limit: 10}, when: Until nothing is left, left: /remaining}
"#;
const VARIABLE: &str = "LANDFALL_DRILL_DATABASE";

/// A deployed shop that comes back elsewhere, and a database with three open orders.
struct Scene {
    ground: Ground,
    postgres: Postgres,
}

impl Scene {
    fn new() -> Result<Scene, Box<dyn Error>> {
        let ground = Ground::new()?;
        let here = SHOP.replace("backup: {", "backup: {copied-to: us-west-2, ");
        ground.environment(&format!("{here}{DOMAIN}{RECOVERY}"))?;
        let there = SHOP.replace("us-east-1", "us-west-2");
        ground.file(
            "elsewhere",
            &format!("{there}domain: {{name: shop.example.com}}\nprotection: {{termination: true}}\n"),
        )?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        let postgres = Postgres::start()?;
        postgres.ask("CREATE TABLE orders (state text, told int); INSERT INTO orders SELECT 'open', 0 FROM generate_series(1, 3)")?;
        Ok(Scene { ground, postgres })
    }

    fn start(&self, more: &[&str]) -> Result<Child, Box<dyn Error>> {
        let drill = ["failover", "shop/dev", "--to", "us-west-2", "--drill", "--sandbox", "--yes"];
        Ok(self.ground.command(&[&drill[..], more].concat()).env(VARIABLE, self.postgres.address()).spawn()?)
    }

    fn drill(&self, more: &[&str]) -> Result<Ran, Box<dyn Error>> {
        crate::ground::ran(self.start(more)?)
    }

    /// What the drill has written down so far; none before it began.
    fn note(&self) -> Result<Value, Box<dyn Error>> {
        let path = self.ground.path(".landfall/sandbox/ledger/targets/shop/dev/drill.json");
        Ok(fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
    }

    /// Waits until a step is in a state, and kills the run there.
    fn kill_at(&self, killed: &mut Child, number: usize, found: &str) -> Told {
        let start = Instant::now();
        loop {
            let step = self.note()?["steps"][number].clone();
            if step["is"] == "begun" && (found.is_empty() || step["found"]["found"] == found) {
                break;
            }
            if start.elapsed() > Duration::from_secs(60) || killed.try_wait()?.is_some() {
                return Err(format!("step {number} was not found begun: {}", self.note()?).into());
            }
            std::thread::yield_now();
        }
        killed.kill()?;
        killed.wait()?;
        Ok(())
    }

    /// What the cloud has of a type: where, and what it is called.
    fn has(&self, kind: &str) -> Result<Vec<String>, Box<dyn Error>> {
        let answer = self.ground.ask("GET", &format!("resources?type={kind}"), &Value::Null)?;
        let all = answer["resources"].as_array().ok_or("no resources")?.clone();
        let place = |one: &Value| {
            format!(
                "{} {}",
                one["place"]["region"].as_str().unwrap_or_default(),
                one["id"].as_str().unwrap_or_default()
            )
        };
        Ok(all.iter().map(place).collect())
    }

    /// What holds after every drill that ended: nothing of it is left but its record, and names lead where they led.
    fn is_as_before(&self) -> Told {
        assert!(self.has("AWS::RDS::DBInstance")?.iter().all(|one| one.starts_with("us-east-1 ")));
        assert!(self.has("AWS::Lambda::Function")?.iter().all(|one| one.starts_with("us-east-1 ")));
        assert!(self.has("AWS::S3::Bucket")?.iter().all(|one| !one.contains("elsewhere")));
        self.ground.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?;
        self.ground.is_sound()
    }

    /// The orders: their state, and how often each was told.
    fn orders(&self) -> Result<String, Box<dyn Error>> {
        self.postgres.ask("SELECT state, told, count(*) FROM orders GROUP BY 1, 2 ORDER BY 1, 2")
    }
}

#[test]
fn a_drill_goes_all_the_way_and_back_and_keeps_what_it_measured() -> Told {
    let scene = Scene::new()?;
    let ran = scene.drill(&[])?.exits(0)?.says_nothing_of(PASSWORD)?;
    let ran = ran.says("shop/dev came back as shop/elsewhere in us-west-2, as a drill")?;
    let ran = ran.says("3 rows changed")?.says("5 runs, 0 left")?.says("within the 4h00m that is promised")?;
    ran.says("within the 24h00m that may be lost")?.says("Recorded as entry 3 of shop/dev")?;
    assert_eq!(scene.orders()?, "lost|1|3");
    scene.is_as_before()?;
    let ground = &scene.ground;
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("drilled the way to shop/elsewhere in us-west-2")?;
    ground.landfall(&["history", "shop/elsewhere"])?.exits(0)?.says("began to destroy it")?;
    let plan = ground.landfall(&["failover", "shop/dev", "--to", "us-west-2", "--plan"])?.exits(0)?;
    plan.says("| took on ")?.says("The data that it restored were")?.says("### The way back")?;
    let again = scene.drill(&["--format", "json"])?.exits(0)?.json()?;
    assert_eq!(again["entry"], 4);
    assert_eq!(again["age_within"], true);
    assert_eq!(again["drill"]["steps"].as_array().map(Vec::len), Some(9));
    scene.is_as_before()
}

#[test]
fn what_takes_over_is_the_release_that_the_target_has_and_what_isnt_there_is_no_step() -> Told {
    let ground = Ground::new()?;
    let promise = "recovery: {region: us-west-2, environment: elsewhere, within: 4h, may-lose: 24h}\n";
    ground.environment(&format!("{}{promise}", ground.shop()))?;
    let there = ground.shop().replace("us-east-1", "us-west-2");
    ground.file("elsewhere", &there)?;
    ground.release("1.0.0")?;
    ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?;
    // The working copy goes on; the release doesn't.
    ground.file("elsewhere", &there.replace("hidden-for: 30s", "hidden-for: 45s"))?;
    let ran = ground.landfall(&["failover", "shop/dev", "--to", "us-west-2", "--drill", "--keep"])?.exits(0)?;
    let ran = ran.says("It runs release 1.0.0")?.says_nothing_of("restore")?.says_nothing_of("switch")?;
    ran.says("`landfall destroy shop/elsewhere` takes it down")?;
    ground.landfall(&["history", "shop/elsewhere"])?.exits(0)?.says("began to deploy release 1.0.0")?;
    assert!(ground.hidden()?.iter().all(|seconds| seconds != "45"));
    ground.is_sound()
}

#[test]
fn the_secret_address_is_in_no_byte_that_was_written() -> Told {
    let scene = Scene::new()?;
    scene.drill(&[])?.exits(0)?;
    scene.postgres.ask("DROP TABLE orders")?;
    scene.drill(&[])?.exits(1)?.says("relation \"orders\" does not exist")?.says_nothing_of(PASSWORD)?;
    let mut folders = vec![scene.ground.path("")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read(&path)?.windows(PASSWORD.len()).any(|bytes| bytes == PASSWORD.as_bytes()) {
                return Err(format!("the password is in {}", path.display()).into());
            }
        }
    }
    scene.drill(&["--give-up"])?.exits(0)?.says("was given up")?;
    scene.is_as_before()
}

#[test]
fn killed_at_any_step_the_same_command_ends_in_the_same_world() -> Told {
    let scene = Scene::new()?;
    // The step, what it has written down, and the call that is late so that the kill falls there.
    for (number, found, action) in [
        (1, "stack", "CreateChangeSet"),
        (2, "", "DescribeDBInstanceAutomatedBackups"),
        (2, "copy", "RestoreDBInstanceToPointInTime"),
        (2, "copy", "ModifyDBInstance"),
        (4, "runs", "Invoke"),
        (5, "led", "ChangeResourceRecordSets"),
        (6, "", "ChangeResourceRecordSets"),
        (7, "", "DeleteDBInstance"),
        (8, "", "DeleteStack"),
    ] {
        scene.postgres.ask("UPDATE orders SET state = 'open', told = 0")?;
        let late = json!({"fault": "delay", "action": action, "milliseconds": 20_000, "times": 9});
        let mut killed = match (number, found) {
            // Later calls of the same name are those that are meant: the delay is set once the step stands.
            (4, _) | (6, _) => {
                scene.ground.fault(&json!({"fault": "delay", "action": action, "milliseconds": 1500, "times": 9}))?;
                scene.start(&[])?
            }
            _ => {
                scene.ground.fault(&late)?;
                scene.start(&[])?
            }
        };
        scene.kill_at(&mut killed, number, found).map_err(|error| format!("at {number} {found} {action}: {error}"))?;
        scene.ground.no_faults()?;
        let ran = scene.drill(&[])?.exits(0)?.says("Going on with the drill")?;
        ran.says("as a drill")?;
        assert_eq!(scene.orders()?, "lost|1|3", "killed at {number} {found} {action}");
        scene.is_as_before().map_err(|error| format!("killed at {number} {found} {action}: {error}"))?;
    }
    Ok(())
}

#[test]
fn what_the_database_was_told_and_kept_is_not_told_again() -> Told {
    let scene = Scene::new()?;
    // Killed while the statements run: nothing was kept. Killed after the commit, before it was written down: it is asked what became of it.
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END'; \
                CREATE TRIGGER slow AFTER UPDATE ON orders FOR EACH STATEMENT EXECUTE FUNCTION slow()";
    scene.postgres.ask(slow)?;
    let mut killed = scene.start(&[])?;
    scene.kill_at(&mut killed, 3, "told")?;
    scene.drill(&["--keep"])?.exits(0)?.says("3 rows changed")?.says("cut off and finished later")?;
    assert_eq!(scene.orders()?, "lost|1|3");
    scene.postgres.ask("DROP TRIGGER slow ON orders; UPDATE orders SET state = 'open', told = 0")?;
    let late = "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(3); RETURN NULL; END'; \
                CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW \
                WHEN (OLD.told = 0) EXECUTE FUNCTION late()";
    scene.postgres.ask("DELETE FROM orders; INSERT INTO orders VALUES ('open', 0)")?;
    scene.postgres.ask(late)?;
    let mut killed = scene.start(&[])?;
    while scene.note()?["steps"][3]["found"]["rows"].is_null() {
        std::thread::yield_now();
    }
    std::thread::sleep(Duration::from_millis(500));
    killed.kill()?;
    killed.wait()?;
    // The server is at its commit, and ends it without anybody who waits for it.
    scene.drill(&[])?.exits(0)?.says("1 rows changed")?;
    assert_eq!(scene.orders()?, "lost|1|1");
    Ok(())
}

#[test]
fn a_drill_that_would_stop_half_way_is_refused_before_it_begins() -> Told {
    let scene = Scene::new()?;
    let ground = &scene.ground;
    let drill = ["failover", "shop/dev", "--to", "us-west-2", "--drill"];
    let without = ground.landfall(&drill)?.exits(3)?.says(VARIABLE)?.says("--without-sql")?;
    without.says("nothing was begun")?;
    assert!(scene.note()?.is_null());
    let wrong =
        ground.command(&[&drill[..], &["--sandbox", "--yes"]].concat()).env(VARIABLE, "mysql://x:y@z/q").spawn()?;
    crate::ground::ran(wrong)?.exits(3)?.says("it doesn't begin with postgres://")?.says_nothing_of("x:y")?;
    let real = ground.as_cloud("111122223333", &drill).spawn()?;
    let real = crate::ground::ran(real)?.exits(3)?.says("not done by landfall yet")?;
    real.says("--plan` has the commands")?;
    scene.drill(&["--give-up"])?.exits(3)?.says("no drill of shop/dev is open")?;
    ground.landfall(&["failover", "shop/dev", "--to", "us-west-2"])?.exits(64)?;
    ground
        .landfall(&[&drill[..], &["--without-sql", "--keep"]].concat())?
        .exits(0)?
        .says("it was asked for without SQL")?;
    assert!(scene.has("AWS::Lambda::Function")?.iter().any(|one| one.starts_with("us-west-2 ")));
    assert_eq!(scene.orders()?, "open|0|3");
    // It stood before the next one, which leaves it.
    scene.drill(&[])?.exits(0)?.says("it stood before the drill")?;
    Ok(())
}

#[test]
fn a_step_that_fails_says_why_and_is_gone_on_with_or_given_up() -> Told {
    let scene = Scene::new()?;
    let ground = &scene.ground;
    ground
        .fault(&json!({"fault": "invocation", "resource": "FunctionFiller", "error": "the weather service is down"}))?;
    let ran = scene.drill(&[])?.exits(1)?.says("the weather service is down")?;
    ran.says("what was done before is written down, and isn't done again")?;
    ground.no_faults()?;
    ground.fault(&json!({"fault": "invocation", "resource": "FunctionFiller", "answer": {"left": 3}, "times": 1}))?;
    scene.drill(&[])?.exits(1)?.says("answers no number at /remaining")?;
    scene.drill(&["--give-up"])?.exits(0)?.says("given up")?;
    ground.landfall(&["history", "shop/dev"])?.exits(0)?.says("and gave it up")?;
    scene.is_as_before()
}

#[test]
fn without_a_backup_there_nothing_is_restored() -> Told {
    let scene = Scene::new()?;
    scene.ground.landfall(&["sandbox", "edit", "shop/dev", "DatabaseMain", "BackupRetentionPeriod=0"])?.exits(0)?;
    scene.drill(&[])?.exits(1)?.says("no backup of database.main lies in us-west-2")?.says("Before the day")?;
    scene.drill(&["--give-up"])?.exits(0)?;
    assert!(scene.has("AWS::RDS::DBInstance")?.iter().all(|one| one.starts_with("us-east-1 ")));
    Ok(())
}
