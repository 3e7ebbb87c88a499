//! What differs between two environments besides the release that both run.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A setting that two environments have otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Where it stands, such as `databases.main.vcpu`.
    pub path: String,
    /// What the environment has that the release comes from; none where it doesn't say.
    pub from: Option<String>,
    /// What the one has that it goes to; none where it doesn't say.
    pub to: Option<String>,
}

/// The settings that differ, by path.
pub fn differing(from: &Value, to: &Value) -> Vec<Setting> {
    let (mut left, mut right) = (BTreeMap::new(), BTreeMap::new());
    leaves("", from, &mut left);
    leaves("", to, &mut right);
    let paths: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let differs = |path: &&String| left.get(*path) != right.get(*path);
    let setting =
        |path: &String| Setting { path: path.clone(), from: left.get(path).cloned(), to: right.get(path).cloned() };
    paths.into_iter().filter(differs).map(setting).collect()
}

fn leaves(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(&inner, value, into);
            }
        }
        Value::String(text) => {
            into.insert(path.to_owned(), text.clone());
        }
        // A list is one setting: what it holds has no name of its own.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            into.insert(path.to_owned(), value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_setting_is_named_once_by_its_path() {
        let from = json!({"queues": {"orders": {"hidden-for": "30s"}}, "tags": {"a": 1}, "gone": true});
        let to = json!({"queues": {"orders": {"hidden-for": "60s"}}, "tags": {"a": 1}, "domain": {"name": "x"}});
        let found: Vec<String> = differing(&from, &to).into_iter().map(|setting| setting.path).collect();
        assert_eq!(found, ["domain.name", "gone", "queues.orders.hidden-for"]);
    }
}
