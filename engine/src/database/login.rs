//! The users that the other roles log in as, each by its own identity instead of a password.

use sqlx::{Acquire, postgres::PgPool};

use super::DatabaseError;

/// Held while users are made, so that two that run at once don't make the same one: any number that nothing else takes.
const LOCK: i64 = 0x6c6f_6769_6e73;

/// The role whose members RDS lets in with a token ("Creating a database account using IAM authentication"). Other databases have none.
const BY_IDENTITY: &str = "rds_iam";

/// Tables that the migrations keep for themselves: others read them, to know the schema's version.
const OF_MIGRATIONS: &str = "_sqlx_migrations";

/// Whether a text can be a user's name as it is, without quotes: what PostgreSQL calls an identifier, in lower case.
pub fn is_name(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Lets these users in: makes those that are not there, without a password, and gives them the rows of every table of this user's,
/// but neither the tables themselves nor what extensions brought. Done again, nothing changes. Returns those that were made.
///
/// # Errors
/// When a statement fails; then none of it was done.
pub async fn admit(pool: &PgPool, names: &[&str]) -> Result<Vec<String>, DatabaseError> {
    let mut connection = pool.acquire().await?;
    let mut all = connection.begin().await?;
    sqlx::query("select pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *all).await?;
    let by_identity: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(BY_IDENTITY)
        .fetch_one(&mut *all)
        .await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "select quote_ident(relname) from pg_class
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and pg_get_userbyid(relowner) = current_user
           and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
         order by 1",
    )
    .fetch_all(&mut *all)
    .await?;
    let mut made = Vec::new();
    for name in names.iter().filter(|name| is_name(name)) {
        let there: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
            .bind(name)
            .fetch_one(&mut *all)
            .await?;
        let mut statements = Vec::new();
        if !there {
            statements.push(format!("create role {name} login"));
            made.push((*name).to_owned());
        }
        if by_identity {
            statements.push(format!("grant {BY_IDENTITY} to {name}"));
        }
        statements.push(format!("grant usage on schema public to {name}"));
        for table in &tables {
            let rights = if table == OF_MIGRATIONS { "select" } else { "select, insert, update, delete" };
            statements.push(format!("grant {rights} on {table} to {name}"));
        }
        for statement in statements {
            // Names are identifiers, and tables are quoted by PostgreSQL itself.
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *all).await?;
        }
    }
    all.commit().await?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn a_name_is_an_identifier_that_needs_no_quotes() {
        assert!(is_name("earth2_ingestion") && is_name("_x") && is_name(&"a".repeat(63)));
        for wrong in ["", "2nd", "Upper", "a-b", "a\"; drop role b; --", "ä", &"a".repeat(64)] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }
}
