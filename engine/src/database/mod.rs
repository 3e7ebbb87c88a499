//! The database: PostgreSQL with PostGIS, the only truth there is.

pub mod identity;
pub mod login;
pub mod migration;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};

use crate::{configuration::Configuration, secret};

/// The database could not be reached, or a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// No connection.
    #[error("no connection to the database {host}: {source}. Check DATABASE_HOST, the network, and the login")]
    Connect {
        /// The host asked.
        host: String,
        /// What the driver says.
        source: sqlx::Error,
    },
    /// A statement failed.
    #[error("the database refused a statement: {0}")]
    Statement(#[from] sqlx::Error),
    /// The password or token could not be had.
    #[error("no login for the database: {0}")]
    Login(#[from] secret::SecretError),
    /// A migration failed.
    #[error("the schema could not be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The schema is older than this release needs.
    #[error("the database's schema is {found}, this release needs {least} at least: run the role migrate first")]
    Schema {
        /// The version found.
        found: i64,
        /// The oldest version that works.
        least: i64,
    },
}

/// Connections at most; the deployer's alarm stands at 80 for all processes together.
const CONNECTIONS: u32 = 4;

/// How often a new token is made: RDS takes one for fifteen minutes, and the pool opens connections at any time.
const NEW_TOKEN: Duration = Duration::from_secs(300);

/// A pool on the configured database, of which one connection has been made. Where the login is a token, a task renews it for
/// as long as the pool is open.
///
/// # Errors
/// When no connection can be had within ten seconds.
pub async fn connect(configuration: &Configuration) -> Result<PgPool, DatabaseError> {
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options(configuration).await?)
        .await
        .map_err(|source| DatabaseError::Connect { host: configuration.known("DATABASE_HOST").to_owned(), source })?;
    if configuration.database_by_identity() {
        tokio::spawn(renew(pool.clone(), configuration.clone()));
    }
    Ok(pool)
}

async fn renew(pool: PgPool, configuration: Configuration) {
    while !pool.is_closed() {
        tokio::time::sleep(NEW_TOKEN).await;
        match options(&configuration).await {
            Ok(options) => pool.set_connect_options(options),
            Err(error) => tracing::warn!(%error, "the database token could not be renewed"),
        }
    }
}

async fn options(configuration: &Configuration) -> Result<PgConnectOptions, DatabaseError> {
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(configuration.known("DATABASE_HOST"))
        .port(configuration.whole("DATABASE_PORT") as u16)
        .database(configuration.known("DATABASE_NAME"))
        .username(configuration.known("DATABASE_USER"))
        .application_name("stormops-engine");
    options = if configuration.text("DATABASE_TLS") == Some("off") {
        options.ssl_mode(PgSslMode::Disable)
    } else {
        let options = options.ssl_mode(PgSslMode::VerifyFull);
        match configuration.text("DATABASE_CA_FILE") {
            Some(file) => options.ssl_root_cert(file),
            None => options,
        }
    };
    if let Some(password) = configuration.text("DATABASE_PASSWORD") {
        options = options.password(&secret::password(secret::resolve(password).await?));
    } else if configuration.database_by_identity() {
        options = options.password(&identity::token(configuration).await?);
    }
    Ok(options)
}
