//! What keeps a resource from being deleted.

use serde_json::Value;

use crate::sandbox::aws::cloudformation::evaluate::scalar_text;
use crate::sandbox::engine::inventory::Physical;
use crate::sandbox::world::World;

/// Why the service refuses to delete this resource, if it does.
pub fn refusal(world: &World, resource: &Physical) -> Option<String> {
    let on = |property: &str| resource.properties.get(property).and_then(scalar_text).as_deref() == Some("true");
    match resource.kind.as_str() {
        // Source: RDS API Reference, DeleteDBInstance.
        "AWS::RDS::DBInstance" if on("DeletionProtection") => Some(handler(
            "Cannot delete protected DB Instance, please disable deletion protection and try again. (Service: Rds, Status Code: 400)",
            "InvalidRequest",
        )),
        // Source: RDS API Reference, DeleteDBCluster.
        "AWS::RDS::DBCluster" if on("DeletionProtection") => Some(handler(
            "Cannot delete protected Cluster, please disable deletion protection and try again. (Service: Rds, Status Code: 400)",
            "InvalidRequest",
        )),
        // Source: DynamoDB API Reference, DeleteTable.
        "AWS::DynamoDB::Table" if on("DeletionProtectionEnabled") => Some(handler(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. (Service: DynamoDb, Status Code: 400)",
            "GeneralServiceException",
        )),
        // Source: Elastic Load Balancing API Reference, DeleteLoadBalancer.
        "AWS::ElasticLoadBalancingV2::LoadBalancer" if balancer_is_protected(resource) => Some(handler(
            &format!(
                "Load balancer '{}' cannot be deleted because deletion protection is enabled (Service: ElasticLoadBalancingV2, Status Code: 400)",
                resource.id
            ),
            "GeneralServiceException",
        )),
        // Source: S3 API Reference, DeleteBucket.
        "AWS::S3::Bucket" if world.buckets.get(&resource.id).is_some_and(|bucket| !bucket.is_empty()) => Some(handler(
            "The bucket you tried to delete is not empty (Service: S3, Status Code: 409)",
            "GeneralServiceException",
        )),
        // Source: ECR API Reference, DeleteRepository; the property: TR, AWS::ECR::Repository, EmptyOnDelete.
        "AWS::ECR::Repository"
            if !on("EmptyOnDelete")
                && world.images.get(&resource.key()).is_some_and(|content| !content.manifests.is_empty()) =>
        {
            Some(handler(
                &format!(
                    "The repository with name '{}' in registry with id '{}' cannot be deleted because it still contains images (Service: Ecr, Status Code: 400)",
                    resource.id, resource.place.account
                ),
                "GeneralServiceException",
            ))
        }
        // Source: EC2 API Reference, "Error codes for the Amazon EC2 API", DependencyViolation.
        "AWS::EC2::VPC" | "AWS::EC2::Subnet" | "AWS::EC2::SecurityGroup" | "AWS::EC2::InternetGateway"
            if is_mentioned(world, resource) =>
        {
            let what = match resource.kind.as_str() {
                "AWS::EC2::VPC" => format!("The vpc '{}' has dependencies and cannot be deleted.", resource.id),
                "AWS::EC2::Subnet" => format!("The subnet '{}' has dependencies and cannot be deleted.", resource.id),
                "AWS::EC2::InternetGateway" => {
                    format!("The internetGateway '{}' has dependencies and cannot be deleted.", resource.id)
                }
                _ => format!("resource {} has a dependent object", resource.id),
            };
            Some(handler(&format!("{what} (Service: Ec2, Status Code: 400)"), "InvalidRequest"))
        }
        // Source: IAM API Reference, DeleteRole.
        "AWS::IAM::Role" if has_policies(world, resource) => Some(handler(
            "Cannot delete entity, must delete policies first. (Service: Iam, Status Code: 409)",
            "ResourceConflict",
        )),
        // Source: RDS API Reference, DeleteDBSubnetGroup.
        "AWS::RDS::DBSubnetGroup" => {
            let user = same_place(world, resource).find(|other| {
                other.kind == "AWS::RDS::DBInstance"
                    && other.properties.get("DBSubnetGroupName").and_then(scalar_text).as_deref() == Some(&resource.id)
            })?;
            Some(handler(
                &format!(
                    "Cannot delete the subnet group '{}' because at least one database instance: {} is still using it. (Service: Rds, Status Code: 400)",
                    resource.id, user.id
                ),
                "InvalidRequest",
            ))
        }
        _ => None,
    }
}

fn same_place<'a>(world: &'a World, resource: &'a Physical) -> impl Iterator<Item = &'a Physical> {
    world
        .resources
        .iter()
        .map(|(_, other)| other)
        .filter(|other| other.place == resource.place && (other.kind != resource.kind || other.id != resource.id))
}

/// Whether another resource of the same account and region has this one's id in its properties.
fn is_mentioned(world: &World, resource: &Physical) -> bool {
    same_place(world, resource).any(|other| {
        let mut texts = Vec::new();
        other.properties.values().for_each(|value| texts_in(value, &mut texts));
        texts.contains(&resource.id.as_str())
    })
}

/// Whether a policy of its own is attached to a role.
fn has_policies(world: &World, role: &Physical) -> bool {
    same_place(world, role).any(|other| {
        let roles = other.properties.get("Roles").and_then(Value::as_array);
        matches!(other.kind.as_str(), "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy")
            && roles.into_iter().flatten().any(|name| *name == *role.id)
    })
}

/// All texts in a value.
pub fn texts_in<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts_in(item, found)),
        Value::Object(object) => object.values().for_each(|value| texts_in(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn balancer_is_protected(resource: &Physical) -> bool {
    let attributes = resource.properties.get("LoadBalancerAttributes").and_then(Value::as_array);
    attributes.into_iter().flatten().any(|attribute| {
        attribute.get("Key").and_then(Value::as_str) == Some("deletion_protection.enabled")
            && attribute.get("Value").and_then(scalar_text).as_deref() == Some("true")
    })
}

/// A refusal as CloudFormation passes it on from a type's handler.
pub fn handler(message: &str, code: &str) -> String {
    format!("Resource handler returned message: \"{message}\" (HandlerErrorCode: {code})")
}
