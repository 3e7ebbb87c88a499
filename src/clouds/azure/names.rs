//! Names in Azure and their limits (Azure Resource Manager documentation, "Naming rules and restrictions for Azure resources").
//!
//! Every name is literal and follows from target and component, so that the same stack has the same names whenever it is
//! rendered. A name that is unique in all of Azure ends in digits of the SHA-256 of subscription, target and name.

use sha2::{Digest, Sha256};

use super::draft::Draft;
pub(super) use crate::model::name::pascal;
use crate::model::placement::Target;

/// The longest name of a container app or a job.
pub(super) const APP: usize = 32;
/// The longest name of a storage account: lower-case letters and digits.
pub(super) const ACCOUNT: usize = 24;
/// The longest name of a vault.
pub(super) const VAULT: usize = 24;
/// The longest name of a registry: letters and digits.
pub(super) const REGISTRY: usize = 50;
/// The longest name of a database server.
pub(super) const DATABASE: usize = 63;
/// The longest name of a cache.
pub(super) const CACHE: usize = 60;
/// The longest name of a namespace of queues; it may not end in `-sb` or `-mgmt`.
pub(super) const NAMESPACE: usize = 50;
/// The longest name of a topic's subscription.
pub(super) const SUBSCRIPTION: usize = 50;
/// The longest name of parts of networks: virtual networks, endpoints, security groups.
pub(super) const NETWORK: usize = 64;
/// The longest name of a managed identity that every resource type takes.
pub(super) const IDENTITY: usize = 64;
/// The longest name of a workspace of logs.
pub(super) const WORKSPACE: usize = 63;
/// The longest name of an environment of container apps.
pub(super) const ENVIRONMENT: usize = 60;
/// The longest name of an endpoint of Front Door.
pub(super) const ENDPOINT: usize = 46;
/// The longest name of an action group.
pub(super) const ACTION_GROUP: usize = 260;
/// The longest name of an alert.
pub(super) const ALARM: usize = 260;
/// The longest name of a budget.
pub(super) const BUDGET: usize = 63;
/// The longest name of a firewall policy of Front Door: letters and digits, a letter first.
pub(super) const FIREWALL: usize = 128;
/// The longest name of a resource group, and so of the stack.
pub(super) const GROUP: usize = 90;

impl Draft<'_> {
    /// `system-environment`, the stack's and the resource group's name, within a limit.
    pub(super) fn stack_name(&self, longest: usize) -> String {
        shortened(&stack(self.target), longest)
    }

    /// `system-environment-name`, within a limit.
    pub(super) fn physical(&self, name: &str, longest: usize) -> String {
        shortened(&format!("{}-{name}", stack(self.target)), longest)
    }

    /// A name that nobody else in Azure has: `system-environment-name-` and eight digits.
    pub(super) fn global(&self, name: &str, longest: usize) -> String {
        let whole = format!("{}-{name}", stack(self.target));
        let kept = whole.get(..longest.saturating_sub(9)).unwrap_or(&whole).trim_end_matches('-');
        format!("{kept}-{}", self.digits(name))
    }

    /// The same without hyphens.
    pub(super) fn compact(&self, name: &str, longest: usize) -> String {
        let whole = format!("{}{name}", stack(self.target)).replace('-', "");
        let kept = whole.get(..longest.saturating_sub(8)).unwrap_or(&whole);
        format!("{kept}{}", self.digits(name))
    }

    fn digits(&self, name: &str) -> String {
        let place = format!("{}/{}/{name}", self.stack.placement.account, self.target);
        hex::encode(Sha256::digest(place.as_bytes())).chars().take(8).collect()
    }

    /// An identifier in the form of a UUID that follows from what it is for (RFC 9562, version 8).
    pub(super) fn guid(&self, what: &str) -> String {
        let place = format!("{}/{}/{what}", self.stack.placement.account, self.target);
        let digest = hex::encode(Sha256::digest(place.as_bytes()));
        let at = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
        format!("{}-{}-8{}-a{}-{}", at(0, 8), at(8, 12), at(13, 16), at(17, 20), at(20, 32))
    }
}

/// The name of a target's stack and resource group.
pub(super) fn stack(target: &Target) -> String {
    format!("{}-{}", target.system, target.environment)
}

/// A text within a limit: one that is too long is cut and ends in eight digits of the SHA-256 of the whole.
pub(super) fn shortened(whole: &str, longest: usize) -> String {
    if whole.len() <= longest {
        return whole.to_owned();
    }
    let digest = hex::encode(Sha256::digest(whole.as_bytes()));
    let kept = whole.get(..longest.saturating_sub(9)).unwrap_or_default().trim_end_matches('-');
    format!("{kept}-{}", digest.get(..8).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::draft::tests::draft;
    use super::*;

    #[test]
    fn names_stay_within_their_limits_and_apart() {
        draft(|draft| {
            let (one, two) = ("a-component-with-a-very-long-name-one", "a-component-with-a-very-long-name-two");
            for longest in [APP, VAULT, CACHE, NETWORK] {
                let names = [draft.physical(one, longest), draft.physical(two, longest), draft.global(one, longest)];
                assert!(names.iter().all(|name| name.len() <= longest && !name.contains("--")), "{names:?}");
                assert!(names[0] != names[1], "{names:?}");
            }
            let account = draft.compact(one, ACCOUNT);
            assert_eq!(account.len(), ACCOUNT);
            assert!(account.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{account}");
            assert_ne!(account, draft.compact(two, ACCOUNT));
        });
    }

    #[test]
    fn an_identifier_is_a_uuid_of_version_eight() {
        draft(|draft| {
            let guid = uuid::Uuid::parse_str(&draft.guid("role")).unwrap();
            assert_eq!((guid.get_version_num(), guid.get_variant()), (8, uuid::Variant::RFC4122));
            assert_ne!(draft.guid("role"), draft.guid("other"));
        });
    }
}
