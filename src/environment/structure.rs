//! Whether a tree has the structure that the model's JSON Schema describes; every deviation with its place.
//!
//! It understands the part of JSON Schema that the model uses: types, references, required and unknown properties, choices,
//! constants, patterns and bounds.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::node::{Content, Node};
use super::suggestion::{has_host_bits, suggestion};
use crate::diagnostics::diagnostic::{Diagnostic, Place, Severity};
use crate::diagnostics::nearest::nearest;
use crate::model::text::FORMS;

/// A schema and the patterns of it that were compiled so far: many trees are checked against one schema.
#[derive(Debug)]
pub struct Structure {
    schema: Value,
    patterns: Patterns,
}

/// Patterns by their text; none where one can't be compiled.
type Patterns = Mutex<BTreeMap<String, Option<Arc<Regex>>>>;

impl Structure {
    /// The structure that a schema describes.
    pub fn new(schema: Value) -> Self {
        Self { schema, patterns: Mutex::default() }
    }

    /// Checks a tree.
    pub fn check(&self, node: &Node) -> Vec<Diagnostic> {
        let mut walk = Walk { root: &self.schema, problems: Vec::new(), patterns: &self.patterns };
        walk.node(&self.schema, node, &Called::File);
        walk.problems
    }
}

/// From here on numbers aren't kept to the last digit: 64 bits.
const LARGEST_WHOLE: f64 = 9.2e18;

struct Walk<'schema> {
    root: &'schema Value,
    problems: Vec<Diagnostic>,
    patterns: &'schema Patterns,
}

/// The keys of an object schema.
struct Shape<'schema> {
    properties: Option<&'schema Map<String, Value>>,
    patterns: Option<&'schema Map<String, Value>>,
    additional: Option<&'schema Value>,
    required: &'schema [Value],
}

impl<'schema> Shape<'schema> {
    fn required(&self) -> impl Iterator<Item = &'schema str> {
        self.required.iter().filter_map(Value::as_str)
    }
}

/// What a message calls a value. Put into words only where there is a message.
enum Called<'walk> {
    File,
    Key(&'walk str),
    Item(usize, &'walk Called<'walk>),
}

impl fmt::Display for Called<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Called::File => f.write_str("the file"),
            Called::Key(key) => write!(f, "`{key}`"),
            Called::Item(number, list) => write!(f, "item {number} of {list}"),
        }
    }
}

/// The types that a schema allows.
#[derive(Clone, Copy)]
enum Types<'schema> {
    Any,
    One(&'schema str),
    Some(&'schema [Value]),
}

impl<'schema> Types<'schema> {
    fn of(schema: &'schema Value) -> Self {
        match schema.get("type") {
            Some(Value::String(kind)) => Types::One(kind),
            Some(Value::Array(kinds)) => Types::Some(kinds),
            _ if schema.get("properties").is_some() => Types::One("object"),
            _ => Types::Any,
        }
    }

    fn iter(self) -> impl Iterator<Item = &'schema str> {
        let (one, some) = match self {
            Types::Any => (None, [].as_slice()),
            Types::One(kind) => (Some(kind), [].as_slice()),
            Types::Some(kinds) => (None, kinds),
        };
        one.into_iter().chain(some.iter().filter_map(Value::as_str))
    }

    fn contain(self, kind: &str) -> bool {
        self.iter().any(|one| one == kind)
    }

    /// Whether it is that type and no other.
    fn are(self, kind: &str) -> bool {
        self.iter().eq([kind])
    }
}

/// Whether a schema takes any text.
fn is_any_text(schema: &Value) -> bool {
    Types::of(schema).are("string") && ["pattern", "const", "enum"].iter().all(|key| schema.get(key).is_none())
}

impl<'schema> Walk<'schema> {
    /// Follows references.
    fn resolve(&self, mut schema: &'schema Value) -> &'schema Value {
        while let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let Some(target) = reference.strip_prefix("#/$defs/").and_then(|name| self.root.get("$defs")?.get(name))
            else {
                break;
            };
            schema = target;
        }
        schema
    }

    fn node(&mut self, schema: &'schema Value, node: &Node, name: &Called<'_>) {
        let schema = self.resolve(schema);
        if schema == &Value::Bool(true) || schema.as_object().is_some_and(Map::is_empty) {
            return;
        }
        if let Some(branches) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array) {
            return self.choice(schema, branches, node, name);
        }
        if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
            return self.one_of(allowed.iter().filter_map(Value::as_str).collect(), node, name);
        }
        let types = Types::of(schema);
        match &node.content {
            Content::Map(map) if types.contain("object") => {
                let shape = shape(schema);
                for (key, entry) in map {
                    self.property(&shape, key, &entry.key, &entry.value);
                }
                for required in shape.required() {
                    if !map.contains_key(required) {
                        let describe =
                            shape.properties.and_then(|all| all.get(required)).and_then(|s| s.get("description"));
                        self.problem(
                            &node.place,
                            "missing-key",
                            format!("{name} lacks `{required}`"),
                            describe.and_then(Value::as_str).map(first_sentence).unwrap_or_default(),
                            format!("add `{required}:`"),
                        );
                    }
                }
            }
            Content::List(list) if types.contain("array") => {
                if let Some(items) = schema.get("items") {
                    for (at, item) in list.iter().enumerate() {
                        self.node(items, item, &Called::Item(at + 1, name));
                    }
                }
            }
            Content::Text(text) if types.contain("string") => self.text(schema, text, node, name),
            Content::Number(number, _) if types.contain("integer") || types.contain("number") => {
                let value = number.as_f64().unwrap_or(f64::NAN);
                let whole = number.is_i64() || number.is_u64();
                if !whole && !types.contain("number") && (value.fract() != 0.0 || value.abs() < LARGEST_WHOLE) {
                    return self.expected(schema, node, name, "a whole number");
                }
                self.bounds(schema, value, node, name);
            }
            Content::Switch(_) if types.contain("boolean") => {}
            _ if types.iter().next().is_none() => {}
            _ => {
                let expects = words(types);
                self.expected(schema, node, name, &expects);
            }
        }
    }

    fn property(&mut self, shape: &Shape<'schema>, key: &str, place: &Place, value: &Node) {
        if let Some(schema) = shape.properties.and_then(|all| all.get(key)) {
            return self.node(schema, value, &Called::Key(key));
        }
        for (pattern, schema) in shape.patterns.into_iter().flatten() {
            if self.matches(pattern, key) {
                return self.node(schema, value, &Called::Key(key));
            }
        }
        match shape.additional {
            Some(Value::Bool(false)) | None if shape.patterns.is_some_and(|patterns| !patterns.is_empty()) => {
                let pattern = shape.patterns.into_iter().flatten().map(|(pattern, _)| pattern.as_str()).next();
                let form = FORMS.iter().find(|form| Some(form.pattern) == pattern);
                let expects = form.map_or("a key of the right form", |form| form.expects);
                let (what, rule) = expects.split_once(": ").unwrap_or((expects, expects));
                let why = match key.chars().find(|one| !one.is_ascii()) {
                    Some(foreign) => not_ascii(foreign),
                    None => "its form makes sure that it can be used everywhere".to_owned(),
                };
                let fix = match form.and_then(|form| suggestion(form.name, key)) {
                    Some(meant) if rule == expects => format!("did you mean `{meant}`?"),
                    Some(meant) => format!("did you mean `{meant}`? It takes {rule}"),
                    None => format!("write {rule}"),
                };
                self.problem(place, "wrong-name", format!("`{}` isn't {what}", shorten(key)), why, fix);
            }
            Some(Value::Bool(false)) => {
                let known: Vec<&str> = shape.properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
                let fix = match nearest(key, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known here: {}", known.join(", ")),
                };
                self.problem(
                    place,
                    "unknown-key",
                    format!("there is no `{}` here", shorten(key)),
                    "a key that nobody reads would be dropped in silence".into(),
                    fix,
                );
            }
            Some(schema) => self.node(schema, value, &Called::Key(key)),
            None => {}
        }
    }

    /// Chooses the branch that was meant and checks against it, so that the message is about that one.
    fn choice(&mut self, outer: &'schema Value, branches: &'schema [Value], node: &Node, name: &Called<'_>) {
        let mut resolved = Vec::new();
        self.flatten(branches, &mut resolved);
        resolved.retain(|branch| !Types::of(branch).are("null"));
        // Words of an enumeration whose variants are documented one by one.
        if resolved.iter().all(|branch| branch.get("const").is_some() || branch.get("enum").is_some()) {
            let words = resolved
                .iter()
                .flat_map(|branch| match (branch.get("const"), branch.get("enum").and_then(Value::as_array)) {
                    (Some(word), _) => vec![word],
                    (None, Some(words)) => words.iter().collect(),
                    (None, None) => Vec::new(),
                })
                .filter_map(Value::as_str)
                .collect();
            return self.one_of(words, node, name);
        }
        if let [only] = resolved.as_slice() {
            return self.node(only, node, name);
        }
        let fitting: Vec<&'schema Value> = resolved.iter().copied().filter(|branch| fits(branch, node)).collect();
        let meant = fitting.iter().copied().max_by_key(|branch| likeness(branch, node));
        match meant {
            Some(branch) => {
                if resolved.iter().any(|branch| is_any_text(branch)) {
                    self.keeps_its_form(node, name);
                }
                self.node(branch, node, name);
            }
            None => {
                let kinds: Vec<String> = resolved
                    .iter()
                    .map(|branch| match branch.get("properties").and_then(Value::as_object) {
                        Some(properties) => {
                            let keys: Vec<_> = properties.keys().map(|key| format!("`{key}`")).collect();
                            format!("a mapping with {}", keys.join(", "))
                        }
                        None => words(Types::of(branch)),
                    })
                    .collect();
                self.expected(outer, node, name, &kinds.join(", or "));
            }
        }
    }

    /// Where any text may stand, a number is passed on as text: it has to come out as it was written.
    fn keeps_its_form(&mut self, node: &Node, name: &Called<'_>) {
        let Content::Number(number, text) = &node.content else { return };
        let read = match number.as_i64() {
            Some(whole) => whole.to_string(),
            None => number.as_f64().unwrap_or(f64::NAN).to_string(),
        };
        if read != *text {
            self.problem(
                &node.place,
                "wrong-form",
                format!("{name} would become `{read}`, not `{text}`"),
                "without quotes YAML reads this as a number, and a number doesn't keep how it was written".into(),
                format!("write `\"{text}\"`"),
            );
        }
    }

    /// The branches of a choice, those of choices inside it included.
    fn flatten(&self, branches: &'schema [Value], into: &mut Vec<&'schema Value>) {
        for branch in branches {
            let branch = self.resolve(branch);
            match branch.get("anyOf").or_else(|| branch.get("oneOf")).and_then(Value::as_array) {
                Some(inner) => self.flatten(inner, into),
                None => into.push(branch),
            }
        }
    }

    fn one_of(&mut self, allowed: Vec<&str>, node: &Node, name: &Called<'_>) {
        let written = match &node.content {
            Content::Text(text) if allowed.contains(&text.as_str()) => return,
            Content::Text(text) => text.as_str(),
            _ => "",
        };
        let fix = match nearest(written, allowed.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? Possible: {}", allowed.join(", ")),
            None => format!("possible: {}", allowed.join(", ")),
        };
        self.problem(
            &node.place,
            "unknown-word",
            format!("{name} can't be {}", node.describe()),
            "it is one of a fixed set of words".into(),
            fix,
        );
    }

    fn text(&mut self, schema: &'schema Value, text: &str, node: &Node, name: &Called<'_>) {
        if let Some(word) = schema.get("const").and_then(Value::as_str) {
            return self.one_of(vec![word], node, name);
        }
        let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else { return };
        if !self.matches(pattern, text) {
            self.expected(schema, node, name, "text of another form");
        }
    }

    /// Whether a text is of a pattern; of a form's pattern, whether the form reads it, which is exact and needs no
    /// regular expression.
    fn matches(&mut self, pattern: &'schema str, text: &str) -> bool {
        if let Some(form) = FORMS.iter().find(|form| form.pattern == pattern) {
            return (form.reads)(text);
        }
        self.pattern(pattern).is_none_or(|regex| regex.is_match(text))
    }

    /// The pattern, compiled the first time that it is asked for. Nobody waits while another matches.
    fn pattern(&self, pattern: &str) -> Option<Arc<Regex>> {
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = patterns.get(pattern) {
            return known.clone();
        }
        let regex = Regex::new(pattern).ok().map(Arc::new);
        patterns.insert(pattern.to_owned(), regex.clone());
        regex
    }

    fn bounds(&mut self, schema: &Value, number: f64, node: &Node, name: &Called<'_>) {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let (least, most) = (bound("minimum"), bound("maximum"));
        if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
            let range = match (least, most) {
                (Some(least), Some(most)) => format!("from {least} to {most}"),
                (Some(least), None) => format!("{least} or more"),
                (None, Some(most)) => format!("{most} or less"),
                (None, None) => return,
            };
            self.problem(
                &node.place,
                "out-of-range",
                format!("{name} can't be {}", node.describe()),
                format!("it has to be {range}"),
                "write a number in that range".into(),
            );
        }
    }

    fn expected(&mut self, schema: &Value, node: &Node, name: &Called<'_>, fallback: &str) {
        let expects = schema.get("x-expects").and_then(Value::as_str).unwrap_or(fallback);
        let form = schema.get("x-form").and_then(Value::as_str);
        let types = Types::of(schema);
        let (code, why) = match (&node.content, form) {
            (Content::Number(..), Some("Size" | "Time" | "Percent" | "Money")) => {
                ("wrong-unit", "a bare number doesn't say in what it is measured".to_owned())
            }
            (Content::Number(..) | Content::Switch(_), _) if types.are("string") => {
                ("wrong-type", "without quotes YAML reads this as a number or a switch".to_owned())
            }
            (Content::Text(text), Some(form)) if has_host_bits(form, text) => {
                ("wrong-form", "bits are set outside its mask, so the range or the mask is a mistake".to_owned())
            }
            (Content::Text(text), _) if types.contain("string") => {
                let foreign = text.chars().find(|one| !one.is_ascii()).map(not_ascii);
                let why = "there is one way to write it, so that nobody has to guess what is meant";
                ("wrong-form", foreign.unwrap_or_else(|| why.to_owned()))
            }
            (Content::Text(text), _) if text.parse::<f64>().is_ok_and(f64::is_finite) => {
                ("wrong-type", "in quotes it is text".to_owned())
            }
            _ => {
                let description = schema.get("description").and_then(Value::as_str);
                ("wrong-type", description.map(first_sentence).unwrap_or_default())
            }
        };
        let written = match &node.content {
            Content::Text(text) | Content::Number(_, text) => text.as_str(),
            Content::Null | Content::Switch(_) | Content::List(_) | Content::Map(_) => "",
        };
        let meant = match (form, written) {
            (Some(form), written) => suggestion(form, written),
            (None, "yes" | "Yes" | "on" | "On") if types.are("boolean") => Some("true".to_owned()),
            (None, "no" | "No" | "off" | "Off") if types.are("boolean") => Some("false".to_owned()),
            _ => None,
        };
        let fix = match (meant, &node.content) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, Content::Number(..) | Content::Switch(_)) if code == "wrong-type" && types.are("string") => {
                "put it in quotes".to_owned()
            }
            (None, Content::Text(_)) if why == "in quotes it is text" => "take the quotes away".to_owned(),
            (None, _) if expects == "a mapping" => "write names, each with a colon and what belongs to it".to_owned(),
            (None, _) if expects == "a list" => "write a list, such as [first, second]".to_owned(),
            (None, _) => format!("write {expects}"),
        };
        let summary = format!("{name} has to be {expects}, not {}", node.describe());
        self.problem(&node.place, code, summary, why, fix);
    }

    fn problem(&mut self, place: &Place, code: &str, summary: String, why: String, fix: String) {
        self.problems.push(Diagnostic {
            place: first_line(place),
            severity: Severity::Error,
            code: code.into(),
            summary,
            why,
            fix,
            related: Vec::new(),
        });
    }
}

/// A place that spans lines, cut to its beginning.
fn first_line(place: &Place) -> Place {
    if place.end_line == place.line {
        return place.clone();
    }
    Place { end_line: place.line, end_column: place.column + 1, ..place.clone() }
}

fn shape(schema: &Value) -> Shape<'_> {
    Shape {
        properties: schema.get("properties").and_then(Value::as_object),
        patterns: schema.get("patternProperties").and_then(Value::as_object),
        additional: schema.get("additionalProperties"),
        required: schema.get("required").and_then(Value::as_array).map_or(&[], Vec::as_slice),
    }
}

/// Whether the node could be of that branch at all.
fn fits(branch: &Value, node: &Node) -> bool {
    let types = Types::of(branch);
    match &node.content {
        Content::Map(_) => types.contain("object"),
        Content::List(_) => types.contain("array"),
        Content::Text(_) => types.contain("string"),
        Content::Switch(_) => types.contain("boolean"),
        Content::Number(number, _) => {
            types.contain("number") || types.contain("integer") && (number.is_i64() || number.is_u64())
        }
        Content::Null => types.contain("null"),
    }
}

/// How many of the branch's keys the node has, then how many it nearly has, then how many of those that it must have.
fn likeness(branch: &Value, node: &Node) -> (usize, usize, usize) {
    let Content::Map(map) = &node.content else { return (0, 0, 0) };
    let shape = shape(branch);
    let is_known = |key: &str| shape.properties.is_some_and(|all| all.contains_key(key));
    let known = map.keys().filter(|key| is_known(key)).count();
    let keys = || shape.properties.into_iter().flat_map(Map::keys).map(String::as_str);
    let near = map.keys().filter(|key| !is_known(key) && nearest(key, keys()).is_some()).count();
    let required = shape.required().filter(|key| map.contains_key(*key)).count();
    (known, near, required)
}

fn words(types: Types<'_>) -> String {
    let words: Vec<&str> = types
        .iter()
        .filter(|kind| *kind != "null")
        .map(|kind| match kind {
            "object" => "a mapping",
            "array" => "a list",
            "string" => "text",
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            other => other,
        })
        .collect();
    words.join(" or ")
}

fn first_sentence(text: &str) -> String {
    let text = text.replace('\n', " ");
    let sentence = text.split_once(". ").map_or(text.trim_end_matches('.'), |(first, _)| first);
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) if letters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => sentence.to_owned(),
    }
}

fn not_ascii(character: char) -> String {
    format!("`{character}` is U+{:04X}, which isn't ASCII however it looks", u32::from(character))
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
