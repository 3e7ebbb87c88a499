//! A secret stands in an environment file as plain text.
//!
//! Why: whoever can read the repository, a plan or the cloud's console has it, and it stays in the history after it was
//! removed. It is recognised by the name of its key (ending in PASSWORD, SECRET, TOKEN, API_KEY, PRIVATE_KEY, DSN and the
//! like), or by its form: private keys, addresses with a password, and the tokens of services whose form is documented.
//! Mend: make the secret invalid, as it must be taken for known. Add an entry under `secrets`, put the value there from outside,
//! and name it: `{secret: secret.payment}`.

use serde_json::Value;

use crate::diagnostics::finding::Finding;
use crate::diagnostics::secrecy::{is_secret_name, looks_like};
use crate::model::stack::Stack;

use super::texts::texts;

pub(super) const CODE: &str = "plain-text-secret";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for text in texts(stack) {
        let key = text.path.iter().rfind(|key| key.parse::<usize>().is_err());
        let named = key.filter(|key| {
            let value = match &text.value {
                Value::String(value) => !value.is_empty(),
                // A number under such a name is usually how many, but the name alone can say that it isn't.
                Value::Number(_) => true,
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
            };
            value && text.is_free && is_secret_name(key)
        });
        let form = text.value.as_str().and_then(looks_like);
        let summary = match (named, form) {
            (_, Some(form)) => format!("{form} stands here as plain text"),
            (Some(key), None) => format!("`{key}` holds a secret as plain text"),
            (None, None) => continue,
        };
        findings.push(
            Finding::error(CODE, &text.path, summary)
                .why("whoever can read the repository or a plan has it, and its history keeps it")
                .fix("make it invalid, add an entry under `secrets`, put a new value there, and write {secret: secret.NAME}"),
        );
    }
    for (path, key) in super::texts::keys(stack) {
        if let Some(form) = looks_like(&key) {
            findings.push(
                Finding::error(CODE, path, format!("{form} stands here as plain text"))
                    .why("whoever can read the repository or a plan has it, and its history keeps it")
                    .fix("make it invalid and remove it")
                    .at_key(),
            );
        }
    }
    findings
}
