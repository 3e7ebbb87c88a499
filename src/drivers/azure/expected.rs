//! What a template says of its resources, as far as it can be known without Azure: what it takes out of other resources isn't.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A resource as the template says it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expected {
    /// Its properties; those that only Azure can work out are left out.
    pub(super) body: Map<String, Value>,
}

/// What a template is read with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    /// The subscription.
    pub(super) subscription: &'a str,
    /// The resource group.
    pub(super) group: &'a str,
    /// The values of its parameters.
    pub(super) parameters: &'a BTreeMap<String, String>,
}

/// The resources of a template by their ids in the document, those of nested templates among them.
pub(super) fn resources(template: &Value, given: Given<'_>) -> BTreeMap<String, Expected> {
    let mut found = BTreeMap::new();
    let parameters = given.parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    collect(template, &Scope { given, parameters, variables: template.get("variables") }, &mut found);
    found
}

fn collect(template: &Value, scope: &Scope<'_>, found: &mut BTreeMap<String, Expected>) {
    for resource in template.get("resources").and_then(Value::as_array).into_iter().flatten() {
        let Some(object) = resource.as_object() else { continue };
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        if let Some(nested) = resource.pointer("/properties/template") {
            let given = resource.pointer("/properties/parameters").and_then(Value::as_object);
            let values = given.into_iter().flatten();
            let values =
                values.filter_map(|(name, one)| Some((name.clone(), scope.known(one.get("value")?)?))).collect();
            collect(nested, &Scope { given: scope.given, parameters: values, variables: None }, found);
            continue;
        }
        let over = object.get("scope").and_then(Value::as_str).and_then(over);
        let label = match over {
            Some(over) => format!("{}/{} on {over}", text("type"), text("name")),
            None => format!("{}/{}", text("type"), text("name")),
        };
        let own = ["type", "apiVersion", "name", "comments", "condition", "scope", "dependsOn"];
        let body = object.iter().filter(|(key, _)| !own.contains(&key.as_str()));
        let body = body.filter_map(|(key, value)| Some((key.clone(), scope.known(value)?))).collect();
        found.insert(label, Expected { body });
    }
}

/// The resource that an expression names, without its namespace.
fn over(scope: &str) -> Option<String> {
    let mut quoted = scope.split('\'').skip(1).step_by(2);
    let (_, kind) = quoted.next()?.split_once('/')?;
    Some(format!("{kind}/{}", quoted.collect::<Vec<_>>().join("/")))
}

/// What expressions are read with.
struct Scope<'a> {
    given: Given<'a>,
    parameters: BTreeMap<String, Value>,
    variables: Option<&'a Value>,
}

impl Scope<'_> {
    /// A value without what isn't known; none where nothing of it is. A list with something unknown in it isn't known at all, as its
    /// elements are told apart by their places; objects in it keep what is known of them.
    fn known(&self, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                let element = |item: &Value| match item {
                    Value::Object(_) => Some(self.known(item).unwrap_or_else(|| json!({}))),
                    other => self.known(other),
                };
                items.iter().map(element).collect::<Option<Vec<_>>>().map(Value::Array)
            }
            Value::Object(object) => {
                let known = |key: &String, value: &Value| {
                    let Value::String(key) = self.text(key)? else { return None };
                    Some((key, self.known(value)?))
                };
                let found: Map<String, Value> = object.iter().filter_map(|(key, value)| known(key, value)).collect();
                (object.is_empty() || !found.is_empty()).then_some(Value::Object(found))
            }
            other => Some(other.clone()),
        }
    }

    /// What a string of the template comes to; none where only Azure knows.
    fn text(&self, text: &str) -> Option<Value> {
        let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
            return Some(json!(text));
        };
        if inner.starts_with('[') {
            return text.get(1..).map(|text| json!(text));
        }
        let mut rest = inner;
        self.expression(&mut rest).filter(|_| rest.trim().is_empty())
    }

    fn expression(&self, rest: &mut &str) -> Option<Value> {
        *rest = rest.trim_start();
        if rest.starts_with('\'') {
            return quoted(rest);
        }
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric())?;
        let (name, after) = rest.split_at(end);
        *rest = after.strip_prefix('(')?;
        let mut arguments = Vec::new();
        while !rest.trim_start().starts_with(')') {
            arguments.push(self.expression(rest)?);
            *rest = rest.trim_start();
            *rest = rest.strip_prefix(',').unwrap_or(rest);
        }
        *rest = rest.trim_start().strip_prefix(')')?;
        let mut found = self.call(name, &arguments)?;
        while let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            *rest = after;
            found = found.get(name)?.clone();
        }
        Some(found)
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Value> {
        let texts: Option<Vec<&str>> = arguments.iter().map(Value::as_str).collect();
        let texts = texts?;
        let subscription = format!("/subscriptions/{}", self.given.subscription);
        let group = format!("{subscription}/resourceGroups/{}", self.given.group);
        Some(match (name, texts.as_slice()) {
            ("parameters", [name]) => self.parameters.get(*name)?.clone(),
            ("variables", [name]) => self.known(self.variables?.get(*name)?)?,
            ("concat", texts) => json!(texts.concat()),
            ("replace", [text, old, new]) => json!(text.replace(old, new)),
            ("json", [text]) => serde_json::from_str(text).ok()?,
            ("resourceId", [kind, names @ ..]) if kind.contains('/') => json!(under(&group, kind, names)?),
            ("subscriptionResourceId", [kind, names @ ..]) => json!(under(&subscription, kind, names)?),
            ("extensionResourceId", [base, kind, names @ ..]) => json!(under(base, kind, names)?),
            ("resourceGroup", []) => json!({ "id": group, "name": self.given.group }),
            ("subscription", []) => json!({ "id": subscription, "subscriptionId": self.given.subscription }),
            _ => return None,
        })
    }
}

/// A text in quotes.
fn quoted(rest: &mut &str) -> Option<Value> {
    let mut found = String::new();
    let mut after = rest.strip_prefix('\'')?;
    loop {
        let (text, tail) = after.split_once('\'')?;
        found.push_str(text);
        match tail.strip_prefix('\'') {
            Some(tail) => {
                found.push('\'');
                after = tail;
            }
            None => {
                *rest = tail;
                return Some(json!(found));
            }
        }
    }
}

fn under(base: &str, kind: &str, names: &[&str]) -> Option<String> {
    let (namespace, types) = kind.split_once('/')?;
    let types: Vec<&str> = types.split('/').collect();
    let pairs: Vec<String> = types.iter().zip(names).map(|(kind, name)| format!("{kind}/{name}")).collect();
    (types.len() == names.len()).then(|| format!("{base}/providers/{namespace}/{}", pairs.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_without_azure_is_expected_and_nothing_else() {
        let template = json!({
            "variables": { "v": "a-b" },
            "resources": [
                { "type": "A.B/c", "apiVersion": "1", "name": "x", "tags": { "t": "[[text]" }, "properties": {
                    "id": "[resourceId('E.F/g', 'it''s')]",
                    "image": "[concat(reference(resourceId('E.F/g', 'h')).server, parameters('image'))]",
                    "digest": "[concat('x', parameters('image'))]",
                    "data": "[replace(variables('v'), '-', resourceGroup().name)]",
                    "cpu": "[json('0.5')]",
                    "list": [{ "fixed": 1, "open": "[reference('y').z]" }],
                    "open": ["[reference('y').z]"],
                } },
                { "type": "L/lock", "apiVersion": "1", "name": "l", "scope": "[resourceId('A.B/c', 'x')]", "properties": {} },
            ],
        });
        let parameters = BTreeMap::from([("image".to_owned(), "sha256:1".to_owned())]);
        let found = resources(&template, Given { subscription: "s", group: "g", parameters: &parameters });
        let wanted = json!({ "tags": { "t": "[text]" }, "properties": {
            "id": "/subscriptions/s/resourceGroups/g/providers/E.F/g/it's",
            "digest": "xsha256:1",
            "data": "agb",
            "cpu": 0.5,
            "list": [{ "fixed": 1 }],
        } });
        assert_eq!(json!(found["A.B/c/x"].body), wanted);
        assert!(found.contains_key("L/lock/l on c/x"), "{:?}", found.keys());
    }
}
