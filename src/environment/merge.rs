//! An environment laid over the system's base: mappings merge by key, a null removes, everything else replaces.

use std::collections::BTreeMap;

use super::node::{Content, Entry, Node};

/// Lays `over` on `base`. What comes from where keeps its place.
pub fn merge(base: &Node, over: Node) -> Node {
    match (&base.content, over.content) {
        (Content::Map(base_map), Content::Map(over_map)) => {
            let untouched = base_map.iter().filter(|(key, _)| !over_map.contains_key(*key));
            let mut map: BTreeMap<String, Entry> = untouched.map(|(key, entry)| (key.clone(), entry.clone())).collect();
            for (key, entry) in over_map {
                if entry.value.content == Content::Null {
                    continue;
                }
                let value = match base_map.get(&key) {
                    Some(below) => merge(&below.value, entry.value),
                    None => without_nulls(entry.value),
                };
                map.insert(key, Entry { key: entry.key, value });
            }
            Node { content: Content::Map(map), place: over.place }
        }
        (_, over_content) => without_nulls(Node { content: over_content, place: over.place }),
    }
}

/// A mapping without the keys that hold nothing: a null that removes where there is nothing to remove.
pub fn without_nulls(node: Node) -> Node {
    let content = match node.content {
        Content::Map(map) => Content::Map(
            map.into_iter()
                .filter(|(_, entry)| entry.value.content != Content::Null)
                .map(|(key, entry)| (key, Entry { key: entry.key, value: without_nulls(entry.value) }))
                .collect(),
        ),
        Content::List(list) => Content::List(list.into_iter().map(without_nulls).collect()),
        other => other,
    };
    Node { content, place: node.place }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn merged(base: &str, over: &str) -> Node {
        merge(&parse("base", base).0.unwrap(), parse("over", over).0.unwrap())
    }

    #[test]
    fn mappings_merge_lists_replace_and_null_removes() {
        let node = merged("a: {x: 1, y: 2, z: {p: 1}}\nl: [1, 2]\n", "a: {y: null, z: {q: 2}}\nl: [3]\nn: null\n");
        assert_eq!(node.to_value(), serde_json::json!({"a": {"x": 1, "z": {"p": 1, "q": 2}}, "l": [3]}));
    }

    #[test]
    fn everything_keeps_the_place_it_came_from() {
        let node = merged("a:\n  x: 1\n  y: 2\n", "a:\n  y: 3\n");
        assert_eq!(node.place_of(&["a".into(), "x".into()], false).file.as_ref(), "base");
        assert_eq!(node.place_of(&["a".into(), "y".into()], false).file.as_ref(), "over");
    }

    #[test]
    fn merging_with_nothing_changes_nothing() {
        let text = "a: {x: 1}\nl: [1, {b: 2}]\n";
        assert_eq!(merged(text, "").to_value(), parse("f", text).0.unwrap().to_value());
    }
}
