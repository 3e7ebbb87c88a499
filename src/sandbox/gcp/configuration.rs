//! A Terraform configuration, read and checked as `terraform init` and `terraform validate` do it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::caller::number;
use super::expression::{self, ExpressionError, Step, within};
use crate::clouds::gcp::document::Document;
use crate::clouds::gcp::provider;
use crate::sandbox::engine::order::{Dependencies, sorted};

/// The version of Terraform that Infrastructure Manager runs: the last one under an open licence.
pub const VERSION: &str = "1.5.7";

/// What may stand at the top of a file.
const SECTIONS: [&str; 7] = ["//", "data", "output", "provider", "resource", "terraform", "variable"];

/// The providers that a configuration may ask for.
const PROVIDERS: [(&str, &str); 2] = [("google", "hashicorp/google"), ("random", "hashicorp/random")];

/// What the sandbox gives of `data.google_project`.
const PROJECT: [&str; 5] = ["billing_account", "id", "name", "number", "project_id"];

/// A failure of Terraform (Infrastructure Manager REST reference, `TerraformError`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The address of the resource; empty where it is about none.
    pub address: String,
    /// The HTTP status that an API gave; 0 where none did.
    pub status: u16,
    /// What is said.
    pub description: String,
}

impl Failure {
    /// A failure that no API gave.
    pub fn new(address: impl Into<String>, description: impl Into<String>) -> Self {
        Self { address: address.into(), status: 0, description: description.into() }
    }

    /// As it is answered.
    pub fn to_json(&self) -> Value {
        let mut shown = json!({ "errorDescription": self.description });
        if !self.address.is_empty() {
            shown["resourceAddress"] = json!(self.address);
        }
        if self.status != 0 {
            shown["httpResponseCode"] = json!(self.status);
        }
        shown
    }
}

/// A resource of a configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Its type.
    pub kind: String,
    /// How many there are, where it says so.
    pub count: Option<Value>,
    /// Its arguments, not worked out yet.
    pub arguments: Map<String, Value>,
    /// The resources that come first: those that it names and those that it says it depends on.
    pub after: BTreeSet<String>,
    /// Whether Terraform refuses to delete it.
    pub prevent_destroy: bool,
}

/// A configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// The project that resources are in where they don't say it.
    pub project: String,
    /// The region, likewise.
    pub region: String,
    /// The resources by `type.name`.
    pub resources: BTreeMap<String, Block>,
    /// The projects that are looked up, by name.
    pub projects: BTreeMap<String, String>,
    /// The values that it gives back, not worked out yet.
    pub outputs: BTreeMap<String, Value>,
    /// The values that it is given.
    pub variables: BTreeMap<String, Value>,
}

/// What resources are known to be, by `type.name`: an object, or a list of them where there is a count.
pub type Known = BTreeMap<String, Value>;

impl Configuration {
    /// Reads the files of a configuration and checks all that can be checked before anything is asked of the cloud.
    ///
    /// # Errors
    /// All that Terraform finds wrong with it.
    pub fn read(
        project: &str,
        files: &BTreeMap<String, String>,
        inputs: &Map<String, Value>,
    ) -> Result<Self, Vec<Failure>> {
        let mut wrong = Vec::new();
        let mut whole = Document::default();
        if files.is_empty() {
            return Err(vec![Failure::new("", "No configuration files")]);
        }
        for (name, text) in files {
            match sections(name, text).and_then(|()| {
                Document::read(text.as_bytes()).map_err(|error| Failure::new("", format!("{name}: {error}")))
            }) {
                Ok(document) => merge(&mut whole, document),
                Err(failure) => wrong.push(failure),
            }
        }
        let google = |key: &str| whole.providers.get("google").and_then(|own| own.get(key)).and_then(Value::as_str);
        let mut configuration = Self {
            project: google("project").unwrap_or(project).to_owned(),
            region: google("region").unwrap_or_default().to_owned(),
            ..Self::default()
        };
        configuration.take_variables(&whole, inputs, &mut wrong);
        configuration.take_data(&whole, &mut wrong);
        for (kind, named) in &whole.resources {
            for (name, resource) in named {
                let block = Block {
                    kind: kind.clone(),
                    count: resource.count.clone(),
                    arguments: resource.arguments.clone(),
                    after: resource.depends_on.clone(),
                    prevent_destroy: resource.lifecycle.get("prevent_destroy") == Some(&json!(true)),
                };
                configuration.resources.insert(format!("{kind}.{name}"), block);
            }
        }
        for (name, body) in &whole.outputs {
            configuration.outputs.insert(name.clone(), body.get("value").cloned().unwrap_or_default());
        }
        configuration.check(&mut wrong);
        if wrong.is_empty() { Ok(configuration) } else { Err(wrong) }
    }

    fn take_variables(&mut self, whole: &Document, inputs: &Map<String, Value>, wrong: &mut Vec<Failure>) {
        for name in inputs.keys().filter(|name| !whole.variables.contains_key(*name)) {
            wrong.push(Failure::new("", format!("Value for undeclared variable: a variable named \"{name}\" was assigned, but the root module does not declare a variable of that name")));
        }
        for (name, body) in &whole.variables {
            match inputs.get(name).or_else(|| body.get("default")) {
                Some(value) => drop(self.variables.insert(name.clone(), value.clone())),
                None => wrong.push(Failure::new("", format!("No value for required variable: the root module input variable \"{name}\" is not set, and has no default value"))),
            }
        }
        for (name, body) in whole.variables.iter().filter(|(name, _)| self.variables.contains_key(*name)) {
            let rules = match body.get("validation") {
                Some(Value::Array(rules)) => rules.iter().collect(),
                Some(rule) => vec![rule],
                None => Vec::new(),
            };
            for rule in rules {
                let condition = rule.get("condition").cloned().unwrap_or_default();
                match self.value(&condition, &Known::new()) {
                    Ok(Value::Bool(true)) => {}
                    Ok(_) => {
                        let said = rule.get("error_message").and_then(Value::as_str).unwrap_or_default();
                        wrong.push(Failure::new("", format!("Invalid value for variable \"{name}\": {said}")));
                    }
                    Err(error) => wrong.push(Failure::new("", format!("variable \"{name}\": {error}"))),
                }
            }
        }
    }

    fn take_data(&mut self, whole: &Document, wrong: &mut Vec<Failure>) {
        for (kind, named) in &whole.data {
            for (name, body) in named {
                if kind != "google_project" {
                    let said = format!("the sandbox looks up projects only, no {kind}");
                    wrong.push(Failure::new(format!("data.{kind}.{name}"), said));
                    continue;
                }
                let project = body.get("project_id").and_then(Value::as_str).unwrap_or(&self.project).to_owned();
                self.projects.insert(name.clone(), project);
            }
        }
    }

    /// Types, arguments, references, circles.
    fn check(&mut self, wrong: &mut Vec<Failure>) {
        let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (address, block) in &self.resources {
            let Some(known) = provider::find(&block.kind) else {
                wrong.push(Failure::new(
                    address,
                    format!("Invalid resource type: the sandbox knows no resource type \"{}\"", block.kind),
                ));
                continue;
            };
            for problem in provider::check(known, &block.arguments) {
                wrong.push(Failure::new(address, problem));
            }
            let mut all: Vec<&Value> = block.arguments.values().collect();
            all.extend(&block.count);
            let mut after = block.after.clone();
            for value in all {
                self.check_references(address, value, &mut after, wrong);
            }
            for first in block.after.iter().filter(|first| !self.resources.contains_key(*first)) {
                wrong.push(Failure::new(address, format!("Reference to undeclared resource: there is no \"{first}\"")));
            }
            named.insert(address.clone(), after);
        }
        for (name, value) in &self.outputs {
            self.check_references(&format!("output.{name}"), value, &mut BTreeSet::new(), wrong);
        }
        if let Err(circle) = sorted(&named) {
            wrong.push(Failure::new("", format!("Cycle: {}", circle.join(", "))));
        }
        for (address, after) in named {
            if let Some(block) = self.resources.get_mut(&address) {
                block.after = after;
            }
        }
    }

    fn check_references(&self, of: &str, value: &Value, after: &mut BTreeSet<String>, wrong: &mut Vec<Failure>) {
        match value {
            Value::String(text) => match expression::template(text) {
                Ok(read) => read.references(&mut |steps| match self.named(steps) {
                    Ok(Some(first)) => drop(after.insert(first)),
                    Ok(None) => {}
                    Err(error) => wrong.push(Failure::new(of, error.to_string())),
                }),
                Err(error) => wrong.push(Failure::new(of, error.to_string())),
            },
            Value::Array(items) => items.iter().for_each(|item| self.check_references(of, item, after, wrong)),
            Value::Object(object) => {
                object.values().for_each(|item| self.check_references(of, item, after, wrong));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The resource that a reference names, where it names one.
    fn named(&self, steps: &[Step]) -> Result<Option<String>, ExpressionError> {
        let refused = |why: String| Err(ExpressionError(why));
        let names: Vec<&str> = steps
            .iter()
            .map_while(|step| match step {
                Step::Name(name) => Some(name.as_str()),
                Step::Index(_) => None,
            })
            .collect();
        match names.as_slice() {
            ["var", name] => match self.variables.contains_key(*name) {
                true => Ok(None),
                false => refused(format!("Reference to undeclared input variable: there is no \"{name}\"")),
            },
            ["data", "google_project", name, attribute] if self.projects.contains_key(*name) => {
                match PROJECT.contains(attribute) {
                    true => Ok(None),
                    false => {
                        refused(format!("Unsupported attribute: the sandbox gives no \"{attribute}\" of a project"))
                    }
                }
            }
            ["data", ..] => {
                refused(format!("Reference to undeclared data source: there is no \"{}\"", names.join(".")))
            }
            [kind, name, rest @ ..] if kind.contains('_') => {
                let address = format!("{kind}.{name}");
                let Some(block) = self.resources.get(&address) else {
                    return refused(format!("Reference to undeclared resource: there is no \"{address}\""));
                };
                let indexed = matches!(steps.get(2), Some(Step::Index(_)));
                if block.count.is_some() && !indexed && !rest.is_empty() {
                    return refused(format!(
                        "Missing resource instance key: because {address} has \"count\" set, its attributes must be accessed on specific instances"
                    ));
                }
                let attribute = steps.iter().skip(if indexed { 3 } else { 2 }).find_map(|step| match step {
                    Step::Name(name) => Some(name.as_str()),
                    Step::Index(_) => None,
                });
                let known = provider::find(&block.kind);
                match (attribute, known) {
                    (Some(attribute), Some(known)) if attribute != "id" && !known.contains_key(attribute) => {
                        refused(format!("Unsupported attribute: {kind} has no \"{attribute}\""))
                    }
                    _ => Ok(Some(address)),
                }
            }
            _ => refused(format!("the sandbox doesn't know what \"{}\" names", names.join("."))),
        }
    }

    /// What a value comes to, with what is known of the resources.
    ///
    /// # Errors
    /// Why an expression in it comes to nothing.
    pub fn value(&self, value: &Value, known: &Known) -> Result<Value, ExpressionError> {
        let find = |steps: &[Step]| self.find(steps, known);
        match value {
            Value::String(text) => expression::template(text)?.value(&find),
            Value::Array(items) => items.iter().map(|item| self.value(item, known)).collect(),
            Value::Object(object) => {
                let mut found = Map::new();
                for (key, value) in object {
                    let key = expression::template(key)?.value(&find)?;
                    let key = key.as_str().ok_or_else(|| ExpressionError("a key is no text".to_owned()))?.to_owned();
                    found.insert(key, self.value(value, known)?);
                }
                Ok(Value::Object(found))
            }
            plain => Ok(plain.clone()),
        }
    }

    fn find(&self, steps: &[Step], known: &Known) -> Result<Value, ExpressionError> {
        match steps {
            [Step::Name(root), Step::Name(name), rest @ ..] if root == "var" => {
                let value = self.variables.get(name);
                within(value.ok_or_else(|| ExpressionError(format!("there is no variable \"{name}\"")))?, rest)
            }
            [Step::Name(root), Step::Name(_), Step::Name(name), rest @ ..] if root == "data" => {
                let project = self.projects.get(name);
                let project = project.ok_or_else(|| ExpressionError(format!("nothing is looked up as \"{name}\"")))?;
                let looked_up = json!({
                    "id": format!("projects/{project}"),
                    "name": project,
                    "project_id": project,
                    "number": number(project),
                    "billing_account": "000000-000000-000000",
                });
                within(&looked_up, rest)
            }
            [Step::Name(kind), Step::Name(name), rest @ ..] => {
                let found = known.get(&format!("{kind}.{name}"));
                within(found.ok_or_else(|| ExpressionError(format!("{kind}.{name} is not known yet")))?, rest)
            }
            _ => Err(ExpressionError("the sandbox doesn't know what this names".to_owned())),
        }
    }

    /// The resources in an order in which each comes after what it waits for.
    pub fn in_order(&self) -> Vec<String> {
        let waits: Dependencies =
            self.resources.iter().map(|(address, block)| (address.clone(), block.after.clone())).collect();
        sorted(&waits).unwrap_or_default()
    }
}

fn merge(whole: &mut Document, part: Document) {
    whole.providers.extend(part.providers);
    whole.variables.extend(part.variables);
    whole.outputs.extend(part.outputs);
    for (kind, named) in part.data {
        whole.data.entry(kind).or_default().extend(named);
    }
    for (kind, named) in part.resources {
        whole.resources.entry(kind).or_default().extend(named);
    }
}

/// What a file has at its top, and what its `terraform` block asks for.
fn sections(name: &str, text: &str) -> Result<(), Failure> {
    let failed = |why: String| Failure::new("", format!("{name}: {why}"));
    let whole: Value = serde_json::from_str(text).map_err(|error| failed(error.to_string()))?;
    let object = whole.as_object().ok_or_else(|| failed("a configuration file is an object".to_owned()))?;
    if let Some(unknown) = object.keys().find(|key| !SECTIONS.contains(&key.as_str())) {
        return Err(failed(format!("Unsupported block type: the sandbox knows no blocks of type \"{unknown}\"")));
    }
    let Some(settings) = object.get("terraform").and_then(Value::as_object) else { return Ok(()) };
    for (key, value) in settings {
        match key.as_str() {
            "required_version" if value.as_str().is_some_and(fits) => {}
            "required_version" => {
                return Err(failed(format!(
                    "Unsupported Terraform Core version: this configuration does not support Terraform version {VERSION}"
                )));
            }
            "required_providers" => {
                for (provider, wanted) in value.as_object().into_iter().flatten() {
                    let source = wanted.get("source").and_then(Value::as_str).unwrap_or_default();
                    if !PROVIDERS.contains(&(provider.as_str(), source)) {
                        return Err(failed(format!(
                            "Failed to query available provider packages: the sandbox has no provider {source}"
                        )));
                    }
                }
            }
            "backend" | "cloud" => {
                return Err(failed(format!(
                    "Infrastructure Manager keeps the state itself: a {key} block is not supported"
                )));
            }
            other => return Err(failed(format!("the sandbox knows no `{other}` in a terraform block"))),
        }
    }
    Ok(())
}

/// Whether the version fits a constraint: `= 1.5.7`, `~> 1.5`, `>= 1.3, < 2.0`.
pub fn fits(constraint: &str) -> bool {
    let parts = |text: &str| -> Vec<u32> { text.split('.').filter_map(|part| part.trim().parse().ok()).collect() };
    let is = parts(VERSION);
    constraint.split(',').map(str::trim).all(|one| {
        let at = one.find(|sign: char| sign.is_ascii_digit()).unwrap_or(one.len());
        let (sign, wanted) = one.split_at(at);
        let wanted = parts(wanted);
        let mut whole = wanted.clone();
        whole.resize(3, 0);
        match sign.trim() {
            "" | "=" => is == whole,
            "!=" => is != whole,
            ">=" => is >= whole,
            ">" => is > whole,
            "<=" => is <= whole,
            "<" => is < whole,
            "~>" => {
                let kept = wanted.len().saturating_sub(1);
                is >= whole && is.get(..kept) == wanted.get(..kept)
            }
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(main: &Value) -> Result<Configuration, Vec<String>> {
        let files = BTreeMap::from([("main.tf.json".to_owned(), main.to_string())]);
        let inputs = Map::from_iter([("size".to_owned(), json!("3"))]);
        let said = |failures: Vec<Failure>| failures.into_iter().map(|failure| failure.description).collect();
        Configuration::read("shop-project", &files, &inputs).map_err(said)
    }

    fn topic(arguments: Value) -> Value {
        json!({ "variable": { "size": {} }, "resource": { "google_pubsub_topic": { "a": { "name": "a" }, "b": arguments } } })
    }

    #[test]
    fn what_terraform_would_refuse_is_refused_before_anything_begins() {
        for (main, said) in [
            (topic(json!({ "name": "${google_pubsub_topic.c.name}" })), "Reference to undeclared resource"),
            (topic(json!({ "name": "${google_pubsub_topic.a.colour}" })), "Unsupported attribute"),
            (topic(json!({ "name": "${var.none}" })), "Reference to undeclared input variable"),
            (topic(json!({ "name": "${google_pubsub_topic.b.id}" })), "Cycle"),
            (topic(json!({ "name": "b", "colour": "red" })), "colour: the provider knows no such argument"),
            (topic(json!({})), "name: it is required"),
            (json!({ "variable": { "size": {} }, "module": {} }), "main.tf.json: Unsupported block type"),
            (json!({ "variable": { "size": {}, "other": {} } }), "No value for required variable"),
            (json!({}), "Value for undeclared variable"),
            (
                json!({ "variable": { "size": {} }, "terraform": { "backend": {} } }),
                "main.tf.json: Infrastructure Manager keeps",
            ),
            (
                json!({ "variable": { "size": {} }, "terraform": { "required_version": "~> 1.6" } }),
                "main.tf.json: Unsupported Terraform Core version",
            ),
            (
                json!({ "variable": { "size": { "validation": { "condition": "${var.size == \"4\"}", "error_message": "four" } } } }),
                "Invalid value for variable",
            ),
        ] {
            let wrong = read(&main).unwrap_err();
            assert!(wrong.iter().any(|one| one.starts_with(said)), "{said}: {wrong:?}");
        }
    }

    #[test]
    fn what_is_named_comes_first() {
        let read = read(&topic(json!({ "name": "of-${google_pubsub_topic.a.name}" }))).unwrap();
        assert_eq!(read.in_order(), ["google_pubsub_topic.a", "google_pubsub_topic.b"]);
        let known = Known::from([("google_pubsub_topic.a".to_owned(), json!({ "name": "a" }))]);
        assert_eq!(
            read.value(&read.resources["google_pubsub_topic.b"].arguments["name"], &known).unwrap(),
            json!("of-a")
        );
    }

    #[test]
    fn a_constraint_holds_for_the_versions_that_it_means() {
        for constraint in ["~> 1.5", "= 1.5.7", ">= 1.3, < 2.0", "~> 1.5.0"] {
            assert!(fits(constraint), "{constraint}");
        }
        for constraint in ["~> 1.6", "1.5.6", "< 1.5", "~> 1.4.0"] {
            assert!(!fits(constraint), "{constraint}");
        }
    }
}
