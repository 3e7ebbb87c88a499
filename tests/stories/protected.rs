//! What is protected is not taken down by mistake.

use crate::ground::{Ground, SHOP, Told};

#[test]
fn a_protected_stack_is_deleted_only_when_its_protection_is_lifted_by_name() -> Told {
    let ground = Ground::new()?;
    ground.environment(&format!("{SHOP}protection: {{termination: true}}\n"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    let ran = ground.landfall(&["destroy", "shop/dev", "--delete-data"])?.exits(3)?;
    ran.says("termination protection")?.says("--lift-protection")?;
    assert_eq!(ground.stack()?.as_deref(), Some("CREATE_COMPLETE"));
    ground.environment(SHOP)?;
    ground.landfall(&["plan", "shop/dev", "--detailed-exitcode"])?.exits(2)?.says("termination protection")?;
    ground.environment(&format!("{SHOP}protection: {{termination: true}}\n"))?;
    ground.landfall(&["destroy", "shop/dev", "--delete-data", "--lift-protection"])?.exits(0)?;
    assert_eq!(ground.stack()?, None);
    ground.is_sound()
}

#[test]
fn turning_protection_on_is_a_change_like_any_other_and_the_next_apply_finds_nothing_to_do() -> Told {
    let ground = Ground::new()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.environment(&format!("{SHOP}protection: {{termination: true}}\n"))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
    ground.landfall(&["destroy", "shop/dev", "--delete-data"])?.exits(3)?.says("--lift-protection")?;
    ground.is_sound()
}
