//! A version of an engine that AWS isn't known to run.
//!
//! Why: the database or cache would fail to be created. A version that AWS added after this version of landfall is right all the
//! same, so it is only warned of.
//! Mend: choose a version that AWS runs.
//! Source: Amazon RDS for PostgreSQL release notes, "Release calendar"; ElastiCache user guide, "Comparing node-based Valkey,
//! Memcached, and Redis OSS clusters", November 2026.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::listing::listed;
use crate::model::cache::CacheEngine;
use crate::model::database::DatabaseEngine;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "aws-engine-version";

const POSTGRESQL: &[&str] = &["13", "14", "15", "16", "17", "18"];
const REDIS: &[&str] = &["4", "5", "6", "7"];
const VALKEY: &[&str] = &["7", "8", "9"];

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let databases = stack.databases.iter().map(|(name, database)| {
        let (engine, majors) = match database.engine {
            DatabaseEngine::Postgresql => ("PostgreSQL", POSTGRESQL),
        };
        (["databases", name.as_str(), "version"], engine, majors, &database.version)
    });
    let caches = stack.caches.iter().map(|(name, cache)| {
        let (engine, majors) = match cache.engine {
            CacheEngine::Redis => ("Redis", REDIS),
            CacheEngine::Valkey => ("Valkey", VALKEY),
        };
        (["caches", name.as_str(), "version"], engine, majors, &cache.version)
    });
    databases
        .chain(caches)
        .filter(|(_, _, majors, version)| !majors.contains(&version.split('.').next().unwrap_or_default()))
        .map(|(path, engine, majors, version)| {
            Finding::warning(CODE, path, format!("AWS isn't known to run {engine} {version}"))
                .why(format!("when this version of landfall was made it ran {engine} {}", listed(majors)))
                .fix("check the version, or choose one of these")
        })
        .collect()
}
