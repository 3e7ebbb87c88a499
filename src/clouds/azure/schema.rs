//! What the resource providers say of the types that we render: properties, words that they take, bounds.
//!
//! The definitions lie in `schema.bin`, made by `tools/arm_types.py` from Azure/bicep-types-az (MIT licence, © Microsoft
//! Corporation) of August 2026.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::document::{Resource, Template};

static PACKED: &[u8] = include_bytes!("schema.bin");

/// The definitions; empty where the file can't be read, so that every type is unknown.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut text = String::new();
    let read = flate2::read::ZlibDecoder::new(PACKED).read_to_string(&mut text);
    read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default()
});

#[derive(Debug, Default, Deserialize)]
struct Known {
    types: BTreeMap<String, usize>,
    definitions: Vec<Definition>,
}

/// A definition; which of its parts are there tells what it is. The layout is described in `tools/arm_types.py`.
#[derive(Debug, Default, Deserialize)]
struct Definition {
    #[serde(rename = "o")]
    properties: Option<BTreeMap<String, (u8, usize)>>,
    #[serde(rename = "a")]
    others: Option<usize>,
    #[serde(rename = "d")]
    discriminator: Option<String>,
    #[serde(rename = "e", default)]
    elements: BTreeMap<String, usize>,
    #[serde(rename = "l")]
    items: Option<usize>,
    #[serde(rename = "u")]
    union: Option<Vec<usize>>,
    #[serde(rename = "v")]
    literal: Option<String>,
    #[serde(rename = "t")]
    plain: Option<String>,
    #[serde(rename = "p")]
    pattern: Option<String>,
    #[serde(rename = "m")]
    most: Option<i64>,
    #[serde(rename = "n")]
    least: Option<i64>,
}

const REQUIRED: u8 = 1;
const READ_ONLY: u8 = 2;

/// Something in a resource that its provider would refuse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where in the resource, such as `properties.sku`.
    pub path: String,
    /// What is wrong.
    pub what: String,
}

/// What is wrong with a resource; nothing is known of expressions, which pass as any value.
pub fn check(resource: &Resource) -> Vec<Problem> {
    let Some(at) = find(&resource.kind, &resource.api) else {
        let what = format!("`{}` of {} isn't known", resource.kind, resource.api);
        return vec![Problem { path: String::new(), what }];
    };
    let mut whole = resource.body.clone();
    let own = resource.name.rsplit('/').next().unwrap_or_default();
    let name = if is_expression(&resource.name) { &resource.name } else { own };
    whole.insert("name".to_owned(), Value::String(name.to_owned()));
    let mut checker = Checker { problems: Vec::new() };
    checker.object(at, &whole, "", true);
    checker.problems
}

/// What is wrong with the resources of a template and of the templates nested in it, each with the resource's type and name.
pub fn check_all(template: &Template) -> Vec<(String, Problem)> {
    let mut found = Vec::new();
    for resource in &template.resources {
        let name = format!("{} {}", resource.kind, resource.name);
        found.extend(check(resource).into_iter().map(|problem| (name.clone(), problem)));
        let nested = resource.body.get("properties").and_then(|properties| properties.get("template"));
        let nested = nested.filter(|_| resource.kind == "Microsoft.Resources/deployments");
        if let Some(nested) = nested.and_then(|nested| serde_json::from_value::<Template>(nested.clone()).ok()) {
            found.extend(check_all(&nested));
        }
    }
    found
}

fn find(kind: &str, api: &str) -> Option<usize> {
    KNOWN.types.get(&format!("{kind}@{api}")).copied()
}

fn definition(at: usize) -> Option<&'static Definition> {
    KNOWN.definitions.get(at)
}

fn is_expression(text: &str) -> bool {
    text.starts_with('[') && text.ends_with(']') && !text.starts_with("[[")
}

/// What every resource may have beside what its type says.
const ENVELOPE: [&str; 2] = ["resourceGroup", "subscriptionId"];

struct Checker {
    problems: Vec<Problem>,
}

impl Checker {
    fn say(&mut self, path: &str, what: impl Into<String>) {
        self.problems.push(Problem { path: path.to_owned(), what: what.into() });
    }

    fn value(&mut self, at: usize, value: &Value, path: &str) {
        let Some(wanted) = definition(at) else { return };
        if value.as_str().is_some_and(is_expression) {
            return;
        }
        if wanted.properties.is_some() {
            match value {
                Value::Object(object) => self.object(at, object, path, false),
                _ => self.say(path, "isn't an object"),
            }
        } else if let Some(items) = wanted.items {
            match value {
                Value::Array(list) => {
                    for (index, item) in list.iter().enumerate() {
                        self.value(items, item, &format!("{path}[{index}]"));
                    }
                }
                _ => self.say(path, "isn't a list"),
            }
        } else if let Some(union) = &wanted.union {
            let words: Vec<&str> = union.iter().filter_map(|one| definition(*one)?.literal.as_deref()).collect();
            let closed = words.len() == union.len();
            if closed && !value.as_str().is_some_and(|text| words.contains(&text)) {
                self.say(path, format!("{value} is none of {}", words.join(", ")));
            }
        } else if let Some(literal) = &wanted.literal {
            if value.as_str() != Some(literal) {
                self.say(path, format!("{value} isn't `{literal}`"));
            }
        } else {
            self.plain(wanted, value, path);
        }
    }

    fn plain(&mut self, wanted: &Definition, value: &Value, path: &str) {
        match wanted.plain.as_deref() {
            Some("s") => {
                let Some(text) = value.as_str() else { return self.say(path, "isn't text") };
                // Patterns with look-around are the service's business.
                let pattern = wanted.pattern.as_deref().and_then(|pattern| regex::Regex::new(pattern).ok());
                if pattern.is_some_and(|pattern| !pattern.is_match(text)) {
                    let pattern = wanted.pattern.as_deref().unwrap_or_default();
                    self.say(path, format!("`{text}` doesn't match {pattern}"));
                }
                if wanted.most.is_some_and(|most| i64::try_from(text.len()).is_ok_and(|length| length > most)) {
                    self.say(path, "is too long");
                }
            }
            Some("i") => {
                let Some(number) = value.as_i64() else { return self.say(path, "isn't a whole number") };
                if wanted.least.is_some_and(|least| number < least) || wanted.most.is_some_and(|most| number > most) {
                    self.say(path, format!("{number} is out of bounds"));
                }
            }
            Some("b") if !value.is_boolean() => self.say(path, "isn't true or false"),
            _ => {}
        }
    }

    fn object(&mut self, at: usize, object: &Map<String, Value>, path: &str, outermost: bool) {
        let Some(wanted) = definition(at) else { return };
        let mut properties: BTreeMap<&str, (u8, usize)> = BTreeMap::new();
        for (name, known) in wanted.properties.iter().flatten() {
            properties.insert(name, *known);
        }
        let mut others = wanted.others;
        if let Some(key) = &wanted.discriminator {
            let chosen = object.get(key).and_then(Value::as_str).unwrap_or_default();
            let Some(element) = wanted.elements.get(chosen).and_then(|element| definition(*element)) else {
                return self.say(path, format!("`{key}` has a value that isn't known: `{chosen}`"));
            };
            for (name, known) in element.properties.iter().flatten() {
                properties.insert(name, *known);
            }
            others = others.or(element.others);
        }
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for (name, inner) in object {
            match (properties.get(name.as_str()), others) {
                (Some((flags, known)), _) => {
                    if flags & READ_ONLY != 0 && flags & REQUIRED == 0 && !matches!(name.as_str(), "id" | "type") {
                        self.say(&below(name), "is set by the cloud alone");
                    }
                    self.value(*known, inner, &below(name));
                }
                (None, Some(others)) => self.value(others, inner, &below(name)),
                (None, None) if outermost && ENVELOPE.contains(&name.as_str()) => {}
                (None, None) => self.say(&below(name), "isn't known"),
            }
        }
        for (name, (flags, _)) in properties {
            let read_only = flags & READ_ONLY != 0 || matches!(name, "type" | "apiVersion");
            if flags & REQUIRED != 0 && !read_only && !object.contains_key(name) {
                self.say(path, format!("`{name}` is missing"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(body: Value) -> Vec<String> {
        let resource = Resource {
            kind: "Microsoft.Storage/storageAccounts".to_owned(),
            api: "2025-08-01".to_owned(),
            name: "account".to_owned(),
            body: body.as_object().unwrap().clone(),
            ..Resource::default()
        };
        check(&resource).into_iter().map(|problem| format!("{}: {}", problem.path, problem.what)).collect()
    }

    #[test]
    fn what_a_provider_would_refuse_is_found_at_its_place() {
        let good = json!({
            "location": "[resourceGroup().location]",
            "kind": "StorageV2",
            "sku": { "name": "Standard_GZRS" },
            "properties": { "supportsHttpsTrafficOnly": true },
        });
        assert_eq!(problems(good.clone()), Vec::<String>::new());
        let mut bad = good;
        bad["properties"] = json!({
            "supportsHttpsTrafficOnly": "yes", "httpsOnly": true, "provisioningState": "Succeeded", "accessTier": "Warm",
        });
        bad.as_object_mut().unwrap().remove("sku");
        assert_eq!(
            problems(bad),
            [
                "properties.accessTier: \"Warm\" is none of Hot, Cool, Premium, Cold, Smart",
                "properties.httpsOnly: isn't known",
                "properties.provisioningState: is set by the cloud alone",
                "properties.supportsHttpsTrafficOnly: isn't true or false",
                ": `sku` is missing",
            ]
        );
    }

    #[test]
    fn every_type_that_is_rendered_is_known() {
        let unknown: Vec<_> =
            super::super::types::all().filter(|one| find(one.kind, one.api).is_none()).map(|one| one.kind).collect();
        assert_eq!(unknown, Vec::<&str>::new());
    }
}
