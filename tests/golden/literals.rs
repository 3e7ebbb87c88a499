//! Text that users give comes out as it went in, whatever it looks like.

use landfall::clouds::aws::document::Template;
use landfall::clouds::aws::render::render;
use landfall::model::placement::Target;
use landfall::model::stack::Stack;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof, proptest};
use serde_json::{Value, json};

use crate::case::{Case, Outcome, root};

/// A text that stands for the user's while the places are found where it comes out.
const MARK: &str = "mark";

/// Every kind of place where users write free text and that reaches the template, by JSON pointer into the stack.
/// Tags are not among them: AWS takes few characters there, and others are refused at their place (`rules/aws_tags`).
const PLACES: [&str; 15] = [
    "/description",
    "/functions/sorter/description",
    "/functions/sorter/environment/PRICE",
    "/services/counter/command/0",
    "/services/counter/environment/GREETING",
    "/secrets/camera/description",
    "/schedules/nightly/description",
    "/schedules/nightly/input/say",
    "/databases/ledger/parameters/log_line_prefix",
    "/alarms/failing/description",
    "/alarms/no-pictures/metric/dimensions/Fruit",
    "/dashboards/orchard/graphs/0/title",
    "/dashboards/orchard/graphs/0/metric/dimensions/Fruit",
    "/dashboards/orchard/graphs/2/title",
    "/schedules/nightly/time-zone",
];

/// The orchard with a text in every place.
fn orchard(text: &str) -> Outcome<(Target, Stack)> {
    let case = Case { target: "orchard/dev".parse()?, above: root().join("tests/golden") };
    let mut stack = serde_json::to_value(case.stack()?)?;
    for place in PLACES {
        let (parent, key) = place.rsplit_once('/').ok_or("no place")?;
        let parent = stack.pointer_mut(parent).ok_or_else(|| format!("nothing at {parent}"))?;
        match parent {
            Value::Array(items) => items[key.parse::<usize>()?] = json!(text),
            Value::Object(object) => drop(object.insert(key.to_owned(), json!(text))),
            other => return Err(format!("{place} leads into {other}").into()),
        }
    }
    Ok((case.target, serde_json::from_value(stack)?))
}

/// What CloudFormation makes of a value: texts are put together, and what only the cloud knows becomes a text that says so.
/// Documents inside text are read.
fn resolved(value: &Value) -> Value {
    match value {
        Value::Object(object) if object.len() == 1 => match object.iter().next() {
            Some((name, Value::String(id))) if name == "Ref" => json!(format!("<{id}>")),
            Some((name, Value::String(text))) if name == "Fn::Sub" => json!(substituted(text)),
            Some((name, Value::Array(parts))) if name == "Fn::Join" => {
                let pieces: Vec<String> = parts[1]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|piece| match resolved(piece) {
                        Value::String(text) => text,
                        other => other.to_string(),
                    })
                    .collect();
                json!(pieces.join(parts[0].as_str().unwrap_or_default()))
            }
            _ => object.iter().map(|(key, value)| (key.clone(), resolved(value))).collect(),
        },
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| {
                let value = resolved(value);
                let document = ["DashboardBody", "Input"].contains(&key.as_str());
                let read = value.as_str().filter(|_| document).and_then(|text| serde_json::from_str(text).ok());
                (key.clone(), read.unwrap_or(value))
            })
            .collect(),
        Value::Array(items) => items.iter().map(resolved).collect(),
        plain => plain.clone(),
    }
}

/// `Fn::Sub` as the CloudFormation user guide describes it: `${Name}` is replaced, `${!Name}` becomes `${Name}`.
fn substituted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        match name.strip_prefix('!') {
            Some(literal) => out.push_str(&format!("${{{literal}}}")),
            None => out.push_str(&format!("<{name}>")),
        }
        rest = after;
    }
    out + rest
}

/// The mark replaced by the text.
fn marked(value: &Value, text: &str) -> Value {
    match value {
        Value::String(mark) if mark == MARK => json!(text),
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), marked(value, text))).collect(),
        Value::Array(items) => items.iter().map(|item| marked(item, text)).collect(),
        plain => plain.clone(),
    }
}

/// Text with everything in it that means something to somebody on the way.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop_oneof![
            "\\$\\{AWS::AccountId\\}".prop_map(String::from),
            "\\$\\{!x\\}|\\$\\{|\\$|\\}|\\{\\{|\\}\\}|\\{\\{ resolve:|!Sub |!Ref ".prop_map(String::from),
            "\"|\\\\|\n|\t|'|: |# |- |\\{\"Ref\": \"AWS::Region\"\\}|Fn::Sub|%|&amp;|\\u{202e}".prop_map(String::from),
            "on|off|0x1F|2012-10-17|1e3|~|null".prop_map(String::from),
        ],
        any::<String>(),
    ];
    proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn text_comes_out_as_it_went_in(text in text()) {
        if !text.contains("{{resolve:") && text != MARK {
            came_out(&text).unwrap();
        }
    }
}

/// The first place where two values differ, with what stands there.
fn difference(place: &str, ours: &Value, expected: &Value) -> Option<String> {
    match (ours, expected) {
        (Value::Object(ours), Value::Object(expected)) if ours.keys().eq(expected.keys()) => {
            ours.iter().find_map(|(key, value)| difference(&format!("{place}/{key}"), value, &expected[key]))
        }
        (Value::Array(ours), Value::Array(expected)) if ours.len() == expected.len() => ours
            .iter()
            .zip(expected)
            .enumerate()
            .find_map(|(index, (ours, expected))| difference(&format!("{place}/{index}"), ours, expected)),
        _ => (ours != expected).then(|| format!("{place}: {ours} in place of {expected}")),
    }
}

fn came_out(text: &str) -> Outcome<()> {
    let (target, stack) = orchard(MARK)?;
    let plain = render(&target, &stack).map_err(|findings| format!("{findings:#?}"))?.template;
    let expected = marked(&resolved(&serde_json::to_value(&plain)?), text);
    let (target, stack) = orchard(text)?;
    let template = render(&target, &stack).map_err(|findings| format!("{findings:#?}"))?.template;
    let differs = difference("", &resolved(&serde_json::to_value(&template)?), &expected);
    assert_eq!(differs, None, "{text:?}");
    for written in [template.to_yaml()?, template.to_json()?] {
        assert!(Template::read(written.as_bytes())? == template, "{text:?} isn't read back");
    }
    Ok(())
}

#[test]
fn every_place_reaches_the_template() -> Outcome<()> {
    for place in PLACES {
        let (target, stack) = orchard(MARK)?;
        let mut stack = serde_json::to_value(stack)?;
        *stack.pointer_mut(place).ok_or("nothing there")? = json!("a text of its own");
        let rendered = render(&target, &serde_json::from_value(stack)?).map_err(|findings| format!("{findings:#?}"))?;
        assert!(rendered.template.to_json()?.contains("a text of its own"), "{place}");
    }
    Ok(())
}

#[test]
fn text_that_would_fetch_a_secret_is_refused_at_its_place() -> Outcome<()> {
    let (target, stack) = orchard("x {{resolve:ssm:/password}}")?;
    let findings = render(&target, &stack).err().ok_or("not refused")?;
    let refused: Vec<String> = findings
        .iter()
        .filter(|finding| finding.code == "dynamic-reference")
        .map(|finding| format!("/{}", finding.path.join("/")))
        .collect();
    for place in PLACES {
        assert!(refused.iter().any(|refused| refused == place), "{place} isn't among {refused:?}");
    }
    Ok(())
}
