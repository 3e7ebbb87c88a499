//! A destroy that fails half-way.

use serde_json::json;

use crate::ground::{Ground, Told};

#[test]
fn what_kept_the_rest_is_named_and_the_next_destroy_finishes_or_leaves_it() -> Told {
    for retained in [false, true] {
        let ground = Ground::new()?;
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.fault(
            &json!({"fault": "resource", "resource": "QueueOrders", "on": "delete", "message": "Still in use"}),
        )?;
        let ran = ground.landfall(&["destroy", "shop/dev", "--delete-data"])?.exits(1)?;
        ran.says("first to fail: QueueOrders")?.says("Still in use")?.says("DELETE_FAILED")?;
        assert_eq!(ground.stack()?.as_deref(), Some("DELETE_FAILED"));
        ground.landfall(&["apply", "shop/dev"])?.exits(3)?.says("landfall destroy shop/dev")?;
        let mut destroy = vec!["destroy", "shop/dev", "--delete-data"];
        if retained {
            destroy.extend(["--retain", "QueueOrders"])
        } else {
            ground.no_faults()?
        }
        ground.landfall(&destroy)?.exits(0)?;
        assert_eq!(ground.stack()?, None);
        let left = ground.property("AWS::SQS::Queue", "QueueName")?;
        assert_eq!(left.contains(&"shop-dev-orders".into()), retained);
        ground.is_sound()?;
    }
    Ok(())
}
