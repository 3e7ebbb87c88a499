//! A tag that Azure doesn't take.
//!
//! Why: a resource with such a tag isn't created.
//! Mend: use other characters, or fewer.
//! Source: Azure Resource Manager documentation, "Use tags to organize your Azure resources": 50 tags, names of up to 512
//! characters (128 for storage accounts) without `<>%&\?/`, values of up to 256 characters; no name begins with `microsoft`,
//! `azure` or `windows`.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "azure-tags";

/// The most tags of ours and the user's; three are ours.
const MOST: usize = 47;
const NAME: usize = 128;
const VALUE: usize = 256;
const RESERVED: [&str; 3] = ["microsoft", "azure", "windows"];

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    if stack.tags.len() > MOST {
        findings.push(
            Finding::error(CODE, ["tags"], format!("{} tags are too many", stack.tags.len()))
                .why(format!("Azure takes 50, and three are landfall's: {MOST} are left"))
                .fix("take some out"),
        );
    }
    for (name, value) in &stack.tags {
        let lower = name.to_ascii_lowercase();
        let why = if name.chars().any(|one| "<>%&\\?/".contains(one)) {
            r"a tag's name holds none of <>%&\?/".to_owned()
        } else if RESERVED.iter().any(|word| lower.starts_with(word)) {
            format!("names of tags don't begin with any of {}", RESERVED.join(", "))
        } else if name.chars().count() > NAME {
            format!("a tag's name has {NAME} characters at most")
        } else if value.chars().count() > VALUE {
            format!("a tag's value has {VALUE} characters at most")
        } else {
            continue;
        };
        let finding = Finding::error(CODE, ["tags", name], format!("Azure doesn't take the tag `{name}`"));
        findings.push(finding.why(why).fix("write it otherwise"));
    }
    findings
}
