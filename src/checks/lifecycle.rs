//! A bucket's lifecycle that contradicts itself or does nothing.
//!
//! Why: an object that is deleted before it is archived is never archived; the clouds count ages in whole days, and refuse a
//! rule without an action, or two for the same prefix that disagree. Earlier versions exist in a versioned bucket only.
//! Mend: archive before deleting, in whole days, one rule a prefix.
//! Source: Amazon S3 user guide, "Lifecycle configuration elements".

use std::collections::BTreeMap;

use crate::diagnostics::finding::Finding;
use crate::model::bucket::Bucket;
use crate::model::stack::Stack;
use crate::model::units::Time;

pub(super) const CODE: &str = "lifecycle";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    stack.buckets.iter().flat_map(|(name, bucket)| of(name.as_str(), bucket)).collect()
}

fn of(name: &str, bucket: &Bucket) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut prefixes: BTreeMap<&str, usize> = BTreeMap::new();
    if let Some(keep) = bucket.keep_versions {
        findings.extend(whole_days(&["buckets", name, "keep-versions"], keep));
        if !bucket.versioned {
            findings.push(
                Finding::error(
                    CODE,
                    ["buckets", name, "keep-versions"],
                    format!("bucket.{name} has no earlier versions"),
                )
                .why("it isn't versioned, so there is nothing to keep")
                .fix("set `versioned: true`, or remove `keep-versions`"),
            );
        }
    }
    for (index, rule) in bucket.lifecycle.iter().enumerate() {
        let index_text = index.to_string();
        let at = |key: &'static str| ["buckets", name, "lifecycle", &index_text, key].map(str::to_owned);
        let whole = ["buckets", name, "lifecycle", &index_text];
        match (rule.archive_after, rule.delete_after) {
            (None, None) => findings.push(
                Finding::error(CODE, whole, "this rule does nothing")
                    .why("it has neither `archive-after` nor `delete-after`")
                    .fix("add one of them, or remove the rule"),
            ),
            (Some(archive), Some(delete)) if delete <= archive => findings.push(
                Finding::error(CODE, at("archive-after"), "these objects are deleted before they are archived")
                    .why(format!("they are deleted after {delete} and archived after {archive}"))
                    .fix("archive earlier, delete later, or remove one of the two")
                    .related(at("delete-after"), "deleted here"),
            ),
            _ => {}
        }
        for (key, age) in [("archive-after", rule.archive_after), ("delete-after", rule.delete_after)] {
            if let Some(age) = age {
                findings.extend(whole_days(&at(key), age));
            }
        }
        if let Some(first) = prefixes.insert(rule.prefix.as_str(), index) {
            let first = first.to_string();
            let which = if rule.prefix.is_empty() { "every object".to_owned() } else { format!("`{}`", rule.prefix) };
            findings.push(
                Finding::error(CODE, whole, format!("a second rule for {which}"))
                    .why("two rules for the same objects may disagree")
                    .fix("make one rule of them")
                    .related(["buckets", name, "lifecycle", &first], "the first"),
            );
        }
    }
    findings
}

fn whole_days<P: ToString>(path: &[P], age: Time) -> Option<Finding> {
    let days = age.as_seconds().is_multiple_of(Time::days(1).as_seconds()) && age.as_seconds() > 0;
    (!days).then(|| {
        Finding::error(CODE, path.iter().map(ToString::to_string), format!("`{age}` isn't a whole number of days"))
            .why("the clouds count the age of objects in whole days, and one is the least")
            .fix(format!("write {}", Time::days(age.as_days().max(1))))
    })
}
