//! The YAML that we write, read by PyYAML: it reads YAML 1.1, as CloudFormation does.

use std::collections::BTreeMap;
use std::error::Error;

use landfall::clouds::aws::document::{Template, TemplateResource};
use serde_json::{Value, json};

use crate::python;

/// Text that some reader of YAML takes for something else when it isn't quoted, or that is hard to write.
const TEXTS: [&str; 76] = [
    "on",
    "off",
    "yes",
    "no",
    "y",
    "n",
    "Yes",
    "ON",
    "true",
    "False",
    "0123",
    "1e3",
    "1E3",
    "+1e3",
    "1:30",
    "190:20:30",
    "1:30.5",
    "2012-10-17",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43",
    "0x1F",
    "0b11",
    "1_000",
    ".5",
    "5.",
    "1.5",
    "+5",
    "-5",
    "0o17",
    "=",
    "<<",
    "~",
    "null",
    "Null",
    "",
    " lead",
    "trail ",
    "\ttab",
    "a\tb",
    "a: b",
    "a #b",
    "#c",
    "- a",
    "-",
    "?",
    ":a",
    "a:",
    "!Ref x",
    "&a",
    "*a",
    "@a",
    "`a",
    "%a",
    "|",
    ">",
    "[",
    "{",
    "😀",
    "line\n  indented\n\n",
    " lead\nx",
    "\nx",
    "\n",
    "x\n",
    "x\n\n",
    "x\r\ny",
    "x \ny",
    "\tx\ny",
    "---",
    "...",
    "a\n---\nb",
    "it's",
    "\"q\"",
    ".inf",
    ".NaN",
    "12345678901234567890123",
    "012345678901",
];

#[test]
fn a_yaml_1_1_reader_gets_back_what_we_wrote() -> Result<(), Box<dyn Error>> {
    let mut values: Vec<Value> = TEXTS.iter().map(|text| json!({"Key": [text], *text: 1})).collect();
    values.push(json!({"Numbers": [1, -1, 1.5, 1e300, 1e-7, u64::MAX, 0.1, 1e16, 100.0], "Truths": [true, false]}));
    values.push(json!({"Empty": [[], {}, [[]], [{}]], "Deep": [[["on"], {"a": [{"b": "c"}]}]]}));
    let template = |value: &Value| Template {
        resources: BTreeMap::from([(
            "One".to_owned(),
            TemplateResource {
                kind: "AWS::SSM::Parameter".to_owned(),
                properties: value.as_object().cloned().unwrap_or_default(),
                ..TemplateResource::default()
            },
        )]),
        ..Template::default()
    };
    let texts = values.iter().map(|value| template(value).to_yaml()).collect::<Result<Vec<_>, _>>()?;
    let script = python::root().join("tests/judges/yaml_read.py");
    let read: Vec<Value> = serde_json::from_str(&python::run(&script, &[], &serde_json::to_string(&texts)?)?)?;
    for ((value, text), read) in values.iter().zip(&texts).zip(&read) {
        assert_eq!(&read["Resources"]["One"]["Properties"], value, "{text}");
    }
    Ok(())
}
