//! Stores of container images: Amazon ECR. They stand here because the model calls them
//! registries; everything else in this folder is CloudFormation's registry of resource types.

use serde_json::json;

use crate::clouds::aws::draft::{Draft, Suppressed};
use crate::clouds::aws::encryption::Purpose;
use crate::clouds::aws::expression::attribute;
use crate::clouds::aws::names;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::registry::Registry;

/// Adds a store of images.
pub(crate) fn render(draft: &mut Draft<'_>, name: &Name, registry: &Registry) {
    let of = Reference::new(Kind::Registry, name);
    let id = names::logical(&of);
    let key = draft.key(Purpose::Data);
    let kept = draft.stack.protection.data;
    draft
        .add(
            &of.to_string(),
            &id,
            "AWS::ECR::Repository",
            json!({
                "ImageTagMutability": "IMMUTABLE",
                "ImageScanningConfiguration": { "ScanOnPush": true },
                "EncryptionConfiguration": { "EncryptionType": "KMS", "KmsKey": key },
                "LifecyclePolicy": { "LifecyclePolicyText": lifecycle(registry) },
                "EmptyOnDelete": !kept,
            }),
        )
        .policies(if kept { "Retain" } else { "Delete" }, "Retain");
    draft.output(format!("{id}Uri"), format!("Where images of {of} are pushed"), attribute(&id, "RepositoryUri"));
}

/// Which images go (ECR user guide, "Lifecycle policy parameters"; the rule for all images has to come last).
fn lifecycle(registry: &Registry) -> String {
    json!({ "rules": [
        {
            "rulePriority": 1,
            "description": "images without a tag",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": registry.keep_untagged.as_days().max(1),
            },
            "action": { "type": "expire" },
        },
        {
            "rulePriority": 2,
            "description": "the oldest images",
            "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": registry.keep_images },
            "action": { "type": "expire" },
        },
    ] })
    .to_string()
}
