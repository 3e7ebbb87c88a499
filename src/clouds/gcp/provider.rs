//! What the google provider says of the types that we render: their arguments, and which of them can only be set when a resource is
//! made.
//!
//! `provider.json` holds names, types, flags and words of arguments, read from the source of hashicorp/terraform-provider-google
//! 7.45.0; of the types that give roles and of `random_password`, from the providers' documentation. `is` holds a letter for each
//! flag: `r`equired, `o`ptional, `c`omputed, `f`orces a new resource, `s`ensitive, `w`rite-only.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// What the knowledge is called as a source.
pub const SOURCE: &str = "hashicorp/google 7.45.0";

static TYPES: LazyLock<BTreeMap<String, Block>> =
    LazyLock::new(|| serde_json::from_str(include_str!("provider.json")).unwrap_or_default());

/// The arguments of a type or of a block in one.
pub type Block = BTreeMap<String, Argument>;

/// An argument.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    #[serde(rename = "is")]
    flags: String,
    /// Its type, such as `String`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The type of its elements.
    #[serde(default, rename = "of")]
    pub element: Option<String>,
    /// The words that it takes; any where there are none.
    #[serde(default, rename = "enum")]
    pub words: Vec<String>,
    /// The most blocks.
    #[serde(default)]
    pub most: Option<usize>,
    /// What stands in it, where it is a block.
    #[serde(default)]
    pub block: Option<Block>,
}

impl Argument {
    /// Whether it has to be given.
    pub fn required(&self) -> bool {
        self.flags.contains('r')
    }

    /// Whether only the cloud sets it.
    pub fn read_only(&self) -> bool {
        !self.flags.contains('r') && !self.flags.contains('o')
    }

    /// Whether the cloud sets it where nobody else does.
    pub fn is_computed(&self) -> bool {
        self.flags.contains('c')
    }

    /// Whether another value means another resource.
    pub fn forces_new(&self) -> bool {
        self.flags.contains('f')
    }

    /// Whether it is a secret.
    pub fn sensitive(&self) -> bool {
        self.flags.contains('s')
    }

    /// Whether the order of its elements doesn't matter.
    pub fn is_set(&self) -> bool {
        self.kind == "Set"
    }
}

/// The arguments of a type; none for one that isn't known.
pub fn find(kind: &str) -> Option<&'static Block> {
    TYPES.get(kind)
}

/// The argument at a path of names.
pub fn argument<'a>(block: &'a Block, names: &[&str]) -> Option<&'a Argument> {
    let (first, rest) = names.split_first()?;
    let argument = block.get(*first)?;
    if rest.is_empty() { Some(argument) } else { self::argument(argument.block.as_ref()?, rest) }
}

/// What is wrong with the arguments of a resource, each with its place.
pub fn check(block: &Block, arguments: &Map<String, Value>) -> Vec<String> {
    let mut wrong = Vec::new();
    check_block(block, arguments, "", &mut wrong);
    wrong
}

fn check_block(block: &Block, arguments: &Map<String, Value>, place: &str, wrong: &mut Vec<String>) {
    for (name, value) in arguments {
        let at = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        match block.get(name) {
            None => wrong.push(format!("{at}: the provider knows no such argument")),
            Some(argument) if argument.read_only() => wrong.push(format!("{at}: only the cloud sets it")),
            Some(argument) => check_value(argument, value, &at, wrong),
        }
    }
    for (name, _) in block.iter().filter(|(name, argument)| argument.required() && !arguments.contains_key(*name)) {
        let at = if place.is_empty() { String::new() } else { format!("{place}.") };
        wrong.push(format!("{at}{name}: it is required"));
    }
}

fn check_value(argument: &Argument, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let worked_out = |value: &Value| value.as_str().is_some_and(|text| text.contains("${"));
    if value.is_null() || worked_out(value) {
        return;
    }
    if let Some(block) = &argument.block {
        let bodies = match value {
            Value::Array(items) => items.iter().collect(),
            one => vec![one],
        };
        if argument.most.is_some_and(|most| bodies.len() > most) {
            wrong.push(format!("{at}: {} blocks are too many", bodies.len()));
        }
        for body in bodies {
            match body.as_object() {
                Some(body) => check_block(block, body, at, wrong),
                None if worked_out(body) => {}
                None => wrong.push(format!("{at}: it has to be a block")),
            }
        }
        return;
    }
    let fits = match argument.kind.as_str() {
        "String" => !value.is_array() && !value.is_object(),
        "Bool" => value.is_boolean() || matches!(value.as_str(), Some("true" | "false")),
        "Int" | "Float" => value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok()),
        "List" | "Set" => value.is_array(),
        "Map" => value.is_object(),
        _ => true,
    };
    if !fits {
        wrong.push(format!("{at}: it has to be a {}", argument.kind));
    }
    if let Some(word) = value.as_str().filter(|_| !argument.words.is_empty())
        && !argument.words.iter().any(|known| known == word)
    {
        wrong.push(format!("{at}: `{word}` is none of {}", argument.words.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_that_the_provider_would_refuse_are_named_at_their_place() {
        let block = find("google_cloud_run_v2_service").unwrap();
        let arguments = json!({
            "name": "x",
            "location": ["europe-west3"],
            "ingress": "INGRESS_TRAFFIC_NOBODY",
            "uri": "https://x",
            "template": { "containers": { "image": "x", "colour": "red" }, "scaling": [{}, {}] },
        });
        let Value::Object(arguments) = arguments else { panic!("no object") };
        let wrong = check(block, &arguments);
        for part in [
            "location: it has to be a String",
            "ingress: `INGRESS_TRAFFIC_NOBODY` is none of",
            "uri: only the cloud sets it",
            "template.containers.colour: the provider knows no such argument",
            "template.scaling: 2 blocks are too many",
        ] {
            assert!(wrong.iter().any(|said| said.starts_with(part)), "{part}: {wrong:#?}");
        }
        assert_eq!(wrong.len(), 5, "{wrong:#?}");
    }

    #[test]
    fn what_replaces_a_resource_is_known() {
        let instance = find("google_sql_database_instance").unwrap();
        assert!(argument(instance, &["region"]).unwrap().forces_new());
        assert!(!argument(instance, &["settings", "tier"]).unwrap().forces_new());
        assert!(argument(find("google_secret_manager_secret_version").unwrap(), &["secret_data"]).unwrap().sensitive());
    }
}
