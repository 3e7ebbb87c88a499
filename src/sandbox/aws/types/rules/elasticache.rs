//! ElastiCache. Source: ElastiCache API Reference, CreateReplicationGroup.

use super::Asked;

pub(super) fn refusal(asked: &Asked<'_>) -> Option<String> {
    if asked.kind() != "AWS::ElastiCache::ReplicationGroup" {
        return None;
    }
    if let Some(group) = asked.text("CacheSubnetGroupName")
        && group != "default"
        && asked.find("AWS::ElastiCache::SubnetGroup", &group.to_lowercase()).is_none()
    {
        return asked.refuse(&format!("Cache Subnet Group {group} does not exist."), "NotFound");
    }
    if let Some(group) = asked.text("CacheParameterGroupName").filter(|name| !name.starts_with("default."))
        && asked.find("AWS::ElastiCache::ParameterGroup", &group).is_none()
    {
        return asked.refuse(&format!("CacheParameterGroup {group} not found."), "NotFound");
    }
    if asked.value("AuthToken").is_some() && !asked.is_true("TransitEncryptionEnabled") {
        return asked.invalid("The AUTH token can only be specified when TransitEncryptionEnabled is true.");
    }
    let nodes = asked.number("NumCacheClusters");
    if asked.is_true("AutomaticFailoverEnabled") && nodes.is_some_and(|nodes| nodes < 2.0) {
        return asked.invalid("Automatic failover requires at least two cache clusters in the replication group.");
    }
    if asked.is_true("MultiAZEnabled") && !asked.is_true("AutomaticFailoverEnabled") {
        return asked.invalid("Must enable Automatic Failover to enable Multi-AZ.");
    }
    None
}
