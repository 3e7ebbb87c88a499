//! The role `migrate`.

use crate::{program::Outcome, servers::Database};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::test(flavor = "multi_thread")]
async fn two_that_migrate_at_once_both_succeed_and_migrate_once() -> Result<()> {
    let database = Database::empty("racing").await?;
    let variables = database.variables();
    let (one, other) = tokio::join!(Outcome::of("migrate", &variables), Outcome::of("migrate", &variables));
    let (one, other) = (one?, other?);
    assert_eq!((one.code, other.code), (Some(0), Some(0)), "{}\n{}", one.log, other.log);
    let applied = database.count("select count(*) from _sqlx_migrations where success").await?;
    assert_eq!(applied as usize, engine::database::migration::MIGRATIONS.iter().count());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_too_old_stops_a_role_before_it_works() -> Result<()> {
    let database = Database::empty("unmigrated").await?;
    let outcome = Outcome::of("propose", &database.variables()).await?;
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.log.contains("run the role migrate first"), "{}", outcome.log);
    assert_eq!(outcome.sum("DatabaseErrors"), 1.0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_is_named_and_counted() -> Result<()> {
    let database = Database::empty("absent").await?;
    let mut variables = database.variables();
    variables.retain(|(name, _)| name != "DATABASE_NAME");
    variables.push(("DATABASE_NAME".into(), "nowhere".into()));
    let outcome = Outcome::of("migrate", &variables).await?;
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.log.contains("nowhere"), "{}", outcome.log);
    assert_eq!(outcome.sum("DatabaseErrors"), 1.0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_says_nothing_is_refused_with_everything_it_lacks() -> Result<()> {
    let outcome = Outcome::of("crm", &[]).await?;
    assert_eq!(outcome.code, Some(64));
    for name in ["DATABASE_HOST", "DATABASE_NAME", "DATABASE_USER", "CRM_URL", "CRM_TENANT", "CRM_KEY", "AWS_REGION"] {
        assert!(outcome.log.contains(name), "{name} is not in {}", outcome.log);
    }
    assert_eq!(Outcome::of("streamlit", &[]).await?.code, Some(64));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_logs_in_by_identity_is_let_in_to_rows_and_to_nothing_more() -> Result<()> {
    let database = Database::empty("logins").await?;
    database.execute_as("postgres", "create role rds_iam").await?;
    let mut variables = database.variables();
    variables.push(("DATABASE_LOGINS".into(), "clerk, porter".into()));
    let (one, other) = tokio::join!(Outcome::of("migrate", &variables), Outcome::of("migrate", &variables));
    let (one, other) = (one?, other?);
    assert_eq!((one.code, other.code), (Some(0), Some(0)), "{}\n{}", one.log, other.log);
    let members = "select count(*) from pg_auth_members where roleid = 'rds_iam'::regrole";
    assert_eq!(database.count(members).await?, 2);
    let row = "insert into parcels (external_id, synthetic, address, roof_years, geom)
               values ('1', true, 'x', 1, st_setsrid(st_makepoint(-96.8, 32.8), 4326))";
    database.execute_as("clerk", row).await?;
    database.execute_as("clerk", "delete from parcels").await?;
    database.execute_as("clerk", "select version from _sqlx_migrations").await?;
    for refused in
        ["delete from _sqlx_migrations", "drop table parcels", "create table mine ()", "delete from spatial_ref_sys"]
    {
        let answer = database.execute_as("clerk", refused).await;
        let said = answer.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains("permission denied") || said.contains("must be owner"), "{refused}: {said}");
    }
    variables.retain(|(name, _)| name != "DATABASE_LOGINS");
    variables.push(("DATABASE_LOGINS".into(), "a; drop role postgres".into()));
    let outcome = Outcome::of("migrate", &variables).await?;
    assert!(outcome.code == Some(64) && outcome.log.contains("DATABASE_LOGINS"), "{}", outcome.log);
    Ok(())
}
