//! What `landfall graph` shows: a stack as a picture in SVG, as a Mermaid diagram, or as nodes and edges in JSON.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, context};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::output::printable::inside;
use crate::model::placement::Target;
use crate::model::stack::Stack;
use crate::picture::link::{Link, links};
use crate::picture::part::{Part, Stands, parts};
use crate::picture::sheet::sheet;
use crate::picture::width::Font;

/// The picture's text.
const TEXT: &str = include_str!("../../templates/graph/picture.svg");

/// The colours of what has a look of its own: its word, its ink by day and by night.
const LOOKS: [(&str, &str, &str); 14] = [
    ("internet", "#1d4ed8", "#79c0ff"),
    ("load-balancer", "#047857", "#56d4a0"),
    ("api", "#047857", "#56d4a0"),
    ("site", "#047857", "#56d4a0"),
    ("schedule", "#0e7490", "#5ccfe6"),
    ("service", "#1d4ed8", "#79c0ff"),
    ("function", "#1d4ed8", "#79c0ff"),
    ("database", "#6d28d9", "#d2a8ff"),
    ("cache", "#b91c1c", "#ff9492"),
    ("queue", "#0f766e", "#4fd1c5"),
    ("bucket", "#3f6212", "#a5d66b"),
    ("secret", "#92400e", "#e3b341"),
    ("setting", "#475569", "#adbac7"),
    ("topic", "#be185d", "#ff9bce"),
];

/// A box's part, as the picture's text needs it.
#[derive(Serialize)]
struct Node {
    id: String,
    component: bool,
    look: &'static str,
    kind: String,
    critical: bool,
    mark: &'static str,
    told: String,
}

/// The picture.
///
/// # Errors
/// Where the text of ours asks for what isn't there.
pub fn picture(target: &Target, stack: &Stack) -> Result<String, Error> {
    let (mut parts, links) = (parts(stack), links(stack));
    parts.iter_mut().for_each(harmless);
    let placement = &stack.placement;
    let sheet = sheet(&parts, &links, stack.network.as_ref(), placement.cloud);
    let nodes = sheet.boxes.iter().filter_map(|drawn| parts.get(drawn.part).map(|part| (drawn, node(part))));
    let nodes: Vec<_> = nodes.collect();
    let room = sheet.width - 48;
    let domain = stack.domain.as_ref().map(|domain| format!(" · {}", domain.name)).unwrap_or_default();
    let place = format!("{target} · {} · {}{domain}", placement.cloud, placement.region);
    let mut texts = Environment::new();
    texts.set_undefined_behavior(UndefinedBehavior::Strict);
    texts.set_auto_escape_callback(|_| AutoEscape::Html);
    texts
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    texts.add_template("picture.svg", TEXT)?;
    let picture = texts.get_template("picture.svg")?.render(context! {
        sheet => Serde(&sheet),
        boxes => Serde(&nodes),
        looks => LOOKS,
        title => shown(&format!("{target}: {}", stack.description)),
        words => shown(&words(target, &parts, &links)),
        headline => Font::bold(19).fit(&shown(&stack.description), room),
        where => Font::of(13).fit(&shown(&place), room),
    })?;
    // HTML's rules escape what XML doesn't ask for; people read the file too.
    Ok(picture.replace("&#x2f;", "/").replace("&#x27;", "'"))
}

/// Nothing that anybody wrote moves a reader's cursor, turns the line around, or is no character of XML.
fn harmless(part: &mut Part) {
    part.name = shown(&part.name);
    part.kind = shown(&part.kind);
    part.facts.iter_mut().for_each(|fact| *fact = shown(fact));
    part.about = part.about.as_deref().map(shown);
}

fn shown(text: &str) -> String {
    inside(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn node(part: &Part) -> Node {
    let about = part.about.iter().cloned();
    let told: Vec<String> = [title(part)].into_iter().chain(part.facts.iter().cloned()).collect();
    Node {
        id: part.id.clone(),
        component: part.of.is_some(),
        look: part.look,
        kind: part.kind.clone(),
        critical: part.is_critical(),
        mark: mark(part.look),
        told: [told.join(", ")].into_iter().chain(about).collect::<Vec<_>>().join(". "),
    }
}

fn title(part: &Part) -> String {
    if part.kind.is_empty() { part.name.clone() } else { format!("{} {}", part.kind, part.name) }
}

/// The sign of a kind of part, on a square of 14 pixels.
const fn mark(look: &str) -> &'static str {
    match look.as_bytes() {
        b"load-balancer" => "M1 7h5M6 7L12 2M6 7h7M6 7l6 5",
        b"api" => "M4 3L1 7l3 4M10 3l3 4-3 4M8 2L6 12",
        b"site" => "M7 1a6 6 0 1 0 .01 0zM1 7h12M7 1c-4 4-4 8 0 12c4-4 4-8 0-12",
        b"schedule" => "M7 1a6 6 0 1 0 .01 0zM7 4v3l3 2",
        b"service" => "M1 4l6-3 6 3v6l-6 3-6-3zM1 4l6 3 6-3M7 7v6",
        b"function" => "M3 1h2l5 12h2M7 6L3 13",
        b"database" => "M2 3c0-3 10-3 10 0v8c0 3-10 3-10 0zM2 3c0 3 10 3 10 0M2 7c0 3 10 3 10 0",
        b"cache" => "M8 1L3 8h4l-1 5 5-7H7z",
        b"queue" => "M1 3h12v8H1zM5 3v8M9 3v8",
        b"bucket" => "M1 3h12l-2 10H3zM1 3c0-2 12-2 12 0",
        b"secret" => "M4 5a3 3 0 1 0 .01 0zM7 8h6v3M10 8v2",
        b"setting" => "M1 4h12M1 10h12M5 2v4M9 8v4",
        b"topic" => "M2 10c2-2 1-8 5-8s3 6 5 8zM6 12h2",
        _ => "",
    }
}

/// All of it in words.
fn words(target: &Target, parts: &[Part], links: &[Link]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.of.is_some()) {
        *counts.entry(part.look).or_default() += 1;
    }
    let counts: Vec<String> = counts.into_iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
    let drawn = links.iter().filter(|link| link.drawn);
    let lines: Vec<String> = drawn.map(|link| format!("{} → {} ({})", link.from, link.to, link.label())).collect();
    format!("{target} has {}. Lines: {}.", counts.join(", "), lines.join("; "))
}

/// What `landfall graph --format json` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Report {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The target.
    pub target: String,
    /// What the system is for, in its author's words.
    pub description: String,
    /// What stands in the stack, and what comes with it, such as load balancers and the internet.
    pub nodes: Vec<NodeReport>,
    /// What calls, feeds, reads or is made of what.
    pub edges: Vec<EdgeReport>,
}

/// Something that stands in a stack.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NodeReport {
    /// What it is known by: `service.api`, `load-balancer.api`, `internet`.
    pub id: String,
    /// The kind of component, such as `service`.
    pub kind: &'static str,
    /// What it is and its name, for people.
    pub title: String,
    /// Whether it is a component of the environment's files; else it comes with one.
    pub component: bool,
    /// The figures that people look for, most important first.
    pub facts: Vec<String>,
    /// What it is for, in its author's words.
    pub description: Option<String>,
    /// Whether it stands in the private subnets.
    pub in_network: bool,
}

/// A line from one node to another, in the direction in which calls and messages go.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EdgeReport {
    /// The id of the node that it begins at.
    pub from: String,
    /// The id of the node that it leads to.
    pub to: String,
    /// What is done along it, such as `reads` or a port.
    pub does: Vec<String>,
    /// Whether it is a line in the picture, too; else the picture writes it in a box.
    pub drawn: bool,
}

/// The schema of [`Report`].
pub fn schema() -> Value {
    schemars::schema_for!(Report).to_value()
}

/// Nodes and edges.
pub fn report(target: &Target, stack: &Stack) -> Report {
    let nodes = parts(stack).into_iter().map(|part| NodeReport {
        kind: part.look,
        title: title(&part),
        component: part.of.is_some(),
        in_network: stack.network.is_some() && matches!(part.stands, Stands::Private | Stands::Data),
        id: part.id,
        facts: part.facts,
        description: part.about,
    });
    let edges = links(stack).into_iter().map(|link| EdgeReport {
        from: link.from,
        to: link.to,
        does: link.does,
        drawn: link.drawn,
    });
    Report {
        format_version: 1,
        target: target.to_string(),
        description: stack.description.clone(),
        nodes: nodes.collect(),
        edges: edges.collect(),
    }
}

/// A Mermaid diagram in a block of Markdown, as forges show it.
pub fn markdown(stack: &Stack) -> String {
    let (parts, links) = (parts(stack), links(stack));
    let id = |id: &str| id.replace(['.', '-'], "_");
    let node = |part: &Part| {
        let label = [title(part)].into_iter().chain(part.facts.iter().cloned()).map(|text| plain(&text));
        format!("{}[\"{}\"]", id(&part.id), label.collect::<Vec<_>>().join("<br/>"))
    };
    let mut text = "```mermaid\nflowchart LR\n".to_owned();
    let inside = |part: &&Part| stack.network.is_some() && matches!(part.stands, Stands::Private | Stands::Data);
    for part in parts.iter().filter(|part| !inside(part)) {
        text.push_str(&format!("  {}\n", node(part)));
    }
    if let Some(network) = &stack.network {
        text.push_str(&format!("  subgraph network [\"Network {}\"]\n", network.range));
        parts.iter().filter(inside).for_each(|part| text.push_str(&format!("    {}\n", node(part))));
        text.push_str("  end\n");
    }
    for link in &links {
        let (line, label) = (if link.drawn { "-->" } else { "-.->" }, plain(&link.label()));
        let label = if label.is_empty() { label } else { format!("|\"{label}\"|") };
        text.push_str(&format!("  {} {line}{label} {}\n", id(&link.from), id(&link.to)));
    }
    text.push_str("```\n");
    text
}

/// Text that ends neither its quotes nor the block that it stands in.
fn plain(text: &str) -> String {
    let text = inside(text).replace('#', "#35;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;");
    text.replace('`', "#96;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
    use quick_xml::Reader;
    use quick_xml::events::Event;
    use serde_json::json;

    fn stack(description: &str, secret: &str, setting: &str) -> Stack {
        let placement = json!({ "cloud": "aws", "account": "111111111111", "region": "us-east-1" });
        let stack = json!({
            "description": description,
            "placement": placement,
            "network": { "range": "10.0.0.0/16", "public": ["10.0.0.0/24"], "private": ["10.0.1.0/24"] },
            "secrets": { "key": { "description": secret } },
            "settings": { "switch": { "description": "x", "value": setting } },
            "artifacts": { "code": { "zip": "a.zip" } },
            "topics": { "alerts": { "subscribers": [{ "email": "a@example.com" }] } },
            "functions": { "work": {
                "artifact": "code", "handler": "a", "memory": "1GiB", "timeout": "1m", "private": true,
                "access": { "secret.key": ["read"], "setting.switch": ["read"], "topic.alerts": ["publish"] },
            } },
        });
        serde_json::from_value(stack).unwrap()
    }

    /// The texts of an XML document; fails where it is none.
    fn texts(xml: &str) -> Vec<String> {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_end_names = true;
        let (mut texts, mut here) = (Vec::new(), String::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Text(text) => here.push_str(&text),
                Event::GeneralRef(name) => {
                    here.push_str(&quick_xml::escape::unescape(&format!("&{};", name.into_inner())).unwrap());
                }
                Event::Start(_) | Event::End(_) | Event::Empty(_) => texts.push(std::mem::take(&mut here)),
                Event::Eof => return texts,
                _ => {}
            }
        }
    }

    proptest! {
        #[test]
        fn what_somebody_wrote_comes_out_as_it_was_and_is_never_markup(
            description in ".{0,60}", secret in "[<>&\"'/\\PC]{0,60}", setting in ".{0,20}",
        ) {
            let target = "shop/dev".parse().unwrap();
            let drawn = picture(&target, &stack(&description, &secret, &setting)).unwrap();
            let texts = texts(&drawn);
            let title = shown(&format!("shop/dev: {description}"));
            prop_assert!(texts.contains(&title), "{drawn}");
            prop_assert!(texts.iter().any(|text| text.ends_with(&format!(". {}", shown(&secret)))), "{drawn}");
            prop_assert_eq!(drawn.matches("<g class=\"node ").count(), 5, "{}", drawn);
            prop_assert_eq!(&picture(&target, &stack(&description, &secret, &setting)).unwrap(), &drawn);
        }
    }

    #[test]
    fn a_diagram_has_every_part_and_no_text_ends_its_block() {
        let text = markdown(&stack("x", "x", "```\"]"));
        assert!(text.starts_with("```mermaid\nflowchart LR\n") && text.ends_with("```\n"), "{text}");
        assert_eq!(text.matches("```").count(), 2, "{text}");
        assert!(
            text.contains("  subgraph network [\"Network 10.0.0.0/16\"]\n    function_work[\"Function work<br/>"),
            "{text}"
        );
        assert!(text.contains("  function_work -->|\"publishes\"| topic_alerts\n"), "{text}");
        assert!(text.contains("  function_work -.->|\"runs\"| artifact_code\n"), "{text}");
    }

    #[test]
    fn nodes_and_edges_have_what_the_picture_writes_in_its_boxes_too() {
        let report = report(&"shop/dev".parse().unwrap(), &stack("x", "x", "true"));
        let report = serde_json::to_value(report).unwrap();
        assert_eq!(report["format_version"], 1);
        let edges = report["edges"].as_array().unwrap();
        let runs = json!({ "from": "function.work", "to": "artifact.code", "does": ["runs"], "drawn": false });
        assert!(edges.contains(&runs), "{report:#}");
        let work = report["nodes"].as_array().unwrap().iter().find(|node| node["id"] == "function.work").unwrap();
        assert_eq!((&work["title"], &work["in_network"]), (&json!("Function work"), &json!(true)));
        assert_eq!(work["facts"], json!(["1 GiB", "up to 1 min"]));
    }
}
