//! Credentials of another account than the environment's.

use crate::ground::{ACCOUNT, Ground, Told, ran};

const GOOGLE: &str = "description: A shop
placement: {cloud: gcp, account: shop-gcp, region: europe-west3}
queues:
  orders: {keep: 4d, dead-letters: {after: 5, keep: 14d}}
";

#[test]
fn nothing_is_written_to_an_account_that_the_environment_does_not_name() -> Told {
    let ground = Ground::new()?;
    for arguments in [["plan", "shop/dev"], ["apply", "shop/dev"], ["destroy", "shop/dev"], ["recover", "shop/dev"]] {
        let child = ground.as_cloud("999988887777", &[&arguments[..], &["--yes"]].concat()).spawn()?;
        ran(child)?.exits(3)?.says("account 111122223333, the credentials to 999988887777")?;
    }
    assert_eq!(ground.ask("GET", "stacks", &serde_json::Value::Null)?["stacks"], serde_json::json!([]));
    ran(ground.as_cloud(ACCOUNT, &["apply", "shop/dev", "--yes"]).spawn()?)?.exits(0)?;
    Ok(())
}

#[test]
fn without_credentials_it_says_so_and_never_falls_back_to_the_sandbox() -> Told {
    let ground = Ground::new()?;
    let mut command = ground.command(&["plan", "shop/dev"]);
    // No instance to ask for credentials: that would go out of this machine.
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    ran(command.spawn()?)?.exits(1)?.says("no credentials for aws")?.says("--sandbox")?;
    Ok(())
}

#[test]
fn who_isnt_signed_in_to_google_cloud_lacks_credentials_and_is_told_so() -> Told {
    let ground = Ground::new()?;
    ground.file("gcp", GOOGLE)?;
    let mut command = ground.command(&["plan", "shop/gcp"]);
    // Nobody is signed in here, and no machine of Google's answers for itself.
    command.env("HOME", ground.path("nobody")).env_remove("GOOGLE_APPLICATION_CREDENTIALS");
    command.env("GCE_METADATA_HOST", "127.0.0.1:9");
    let ran = ran(command.spawn()?)?.exits(1)?.says("no credentials for gcp: nobody is signed in")?;
    ran.says("gcloud auth application-default login")?.says_nothing_of("look at the network")?;
    Ok(())
}
