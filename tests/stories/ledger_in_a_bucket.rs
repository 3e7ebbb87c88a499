//! A ledger in a bucket of S3 or of Cloud Storage or a container of Azure Blob Storage, and those that must not keep one.

use serde_json::{Value, json};

use crate::ground::{ACCOUNT, Ground, Told, ran};
use crate::scene::SCENES;

const LEDGER: &str = "s3://acme-ledger/shop";

const BLOBS: &str = "azblob://acmeledger/shop/all";

const OBJECTS: &str = "gs://acme-ledger/shop/all";

/// What becomes of a deployment whose ledger lies there, though the store fails and answers get lost: what was written is read back.
fn is_recorded(ground: &Ground, ledger: &str, service: &str, (write, read): (&str, &str)) -> Told {
    let landfall = |arguments: &[&str]| ground.landfall(&[arguments, &["--ledger", ledger]].concat());
    landfall(&["apply", "shop/dev"])?.exits(0)?.says(ground.scene.creation[1])?;
    landfall(&["history", "shop/dev"])?.exits(0)?.says("began to deploy")?;
    landfall(&["ledger", "verify"])?.exits(0)?.says("2 entries, proved")?;
    ground.hides_longer()?;
    for after in [0, 2, 4] {
        ground.fault(&json!({"fault": "lost_answer", "service": service, "action": write, "after": after}))?;
    }
    let broken = json!({"fault": "call", "service": service, "action": read, "after": 3, "code": "InternalError", "status": 500});
    ground.fault(&broken)?;
    let slow =
        json!({"fault": "call", "service": service, "action": write, "after": 6, "code": "SlowDown", "status": 429});
    ground.fault(&slow)?;
    landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
    ground.no_faults()?;
    landfall(&["ledger", "verify"])?.exits(0)?.says("4 entries, proved")?;
    landfall(&["unlock", "shop/dev"])?.says("is not locked")?;
    assert!(!ground.path(".landfall/sandbox/ledger").exists(), "the folder's ledger was written too");
    Ok(())
}

#[test]
fn a_deployment_is_recorded_in_a_bucket_and_proved_there() -> Told {
    let ground = Ground::new()?;
    is_recorded(&ground, LEDGER, "s3", ("PutObject", "GetObject"))?;
    // The same bucket as the cloud's own credentials and endpoint lead to it.
    let verify = ["ledger", "verify", "--ledger", LEDGER];
    ran(ground.as_cloud(ACCOUNT, &verify).spawn()?)?.exits(0)?.says("4 entries, proved")?;
    Ok(())
}

#[test]
fn a_deployment_on_azure_is_recorded_in_blobs_and_proved_there() -> Told {
    is_recorded(&Ground::on(&SCENES[1])?, BLOBS, "azure", ("blobs/write", "blobs/read"))
}

#[test]
fn a_deployment_on_google_cloud_is_recorded_in_a_bucket_and_proved_there() -> Told {
    is_recorded(&Ground::on(&SCENES[2])?, OBJECTS, "gcp", ("xml.objects.insert", "xml.objects.get"))
}

#[test]
fn of_two_that_apply_at_once_with_a_ledger_in_a_store_one_deploys() -> Told {
    for (scene, ledger) in SCENES.iter().zip([LEDGER, BLOBS, OBJECTS]) {
        let ground = Ground::on(scene)?;
        // The sandbox's store is made by whoever comes first.
        ground.landfall(&["ledger", "verify", "shop/dev", "--ledger", ledger])?.exits(0)?;
        let apply = ["apply", "shop/dev", "--ledger", ledger];
        let both = [ground.start(&apply)?, ground.start(&apply)?];
        let mut deployed = 0;
        for child in both {
            let ran = ran(child)?;
            deployed += usize::from(ran.code == Some(0) && ran.out.contains(scene.creation[1]));
            assert!(ran.code == Some(0) || ran.code == Some(4), "on {}: {}", scene.cloud, ran.said());
        }
        assert_eq!(deployed, 1, "on {}", scene.cloud);
        ground.landfall(&["ledger", "verify", "--ledger", ledger])?.exits(0)?.says("2 entries, proved")?;
    }
    Ok(())
}

#[test]
fn a_ledger_in_a_store_that_lost_its_head_or_an_entry_is_rebuilt_there() -> Told {
    for (scene, ledger) in SCENES.iter().zip([LEDGER, BLOBS, OBJECTS]) {
        let ground = Ground::on(scene)?;
        let landfall = |arguments: &[&str]| ground.landfall(&[arguments, &["--ledger", ledger]].concat());
        landfall(&["doctor", "shop/dev"])?.exits(0)?.says("0 entries, proved")?;
        landfall(&["apply", "shop/dev"])?.exits(0)?;
        let entries = landfall(&["history", "shop/dev", "--format", "json"])?.exits(0)?.json()?;
        let first = entries.pointer("/entries/0/previous").and_then(Value::as_str).unwrap_or_default();
        let first = format!("entries/0000000001-{}.json", first.get(7..19).ok_or("no digest")?);
        for (lost, left) in [("head.json", "the cloud has what was deployed last"), (&first, "0 entries can be proved")]
        {
            ground.loses(ledger, &format!("targets/shop/dev/{lost}"))?;
            landfall(&["ledger", "verify"])?.exits(1)?.says("`landfall ledger rebuild shop/dev`")?;
            landfall(&["doctor", "shop/dev"])?.exits(1)?.says("ledger verify")?;
            landfall(&["apply", "shop/dev"])?.exits(1)?.says("landfall ledger rebuild")?;
            landfall(&["ledger", "rebuild", "shop/dev"])?.exits(0)?.says(left)?;
            landfall(&["doctor", "shop/dev"])?.exits(0)?.says("proved")?;
        }
        landfall(&["plan", "shop/dev"])?.exits(0)?.says("No changes")?;
        ground.hides_longer()?;
        landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
    }
    Ok(())
}

#[test]
fn a_release_goes_from_one_project_of_google_cloud_to_another_through_a_bucket_of_a_third() -> Told {
    let ground = Ground::on(&SCENES[2])?;
    let placed = |project: &str| format!("placement: {{cloud: gcp, account: {project}, region: us-central1}}\n");
    let base = ground.three().replace(&placed("shop-project"), "");
    let ledger = format!("ledger: {{url: '{OBJECTS}', account: shop-tools, region: us-central1}}\n");
    ground.file("base", &format!("{base}{ledger}"))?;
    ground.file("dev", &placed("shop-project"))?;
    ground.file("prod", &format!("{}gates: {{from: dev}}\n", placed("shop-live")))?;
    ground.commit()?;
    let landfall = |arguments: &[&str]| ground.landfall(&[arguments, &["--ledger", OBJECTS]].concat());
    landfall(&["release", "create", "shop", "--name", "1.0.0"])?.exits(0)?;
    landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?;
    landfall(&["promote", "shop", "--from", "dev", "--to", "prod"])?.exits(0)?.says("gets release 1.0.0")?;
    landfall(&["history", "shop/prod"])?.exits(0)?.says("from dev")?;
    landfall(&["ledger", "verify"])?.exits(0)?;
    // The bucket is the third's: for whoever says otherwise it is somebody else's.
    ground.file("base", &format!("{base}{}", ledger.replace("shop-tools", "shop-other")))?;
    landfall(&["history", "shop/prod"])?.exits(3)?.says("belongs to another project than shop-other")?;
    Ok(())
}

#[test]
fn a_bucket_that_is_not_fit_for_a_ledger_is_refused_with_what_to_do() -> Told {
    let ground = Ground::new()?;
    let verify = |account: &str, ledger: &str| {
        ran(ground.as_cloud(account, &["ledger", "verify", "--ledger", ledger]).spawn()?)
    };
    verify(ACCOUNT, LEDGER)?.exits(3)?.says("has no bucket acme-ledger")?.says("make it in us-east-1")?;
    ground.landfall(&["ledger", "verify", "--ledger", LEDGER])?.exits(0)?;
    verify(ACCOUNT, LEDGER)?.exits(0)?;
    verify("999988887777", LEDGER)?.exits(3)?.says("belongs to another account")?;

    ground.s3("DELETE", "/acme-ledger?publicAccessBlock", "")?;
    verify(ACCOUNT, LEDGER)?.exits(3)?.says("does not block public access")?.says("put-public-access-block")?;
    let suspended = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    ground.s3("PUT", "/acme-ledger?versioning", suspended)?;
    verify(ACCOUNT, LEDGER)?.exits(3)?.says("keeps no versions")?.says("put-bucket-versioning")?;

    for nonsense in ["s3://", "s3://A_B/c", "s3://acme-ledger/../x"] {
        verify(ACCOUNT, nonsense)?.exits(64)?.says("is no ledger")?;
    }
    verify(ACCOUNT, "ftp://acme-ledger")?.exits(64)?.says("not in `ftp:`")?;
    verify(ACCOUNT, "gs://acme-ledger")?.exits(64)?.says("the target lives in aws")?;
    Ok(())
}

#[test]
fn blobs_that_are_not_fit_for_a_ledger_are_refused_with_what_to_do() -> Told {
    let ground = Ground::on(&SCENES[1])?;
    let verify = |ledger: &str| ground.landfall(&["ledger", "verify", "shop/dev", "--ledger", ledger]);
    verify(BLOBS)?.exits(0)?;
    let account = "/subscriptions/00000000-0000-4000-8000-0000000000aa/resourceGroups/landfall-ledgers/providers/Microsoft.Storage/storageAccounts/acmeledger";
    ground.arm(&format!("{account}/blobServices/default"), &json!({"properties": {"isVersioningEnabled": false}}))?;
    verify(BLOBS)?.exits(3)?.says("keeps no versions of blobs")?.says("--enable-versioning true")?;
    let open = json!({"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_ZRS"}, "properties": {"allowBlobPublicAccess": true}});
    ground.arm(account, &open)?;
    verify(BLOBS)?.exits(3)?.says("lets containers be public")?.says("--allow-blob-public-access false")?;

    for nonsense in ["azblob://", "azblob://acmeledger", "azblob://Acme/ledger", "azblob://acmeledger/shop/../x"] {
        verify(nonsense)?.exits(64)?.says("is no ledger")?;
    }
    // Whose account it has to be isn't known where the target lives elsewhere.
    verify("s3://acme-ledger/shop")?.exits(64)?.says("the target lives in azure")?;
    Ok(())
}

#[test]
fn a_bucket_on_google_cloud_that_is_not_fit_for_a_ledger_is_refused_with_what_to_do() -> Told {
    let ground = Ground::on(&SCENES[2])?;
    let verify = |ledger: &str| ground.landfall(&["ledger", "verify", "shop/dev", "--ledger", ledger]);
    verify(OBJECTS)?.exits(0)?;
    let set = |body: Value| ground.cloud_storage("shop-project", "PATCH", "/acme-ledger", &body);
    set(json!({"versioning": {"enabled": false}}))?;
    verify(OBJECTS)?.exits(3)?.says("keeps no versions")?.says("buckets update gs://acme-ledger --versioning")?;
    set(json!({"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": false}}}))?;
    verify(OBJECTS)?.exits(3)?.says("access of its own")?.says("--uniform-bucket-level-access")?;
    set(json!({"iamConfiguration": {"publicAccessPrevention": "inherited"}}))?;
    verify(OBJECTS)?.exits(3)?.says("may be made public")?.says("--public-access-prevention")?;

    let theirs = json!({"name": "their-ledger", "versioning": {"enabled": true}});
    ground.cloud_storage("other-project", "POST", "?project=other-project", &theirs)?;
    verify("gs://their-ledger/shop")?.exits(3)?.says("belongs to another project")?.says("storage.objects.get")?;

    for nonsense in ["gs://", "gs://Acme", "gs://acme-ledger/shop/../x"] {
        verify(nonsense)?.exits(64)?.says("is no ledger")?;
    }
    verify(BLOBS)?.exits(64)?.says("the target lives in gcp")?;
    Ok(())
}
