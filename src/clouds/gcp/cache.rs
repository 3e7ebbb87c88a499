//! Caches: Memorystore for Redis, without a public address, over TLS, with a token.

use serde_json::{Value, json};

use super::draft::{Draft, at, attribute};
use super::names::{self, CACHE};
use super::network;
use super::secret;
use crate::diagnostics::finding::Finding;
use crate::model::cache::{Cache, CacheEngine};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::window::Day;

/// The type of a cache.
pub(super) const KIND: &str = "google_redis_instance";
/// The port on which it answers over TLS (Memorystore for Redis documentation, "About in-transit encryption").
pub(super) const PORT: u16 = 6378;

/// Memory of an instance in GiB (Memorystore for Redis documentation, "Instance and node specification"); with copies that serve
/// reads, five at least.
const MEMORY: std::ops::RangeInclusive<u64> = 1..=300;
const MEMORY_WITH_READERS: u64 = 5;
/// Versions that can be made, with the cloud's word for each.
const VERSIONS: [(&str, &str); 6] = [
    ("7", "REDIS_7_2"),
    ("7.2", "REDIS_7_2"),
    ("7.0", "REDIS_7_0"),
    ("6", "REDIS_6_X"),
    ("6.2", "REDIS_6_X"),
    ("5", "REDIS_5_0"),
];

/// Adds a cache and the place of its token.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, cache: &Cache) {
    let of = Reference::new(Kind::Cache, name);
    let component = of.to_string();
    let local = names::local(&of);
    if network::needed(draft, at(&of, &[]), "a cache").is_none() {
        return;
    }
    match cache.engine {
        CacheEngine::Redis => {}
        CacheEngine::Valkey => {
            return draft.refuse(
                "gcp-valkey",
                &of,
                &["engine"],
                "Valkey",
                "landfall renders Memorystore for Redis only",
                "take `redis`, whose protocol is the same",
            );
        }
    }
    let version = VERSIONS.iter().find(|(asked, _)| *asked == cache.version).map(|(_, word)| *word);
    let Some(version) = version else {
        return draft.refuse(
            "gcp-cache-version",
            &of,
            &["version"],
            format!("Redis {}", cache.version),
            "Memorystore has 5, 6, 7.0 and 7.2",
            "write `\"7\"`",
        );
    };
    check(draft, &of, cache);
    let (region, target) = (draft.region(), draft.target);
    let readers = cache.nodes.saturating_sub(1);
    let resource = draft.add(
        &component,
        KIND,
        &local,
        json!({
            "name": names::physical(target, name, CACHE),
            "region": region,
            "tier": if cache.nodes > 1 { "STANDARD_HA" } else { "BASIC" },
            "memory_size_gb": cache.memory.as_gibibytes(),
            "redis_version": version,
            "replica_count": (readers > 1).then_some(readers),
            "read_replicas_mode": (readers > 1).then_some("READ_REPLICAS_ENABLED"),
            "auth_enabled": true,
            "transit_encryption_mode": "SERVER_AUTHENTICATION",
            "connect_mode": "PRIVATE_SERVICE_ACCESS",
            "authorized_network": attribute("google_compute_network", network::LOCAL, "id"),
            "reserved_ip_range": attribute("google_compute_global_address", network::PRIVATE_SERVICES, "name"),
            "redis_configs": { "maxmemory-policy": cache.eviction.policy() },
            "persistence_config": cache.backup.map(|_| json!({
                "persistence_mode": "RDB",
                "rdb_snapshot_period": "TWENTY_FOUR_HOURS",
            })),
            "maintenance_policy": cache.maintenance.map(|window| json!({
                "weekly_maintenance_window": {
                    "day": day(window.day),
                    "start_time": { "hours": window.time.from.minutes() / 60, "minutes": 0 },
                },
            })),
        }),
    );
    resource.depends_on.insert(network::peering());
    let token = attribute(KIND, &local, "auth_string");
    secret::made(draft, &of, &format!("{local}_token"), &format!("{name}-token"), token);
    draft.output(format!("{local}_host"), format!("Where {of} listens"), attribute(KIND, &local, "host"));
}

/// What gives the address of a cache.
pub(super) fn addresses(name: &Name) -> Vec<String> {
    vec![format!("{KIND}.{}.host", names::local(&Reference::new(Kind::Cache, name)))]
}

fn day(day: Day) -> &'static str {
    match day {
        Day::Monday => "MONDAY",
        Day::Tuesday => "TUESDAY",
        Day::Wednesday => "WEDNESDAY",
        Day::Thursday => "THURSDAY",
        Day::Friday => "FRIDAY",
        Day::Saturday => "SATURDAY",
        Day::Sunday => "SUNDAY",
    }
}

fn check(draft: &mut Draft<'_>, of: &Reference, cache: &Cache) {
    let memory = cache.memory.as_gibibytes();
    if !MEMORY.contains(&memory) {
        draft.findings.push(
            Finding::error("gcp-cache-memory", at(of, &["memory"]), format!("a cache of `{}`", cache.memory))
                .why("Memorystore's caches hold from 1 to 300 GiB")
                .fix("choose a size within that"),
        );
    }
    if cache.nodes > 2 && memory < MEMORY_WITH_READERS {
        draft.findings.push(
            Finding::error(
                "gcp-cache-readers",
                at(of, &["nodes"]),
                format!("{} nodes of `{}`", cache.nodes, cache.memory),
            )
            .why("Memorystore lets copies serve reads from 5 GiB on")
            .fix("ask for two nodes, or for 5 GiB"),
        );
    }
    if let Some(backup) = &cache.backup {
        draft.nearly(
            "gcp-cache-backup",
            of,
            &["backup"],
            format!("daily copies kept for {} days", backup.keep.as_days()),
            "Memorystore takes a snapshot a day at a time of its own, and keeps the newest: it comes back by itself after a failure",
            "leave it out, or export to a bucket",
        );
    }
    if let Some(window) =
        cache.maintenance.filter(|window| window.time.minutes() != 60 || window.time.from.minutes() % 60 != 0)
    {
        draft.nearly(
            "gcp-maintenance-window",
            of,
            &["maintenance"],
            format!("work on it {window}"),
            "Memorystore's windows begin on the hour and last one: the hour in which this one begins",
            "ask for one hour",
        );
    }
}

/// The token's place in Secret Manager.
pub(super) fn token(of: &Reference) -> Value {
    attribute("google_secret_manager_secret", &format!("{}_token", names::local(of)), "secret_id")
}
