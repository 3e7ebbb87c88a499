//! Caches: Amazon ElastiCache, a replication group with TLS and a token.

mod class;

use serde_json::{Value, json};

use super::draft::{Draft, Suppressed};
use super::encryption::Purpose;
use super::expression::{attribute, reference, sub};
use super::network::{self, firewall};
use super::{log, names};
use crate::diagnostics::finding::Finding;
use crate::model::cache::{CACHE_PORT, Cache, CacheEngine};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};

/// Days that snapshots are kept (ElastiCache API reference, CreateReplicationGroup).
const SNAPSHOTS: std::ops::RangeInclusive<u64> = 1..=35;
/// The shortest window in minutes (same place).
const SHORTEST_WINDOW: u16 = 60;

/// The port.
pub(super) fn port() -> u16 {
    CACHE_PORT
}

/// Adds a cache and what belongs to it.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, cache: &Cache) {
    let of = Reference::new(Kind::Cache, name);
    let component = of.to_string();
    let id = names::logical(&of);
    let Some(network) = network::needed(draft, of.path().to_vec(), "a cache") else { return };
    if cache.nodes > 1 {
        network::two_zones(draft, of.path().to_vec(), "a cache of several nodes", network.private.len(), "private");
    }
    check(draft, &of, cache);
    let class = class::of(cache.memory);

    firewall::store(draft, &of);
    draft.add(
        &component,
        format!("{id}Subnets"),
        "AWS::ElastiCache::SubnetGroup",
        json!({ "Description": format!("private subnets of {of}"), "SubnetIds": network::private_subnets(network) }),
    );
    draft.add(
        &component,
        format!("{id}Parameters"),
        "AWS::ElastiCache::ParameterGroup",
        json!({
            "Description": format!("settings of {of}"),
            "CacheParameterGroupFamily": family(cache),
            "Properties": { "maxmemory-policy": cache.eviction.policy() },
        }),
    );
    let key = draft.key(Purpose::Data);
    let token = format!("{id}Token");
    draft
        .add(
            &component,
            &token,
            "AWS::SecretsManager::Secret",
            json!({
                "Description": format!("The token of {of}"),
                "KmsKeyId": key,
                // 16 to 128 printable characters, few signs among them (ElastiCache user guide, "Authenticating with AUTH").
                "GenerateSecretString": { "PasswordLength": 64, "ExcludePunctuation": true },
            }),
        )
        .policies("Delete", "Delete");
    let logs = format!("{id}Logs");
    log::workload_group(draft, &component, &logs);
    let logged = |what: &str| {
        json!({
            "LogType": what,
            "LogFormat": "json",
            "DestinationType": "cloudwatch-logs",
            "DestinationDetails": { "CloudWatchLogsDetails": { "LogGroup": reference(&logs) } },
        })
    };
    let key = draft.key(Purpose::Data);
    let resource = draft.add(
        &component,
        &id,
        "AWS::ElastiCache::ReplicationGroup",
        json!({
            "ReplicationGroupDescription": of.to_string(),
            "Engine": engine(cache.engine),
            "EngineVersion": version(cache),
            "CacheNodeType": class,
            "NumCacheClusters": cache.nodes,
            "Port": CACHE_PORT,
            "AutomaticFailoverEnabled": cache.nodes > 1,
            "MultiAZEnabled": cache.nodes > 1,
            "AtRestEncryptionEnabled": true,
            "KmsKeyId": key,
            "TransitEncryptionEnabled": true,
            "TransitEncryptionMode": "required",
            // CloudFormation reads the secret when it makes the cache; the template holds only where it is.
            "AuthToken": sub(format!("{{{{resolve:secretsmanager:${{{token}}}}}}}")),
            "CacheSubnetGroupName": reference(format!("{id}Subnets")),
            "CacheParameterGroupName": reference(format!("{id}Parameters")),
            "SecurityGroupIds": [firewall::group_id(&firewall::group(&of))],
            "SnapshotRetentionLimit": cache.backup.map(|backup| backup.keep.as_days()),
            "SnapshotWindow": cache.backup.and_then(|backup| backup.window).map(|window| window.to_string()),
            "PreferredMaintenanceWindow": cache.maintenance.map(|window| {
                format!("{}:{}-{}:{}", window.day.letters(), window.time.from, window.closes_on().letters(), window.time.to)
            }),
            "AutoMinorVersionUpgrade": true,
            "LogDeliveryConfigurations": [logged("slow-log"), logged("engine-log")],
        }),
    );
    // Only what is copied can be taken a last copy of; small burstable nodes can't.
    resource.policies(if cache.backup.is_some() { "Snapshot" } else { "Delete" }, "Snapshot");
    draft.output(format!("{id}Host"), format!("The host of {of}"), attribute(&id, "PrimaryEndPoint.Address"));
}

fn engine(engine: CacheEngine) -> &'static str {
    match engine {
        CacheEngine::Redis => "redis",
        CacheEngine::Valkey => "valkey",
    }
}

/// ElastiCache asks for major and minor; a major alone means its newest minor.
fn version(cache: &Cache) -> Value {
    let known = match (cache.engine, cache.version.as_str()) {
        (CacheEngine::Redis, "7") => "7.1",
        (CacheEngine::Redis, "6") => "6.2",
        (CacheEngine::Valkey, "7") => "7.2",
        (CacheEngine::Valkey, "8") => "8.2",
        (_, exact) => exact,
    };
    json!(known)
}

/// The family of settings (ElastiCache user guide, "Parameter management").
fn family(cache: &Cache) -> String {
    let major = cache.version.split('.').next().unwrap_or_default();
    match (cache.engine, major) {
        (CacheEngine::Redis, "6") => "redis6.x".to_owned(),
        (engine, major) => format!("{}{major}", self::engine(engine)),
    }
}

/// What AWS would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, of: &Reference, cache: &Cache) {
    let at = |keys: &[&str]| {
        let mut path = of.path().to_vec();
        path.extend(keys.iter().map(|key| (*key).to_owned()));
        path
    };
    if class::of(cache.memory).is_none() {
        draft.findings.push(
            Finding::error("cache-memory", at(&["memory"]), format!("no ElastiCache node has `{}`", cache.memory))
                .why("the largest that landfall chooses has 419 GiB")
                .fix("ask for less memory a node"),
        );
    }
    if let Some(backup) = &cache.backup {
        if !SNAPSHOTS.contains(&backup.keep.as_days()) || backup.keep.as_days() * 86_400 != backup.keep.as_seconds() {
            draft.findings.push(
                Finding::error(
                    "cache-backup",
                    at(&["backup", "keep"]),
                    format!("ElastiCache can't keep copies for `{}`", backup.keep),
                )
                .why("it keeps them for whole days, 35 at most")
                .fix("choose a time from `1d` to `35d`, or leave `backup` out"),
            );
        }
        if let Some(window) = backup.window.filter(|window| window.minutes() < SHORTEST_WINDOW) {
            draft.findings.push(
                Finding::error("cache-window", at(&["backup", "window"]), format!("`{window}` is too short"))
                    .why("ElastiCache asks for an hour")
                    .fix("make it 60 minutes or longer"),
            );
        }
    }
    if let Some(window) = cache.maintenance.filter(|window| window.time.minutes() < SHORTEST_WINDOW) {
        draft.findings.push(
            Finding::error("cache-window", at(&["maintenance"]), format!("`{window}` is too short"))
                .why("ElastiCache asks for an hour")
                .fix("make it 60 minutes or longer"),
        );
    }
}
