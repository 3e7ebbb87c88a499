//! The template while it is being written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::artifact::Pulled;
use super::document::{Resource, Template};
use super::expression::{self, written};
use super::id::Id;
use super::types::{self, Location};
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;
use crate::model::reference::Reference;
use crate::model::stack::Stack;

/// The template while it is being written, with what came up on the way.
pub(super) struct Draft<'a> {
    /// Which deployment it is.
    pub(super) target: &'a Target,
    /// What it needs.
    pub(super) stack: &'a Stack,
    /// What was written so far.
    resources: Vec<Piece>,
    /// What came up.
    pub(super) findings: Vec<Finding>,
    /// The images that are given at deployment, by the name of the parameter.
    pub(super) images: BTreeMap<String, Pulled>,
    /// Text that expressions are too short for, by the name of the variable that holds it.
    variables: BTreeMap<String, Value>,
    /// Parameters besides those of images.
    parameters: BTreeMap<String, Value>,
    /// What the stack gives back.
    outputs: BTreeMap<String, Value>,
    /// The tags of every resource.
    tags: Value,
}

/// A resource with its identifier, as others name it.
struct Piece {
    id: String,
    parent: Option<String>,
    resource: Resource,
}

impl<'a> Draft<'a> {
    /// An empty template.
    pub(super) fn new(target: &'a Target, stack: &'a Stack) -> Self {
        Self {
            target,
            stack,
            resources: Vec::new(),
            findings: Vec::new(),
            images: BTreeMap::new(),
            variables: BTreeMap::new(),
            parameters: BTreeMap::new(),
            outputs: BTreeMap::new(),
            tags: json!(tags(target, stack)),
        }
    }

    /// The subscription's place: the region.
    pub(super) fn region(&self) -> &'a str {
        &self.stack.placement.region
    }

    /// Whether a resource is there already.
    pub(super) fn has(&self, id: &Id) -> bool {
        let text = id.text();
        self.resources.iter().any(|piece| piece.id == text)
    }

    /// The same of something that is laid over another resource.
    pub(super) fn has_over(&self, over: &Id, id: &Id) -> bool {
        let text = laid_over(over, id);
        self.resources.iter().any(|piece| piece.id == text)
    }

    /// Keeps a text for expressions that need it.
    pub(super) fn variable(&mut self, name: &str, text: String) {
        self.variables.insert(name.to_owned(), Value::String(text));
    }

    /// Adds a parameter that is the first day of the month in which nobody gives it another.
    pub(super) fn start_of_month(&mut self, name: &str) {
        let declared = json!({
            "type": "string",
            "defaultValue": expression::expression("utcNow('yyyy-MM-01')"),
            "metadata": { "description": "The first day of the month in which the budget was made, such as 2026-11-01" },
        });
        self.parameters.insert(name.to_owned(), declared);
    }

    /// Adds a resource of a component; `body` is everything but type, version, name and location. Nulls are left out. What it
    /// refers to has to be there before it, and so has the resource that it is a part of.
    pub(super) fn add(&mut self, component: &str, id: &Id, body: Value) -> &mut Resource {
        let parent = id.kind.rsplit_once('/').zip(id.name.rsplit_once('/'));
        let parent = parent.map(|((kind, _), (name, _))| named(kind, name));
        self.put(component, id, id.text(), parent, body)
    }

    /// Adds something that is laid over another resource: a lock, a role assignment, a diagnostic setting.
    pub(super) fn add_over(&mut self, component: &str, over: &Id, id: &Id, body: Value) -> String {
        let text = laid_over(over, id);
        self.put(component, id, text.clone(), Some(over.text()), body).scope = Some(over.value());
        text
    }

    fn put(&mut self, component: &str, id: &Id, text: String, parent: Option<String>, body: Value) -> &mut Resource {
        let known = types::find(id.kind);
        let mut body = match body {
            Value::Object(body) => body,
            _ => Map::new(),
        };
        match known.location {
            Location::Region => body.insert("location".to_owned(), json!(self.region())),
            Location::Global => body.insert("location".to_owned(), json!("global")),
            Location::None => None,
        };
        if known.tags {
            body.insert("tags".to_owned(), self.tags.clone());
        }
        if self.resources.iter().any(|piece| piece.id == text) {
            let finding = Finding::error("same-name", path(component), format!("`{}` would be there twice", id.name))
                .why("names of components that differ in hyphens alone can meet in Azure, where some names have none")
                .fix("rename one of the components");
            self.findings.push(finding);
        }
        let condition = body.remove("condition");
        let resource = Resource {
            condition,
            kind: id.kind.to_owned(),
            api: known.api.to_owned(),
            name: id.name.clone(),
            comments: Some(component.to_owned()),
            body,
            ..Resource::default()
        };
        self.resources.push(Piece { id: text, parent, resource });
        let last = self.resources.len() - 1;
        &mut self.resources[last].resource
    }

    /// Adds something that the stack gives back, as text.
    pub(super) fn output(&mut self, name: impl Into<String>, value: Value) {
        self.outputs.insert(name.into(), json!({ "type": "string", "value": value }));
    }

    /// Says that something of a component is rendered nearly as asked.
    pub(super) fn nearly<const COUNT: usize>(
        &mut self,
        code: &'static str,
        of: &Reference,
        keys: [&str; COUNT],
        asked: impl Into<String>,
        instead: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.findings.push(Finding::approximated(code, below(of, keys), asked).why(instead).fix(fix));
    }

    /// Says that something of a component can't be had.
    pub(super) fn never<const COUNT: usize>(
        &mut self,
        code: &'static str,
        of: &Reference,
        keys: [&str; COUNT],
        asked: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.findings.push(Finding::refused(code, below(of, keys), asked).why(why).fix(fix));
    }

    /// The template, with what came up.
    pub(super) fn finished(self) -> (Template, Vec<Finding>) {
        let ids: BTreeSet<String> = self.resources.iter().map(|piece| piece.id.clone()).collect();
        let mut template = Template::default();
        template.metadata.insert("description".to_owned(), written(json!(self.stack.description)));
        for (name, Pulled { artifact, .. }) in &self.images {
            let description =
                format!("The digest of the image of artifact.{artifact}, sha256:…; empty before the first");
            let declared = json!({ "type": "string", "defaultValue": "", "metadata": { "description": description } });
            template.parameters.insert(name.clone(), declared);
        }
        for Piece { id, parent, mut resource } in self.resources {
            let mut needed = BTreeSet::new();
            for (key, value) in &resource.body {
                references(key, value, &mut needed);
            }
            resource.scope.iter().for_each(|scope| references("scope", scope, &mut needed));
            needed.extend(parent);
            // What was asked for by hand is there already.
            for needed in needed {
                let found = std::iter::successors(Some(needed), |id| above(id)).find(|id| ids.contains(id));
                resource.depends_on.extend(found.filter(|found| *found != id).map(|found| format!("[{found}]")));
            }
            resource.scope = resource.scope.map(written);
            resource.condition = resource.condition.map(written);
            resource.body = match written(Value::Object(resource.body)) {
                Value::Object(body) => body,
                _ => Map::new(),
            };
            template.resources.push(resource);
        }
        let kept = |all: BTreeMap<String, Value>| all.into_iter().map(|(name, value)| (name, written(value)));
        template.parameters.extend(kept(self.parameters));
        template.variables.extend(kept(self.variables));
        template.outputs = self.outputs.into_iter().map(|(name, value)| (name, written(value))).collect();
        (template, self.findings)
    }
}

/// The tags of every resource: the system, the environment, who made it, and the user's own, which win.
pub(super) fn tags(target: &Target, stack: &Stack) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::from([
        ("system".to_owned(), target.system.to_string()),
        ("environment".to_owned(), target.environment.to_string()),
        ("managed-by".to_owned(), "landfall".to_owned()),
    ]);
    tags.extend(stack.tags.clone());
    tags
}

/// Where a component stands in the environment file: `["databases", "main"]` for `database.main`, `["network"]` for `network`.
pub(super) fn path(component: &str) -> Vec<String> {
    match component.parse::<Reference>() {
        Ok(reference) => reference.path().to_vec(),
        Err(_) => vec![component.to_owned()],
    }
}

fn below<const COUNT: usize>(of: &Reference, keys: [&str; COUNT]) -> Vec<String> {
    of.path().into_iter().chain(keys.into_iter().map(str::to_owned)).collect()
}

fn laid_over(over: &Id, id: &Id) -> String {
    format!("extensionResourceId({}, '{}', '{}')", over.text(), id.kind, id.name)
}

fn named(kind: &str, name: &str) -> String {
    let names: Vec<String> = name.split('/').map(expression::quoted).collect();
    format!("resourceId('{kind}', {})", names.join(", "))
}

/// The identifiers that expressions name. A nested template has expressions of its own.
fn references(key: &str, value: &Value, found: &mut BTreeSet<String>) {
    const CALL: &str = "resourceId(";
    if let Some(text) = expression::of(value).or_else(|| expression::of_key(key)) {
        let mut rest = text;
        while let Some(at) = rest.find(CALL) {
            rest = rest.get(at..).unwrap_or_default();
            let end = rest.find(')').map_or(rest.len(), |end| end + 1);
            found.extend(rest.get(..end).map(str::to_owned));
            rest = rest.get(CALL.len()..).unwrap_or_default();
        }
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| references("", item, found)),
        Value::Object(object) if key == "template" && object.contains_key("$schema") => {}
        Value::Object(object) => object.iter().for_each(|(key, value)| references(key, value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The identifier of what a resource is a part of, such as that of the network of a subnet.
fn above(id: &str) -> Option<String> {
    let inner = id.strip_prefix("resourceId(")?.strip_suffix(')')?;
    let parts: Vec<&str> = inner.split(", ").map(|part| part.trim_matches('\'')).collect();
    let (kind, names) = parts.split_first()?;
    let (kind, _) = kind.rsplit_once('/').filter(|(kind, _)| kind.contains('/'))?;
    let (_, names) = names.split_last().filter(|(_, names)| !names.is_empty())?;
    Some(named(kind, &names.join("/")))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Runs something with the draft of a stack that asks for nothing.
    pub(in crate::clouds::azure) fn draft(run: impl FnOnce(&mut Draft<'_>)) {
        let placement = json!({
            "cloud": "azure", "account": "00000000-0000-0000-0000-000000000000", "region": "westeurope",
        });
        let stack: Stack = serde_json::from_value(json!({ "description": "A test", "placement": placement })).unwrap();
        let target = "shop/dev".parse().unwrap();
        run(&mut Draft::new(&target, &stack));
    }

    #[test]
    fn a_resource_waits_for_what_it_names_and_what_it_is_part_of() {
        draft(|draft| {
            let vault = Id::new("Microsoft.KeyVault/vaults", "v");
            let account = Id::new("Microsoft.Storage/storageAccounts", "a");
            let blobs = account.child("Microsoft.Storage/storageAccounts/blobServices", "default");
            let subnet = Id::new("Microsoft.Network/virtualNetworks/subnets", "net/one");
            draft.add("network", &Id::new("Microsoft.Network/virtualNetworks", "net"), json!({}));
            draft.add("bucket.a", &account, json!({ "properties": { "vault": vault.value(), "in": subnet.value() } }));
            draft.add("bucket.a", &blobs, json!({ "properties": { "text": "[resourceId('x', 'y')]" } }));
            draft.add("secret.v", &vault, json!({}));
            let mut other = Draft::new(draft.target, draft.stack);
            std::mem::swap(draft, &mut other);
            let (template, _) = other.finished();
            let waits = |at: usize| template.resources[at].depends_on.iter().cloned().collect::<Vec<_>>();
            assert_eq!(
                waits(1),
                [
                    "[resourceId('Microsoft.KeyVault/vaults', 'v')]",
                    "[resourceId('Microsoft.Network/virtualNetworks', 'net')]"
                ]
            );
            assert_eq!(waits(2), ["[resourceId('Microsoft.Storage/storageAccounts', 'a')]"]);
            assert_eq!(template.resources[2].body["properties"]["text"], "[[resourceId('x', 'y')]");
        });
    }
}
