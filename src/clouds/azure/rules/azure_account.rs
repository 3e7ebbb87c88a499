//! The account isn't a subscription of Azure.
//!
//! Why: the account is compared with the subscription that is written to before anything is; it would never match.
//! Mend: write the subscription's identifier, in quotes, such as "00000000-0000-0000-0000-000000000000".
//! Source: Azure documentation, "Get subscription and tenant IDs in the Azure portal".

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "azure-account";

/// The lengths of the parts of a UUID.
const PARTS: [usize; 5] = [8, 4, 4, 4, 12];

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let account = &stack.placement.account;
    let digits = account.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if digits && account.split('-').map(str::len).eq(PARTS) {
        return Vec::new();
    }
    vec![
        Finding::error(CODE, ["placement", "account"], format!("`{account}` isn't a subscription of Azure"))
            .why("a subscription is named by 32 hexadecimal digits in five groups")
            .fix("write the subscription's identifier, in quotes"),
    ]
}
