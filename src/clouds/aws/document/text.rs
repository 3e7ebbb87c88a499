//! Text to values: YAML with CloudFormation's short tags, or JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::error::{DocumentError, Place};
use super::json::Strict;
use super::scalar;

/// The largest template that CloudFormation takes, in bytes (from S3; 51,200 in the request itself).
pub const MOST_BYTES: usize = 1 << 20;
/// The most values that a template may have once its aliases are replaced. A real one of 1 MiB has some 100,000.
const MOST_VALUES: usize = 400_000;
/// How deep values may be nested.
const MOST_DEEP: usize = 120;

/// Functions with a short form: `!Sub` is `Fn::Sub`. `!Ref` and `!Condition` have no prefix.
const SHORT: [&str; 20] = [
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAZs",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// Reads a text.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, DocumentError> {
    let text = decode(bytes)?;
    // JSON is YAML too, but its own parser is many times faster. Where it refuses, the other one says why and where.
    if text.trim_start().starts_with('{')
        && let Ok(Strict(value)) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    Loader::new(text, false).document().map(|(value, _)| value)
}

/// Where the values of a text stand, by their path with `/` before every part. Reads the text again: for messages only.
pub(super) fn places(bytes: &[u8]) -> BTreeMap<String, Place> {
    let loaded = decode(bytes).and_then(|text| Loader::new(text, true).document());
    loaded.map(|(_, places)| places).unwrap_or_default()
}

fn decode(bytes: &[u8]) -> Result<&str, DocumentError> {
    if bytes.len() > MOST_BYTES {
        return Err(DocumentError::TooLarge { size: bytes.len(), most: MOST_BYTES });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        DocumentError::NotText { place: Place { line, column } }
    })
}

struct Loader<'a> {
    parser: Parser<'a, serde_saphyr::granit_parser::StrInput<'a>>,
    anchors: BTreeMap<usize, (Value, usize)>,
    values: usize,
    places: Option<BTreeMap<String, Place>>,
    path: String,
}

impl<'a> Loader<'a> {
    fn new(text: &'a str, with_places: bool) -> Self {
        let mut options = serde_saphyr::granit_parser::options! {
            flow_nesting_limit: MOST_DEEP,
            block_nesting_limit: MOST_DEEP,
        };
        options.set_emit_comments(false);
        Self {
            parser: Parser::new_from_str_with_options(text, options),
            anchors: BTreeMap::new(),
            values: 0,
            places: with_places.then(BTreeMap::new),
            path: String::new(),
        }
    }

    fn document(mut self) -> Result<(Value, BTreeMap<String, Place>), DocumentError> {
        let mut found = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if found.is_none() => {}
                Event::DocumentStart(..) => {
                    return Err(unsupported(&span, "a second document starts here; a template is one document"));
                }
                event => found = Some(self.value(event, &span, 0)?),
            }
        }
        Ok((found.unwrap_or(Value::Null), self.places.unwrap_or_default()))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), DocumentError> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let mark = error.marker();
                let place = Place { line: mark.line(), column: mark.col() + 1 };
                Err(DocumentError::Syntax { place, what: error.info() })
            }
            None => Err(DocumentError::Syntax {
                place: Place { line: 1, column: 1 },
                what: "the text ends too early".to_owned(),
            }),
        }
    }

    fn value(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Value, DocumentError> {
        if depth > MOST_DEEP {
            return Err(unsupported(span, &format!("values are nested more than {MOST_DEEP} deep")));
        }
        let before = self.values;
        self.count(1, span)?;
        if let Some(places) = &mut self.places {
            places.entry(self.path.clone()).or_insert_with(|| place(span));
        }
        let (value, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = match &tag {
                    None if style == ScalarStyle::Plain => scalar::plain(&text),
                    Some(tag) if tag.is_yaml_core_schema() => core(tag, &text, span)?,
                    _ => Value::String(text.into_owned()),
                };
                (value, anchor, tag)
            }
            Event::SequenceStart(_, anchor, tag) => (self.sequence(depth)?, anchor, tag),
            Event::MappingStart(_, anchor, tag) => (self.mapping(depth)?, anchor, tag),
            Event::Alias(anchor) => {
                let Some((value, count)) = self.anchors.get(&anchor) else {
                    return Err(unsupported(span, "the alias stands inside the value that it refers to"));
                };
                let (value, count) = (value.clone(), *count);
                self.count(count, span)?;
                return Ok(value);
            }
            _ => return Err(unsupported(span, "this can't stand in a template")),
        };
        let value = match tag {
            Some(tag) if !tag.is_yaml_core_schema() => tagged(&tag, value, span)?,
            _ => value,
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), self.values - before));
        }
        Ok(value)
    }

    fn count(&mut self, more: usize, span: &Span) -> Result<(), DocumentError> {
        self.values += more;
        if self.values > MOST_VALUES {
            return Err(DocumentError::TooMany { place: place(span), most: MOST_VALUES });
        }
        Ok(())
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, DocumentError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::Array(items));
            }
            let outer = self.enter(|| items.len().to_string());
            items.push(self.value(event, &span, depth + 1)?);
            self.path.truncate(outer);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, DocumentError> {
        let mut entries = Map::new();
        let mut seen: BTreeMap<String, Place> = BTreeMap::new();
        loop {
            let (event, span) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok(Value::Object(entries)),
                // A key is text as it is written: 0123 and on stay what they are.
                Event::Scalar(text, style, _, tag) => {
                    if style == ScalarStyle::Plain && text == "<<" {
                        return Err(unsupported(
                            &span,
                            "CloudFormation doesn't merge mappings with <<; write the entries out",
                        ));
                    }
                    if tag.is_some_and(|tag| !tag.is_yaml_core_schema() && !is_text(&tag)) {
                        return Err(unsupported(&span, "a key can't have a tag"));
                    }
                    text.into_owned()
                }
                _ => return Err(unsupported(&span, "a key must be text")),
            };
            if let Some(first) = seen.insert(key.clone(), place(&span)) {
                return Err(DocumentError::Duplicate { place: place(&span), key, first });
            }
            let outer = self.enter(|| key.clone());
            if let Some(places) = &mut self.places {
                places.insert(self.path.clone(), place(&span));
            }
            let (event, span) = self.next()?;
            let value = self.value(event, &span, depth + 1)?;
            self.path.truncate(outer);
            entries.insert(key, value);
        }
    }

    /// Goes one part down in the path, where places are wanted, and gives the length to go back to.
    fn enter(&mut self, part: impl FnOnce() -> String) -> usize {
        let outer = self.path.len();
        if self.places.is_some() {
            self.path.push('/');
            self.path.push_str(&part());
        }
        outer
    }
}

fn place(span: &Span) -> Place {
    Place { line: span.start.line(), column: span.start.col() + 1 }
}

fn unsupported(span: &Span, what: &str) -> DocumentError {
    DocumentError::Unsupported { place: place(span), what: what.to_owned() }
}

/// A scalar with one of YAML's own tags.
fn core(tag: &Tag, text: &str, span: &Span) -> Result<Value, DocumentError> {
    let plain = scalar::plain(text);
    let fits = match tag.suffix() {
        "str" => return Ok(Value::String(text.to_owned())),
        "null" => plain.is_null(),
        "bool" => plain.is_boolean(),
        "int" | "float" => plain.is_number(),
        _ => false,
    };
    if fits { Ok(plain) } else { Err(unsupported(span, &format!("{} doesn't fit {text}", tag.original()))) }
}

/// Whether the tag is `!` alone, which makes a scalar text; the loader has done that already.
fn is_text(tag: &Tag) -> bool {
    format!("{}{}", tag.handle(), tag.suffix()) == "!"
}

/// The long form of a short tag.
fn tagged(tag: &Tag, value: Value, span: &Span) -> Result<Value, DocumentError> {
    if is_text(tag) {
        return Ok(value);
    }
    let name = if tag.handle() == "!" { tag.suffix() } else { "" };
    match name {
        "Ref" => Ok(json!({"Ref": value})),
        "Condition" => Ok(json!({"Condition": value})),
        "GetAtt" => Ok(match value.as_str().and_then(|both| both.split_once('.')) {
            Some((id, attribute)) => json!({"Fn::GetAtt": [id, attribute]}),
            None => json!({"Fn::GetAtt": value}),
        }),
        name if SHORT.contains(&name) => Ok(json!({format!("Fn::{name}"): value})),
        _ => {
            let written = tag.original();
            let meant =
                crate::clouds::aws::registry::near(name, SHORT.into_iter().chain(["Ref", "GetAtt", "Condition"]));
            let remedy = meant.map(|meant| format!("; did you mean !{meant}?")).unwrap_or_default();
            Err(unsupported(span, &format!("{written} is no function of CloudFormation{remedy}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        read(text.as_bytes()).expect(text)
    }

    fn error(text: &str) -> String {
        read(text.as_bytes()).expect_err(text).to_string()
    }

    #[test]
    fn short_tags_become_functions() {
        let text = "
a: !Ref Queue
b: !GetAtt Queue.Nested.Arn
c: !GetAtt [Queue, Arn]
d: !Sub 'x-${A}'
e: !Join ['-', [!Ref A, b]]
f: !If [C, !Ref AWS::NoValue, !Sub ['${X}', {X: !ImportValue v}]]
g: !Equals [!Condition D, '']
h: !GetAZs ''
i: !Base64
  Fn::Sub: |
    line
j: !Transform {Name: AWS::Include}
k: ! 5
";
        let wanted = json!({
            "a": {"Ref": "Queue"},
            "b": {"Fn::GetAtt": ["Queue", "Nested.Arn"]},
            "c": {"Fn::GetAtt": ["Queue", "Arn"]},
            "d": {"Fn::Sub": "x-${A}"},
            "e": {"Fn::Join": ["-", [{"Ref": "A"}, "b"]]},
            "f": {"Fn::If": ["C", {"Ref": "AWS::NoValue"}, {"Fn::Sub": ["${X}", {"X": {"Fn::ImportValue": "v"}}]}]},
            "g": {"Fn::Equals": [{"Condition": "D"}, ""]},
            "h": {"Fn::GetAZs": ""},
            "i": {"Fn::Base64": {"Fn::Sub": "line\n"}},
            "j": {"Fn::Transform": {"Name": "AWS::Include"}},
            "k": "5",
        });
        assert_eq!(value(text), wanted);
    }

    #[test]
    fn json_is_read_with_its_escapes_and_tabs() {
        let text = "{\n\t\"a\": [1, -2, 1.5, true, null, \"\\ud83d\\ude00\\/\"]\n}";
        assert_eq!(value(text), json!({"a": [1, -2, 1.5, true, null, "😀/"]}));
        assert_eq!(value("\u{feff}{\"a\": 1}"), json!({"a": 1}));
        assert_eq!(value("{a: !Ref B}"), json!({"a": {"Ref": "B"}}), "flow YAML is no JSON");
    }

    #[test]
    fn duplicate_keys_are_refused_with_both_places() {
        assert_eq!(error("a: 1\nb: 2\na: 3\n"), "line 3, column 1: a is given twice; the first is at line 1, column 1");
        let json = "{\"a\": 1,\n \"a\": 2}";
        assert_eq!(error(json), "line 2, column 2: a is given twice; the first is at line 1, column 2");
        assert!(error("{\"a\": {\"b\": 1, \"\\u0062\": 2}}").contains("b is given twice"));
    }

    #[test]
    fn keys_are_text_as_written() {
        assert_eq!(value("0123: a\non: b\n123456789012: c\n"), json!({"0123": "a", "on": "b", "123456789012": "c"}));
    }

    #[test]
    fn aliases_are_replaced_and_bombs_are_not() {
        assert_eq!(value("a: &x {b: 1}\nc: *x\n"), json!({"a": {"b": 1}, "c": {"b": 1}}));
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let item = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{}]\n", vec![item; 9].join(", "));
        }
        assert!(error(&bomb).contains("more than 400000 values"));
        assert!(error("a: &x [*x]").contains("line 1"));
    }

    #[test]
    fn what_cloudformation_does_not_know_is_refused_with_its_place() {
        assert_eq!(
            error("a:\n  b: !Reff C\n"),
            "line 2, column 12: !Reff is no function of CloudFormation; did you mean !Ref?"
        );
        assert!(error("a: &x {b: 1}\nc:\n  <<: *x\n").starts_with("line 3, column 3: CloudFormation doesn't merge"));
        assert!(error("a: 1\n---\nb: 2\n").contains("second document"));
        assert!(error("? [a]\n: b\n").contains("a key must be text"));
        assert!(error("a: !!binary aGk=\n").contains("line 1"));
        assert!(error("a: [1, 2\nb: 3\n").starts_with("line "));
        assert!(error("{\"a\": 1,}x").starts_with("line "));
    }

    #[test]
    fn size_depth_and_encoding_are_bounded() {
        assert!(matches!(read(&vec![b' '; MOST_BYTES + 1]), Err(DocumentError::TooLarge { .. })));
        assert!(read("[".repeat(100_000).as_bytes()).is_err());
        assert!(read(format!("{{\"a\":{}", "[".repeat(100_000)).as_bytes()).is_err());
        let deep: String = (0..2000).map(|level| format!("{}a:\n", " ".repeat(level % 400))).collect();
        assert!(read(deep.as_bytes()).is_err());
        let wrong = read(b"a: 1\nb: \xff\n");
        assert_eq!(wrong, Err(DocumentError::NotText { place: Place { line: 2, column: 4 } }));
    }

    #[test]
    fn places_are_known_for_every_path() {
        let places = places(b"Resources:\n  Queue:\n    Type: x\n    List: [a, b]\n");
        assert_eq!(places["/Resources/Queue/Type"], Place { line: 3, column: 5 });
        assert_eq!(places["/Resources/Queue/List/1"], Place { line: 4, column: 15 });
    }
}
