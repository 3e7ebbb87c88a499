//! Names in AWS: logical ids inside the template, physical names where a resource needs one, and their limits.
//!
//! What holds data has no physical name of ours: CloudFormation then makes one, so that a replacement can stand beside
//! what it replaces, and a stack that was deleted with its data kept can be made again.

use sha2::{Digest, Sha256};

use crate::model::name::Name;
pub(super) use crate::model::name::pascal;
use crate::model::placement::Target;
use crate::model::reference::Reference;

/// The longest name of a function (Lambda API reference, CreateFunction).
pub(super) const FUNCTION: usize = 64;
/// The longest name of a queue, `.fifo` included (SQS API reference, CreateQueue).
pub(super) const QUEUE: usize = 80;
/// The longest name of a topic (SNS API reference, CreateTopic).
pub(super) const TOPIC: usize = 256;
/// The longest name of an alarm (CloudWatch API reference, PutMetricAlarm).
pub(super) const ALARM: usize = 255;
/// The longest name of a dashboard (CloudWatch API reference, PutDashboard).
pub(super) const DASHBOARD: usize = 255;
/// The longest name of a schedule (EventBridge Scheduler API reference, CreateSchedule).
pub(super) const SCHEDULE: usize = 64;
/// The longest name of a task definition's family (ECS API reference, RegisterTaskDefinition).
pub(super) const FAMILY: usize = 255;
/// The longest name of a database proxy (RDS API reference, CreateDBProxy: 63 characters, a letter first).
pub(super) const PROXY: usize = 63;
/// The longest name of an anomaly monitor or subscription (Cost Explorer API reference, AnomalyMonitor).
pub(super) const ANOMALY: usize = 1024;
/// The longest name of a key's alias, `alias/` included (KMS API reference, CreateAlias).
pub(super) const KEY_ALIAS: usize = 256;
/// The longest name of an API (API Gateway V2 API reference, CreateApi).
pub(super) const API: usize = 128;
/// The longest name of a cache policy, an origin access control or a function of CloudFront: the shortest of the three, and the log
/// service's for where requests are written down (CloudFront API reference, FunctionConfig; CloudWatch Logs API reference,
/// PutDeliverySource: 60).
pub(super) const SITE: usize = 60;
/// The longest name of a stack (CloudFormation API reference, CreateStack).
pub const STACK: usize = 128;

/// The name of a target's stack: `system-environment`.
pub fn stack(target: &Target) -> String {
    format!("{}-{}", target.system, target.environment)
}

/// The logical id of a component's main resource: `DatabaseMain` for `database.main`.
pub(super) fn logical(reference: &Reference) -> String {
    let mut id = pascal(reference.kind.word());
    id.push_str(&pascal(reference.name.as_str()));
    id
}

/// The physical name `system-environment-name`. One that is too long is cut and ends in eight hexadecimal digits of the
/// SHA-256 of the whole, so that it stays the same from one rendering to the next and differs from others cut alike.
pub(super) fn physical(target: &Target, name: &Name, longest: usize) -> String {
    shortened(&format!("{}-{}-{name}", target.system, target.environment), longest)
}

/// Where a setting or a secret stands: `/environment/system/path`.
pub(super) fn kept_at(target: &Target, path: &str) -> String {
    format!("/{}/{}/{path}", target.environment, target.system)
}

/// A text within a limit, cut as [`physical`] says.
pub(super) fn shortened(whole: &str, longest: usize) -> String {
    if whole.len() <= longest {
        return whole.to_owned();
    }
    let digest = hex::encode(Sha256::digest(whole.as_bytes()));
    let kept = whole.get(..longest.saturating_sub(9)).unwrap_or_default().trim_end_matches('-');
    format!("{kept}-{}", digest.get(..8).unwrap_or_default())
}

/// The database user as which a component logs in with its cloud identity: its own name, underscores for hyphens.
/// A migration has to create it and grant it `rds_iam`.
pub(super) fn database_user(name: &Name) -> String {
    name.as_str().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logical_id_names_kind_and_component() {
        assert_eq!(logical(&"function.earth2-ingestion".parse().unwrap()), "FunctionEarth2Ingestion");
        assert_eq!(logical(&"cost-anomaly.daily".parse().unwrap()), "CostAnomalyDaily");
    }

    #[test]
    fn a_long_name_is_cut_to_the_limit_and_stays_distinct() {
        let target: Target = "a-system-with-a-very-long-name/production".parse().unwrap();
        let first = physical(&target, &"a-function-with-a-very-long-name-one".parse().unwrap(), FUNCTION);
        let second = physical(&target, &"a-function-with-a-very-long-name-two".parse().unwrap(), FUNCTION);
        assert_eq!(first.len(), FUNCTION);
        assert_ne!(first, second);
        assert_eq!(first, physical(&target, &"a-function-with-a-very-long-name-one".parse().unwrap(), FUNCTION));
    }

    #[test]
    fn a_short_name_stays_whole() {
        let target: Target = "shop/dev".parse().unwrap();
        assert_eq!(physical(&target, &"orders".parse().unwrap(), QUEUE), "shop-dev-orders");
    }
}
