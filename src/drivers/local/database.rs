//! PostgreSQL, at the address that `LANDFALL_DRILL_DATABASE` holds. It holds a password, so it is no flag: it would stand in the list of
//! processes.

#![expect(clippy::disallowed_methods, reason = "a secret comes in by the environment and in no other way")]

use std::str::FromStr as _;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};

use crate::ports::database::{Database, DatabaseError, Ended, Transaction};

/// The variable.
const VARIABLE: &str = "LANDFALL_DRILL_DATABASE";

/// How long a database may take to let somebody in. Ours.
const ANSWER: Duration = Duration::from_secs(15);

/// The database of a drill.
#[derive(Clone, Copy, Debug)]
pub struct DrillDatabase;

impl DrillDatabase {
    fn address(self) -> Result<Option<PgConnectOptions>, DatabaseError> {
        let wrong = |why: &str| DatabaseError::Address { variable: VARIABLE, why: why.to_owned() };
        let Some(text) = std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) else { return Ok(None) };
        let text = text.into_string().map_err(|_| wrong("it isn't text in UTF-8"))?;
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(wrong("it doesn't begin with postgres://"));
        }
        // What is wrong with it may quote it: only the form is told.
        let options =
            PgConnectOptions::from_str(&text).map_err(|_| wrong("it isn't postgres://USER:PASSWORD@HOST:PORT/NAME"))?;
        Ok(Some(options.application_name("landfall drill").disable_statement_logging()))
    }

    async fn connect(self) -> Result<PgConnection, DatabaseError> {
        let unreachable = |why: String| DatabaseError::Unreachable { variable: VARIABLE, why };
        let Some(options) = self.address()? else {
            return Err(DatabaseError::Address { variable: VARIABLE, why: "it is not set".to_owned() });
        };
        match tokio::time::timeout(ANSWER, PgConnection::connect_with(&options)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(unreachable(said(&error))),
            Err(_) => Err(unreachable(format!("no answer within {} s", ANSWER.as_secs()))),
        }
    }
}

#[async_trait]
impl Database for DrillDatabase {
    fn variable(&self) -> &'static str {
        VARIABLE
    }

    fn place(&self) -> Result<Option<String>, DatabaseError> {
        let place = |options: PgConnectOptions| {
            let name = options.get_database().unwrap_or_default();
            let place = format!("{}:{}/{name}", options.get_host(), options.get_port());
            hex::encode(Sha256::digest(place)).chars().take(16).collect()
        };
        Ok(self.address()?.map(place))
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, DatabaseError> {
        let mut connection = self.connect().await?;
        connection.execute("BEGIN").await.map_err(|error| refused(&error))?;
        let row = connection.fetch_one("SELECT pg_current_xact_id()::text").await.map_err(|error| refused(&error))?;
        let name = row.try_get(0).map_err(|error| refused(&error))?;
        Ok(Box::new(Open { connection, name }))
    }

    async fn ended(&self, transaction: &str) -> Result<Ended, DatabaseError> {
        let mut connection = self.connect().await?;
        // A number that the database has not given out yet is an error: it is another database then, or one that was restored since.
        let asked = sqlx::query(
            "SELECT CASE WHEN $1::xid8 < pg_snapshot_xmax(pg_current_snapshot()) THEN pg_xact_status($1::xid8) END",
        );
        let row = asked.bind(transaction).fetch_one(&mut connection).await.map_err(|error| refused(&error))?;
        let status: Option<String> = row.try_get(0).map_err(|error| refused(&error))?;
        Ok(match status.as_deref() {
            Some("committed") => Ended::Committed,
            Some("in progress") => Ended::Open,
            _ => Ended::Never,
        })
    }
}

/// An open transaction.
struct Open {
    connection: PgConnection,
    name: String,
}

#[async_trait]
impl Transaction for Open {
    fn name(&self) -> &str {
        &self.name
    }

    async fn tell(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        let told = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await;
        Ok(told.map_err(|error| refused(&error))?.rows_affected())
    }

    async fn commit(mut self: Box<Self>) -> Result<(), DatabaseError> {
        match self.connection.execute("COMMIT").await {
            Ok(_) => Ok(()),
            Err(error @ sqlx::Error::Database(_)) => Err(refused(&error)),
            Err(error) => Err(DatabaseError::Ambiguous(said(&error))),
        }
    }
}

fn refused(error: &sqlx::Error) -> DatabaseError {
    DatabaseError::Refused(said(error))
}

/// What the server said, or what happened on the way to it; sqlx puts no address and no password into it.
fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        error => error.to_string(),
    }
}
