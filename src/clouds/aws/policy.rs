//! Access policy documents: who may do what to which resource, read from JSON as IAM reads it.
//!
//! Source: IAM user guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements reference".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::intrinsics;

/// One statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its id, where it has one.
    pub sid: Option<String>,
    /// Whether it allows; else it denies.
    pub allows: bool,
    /// The actions, in lower case, for actions don't mind case.
    pub actions: Matched,
    /// The actions as written, by their lower case.
    pub written: BTreeMap<String, String>,
    /// The resources; everything where the policy is attached to one.
    pub resources: Matched,
    /// Who, as `AWS:arn:…`, `Service:ecs.amazonaws.com`, or `*` for everybody; none in a policy that is attached to an identity.
    pub principals: Option<Matched>,
    /// The conditions by operator and key, each with the values that it takes. More keys narrow, more values widen.
    pub conditions: BTreeMap<String, BTreeSet<String>>,
    /// The conditions as written, for people: `StringEquals aws:SourceAccount 111122223333`.
    pub tests: Vec<String>,
}

/// A set of names, given by patterns: those that match, or all that don't (`NotAction` …).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// Whether the patterns are left out rather than taken in.
    pub except: bool,
    /// The patterns; `*` stands for any text, `?` for any character.
    pub patterns: BTreeSet<String>,
}

impl Matched {
    /// Everything.
    pub fn all() -> Matched {
        Matched { except: false, patterns: BTreeSet::from(["*".to_owned()]) }
    }

    /// Whether everything that `other` matches is matched here too, as far as the patterns tell.
    pub fn covers(&self, other: &Matched) -> bool {
        match (self.except, other.except) {
            (false, false) => other.patterns.iter().all(|pattern| self.takes(pattern)),
            // All but ours covers theirs where theirs has nothing in common with what is left out.
            (true, false) => other
                .patterns
                .iter()
                .all(|pattern| !self.patterns.iter().any(|out| covers(out, pattern) || covers(pattern, out))),
            (false, true) => self.patterns.contains("*"),
            // All but ours covers all but theirs where ours leaves out no more.
            (true, true) => self.patterns.iter().all(|out| other.patterns.iter().any(|theirs| covers(theirs, out))),
        }
    }

    /// Whether a pattern of this set covers another pattern.
    pub fn takes(&self, pattern: &str) -> bool {
        self.patterns.iter().any(|mine| covers(mine, pattern))
    }
}

/// Whether every text that `inner` matches is matched by `outer`. Exact for patterns with `*` and `?`.
pub fn covers(outer: &str, inner: &str) -> bool {
    if outer == inner || outer == "*" {
        return true;
    }
    let (outer, inner): (Vec<char>, Vec<char>) = (outer.chars().collect(), inner.chars().collect());
    // Matching the pattern `outer` against the text `inner`, where a `*` in the text is only matched by a `*`. The usual walk that goes
    // back to the last `*` is enough, because a `*` takes any characters, a `*` of the text among them.
    let (mut at, mut text) = (0, 0);
    let (mut star, mut mark) = (None, 0);
    while let Some(&c) = inner.get(text) {
        match outer.get(at) {
            Some('*') => {
                star = Some(at);
                mark = text;
                at += 1;
            }
            Some('?') if c != '*' => {
                at += 1;
                text += 1;
            }
            Some(&o) if o == c && o != '?' => {
                at += 1;
                text += 1;
            }
            _ => match star {
                Some(place) => {
                    at = place + 1;
                    mark += 1;
                    text = mark;
                }
                None => return false,
            },
        }
    }
    outer.iter().skip(at).all(|c| *c == '*')
}

/// The statements of a policy document; empty for anything else. Functions inside are taken as the text of their canonical form.
pub fn statements(document: &Value) -> Vec<Statement> {
    let parsed;
    let document = match document {
        // Some properties take the document as text.
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(value) => {
                parsed = value;
                &parsed
            }
            Err(_) => return Vec::new(),
        },
        other => other,
    };
    written(document).iter().enumerate().filter_map(|(index, statement)| read(index, statement)).collect()
}

/// Whether a value, which isn't text, is a policy document that says something.
pub fn has_statements(document: &Value) -> bool {
    let says = |statement: &Value| statement.get("Action").or_else(|| statement.get("NotAction")).is_some();
    written(document).iter().any(says)
}

/// The statements as they are written: one may stand without a list.
fn written(document: &Value) -> &[Value] {
    match document.get("Statement") {
        Some(Value::Array(items)) => items,
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => &[],
    }
}

fn read(index: usize, statement: &Value) -> Option<Statement> {
    let fields = statement.as_object()?;
    let matched = |plain: &str, not: &str| {
        let (except, value) = match (fields.get(plain), fields.get(not)) {
            (Some(value), _) => (false, value),
            (None, Some(value)) => (true, value),
            (None, None) => return None,
        };
        Some(Matched { except, patterns: texts(value) })
    };
    let lower = |matched: Matched| Matched {
        patterns: matched.patterns.iter().map(|pattern| pattern.to_lowercase()).collect(),
        ..matched
    };
    let principals = match (fields.get("Principal"), fields.get("NotPrincipal")) {
        (Some(value), _) => Some(Matched { except: false, patterns: who(value) }),
        (None, Some(value)) => Some(Matched { except: true, patterns: who(value) }),
        (None, None) => None,
    };
    let mut conditions = BTreeMap::new();
    let mut written_tests = Vec::new();
    for (operator, tests) in fields.get("Condition").and_then(Value::as_object).into_iter().flatten() {
        for (key, values) in tests.as_object().into_iter().flatten() {
            let values = texts(values);
            let alternatives: Vec<&str> = values.iter().map(String::as_str).collect();
            written_tests.push(format!("{operator} {key} {}", alternatives.join(" or ")));
            conditions.insert(format!("{} {}", operator.to_lowercase(), key.to_lowercase()), values);
        }
    }
    let actions = matched("Action", "NotAction")?;
    Some(Statement {
        index,
        sid: fields.get("Sid").and_then(Value::as_str).map(str::to_owned),
        allows: fields.get("Effect").and_then(Value::as_str) != Some("Deny"),
        written: actions.patterns.iter().map(|action| (action.to_lowercase(), action.clone())).collect(),
        actions: lower(actions),
        resources: matched("Resource", "NotResource").unwrap_or_else(Matched::all),
        principals,
        conditions,
        tests: written_tests,
    })
}

/// A value or a list of values as texts.
fn texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        one => BTreeSet::from([text(one)]),
    }
}

/// A value as text: functions as they would stand in `Fn::Sub`.
pub fn text(value: &Value) -> String {
    if let Some(intrinsics::Function::Ref(target)) = intrinsics::function(value) {
        return format!("${{{target}}}");
    }
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) if fields.len() == 1 => match fields.iter().next() {
            Some((name, Value::Array(parts))) if name == "Fn::GetAtt" => {
                let parts: Vec<String> = parts.iter().map(text).collect();
                format!("${{{}}}", parts.join("."))
            }
            Some((name, Value::Array(parts))) if name == "Fn::Join" => match parts.as_slice() {
                [Value::String(delimiter), Value::Array(items)] if delimiter.is_empty() => {
                    items.iter().map(text).collect()
                }
                _ => value.to_string(),
            },
            _ => value.to_string(),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The principals of a statement, each with its kind.
fn who(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(kinds) if intrinsics::function(value).is_none() => kinds
            .iter()
            .flat_map(|(kind, names)| texts(names).into_iter().map(move |name| principal(kind, &name)))
            .collect(),
        other => texts(other).into_iter().map(|name| principal("AWS", &name)).collect(),
    }
}

/// One principal. An account's number means the account's root, and `*` means everybody, with or without its kind.
fn principal(kind: &str, name: &str) -> String {
    if name == "*" && kind == "AWS" {
        return "*".to_owned();
    }
    if kind == "AWS" && name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("AWS:arn:aws:iam::{name}:root");
    }
    format!("{kind}:{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert, proptest};
    use serde_json::json;

    #[test]
    fn patterns_cover_what_they_match_and_no_more() {
        for (outer, inner) in [
            ("*", "s3:getobject"),
            ("s3:*", "s3:get*"),
            ("s3:get*", "s3:getobject"),
            ("s3:get*", "s3:get*object"),
            ("arn:*:role/*", "arn:aws:iam::1:role/a*"),
            ("a?c", "abc"),
            ("a?c", "a?c"),
            ("a*", "a?"),
            ("*b*", "abba"),
        ] {
            assert!(covers(outer, inner), "{outer} {inner}");
        }
        for (outer, inner) in [
            ("s3:get*", "s3:*"),
            ("s3:getobject", "s3:get*"),
            ("a?c", "a*c"),
            ("abc", "a?c"),
            ("s3:*", "sqs:x"),
            ("a?", "a"),
        ] {
            assert!(!covers(outer, inner), "{outer} {inner}");
        }
    }

    #[test]
    fn all_but_some_covers_what_is_not_among_them() {
        let except =
            |patterns: &[&str]| Matched { except: true, patterns: patterns.iter().map(|p| (*p).to_owned()).collect() };
        let only = |patterns: &[&str]| Matched { except: false, ..except(patterns) };
        assert!(except(&["iam:*"]).covers(&only(&["s3:get*"])));
        assert!(!except(&["iam:*"]).covers(&only(&["iam:passrole"])));
        assert!(!except(&["iam:passrole"]).covers(&only(&["iam:*"])));
        assert!(except(&["iam:passrole"]).covers(&except(&["iam:*"])));
        assert!(!except(&["iam:*", "s3:*"]).covers(&except(&["iam:*"])));
        assert!(only(&["*"]).covers(&except(&["iam:*"])));
    }

    #[test]
    fn statements_are_read_in_every_form_that_iam_takes() {
        let read = statements(&json!({"Statement": {
            "Effect": "Allow", "Action": "S3:GetObject", "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["B", "Arn"]}, "/*"]]},
            "Principal": {"AWS": ["111122223333", "*"], "Service": "ecs.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}
        }}));
        assert_eq!(read.len(), 1);
        assert!(read[0].actions.takes("s3:getobject"));
        assert!(read[0].resources.takes("${B.Arn}/x"));
        let who = &read[0].principals.as_ref().unwrap().patterns;
        assert_eq!(
            who.iter().collect::<Vec<_>>(),
            ["*", "AWS:arn:aws:iam::111122223333:root", "Service:ecs.amazonaws.com"]
        );
        assert!(read[0].conditions.contains_key("stringequals aws:sourceaccount"));
        let text = json!(r#"{"Statement": [{"Effect": "Deny", "NotAction": "*", "Resource": "*"}]}"#);
        assert!(!statements(&text)[0].allows);
    }

    /// Whether a pattern matches a text, straight from the definition.
    fn matches(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => matches(rest, text) || (!text.is_empty() && matches(pattern, &text[1..])),
            (['?', rest @ ..], [_, below @ ..]) => matches(rest, below),
            ([c, rest @ ..], [d, below @ ..]) => c == d && matches(rest, below),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn what_a_covered_pattern_matches_the_covering_one_matches_too(outer in "[ab*?]{0,6}", inner in "[ab*?]{0,6}", text in "[ab]{0,7}") {
            let chars = |s: &str| s.chars().collect::<Vec<_>>();
            if covers(&outer, &inner) && matches(&chars(&inner), &chars(&text)) {
                prop_assert!(matches(&chars(&outer), &chars(&text)));
            }
        }
    }
}
