//! A creation that fails.

use serde_json::json;

use crate::ground::{Ground, Told};

#[test]
fn the_resource_that_failed_first_is_named_and_the_stack_is_made_anew_only_when_asked() -> Told {
    let ground = Ground::new()?;
    let fault =
        json!({"fault": "resource", "resource": "QueueOrders", "on": "create", "message": "You have too many queues"});
    ground.fault(&fault)?;
    let ran = ground.landfall(&["apply", "shop/dev"])?.exits(1)?;
    let ran = ran.says("first to fail: QueueOrders")?.says("You have too many queues")?.says("--recreate")?;
    assert!(ran.err.contains("ROLLBACK_COMPLETE"), "{}", ran.said());
    assert_eq!(ground.stack()?.as_deref(), Some("ROLLBACK_COMPLETE"));
    ground.is_sound()?;

    ground.no_faults()?;
    ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says("--recreate")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(3)?.says("--recreate")?;
    assert_eq!(ground.stack()?.as_deref(), Some("ROLLBACK_COMPLETE"), "nothing is deleted unasked");
    ground.landfall(&["apply", "shop/dev", "--recreate"])?.exits(0)?.says("6 added")?;
    assert_eq!(ground.stack()?.as_deref(), Some("CREATE_COMPLETE"));
    ground.is_sound()
}
