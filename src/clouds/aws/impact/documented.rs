//! Documented behaviour of updates that the registry schemas don't tell: what interrupts, what throws data away, and when a
//! conditional property replaces.
//!
//! Each row names its page. Where a row names none, it is the type's page in the CloudFormation template reference, "Update requires".

use crate::plan::consequence::{Consequence, Impact};
use crate::plan::knowledge::Edit;
use crate::plan::meaning::Meaning;

use super::page;

/// One rule. The first that fits decides.
struct Row {
    kind: &'static str,
    /// The property's names from the outside in; what is inside it counts as well.
    property: &'static str,
    when: When,
    consequence: Consequence,
    certain: bool,
    why: &'static str,
    source: Source,
}

/// Which changes a rule is about.
enum When {
    /// Any.
    Changed,
    /// The new value is this text.
    Becomes(&'static str),
    /// Both are numbers and the new one is smaller, or there was none (no end) and now there is a number.
    Falls,
    /// The property wasn't there.
    Added,
    /// The property is gone.
    Removed,
    /// It was there, is there, and differs.
    Exchanged,
    /// One of both is zero or absent, the other isn't.
    TurnsOnOrOff,
    /// Something whose name has this text in it comes in.
    Brings(&'static str),
    /// The resource's update policy doesn't switch this on.
    Unless(&'static str),
}

/// Where a rule comes from.
enum Source {
    /// The type's own page.
    Page,
    /// Another page.
    At(&'static str),
}

use Consequence::{DataLoss, InPlace, Interruption, Replacement};
use Source::{At, Page};
use When::{Added, Becomes, Brings, Changed, Exchanged, Falls, Removed, TurnsOnOrOff, Unless};

/// Shortens a row.
const fn row(
    kind: &'static str,
    property: &'static str,
    when: When,
    consequence: Consequence,
    certain: bool,
    why: &'static str,
    source: Source,
) -> Row {
    Row { kind, property, when, consequence, certain, why, source }
}

const RDS_MODIFY: &str = "Amazon RDS user guide, settings for DB instances (USER_ModifyInstance.Settings)";
const RDS_BACKUPS: &str = "Amazon RDS user guide, introduction to backups (USER_WorkingWithAutomatedBackups)";
const ECS_ROLLING: &str = "Amazon ECS developer guide, rolling updates (deployment-type-ecs)";
const CACHE_SCALING: &str = "Amazon ElastiCache user guide, scaling replication groups (Scaling.RedisReplGrps)";
const CACHE_ENGINE: &str = "Amazon ElastiCache user guide, upgrading engine versions (VersionManagement)";
const MSK_ROLLING: &str = "Amazon MSK developer guide, best practices (bestpractices)";
const UPDATE_POLICY: &str =
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html";
const EC2_RESIZE: &str = "Amazon EC2 user guide, change the instance type (ec2-instance-resize)";
const S3_LIFECYCLE: &str = "Amazon S3 user guide, expiring objects (lifecycle-expire-general-considerations)";
const KMS_DISABLE: &str = "AWS KMS developer guide, enable and disable keys (enabling-keys)";

/// The rules, grouped by type.
static ROWS: &[Row] = &[
    // Databases.
    row(
        "AWS::RDS::DBInstance",
        "DBInstanceClass",
        Changed,
        Interruption,
        true,
        "the database restarts on another machine: minutes, or a failover with Multi-AZ",
        At(RDS_MODIFY),
    ),
    row(
        "AWS::RDS::DBInstance",
        "EngineVersion",
        Changed,
        Interruption,
        true,
        "the engine is upgraded and the database is down while it happens",
        At(RDS_MODIFY),
    ),
    row(
        "AWS::RDS::DBInstance",
        "Engine",
        Changed,
        Replacement,
        false,
        "an Oracle edition is converted with an interruption; every other change of engine needs a new database",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "Port",
        Changed,
        Interruption,
        true,
        "the database restarts, and clients have to use the new port",
        At(RDS_MODIFY),
    ),
    row(
        "AWS::RDS::DBInstance",
        "StorageType",
        Changed,
        Interruption,
        false,
        "some conversions of storage restart the database",
        At(RDS_MODIFY),
    ),
    row(
        "AWS::RDS::DBInstance",
        "MultiAZ",
        Changed,
        Interruption,
        false,
        "documented as some interruptions: latency rises while the standby is made or given up",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "AvailabilityZone",
        Changed,
        Interruption,
        true,
        "the database moves to another zone",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "CACertificateIdentifier",
        Changed,
        Interruption,
        false,
        "the database restarts, unless its engine rotates certificates without",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "DBParameterGroupName",
        Changed,
        Interruption,
        false,
        "the database restarts where the group holds static parameters",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "BackupRetentionPeriod",
        Becomes("0"),
        DataLoss,
        true,
        "automated backups are switched off and the existing ones are deleted; the database restarts",
        At(RDS_BACKUPS),
    ),
    row(
        "AWS::RDS::DBInstance",
        "BackupRetentionPeriod",
        TurnsOnOrOff,
        Interruption,
        true,
        "switching automated backups on restarts the database",
        At(RDS_BACKUPS),
    ),
    row(
        "AWS::RDS::DBInstance",
        "BackupRetentionPeriod",
        Falls,
        DataLoss,
        true,
        "automated backups older than the new period are deleted",
        At(RDS_BACKUPS),
    ),
    row(
        "AWS::RDS::DBInstance",
        "BackupRetentionPeriod",
        Changed,
        InPlace,
        true,
        "backups are kept longer",
        At(RDS_BACKUPS),
    ),
    row(
        "AWS::RDS::DBInstance",
        "PreferredMaintenanceWindow",
        Changed,
        Interruption,
        false,
        "pending maintenance that needs a restart is done if the new window holds the present moment",
        At(RDS_MODIFY),
    ),
    row(
        "AWS::RDS::DBInstance",
        "AutoMinorVersionUpgrade",
        Changed,
        InPlace,
        true,
        "decides about upgrades in later maintenance windows",
        At(RDS_MODIFY),
    ),
    row(
        "AWS::RDS::DBInstance",
        "DBSnapshotIdentifier",
        Removed,
        Replacement,
        false,
        "a database made from a snapshot must go on naming it: without, an empty one may take its place",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "DBSnapshotIdentifier",
        Changed,
        Replacement,
        true,
        "a new database is restored from the snapshot and the present one is deleted",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "DBClusterSnapshotIdentifier",
        Changed,
        Replacement,
        true,
        "a new database is restored from the snapshot and the present one is deleted",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "SourceDBInstanceIdentifier",
        Removed,
        Interruption,
        true,
        "the read replica is promoted to a database of its own, for good",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "PerformanceInsightsKMSKeyId",
        Removed,
        InPlace,
        true,
        "removing the name of the key changes nothing",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "PerformanceInsightsKMSKeyId",
        Added,
        InPlace,
        false,
        "sets the key where Performance Insights had none",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "PerformanceInsightsKMSKeyId",
        Exchanged,
        Replacement,
        false,
        "another key needs a new database; another name of the same key doesn't",
        Page,
    ),
    row(
        "AWS::RDS::DBInstance",
        "DomainFqdn",
        Changed,
        Interruption,
        false,
        "joining a domain may restart the database",
        Page,
    ),
    row(
        "AWS::RDS::DBCluster",
        "EngineVersion",
        Changed,
        Interruption,
        true,
        "the engine is upgraded and the cluster is down while it happens",
        Page,
    ),
    row(
        "AWS::RDS::DBCluster",
        "DBClusterParameterGroupName",
        Changed,
        Interruption,
        false,
        "static parameters take effect with a restart",
        Page,
    ),
    row(
        "AWS::RDS::DBCluster",
        "DBClusterInstanceClass",
        Changed,
        Interruption,
        true,
        "the instances restart on other machines",
        Page,
    ),
    row(
        "AWS::RDS::DBCluster",
        "Port",
        Changed,
        Interruption,
        true,
        "the cluster restarts, and clients have to use the new port",
        Page,
    ),
    row(
        "AWS::RDS::DBCluster",
        "BackupRetentionPeriod",
        Falls,
        DataLoss,
        true,
        "automated backups older than the new period are deleted",
        At(RDS_BACKUPS),
    ),
    row(
        "AWS::RDS::DBParameterGroup",
        "Parameters",
        Changed,
        Interruption,
        false,
        "static parameters take effect when the databases of the group restart, which CloudFormation may bring about",
        Page,
    ),
    row(
        "AWS::DocDB::DBInstance",
        "DBInstanceClass",
        Changed,
        Interruption,
        true,
        "the instance restarts on another machine",
        Page,
    ),
    row(
        "AWS::DocDB::DBCluster",
        "EngineVersion",
        Changed,
        Interruption,
        true,
        "the engine is upgraded and the cluster is down while it happens",
        Page,
    ),
    row(
        "AWS::Neptune::DBInstance",
        "DBInstanceClass",
        Changed,
        Interruption,
        true,
        "the instance restarts on another machine",
        Page,
    ),
    row(
        "AWS::Redshift::Cluster",
        "NodeType",
        Changed,
        Interruption,
        true,
        "the cluster is resized and read-only while it happens",
        Page,
    ),
    row(
        "AWS::Redshift::Cluster",
        "NumberOfNodes",
        Changed,
        Interruption,
        false,
        "the cluster is resized; connections may drop",
        Page,
    ),
    row(
        "AWS::Redshift::Cluster",
        "ClusterType",
        Changed,
        Interruption,
        true,
        "the cluster is resized and read-only while it happens",
        Page,
    ),
    row(
        "AWS::Redshift::Cluster",
        "Encrypted",
        Changed,
        Interruption,
        true,
        "the data is moved to an encrypted cluster, read-only while it happens",
        Page,
    ),
    row("AWS::DynamoDB::Table", "KeySchema", Changed, Replacement, true, "a table's key can't be changed", Page),
    row(
        "AWS::DynamoDB::Table",
        "LocalSecondaryIndexes",
        Changed,
        Replacement,
        false,
        "local secondary indexes can only be made together with their table",
        Page,
    ),
    row(
        "AWS::DynamoDB::Table",
        "GlobalSecondaryIndexes",
        Changed,
        Interruption,
        false,
        "queries on an index fail while it is built, and for good where it is removed",
        Page,
    ),
    row(
        "AWS::DynamoDB::Table",
        "TimeToLiveSpecification",
        Becomes("true"),
        DataLoss,
        false,
        "items whose time is over are deleted from now on",
        Page,
    ),
    row(
        "AWS::DynamoDB::Table",
        "TimeToLiveSpecification",
        Added,
        DataLoss,
        false,
        "items whose time is over are deleted from now on",
        Page,
    ),
    row(
        "AWS::DynamoDB::Table",
        "PointInTimeRecoverySpecification",
        Becomes("false"),
        DataLoss,
        true,
        "the continuous backups are given up",
        Page,
    ),
    row(
        "AWS::DynamoDB::Table",
        "PointInTimeRecoverySpecification",
        Removed,
        DataLoss,
        true,
        "the continuous backups are given up",
        Page,
    ),
    // Caches.
    row(
        "AWS::ElastiCache::ReplicationGroup",
        "CacheNodeType",
        Changed,
        Interruption,
        false,
        "scaled online; connections break for moments when the new nodes take over",
        At(CACHE_SCALING),
    ),
    row(
        "AWS::ElastiCache::ReplicationGroup",
        "EngineVersion",
        Changed,
        Interruption,
        false,
        "nodes are upgraded one after the other; writes stop for moments when another one takes over, longer without Multi-AZ",
        At(CACHE_ENGINE),
    ),
    row(
        "AWS::ElastiCache::ReplicationGroup",
        "Engine",
        Changed,
        Interruption,
        false,
        "converting between Redis and Valkey works as an upgrade of the engine",
        At(CACHE_ENGINE),
    ),
    row(
        "AWS::ElastiCache::ReplicationGroup",
        "TransitEncryptionEnabled",
        Changed,
        Interruption,
        true,
        "clients have to connect another way",
        Page,
    ),
    row(
        "AWS::ElastiCache::ReplicationGroup",
        "AuthToken",
        Exchanged,
        Interruption,
        false,
        "clients with the old token are turned away once it is taken out of use",
        Page,
    ),
    row(
        "AWS::ElastiCache::ReplicationGroup",
        "NumNodeGroups",
        Unless("UseOnlineResharding"),
        Replacement,
        true,
        "without UseOnlineResharding in its update policy, another number of shards makes a new cache",
        At(UPDATE_POLICY),
    ),
    row(
        "AWS::ElastiCache::ReplicationGroup",
        "NumNodeGroups",
        Changed,
        InPlace,
        true,
        "shards are moved online, by its update policy",
        At(UPDATE_POLICY),
    ),
    row(
        "AWS::ElastiCache::ReplicationGroup",
        "NodeGroupConfiguration",
        Unless("UseOnlineResharding"),
        Replacement,
        false,
        "without UseOnlineResharding in its update policy, other shards make a new cache",
        At(UPDATE_POLICY),
    ),
    row(
        "AWS::ElastiCache::ReplicationGroup",
        "SnapshotRetentionLimit",
        Falls,
        DataLoss,
        true,
        "snapshots older than the new limit are deleted",
        Page,
    ),
    row(
        "AWS::ElastiCache::CacheCluster",
        "CacheNodeType",
        Changed,
        Interruption,
        true,
        "the nodes are exchanged; a cache without replicas is down and may come back empty",
        Page,
    ),
    row(
        "AWS::ElastiCache::CacheCluster",
        "EngineVersion",
        Changed,
        Interruption,
        true,
        "the nodes restart; a Memcached cache comes back empty",
        Page,
    ),
    row(
        "AWS::ElastiCache::CacheCluster",
        "NumCacheNodes",
        Falls,
        Interruption,
        true,
        "what the removed nodes hold is gone from the cache",
        Page,
    ),
    // Files, objects, streams, logs.
    row(
        "AWS::S3::Bucket",
        "LifecycleConfiguration.Rules.ExpirationInDays",
        Falls,
        DataLoss,
        true,
        "objects older than the new limit are deleted",
        At(S3_LIFECYCLE),
    ),
    row(
        "AWS::S3::Bucket",
        "LifecycleConfiguration.Rules.NoncurrentVersionExpiration",
        Falls,
        DataLoss,
        true,
        "old versions beyond the new limit are deleted",
        At(S3_LIFECYCLE),
    ),
    row(
        "AWS::S3::Bucket",
        "LifecycleConfiguration.Rules.NoncurrentVersionExpirationInDays",
        Falls,
        DataLoss,
        true,
        "old versions beyond the new limit are deleted",
        At(S3_LIFECYCLE),
    ),
    row(
        "AWS::S3::Bucket",
        "LifecycleConfiguration",
        Brings("Expiration"),
        DataLoss,
        false,
        "objects that the rules expire are deleted, also those that are there already",
        At(S3_LIFECYCLE),
    ),
    row(
        "AWS::Logs::LogGroup",
        "RetentionInDays",
        Falls,
        DataLoss,
        true,
        "log events older than the new time are deleted",
        At("Amazon CloudWatch Logs user guide, change log data retention"),
    ),
    row(
        "AWS::Kinesis::Stream",
        "RetentionPeriodHours",
        Falls,
        DataLoss,
        true,
        "records older than the new time can't be read any more",
        Page,
    ),
    row(
        "AWS::SQS::Queue",
        "MessageRetentionPeriod",
        Falls,
        DataLoss,
        false,
        "messages that have waited longer than the new time are deleted",
        Page,
    ),
    row(
        "AWS::MSK::Cluster",
        "KafkaVersion",
        Changed,
        Interruption,
        false,
        "brokers restart one after the other; topics with one replica are down meanwhile",
        At(MSK_ROLLING),
    ),
    row(
        "AWS::MSK::Cluster",
        "BrokerNodeGroupInfo.InstanceType",
        Changed,
        Interruption,
        false,
        "brokers restart one after the other; topics with one replica are down meanwhile",
        At(MSK_ROLLING),
    ),
    row(
        "AWS::MSK::Cluster",
        "ConfigurationInfo",
        Changed,
        Interruption,
        false,
        "brokers restart one after the other; topics with one replica are down meanwhile",
        At(MSK_ROLLING),
    ),
    row(
        "AWS::OpenSearchService::Domain",
        "EngineVersion",
        Unless("EnableVersionUpgrade"),
        Replacement,
        true,
        "without EnableVersionUpgrade in its update policy, another version makes a new, empty domain",
        At(UPDATE_POLICY),
    ),
    row(
        "AWS::OpenSearchService::Domain",
        "EngineVersion",
        Changed,
        InPlace,
        true,
        "upgraded where it is, by its update policy",
        At(UPDATE_POLICY),
    ),
    row(
        "AWS::OpenSearchService::Domain",
        "ClusterConfig",
        Changed,
        InPlace,
        true,
        "a second set of nodes takes over (blue/green): slower for a while, not down",
        At("Amazon OpenSearch Service developer guide, making configuration changes"),
    ),
    row(
        "AWS::Elasticsearch::Domain",
        "ElasticsearchVersion",
        Unless("EnableVersionUpgrade"),
        Replacement,
        true,
        "without EnableVersionUpgrade in its update policy, another version makes a new, empty domain",
        At(UPDATE_POLICY),
    ),
    // Machines and containers.
    row(
        "AWS::EC2::Instance",
        "InstanceType",
        Changed,
        Interruption,
        true,
        "the instance stops and starts; one whose root is an instance store is replaced",
        At(EC2_RESIZE),
    ),
    row(
        "AWS::EC2::Instance",
        "UserData",
        Changed,
        Interruption,
        true,
        "the instance restarts; one whose root is an instance store is replaced",
        Page,
    ),
    row(
        "AWS::EC2::Instance",
        "EbsOptimized",
        Changed,
        Interruption,
        true,
        "the instance stops and starts; one whose root is an instance store is replaced",
        Page,
    ),
    row("AWS::EC2::Instance", "Affinity", Changed, Interruption, true, "the instance stops and starts", Page),
    row("AWS::EC2::Instance", "HostId", Changed, Interruption, true, "the instance stops and starts", Page),
    row("AWS::EC2::Instance", "Tenancy", Changed, Interruption, true, "the instance stops and starts", Page),
    row(
        "AWS::EC2::Instance",
        "SecurityGroupIds",
        Changed,
        InPlace,
        true,
        "the groups of an instance in a VPC are exchanged where it is",
        Page,
    ),
    row(
        "AWS::EC2::VPC",
        "InstanceTenancy",
        Becomes("default"),
        InPlace,
        true,
        "going back to default tenancy changes nothing for what runs",
        Page,
    ),
    row(
        "AWS::EC2::VPC",
        "InstanceTenancy",
        Changed,
        Replacement,
        true,
        "dedicated tenancy can only be set when the network is created",
        Page,
    ),
    row(
        "AWS::AutoScaling::AutoScalingGroup",
        "LaunchTemplate",
        Unless("AutoScalingRollingUpdate"),
        InPlace,
        false,
        "only instances that start from now on get it, unless its update policy says otherwise",
        At(UPDATE_POLICY),
    ),
    row(
        "AWS::AutoScaling::AutoScalingGroup",
        "LaunchTemplate",
        Changed,
        Interruption,
        false,
        "instances are exchanged in batches, by its update policy",
        At(UPDATE_POLICY),
    ),
    row(
        "AWS::AutoScaling::AutoScalingGroup",
        "VPCZoneIdentifier",
        Changed,
        Interruption,
        false,
        "instances outside the new subnets are exchanged; the group stays",
        Page,
    ),
    row(
        "AWS::ECS::Service",
        "DesiredCount",
        Becomes("0"),
        Interruption,
        true,
        "no task is left to serve",
        At(ECS_ROLLING),
    ),
    row(
        "AWS::ECS::Service",
        "TaskDefinition",
        Changed,
        InPlace,
        true,
        "new tasks take over from the old ones while these go on serving (rolling update)",
        At(ECS_ROLLING),
    ),
    row(
        "AWS::ECS::Service",
        "DeploymentConfiguration.MinimumHealthyPercent",
        Becomes("0"),
        Interruption,
        false,
        "from now on a deployment may stop every task before new ones serve",
        At(ECS_ROLLING),
    ),
    row(
        "AWS::ECS::Service",
        "LoadBalancers",
        Changed,
        InPlace,
        false,
        "starts a new deployment: tasks are exchanged one after the other",
        At(ECS_ROLLING),
    ),
    row(
        "AWS::ECS::Service",
        "NetworkConfiguration",
        Changed,
        InPlace,
        false,
        "starts a new deployment: tasks are exchanged one after the other",
        At(ECS_ROLLING),
    ),
    row(
        "AWS::Lambda::Function",
        "ReservedConcurrentExecutions",
        Becomes("0"),
        Interruption,
        true,
        "the function can't be called any more",
        Page,
    ),
    row(
        "AWS::Lambda::EventSourceMapping",
        "Enabled",
        Becomes("false"),
        Interruption,
        true,
        "events are no longer handed to the function",
        Page,
    ),
    row("AWS::Events::Rule", "State", Becomes("DISABLED"), Interruption, true, "the rule no longer fires", Page),
    row(
        "AWS::Scheduler::Schedule",
        "State",
        Becomes("DISABLED"),
        Interruption,
        true,
        "the schedule no longer fires",
        Page,
    ),
    // Entrances.
    row(
        "AWS::ElasticLoadBalancingV2::Listener",
        "Port",
        Changed,
        Interruption,
        true,
        "clients on the old port are turned away",
        Page,
    ),
    row(
        "AWS::ElasticLoadBalancingV2::Listener",
        "Protocol",
        Changed,
        Interruption,
        true,
        "clients have to speak the new protocol",
        Page,
    ),
    row(
        "AWS::ElasticLoadBalancingV2::Listener",
        "Certificates",
        Changed,
        InPlace,
        true,
        "new connections get the new certificate",
        Page,
    ),
    // Keys and secrets.
    row(
        "AWS::KMS::Key",
        "Enabled",
        Becomes("false"),
        Interruption,
        true,
        "nothing encrypted with the key can be read until it is enabled again",
        At(KMS_DISABLE),
    ),
    row(
        "AWS::KMS::Key",
        "KeySpec",
        Changed,
        InPlace,
        false,
        "CloudFormation refuses this change of an existing key",
        Page,
    ),
    row(
        "AWS::KMS::Key",
        "KeyUsage",
        Changed,
        InPlace,
        false,
        "CloudFormation refuses this change of an existing key",
        Page,
    ),
    row(
        "AWS::KMS::Key",
        "MultiRegion",
        Changed,
        InPlace,
        false,
        "CloudFormation refuses this change of an existing key",
        Page,
    ),
    row(
        "AWS::KMS::Key",
        "Origin",
        Changed,
        InPlace,
        false,
        "CloudFormation refuses this change of an existing key",
        Page,
    ),
    row(
        "AWS::SecretsManager::Secret",
        "GenerateSecretString",
        Changed,
        Interruption,
        false,
        "a new secret is generated: whoever holds the old one is turned away until it fetches the new one",
        Page,
    ),
    row(
        "AWS::SecretsManager::Secret",
        "SecretString",
        Changed,
        Interruption,
        false,
        "whoever holds the old value is turned away until it fetches the new one",
        Page,
    ),
];

/// What the documentation says of this change, if it says anything beyond the schemas.
pub(super) fn of(edit: &Edit<'_>) -> Option<Impact> {
    let names: Vec<&str> = edit.path.names().collect();
    let row = ROWS
        .iter()
        .filter(|row| row.kind == edit.after.kind)
        .filter(|row| row.property.split('.').zip(&names).all(|(a, b)| a == *b))
        .filter(|row| row.property.split('.').count() <= names.len())
        .find(|row| fits(row, edit))?;
    let source = match row.source {
        Page => page(row.kind),
        At(name) => name.to_owned(),
    };
    Some(Impact { consequence: row.consequence, certain: row.certain, why: row.why.to_owned(), source })
}

fn fits(row: &Row, edit: &Edit<'_>) -> bool {
    let (was, is) = (given(edit.was), given(edit.is));
    match row.when {
        Changed => true,
        Becomes(text) => is.is_some_and(|value| value.text().is_some_and(|now| now.eq_ignore_ascii_case(text))),
        Falls => match (number(was), number(is)) {
            (Some(before), Some(now)) => now < before,
            (None, Some(_)) => was.is_none(),
            _ => false,
        },
        Added => was.is_none() && is.is_some(),
        Removed => was.is_some() && is.is_none(),
        Brings(name) => was.is_none() && is.is_some_and(|value| brings(value, edit.path.names().last(), name)),
        Exchanged => was.is_some() && is.is_some(),
        TurnsOnOrOff => {
            let on = |value: Option<&Meaning>| value.is_some_and(|value| value.text() != Some("0"));
            on(was) != on(is)
        }
        Unless(policy) => {
            let setting = edit.after.attributes.get("UpdatePolicy").and_then(|policies| policies.get(policy));
            match setting {
                None | Some(serde_json::Value::Null) => true,
                Some(serde_json::Value::Bool(on)) => !*on,
                Some(serde_json::Value::String(text)) => !text.eq_ignore_ascii_case("true"),
                Some(_) => false,
            }
        }
    }
}

/// Whether a value stands in, or holds, a field with the text in its name.
fn brings(value: &Meaning, field: Option<&str>, text: &str) -> bool {
    field.is_some_and(|name| name.contains(text))
        || match value {
            Meaning::Fields(fields) => fields.iter().any(|(name, inner)| brings(inner, Some(name), text)),
            Meaning::List(items) | Meaning::Set { items, .. } => items.iter().any(|item| brings(item, None, text)),
            Meaning::Scalar(_) | Meaning::Secret(_) | Meaning::Assumed(_) => false,
        }
}

/// A value that is written; what is only assumed counts as none.
fn given(value: Option<&Meaning>) -> Option<&Meaning> {
    value.filter(|value| !matches!(value, Meaning::Assumed(_)))
}

fn number(value: Option<&Meaning>) -> Option<f64> {
    value?.text()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clouds::aws::registry;

    #[test]
    fn every_rule_is_about_a_property_that_its_type_has_and_that_is_not_create_only_anyway() {
        for row in ROWS {
            let schema = registry::find(row.kind).unwrap_or_else(|| panic!("{}", row.kind));
            let mut path = Vec::new();
            for name in row.property.split('.') {
                path.push(name);
                let direct = schema.property(&path).is_some();
                if !direct {
                    path.insert(path.len() - 1, "*");
                }
                assert!(schema.property(&path).is_some(), "{}.{}", row.kind, row.property);
            }
            assert!(!schema.create_only().covers(&path), "{}.{} is create-only", row.kind, row.property);
        }
    }

    #[test]
    fn no_rule_stands_behind_one_that_takes_all() {
        for (at, row) in ROWS.iter().enumerate() {
            let earlier = ROWS.iter().take(at);
            let shadowed = earlier
                .filter(|other| other.kind == row.kind && other.property == row.property)
                .any(|other| matches!(other.when, Changed));
            assert!(!shadowed, "{}.{} is never reached", row.kind, row.property);
        }
    }
}
