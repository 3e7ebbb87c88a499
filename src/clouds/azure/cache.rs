//! Caches: Azure Managed Redis, reached through the network with a token.

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::{expression, quoted};
use super::id::Id;
use super::{names, network, protection, types};
use crate::model::cache::{Cache, CacheEngine, Eviction};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};

mod class;

const DATABASES: &str = "Microsoft.Cache/redisEnterprise/databases";
/// The version that the service runs (Azure Managed Redis documentation, "Overview").
const VERSION: &str = "7";

/// The cluster of a cache.
pub(super) fn id(draft: &Draft<'_>, name: &Name) -> Id {
    Id::new("Microsoft.Cache/redisEnterprise", draft.global(name.as_str(), names::CACHE))
}

/// The token of a cache, asked for while the template is carried out.
pub(super) fn keys(draft: &Draft<'_>, name: &Name) -> Value {
    let database = id(draft, name).child(DATABASES, "default");
    let api = quoted(types::find(DATABASES).api);
    expression(format!("listKeys({}, {api}).primaryKey", database.text()))
}

/// Adds a cache.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, cache: &Cache) {
    let of = Reference::new(Kind::Cache, name);
    let component = of.to_string();
    check(draft, &of, cache);
    let Some(class) = class::class(cache.memory) else {
        return draft.never(
            "azure-cache-size",
            &of,
            ["memory"],
            format!("a cache of {}", cache.memory),
            "the largest balanced cache has 960 GiB",
            "ask for less",
        );
    };
    if !network::needed(draft, &of) {
        return;
    }
    let id = id(draft, name);
    draft.add(
        &component,
        &id,
        json!({
            "sku": { "name": class },
            "properties": {
                "highAvailability": if cache.nodes > 1 { "Enabled" } else { "Disabled" },
                "minimumTlsVersion": "1.2",
                "publicNetworkAccess": "Disabled",
            },
        }),
    );
    let eviction = match cache.eviction {
        Eviction::Noeviction => "NoEviction",
        Eviction::AllkeysLru => "AllKeysLRU",
        Eviction::AllkeysLfu => "AllKeysLFU",
        Eviction::VolatileLru => "VolatileLRU",
        Eviction::VolatileTtl => "VolatileTTL",
    };
    let persistence = cache.backup.map(|_| json!({ "rdbEnabled": true, "rdbFrequency": "12h", "aofEnabled": false }));
    draft.add(
        &component,
        &id.child(DATABASES, "default"),
        json!({
            "properties": {
                "accessKeysAuthentication": "Enabled",
                "clientProtocol": "Encrypted",
                // One address for everything: clients that know nothing of clusters work with it.
                "clusteringPolicy": "EnterpriseCluster",
                "evictionPolicy": eviction,
                "persistence": persistence,
                "port": network::MANAGED_CACHE_PORT,
            },
        }),
    );
    let part = component.replace('.', "-");
    network::connect(draft, &component, &id, &part, "redisEnterprise", "privatelink.redis.azure.net");
    if draft.stack.protection.data {
        protection::lock(draft, &component, &id);
    }
    let host = id.gives("hostName");
    draft.output(format!("cache{}Host", names::pascal(name.as_str())), host);
}

fn check(draft: &mut Draft<'_>, of: &Reference, cache: &Cache) {
    if cache.engine == CacheEngine::Valkey || cache.version != VERSION {
        draft.nearly(
            "azure-cache-engine",
            of,
            ["version"],
            format!("{} {}", if cache.engine == CacheEngine::Valkey { "Valkey" } else { "Redis" }, cache.version),
            "Azure runs the newest Redis 7 that it offers, and chooses when to go on",
            "write `engine: redis` and `version: \"7\"`",
        );
    }
    if cache.nodes > 2 {
        draft.nearly(
            "azure-cache-nodes",
            of,
            ["nodes"],
            format!("{} nodes", cache.nodes),
            "a cache has one node or two; memory is chosen by its class",
            "write `nodes: 2`",
        );
    }
    if cache.backup.is_some() {
        draft.nearly(
            "azure-cache-backup",
            of,
            ["backup"],
            "daily copies, kept for a time",
            "the cache writes itself to disk every twelve hours and starts from there after a failure; earlier copies aren't kept",
            "export it to a bucket by the clock where earlier copies are needed",
        );
    }
    if cache.maintenance.is_some() {
        draft.nearly(
            "azure-cache-maintenance",
            of,
            ["maintenance"],
            "a time for patches",
            "patches come when Azure sees fit, one node after the other",
            "leave the window out for this environment",
        );
    }
}
