//! The account isn't one of AWS's.
//!
//! Why: the account is compared with the one that the credentials belong to before anything is written; it would never match.
//! Mend: write the twelve digits of the account, in quotes.
//! Source: AWS Account Management reference guide, "View AWS account identifiers".

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "aws-account";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let account = &stack.placement.account;
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    vec![
        Finding::error(CODE, ["placement", "account"], format!("`{account}` isn't an AWS account"))
            .why("an account of AWS has twelve digits")
            .fix("write the account's twelve digits, in quotes"),
    ]
}
