//! YAML as a tree in which every key and value knows its place.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use crate::diagnostics::diagnostic::Place;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub content: Content,
    /// Where it stands.
    pub place: Place,
}

/// A value of YAML's core schema.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Switch(bool),
    /// A number; the text is kept, so that a message can show what was written.
    Number(Number, String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping; each key once.
    Map(BTreeMap<String, Entry>),
}

/// A key's place and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where the key stands.
    pub key: Place,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The value without places. A null becomes JSON's null.
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Switch(switch) => Value::Bool(*switch),
            Content::Number(number, _) => Value::Number(number.clone()),
            Content::Text(text) => Value::String(text.clone()),
            Content::List(list) => Value::Array(list.iter().map(Node::to_value).collect()),
            Content::Map(map) => Value::Object(
                map.iter().map(|(key, entry)| (key.clone(), entry.value.to_value())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// What kind of value it is, in words, with the value itself where it is short.
    pub fn describe(&self) -> String {
        match &self.content {
            Content::Null => "nothing".to_owned(),
            Content::Switch(switch) => format!("`{switch}`"),
            Content::Number(_, text) => format!("the number `{text}`"),
            Content::Text(text) if text.chars().count() <= 60 => format!("`{text}`"),
            Content::Text(text) => format!("a text of {} characters", text.chars().count()),
            Content::List(_) => "a list".to_owned(),
            Content::Map(_) => "a mapping".to_owned(),
        }
    }

    /// The place of the deepest part of the path that exists: of a value, or of the key where `of_key` is set.
    pub fn place_of(&self, path: &[String], of_key: bool) -> &Place {
        let Some((first, rest)) = path.split_first() else { return &self.place };
        match &self.content {
            Content::Map(map) => match map.get(first) {
                Some(entry) if rest.is_empty() && of_key => &entry.key,
                Some(entry) => match &entry.value.content {
                    // A mapping spans many lines: its key says better what is meant.
                    Content::Map(_) | Content::List(_) if !entry.value.leads_to(rest) => &entry.key,
                    _ => entry.value.place_of(rest, of_key),
                },
                None => &self.place,
            },
            Content::List(list) => match first.parse::<usize>().ok().and_then(|at| list.get(at)) {
                Some(node) => node.place_of(rest, of_key),
                None => &self.place,
            },
            Content::Null | Content::Switch(_) | Content::Number(..) | Content::Text(_) => &self.place,
        }
    }

    /// Whether the first step of the path exists.
    fn leads_to(&self, path: &[String]) -> bool {
        match (&self.content, path.first()) {
            (_, None) => false,
            (Content::Map(map), Some(first)) => map.contains_key(first),
            (Content::List(list), Some(first)) => first.parse::<usize>().is_ok_and(|at| at < list.len()),
            (Content::Null | Content::Switch(_) | Content::Number(..) | Content::Text(_), Some(_)) => false,
        }
    }
}
