//! `AWS::Serverless::LayerVersion`: a layer whose id follows its content, so that a change makes a new version and the old one stays.

use serde_json::{Map, Value, json};

use super::Expansion;
use super::error::SamError;
use super::logical_id::with_digest;
use super::made::{Attributes, Made, object};
use super::properties::{Properties, truthy};
use crate::clouds::aws::document::TemplateResource;
use crate::clouds::aws::intrinsics;

pub(super) fn expand(
    id: &str,
    resource: &TemplateResource,
    mut properties: Map<String, Value>,
    expansion: &mut Expansion<'_>,
) -> Result<Vec<Made>, SamError> {
    // These are read with the values of parameters in their place, and so count for the digest.
    for name in ["Description", "LayerName", "LicenseInfo", "RetentionPolicy"] {
        if let Some(value) = properties.get_mut(name).filter(|value| truthy(value)) {
            *value = expansion.with_parameters(value);
        }
    }
    let mut digested = object([
        ("Type", Some(json!(resource.kind))),
        ("DependsOn", resource.depends_on.clone().filter(truthy)),
        ("Condition", resource.condition.clone().map(Value::String)),
        ("UpdatePolicy", resource.update_policy.clone()),
    ]);
    digested.insert("Properties".to_owned(), Value::Object(properties.clone()));
    let new_id = with_digest(id, &json!({id: digested}));

    let mut given = Properties::new(id, "", properties);
    // SAM's own: whether functions publish a version when the layer changes.
    given.take("PublishLambdaVersion");
    let uri = given.require("ContentUri")?;
    let content = super::code::s3_object(&given, "ContentUri", &uri)?;
    let kept = match given.text("RetentionPolicy")? {
        None => None,
        Some(policy) if policy.eq_ignore_ascii_case("Retain") => Some("Retain"),
        Some(policy) if policy.eq_ignore_ascii_case("Delete") => Some("Delete"),
        Some(_) => return Err(given.invalid("RetentionPolicy", "it must be Retain or Delete")),
    };
    let architectures = given.take("CompatibleArchitectures");
    for architecture in architectures.as_ref().and_then(Value::as_array).into_iter().flatten() {
        if intrinsics::function(architecture).is_none() && architecture != "arm64" && architecture != "x86_64" {
            return Err(given.invalid("CompatibleArchitectures", "it must be a list of arm64 and x86_64"));
        }
    }
    let layer = object([
        ("LayerName", Some(given.take_truthy("LayerName").unwrap_or_else(|| json!(id)))),
        ("Description", given.take("Description")),
        ("Content", Some(Value::Object(content))),
        ("CompatibleArchitectures", architectures),
        ("CompatibleRuntimes", given.take("CompatibleRuntimes")),
        ("LicenseInfo", given.take("LicenseInfo")),
    ]);
    given.finish()?;
    let mut made = Attributes::of(resource).make(new_id.clone(), "AWS::Lambda::LayerVersion", layer);
    made.resource.depends_on = resource.depends_on.clone();
    made.resource.deletion_policy.get_or_insert_with(|| "Retain".to_owned());
    if let Some(kept) = kept {
        made.resource.deletion_policy = Some(kept.to_owned());
    }
    expansion.references.rename(id, &new_id);
    Ok(vec![made])
}
