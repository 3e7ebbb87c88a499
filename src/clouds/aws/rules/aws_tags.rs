//! Tags that AWS doesn't take.
//!
//! Why: AWS keeps tags that begin with `aws:` for itself, takes 50 a resource, names of 128 and values of 256 characters, and of
//! signs only `_ . : / = + - @`. The first resource that carries them would fail.
//! Mend: shorten or rename them, or carry fewer.
//! Source: Tagging AWS resources user guide, "Tag naming limits and requirements"; three tags are landfall's own.

use crate::diagnostics::finding::Finding;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "aws-tags";

const MOST: usize = 50;
/// Those that landfall adds, and the name that the console shows.
const OWN: usize = 4;
const LONGEST_NAME: usize = 128;
const LONGEST_VALUE: usize = 256;

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    if stack.tags.len() > MOST - OWN {
        findings.push(
            Finding::error(CODE, ["tags"], format!("{} tags are too many", stack.tags.len()))
                .why(format!("AWS takes {MOST} a resource, and {OWN} are set already"))
                .fix(format!("carry {} or fewer", MOST - OWN)),
        );
    }
    for (name, value) in &stack.tags {
        let path = ["tags", name];
        if name.to_ascii_lowercase().starts_with("aws:") {
            findings.push(
                Finding::error(CODE, path, format!("the tag `{name}` is AWS's own"))
                    .why("names that begin with `aws:` are kept for AWS")
                    .fix("choose another name")
                    .at_key(),
            );
        }
        if let Some((why, fix)) = refusal(name, LONGEST_NAME) {
            findings.push(
                Finding::error(CODE, path, format!("AWS takes no tag named `{name}`")).why(why).fix(fix).at_key(),
            );
        }
        if let Some((why, fix)) = refusal(value, LONGEST_VALUE) {
            findings.push(
                Finding::error(CODE, path, format!("AWS can't store the value of the tag `{name}`")).why(why).fix(fix),
            );
        }
    }
    findings
}

fn refusal(text: &str, longest: usize) -> Option<(String, &'static str)> {
    let length = text.chars().count();
    if length > longest {
        return Some((format!("it has {length} characters, and AWS takes {longest}"), "shorten it"));
    }
    let odd = text.chars().find(|one| !(one.is_alphanumeric() || one.is_whitespace() || "_.:/=+-@".contains(*one)))?;
    // What can't be seen is said by its own rule.
    (!odd.is_control()).then(|| (format!("it holds `{odd}`"), "use letters, digits, spaces and _ . : / = + - @"))
}
