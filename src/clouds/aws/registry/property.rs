//! Places inside a type's properties: the lists of paths that a schema gives, and the schema at a path.

use serde_json::Value;

use super::schema::TypeSchema;

/// How deep references and alternatives are followed; the deepest real schema stays well below.
const DEPTH: usize = 48;

/// A list of property paths from a schema, such as the create-only ones. A `*` in a listed path stands for any item or key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<'a>(Vec<&'a str>);

impl<'a> Listed<'a> {
    pub(super) fn new(pointers: Vec<&'a str>) -> Self {
        Self(
            pointers
                .into_iter()
                .map(|pointer| pointer.trim_start_matches('/').trim_start_matches("properties/"))
                .collect(),
        )
    }

    /// The listed paths, their parts separated by `/`, such as `Placement/Tenancy`.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().copied()
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the path, or something that contains it, is listed: `Placement/Tenancy` by `Placement`. Items of a list count as
    /// listed with the list, and as `*`.
    pub fn covers(&self, path: &[&str]) -> bool {
        self.0.iter().any(|listed| fits(&parts(listed), path, false))
    }

    /// Whether something inside the path is listed: `Placement` by `Placement/Tenancy`.
    pub fn reaches_into(&self, path: &[&str]) -> bool {
        self.0.iter().any(|listed| {
            let listed = parts(listed);
            !fits(&listed, path, false) && fits(&listed, path, true)
        })
    }
}

fn parts(listed: &str) -> Vec<&str> {
    listed.split('/').collect()
}

/// Whether `path` starts with `listed`, or (`partly`) ends before `listed` does.
fn fits(listed: &[&str], path: &[&str], partly: bool) -> bool {
    match (listed, path) {
        ([], _) => true,
        (_, []) => partly,
        ([first, rest @ ..], [at, below @ ..]) => {
            if first == at || *first == "*" {
                fits(rest, below, partly)
            } else {
                // Some schemas leave the `*` of a list out.
                is_index(at) && fits(listed, below, partly)
            }
        }
    }
}

fn is_index(part: &str) -> bool {
    part == "*" || part.bytes().all(|byte| byte.is_ascii_digit())
}

/// The schema at one place inside a type's properties.
#[derive(Clone, Copy, Debug)]
pub struct Property<'a> {
    of: &'a TypeSchema,
    schema: &'a Value,
}

impl<'a> Property<'a> {
    pub(super) fn root(of: &'a TypeSchema) -> Self {
        Self { of, schema: of.document() }
    }

    /// The JSON schema here, its reference followed.
    pub fn schema(&self) -> &'a Value {
        self.schema
    }

    /// The schema further down; a part that is a number or `*` goes into the items of a list.
    pub fn descend(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |at, part| at.step(part, 0))
    }

    /// The JSON types that a value here may have, such as `["string"]`; empty where the schema doesn't say.
    pub fn types(&self) -> Vec<&'a str> {
        let mut types = Vec::new();
        self.collect_types(self.schema, &mut types, 0);
        types
    }

    /// Whether a value here is text; a number or truth value given for it means the same as written out.
    pub fn is_text(&self) -> bool {
        let types = self.types();
        types.contains(&"string") && types.iter().all(|kind| !matches!(*kind, "array" | "object"))
    }

    /// Whether a value here is a number (written as text means the same).
    pub fn is_number(&self) -> bool {
        let types = self.types();
        !types.is_empty() && types.iter().all(|kind| matches!(*kind, "integer" | "number"))
    }

    /// Whether a value here is true or false (written as text means the same).
    pub fn is_boolean(&self) -> bool {
        self.types() == ["boolean"]
    }

    /// Whether the order of a list's items means nothing: `insertionOrder` is false, or the schema calls the list a set of attributes.
    pub fn is_set(&self) -> bool {
        self.schema.get("insertionOrder") == Some(&Value::Bool(false))
    }

    /// What the service takes when nothing is given, where the schema says so.
    pub fn default(&self) -> Option<&'a Value> {
        self.schema.get("default")
    }

    /// The items' property that tells them apart, such as `Key` of tags, where it is plain that there is one: every item requires it and
    /// the list is of tags.
    pub fn item_key(&self) -> Option<&'static str> {
        let item = self.step("*", 0)?;
        let names: Vec<_> = item.schema.get("properties")?.as_object()?.keys().map(String::as_str).collect();
        match names.as_slice() {
            ["Key", "Value"] | ["Value", "Key"] => Some("Key"),
            ["Name", "Value"] | ["Value", "Name"] => Some("Name"),
            _ => None,
        }
    }

    fn followed(of: &'a TypeSchema, schema: &'a Value) -> Self {
        let mut at = schema;
        for _ in 0..DEPTH {
            let Some(target) = at.get("$ref").and_then(Value::as_str).and_then(|to| of.resolve(to)) else {
                break;
            };
            at = target;
        }
        Self { of, schema: at }
    }

    fn step(self, part: &str, depth: usize) -> Option<Self> {
        if depth > DEPTH {
            return None;
        }
        let here = self.schema;
        let direct = here
            .get("properties")
            .and_then(|properties| properties.get(part))
            .or_else(|| is_index(part).then(|| here.get("items")).flatten())
            .or_else(|| self.by_pattern(part))
            .or_else(|| here.get("additionalProperties").filter(|schema| schema.is_object()));
        if let Some(schema) = direct {
            return Some(Self::followed(self.of, schema));
        }
        ["allOf", "anyOf", "oneOf"]
            .iter()
            .filter_map(|key| here.get(*key).and_then(Value::as_array))
            .flatten()
            .find_map(|schema| Self::followed(self.of, schema).step(part, depth + 1))
    }

    fn by_pattern(&self, part: &str) -> Option<&'a Value> {
        let patterns = self.schema.get("patternProperties")?.as_object()?;
        patterns
            .iter()
            .find(|(pattern, _)| self.of.pattern(pattern).is_none_or(|regex| regex.is_match(part)))
            .map(|(_, schema)| schema)
    }

    fn collect_types(&self, schema: &'a Value, types: &mut Vec<&'a str>, depth: usize) {
        if depth > DEPTH {
            return;
        }
        let schema = Self::followed(self.of, schema).schema;
        match schema.get("type") {
            Some(Value::String(kind)) => push(types, kind),
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).for_each(|kind| push(types, kind)),
            _ => ["allOf", "anyOf", "oneOf"]
                .iter()
                .filter_map(|key| schema.get(*key).and_then(Value::as_array))
                .flatten()
                .for_each(|schema| self.collect_types(schema, types, depth + 1)),
        }
    }
}

fn push<'a>(types: &mut Vec<&'a str>, kind: &'a str) {
    if !types.contains(&kind) {
        types.push(kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clouds::aws::registry::find;

    #[test]
    fn a_listed_path_covers_what_is_inside_it_and_is_reached_from_outside() {
        let listed = Listed::new(vec!["/properties/Placement/Tenancy", "/properties/Replicas/*/Key"]);
        assert!(listed.covers(&["Placement", "Tenancy"]));
        assert!(listed.covers(&["Replicas", "3", "Key", "Id"]));
        assert!(!listed.covers(&["Placement"]));
        assert!(listed.reaches_into(&["Placement"]));
        assert!(listed.reaches_into(&["Replicas", "0"]));
        assert!(!listed.reaches_into(&["Placement", "Tenancy"]));
        assert!(!listed.covers(&["Place"]));
    }

    #[test]
    fn nested_properties_are_found_through_references_lists_and_alternatives() {
        let function = find("AWS::Lambda::Function").unwrap();
        assert!(function.property(&["VpcConfig", "SubnetIds", "0"]).unwrap().is_text());
        assert!(function.property(&["Timeout"]).unwrap().is_number());
        assert!(function.property(&["Environment", "Variables", "ANY_NAME"]).is_some());
        assert!(function.property(&["NoSuchThing"]).is_none());
        let queue = find("AWS::SQS::Queue").unwrap();
        assert!(queue.property(&["FifoQueue"]).unwrap().is_boolean());
        assert_eq!(queue.property(&["Tags"]).unwrap().item_key(), Some("Key"));
        let rule = find("AWS::EC2::SecurityGroup").unwrap();
        assert!(rule.property(&["SecurityGroupIngress", "0", "FromPort"]).unwrap().is_number());
    }
}
