//! The policies of a function's own role: managed policies by name or ARN, statements, and SAM's policy templates.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::error::SamError;
use crate::clouds::aws::intrinsics::{self, Function};

/// Templates and managed policies that SAM knows, made by `tools/sam_policies.py`; inflated when the first is asked for.
static KNOWN: LazyLock<Value> = LazyLock::new(|| {
    let text = miniz_oxide::inflate::decompress_to_vec_zlib(include_bytes!("policies.bin")).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
});

/// What the policies become on a role.
#[derive(Debug, Default)]
pub(super) struct Granted {
    /// ARNs of managed policies.
    pub(super) managed: Vec<Value>,
    /// Inline policies.
    pub(super) inline: Vec<Value>,
}

/// The ARN of a policy of AWS's own.
pub(super) fn managed_arn(partition: &str, name: &str) -> Value {
    Value::String(format!("arn:{partition}:iam::aws:policy/{name}"))
}

/// Reads the property `Policies` of a resource whose role has the given id.
pub(super) fn read(resource: &str, role: &str, partition: &str, policies: Value) -> Result<Granted, SamError> {
    let list = match policies {
        Value::Array(list) => list,
        Value::Null => Vec::new(),
        single => vec![single],
    };
    let mut granted = Granted::default();
    for (index, policy) in list.into_iter().enumerate() {
        let reader = Reader { resource, path: format!("Policies[{index}]"), partition };
        let name = format!("{role}Policy{index}");
        if let Some(Function::If { condition, then, otherwise }) = intrinsics::function(&policy) {
            let (then, otherwise) = (reader.one(then)?, reader.one(otherwise)?);
            let is_statement = |entry: &Entry| matches!(entry, Entry::Statement(_));
            let is_managed = |entry: &Entry| matches!(entry, Entry::Managed(_));
            if is_statement(&then) && is_managed(&otherwise) || is_managed(&then) && is_statement(&otherwise) {
                return Err(reader.invalid("both branches must be policies of the same kind"));
            }
            let to_statements = is_statement(&then) || is_statement(&otherwise);
            let choice = json!({"Fn::If": [condition, then.named(&name), otherwise.named(&name)]});
            if to_statements {
                granted.inline.push(choice);
            } else {
                granted.managed.push(choice);
            }
            continue;
        }
        match reader.one(&policy)? {
            entry @ Entry::Statement(_) => granted.inline.push(entry.named(&name)),
            entry => granted.managed.push(entry.named(&name)),
        }
    }
    Ok(granted)
}

enum Entry {
    Managed(Value),
    Statement(Value),
    Nothing,
}

impl Entry {
    fn named(self, name: &str) -> Value {
        match self {
            Self::Managed(arn) => arn,
            Self::Statement(document) => json!({"PolicyName": name, "PolicyDocument": document}),
            Self::Nothing => json!({"Ref": "AWS::NoValue"}),
        }
    }
}

struct Reader<'a> {
    resource: &'a str,
    path: String,
    partition: &'a str,
}

impl Reader<'_> {
    fn one(&self, policy: &Value) -> Result<Entry, SamError> {
        if intrinsics::is_no_value(policy) {
            return Ok(Entry::Nothing);
        }
        if intrinsics::function(policy).is_some() {
            return Ok(Entry::Managed(policy.clone()));
        }
        match policy {
            Value::String(name) => Ok(Entry::Managed(self.managed(name))),
            Value::Object(document) if document.contains_key("Statement") => Ok(Entry::Statement(policy.clone())),
            Value::Object(template) => match template.iter().next() {
                Some((name, parameters)) if template.len() == 1 => self.template(name, parameters),
                _ => Err(self.invalid("it is neither a policy document with a Statement nor a policy template")),
            },
            _ => Err(self.invalid("it must be the name or ARN of a managed policy, a document, or a policy template")),
        }
    }

    fn managed(&self, name: &str) -> Value {
        let path = KNOWN.get("managed").and_then(|all| all.get(self.partition)?.get(name)?.as_str());
        path.map_or_else(|| Value::String(name.to_owned()), |path| managed_arn(self.partition, path))
    }

    fn template(&self, name: &str, given: &Value) -> Result<Entry, SamError> {
        let Some(template) = KNOWN.get("templates").and_then(|all| all.get(name)) else {
            return Err(self.invalid(&format!("{name} is neither a policy document nor a policy template of SAM")));
        };
        let Some(given) = given.as_object() else {
            return Err(self.invalid(&format!("the parameters of {name} must be an object")));
        };
        let wanted =
            template.get("parameters").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for parameter in wanted.clone() {
            if !given.contains_key(parameter) {
                return Err(self.invalid(&format!("{name} needs the parameter {parameter}")));
            }
        }
        let wanted: Vec<_> = wanted.collect();
        let definition = template.get("definition").cloned().unwrap_or_default();
        Ok(Entry::Statement(filled(&definition, &wanted, given)))
    }

    fn invalid(&self, what: &str) -> SamError {
        SamError::invalid(self.resource, &self.path, what)
    }
}

/// A template's definition with the parameters in the place of their references.
fn filled(definition: &Value, wanted: &[&str], given: &Map<String, Value>) -> Value {
    if let Some(Function::Ref(name)) = intrinsics::function(definition)
        && wanted.contains(&name)
        && let Some(value) = given.get(name)
    {
        return value.clone();
    }
    match definition {
        Value::Array(items) => items.iter().map(|item| filled(item, wanted, given)).collect(),
        Value::Object(object) => {
            Value::Object(object.iter().map(|(key, value)| (key.clone(), filled(value, wanted, given))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_documents_and_templates_become_grants() {
        let policies = json!([
            "AmazonS3ReadOnlyAccess",
            "arn:aws:iam::123456789012:policy/own",
            {"Statement": []},
            {"SQSPollerPolicy": {"QueueName": {"Ref": "QueueName"}}},
        ]);
        let granted = read("F", "FRole", "aws", policies).unwrap();
        assert_eq!(granted.managed[0], "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
        assert_eq!(granted.managed[1], "arn:aws:iam::123456789012:policy/own");
        assert_eq!(granted.inline[0]["PolicyName"], "FRolePolicy2");
        let variables = &granted.inline[1]["PolicyDocument"]["Statement"][0]["Resource"]["Fn::Sub"][1];
        assert_eq!(variables, &json!({"queueName": {"Ref": "QueueName"}}));
    }

    #[test]
    fn what_is_no_policy_is_refused_with_its_place() {
        let error = |policy| read("F", "FRole", "aws", json!([policy])).unwrap_err().to_string();
        assert_eq!(
            error(json!({"SQSPollerPolicy": {}})),
            "F.Policies[0]: SQSPollerPolicy needs the parameter QueueName"
        );
        assert!(error(json!({"NoSuchPolicy": {}})).contains("NoSuchPolicy"));
        assert!(error(json!(5)).contains("must be the name"));
    }
}
