//! A database's copy in another region: made, and promoted where it is.

use serde_json::{Value, json};

use crate::ground::{Ground, Ran, Told};
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
    added.says("1 to add")?.says("0 to destroy")?;
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
    promotion.says("the replica is promoted to a database of its own, for good")?.says("0 to destroy")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    assert_eq!(instances(&ground)?, [(main.0, main.1, Value::Null), (copy.0, copy.1, Value::Null)]);
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;

    // It can't follow again: that would take another one, and lose what this one holds by then.
    shop(&ground, scene, "    replica-in: us-east1\n")?;
    let back = ground.landfall(&["plan", "shop/dev"])?;
    back.says("what an instance follows is decided when it is created")?;
    ground.is_sound()
}

/// The server of Azure that stands in a region.
fn server(ground: &Ground, region: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let answer = ground.ask("GET", "resources?type=Microsoft.DBforPostgreSQL/flexibleServers", &Value::Null)?;
    let servers = answer["resources"].as_array().ok_or("no resources")?;
    let there: Vec<&Value> = servers.iter().filter(|one| one["properties"]["location"] == region).collect();
    match there.as_slice() {
        [server] => Ok((*server).clone()),
        _ => Err(format!("not one server in {region}: {answer}").into()),
    }
}

#[test]
fn a_copy_in_another_region_of_azure_is_made_beside_the_database_and_takes_over_where_it_is() -> Told {
    let scene = &SCENES[1];
    let ground = Ground::on(scene)?;
    shop(&ground, scene, "")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;

    // It comes beside the database, whose machine has to be one that can be followed.
    shop(&ground, scene, "    replica-in: westus\n")?;
    let added = ground.landfall(&["plan", "shop/dev"])?.exits(0)?;
    added.says("the server moves to another machine")?.says("0 to destroy")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    let (main, copy) = (server(&ground, "eastus")?, server(&ground, "westus")?);
    assert_eq!(main["properties"]["properties"]["createMode"], "Default");
    assert_eq!(copy["properties"]["properties"]["createMode"], "Replica");
    assert_eq!(copy["properties"]["properties"]["sourceServerResourceId"], main["id"]);
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
    let runbook = ground.landfall(&["runbook", "shop/dev"])?.exits(0)?;
    let name = copy["id"].as_str().and_then(|id| id.rsplit('/').next()).ok_or("no name")?.to_owned();
    runbook.says(&format!("az postgres flexible-server replica promote --name {name} --resource-group shop-dev"))?;

    // It is promoted, and nothing is made anew.
    shop(&ground, scene, "    replica-in: westus\n    promoted: true\n")?;
    let promotion = ground.landfall(&["plan", "shop/dev"])?.exits(0)?;
    promotion
        .says("the replica is promoted to a database of its own, for good")?
        .says("0 to destroy")?
        .says(&format!("+ [reference(resourceId('Microsoft.DBforPostgreSQL/flexibleServers', '{name}')"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    assert_eq!(server(&ground, "westus")?["properties"]["properties"]["replica"]["promoteMode"], "Standalone");
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;

    // It can't follow again: that would take another one, and lose what this one holds by then.
    shop(&ground, scene, "    replica-in: westus\n")?;
    let back = ground.landfall(&["plan", "shop/dev"])?;
    back.says("a server that was promoted follows nothing again")?;
    ground.is_sound()?;

    shop(&ground, scene, "    replica-in: westus\n    promoted: true\n    protected: false\n")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    ground.landfall(&["destroy", "shop/dev", "--delete-data"])?.exits(0)?.says("Destroy complete")?;
    server(&ground, "westus").expect_err("the copy is still there");
    Ok(())
}

#[test]
fn a_copy_in_another_region_of_azure_is_taken_away_without_its_database() -> Told {
    let scene = &SCENES[1];
    let ground = Ground::on(scene)?;
    let settings = "    parameters: {work_mem: 8192}\n    high-availability: true\n";
    shop(&ground, scene, &format!("    replica-in: westus\n{settings}"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    // It is protected as the database is: that is lifted first.
    shop(&ground, scene, &format!("    replica-in: westus\n    protected: false\n{settings}"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    shop(&ground, scene, settings)?;
    ground.landfall(&["plan", "shop/dev"])?.says("it is a copy, and the server that it follows has the data")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    server(&ground, "eastus")?;
    server(&ground, "westus").expect_err("the copy is still there");
    ground.is_sound()
}

/// What the database of RDS in a region follows, and whether RDS keeps its first user's password.
fn database(ground: &Ground, region: &str) -> Result<(Value, Value), Box<dyn std::error::Error>> {
    let answer = ground.ask("GET", &format!("resources?type=AWS::RDS::DBInstance&region={region}"), &Value::Null)?;
    let [resource] = answer["resources"].as_array().ok_or("no resources")?.as_slice() else {
        return Err(format!("not one database in {region}: {answer}").into());
    };
    let of = |name: &str| resource["properties"].get(name).cloned().unwrap_or_default();
    Ok((of("SourceDBInstanceIdentifier"), of("ManageMasterUserPassword")))
}

#[test]
fn a_database_of_aws_follows_one_in_another_region_and_takes_over_where_it_is() -> Told {
    let scene = &SCENES[0];
    let ground = Ground::on(scene)?;
    shop(&ground, scene, "")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;

    // What can be followed gives its identity, and RDS keeps its password no longer: it makes no replica of such a one.
    shop(&ground, scene, "    replica-in: us-west-2\n")?;
    ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says("0 to destroy")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    let arns = ground.ask("GET", "resources?type=AWS::RDS::DBInstance", &Value::Null)?;
    let arn = arns["resources"][0]["attributes"]["DBInstanceArn"].as_str().ok_or("no ARN")?.to_owned();

    let there = |database: &str| {
        let placement = scene.placement.replace("us-east-1", "us-west-2");
        ground
            .file("west", &format!("description: a shop\nplacement: {placement}\n{SHOP}    follows: {arn}\n{database}"))
    };
    there("")?;
    ground.landfall(&["apply", "shop/west"])?.exits(0)?.says("Apply complete")?;
    assert_eq!(database(&ground, "us-east-1")?, (Value::Null, json!(false)));
    assert_eq!(database(&ground, "us-west-2")?, (json!(arn), Value::Null));
    let runbook = ground.landfall(&["runbook", "shop/west"])?.exits(0)?;
    runbook.says("aws rds promote-read-replica")?.says(&arn)?;

    // It is promoted, and nothing is made anew.
    there("    promoted: true\n")?;
    let promotion = ground.landfall(&["plan", "shop/west"])?.exits(0)?;
    promotion.says("the read replica is promoted to a database of its own, for good")?.says("0 to destroy")?;
    ground.landfall(&["apply", "shop/west"])?.exits(0)?.says("Apply complete")?;
    assert_eq!(database(&ground, "us-west-2")?, (Value::Null, json!(true)));
    ground.landfall(&["apply", "shop/west"])?.exits(0)?.says("No changes")?;

    // What it was made with stays decided: forgetting what it followed would make another one.
    let placement = scene.placement.replace("us-east-1", "us-west-2");
    ground.file("west", &format!("description: a shop\nplacement: {placement}\n{SHOP}"))?;
    ground.landfall(&["plan", "shop/west"])?.says("--approve data-loss:DatabaseMain")?;
    ground.is_sound()
}

#[test]
fn what_is_not_there_takes_nothing_over() -> Told {
    let follows = "    follows: arn:aws:rds:us-west-2:111122223333:db:shop\n";
    let copies = [
        (&SCENES[0], follows, follows),
        (&SCENES[1], "    replica-in: westus\n", "    replica-in: eastus2\n"),
        (&SCENES[2], "    replica-in: us-east1\n", "    replica-in: us-west1\n"),
    ];
    for (scene, copy, other) in copies {
        let ground = Ground::on(scene)?;
        let at_once = format!("{copy}    promoted: true\n");
        let refused = |verb: &str| -> Told {
            let ran = ground.landfall(&[verb, "shop/dev"])?.exits(1)?;
            ran.says("takeover-without-copy")?
                .says("shop/dev.yaml:")?
                .says("`main` has no copy that could have taken over")?;
            Ok(())
        };
        // Nothing at all stands there.
        shop(&ground, scene, &at_once)?;
        refused("plan")?;
        refused("apply")?;
        ground.landfall(&["status", "shop/dev"])?.says("not deployed")?;
        // Nobody knows what stands there.
        ground.landfall(&["plan", "shop/dev", "--offline"])?.exits(0)?;
        if scene.cloud == "aws" {
            // What follows is the database itself there.
            continue;
        }
        // The database does, and a copy in that region doesn't.
        shop(&ground, scene, "")?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        shop(&ground, scene, &at_once)?;
        refused("plan")?;
        // One in another region is no copy there.
        shop(&ground, scene, other)?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        shop(&ground, scene, &at_once)?;
        refused("apply")?;
        ground.is_sound()?;
    }
    Ok(())
}

#[test]
fn entmoot_s_database_follows_production_in_another_region_takes_over_and_goes() -> Told {
    let ground = Ground::on(&SCENES[0])?;
    ground.system("entmoot")?;
    // The bucket of the copies is made by hand, and is of no concern here.
    edited(&ground, "prod-aws", "{copied-to: us-west-2, copied-into: entmoot-prod-backups-us-west-2}", "{}")?;
    let applied = ground.landfall(&["apply", "entmoot/prod-aws"])?.exits(0)?.said();
    let output = applied.lines().find(|line| line.trim_start().starts_with("DatabaseMainIdentity"));
    let (_, arn) = output.and_then(|line| line.split_once("= ")).ok_or("no such output")?;

    let target = "entmoot/west-aws";
    edited(&ground, "west-aws", "arn:aws:rds:us-east-1:777777777777:db:entmoot-prod-aws-databasemain-example", arn)?;
    ground.landfall(&["apply", target])?.exits(0)?.says("31 added")?;
    ground.landfall(&["drift", target, "--detailed-exitcode"])?.exits(0)?;
    assert_eq!(database(&ground, "us-west-2")?, (json!(arn), Value::Null));

    let failover = ["failover", "entmoot/prod-aws", "--to", "us-west-2"];
    ground
        .landfall(&[&failover[..], &["--plan"]].concat())?
        .exits(0)?
        .says("| database.main | entmoot/west-aws | 1m00s |")?;
    let promotion = ground.landfall(&[&failover[..], &["--promote"]].concat())?.exits(0)?;
    promotion.says("the read replica is promoted to a database of its own, for good")?.says("0 to destroy")?;
    assert_eq!(database(&ground, "us-west-2")?.0, Value::Null);
    edited(
        &ground,
        "west-aws",
        "    # What the stack of prod-aws",
        "    promoted: true\n    # What the stack of prod-aws",
    )?;
    ground.landfall(&["apply", target])?.exits(0)?.says("No changes")?;

    edited(&ground, "west-aws", "{termination: true, data: true}", "{termination: false, data: false}")?;
    edited(&ground, "west-aws", "    promoted: true\n", "    promoted: true\n    protected: false\n")?;
    ground.landfall(&["apply", target])?.exits(0)?;
    ground.landfall(&["destroy", target, "--delete-data"])?.exits(0)?.says("Destroy complete")?;
    ground.landfall(&["drift", "entmoot/prod-aws", "--detailed-exitcode"])?.exits(0)?;
    Ok(())
}

/// A shop whose database has a copy in another region: made by its own stack, or on AWS by that of another environment.
struct Copied {
    ground: Ground,
    scene: &'static Scene,
    region: &'static str,
    /// Whose stack holds the copy, and what its file has to say of the database.
    holder: &'static str,
    says: String,
}

impl Copied {
    fn on(scene: &'static Scene) -> Result<Copied, Box<dyn std::error::Error>> {
        let (region, holder) = match scene.cloud {
            "aws" => ("us-west-2", "west"),
            "azure" => ("westus", "dev"),
            _ => ("us-east1", "dev"),
        };
        let ground = Ground::on(scene)?;
        let elsewhere = format!("    replica-in: {region}\n");
        shop(&ground, scene, &elsewhere)?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        let mut copied = Copied { ground, scene, region, holder, says: elsewhere };
        if scene.cloud == "aws" {
            let arns = copied.ground.ask("GET", "resources?type=AWS::RDS::DBInstance", &Value::Null)?;
            let arn = arns["resources"][0]["attributes"]["DBInstanceArn"].as_str().ok_or("no ARN")?;
            copied.says = format!("    follows: {arn}\n");
            copied.say("")?;
            copied.ground.landfall(&["apply", "shop/west"])?.exits(0)?;
        }
        assert!(!copied.took_over()?);
        Ok(copied)
    }

    /// Says something else of the copy in its holder's file.
    fn say(&self, more: &str) -> Told {
        let placement = match self.scene.cloud {
            "aws" => self.scene.placement.replace("us-east-1", self.region),
            _ => self.scene.placement.to_owned(),
        };
        let text = format!("description: a shop\nplacement: {placement}\n{SHOP}{}{more}", self.says);
        self.ground.file(self.holder, &text)
    }

    fn failover(&self, how: &str) -> Result<Ran, Box<dyn std::error::Error>> {
        self.ground.landfall(&["failover", "shop/dev", "--to", self.region, how])
    }

    /// Whether the copy follows nothing any more.
    fn took_over(&self) -> Result<bool, Box<dyn std::error::Error>> {
        if self.scene.cloud == "aws" {
            return Ok(database(&self.ground, self.region)?.0.is_null());
        }
        if self.scene.cloud == "azure" {
            return Ok(server(&self.ground, self.region)?["properties"]["properties"]["replica"].is_object());
        }
        let all = instances(&self.ground)?;
        let copy = all.iter().find(|(_, region, _)| region == self.region).ok_or("no copy")?;
        Ok(copy.2.is_null())
    }
}

#[test]
fn a_failover_promotes_the_copy_that_stands_there_and_what_contradicts_it_is_refused() -> Told {
    for scene in &SCENES {
        let copied = Copied::on(scene)?;
        let (ground, target) = (&copied.ground, format!("shop/{}", copied.holder));
        let file = format!("{}.yaml:", copied.holder);
        let plan = copied.failover("--plan")?.exits(0)?.says("promoted rather than restored from a backup")?;
        let plan = plan.says(&format!("| database.main | {target} | 1m00s |"))?.says("for good")?.says(&file)?;
        plan.says(&format!("landfall failover shop/dev --to {} --promote", copied.region))?;
        assert!(!copied.took_over()?);

        let ran = copied.failover("--promote")?.exits(0)?.says("promoted to a database of its own, for good")?;
        ran.says("Write `promoted: true` into the files")?.says(&file)?;
        assert!(copied.took_over()?);
        copied.failover("--promote")?.exits(0)?.says("No changes")?;

        // The files don't say it yet: what they say would lose what the copy holds by now.
        ground.landfall(&["apply", &target])?.exits(3)?.says("--approve")?;
        assert!(copied.took_over()?);
        copied.say("    promoted: true\n")?;
        ground.landfall(&["apply", &target])?.exits(0)?.says("No changes")?;
        copied.failover("--plan")?.exits(0)?.says("its files say that it took over")?;
        ground.is_sound()?;
    }
    Ok(())
}

#[test]
fn a_promotion_that_was_killed_is_gone_on_with_by_the_same_command_or_by_recover() -> Told {
    for scene in &SCENES {
        // What computes it, and what starts it.
        let [computes, starts] = match scene.cloud {
            "gcp" => [scene.calls[0], "deployments.patch"],
            _ => scene.calls,
        };
        for (call, recovered) in [(computes, false), (starts, false), (starts, true)] {
            let copied = Copied::on(scene)?;
            let (ground, target) = (&copied.ground, format!("shop/{}", copied.holder));
            ground.killed_at(call, &["failover", "shop/dev", "--to", copied.region, "--promote"])?;
            if recovered {
                ground.landfall(&["recover", &target])?.exits(0)?;
            }
            copied.failover("--promote")?.exits(0)?;
            assert!(copied.took_over()?, "{} {call}", scene.cloud);
            copied.failover("--promote")?.exits(0)?.says("No changes")?;
            ground.is_sound()?;
        }
    }
    Ok(())
}

#[test]
fn the_way_to_another_region_promotes_what_follows_there_and_a_drill_leaves_it_alone() -> Told {
    let copied = Copied::on(&SCENES[0])?;
    let ground = &copied.ground;
    let recovery = "recovery: {region: us-west-2, environment: west, within: 1h, may-lose: 5m}\n";
    let here = SHOP.replace("{keep: 7d}", "{keep: 7d, copied-to: us-west-2}");
    let placement = SCENES[0].placement;
    ground.environment(&format!(
        "description: a shop\nplacement: {placement}\n{recovery}{here}    replica-in: us-west-2\n"
    ))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    let plan = copied.failover("--plan")?.exits(0)?.says("promote the copy of database.main")?;
    let plan = plan.says("within the 1h that is promised")?.says("Its data is at most 1m old")?;
    plan.says_nothing_of("restore database.main")?.says("landfall failover shop/dev --to us-west-2 --promote")?;
    copied.failover("--drill")?.exits(0)?.says("a copy takes over for good")?;
    assert!(!copied.took_over()?);
    copied.failover("--promote")?.exits(0)?;
    assert!(copied.took_over()?);
    ground.is_sound()
}

#[test]
fn where_no_copy_stands_no_failover_promotes_one() -> Told {
    let ground = Ground::on(&SCENES[2])?;
    shop(&ground, &SCENES[2], "    replica-in: us-east1\n")?;
    let failover = |region: &str| ground.landfall(&["failover", "shop/dev", "--to", region, "--promote"]);
    failover("us-west1")?.exits(3)?.says("no database of shop/dev has a copy in us-west1")?;
    failover("us-east1")?.exits(3)?.says("shop/dev is not deployed")?;
    let ground = Ground::on(&SCENES[0])?;
    shop(&ground, &SCENES[0], "    replica-in: us-west-2\n")?;
    for how in ["--promote", "--plan"] {
        let ran = ground.landfall(&["failover", "shop/dev", "--to", "us-west-2", how])?.exits(3)?;
        ran.says("nothing in us-west-2 follows a database of shop/dev")?.says("`follows` these")?;
    }
    Ok(())
}

/// Puts other words into the file of one of Entmoot's environments.
fn edited(ground: &Ground, environment: &str, from: &str, to: &str) -> Told {
    let file = ground.path(&format!("environments/entmoot/{environment}.yaml"));
    let text = std::fs::read_to_string(&file)?;
    assert!(text.contains(from), "{environment}: no {from}");
    Ok(std::fs::write(&file, text.replace(from, to))?)
}

#[test]
fn what_follows_a_database_that_is_not_there_is_not_made() -> Told {
    let ground = Ground::on(&SCENES[0])?;
    let follows = "    follows: arn:aws:rds:eu-west-1:111122223333:db:nothing\n";
    shop(&ground, &SCENES[0], follows)?;
    let ran = ground.landfall(&["apply", "shop/dev"])?.exits(1)?;
    ran.says("DBInstance arn:aws:rds:eu-west-1:111122223333:db:nothing not found.")?;
    ground.is_sound()
}
