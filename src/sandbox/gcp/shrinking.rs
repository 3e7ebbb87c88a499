//! What the provider makes anew because it can't be made smaller, beyond its flags.
//!
//! Source: terraform-provider-google, `CustomizeDiff` of `google_sql_database_instance` (`IsDiskShrinkage`) and of
//! `google_compute_subnetwork` (`IsShrinkageIpCidr`).

use ipnet::Ipv4Net;

use super::difference::PropertyChange;
use super::types::plain;

/// Marks the changes that take another resource.
pub fn decide(kind: &str, changes: &mut [PropertyChange]) {
    for change in changes {
        let (Some(is), Some(wanted)) = (change.before.as_ref().map(plain), change.after.as_ref().map(plain)) else {
            continue;
        };
        change.forces_new |= match (kind, change.path.as_str()) {
            ("google_sql_database_instance", "settings.disk_size") => disk(&is) > disk(&wanted),
            ("google_compute_subnetwork", "ip_cidr_range") => !holds(&wanted, &is),
            _ => false,
        };
    }
}

fn disk(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// Whether a range holds another one.
fn holds(range: &str, other: &str) -> bool {
    let [range, other] = [range, other].map(|text| text.parse::<Ipv4Net>().ok());
    range.zip(other).is_some_and(|(range, other)| range.contains(&other))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::sandbox::gcp::difference::between;

    fn anew(kind: &str, is: Value, wanted: Value) -> bool {
        let (Value::Object(is), Value::Object(wanted)) = (is, wanted) else { panic!("no objects") };
        let mut changes = between(kind, &is, &wanted);
        decide(kind, &mut changes);
        assert!(!changes.is_empty());
        changes.iter().any(|change| change.forces_new)
    }

    #[test]
    fn a_smaller_disk_is_another_instance_and_a_larger_one_is_not() {
        let sized = |size: u64| json!({ "name": "main", "settings": { "tier": "x", "disk_size": size } });
        assert!(anew("google_sql_database_instance", sized(100), sized(64)));
        assert!(!anew("google_sql_database_instance", sized(64), sized(100)));
    }

    #[test]
    fn a_subnet_grows_around_its_range_and_is_another_one_elsewhere() {
        let ranged = |range: &str| json!({ "name": "main", "network": "n", "ip_cidr_range": range });
        assert!(!anew("google_compute_subnetwork", ranged("10.0.16.0/20"), ranged("10.0.0.0/16")));
        assert!(anew("google_compute_subnetwork", ranged("10.0.16.0/20"), ranged("10.0.32.0/20")));
    }
}
