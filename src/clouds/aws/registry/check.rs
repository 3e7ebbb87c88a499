//! Properties against their schema: what is wrong, as far as the schema tells.
//!
//! What only the cloud can know is left to it. An intrinsic function counts as any value, a list or object with one inside is not
//! counted or compared, and scalars are taken as CloudFormation takes them: `"5"` for a number, `5` for text.

use std::fmt;

use serde_json::{Map, Value};

use super::near;
use super::scalar;
use super::schema::TypeSchema;
use crate::clouds::aws::intrinsics::{self, Function};

/// How deep values and references are followed.
const DEPTH: usize = 128;

/// Something wrong with a property.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where, such as `VpcConfig.SubnetIds[1]`; empty for the properties as a whole.
    pub path: String,
    /// What is wrong there, in words.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.what) } else { write!(f, "{}: {}", self.path, self.what) }
    }
}

pub(super) fn check(of: &TypeSchema, properties: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let checker = Checker { of };
    checker.value(of.document(), properties, "", 0, &mut findings);
    checker.read_only(properties, &mut findings);
    findings.sort();
    findings.dedup();
    findings
}

struct Checker<'a> {
    of: &'a TypeSchema,
}

/// Whether a key of an object is there once its intrinsic functions are resolved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Absent,
    Maybe,
    Present,
}

impl Checker<'_> {
    fn value(&self, schema: &Value, value: &Value, path: &str, depth: usize, out: &mut Vec<Finding>) {
        if depth > DEPTH {
            return;
        }
        match intrinsics::function(value) {
            Some(Function::If { then, otherwise, .. }) => {
                self.value(schema, then, path, depth + 1, out);
                self.value(schema, otherwise, path, depth + 1, out);
                return;
            }
            Some(_) => return,
            None => {}
        }
        if value.as_str().is_some_and(|text| text.contains("{{resolve:")) {
            return;
        }
        let Some(schema) = schema.as_object() else {
            return;
        };
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|to| self.of.resolve(to)) {
            self.value(target, value, path, depth + 1, out);
        }
        if let Some(what) = scalar::wrong_type(schema, value) {
            report(out, path, what);
            return;
        }
        scalar::check(self.of, schema, value, path, out);
        match value {
            Value::Array(items) => self.array(schema, items, path, depth, out),
            Value::Object(object) => self.object(schema, object, path, depth, out),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        self.combined(schema, value, path, depth, out);
    }

    fn array(&self, schema: &Map<String, Value>, items: &[Value], path: &str, depth: usize, out: &mut Vec<Finding>) {
        let prefix = schema.get("prefixItems").and_then(Value::as_array);
        for (index, item) in items.iter().enumerate() {
            let below = match (prefix.and_then(|list| list.get(index)), schema.get("items")) {
                (Some(schema), _) => Some(schema),
                (None, Some(Value::Array(list))) => list.get(index),
                (None, other) => other,
            };
            if let Some(below) = below {
                self.value(below, item, &format!("{path}[{index}]"), depth + 1, out);
            }
        }
        // An item that is a function may turn out to be nothing.
        if !items.iter().any(|item| intrinsics::function(item).is_some()) {
            let length = items.len() as u64;
            if let Some(least) = schema.get("minItems").and_then(Value::as_u64).filter(|least| length < *least) {
                report(out, path, format!("has {length} items; at least {least} are needed"));
            }
            if let Some(most) = schema.get("maxItems").and_then(Value::as_u64).filter(|most| length > *most) {
                report(out, path, format!("has {length} items; at most {most} are allowed"));
            }
        }
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            for (index, item) in items.iter().enumerate() {
                if let Some(first) = items[..index].iter().position(|before| before == item)
                    && !intrinsics::inside(item)
                {
                    report(out, &format!("{path}[{index}]"), format!("repeats item {first}; the items must differ"));
                }
            }
        }
    }

    fn object(
        &self,
        schema: &Map<String, Value>,
        object: &Map<String, Value>,
        path: &str,
        depth: usize,
        out: &mut Vec<Finding>,
    ) {
        // `Fn::Transform` and `Fn::ForEach` among the keys bring in others.
        if object.keys().any(|key| key.starts_with("Fn::")) {
            return;
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        for (key, value) in object {
            let below = join(path, key);
            let mut known = false;
            if let Some(schema) = properties.and_then(|properties| properties.get(key)) {
                known = true;
                self.value(schema, value, &below, depth + 1, out);
            }
            for (pattern, schema) in patterns.into_iter().flatten() {
                match self.of.pattern(pattern) {
                    Some(regex) if !regex.is_match(key) => {}
                    Some(_) => {
                        known = true;
                        self.value(schema, value, &below, depth + 1, out);
                    }
                    None => known = true,
                }
            }
            match schema.get("additionalProperties") {
                Some(Value::Bool(false)) if !known => {
                    report(out, &below, unknown(key, properties, patterns));
                }
                Some(schema @ Value::Object(_)) if !known => self.value(schema, value, &below, depth + 1, out),
                _ => {}
            }
        }
        self.keys(schema, object, path, out);
    }

    fn keys(&self, schema: &Map<String, Value>, object: &Map<String, Value>, path: &str, out: &mut Vec<Finding>) {
        let names = |key: &str| strings(schema.get(key));
        for name in names("required") {
            if presence(object, name) == Presence::Absent {
                report(out, path, format!("{name} is missing"));
            }
        }
        for (key, exactly) in [("requiredXor", true), ("requiredOr", false)] {
            let names = names(key);
            if names.is_empty() {
                continue;
            }
            let given: Vec<_> =
                names.iter().filter(|name| presence(object, name) == Presence::Present).copied().collect();
            if names.iter().all(|name| presence(object, name) == Presence::Absent) {
                report(out, path, format!("one of {} is needed", names.join(", ")));
            } else if exactly && given.len() > 1 {
                report(out, path, format!("{} exclude each other", given.join(" and ")));
            }
        }
        for (key, wanted) in [("dependentRequired", true), ("dependencies", true), ("dependentExcluded", false)] {
            for (name, others) in schema.get(key).and_then(Value::as_object).into_iter().flatten() {
                if presence(object, name) != Presence::Present {
                    continue;
                }
                for other in strings(Some(others)) {
                    match (wanted, presence(object, other)) {
                        (true, Presence::Absent) => report(out, path, format!("{name} needs {other} beside it")),
                        (false, Presence::Present) => exclusive(out, path, name, other),
                        _ => {}
                    }
                }
            }
        }
        let count = object.len() as u64;
        if let Some(least) = schema.get("minProperties").and_then(Value::as_u64).filter(|least| count < *least) {
            report(out, path, format!("has {count} entries; at least {least} are needed"));
        }
        if let Some(most) = schema.get("maxProperties").and_then(Value::as_u64).filter(|most| count > *most) {
            report(out, path, format!("has {count} entries; at most {most} are allowed"));
        }
    }

    fn combined(&self, schema: &Map<String, Value>, value: &Value, path: &str, depth: usize, out: &mut Vec<Finding>) {
        let list = |key: &str| schema.get(key).and_then(Value::as_array);
        for part in list("allOf").into_iter().flatten() {
            self.value(part, value, path, depth + 1, out);
        }
        for (key, one) in [("anyOf", false), ("oneOf", true)] {
            if let Some(parts) = list(key) {
                self.alternatives(parts, one, value, path, depth, out);
            }
        }
        if intrinsics::inside(value) {
            return;
        }
        let fits = |schema: &Value| {
            let mut findings = Vec::new();
            self.value(schema, value, path, depth + 1, &mut findings);
            findings.is_empty()
        };
        if schema.get("not").is_some_and(fits) {
            report(out, path, "has a form that is not allowed here".to_owned());
        }
        if let Some(condition) = schema.get("if") {
            let branch = if fits(condition) { "then" } else { "else" };
            if let Some(branch) = schema.get(branch) {
                self.value(branch, value, path, depth + 1, out);
            }
        }
    }

    fn alternatives(
        &self,
        parts: &[Value],
        one: bool,
        value: &Value,
        path: &str,
        depth: usize,
        out: &mut Vec<Finding>,
    ) {
        let mut nearest: Option<Vec<Finding>> = None;
        let mut fitting = 0;
        for part in parts {
            let mut findings = Vec::new();
            self.value(part, value, path, depth + 1, &mut findings);
            if findings.is_empty() {
                fitting += 1;
            }
            if nearest.as_ref().is_none_or(|nearest| findings.len() < nearest.len()) {
                nearest = Some(findings);
            }
        }
        let wanted: Option<Vec<String>> = parts.iter().map(only_required).collect();
        if fitting == 0 {
            match wanted {
                Some(wanted) => report(out, path, format!("one of {} is needed", wanted.join(", "))),
                None => out.extend(nearest.unwrap_or_default()),
            }
        } else if one && fitting > 1 {
            // Schemas whose alternatives overlap by mistake are frequent; lists of names that exclude each other are meant.
            if let (Some(wanted), Value::Object(object)) = (wanted, value)
                && object.iter().all(|(key, _)| presence(object, key) == Presence::Present)
            {
                report(out, path, format!("only one of {} may be given", wanted.join(", ")));
            }
        }
    }

    /// Properties at the top that the service sets; a create handler must refuse them (CloudFormation CLI user guide, resource type schema
    /// and handler contract). Some are listed as read-only and can be set all the same when the resource is
    /// created; and nested ones are often sent back unchanged: both are left alone.
    fn read_only(&self, properties: &Value, out: &mut Vec<Finding>) {
        let Some(object) = properties.as_object() else {
            return;
        };
        let (required, create_only) = (self.of.required(), self.of.create_only());
        let write_only = self.of.write_only();
        for name in self.of.read_only().iter() {
            if presence(object, name) == Presence::Present
                && !required.contains(&name)
                && !create_only.covers(&[name])
                && !write_only.covers(&[name])
            {
                report(out, name, "is set by the service and can't be given".to_owned());
            }
        }
    }
}

/// What is wrong with a key that the schema doesn't have, with what may have been meant.
fn unknown(key: &str, properties: Option<&Map<String, Value>>, patterns: Option<&Map<String, Value>>) -> String {
    const MOST_SHOWN: usize = 12;
    let names: Vec<_> = properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    if let Some(meant) = near(key, names.iter().copied()) {
        return format!("there is no such property; did you mean {meant}?");
    }
    let patterns: Vec<_> = patterns.into_iter().flatten().map(|(pattern, _)| pattern.as_str()).collect();
    match (names.len(), patterns.as_slice()) {
        (0, [_, ..]) => format!("names here must match {}", patterns.join(" or ")),
        (1..=MOST_SHOWN, _) => format!("there is no such property; known are {}", names.join(", ")),
        _ => "there is no such property".to_owned(),
    }
}

/// Two names that exclude each other; whichever of them says so, the finding is the same.
fn exclusive(out: &mut Vec<Finding>, path: &str, name: &str, other: &str) {
    let (first, second) = if name < other { (name, other) } else { (other, name) };
    report(out, path, format!("{first} and {second} exclude each other"));
}

pub(super) fn report(out: &mut Vec<Finding>, path: &str, what: String) {
    out.push(Finding { path: path.to_owned(), what });
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn presence(object: &Map<String, Value>, name: &str) -> Presence {
    match object.get(name) {
        None => Presence::Absent,
        Some(value) if intrinsics::is_no_value(value) => Presence::Absent,
        Some(value) => match intrinsics::function(value) {
            Some(Function::If { .. }) => Presence::Maybe,
            _ => Presence::Present,
        },
    }
}

/// `A` or `A with B` for a schema that says nothing but which names are required.
fn only_required(schema: &Value) -> Option<String> {
    let schema = schema.as_object()?;
    let names = strings(schema.get("required"));
    (schema.len() == 1 && !names.is_empty()).then(|| names.join(" with "))
}

pub(super) fn strings(list: Option<&Value>) -> Vec<&str> {
    let list = list.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clouds::aws::registry::find;

    fn findings(kind: &str, properties: Value) -> Vec<String> {
        let schema = find(kind).expect(kind);
        schema.check(&properties).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn an_unknown_property_is_named_with_the_one_that_was_meant() {
        let found = findings("AWS::SQS::Queue", json!({"VisibilityTimeOut": 30}));
        assert_eq!(found, ["VisibilityTimeOut: there is no such property; did you mean VisibilityTimeout?"]);
        let found = findings(
            "AWS::Lambda::Function",
            json!({"Code": {}, "Role": "arn:aws:iam::123456789012:role/r", "VpcConfig": {"SubnetIdz": []}}),
        );
        assert_eq!(found, ["VpcConfig.SubnetIdz: there is no such property; did you mean SubnetIds?"]);
    }

    #[test]
    fn missing_properties_and_wrong_types_and_bounds_are_found() {
        assert_eq!(findings("AWS::SNS::Subscription", json!({"Protocol": "sqs"})), ["TopicArn is missing"]);
        let found = findings(
            "AWS::SQS::Queue",
            json!({"DelaySeconds": 901, "FifoQueue": "yes", "QueueName": ["a"], "Tags": [{"Key": "a"}]}),
        );
        assert_eq!(
            found,
            [
                "DelaySeconds: is 901; the most is 900",
                "FifoQueue: must be true or false, is text",
                "QueueName: must be text, is a list",
                "Tags[0]: Value is missing",
            ]
        );
    }

    #[test]
    fn scalars_are_taken_as_cloudformation_takes_them() {
        let good = json!({"DelaySeconds": "5", "FifoQueue": "True", "QueueName": 7});
        assert!(findings("AWS::SQS::Queue", good).is_empty());
        assert_eq!(findings("AWS::SQS::Queue", json!({"DelaySeconds": null})).len(), 1);
    }

    #[test]
    fn functions_count_as_any_value_but_the_branches_of_a_choice_are_checked() {
        let choice =
            json!({"DelaySeconds": {"Fn::If": ["C", 901, {"Ref": "AWS::NoValue"}]}, "FifoQueue": {"Ref": "P"}});
        assert_eq!(findings("AWS::SQS::Queue", choice), ["DelaySeconds: is 901; the most is 900"]);
        let none = json!({"Protocol": "sqs", "TopicArn": {"Ref": "AWS::NoValue"}});
        assert_eq!(findings("AWS::SNS::Subscription", none), ["TopicArn is missing"]);
        let resolved = json!({"DelaySeconds": "{{resolve:ssm:delay}}"});
        assert!(findings("AWS::SQS::Queue", resolved).is_empty());
    }

    #[test]
    fn names_that_exclude_or_need_each_other_are_found() {
        let both =
            json!({"IpProtocol": "tcp", "CidrIp": "10.0.0.0/8", "SourceSecurityGroupId": "sg-1", "GroupId": "sg-2"});
        assert_eq!(
            findings("AWS::EC2::SecurityGroupIngress", both),
            ["CidrIp and SourceSecurityGroupId exclude each other"]
        );
        let neither = json!({"IpProtocol": "tcp", "GroupId": "sg-2"});
        assert_eq!(findings("AWS::EC2::SecurityGroupIngress", neither).len(), 1);
        let policy = json!({"PolicyName": "p", "PolicyDocument": {}});
        assert_eq!(findings("AWS::IAM::Policy", policy), ["one of Users, Groups, Roles is needed"]);
    }

    #[test]
    fn what_the_service_sets_can_not_be_given() {
        let found = findings("AWS::SQS::Queue", json!({"Arn": "arn:aws:sqs:eu-central-1:1:q"}));
        assert_eq!(found, ["Arn: is set by the service and can't be given"]);
    }

    #[test]
    fn a_secret_value_is_not_repeated_in_a_message() {
        let schema = find("AWS::RDS::DBInstance").unwrap();
        let found = schema.check(&json!({"MasterUserPassword": ["hunter2"], "TdeCredentialPassword": "hunter2"}));
        assert!(!found.is_empty());
        let cache = find("AWS::ElastiCache::ReplicationGroup").unwrap();
        let more = cache.check(&json!({"ReplicationGroupDescription": "d", "AuthToken": "hunter2"}));
        assert!(found.iter().chain(&more).all(|finding| !finding.to_string().contains("hunter2")));
    }

    #[test]
    fn deeply_nested_values_end() {
        let mut deep = json!({"DelaySeconds": 1});
        for _ in 0..400 {
            deep = json!({"Fn::If": ["C", deep, {"Ref": "AWS::NoValue"}]});
        }
        assert!(findings("AWS::SQS::Queue", deep).is_empty());
    }
}
