//! The connection to the database, checked as a provider's must be.

use crate::{
    program::{Outcome, with},
    servers::Database,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn verified(database: &Database, host: &str) -> Vec<(String, String)> {
    let mut variables = database.variables();
    variables.retain(|(name, _)| !["DATABASE_HOST", "DATABASE_TLS"].contains(&name.as_str()));
    with(&variables, &[("DATABASE_HOST", host), ("DATABASE_PASSWORD", "open sesame")])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_believed_by_its_authority_and_name_only() -> Result<()> {
    let database = Database::empty("checked").await?;
    let authority = database.authority.display().to_string();
    let right = with(&verified(&database, "localhost"), &[("DATABASE_CA_FILE", &authority)]);
    let outcome = Outcome::of("migrate", &right).await?;
    assert_eq!(outcome.code, Some(0), "{}", outcome.log);

    let unknown = Outcome::of("migrate", &verified(&database, "localhost")).await?;
    assert_eq!(unknown.code, Some(1), "an authority that nobody named is believed");
    let other_name = with(&verified(&database, "127.0.0.1"), &[("DATABASE_CA_FILE", &authority)]);
    let other_name = Outcome::of("migrate", &other_name).await?;
    assert_eq!(other_name.code, Some(1), "a certificate for another name is believed");
    for outcome in [&unknown, &other_name] {
        assert!(outcome.log.contains("certificate"), "refused for another reason: {}", outcome.log);
    }
    assert!(!unknown.log.contains("open sesame") && !other_name.log.contains("open sesame"));
    Ok(())
}
