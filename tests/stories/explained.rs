//! The documentation of a rule, from the code in its message.

use crate::ground::{Ground, SHOP, Told};

#[test]
fn the_code_in_a_message_leads_to_what_the_rule_is_about() -> Told {
    let ground = Ground::new()?;
    ground.environment(&SHOP.replace("us-east-1", "us-oost-1"))?;
    ground.landfall(&["validate"])?.says("[aws-region]")?;
    let told = ground.landfall(&["validate", "--explain", "nobody-listens"])?.exits(0)?;
    told.says("nobody-listens: ")?.says("Why: ")?.says("Mend: ")?;
    ground.landfall(&["validate", "--explain", "aws-region"])?.exits(0)?.says("Source: ")?;
    for code in ["azure-region", "gcp-labels", "control-character"] {
        ground.landfall(&["validate", "--explain", code])?.exits(0)?.says("Mend: ")?;
    }
    ground.landfall(&["validate", "--explain", "nobody-listns"])?.exits(64)?.says("did you mean `nobody-listens`?")?;
    ground.landfall(&["validate", "--explain", "xyzzy"])?.exits(64)?.says("--explain` lists the rules")?;
    Ok(())
}

#[test]
fn all_rules_are_listed() -> Told {
    let ground = Ground::new()?;
    let listed = ground.landfall(&["validate", "--explain", "--format", "json"])?.exits(0)?.json()?;
    let rules = listed["rules"].as_array().ok_or("no rules")?;
    for code in ["egress", "aws-region"] {
        assert!(rules.iter().any(|rule| rule["code"] == code), "{code}");
    }
    assert!(rules.iter().all(|rule| rule["title"].as_str().is_some_and(|title| !title.is_empty())));
    ground.landfall(&["validate", "--explain"])?.exits(0)?.says("egress ")?;
    Ok(())
}
