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
        _ => None,
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
