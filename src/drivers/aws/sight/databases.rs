//! Whether a database is available.

use super::super::Aws;
use super::super::call::{Call, Effect};
use super::of;
use crate::ports::cloud::{CloudError, StackResource};
use crate::ports::sight::{Condition, Seen};

const DATABASE: &str = "AWS::RDS::DBInstance";

impl Aws {
    pub(super) async fn databases(&self, resources: &[StackResource]) -> Result<Vec<Seen>, CloudError> {
        let mut seen = Vec::new();
        for (id, name) in of(resources, DATABASE) {
            let arn = format!("arn:aws:rds:{}:{}:db:{name}", self.place.region, self.place.account);
            let call = Call { permission: "rds:DescribeDBInstances", resource: &arn };
            let send = || self.rds.describe_db_instances().db_instance_identifier(name).send();
            let condition = match self.caller.make(call, Effect::Read, send).await {
                Ok(answer) => {
                    let status = answer.db_instances().first().and_then(|database| database.db_instance_status());
                    condition(status.unwrap_or("unknown"))
                }
                Err(CloudError::Refused { code, .. }) if code.starts_with("DBInstanceNotFound") => {
                    Condition::Sick("the database is gone".to_owned())
                }
                Err(error) => return Err(error),
            };
            seen.push(Seen { id: id.to_owned(), kind: DATABASE.to_owned(), condition });
        }
        Ok(seen)
    }
}

/// What a status means. Source: RDS user guide, "Viewing Amazon RDS DB instance status": in those named first a database serves;
/// those named second need somebody.
fn condition(status: &str) -> Condition {
    match status {
        "available"
        | "backing-up"
        | "configuring-associated-roles"
        | "configuring-enhanced-monitoring"
        | "configuring-iam-database-auth"
        | "configuring-log-exports"
        | "storage-config-upgrade"
        | "storage-initialization"
        | "storage-optimization" => Condition::Well,
        "failed"
        | "inaccessible-encryption-credentials"
        | "insufficient-capacity"
        | "restore-error"
        | "stopped"
        | "stopping"
        | "storage-full" => Condition::Sick(format!("the database is {status}")),
        _ if status.starts_with("incompatible-") => Condition::Sick(format!("the database is {status}")),
        _ => Condition::Settling(format!("the database is {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, condition};

    #[test]
    fn a_database_that_backs_up_serves_and_one_that_stopped_needs_somebody() {
        assert_eq!(condition("backing-up"), Condition::Well);
        assert!(matches!(condition("modifying"), Condition::Settling(_)));
        assert!(matches!(condition("stopped"), Condition::Sick(_)));
        assert!(matches!(condition("incompatible-network"), Condition::Sick(_)));
    }
}
