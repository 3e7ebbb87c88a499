//! A bucket's files are put before the world, and taken back.

use serde_json::json;

use crate::ground::{Ground, Told};

const SHOP: &str = r#"
description: A shop with a window
placement: {cloud: aws, account: "111122223333", region: us-east-1}
domain: {name: shop.example.com, zone: Z0123456789ABC}
buckets:
  window: {protected: false}
"#;

const SITE: &str = "sites:\n  web: {bucket: bucket.window, host: app, unknown: index.html}\n";

#[test]
fn a_site_is_shown_as_public_and_deployed_once_somebody_agreed() -> Told {
    let ground = Ground::new()?;
    ground.environment(SHOP)?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.environment(&format!("{SHOP}{SITE}"))?;
    let planned = ground.landfall(&["plan", "shop/dev"])?.exits(0)?;
    planned.says("PUBLIC serves what its origins hold to anybody")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(3)?.says("public-access")?;
    let approved = ["apply", "shop/dev", "--approve", "public-access", "--approve", "widened-access"];
    ground.landfall(&approved)?.exits(0)?;
    let config = ground.property("AWS::CloudFront::Distribution", "DistributionConfig")?;
    let [config] = config.as_slice() else { return Err(format!("{config:?}").into()) };
    assert_eq!(config["Aliases"], json!(["app.shop.example.com"]));
    assert_eq!(config["CustomErrorResponses"][0]["ResponseCode"], json!(200));
    let mut records = ground.property("AWS::Route53::RecordSet", "Type")?;
    records.sort_by_key(ToString::to_string);
    assert_eq!(records, [json!("A"), json!("AAAA")]);
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
    ground.environment(SHOP)?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    assert!(ground.property("AWS::CloudFront::Distribution", "DistributionConfig")?.is_empty());
    Ok(())
}

#[test]
fn a_site_without_a_domain_gives_the_clouds_own_name() -> Told {
    let ground = Ground::new()?;
    let nameless = SHOP.replace("domain: {name: shop.example.com, zone: Z0123456789ABC}\n", "");
    ground.environment(&format!("{nameless}sites:\n  web: {{bucket: bucket.window}}\n"))?;
    let planned = ground.landfall(&["plan", "shop/dev"])?.exits(0)?;
    planned.says("SiteWebUrl")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    let config = ground.property("AWS::CloudFront::Distribution", "DistributionConfig")?;
    let [config] = config.as_slice() else { return Err(format!("{config:?}").into()) };
    assert_eq!(config["ViewerCertificate"], json!({ "CloudFrontDefaultCertificate": true }));
    assert_eq!(config.get("Aliases"), None);
    Ok(())
}
