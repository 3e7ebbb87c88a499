//! Databases that are restored from automated backups, in RDS. Source: RDS API Reference, DescribeDBInstanceAutomatedBackups,
//! RestoreDBInstanceToPointInTime, ModifyDBInstance, DeleteDBInstance; RDS user guide, "Viewing Amazon RDS DB instance status".

use async_trait::async_trait;
use aws_sdk_rds::types::DbInstance;
use jiff::Timestamp;

use super::Aws;
use super::call::{Call, Effect};
use crate::ports::cloud::CloudError;
use crate::ports::copies::{Backup, Copies, CopyOrder, CopyState};

#[async_trait]
impl Copies for Aws {
    async fn latest_backup(&self, database: &str) -> Result<Option<Backup>, CloudError> {
        let arn = format!("arn:aws:rds:{}:{}:auto-backup:*", self.place.region, self.place.account);
        let call = Call { permission: "rds:DescribeDBInstanceAutomatedBackups", resource: &arn };
        let send = || self.rds.describe_db_instance_automated_backups().db_instance_identifier(database).send();
        let answer = match self.caller.make(call, Effect::Read, send).await {
            Ok(answer) => answer,
            Err(CloudError::Refused { code, .. }) if code.starts_with("DBInstanceAutomatedBackupNotFound") => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let backups = answer.db_instance_automated_backups().iter().filter_map(|backup| {
            let latest = backup.restore_window().and_then(|window| window.latest_time())?;
            let latest = Timestamp::from_millisecond(latest.to_millis().ok()?).ok()?;
            Some(Backup { id: backup.db_instance_automated_backups_arn()?.to_owned(), latest })
        });
        Ok(backups.max_by_key(|backup| backup.latest))
    }

    async fn make_copy(&self, order: &CopyOrder) -> Result<(), CloudError> {
        self.verified_identity().await?;
        let arn = self.instance_arn(&order.name);
        let call = Call { permission: "rds:RestoreDBInstanceToPointInTime", resource: &arn };
        let write = || async {
            let send = || {
                let request = self.rds.restore_db_instance_to_point_in_time().use_latest_restorable_time(true);
                let request = request.source_db_instance_automated_backups_arn(&order.backup);
                let request = request.target_db_instance_identifier(&order.name).db_subnet_group_name(&order.subnets);
                request.vpc_security_group_ids(&order.group).publicly_accessible(false).send()
            };
            match self.caller.make(call, Effect::Write, send).await {
                Ok(_) => Ok(()),
                Err(CloudError::Refused { code, .. }) if code.starts_with("DBInstanceAlreadyExists") => Ok(()),
                Err(error) => Err(error),
            }
        };
        let happened = || async { Ok(self.instance(&order.name).await?.is_some()) };
        self.caller.retry.settle(write, happened).await
    }

    async fn copy(&self, name: &str) -> Result<Option<CopyState>, CloudError> {
        Ok(self.instance(name).await?.map(|instance| state(&instance)))
    }

    async fn take_password(&self, name: &str) -> Result<(), CloudError> {
        self.verified_identity().await?;
        let arn = self.instance_arn(name);
        let call = Call { permission: "rds:ModifyDBInstance", resource: &arn };
        let write = || async {
            let send = || {
                let request = self.rds.modify_db_instance().db_instance_identifier(name);
                request.manage_master_user_password(true).apply_immediately(true).send()
            };
            self.caller.make(call, Effect::Write, send).await.map(|_| ())
        };
        let happened =
            || async { Ok(self.instance(name).await?.is_some_and(|instance| instance.master_user_secret().is_some())) };
        self.caller.retry.settle(write, happened).await
    }

    async fn remove_copy(&self, name: &str) -> Result<(), CloudError> {
        self.verified_identity().await?;
        let gone = || async {
            let instance = self.instance(name).await?;
            Ok(instance.is_none_or(|instance| state(&instance) == CopyState::Going))
        };
        if gone().await? {
            return Ok(());
        }
        let arn = self.instance_arn(name);
        let call = Call { permission: "rds:DeleteDBInstance", resource: &arn };
        let write = || async {
            let send = || {
                let request = self.rds.delete_db_instance().db_instance_identifier(name);
                request.skip_final_snapshot(true).delete_automated_backups(true).send()
            };
            self.caller.make(call, Effect::Write, send).await.map(|_| ())
        };
        self.caller.retry.settle(write, gone).await
    }
}

impl Aws {
    fn instance_arn(&self, name: &str) -> String {
        format!("arn:aws:rds:{}:{}:db:{name}", self.place.region, self.place.account)
    }

    async fn instance(&self, name: &str) -> Result<Option<DbInstance>, CloudError> {
        let arn = self.instance_arn(name);
        let call = Call { permission: "rds:DescribeDBInstances", resource: &arn };
        let send = || self.rds.describe_db_instances().db_instance_identifier(name).send();
        match self.caller.make(call, Effect::Read, send).await {
            Ok(answer) => Ok(answer.db_instances().first().cloned()),
            Err(CloudError::Refused { code, .. }) if code.starts_with("DBInstanceNotFound") => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn state(instance: &DbInstance) -> CopyState {
    match instance.db_instance_status().unwrap_or("unknown") {
        "available" => CopyState::Ready { password: instance.master_user_secret().is_some() },
        "deleting" => CopyState::Going,
        status @ ("failed"
        | "inaccessible-encryption-credentials"
        | "insufficient-capacity"
        | "restore-error"
        | "stopped"
        | "storage-full") => CopyState::Sick(status.to_owned()),
        status if status.starts_with("incompatible-") => CopyState::Sick(status.to_owned()),
        status => CopyState::Busy(status.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{CopyState, DbInstance, state};

    #[test]
    fn a_copy_is_ready_once_it_is_available_and_never_where_restoring_failed() {
        let of = |status: &str| state(&DbInstance::builder().db_instance_status(status).build());
        assert_eq!(of("available"), CopyState::Ready { password: false });
        assert_eq!(of("creating"), CopyState::Busy("creating".into()));
        assert_eq!(of("deleting"), CopyState::Going);
        assert_eq!(of("incompatible-restore"), CopyState::Sick("incompatible-restore".into()));
    }
}
