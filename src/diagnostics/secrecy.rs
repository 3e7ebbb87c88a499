//! What looks like a secret, by its name or by its form: it may stand in no file and is shown to nobody.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// A form by which a service's tokens are known: what they begin with, and how many characters of which kind follow.
struct Form {
    words: &'static str,
    prefixes: &'static [&'static str],
    follow: fn(u8) -> bool,
    least: usize,
}

const fn letter_or_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

const fn upper_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

const fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

const fn word_or_point(byte: u8) -> bool {
    word(byte) || byte == b'.'
}

const fn path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'/'
}

/// The forms that the services themselves document, so that scanners find them: AWS IAM user guide, "Unique identifiers";
/// GitHub, "About authentication to GitHub: token formats"; GitLab, "Token prefixes"; Slack, "Token types"; Stripe, "API
/// keys"; Google Cloud, "API keys"; npm, "About access tokens"; PyPI, "API tokens"; SendGrid, "API keys"; RFC 7519.
const FORMS: &[Form] = &[
    Form { words: "an AWS access key", prefixes: &["AKIA", "ASIA"], follow: upper_or_digit, least: 16 },
    Form {
        words: "a GitHub token",
        prefixes: &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        follow: word,
        least: 20,
    },
    Form { words: "a GitLab token", prefixes: &["glpat-", "gldt-", "glrt-"], follow: word, least: 16 },
    Form {
        words: "a Slack token",
        prefixes: &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-"],
        follow: word,
        least: 10,
    },
    Form { words: "a Slack webhook", prefixes: &["hooks.slack.com/services/"], follow: path, least: 20 },
    Form {
        words: "a Stripe key",
        prefixes: &["sk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_"],
        follow: letter_or_digit,
        least: 16,
    },
    Form { words: "a Google API key", prefixes: &["AIza"], follow: word, least: 35 },
    Form { words: "an npm token", prefixes: &["npm_"], follow: letter_or_digit, least: 36 },
    Form { words: "a PyPI token", prefixes: &["pypi-AgE"], follow: word, least: 16 },
    Form { words: "a SendGrid key", prefixes: &["SG."], follow: word_or_point, least: 60 },
    Form { words: "a JSON web token", prefixes: &["eyJ"], follow: word_or_point, least: 60 },
];

/// What a text looks like when it holds a known secret, such as `a GitHub token`.
pub fn looks_like(text: &str) -> Option<&'static str> {
    found(text).first().map(|(_, words)| *words)
}

/// Where in a text known secrets stand, in bytes, in order.
pub fn places(text: &str) -> Vec<Range<usize>> {
    found(text).into_iter().map(|(range, _)| range).collect()
}

/// What a known secret begins with: an index of [`FORMS`] for each, then a private key's header and an address's scheme.
struct Beginnings {
    automaton: AhoCorasick,
    forms: Vec<usize>,
}

/// All of them are looked for in one pass: every text of every document is looked at. Without an automaton, which only its
/// size could prevent, nothing would be found.
static BEGINNINGS: LazyLock<Option<Beginnings>> = LazyLock::new(|| {
    let prefixes =
        || FORMS.iter().enumerate().flat_map(|(at, form)| form.prefixes.iter().map(move |prefix| (at, *prefix)));
    let words = prefixes().map(|(_, prefix)| prefix).chain([PRIVATE_KEY, ADDRESS]);
    // Built in a moment: what is read is short.
    let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(words).ok()?;
    Some(Beginnings { automaton, forms: prefixes().map(|(at, _)| at).collect() })
});

const PRIVATE_KEY: &str = "-----BEGIN ";
const ADDRESS: &str = "://";

fn found(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    let Some(beginnings) = &*BEGINNINGS else { return found };
    for beginning in beginnings.automaton.find_overlapping_iter(text) {
        let (at, from) = (beginning.start(), beginning.end());
        match beginnings.forms.get(beginning.pattern().as_usize()).and_then(|form| FORMS.get(*form)) {
            Some(form) => found.extend(token(form, text.as_bytes(), at, from).map(|range| (range, form.words))),
            None if text.get(at..from) == Some(ADDRESS) => {
                found.extend(password(text, from).map(|range| (range, "a password in an address")));
            }
            None => {
                let label = text.get(from..).and_then(|rest| rest.split_once("-----")).map(|(label, _)| label);
                if label.is_some_and(|label| label.len() < 40 && label.ends_with("PRIVATE KEY")) {
                    found.push((at..text.len(), "a private key"));
                }
            }
        }
    }
    found.sort_by_key(|(range, _)| (range.start, range.end));
    found
}

/// A token of that form, its prefix at `at`, what follows the prefix at `from`.
fn token(form: &Form, bytes: &[u8], at: usize, from: usize) -> Option<Range<usize>> {
    let begins = at == 0 || bytes.get(at - 1).is_none_or(|before| !before.is_ascii_alphanumeric());
    let length = bytes.get(from..).unwrap_or_default().iter().take_while(|byte| (form.follow)(**byte)).count();
    (begins && length >= form.least).then_some(at..from + length)
}

/// The password of an address whose authority begins at `from`.
fn password(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..).unwrap_or_default();
    let authority = rest.split(['/', '?', '#', ' ', '"', '\'', '\n']).next().unwrap_or_default();
    let (user, password) = authority.rsplit_once('@').and_then(|(login, _)| login.split_once(':'))?;
    let from = from + user.len() + 1;
    (!password.is_empty()).then_some(from..from + password.len())
}

/// What the last word of a name says when its value is a secret.
const LAST: &[&str] =
    &["password", "passwd", "pwd", "passphrase", "secret", "token", "dsn", "credential", "credentials", "apikey"];
/// The last two words.
const LAST_TWO: &[(&str, &str)] = &[
    ("access", "key"),
    ("api", "key"),
    ("auth", "key"),
    ("encryption", "key"),
    ("master", "key"),
    ("private", "key"),
    ("secret", "key"),
    ("signing", "key"),
];
/// Words at the end that say nothing about it.
const BESIDE: &[&str] =
    &["base64", "b64", "current", "dev", "new", "old", "previous", "prod", "staging", "text", "value"];

/// Whether a name says that what it holds is a secret: `DB_PASSWORD`, `clientSecret`, `api-key`, but not `TOKEN_TTL`.
pub fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let mut words: &[String] = &words;
    while let [rest @ .., last] = words
        && (BESIDE.contains(&last.as_str()) || last.bytes().all(|byte| byte.is_ascii_digit()))
    {
        words = rest;
    }
    match words {
        [] => false,
        [.., before, last] if LAST_TWO.contains(&(before.as_str(), last.as_str())) => true,
        [.., last] => LAST.contains(&last.as_str()),
    }
}

/// The words of a name in lower case: `masterUserPassword` and `MASTER_USER_PASSWORD` are both `master`, `user`, `password`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_is_lower = false;
    for character in name.chars() {
        let begins = character.is_uppercase() && before_is_lower;
        if begins || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.extend(character.to_lowercase());
        }
        before_is_lower = character.is_lowercase() || character.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_tokens_are_recognised_wherever_they_stand() {
        let long = "a".repeat(60);
        for (text, words) in [
            ("AKIAABCDEFGHIJKLMNOP", "an AWS access key"),
            ("use ghp_abcdefghijklmnopqrstuvwxyz0123456789 for it", "a GitHub token"),
            ("xoxb-1234567890-abcdef", "a Slack token"),
            ("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX", "a Slack webhook"),
            ("sk_live_abcdefghijklmnop", "a Stripe key"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", "a private key"),
            ("-----BEGIN PRIVATE KEY-----", "a private key"),
            ("postgres://app:hunter2@db.example.com/app", "a password in an address"),
            (&format!("eyJ{long}"), "a JSON web token"),
        ] {
            assert_eq!(looks_like(text), Some(words), "{text}");
        }
    }

    #[test]
    fn what_only_resembles_a_token_is_let_through() {
        for text in [
            "AKIA is how access keys begin",
            "npm_config_registry",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            "postgres://db.example.com/app",
            "https://user@example.com/",
            "https://example.com/a:b@c",
            "10.0.0.0/16",
            "taskiaAKIA1234567890123456",
        ] {
            assert_eq!(looks_like(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_password_of_an_address_is_the_secret() {
        let text = "postgres://app:hunter2@db/app";
        assert_eq!(places(text).iter().map(|range| &text[range.clone()]).collect::<Vec<_>>(), ["hunter2"]);
    }

    #[test]
    fn names_of_secrets_are_recognised_by_how_they_end() {
        for name in [
            "PASSWORD",
            "DB_PASSWORD",
            "GITHUB_TOKEN",
            "clientSecret",
            "STRIPE_API_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "SENTRY_DSN",
            "MasterUserPassword",
            "api-key",
            "JWT_SECRET_KEY",
            "TOKEN_2",
            "DB_PASSWORD_OLD",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "TOKEN_TTL",
            "PASSWORD_MIN_LENGTH",
            "password_encryption",
            "MAX_TOKENS",
            "SECRET_NAME",
            "PUBLIC_KEY",
            "KEY",
            "PRIMARY_KEY",
            "TOKENIZER",
            "",
            "42",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
