//! Caches, objects, logs, streams and search: what is kept outside of databases.

use super::{Row, When, changed, on};
use When::{Brings, Exchanged, Falls, Unless};

const CACHE_ENGINE: &str = "Amazon ElastiCache user guide, upgrading engine versions (VersionManagement)";
const CACHE_SCALING: &str = "Amazon ElastiCache user guide, scaling replication groups (Scaling.RedisReplGrps)";
const MSK_ROLLING: &str = "Amazon MSK developer guide, best practices (bestpractices)";
const S3_LIFECYCLE: &str = "Amazon S3 user guide, expiring objects (lifecycle-expire-general-considerations)";
const UPDATE_POLICY: &str =
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html";

static ELASTI_CACHE_REPLICATION_GROUP: &[Row] = &[
    changed("CacheNodeType").interrupts_perhaps("scaled online; connections break for moments when the new nodes take over").at(CACHE_SCALING),
    changed("EngineVersion").interrupts_perhaps("nodes are upgraded one after the other; writes stop for moments when another one takes over, longer without Multi-AZ").at(CACHE_ENGINE),
    changed("Engine").interrupts_perhaps("converting between Redis and Valkey works as an upgrade of the engine").at(CACHE_ENGINE),
    changed("TransitEncryptionEnabled").interrupts("clients have to connect another way"),
    on("AuthToken", Exchanged).interrupts_perhaps("clients with the old token are turned away once it is taken out of use"),
    on("NumNodeGroups", Unless("UseOnlineResharding")).replaces("without UseOnlineResharding in its update policy, another number of shards makes a new cache").at(UPDATE_POLICY),
    changed("NumNodeGroups").in_place("shards are moved online, by its update policy").at(UPDATE_POLICY),
    on("NodeGroupConfiguration", Unless("UseOnlineResharding")).replaces_perhaps("without UseOnlineResharding in its update policy, other shards make a new cache").at(UPDATE_POLICY),
    on("SnapshotRetentionLimit", Falls).loses_data("snapshots older than the new limit are deleted"),
];

static ELASTI_CACHE_CACHE_CLUSTER: &[Row] = &[
    changed("CacheNodeType")
        .interrupts("the nodes are exchanged; a cache without replicas is down and may come back empty"),
    changed("EngineVersion").interrupts("the nodes restart; a Memcached cache comes back empty"),
    on("NumCacheNodes", Falls).interrupts("what the removed nodes hold is gone from the cache"),
];

static S3_BUCKET: &[Row] = &[
    on("LifecycleConfiguration.Rules.ExpirationInDays", Falls)
        .loses_data("objects older than the new limit are deleted")
        .at(S3_LIFECYCLE),
    on("LifecycleConfiguration.Rules.NoncurrentVersionExpiration", Falls)
        .loses_data("old versions beyond the new limit are deleted")
        .at(S3_LIFECYCLE),
    on("LifecycleConfiguration.Rules.NoncurrentVersionExpirationInDays", Falls)
        .loses_data("old versions beyond the new limit are deleted")
        .at(S3_LIFECYCLE),
    on("LifecycleConfiguration", Brings("Expiration"))
        .loses_data_perhaps("objects that the rules expire are deleted, also those that are there already")
        .at(S3_LIFECYCLE),
];

static LOGS_LOG_GROUP: &[Row] = &[on("RetentionInDays", Falls)
    .loses_data("log events older than the new time are deleted")
    .at("Amazon CloudWatch Logs user guide, change log data retention")];

static KINESIS_STREAM: &[Row] =
    &[on("RetentionPeriodHours", Falls).loses_data("records older than the new time can't be read any more")];

static SQS_QUEUE: &[Row] = &[on("MessageRetentionPeriod", Falls)
    .loses_data_perhaps("messages that have waited longer than the new time are deleted")];

static MSK_CLUSTER: &[Row] = &[
    changed("KafkaVersion")
        .interrupts_perhaps("brokers restart one after the other; topics with one replica are down meanwhile")
        .at(MSK_ROLLING),
    changed("BrokerNodeGroupInfo.InstanceType")
        .interrupts_perhaps("brokers restart one after the other; topics with one replica are down meanwhile")
        .at(MSK_ROLLING),
    changed("ConfigurationInfo")
        .interrupts_perhaps("brokers restart one after the other; topics with one replica are down meanwhile")
        .at(MSK_ROLLING),
];

static OPEN_SEARCH_SERVICE_DOMAIN: &[Row] = &[
    on("EngineVersion", Unless("EnableVersionUpgrade"))
        .replaces("without EnableVersionUpgrade in its update policy, another version makes a new, empty domain")
        .at(UPDATE_POLICY),
    changed("EngineVersion").in_place("upgraded where it is, by its update policy").at(UPDATE_POLICY),
    changed("ClusterConfig")
        .in_place("a second set of nodes takes over (blue/green): slower for a while, not down")
        .at("Amazon OpenSearch Service developer guide, making configuration changes"),
];

static ELASTICSEARCH_DOMAIN: &[Row] = &[on("ElasticsearchVersion", Unless("EnableVersionUpgrade"))
    .replaces("without EnableVersionUpgrade in its update policy, another version makes a new, empty domain")
    .at(UPDATE_POLICY)];

/// The rules of a type.
pub(super) fn rows(kind: &str) -> &'static [Row] {
    match kind {
        "AWS::ElastiCache::ReplicationGroup" => ELASTI_CACHE_REPLICATION_GROUP,
        "AWS::ElastiCache::CacheCluster" => ELASTI_CACHE_CACHE_CLUSTER,
        "AWS::S3::Bucket" => S3_BUCKET,
        "AWS::Logs::LogGroup" => LOGS_LOG_GROUP,
        "AWS::Kinesis::Stream" => KINESIS_STREAM,
        "AWS::SQS::Queue" => SQS_QUEUE,
        "AWS::MSK::Cluster" => MSK_CLUSTER,
        "AWS::OpenSearchService::Domain" => OPEN_SEARCH_SERVICE_DOMAIN,
        "AWS::Elasticsearch::Domain" => ELASTICSEARCH_DOMAIN,
        _ => &[],
    }
}

/// The types that have rules here.
#[cfg(test)]
pub(super) const KINDS: &[&str] = &[
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::CacheCluster",
    "AWS::S3::Bucket",
    "AWS::Logs::LogGroup",
    "AWS::Kinesis::Stream",
    "AWS::SQS::Queue",
    "AWS::MSK::Cluster",
    "AWS::OpenSearchService::Domain",
    "AWS::Elasticsearch::Domain",
];
