//! `AutoPublishAlias`: a version whose id follows the code, and an alias that points to it.

use serde_json::{Map, Value, json};

use super::Expansion;
use super::error::SamError;
use super::logical_id::{with_digest, with_given};
use super::made::{Attributes, Made, attribute, object, reference};
use super::properties::{Properties, truthy};

/// What a function says of its versions.
pub(super) struct Publication {
    alias: Option<Value>,
    digest: Option<Value>,
    all_properties: bool,
    description: Option<Value>,
    concurrency: Option<Value>,
    deletion_policy: Option<String>,
}

/// What is published.
pub(super) struct Published {
    pub(super) version: Made,
    pub(super) alias: Made,
    /// The alias' name.
    pub(super) name: String,
}

impl Publication {
    pub(super) fn take(given: &mut Properties) -> Result<Self, SamError> {
        let taken = Self {
            alias: given.take_truthy("AutoPublishAlias"),
            digest: given.take_truthy("AutoPublishCodeSha256"),
            all_properties: given.take_truthy("AutoPublishAliasAllProperties").is_some(),
            description: given.take("VersionDescription"),
            concurrency: given.take_truthy("ProvisionedConcurrencyConfig"),
            deletion_policy: given.text("VersionDeletionPolicy")?,
        };
        if taken.alias.is_none() {
            for (name, is_given) in [
                ("ProvisionedConcurrencyConfig", taken.concurrency.is_some()),
                ("VersionDeletionPolicy", taken.deletion_policy.is_some()),
            ] {
                if is_given {
                    return Err(given.invalid(name, "it needs AutoPublishAlias"));
                }
            }
        }
        Ok(taken)
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.alias.is_some()
    }

    pub(super) fn publish(
        self,
        id: &str,
        attributes: &Attributes,
        function: &mut Map<String, Value>,
        expansion: &Expansion<'_>,
    ) -> Result<Option<Published>, SamError> {
        let Some(alias) = &self.alias else { return Ok(None) };
        let Value::String(name) = expansion.with_parameters(alias) else {
            return Err(SamError::invalid(id, "AutoPublishAlias", "it must be text or a reference to a parameter"));
        };
        check_name(id, &name)?;
        let digest = match self.digest.as_ref().map(|digest| expansion.with_parameters(digest)) {
            None => None,
            Some(Value::String(digest)) => Some(digest),
            Some(_) => return Err(SamError::invalid(id, "AutoPublishCodeSha256", "it must be text")),
        };
        if let Some(digest) = &digest {
            describe(function, digest, expansion);
        }
        let prefix = format!("{id}Version");
        let version_id = match &digest {
            Some(digest) => with_given(&prefix, digest),
            None => with_digest(&prefix, &self.what_makes_a_version(id, function, expansion)?),
        };
        let mut version = attributes.make(
            version_id.clone(),
            "AWS::Lambda::Version",
            object([("Description", self.description), ("FunctionName", Some(reference(id)))]),
        );
        let kept = self.deletion_policy.unwrap_or_else(|| "Retain".to_owned());
        version.resource.deletion_policy.get_or_insert(kept);
        let alias = attributes.make(
            format!("{id}Alias{}", name.replace('-', "D").replace('_', "U")),
            "AWS::Lambda::Alias",
            object([
                ("Name", Some(json!(name))),
                ("FunctionName", Some(reference(id))),
                ("FunctionVersion", Some(attribute(&version_id, "Version"))),
                ("ProvisionedConcurrencyConfig", self.concurrency),
            ]),
        );
        Ok(Some(Published { version, alias, name }))
    }

    /// What makes a new version when it changes: the code, its environment and memory, or everything.
    fn what_makes_a_version(
        &self,
        id: &str,
        function: &Map<String, Value>,
        expansion: &Expansion<'_>,
    ) -> Result<Value, SamError> {
        if self.all_properties {
            if let Some(layer) = expansion.published_layer(function) {
                let why = format!("it publishes with the layer {layer}, whose PublishLambdaVersion is set");
                return Err(SamError::unsupported(id, "AutoPublishAliasAllProperties", why));
            }
            return Ok(Value::Object(function.clone()));
        }
        let mut parts = function.get("Code").and_then(Value::as_object).cloned().unwrap_or_default();
        if let Some(Value::Object(environment)) = function.get("Environment") {
            parts.extend(environment.clone());
        }
        if let Some(memory) = function.get("MemorySize").filter(|memory| truthy(memory)) {
            parts.insert("MemorySize".to_owned(), memory.clone());
        }
        if let Some(snap) = function.get("SnapStart")
            && snap.get("ApplyOn").is_some_and(|when| when != "None")
        {
            parts.insert("SnapStart".to_owned(), snap.clone());
        }
        Ok(Value::Object(parts))
    }
}

/// Puts the digest into the function's description, so that Lambda sees a difference.
fn describe(function: &mut Map<String, Value>, digest: &str, expansion: &Expansion<'_>) {
    let description = match function.get("Description").map(|text| expansion.with_parameters(text)) {
        Some(Value::String(text)) if !text.is_empty() => json!(format!("{text} {digest}")),
        Some(other) if truthy(&other) => json!({"Fn::Join": [" ", [other, digest]]}),
        _ => json!(digest),
    };
    function.insert("Description".to_owned(), description);
}

fn check_name(id: &str, name: &str) -> Result<(), SamError> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_plain && !name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let what = format!("{name} is no name of an alias: letters, digits, hyphens and underscores, not digits alone");
    Err(SamError::invalid(id, "AutoPublishAlias", what))
}
