//! A secret stands in an environment file as plain text.
//!
//! Why: whoever can read the repository, a plan or the cloud's console has it, and it stays in the history after it was
//! removed. It is recognised by the name of its key (ending in PASSWORD, SECRET, TOKEN, API_KEY, PRIVATE_KEY, DSN and the
//! like), or by its form: private keys, addresses with a password, and the tokens of services whose form is documented.
//! Mend: make the secret invalid, as it must be taken for known. Add an entry under `secrets`, put the value there from outside,
//! and name it: `{secret: secret.payment}`.

use serde_json::Value;

use super::texts::{Way, Written};
use crate::diagnostics::finding::Finding;
use crate::diagnostics::secrecy::{is_secret_name, looks_like};

pub(super) const CODE: &str = "plain-text-secret";

pub(super) fn check(way: &Way<'_>, written: Written<'_>) -> Option<Finding> {
    match written {
        Written::Value(value) => in_value(way, value),
        Written::Key(key) => in_key(way, key),
    }
}

fn in_value(way: &Way<'_>, value: &Value) -> Option<Finding> {
    let may_be_one = match value {
        Value::String(text) => !text.is_empty(),
        // A number under such a name is usually how many, but the name alone can say that it isn't.
        Value::Number(_) => true,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    };
    let named = way.key().filter(|key| may_be_one && way.is_free() && is_secret_name(key));
    let summary = match (named, value.as_str().and_then(looks_like)) {
        (_, Some(form)) => format!("{form} stands here as plain text"),
        (Some(key), None) => format!("`{key}` holds a secret as plain text"),
        (None, None) => return None,
    };
    Some(
        Finding::error(CODE, way.path(), summary)
            .why("whoever can read the repository or a plan has it, and its history keeps it")
            .fix(
                "make it invalid, add an entry under `secrets`, put a new value there, and write {secret: secret.NAME}",
            ),
    )
}

fn in_key(way: &Way<'_>, key: &str) -> Option<Finding> {
    let form = looks_like(key)?;
    Some(
        Finding::error(CODE, way.path(), format!("{form} stands here as plain text"))
            .why("whoever can read the repository or a plan has it, and its history keeps it")
            .fix("make it invalid and remove it")
            .at_key(),
    )
}
