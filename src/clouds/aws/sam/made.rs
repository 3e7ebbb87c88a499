//! Resources that an expansion makes.

use serde_json::{Map, Value, json};

use crate::clouds::aws::document::TemplateResource;

/// One resource that comes out of a SAM resource.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) id: String,
    pub(super) resource: TemplateResource,
}

/// What a SAM resource hands on to everything that comes out of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes {
    pub(super) condition: Option<String>,
    pub(super) deletion_policy: Option<String>,
    pub(super) update_replace_policy: Option<String>,
}

impl Attributes {
    pub(super) fn of(resource: &TemplateResource) -> Self {
        Self {
            condition: resource.condition.clone(),
            deletion_policy: resource.deletion_policy.clone(),
            update_replace_policy: resource.update_replace_policy.clone(),
        }
    }

    pub(super) fn make(&self, id: impl Into<String>, kind: &str, properties: Map<String, Value>) -> Made {
        let resource = TemplateResource {
            kind: kind.to_owned(),
            condition: self.condition.clone(),
            deletion_policy: self.deletion_policy.clone(),
            update_replace_policy: self.update_replace_policy.clone(),
            properties,
            ..TemplateResource::default()
        };
        Made { id: id.into(), resource }
    }
}

/// The resource that takes the place of the SAM resource itself: it keeps all that stands outside the properties.
pub(super) fn instead(id: &str, of: &TemplateResource, kind: &str, properties: Map<String, Value>) -> Made {
    let resource = TemplateResource {
        kind: kind.to_owned(),
        properties,
        depends_on: of.depends_on.clone(),
        ignore_globals: None,
        creation_policy: None,
        version: None,
        ..of.clone()
    };
    Made { id: id.to_owned(), resource }
}

/// An object of the entries that are there.
pub(super) fn object<const N: usize>(entries: [(&str, Option<Value>); N]) -> Map<String, Value> {
    entries.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

pub(super) fn reference(id: &str) -> Value {
    json!({"Ref": id})
}

pub(super) fn attribute(id: &str, name: &str) -> Value {
    json!({"Fn::GetAtt": [id, name]})
}

/// Tags as CloudFormation takes them.
pub(super) fn tag_list(tags: &Map<String, Value>) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// A role's trust in one service.
pub(super) fn trust(service: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service]}}],
    })
}
