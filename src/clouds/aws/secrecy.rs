//! Which values of a template are secrets that somebody wrote down, so that no output ever shows them.
//!
//! Our own documents name secrets and don't hold any. Anybody's template may: passwords as properties, tokens as environment variables,
//! keys in the middle of a text.

use serde_json::Value;

/// Words in a name that say that the value is secret. Compared in lower case, without `_` and `-`.
const WORDS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "authtoken",
    "accesstoken",
    "apitoken",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "connectionstring",
    "bearer",
];

/// Ends of a name that say that the value is about a secret, but isn't one. Compared like [`WORDS`].
const ABOUT: [&str; 22] = [
    "arn",
    "id",
    "ids",
    "name",
    "length",
    "policy",
    "enabled",
    "type",
    "status",
    "version",
    "versionstage",
    "stage",
    "characters",
    "method",
    "mode",
    "kmskeyid",
    "path",
    "field",
    "schedule",
    "template",
    "source",
    "rotation",
];

/// Beginnings of values that are credentials wherever they stand (GitHub, Slack and Stripe tokens, AWS access keys, PEM private keys).
const BEGINNINGS: [&str; 11] = [
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "xoxb-",
    "xoxp-",
    "sk_live_",
    "rk_live_",
    "-----BEGIN PRIVATE KEY",
    "-----BEGIN RSA PRIVATE KEY",
    "-----BEGIN EC PRIVATE KEY",
];

/// Whether a value of that name is a secret written down. A reference to a secret isn't one.
pub fn is_secret(name: &str, value: &Value) -> bool {
    let text = match value {
        Value::String(text) => text.as_str(),
        // A PIN or a numeric password.
        Value::Number(_) => return names_secret(name),
        // Text put together from parts: secret where the name says so and a part was written down.
        Value::Object(fields) => {
            return names_secret(name) && fields.contains_key("Fn::Join");
        }
        Value::Null | Value::Bool(_) | Value::Array(_) => return false,
    };
    if text.is_empty() || is_reference(text) {
        return false;
    }
    names_secret(name) || looks_secret(text)
}

/// Whether a name says that its value is secret.
pub fn names_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    (WORDS.iter().any(|word| plain.contains(word)) || plain == "token" || plain.ends_with("token"))
        && !ABOUT.iter().any(|end| plain.ends_with(end))
}

/// Whether a text is a credential whatever its name: a known form of token, or an address with a password in it.
fn looks_secret(text: &str) -> bool {
    BEGINNINGS.iter().any(|start| text.starts_with(start)) || is_access_key(text) || has_password(text)
}

/// An AWS access key id: `AKIA` or `ASIA` and 16 capitals or digits (IAM user guide, unique identifiers).
fn is_access_key(text: &str) -> bool {
    (text.starts_with("AKIA") || text.starts_with("ASIA"))
        && text.len() == 20
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// An address such as `postgres://user:password@host`, where the password is no reference.
fn has_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else {
        return false;
    };
    user.split_once(':').is_some_and(|(_, password)| {
        !password.is_empty() && !password.starts_with("${") && !password.starts_with("{{resolve:")
    })
}

/// A name of a secret instead of the secret: a dynamic reference, which CloudFormation replaces itself, or an ARN.
fn is_reference(text: &str) -> bool {
    (text.starts_with("{{resolve:") && text.ends_with("}}")) || text.starts_with("arn:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn passwords_and_tokens_are_secret_and_names_and_references_of_them_are_not() {
        for (name, value) in [
            ("MasterUserPassword", json!("hunter2")),
            ("DB_PASSWORD", json!("hunter2")),
            ("AuthToken", json!("0123456789abcdef")),
            ("api-key", json!("k")),
            ("Pin_Password", json!(1234)),
            ("URL", json!("postgres://app:hunter2@db:5432/x")),
            ("Anything", json!("AKIAIOSFODNN7EXAMPLE")),
            ("Password", json!({"Fn::Join": ["", ["x", {"Ref": "Y"}]]})),
        ] {
            assert!(is_secret(name, &value), "{name}");
        }
        for (name, value) in [
            ("MasterUserPassword", json!("{{resolve:secretsmanager:db:SecretString:password}}")),
            ("MasterUserPassword", json!({"Ref": "Secret"})),
            ("SecretArn", json!("arn:aws:secretsmanager:x")),
            ("ManageMasterUserPassword", json!(true)),
            ("PasswordLength", json!(32)),
            ("SecretId", json!("db")),
            ("DB_SECRET", json!("arn:aws:secretsmanager:eu-central-1:111122223333:secret:db")),
            ("URL", json!("https://example.com/a:b@c")),
            ("URL", json!("postgres://app:${Pass}@db")),
            ("Description", json!("the secret of the sea")),
        ] {
            assert!(!is_secret(name, &value), "{name}");
        }
    }
}
