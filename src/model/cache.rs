//! An in-memory store, run by the cloud.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::{Size, Time};
use super::window::{DailyWindow, WeeklyWindow};

/// An in-memory store that speaks the Redis protocol. It is private, encrypted at rest and in transit, and asks for a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cache {
    /// Which store it is.
    pub engine: CacheEngine,
    /// The engine's version: major (`"7"`) or exact (`"7.1"`).
    #[schemars(regex(pattern = r"^[1-9][0-9]*(\.[0-9]+)*$"), extend("x-expects" = "a version in quotes, such as \"7.1\""))]
    pub version: String,
    /// Memory of each node. The cloud's nearest class with at least so much is taken.
    pub memory: Size,
    /// How many nodes hold the data; with two or more, another takes over when the first fails.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 6))]
    pub nodes: u32,
    /// What gives way when the memory is full.
    #[serde(default)]
    pub eviction: Eviction,
    /// Copies for recovery; none where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<CacheBackup>,
    /// When the cloud may patch it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<WeeklyWindow>,
}

fn one() -> u32 {
    1
}

/// Which in-memory store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CacheEngine {
    /// Redis.
    Redis,
    /// Valkey, the open continuation of Redis 7.2.
    Valkey,
}

/// What gives way when the memory is full; the engine's own words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Eviction {
    /// Nothing: writes fail.
    Noeviction,
    /// The key used longest ago.
    #[default]
    AllkeysLru,
    /// The key used least often.
    AllkeysLfu,
    /// Of the keys with an expiry, the one used longest ago.
    VolatileLru,
    /// Of the keys with an expiry, the one that expires first.
    VolatileTtl,
}

impl Eviction {
    /// The engine's own name of the policy (`maxmemory-policy`).
    pub const fn policy(self) -> &'static str {
        match self {
            Eviction::Noeviction => "noeviction",
            Eviction::AllkeysLru => "allkeys-lru",
            Eviction::AllkeysLfu => "allkeys-lfu",
            Eviction::VolatileLru => "volatile-lru",
            Eviction::VolatileTtl => "volatile-ttl",
        }
    }
}

/// Daily copies of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CacheBackup {
    /// How long they are kept, in whole days.
    pub keep: Time,
    /// When the daily copy is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<DailyWindow>,
}

/// The port on which the store listens (IANA: redis).
pub const CACHE_PORT: u16 = 6379;
