//! The database: PostgreSQL with PostGIS, the only truth there is.

pub mod identity;
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

/// A pool on the configured database, of which one connection has been made.
///
/// # Errors
/// When no connection can be had within ten seconds.
pub async fn connect(configuration: &Configuration) -> Result<PgPool, DatabaseError> {
    let host = configuration.known("DATABASE_HOST");
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(host)
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
        options = options.password(&secret::resolve(password).await?);
    } else if configuration.database_by_identity() {
        options = options.password(&identity::token(configuration).await?);
    }
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await
        .map_err(|source| DatabaseError::Connect { host: host.to_owned(), source })
}
