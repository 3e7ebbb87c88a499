//! A ledger in a bucket of S3 or a container of Azure Blob Storage, and those that must not keep one.

use serde_json::json;

use crate::ground::{ACCOUNT, Ground, SCENES, Told, ran};

const LEDGER: &str = "s3://acme-ledger/shop";

const BLOBS: &str = "azblob://acmeledger/shop/all";

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
    verify(ACCOUNT, "gs://acme-ledger")?.exits(64)?.says("not in `gs:`")?;
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
