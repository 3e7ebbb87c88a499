//! What the properties of an ARM resource mean, so that two ways of writing the same thing are equal.

use serde_json::Value;

use crate::diagnostics::secrecy;
use crate::plan::meaning::{Meaning, Referred, Scalar};
use crate::plan::resource::Resource;

/// Lists whose order matters: words of a command, and rules of which the first that fits counts.
const ORDERED: [&str; 3] = ["args", "command", "rules"];
/// Properties that hold secrets by what they are.
const SECRET: [&str; 4] = ["administratorLoginPassword", "adminPassword", "password", "sharedKey"];

/// The meaning of a resource's body.
pub(super) fn of(resource: &Resource) -> Meaning {
    let vault = resource.kind.eq_ignore_ascii_case("Microsoft.KeyVault/vaults/secrets");
    value(&resource.properties, "", vault)
}

fn value(written: &Value, name: &str, secret: bool) -> Meaning {
    match written {
        Value::Object(object) => {
            let named = object.get("name").and_then(Value::as_str);
            let fields = object.iter().map(|(key, inner)| {
                let hidden = key == "value" && (secret || named.is_some_and(secrecy::is_secret_name));
                let meaning = value(inner, key, secret);
                (key.clone(), if hidden && is_written(inner) { Meaning::Secret(Box::new(meaning)) } else { meaning })
            });
            Meaning::Fields(fields.collect())
        }
        Value::Array(items) => {
            let all = items.iter().map(|item| value(item, "", secret)).collect();
            if ORDERED.contains(&name) {
                return Meaning::List(all);
            }
            let named = !items.is_empty() && items.iter().all(|item| item.get("name").is_some());
            Meaning::Set { items: all, key: named.then_some("name") }
        }
        Value::String(text) => {
            let scalar = Meaning::Scalar(Scalar {
                shown: written.clone(),
                same: text.clone(),
                refers: referred(text).into_iter().collect(),
            });
            let secret = is_written(written) && (SECRET.contains(&name) || secrecy::looks_like(text).is_some());
            if secret { Meaning::Secret(Box::new(scalar)) } else { scalar }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Meaning::scalar(written.clone(), written.to_string()),
    }
}

/// Whether a value stands there and isn't worked out by the cloud.
fn is_written(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty() && (!text.starts_with('[') || text.starts_with("[[")))
}

/// The resource whose identifier or attribute a text is, where it is one with literal names.
fn referred(text: &str) -> Option<Referred> {
    let inner = text.strip_prefix('[').filter(|rest| !rest.starts_with('['))?;
    let at = inner.find("resourceId(")?;
    let arguments = inner.get(at + "resourceId(".len()..)?.split(')').next()?;
    let parts: Vec<&str> = arguments.split(", ").map(|part| part.trim_matches('\'')).collect();
    let (kind, names) = parts.split_first()?;
    let attribute = inner
        .starts_with("reference(")
        .then(|| inner.rsplit('.').next().unwrap_or_default().trim_end_matches(']').to_owned());
    Some(Referred { id: format!("{kind}/{}", names.join("/")), attribute })
}
