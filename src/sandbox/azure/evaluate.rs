//! What expressions of templates come to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::caller::{guid, tenant};
use super::error::ArmError;
use super::expression::{Expression, Written, read};

/// Why an expression comes to nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Obstacle {
    /// It needs something that isn't there yet.
    Unknown,
    /// It is wrong.
    Wrong(ArmError),
}

impl From<ArmError> for Obstacle {
    fn from(error: ArmError) -> Self {
        Obstacle::Wrong(error)
    }
}

/// What a resource gives to others, by its identifier: all of it, or nothing where it isn't there.
pub type Runtime<'a> = &'a dyn Fn(&str) -> Option<Value>;

/// What expressions are worked out from.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The subscription.
    pub subscription: &'a str,
    /// The resource group's name and location.
    pub group: (&'a str, &'a str),
    /// The values of the template's parameters.
    pub parameters: &'a BTreeMap<String, Value>,
    /// The template's variables, as they are written.
    pub variables: &'a BTreeMap<String, Value>,
    /// When the deployment began.
    pub began: Timestamp,
    /// What there is.
    pub runtime: Runtime<'a>,
}

impl Scope<'_> {
    /// A value with all expressions in it worked out.
    ///
    /// # Errors
    /// The first obstacle.
    pub fn value(&self, value: &Value) -> Result<Value, Obstacle> {
        Ok(match value {
            Value::String(text) => self.text(text)?,
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?,
            Value::Object(object) => {
                let mut found = Map::new();
                for (key, value) in object {
                    found.insert(self.string(key)?, self.value(value)?);
                }
                Value::Object(found)
            }
            other => other.clone(),
        })
    }

    /// The same, where what isn't known yet is left as it is written; the places of those are gathered.
    ///
    /// # Errors
    /// What is wrong.
    pub fn known(&self, value: &Value) -> Result<(Value, bool), ArmError> {
        match value {
            Value::Object(object) => {
                let (mut found, mut whole) = (Map::new(), true);
                for (key, value) in object {
                    let key = match self.string(key) {
                        Ok(key) => key,
                        Err(Obstacle::Unknown) => key.clone(),
                        Err(Obstacle::Wrong(error)) => return Err(error),
                    };
                    let (value, known) = self.known(value)?;
                    found.insert(key, value);
                    whole &= known;
                }
                Ok((Value::Object(found), whole))
            }
            Value::Array(items) => {
                let (mut found, mut whole) = (Vec::new(), true);
                for item in items {
                    let (item, known) = self.known(item)?;
                    found.push(item);
                    whole &= known;
                }
                Ok((Value::Array(found), whole))
            }
            other => match self.value(other) {
                Ok(value) => Ok((value, true)),
                Err(Obstacle::Unknown) => Ok((other.clone(), false)),
                Err(Obstacle::Wrong(error)) => Err(error),
            },
        }
    }

    /// What a string of the template comes to.
    ///
    /// # Errors
    /// The first obstacle.
    pub fn text(&self, text: &str) -> Result<Value, Obstacle> {
        match read(text)? {
            Written::Text(text) => Ok(Value::String(text)),
            Written::Expression(expression) => self.of(&expression),
        }
    }

    /// The same where only text will do, as for names.
    ///
    /// # Errors
    /// The first obstacle; anything but text is one.
    pub fn string(&self, text: &str) -> Result<String, Obstacle> {
        match self.text(text)? {
            Value::String(text) => Ok(text),
            other => Err(ArmError::template(format!("'{text}' gives {other} where a text is wanted")).into()),
        }
    }

    fn of(&self, expression: &Expression) -> Result<Value, Obstacle> {
        match expression {
            Expression::Text(text) => Ok(Value::String(text.clone())),
            Expression::Number(number) => Ok(json!(number)),
            Expression::Call(name, arguments) => self.call(name, arguments),
            Expression::Property(of, name) => property(&self.of(of)?, name),
            Expression::Element(of, index) => match (self.of(of)?, self.of(index)?) {
                (Value::Array(items), Value::Number(at)) => {
                    let at = at.as_u64().and_then(|at| usize::try_from(at).ok());
                    let found = at.and_then(|at| items.get(at)).cloned();
                    found.ok_or_else(|| ArmError::template("an index is out of bounds").into())
                }
                (object @ Value::Object(_), Value::String(name)) => property(&object, &name),
                _ => Err(ArmError::template("only arrays and objects have elements").into()),
            },
        }
    }

    fn call(&self, name: &str, arguments: &[Expression]) -> Result<Value, Obstacle> {
        // Only the branch that is taken counts.
        if name.eq_ignore_ascii_case("if") {
            let [condition, then, otherwise] = arguments else { return Err(count(name)) };
            return if truth(&self.of(condition)?)? { self.of(then) } else { self.of(otherwise) };
        }
        let given = arguments.iter().map(|argument| self.of(argument)).collect::<Result<Vec<_>, _>>()?;
        match name.to_ascii_lowercase().as_str() {
            "parameters" => {
                let name = only_text(name, &given)?;
                let found = self.parameters.get(&name).cloned();
                found.ok_or_else(|| ArmError::template(format!("The template parameter '{name}' is not found")).into())
            }
            "variables" => {
                let name = only_text(name, &given)?;
                let found = self.variables.get(&name);
                let found = found.ok_or_else(|| {
                    Obstacle::from(ArmError::template(format!("The template variable '{name}' is not found")))
                })?;
                self.value(found)
            }
            "subscription" => Ok(json!({
                "id": format!("/subscriptions/{}", self.subscription),
                "subscriptionId": self.subscription,
                "tenantId": tenant(self.subscription),
                "displayName": "Sandbox",
            })),
            "tenant" => Ok(json!({ "tenantId": tenant(self.subscription) })),
            "resourcegroup" => Ok(json!({
                "id": self.group_id(self.group.0),
                "name": self.group.0,
                "type": "Microsoft.Resources/resourceGroups",
                "location": self.group.1,
                "tags": {},
                "properties": { "provisioningState": "Succeeded" },
            })),
            "resourceid" => self.resource_id(&texts(name, &given)?).map(Value::String),
            "subscriptionresourceid" => {
                let texts = texts(name, &given)?;
                let (scope, [kind, names @ ..]) = split(&texts)? else { return Err(count(name)) };
                let subscription = scope.first().map_or(self.subscription, String::as_str);
                Ok(Value::String(under(&format!("/subscriptions/{subscription}"), kind, names)?))
            }
            "extensionresourceid" => {
                let texts = texts(name, &given)?;
                let [base, kind, names @ ..] = texts.as_slice() else { return Err(count(name)) };
                Ok(Value::String(under(base, kind, names)?))
            }
            "reference" => self.reference(&given),
            "listkeys" => {
                let texts = texts(name, &given)?;
                let id = texts.first().ok_or_else(|| count(name))?;
                (self.runtime)(id).ok_or(Obstacle::Unknown)?;
                let key = |which: &str| hex::encode(guid(&format!("{which} key of {}", id.to_ascii_lowercase())));
                Ok(json!({ "primaryKey": key("first"), "secondaryKey": key("second") }))
            }
            other => functions(other, name, &given, self.began),
        }
    }

    fn group_id(&self, name: &str) -> String {
        format!("/subscriptions/{}/resourceGroups/{name}", self.subscription)
    }

    /// `resourceId([subscription], [group], type, name, …)`.
    fn resource_id(&self, given: &[String]) -> Result<String, Obstacle> {
        let (scope, [kind, names @ ..]) = split(given)? else { return Err(count("resourceId")) };
        let base = match scope {
            [] => self.group_id(self.group.0),
            [group] => self.group_id(group),
            [subscription, group] => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
            _ => return Err(count("resourceId")),
        };
        under(&base, kind, names)
    }

    /// `reference(id, [version], ['Full'])`: the properties of a resource that is there.
    fn reference(&self, given: &[Value]) -> Result<Value, Obstacle> {
        let texts = texts("reference", given)?;
        let id = texts.first().ok_or_else(|| count("reference"))?;
        let found = (self.runtime)(id).ok_or(Obstacle::Unknown)?;
        if texts.get(2).is_some_and(|full| full.eq_ignore_ascii_case("Full")) {
            return Ok(found);
        }
        Ok(found.get("properties").cloned().unwrap_or_else(|| json!({})))
    }
}

/// The scope before a type, and the type with the names after it: the first that has a slash is the type.
fn split(given: &[String]) -> Result<(&[String], &[String]), Obstacle> {
    let at = given.iter().position(|text| text.contains('/'));
    at.map(|at| given.split_at(at)).ok_or_else(|| {
        ArmError::template(
            "Unable to evaluate template language function 'resourceId': no fully qualified resource type is given",
        )
        .into()
    })
}

/// `base/providers/Namespace/type/name/…`.
fn under(base: &str, kind: &str, names: &[String]) -> Result<String, Obstacle> {
    let mut parts = kind.split('/');
    let namespace = parts.next().unwrap_or_default();
    let types: Vec<&str> = parts.collect();
    if types.len() != names.len() {
        let message = format!(
            "Unable to evaluate template language function 'resourceId': the type '{kind}' requires '{}' resource name argument(s), '{}' given",
            types.len(),
            names.len()
        );
        return Err(ArmError::template(message).into());
    }
    let pairs: Vec<String> = types.iter().zip(names).map(|(kind, name)| format!("{kind}/{name}")).collect();
    Ok(format!("{}/providers/{namespace}/{}", base.trim_end_matches('/'), pairs.join("/")))
}

/// The functions that need nothing but what they are given.
fn functions(folded: &str, name: &str, given: &[Value], began: Timestamp) -> Result<Value, Obstacle> {
    Ok(match (folded, given) {
        ("concat", [Value::Array(_), ..]) => {
            let lists = given.iter().map(|one| one.as_array().cloned().ok_or_else(|| count(name)));
            Value::Array(lists.collect::<Result<Vec<_>, _>>()?.concat())
        }
        ("concat", _) => Value::String(given.iter().map(plain).collect()),
        ("format", [Value::String(pattern), rest @ ..]) => {
            let mut text = pattern.clone();
            for (index, value) in rest.iter().enumerate() {
                text = text.replace(&format!("{{{index}}}"), &plain(value));
            }
            Value::String(text)
        }
        ("replace", [Value::String(text), Value::String(old), Value::String(new)]) => {
            Value::String(text.replace(old.as_str(), new))
        }
        ("tolower", [Value::String(text)]) => Value::String(text.to_lowercase()),
        ("toupper", [Value::String(text)]) => Value::String(text.to_uppercase()),
        ("string", [value]) => Value::String(plain(value)),
        ("int", [Value::String(text)]) => json!(text.parse::<i64>().map_err(|_| count(name))?),
        ("int", [number @ Value::Number(_)]) => number.clone(),
        ("json", [Value::String(text)]) => serde_json::from_str(text)
            .map_err(|error| ArmError::template(format!("'json' was given what is no JSON: {error}")))?,
        ("empty", [value]) => json!(match value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(object) => object.is_empty(),
            Value::Bool(_) | Value::Number(_) => return Err(count(name)),
        }),
        ("length", [value]) => json!(match value {
            Value::String(text) => text.chars().count(),
            Value::Array(items) => items.len(),
            Value::Object(object) => object.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) => return Err(count(name)),
        }),
        ("not", [value]) => json!(!truth(value)?),
        ("and", [_, ..]) => json!(all(given)?.into_iter().all(|one| one)),
        ("or", [_, ..]) => json!(all(given)?.into_iter().any(|one| one)),
        ("equals", [one, other]) => json!(one == other),
        ("coalesce", [_, ..]) => given.iter().find(|one| !one.is_null()).cloned().unwrap_or_default(),
        ("createarray", _) => Value::Array(given.to_vec()),
        ("split", [Value::String(text), Value::String(by)]) => text.split(by.as_str()).collect(),
        ("first", [Value::Array(items)]) => items.first().cloned().unwrap_or_default(),
        ("last", [Value::Array(items)]) => items.last().cloned().unwrap_or_default(),
        ("true", []) => json!(true),
        ("false", []) => json!(false),
        ("null", []) => Value::Null,
        ("guid", [_, ..]) => Value::String(guid(&given.iter().map(plain).collect::<Vec<_>>().join("-"))),
        ("uniquestring", [_, ..]) => {
            let digest = guid(&given.iter().map(plain).collect::<Vec<_>>().join("-")).replace('-', "");
            Value::String(digest.chars().take(13).collect())
        }
        ("utcnow", []) => Value::String(began.strftime("%Y%m%dT%H%M%SZ").to_string()),
        ("utcnow", [Value::String(pattern)]) => Value::String(dated(pattern, began)),
        (
            "format" | "replace" | "tolower" | "toupper" | "string" | "int" | "json" | "empty" | "length" | "not"
            | "and" | "or" | "equals" | "coalesce" | "split" | "first" | "last" | "true" | "false" | "null" | "guid"
            | "uniquestring" | "utcnow",
            _,
        ) => return Err(count(name)),
        // Real functions that the sandbox doesn't know are refused like wrong ones: none only looks as if it were evaluated.
        _ => return Err(ArmError::template(format!("The template function '{name}' is not valid")).into()),
    })
}

/// A time in a pattern of .NET, as far as dates go.
fn dated(pattern: &str, at: Timestamp) -> String {
    let pattern = pattern.replace("yyyy", "%Y").replace("MM", "%m").replace("dd", "%d");
    at.strftime(&pattern.replace("HH", "%H").replace("mm", "%M").replace("ss", "%S")).to_string()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // .NET's way.
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}

fn truth(value: &Value) -> Result<bool, Obstacle> {
    value.as_bool().ok_or_else(|| ArmError::template(format!("{value} is neither true nor false")).into())
}

fn all(given: &[Value]) -> Result<Vec<bool>, Obstacle> {
    given.iter().map(truth).collect()
}

fn count(name: &str) -> Obstacle {
    let message = format!(
        "Unable to evaluate template language function '{name}': the number or type of its arguments is not valid"
    );
    ArmError::template(message).into()
}

fn only_text(name: &str, given: &[Value]) -> Result<String, Obstacle> {
    match given {
        [Value::String(text)] => Ok(text.clone()),
        _ => Err(count(name)),
    }
}

fn texts(name: &str, given: &[Value]) -> Result<Vec<String>, Obstacle> {
    given.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(|| count(name))).collect()
}

/// A property by its name, whatever its case.
fn property(of: &Value, name: &str) -> Result<Value, Obstacle> {
    let object = of.as_object();
    let found = object.and_then(|object| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
    found.map(|(_, value)| value.clone()).ok_or_else(|| {
        let there = object.map(|object| object.keys().cloned().collect::<Vec<_>>().join(", ")).unwrap_or_default();
        let message =
            format!("The language expression property '{name}' doesn't exist, available properties are '{there}'");
        ArmError::template(message).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluated(text: &str) -> Result<Value, Obstacle> {
        let parameters = BTreeMap::from([("image".to_owned(), json!("sha256:1"))]);
        let variables = BTreeMap::from([("doubled".to_owned(), json!("[concat(parameters('image'), '!')]"))]);
        let began: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let there =
            |id: &str| id.ends_with("/registries/r").then(|| json!({ "properties": { "loginServer": "r.io" } }));
        let scope = Scope {
            subscription: "s",
            group: ("g", "eastus"),
            parameters: &parameters,
            variables: &variables,
            began,
            runtime: &there,
        };
        scope.text(text)
    }

    #[test]
    fn functions_give_what_resource_manager_gives() {
        let rows = [
            ("[resourceId('A.B/c/d', 'x', 'y')]", json!("/subscriptions/s/resourceGroups/g/providers/A.B/c/x/d/y")),
            ("[resourceId('other', 'A.B/c', 'x')]", json!("/subscriptions/s/resourceGroups/other/providers/A.B/c/x")),
            (
                "[extensionResourceId(resourceId('A.B/c', 'x'), 'E.F/g', 'h')]",
                json!("/subscriptions/s/resourceGroups/g/providers/A.B/c/x/providers/E.F/g/h"),
            ),
            ("[subscriptionResourceId('A.B/c', 'x')]", json!("/subscriptions/s/providers/A.B/c/x")),
            ("[concat(reference(resourceId('A.B/registries', 'r'), '1').loginserver, '/a')]", json!("r.io/a")),
            ("[not(empty(parameters('image')))]", json!(true)),
            ("[variables('doubled')]", json!("sha256:1!")),
            ("[if(equals(1, 2), parameters('missing'), 'no')]", json!("no")),
            ("[json('0.5')]", json!(0.5)),
            ("[utcNow('yyyy-MM-01')]", json!("2026-11-01")),
            ("[replace('a-b', '-', resourceGroup().name)]", json!("agb")),
            ("[[text]", json!("[text]")),
        ];
        for (text, wanted) in rows {
            assert_eq!(evaluated(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_unknown_and_what_does_not_exist_is_wrong() {
        assert_eq!(evaluated("[reference(resourceId('A.B/c', 'x'), '1').id]"), Err(Obstacle::Unknown));
        for wrong in [
            "[parameters('none')]",
            "[resourceId('A.B/c', 'x', 'y')]",
            "[reference(resourceId('A.B/registries', 'r'), '1').none]",
            "[dateTimeAdd('a', 'b')]",
            "[not('x')]",
        ] {
            assert!(matches!(evaluated(wrong), Err(Obstacle::Wrong(_))), "{wrong}");
        }
    }
}
