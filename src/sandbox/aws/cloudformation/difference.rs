//! What differs between two values, leaf by leaf.

use serde_json::{Map, Value};

use super::evaluate::scalar_text;

/// One leaf, or one whole branch that only one side has.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The way to it.
    pub path: Vec<String>,
    /// What was there.
    pub before: Option<Value>,
    /// What is there.
    pub after: Option<Value>,
}

/// What differs between two maps of properties. Scalars are compared by their text, as CloudFormation does: `5` is `"5"`.
pub fn between(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    maps(&mut Vec::new(), before, after, &mut found);
    found
}

/// Whether two values mean the same to CloudFormation.
pub fn same(before: &Value, after: &Value) -> bool {
    let mut found = Vec::new();
    values(&mut Vec::new(), before, after, &mut found);
    found.is_empty()
}

fn maps(path: &mut Vec<String>, before: &Map<String, Value>, after: &Map<String, Value>, found: &mut Vec<Difference>) {
    for (key, old) in before {
        path.push(key.clone());
        match after.get(key) {
            Some(new) => values(path, old, new, found),
            None => found.push(Difference { path: path.clone(), before: Some(old.clone()), after: None }),
        }
        path.pop();
    }
    for (key, new) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        path.push(key.clone());
        found.push(Difference { path: path.clone(), before: None, after: Some(new.clone()) });
        path.pop();
    }
}

fn values(path: &mut Vec<String>, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => maps(path, before, after, found),
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                path.push(index.to_string());
                values(path, old, new, found);
                path.pop();
            }
        }
        _ => {
            let equal = before == after
                || matches!((scalar_text(before), scalar_text(after)), (Some(before), Some(after)) if before == after);
            if !equal {
                found.push(Difference { path: path.clone(), before: Some(before.clone()), after: Some(after.clone()) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{between, same};

    #[test]
    fn leaves_are_found_and_numbers_written_as_text_are_the_same() {
        let before = json!({"A": {"B": 1, "C": [1, 2]}, "D": "x"});
        let after = json!({"A": {"B": "1", "C": [1, 3]}, "E": true});
        let found = between(before.as_object().unwrap(), after.as_object().unwrap());
        let paths: Vec<String> = found.iter().map(|difference| difference.path.join("/")).collect();
        assert_eq!(paths, ["A/C/1", "D", "E"]);
        assert!(same(&json!({"T": 300}), &json!({"T": "300"})));
    }
}
