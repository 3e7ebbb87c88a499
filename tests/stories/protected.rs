//! What is protected is not taken down by mistake.

use crate::ground::{Ground, SHOP, Told};
use crate::scene::SCENES;

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

#[test]
fn what_a_protected_stack_manages_in_azure_is_deleted_by_nobody_else() -> Told {
    let ground = Ground::on(&SCENES[1])?;
    let group = "/subscriptions/00000000-0000-4000-8000-0000000000aa/resourceGroups/shop-dev";
    let queue = format!("{group}/providers/Microsoft.ServiceBus/namespaces/shop-dev-messages-c6d40c44/queues/orders");
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.environment(&format!("{}protection: {{termination: true}}\n", ground.shop()))?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    let refused = ground.arm_delete(&queue).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("DenyAssignmentAuthorizationFailed"), "{refused}");
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
    ground.environment(&ground.shop())?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ground.arm_delete(&queue)?;
    ground.is_sound()
}
