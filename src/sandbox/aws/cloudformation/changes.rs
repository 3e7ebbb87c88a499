//! What another template, or other parameters, would change in a stack: what a change set shows, and what an update does.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::difference::{self, Difference};
use super::evaluate::{Evaluator, Surroundings, Unresolved};
use super::stack::{Definition, DeletionPolicy, Stack, StackResource};
use super::surroundings::{self, attribute_of, import};
use super::template::{Declared, References};
use crate::clouds::aws::registry;
use crate::sandbox::aws::types::{identity, lifecycle};
use crate::sandbox::engine::inventory::Place;
use crate::sandbox::engine::order;
use crate::sandbox::world::World;

/// What stands for a value that only the execution will give. Source: API Reference, ResourceTargetDefinition, "AfterValue".
pub const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// What happens to one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceChange {
    /// What happens.
    pub action: ChangeAction,
    /// Its name in the stack.
    pub logical_id: String,
    /// What the cloud calls it; none before it exists.
    pub physical_id: Option<String>,
    /// Its type.
    pub kind: String,
    /// Whether another takes its place; for modifications.
    pub replacement: Option<Replacement>,
    /// Which attributes change; for modifications.
    pub scope: BTreeSet<Attribute>,
    /// What changes; for modifications.
    pub details: Vec<Detail>,
    /// What becomes of the physical resource that isn't needed any more.
    pub policy_action: Option<String>,
    /// The resource before, as far as it's known.
    pub before: Option<Value>,
    /// The resource after, as far as it's known.
    pub after: Option<Value>,
}

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChangeAction {
    /// It's created.
    Add,
    /// It's changed or replaced.
    Modify,
    /// It's deleted.
    Remove,
}

/// Whether a modification replaces the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Replacement {
    /// It does.
    True,
    /// It doesn't.
    False,
    /// It may.
    Conditional,
}

/// An attribute of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Attribute {
    /// `Properties`.
    Properties,
    /// `Metadata`.
    Metadata,
    /// `CreationPolicy`.
    CreationPolicy,
    /// `UpdatePolicy`.
    UpdatePolicy,
    /// `DeletionPolicy`.
    DeletionPolicy,
    /// `UpdateReplacePolicy`.
    UpdateReplacePolicy,
    /// The stack's own tags.
    Tags,
}

impl Attribute {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Properties => "Properties",
            Self::Metadata => "Metadata",
            Self::CreationPolicy => "CreationPolicy",
            Self::UpdatePolicy => "UpdatePolicy",
            Self::DeletionPolicy => "DeletionPolicy",
            Self::UpdateReplacePolicy => "UpdateReplacePolicy",
            Self::Tags => "Tags",
        }
    }
}

/// One thing that changes about a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// The attribute.
    pub attribute: Attribute,
    /// The property's name; for properties.
    pub name: Option<String>,
    /// The way into the resource, such as `/Properties/Tags/0/Value`.
    pub path: String,
    /// `Never`, `Conditionally` or `Always`.
    pub recreation: String,
    /// Whether the new value is known already.
    pub is_static: bool,
    /// Where the change comes from: `DirectModification`, `ParameterReference`, `ResourceReference`, `ResourceAttribute`.
    pub source: String,
    /// The parameter, resource or attribute that causes it.
    pub cause: Option<String>,
    /// The old value.
    pub before: Option<String>,
    /// The new value.
    pub after: Option<String>,
    /// `Add`, `Remove` or `Modify`.
    pub change: String,
}

/// What is decided of a resource while others are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Decided {
    Unchanged,
    Modified,
    NotYet,
}

/// The stack as its values will see it while the change is carried out.
struct Preview<'a> {
    world: &'a World,
    place: &'a Place,
    resources: &'a BTreeMap<String, StackResource>,
    decided: RefCell<BTreeMap<String, Decided>>,
}

impl Preview<'_> {
    fn resource(&self, logical_id: &str) -> Result<(&StackResource, &str), Unresolved> {
        if self.decided.borrow().get(logical_id) == Some(&Decided::NotYet) {
            return Err(Unresolved::NotYet);
        }
        let resource = self.resources.get(logical_id).ok_or(Unresolved::NotYet)?;
        Ok((resource, resource.physical_id.as_deref().ok_or(Unresolved::NotYet)?))
    }
}

impl Surroundings for Preview<'_> {
    fn reference(&self, logical_id: &str) -> Result<Value, Unresolved> {
        self.resource(logical_id).map(|(resource, id)| Value::String(identity::referred(&resource.kind, id).to_owned()))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Value, Unresolved> {
        let (resource, id) = self.resource(logical_id)?;
        if self.decided.borrow().get(logical_id) == Some(&Decided::Modified) {
            // CloudFormation doesn't look which attributes a change in place leaves alone.
            return Err(Unresolved::NotYet);
        }
        attribute_of(self.world, self.place, resource, id, attribute).ok_or(Unresolved::NotYet)
    }

    fn import(&self, name: &str) -> Option<String> {
        import(self.world, self.place, name)
    }
}

/// What the definition would change in the stack, in the order in which resources depend on each other; removals last.
///
/// # Errors
/// When a value can't be evaluated.
pub fn compute(world: &World, stack: &Stack, definition: &Definition) -> Result<Vec<ResourceChange>, Unresolved> {
    let preview =
        Preview { world, place: &stack.place, resources: &stack.resources, decided: RefCell::new(BTreeMap::new()) };
    let pseudo = surroundings::pseudo(&stack.id, &stack.name, &stack.place, definition);
    let evaluator = surroundings::evaluator(definition, &pseudo, &preview)?;
    let dependencies = definition.template.dependencies();
    let ordered = order::sorted(&dependencies).unwrap_or_else(|_| dependencies.keys().cloned().collect());
    let mut changes = Vec::new();
    let mut kept = BTreeSet::new();
    for logical_id in &ordered {
        let Some(declared) = definition.template.resource(logical_id) else { continue };
        if !evaluator.holds(declared.condition()) {
            preview.decided.borrow_mut().insert(logical_id.clone(), Decided::NotYet);
            continue;
        }
        kept.insert(logical_id.clone());
        let change = one(&preview, stack, definition, &evaluator, declared)?;
        let decided = match &change {
            None => Decided::Unchanged,
            Some(change) => match (change.action, change.replacement) {
                (ChangeAction::Modify, Some(Replacement::False) | None) => {
                    let inside = change.scope.contains(&Attribute::Properties);
                    if inside { Decided::Modified } else { Decided::Unchanged }
                }
                _ => Decided::NotYet,
            },
        };
        preview.decided.borrow_mut().insert(logical_id.clone(), decided);
        changes.extend(change);
    }
    for (logical_id, resource) in stack.resources.iter().filter(|(name, _)| !kept.contains(*name)) {
        changes.push(ResourceChange {
            action: ChangeAction::Remove,
            logical_id: logical_id.clone(),
            physical_id: resource.physical_id.clone(),
            kind: resource.kind.clone(),
            replacement: None,
            scope: BTreeSet::new(),
            details: Vec::new(),
            policy_action: Some(
                match resource.deletion_policy {
                    DeletionPolicy::Delete => "Delete",
                    DeletionPolicy::Retain | DeletionPolicy::RetainExceptOnCreate => "Retain",
                    DeletionPolicy::Snapshot => "Snapshot",
                }
                .to_owned(),
            ),
            before: Some(context(&resource.properties, resource)),
            after: None,
        });
    }
    Ok(changes)
}

fn one(
    preview: &Preview<'_>,
    stack: &Stack,
    definition: &Definition,
    evaluator: &Evaluator<'_>,
    declared: Declared<'_>,
) -> Result<Option<ResourceChange>, Unresolved> {
    let unknown = |_: &Value| Value::String(KNOWN_AFTER_APPLY.to_owned());
    let properties = match evaluator.partial(declared.properties(), &unknown)? {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    let kind = declared.kind();
    let existing = stack.resources.get(declared.logical_id).filter(|resource| resource.physical_id.is_some());
    let added = |replacing: Option<&StackResource>| ResourceChange {
        action: if replacing.is_some() { ChangeAction::Modify } else { ChangeAction::Add },
        logical_id: declared.logical_id.to_owned(),
        physical_id: replacing.and_then(|resource| resource.physical_id.clone()),
        kind: kind.to_owned(),
        replacement: replacing.map(|_| Replacement::True),
        scope: BTreeSet::new(),
        details: Vec::new(),
        policy_action: None,
        before: replacing.map(|resource| context(&resource.properties, resource)),
        after: Some(json!({"Properties": properties})),
    };
    let Some(old) = existing else { return Ok(Some(added(None))) };
    if old.kind != kind {
        return Ok(Some(added(Some(old))));
    }
    let metadata = match declared.attributes.get("Metadata") {
        Some(metadata) => evaluator.partial(metadata, &unknown)?.unwrap_or_default(),
        None => Value::Null,
    };
    let mut details = Vec::new();
    for difference in difference::between(&old.properties, &properties) {
        details.extend(property_details(preview, stack, definition, declared, &difference));
    }
    let mut attribute = |attribute: Attribute, before: Option<String>, after: Option<String>| {
        let change = match (&before, &after) {
            (None, Some(_)) => "Add",
            (Some(_), None) => "Remove",
            _ => "Modify",
        };
        details.push(Detail {
            attribute,
            name: None,
            path: format!("/{}", attribute.as_str()),
            recreation: "Never".to_owned(),
            is_static: true,
            source: "DirectModification".to_owned(),
            cause: None,
            before,
            after,
            change: change.to_owned(),
        });
    };
    if !difference::same(&old.metadata, &metadata) {
        let shown = |value: &Value| (!value.is_null()).then(|| value.to_string());
        attribute(Attribute::Metadata, shown(&old.metadata), shown(&metadata));
    }
    if old.deletion_policy != declared.deletion_policy() {
        let (before, after) = (old.deletion_policy.as_str(), declared.deletion_policy().as_str());
        attribute(Attribute::DeletionPolicy, Some(before.to_owned()), Some(after.to_owned()));
    }
    if old.replace_policy != declared.replace_policy() {
        let (before, after) = (old.replace_policy.as_str(), declared.replace_policy().as_str());
        attribute(Attribute::UpdateReplacePolicy, Some(before.to_owned()), Some(after.to_owned()));
    }
    let taggable = registry::find(kind).is_some_and(|schema| schema.tag_property().is_some());
    if taggable && old.stack_tags != definition.tags {
        attribute(Attribute::Tags, None, None);
    }
    let failed = old.status.as_str().ends_with("_FAILED");
    if details.is_empty() && !failed {
        return Ok(None);
    }
    let replacement = replacement(&details);
    let policy_action = (replacement != Replacement::False).then(|| {
        match declared.replace_policy() {
            DeletionPolicy::Delete => "ReplaceAndDelete",
            DeletionPolicy::Retain | DeletionPolicy::RetainExceptOnCreate => "ReplaceAndRetain",
            DeletionPolicy::Snapshot => "ReplaceAndSnapshot",
        }
        .to_owned()
    });
    Ok(Some(ResourceChange {
        action: ChangeAction::Modify,
        logical_id: declared.logical_id.to_owned(),
        physical_id: old.physical_id.clone(),
        kind: kind.to_owned(),
        replacement: Some(replacement),
        scope: details.iter().map(|detail| detail.attribute).collect(),
        details,
        policy_action,
        before: Some(context(&old.properties, old)),
        after: Some(json!({"Properties": properties})),
    }))
}

fn context(properties: &Map<String, Value>, resource: &StackResource) -> Value {
    let mut context = json!({"Properties": properties});
    if !resource.metadata.is_null() {
        context["Metadata"] = resource.metadata.clone();
    }
    context
}

fn replacement(details: &[Detail]) -> Replacement {
    let mut found = Replacement::False;
    for detail in details {
        match (detail.recreation.as_str(), detail.is_static) {
            ("Always", true) => return Replacement::True,
            ("Always", false) | ("Conditionally", _) => found = Replacement::Conditional,
            _ => {}
        }
    }
    found
}

/// One difference may come from several places at once: each is a detail of its own.
fn property_details(
    preview: &Preview<'_>,
    stack: &Stack,
    definition: &Definition,
    declared: Declared<'_>,
    difference: &Difference,
) -> Vec<Detail> {
    let path: Vec<&str> = difference.path.iter().map(String::as_str).collect();
    let name = path.first().copied().unwrap_or_default();
    let expression = declared.attributes.get("Properties").and_then(|properties| properties.get(name));
    let mut references = References::default();
    if let Some(expression) = expression {
        references.collect(expression);
    }
    let hidden =
        references.names.iter().any(|name| definition.parameters.get(name).is_some_and(|parameter| parameter.no_echo));
    let unknown = difference.after.as_ref().is_some_and(|value| value.to_string().contains(KNOWN_AFTER_APPLY));
    let shown = |value: &Option<Value>| {
        value.as_ref().map(|value| match value {
            _ if hidden => "****".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    let detail = |is_static: bool, source: &'static str, cause: Option<String>| Detail {
        attribute: Attribute::Properties,
        name: Some(name.to_owned()),
        path: format!("/Properties/{}", path.join("/")),
        recreation: recreation(declared.kind(), &path).to_owned(),
        is_static,
        source: source.to_owned(),
        cause,
        before: shown(&difference.before),
        after: shown(&difference.after),
        change: match (&difference.before, &difference.after) {
            (None, Some(_)) => "Add",
            (Some(_), None) => "Remove",
            _ => "Modify",
        }
        .to_owned(),
    };
    let mut details = Vec::new();
    if unknown {
        let decided = preview.decided.borrow();
        for target in &references.names {
            if decided.get(target) == Some(&Decided::NotYet) {
                details.push(detail(false, "ResourceReference", Some(target.clone())));
            }
        }
        for (target, attribute) in &references.attributes {
            if matches!(decided.get(target), Some(Decided::NotYet | Decided::Modified)) {
                details.push(detail(false, "ResourceAttribute", Some(format!("{target}.{attribute}"))));
            }
        }
    } else {
        for name in &references.names {
            let (old, new) = (stack.definition.parameters.get(name), definition.parameters.get(name));
            if new.is_some() && old.map(|old| &old.value) != new.map(|new| &new.value) {
                details.push(detail(true, "ParameterReference", Some(name.clone())));
            }
        }
        if !details.is_empty() {
            details.push(detail(false, "DirectModification", None));
        }
    }
    if details.is_empty() {
        details.push(detail(!unknown, "DirectModification", None));
    }
    details
}

/// Whether a change at this place replaces the resource: `Always`, `Conditionally` or `Never`.
pub fn recreation(kind: &str, path: &[&str]) -> &'static str {
    let Some(schema) = registry::find(kind) else { return "Never" };
    if schema.create_only().covers(path) || schema.create_only().reaches_into(path) {
        "Always"
    } else if schema.conditional_create_only().covers(path) || schema.conditional_create_only().reaches_into(path) {
        "Conditionally"
    } else {
        "Never"
    }
}

/// Whether a change between these properties replaces the resource. What the schema leaves to the service's judgement is changed in
/// place here.
pub fn replaces(kind: &str, before: &Map<String, Value>, after: &Map<String, Value>) -> bool {
    difference::between(before, after).iter().any(|difference| {
        let path: Vec<&str> = difference.path.iter().map(String::as_str).collect();
        recreation(kind, &path) == "Always"
    })
}

/// Why a replacement can't be made: the new resource would have the name of the old one.
/// Source: CloudFormation User Guide, "Name type".
pub fn same_custom_name(kind: &str, before: &Map<String, Value>, after: &Map<String, Value>) -> Option<String> {
    let (old, new) = (identity::given_name(kind, before)?, identity::given_name(kind, after)?);
    (old == new && lifecycle::names_are_unique(kind)).then(|| {
        format!(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {new} and update the stack again."
        )
    })
}

/// The resources that the stack's own definition declares and whose conditions hold.
pub fn existing(world: &World, stack: &Stack) -> BTreeSet<String> {
    declared(world, stack, &stack.definition)
}

fn declared(world: &World, stack: &Stack, definition: &Definition) -> BTreeSet<String> {
    let preview =
        Preview { world, place: &stack.place, resources: &stack.resources, decided: RefCell::new(BTreeMap::new()) };
    let pseudo = surroundings::pseudo(&stack.id, &stack.name, &stack.place, definition);
    let evaluator = surroundings::evaluator(definition, &pseudo, &preview);
    definition
        .template
        .resources()
        .filter(|resource| evaluator.as_ref().is_ok_and(|evaluator| evaluator.holds(resource.condition())))
        .map(|resource| resource.logical_id.to_owned())
        .collect()
}

/// The resources that an operation must look at: those that are new or change. When that can't be told, all.
pub fn touched(world: &World, stack: &Stack, definition: &Definition) -> BTreeSet<String> {
    match compute(world, stack, definition) {
        Ok(changes) => changes
            .into_iter()
            .filter(|change| change.action != ChangeAction::Remove)
            .map(|change| change.logical_id)
            .collect(),
        Err(_) => declared(world, stack, definition),
    }
}

/// A resource as far as it can be told before anything exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreseen {
    /// Its name in the stack.
    pub logical_id: String,
    /// Its type.
    pub kind: String,
    /// Its properties; what isn't known stays the function that will give it.
    pub properties: Map<String, Value>,
}

/// The resources of a definition with their properties as far as they can be told before anything exists: what isn't known stays
/// the function that will give it.
///
/// # Errors
/// When a function is misused.
pub fn foreseen(world: &World, stack: &Stack, definition: &Definition) -> Result<Vec<Foreseen>, Unresolved> {
    let preview =
        Preview { world, place: &stack.place, resources: &stack.resources, decided: RefCell::new(BTreeMap::new()) };
    let pseudo = surroundings::pseudo(&stack.id, &stack.name, &stack.place, definition);
    let evaluator = surroundings::evaluator(definition, &pseudo, &preview)?;
    let mut found = Vec::new();
    for resource in definition.template.resources().filter(|resource| evaluator.holds(resource.condition())) {
        let properties = match evaluator.partial(resource.properties(), &Value::clone)? {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        found.push(Foreseen {
            logical_id: resource.logical_id.to_owned(),
            kind: resource.kind().to_owned(),
            properties,
        });
    }
    Ok(found)
}
