//! The schema's versions, and which of them the release before can live with.

use sqlx::{migrate::Migrator, postgres::PgPool};

use super::DatabaseError;

/// Every migration, oldest first; each file opens with `-- release-before: compatible` or `-- release-before: breaks`.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The mark with which a migration opens.
const MARK: &str = "-- release-before: ";

/// Whether a migration may run while the release before is still at work (expand), or only after it is gone (contract).
/// Nothing when its first line does not say.
pub fn compatible(sql: &str) -> Option<bool> {
    match sql.lines().next()?.strip_prefix(MARK)?.trim() {
        "compatible" => Some(true),
        "breaks" => Some(false),
        _ => None,
    }
}

/// The schema versions that this release works with, oldest and newest that it knows: its own newest is the least, for it
/// uses everything in it.
pub fn range() -> (i64, i64) {
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
    (newest, newest)
}

/// The oldest version whose release still works with the newest: back from there as long as each migration is compatible with
/// the release before it.
pub fn works_from() -> i64 {
    let mut versions: Vec<_> = MIGRATIONS.iter().map(|one| (one.version, compatible(one.sql.as_str()))).collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    chain(&versions)
}

/// The same for versions from the newest on, each with its mark. Before the first there is no release.
fn chain(versions: &[(i64, Option<bool>)]) -> i64 {
    let mut oldest = versions.first().map_or(0, |(version, _)| *version);
    for pair in versions.windows(2) {
        if pair[0].1 != Some(true) {
            break;
        }
        oldest = pair[1].0;
    }
    oldest
}

/// Brings the schema up to date. Two that run at once wait for each other on the database's advisory lock, and the second
/// finds nothing to do. Returns the version before and after.
///
/// # Errors
/// When a statement fails (that migration is then not applied) or the database holds a migration that this release does not
/// know.
pub async fn migrate(pool: &PgPool) -> Result<(i64, i64), DatabaseError> {
    let before = version(pool).await?;
    MIGRATIONS.run(pool).await?;
    Ok((before, version(pool).await?))
}

/// The newest migration that the database holds, nought for an empty one.
///
/// # Errors
/// When the database does not answer.
pub async fn version(pool: &PgPool) -> Result<i64, DatabaseError> {
    let known: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(pool).await?;
    if !known {
        return Ok(0);
    }
    Ok(sqlx::query_scalar("select coalesce(max(version), 0) from _sqlx_migrations where success")
        .fetch_one(pool)
        .await?)
}

/// Refuses a schema that this release cannot work with. A newer one is fine: a later release expanded it.
///
/// # Errors
/// When it is too old, or the database does not answer.
pub async fn check(pool: &PgPool) -> Result<(), DatabaseError> {
    let (least, _) = range();
    let found = version(pool).await?;
    if found < least { Err(DatabaseError::Schema { found, least }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, chain, compatible};

    /// Statements after which the release before no longer finds what it reads or writes.
    const BREAKING: [&str; 6] = ["drop table", "drop column", "rename", "set not null", "alter column", "drop schema"];

    #[test]
    fn every_migration_says_whether_the_release_before_can_live_with_it() {
        for migration in MIGRATIONS.iter() {
            let sql = migration.sql.as_str().to_lowercase();
            let says = compatible(&sql).unwrap_or_else(|| panic!("{} does not say", migration.version));
            let breaks = BREAKING.iter().any(|words| sql.contains(words));
            assert!(!(says && breaks), "{} says it is compatible, but drops or narrows something", migration.version);
        }
    }

    #[test]
    fn a_migration_that_takes_away_ends_the_line_of_releases_that_work() {
        let (adds, breaks) = (Some(true), Some(false));
        assert_eq!(chain(&[(4, adds), (3, adds), (2, breaks), (1, adds)]), 2);
        assert_eq!(chain(&[(4, breaks), (3, adds)]), 4);
        assert_eq!(chain(&[(1, adds)]), 1);
        assert_eq!(chain(&[]), 0);
    }

    #[test]
    fn a_mark_is_one_of_two_words() {
        assert_eq!(compatible("-- release-before: compatible\ncreate"), Some(true));
        assert_eq!(compatible("-- release-before: breaks\n"), Some(false));
        assert_eq!(compatible("-- release-before: maybe"), None);
        assert_eq!(compatible("create table x ()"), None);
    }
}
