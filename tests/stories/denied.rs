//! Permissions that are missing.

use serde_json::json;

use crate::ground::{Ground, Told};

#[test]
fn a_missing_permission_is_given_as_the_statement_to_add_and_nothing_is_left_behind() -> Told {
    let ground = Ground::new()?;
    let message = "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: cloudformation:ExecuteChangeSet on \
                   resource: arn:aws:cloudformation:us-east-1:111122223333:stack/shop-dev/* because no policy allows it";
    ground.fault(&json!({"fault": "call", "action": "ExecuteChangeSet", "code": "AccessDenied", "status": 403, "message": message}))?;
    let ran = ground.landfall(&["apply", "shop/dev"])?.exits(1)?;
    ran.says(r#"{"Effect": "Allow", "Action": "cloudformation:ExecuteChangeSet", "Resource": "arn:aws:cloudformation:us-east-1:111122223333:stack/shop-dev/*"}"#)?;
    ground.is_sound()?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("6 added")?;
    ground.is_sound()
}

#[test]
fn whoever_may_only_plan_plans_a_new_stack_too_and_leaves_nothing_in_the_way() -> Told {
    let ground = Ground::new()?;
    let message = "User: arn:aws:iam::111122223333:user/plan is not authorized to perform: cloudformation:DeleteStack on \
                   resource: arn:aws:cloudformation:us-east-1:111122223333:stack/shop-dev/* because no policy allows it";
    ground.fault(
        &json!({"fault": "call", "action": "DeleteStack", "code": "AccessDenied", "status": 403, "message": message}),
    )?;
    ground.landfall(&["plan", "shop/dev"])?.exits(0)?.says("6 to add")?;
    ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("6 added")?;
    ground.is_sound()
}
