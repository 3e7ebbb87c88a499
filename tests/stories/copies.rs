//! Objects that are copied into a bucket beside the stack, which has to be fit for it before anything is begun.

use crate::ground::{ACCOUNT, Ground, Told};

const THERE: &str = "shop-copies";

/// The shop with a bucket whose objects are copied.
fn copying(ground: &Ground) -> Told {
    ground.environment(&format!("{}buckets:\n  files: {{copied-to: us-west-2, copied-into: {THERE}}}\n", ground.shop()))
}

/// Makes the bucket that copies go into, or has it keep versions, as its owner in a region.
fn puts(ground: &Ground, owner: &str, region: &str, query: &str, body: &str) -> Told {
    ground.s3_in(owner, region, "PUT", &format!("/{THERE}{query}"), body)
}

fn located(region: &str) -> String {
    format!("<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>")
}

/// Applies, which is refused before anything is begun, in these words.
fn refused(ground: &Ground, why: &str) -> Told {
    let stack = ground.stack()?;
    let plan = ground.landfall(&["plan", "shop/dev"])?.exits(0)?;
    plan.says("apply would refuse this")?.says(why)?;
    let ran = ground.landfall(&["apply", "shop/dev"])?.exits(3)?;
    ran.says(why)?.says("copied-into")?;
    assert_eq!(ground.stack()?, stack);
    ground.is_sound()
}

#[test]
fn a_bucket_that_copies_go_into_is_looked_at_before_anything_is_begun() -> Told {
    const VERSIONS: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let ground = Ground::new()?;
    copying(&ground)?;
    refused(&ground, "which isn't there")?;

    puts(&ground, ACCOUNT, "us-west-2", "", &located("us-west-2"))?;
    refused(&ground, "keeps no versions")?;

    puts(&ground, ACCOUNT, "us-west-2", "?versioning", VERSIONS)?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    assert_eq!(ground.stack()?.as_deref(), Some("CREATE_COMPLETE"));

    // What copies already is asked for no more.
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
    ground.is_sound()
}

#[test]
fn in_the_sandbox_the_bucket_is_made_by_hand() -> Told {
    let ground = Ground::new()?;
    copying(&ground)?;
    ground.landfall(&["apply", "shop/dev"])?.exits(3)?.says("landfall sandbox make")?;
    let name = format!("BucketName={THERE}");
    let versions = r#"VersioningConfiguration={"Status":"Enabled"}"#;
    let make = ["sandbox", "make", "shop/dev", "AWS::S3::Bucket", &name, versions, "--region", "us-west-2"];
    ground.landfall(&make)?.exits(0)?.says("made by hand in us-west-2")?;
    ground.landfall(&make)?.exits(1)?.says("already exists")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    ground.is_sound()
}

#[test]
fn a_bucket_in_another_region_or_of_somebody_else_gets_no_copies() -> Told {
    let elsewhere = Ground::new()?;
    // A stack that is there already is left as it is.
    elsewhere.landfall(&["apply", "shop/dev"])?.exits(0)?;
    copying(&elsewhere)?;
    puts(&elsewhere, ACCOUNT, "eu-west-1", "", &located("eu-west-1"))?;
    refused(&elsewhere, "isn't in us-west-2")?;

    let foreign = Ground::new()?;
    copying(&foreign)?;
    puts(&foreign, "999988887777", "us-west-2", "", &located("us-west-2"))?;
    refused(&foreign, "belongs to another account")
}
