//! YAML text to a [`Node`] tree. Bounded in depth and size, every duplicate key reported, aliases expanded within the bound.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Number;
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span};

use super::node::{Content, Entry, Node};
use crate::diagnostics::diagnostic::{Diagnostic, Place, Related, Severity};

/// The most values a file may hold after its aliases are expanded; stops alias bombs.
const MOST_NODES: usize = 50_000;

/// The deepest nesting; the model needs nine.
const DEEPEST: usize = 64;

/// Reads one document.
///
/// # Errors
/// Every problem found; the tree is still given where only keys were duplicated, so that the rest can be checked.
pub fn parse(file: &str, text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let mut reader = Reader {
        file: file.into(),
        text,
        events: Parser::new_from_str(text),
        lines: std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect(),
        anchors: BTreeMap::new(),
        nodes: 0,
        problems: Vec::new(),
    };
    let node = reader.document();
    (node.ok(), reader.problems)
}

/// Reading can't go on; the reason is among the problems.
struct Stop;

struct Reader<'text> {
    file: Arc<str>,
    text: &'text str,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
    events: Parser<'text, serde_saphyr::granit_parser::StrInput<'text>>,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
    problems: Vec<Diagnostic>,
}

impl<'text> Reader<'text> {
    fn next(&mut self) -> Result<(Event<'text>, Span), Stop> {
        loop {
            match self.events.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok(event)) => return Ok(event),
                Some(Err(error)) => {
                    let mark = error.marker();
                    let place = self.at(mark.line(), mark.col() + 1, mark.col() + 2);
                    self.problem(
                        place,
                        "not-yaml",
                        format!("this isn't YAML: {}", error.kind()),
                        "the file can't be read beyond this place",
                        "check indentation, quotes and colons here and in the line before",
                    );
                    return Err(Stop);
                }
                None => return Err(Stop),
            }
        }
    }

    fn document(&mut self) -> Result<Node, Stop> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if root.is_some() => {
                    let place = self.place(&span);
                    self.problem(
                        place,
                        "second-document",
                        "a second document begins here".into(),
                        "an environment file holds one document",
                        "move it into a file of its own, or remove the `---`",
                    );
                    return Err(Stop);
                }
                Event::DocumentStart(..) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, span, 0)?);
                }
                _ => {}
            }
        }
        let empty = Place { file: Arc::clone(&self.file), line: 1, column: 1, end_line: 1, end_column: 1 };
        Ok(root.unwrap_or(Node { content: Content::Map(BTreeMap::new()), place: empty }))
    }

    fn node(&mut self, event: Event<'text>, span: Span, depth: usize) -> Result<Node, Stop> {
        let place = self.place(&span);
        self.count(1, &place)?;
        if depth > DEEPEST {
            self.problem(
                place,
                "too-deep",
                format!("this is nested more than {DEEPEST} levels deep"),
                "no part of an environment is, so this is a mistake or an attack",
                "remove the nesting",
            );
            return Err(Stop);
        }
        let before = self.nodes;
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(tag) = &tag {
                    self.tag(&tag.to_string(), &place);
                }
                let content = scalar(&text, matches!(style, ScalarStyle::Plain));
                (Node { content, place }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                if let Some(tag) = &tag {
                    self.tag(&tag.to_string(), &place);
                }
                let mut list = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::SequenceEnd) {
                        break;
                    }
                    list.push(self.node(event, span, depth + 1)?);
                }
                (Node { content: Content::List(list), place }, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                if let Some(tag) = &tag {
                    self.tag(&tag.to_string(), &place);
                }
                let map = self.mapping(depth)?;
                (Node { content: Content::Map(map), place }, anchor)
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    self.problem(
                        place,
                        "alias-to-itself",
                        "this alias stands inside what it names".into(),
                        "it would never end",
                        "write the value out",
                    );
                    return Err(Stop);
                };
                self.count(size, &place)?;
                // Places of the anchor's parts stay; the alias itself is where the whole is used.
                return Ok(Node { content: node.content, place });
            }
            _ => return Err(Stop),
        };
        if anchor != 0 {
            let size = self.nodes - before + 1;
            // It is kept a second time, and an anchor within an anchor a third.
            self.count(size, &node.place)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(node)
    }

    fn mapping(&mut self, depth: usize) -> Result<BTreeMap<String, Entry>, Stop> {
        let mut map: BTreeMap<String, Entry> = BTreeMap::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(map);
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            let name = match &key.content {
                Content::Text(text) => text.clone(),
                Content::Number(_, text) => text.clone(),
                Content::Switch(switch) => switch.to_string(),
                Content::Null | Content::List(_) | Content::Map(_) => {
                    self.problem(
                        key.place.clone(),
                        "key-not-text",
                        format!("a key has to be text, and this is {}", key.describe()),
                        "every part of an environment is named by text",
                        "write a name followed by a colon",
                    );
                    continue;
                }
            };
            if name == "<<" {
                self.problem(
                    key.place.clone(),
                    "merge-key",
                    "the merge key `<<` isn't supported".into(),
                    "YAML 1.2 dropped it, and readers disagree about what it does",
                    "write the keys out, or put what environments share into base.yaml",
                );
                continue;
            }
            if let Some(first) = map.get(&name) {
                let first = first.key.clone();
                self.problems.push(Diagnostic {
                    place: key.place.clone(),
                    severity: Severity::Error,
                    code: "duplicate-key".into(),
                    summary: format!("`{name}` stands twice in this mapping"),
                    why: "one of the two would be dropped in silence".into(),
                    fix: "merge the two, or rename one".into(),
                    related: vec![Related { place: first, what: "the first is here".into() }],
                });
                continue;
            }
            map.insert(name, Entry { key: key.place, value });
        }
    }

    fn tag(&mut self, tag: &str, place: &Place) {
        self.problem(
            place.clone(),
            "tag",
            format!("the tag `{tag}` isn't supported"),
            "an environment holds plain values only",
            "remove the tag",
        );
    }

    fn count(&mut self, nodes: usize, place: &Place) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= MOST_NODES {
            return Ok(());
        }
        self.problem(
            place.clone(),
            "too-large",
            format!("the file holds more than {MOST_NODES} values once its aliases are expanded"),
            "no environment does, so this is a mistake or an attack",
            "write the values out, and split the system if it is really so large",
        );
        Err(Stop)
    }

    fn problem(&mut self, place: Place, code: &str, summary: String, why: &str, fix: &str) {
        self.problems.push(Diagnostic {
            place,
            severity: Severity::Error,
            code: code.into(),
            summary,
            why: why.into(),
            fix: fix.into(),
            related: Vec::new(),
        });
    }

    fn at(&self, line: usize, column: usize, end_column: usize) -> Place {
        Place { file: Arc::clone(&self.file), line, column, end_line: line, end_column }
    }

    fn place(&self, span: &Span) -> Place {
        let (start, end) = (span.start, span.end);
        let empty = start.index() == end.index();
        // A block ends where the next thing begins; what people mean is its last line with something on it.
        let (end_line, end_column) = if end.line() > start.line() && end.col() == 0 {
            let begin = self.lines.get(end.line().saturating_sub(2)).copied().unwrap_or(0);
            let last = self.text.get(begin..).unwrap_or("").split('\n').next().unwrap_or("");
            (end.line() - 1, last.chars().count() + 1)
        } else {
            (end.line(), end.col() + 1 + usize::from(empty))
        };
        Place { file: Arc::clone(&self.file), line: start.line(), column: start.col() + 1, end_line, end_column }
    }
}

/// A scalar by YAML 1.2's core schema; quoted text stays text.
fn scalar(text: &str, plain: bool) -> Content {
    if !plain {
        return Content::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Content::Null,
        "true" | "True" | "TRUE" => return Content::Switch(true),
        "false" | "False" | "FALSE" => return Content::Switch(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let numeric = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'))
        && digits.bytes().any(|byte| byte.is_ascii_digit())
        // A leading zero is an octal number to some and a decimal to others: it stays text, and the schema refuses it.
        && !(digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit());
    let number = numeric
        .then(|| {
            let integer = text.strip_prefix('+').unwrap_or(text).parse::<i64>().ok().map(Number::from);
            integer.or_else(|| text.parse::<f64>().ok().filter(|n| n.is_finite()).and_then(Number::from_f64))
        })
        .flatten();
    match number {
        Some(number) => Content::Number(number, text.to_owned()),
        None => Content::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<(String, usize, usize)> {
        let (_, problems) = parse("f", text);
        problems.into_iter().map(|one| (one.code, one.place.line, one.place.column)).collect()
    }

    #[test]
    fn every_duplicate_key_is_reported_with_both_places() {
        let (node, problems) = parse("f", "a: 1\nb: 2\na: 3\nc:\n  d: 1\n  d: 2\n");
        assert!(node.is_some());
        let places: Vec<_> = problems.iter().map(|one| (one.place.line, one.related[0].place.line)).collect();
        assert_eq!(places, [(3, 1), (6, 5)]);
    }

    #[test]
    fn an_alias_bomb_stops_at_the_bound() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let parts = vec![format!("*a{}", level - 1); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{parts}]\n"));
        }
        assert!(codes(&text).iter().any(|(code, ..)| code == "too-large"));
    }

    #[test]
    fn nesting_without_end_stops_at_the_bound() {
        let found = codes(&"[".repeat(100_000));
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn tags_merge_keys_and_second_documents_are_refused() {
        assert_eq!(codes("a: !!python/object x\n")[0].0, "tag");
        assert_eq!(codes("x: &x {a: 1}\ny:\n  <<: *x\n")[0].0, "merge-key");
        assert_eq!(codes("a: 1\n---\nb: 2\n")[0].0, "second-document");
    }

    #[test]
    fn broken_yaml_names_the_place() {
        let found = codes("a: 1\nb: [1, 2\nc: 3\n");
        assert_eq!(found[0].0, "not-yaml");
        assert!(found[0].1 >= 2);
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        let (node, _) = parse("f", "a: no\nb: 012\nc: 1e3\nd: .inf\ne: 0x10\nf: \"5\"\ng: -7\nh:\n");
        let value = node.unwrap().to_value();
        assert_eq!(
            value,
            serde_json::json!({"a": "no", "b": "012", "c": 1000.0, "d": ".inf", "e": "0x10", "f": "5", "g": -7, "h": null})
        );
    }

    #[test]
    fn places_count_characters_from_one() {
        let (node, _) = parse("f", "größe: äö\nnext: yes\n");
        let node = node.unwrap();
        let place = node.place_of(&["größe".to_owned()], false);
        assert_eq!((place.line, place.column, place.end_column), (1, 8, 10));
    }
}
