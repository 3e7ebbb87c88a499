//! A template as a deployment takes it: parameters, and the resources as steps that wait for each other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::ArmError;
use super::evaluate::{Obstacle, Runtime, Scope};
use super::expression::read;
use super::identifier::folded;

/// The most resources that a template may have, those of nested ones counted (Azure Resource Manager documentation, limits).
const MOST_RESOURCES: usize = 800;
/// The most parameters.
const MOST_PARAMETERS: usize = 256;
/// The most outputs.
const MOST_OUTPUTS: usize = 64;

/// The type of templates inside templates.
pub const NESTED: &str = "Microsoft.Resources/deployments";

/// A template, with what it is deployed into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// The subscription.
    pub subscription: String,
    /// The resource group's name.
    pub group: String,
    /// The resource group's location.
    pub location: String,
    /// When the deployment began.
    pub began: Timestamp,
    parameters: BTreeMap<String, Value>,
    variables: BTreeMap<String, Value>,
    /// The resources by step.
    pub steps: BTreeMap<String, Step>,
    outputs: Map<String, Value>,
}

/// A resource that is to be made as the template says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its type.
    pub kind: String,
    /// The version of the type's interface.
    pub api: String,
    /// The name, as it is written.
    name: String,
    /// What it is laid over, as it is written.
    scope: Option<String>,
    /// Its body, as it is written.
    body: Map<String, Value>,
    /// The steps that come before.
    pub after: BTreeSet<String>,
    /// The nested template that it stands in: that deployment's name.
    pub nested: Option<String>,
    /// The nested template's parameters as they are written, worked out in the template around it.
    given: Option<BTreeMap<String, Value>>,
    /// The resource group that it goes into, where it is another.
    group: Option<String>,
}

/// A resource as it is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Its identifier.
    pub id: String,
    /// Location, tags, properties and the rest.
    pub body: Map<String, Value>,
    /// Whether nothing in it was left as it is written.
    pub whole: bool,
}

impl Template {
    /// Reads a template and its parameters' values.
    ///
    /// # Errors
    /// What Resource Manager refuses of a template before it begins: `InvalidTemplate`.
    pub fn read(
        template: &Value,
        given: &Map<String, Value>,
        place: (&str, &str, &str),
        began: Timestamp,
    ) -> Result<Self, ArmError> {
        let (subscription, group, location) = place;
        let object = template.as_object().ok_or_else(|| ArmError::template("The template is not an object"))?;
        for required in ["$schema", "contentVersion", "resources"] {
            if !object.contains_key(required) {
                return Err(ArmError::template(format!("Required property '{required}' not found in JSON")));
            }
        }
        for key in object.keys() {
            let known = ["$schema", "contentVersion", "metadata", "parameters", "variables", "resources", "outputs"];
            if !known.contains(&key.as_str()) {
                let message = format!("Could not find member '{key}' on object of type 'Template'");
                return Err(ArmError::template(message));
            }
        }
        let mut read = Self {
            subscription: subscription.to_owned(),
            group: group.to_owned(),
            location: location.to_owned(),
            began,
            parameters: BTreeMap::new(),
            variables: map(object.get("variables")),
            steps: BTreeMap::new(),
            outputs: object.get("outputs").and_then(Value::as_object).cloned().unwrap_or_default(),
        };
        if read.outputs.len() > MOST_OUTPUTS {
            return Err(ArmError::template(format!("more than {MOST_OUTPUTS} outputs")));
        }
        read.parameters = read.values(&map(object.get("parameters")), given)?;
        read.add(object.get("resources"), None)?;
        if read.steps.len() > MOST_RESOURCES {
            return Err(ArmError::template(format!(
                "The number of template resources limit exceeded. Limit: '{MOST_RESOURCES}' and actual: '{}'",
                read.steps.len()
            )));
        }
        Ok(read)
    }

    /// The values of parameters: what is given, else the default.
    fn values(
        &self,
        declared: &BTreeMap<String, Value>,
        given: &Map<String, Value>,
    ) -> Result<BTreeMap<String, Value>, ArmError> {
        if declared.len() > MOST_PARAMETERS {
            return Err(ArmError::template(format!("more than {MOST_PARAMETERS} parameters")));
        }
        if let Some(unknown) = given.keys().find(|name| !declared.contains_key(*name)) {
            return Err(ArmError::template(format!(
                "The template parameters '{unknown}' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time"
            )));
        }
        let mut values = BTreeMap::new();
        for (name, declaration) in declared {
            let value = match (given.get(name).and_then(|given| given.get("value")), declaration.get("defaultValue")) {
                (Some(value), _) => value.clone(),
                (None, Some(default)) => self.early().value(default).map_err(wrong)?,
                (None, None) => {
                    return Err(ArmError::template(format!(
                        "The value for the template parameter '{name}' is not provided"
                    )));
                }
            };
            let kind = declaration.get("type").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
            let fits = match kind.as_str() {
                "string" | "securestring" => value.is_string(),
                "int" => value.is_i64(),
                "bool" => value.is_boolean(),
                "array" => value.is_array(),
                "object" | "secureobject" => value.is_object(),
                _ => false,
            };
            if !fits {
                return Err(ArmError::template(format!(
                    "The provided value for the template parameter '{name}' is not valid: expected a value of type '{kind}'"
                )));
            }
            values.insert(name.clone(), value);
        }
        Ok(values)
    }

    fn add(&mut self, resources: Option<&Value>, within: Option<&Within>) -> Result<(), ArmError> {
        let list = resources.and_then(Value::as_array).ok_or_else(|| ArmError::template("'resources' is no list"))?;
        let mut added: Vec<(String, Vec<String>)> = Vec::new();
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for resource in list {
            let object = resource.as_object().ok_or_else(|| ArmError::template("a resource is no object"))?;
            let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
            let missing = |key: &str| ArmError::template(format!("Required property '{key}' not found in a resource"));
            let kind = text("type").ok_or_else(|| missing("type"))?;
            let name = text("name").ok_or_else(|| missing("name"))?;
            let api = text("apiVersion").ok_or_else(|| missing("apiVersion"))?;
            if let Some(copy) = ["copy", "resources", "existing", "plan"].iter().find(|key| object.contains_key(**key))
            {
                return Err(ArmError::template(format!("the sandbox doesn't know '{copy}' of resources")));
            }
            let waits = object.get("dependsOn").and_then(Value::as_array).cloned().unwrap_or_default();
            let waits = waits.iter().map(|one| {
                let text = one.as_str().ok_or_else(|| ArmError::template("'dependsOn' holds text only"))?;
                self.early().string(text).map_err(wrong)
            });
            let mut waits: Vec<String> = waits.collect::<Result<_, ArmError>>()?;
            waits.sort();
            let condition = object.get("condition").map(|one| self.early().value(one)).transpose();
            if condition.map_err(wrong)? == Some(Value::Bool(false)) {
                known.insert(self.early_id(&kind, &name, text("scope").as_deref(), within)?, BTreeSet::new());
                continue;
            }
            if kind == NESTED {
                if within.is_some() {
                    return Err(ArmError::template("the sandbox takes no templates nested in nested ones"));
                }
                let before: BTreeSet<String> = self.steps.keys().cloned().collect();
                self.nest(object, &name)?;
                let mine: BTreeSet<String> = self.steps.keys().filter(|key| !before.contains(*key)).cloned().collect();
                mine.iter().for_each(|key| added.push((key.clone(), waits.clone())));
                known.insert(self.early_id(&kind, &name, None, within)?, mine);
                continue;
            }
            let scope = text("scope");
            let key = match within {
                Some(within) => format!("{}/{kind}/{name}", within.deployment),
                None => self.early_id(&kind, &name, scope.as_deref(), within)?,
            };
            let mut body = object.clone();
            for own in ["type", "apiVersion", "name", "comments", "dependsOn", "condition", "scope"] {
                body.remove(own);
            }
            let step = Step {
                kind,
                api,
                name,
                scope,
                body,
                after: BTreeSet::new(),
                nested: within.map(|within| within.deployment.clone()),
                given: within.map(|within| within.given.clone()),
                group: within.and_then(|within| within.group.clone()),
            };
            if self.steps.insert(key.clone(), step).is_some() {
                return Err(ArmError::template(format!(
                    "The resource '{key}' is defined multiple times in a template"
                )));
            }
            known.insert(key.clone(), BTreeSet::from([key.clone()]));
            added.push((key, waits));
        }
        self.link(added, &known)
    }

    /// Turns what resources wait for into steps.
    fn link(
        &mut self,
        added: Vec<(String, Vec<String>)>,
        known: &BTreeMap<String, BTreeSet<String>>,
    ) -> Result<(), ArmError> {
        let by_id: BTreeMap<String, &BTreeSet<String>> = known.iter().map(|(id, steps)| (folded(id), steps)).collect();
        for (key, waits) in added {
            let mut after = BTreeSet::new();
            for wait in waits {
                let Some(steps) = by_id.get(&folded(&wait)) else {
                    return Err(ArmError::template(format!("The resource '{wait}' is not defined in the template")));
                };
                after.extend(steps.iter().filter(|step| **step != key).cloned());
            }
            if let Some(step) = self.steps.get_mut(&key) {
                step.after.extend(after);
            }
        }
        let waits: crate::sandbox::engine::order::Dependencies =
            self.steps.iter().map(|(key, step)| (key.clone(), step.after.clone())).collect();
        match crate::sandbox::engine::order::sorted(&waits) {
            Ok(_) => Ok(()),
            Err(circle) => {
                Err(ArmError::template(format!("Circular dependency detected on resource: {}", circle.join(", "))))
            }
        }
    }

    /// Adds what stands in a nested template, which sees its own parameters only.
    fn nest(&mut self, object: &Map<String, Value>, name: &str) -> Result<(), ArmError> {
        let properties = object.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let inner = properties.get("expressionEvaluationOptions").and_then(|options| options.get("scope"));
        if inner.and_then(Value::as_str) != Some("inner") {
            return Err(ArmError::template("the sandbox takes nested templates of the inner scope only"));
        }
        let template = properties.get("template").and_then(Value::as_object).cloned().unwrap_or_default();
        if template.contains_key("variables") {
            return Err(ArmError::template("the sandbox takes no variables in nested templates"));
        }
        let given = map(properties.get("parameters"));
        let declared = map(template.get("parameters"));
        if let Some(missing) = declared.keys().find(|name| !given.contains_key(*name)) {
            return Err(ArmError::template(format!(
                "The value for the template parameter '{missing}' is not provided"
            )));
        }
        let group = object.get("resourceGroup").and_then(Value::as_str).map(str::to_owned);
        let given = given.into_iter().filter_map(|(name, given)| Some((name, given.get("value")?.clone()))).collect();
        let within = Within { deployment: name.to_owned(), given, group };
        self.add(template.get("resources"), Some(&within))
    }

    /// The identifier of a resource, as far as its name is known before anything runs.
    fn early_id(
        &self,
        kind: &str,
        name: &str,
        scope: Option<&str>,
        within: Option<&Within>,
    ) -> Result<String, ArmError> {
        let scoped = self.early();
        let name = match scoped.string(name) {
            Ok(name) => name,
            Err(Obstacle::Unknown) => return Ok(format!("{kind}/{name}")),
            Err(Obstacle::Wrong(error)) => return Err(error),
        };
        let over = scope.map(|scope| scoped.string(scope).map_err(wrong)).transpose()?;
        let group = within.and_then(|within| within.group.as_deref()).unwrap_or(&self.group);
        identifier(&self.subscription, group, kind, &name, over.as_deref())
    }

    fn with<'a>(&'a self, runtime: Runtime<'a>) -> Scope<'a> {
        Scope {
            subscription: &self.subscription,
            group: (&self.group, &self.location),
            parameters: &self.parameters,
            variables: &self.variables,
            began: self.began,
            runtime,
        }
    }

    /// What can be worked out before anything runs.
    fn early(&self) -> Scope<'_> {
        self.with(&|_| None)
    }

    /// The resource of a step as it is to be, with what there is now. What isn't known yet is left as it is written.
    ///
    /// # Errors
    /// What is wrong; none where even its name isn't known yet.
    pub fn wanted(&self, step: &Step, runtime: Runtime<'_>) -> Result<Option<Wanted>, ArmError> {
        let outer = self.with(runtime);
        let mut parameters = BTreeMap::new();
        let mut whole = true;
        for (name, written) in step.given.iter().flatten() {
            let (value, known) = outer.known(written)?;
            whole &= known;
            if known {
                parameters.insert(name.clone(), value);
            }
        }
        let none = BTreeMap::new();
        let scope = match &step.given {
            Some(_) if !whole => return Ok(None),
            Some(_) => Scope {
                group: (step.group.as_deref().unwrap_or(&self.group), &self.location),
                parameters: &parameters,
                variables: &none,
                ..outer
            },
            None => outer,
        };
        let name = match scope.string(&step.name) {
            Ok(name) => name,
            Err(Obstacle::Unknown) => return Ok(None),
            Err(Obstacle::Wrong(error)) => return Err(error),
        };
        let over = step.scope.as_ref().map(|over| scope.string(over).map_err(wrong)).transpose()?;
        let id = identifier(&self.subscription, scope.group.0, &step.kind, &name, over.as_deref())?;
        let (body, whole) = scope.known(&Value::Object(step.body.clone()))?;
        Ok(Some(Wanted { id, body: body.as_object().cloned().unwrap_or_default(), whole }))
    }

    /// What the template gives back.
    ///
    /// # Errors
    /// What is wrong with an output.
    pub fn outputs(&self, runtime: Runtime<'_>) -> Result<Map<String, Value>, ArmError> {
        let scope = self.with(runtime);
        let mut found = Map::new();
        for (name, output) in &self.outputs {
            let condition = output.get("condition").map(|one| scope.value(one)).transpose().map_err(wrong)?;
            if condition == Some(Value::Bool(false)) {
                continue;
            }
            let value = scope.value(output.get("value").unwrap_or(&Value::Null)).map_err(wrong)?;
            let kind = output.get("type").cloned().unwrap_or_default();
            found.insert(name.clone(), serde_json::json!({ "type": kind, "value": value }));
        }
        Ok(found)
    }

    /// The values of its parameters, as a stack shows them.
    pub fn given(&self) -> Value {
        let shown = |value: &Value| serde_json::json!({ "value": value });
        self.parameters.iter().map(|(name, value)| (name.clone(), shown(value))).collect::<Map<_, _>>().into()
    }
}

/// What is around the resources of a nested template.
struct Within {
    deployment: String,
    given: BTreeMap<String, Value>,
    group: Option<String>,
}

/// Checks that every expression of a template can be read, whether or not it is reached.
///
/// # Errors
/// `InvalidTemplate`.
pub fn readable(value: &Value) -> Result<(), ArmError> {
    match value {
        Value::String(text) => read(text).map(|_| ()),
        Value::Array(items) => items.iter().try_for_each(readable),
        Value::Object(object) => object.iter().try_for_each(|(key, value)| {
            read(key)?;
            readable(value)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn identifier(subscription: &str, group: &str, kind: &str, name: &str, over: Option<&str>) -> Result<String, ArmError> {
    let base = over.map_or_else(|| format!("/subscriptions/{subscription}/resourceGroups/{group}"), str::to_owned);
    let mut parts = kind.split('/');
    let namespace = parts.next().unwrap_or_default();
    let types: Vec<&str> = parts.collect();
    let names: Vec<&str> = name.split('/').collect();
    if types.is_empty() || types.len() != names.len() {
        return Err(ArmError::template(format!(
            "The template resource '{name}' for type '{kind}' has incorrect segment lengths. A nested resource type must have identical number of segments as its resource name"
        )));
    }
    let pairs: Vec<String> = types.iter().zip(names).map(|(kind, name)| format!("{kind}/{name}")).collect();
    Ok(format!("{base}/providers/{namespace}/{}", pairs.join("/")))
}

fn map(value: Option<&Value>) -> BTreeMap<String, Value> {
    let object = value.and_then(Value::as_object);
    object.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What isn't there yet is wrong where everything has to be there.
pub fn wrong(obstacle: Obstacle) -> ArmError {
    match obstacle {
        Obstacle::Unknown => {
            ArmError::template("the function 'reference' is not expected at this location: what it needs is not there")
        }
        Obstacle::Wrong(error) => error,
    }
}
