//! What every job has at hand, and what can become of it.

use std::{sync::Arc, time::Instant};

use sqlx::PgPool;

use crate::{
    aws::AwsError,
    configuration::Configuration,
    database::{self, DatabaseError},
    forecast::ForecastError,
    http,
    metric::{Meter, Metric},
    secret::SecretError,
};

/// What a job works with.
#[derive(Clone)]
pub struct Work {
    /// The configuration of its role.
    pub configuration: Arc<Configuration>,
    /// The database.
    pub pool: PgPool,
    /// For asking others.
    pub http: reqwest::Client,
    /// The metrics.
    pub meter: Arc<Meter>,
}

/// Why a job failed.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
    /// The forecast source did not answer, or not well.
    #[error("the forecast source: {0}")]
    Source(String),
    /// What it sent is no forecast of ours.
    #[error("{0}")]
    Forecast(#[from] ForecastError),
    /// The HTTP client could not be made.
    #[error("HTTP cannot be set up: {0}")]
    Http(reqwest::Error),
    /// A secret could not be had.
    #[error("{0}")]
    Secret(#[from] SecretError),
    /// The event does not say what it should.
    #[error("the event cannot be read: {0}")]
    Event(#[from] serde_json::Error),
}

impl From<sqlx::Error> for WorkError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(DatabaseError::Statement(error))
    }
}

impl From<AwsError> for WorkError {
    fn from(error: AwsError) -> Self {
        Self::Secret(SecretError::Aws(error))
    }
}

impl Work {
    /// Connects to what the role needs.
    ///
    /// # Errors
    /// When the database or the HTTP client cannot be had; a failed connection is counted.
    pub async fn begin(configuration: Configuration, meter: Arc<Meter>) -> Result<Self, WorkError> {
        let pool = database::connect(&configuration).await.inspect_err(|_| meter.add(Metric::DatabaseErrors, 1.0))?;
        let http = http::client().map_err(WorkError::Http)?;
        Ok(Self { configuration: Arc::new(configuration), pool, http, meter })
    }

    /// Counts a failure of the database; passes everything on.
    pub fn count<T>(&self, outcome: Result<T, WorkError>) -> Result<T, WorkError> {
        if let Err(WorkError::Database(_)) = &outcome {
            self.meter.add(Metric::DatabaseErrors, 1.0);
        }
        outcome
    }
}

/// Until when a job may work.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(pub Option<Instant>);

impl Deadline {
    /// Seconds left; without end when there is no deadline.
    pub fn seconds_left(self) -> f64 {
        self.0.map_or(f64::INFINITY, |end| end.saturating_duration_since(Instant::now()).as_secs_f64())
    }
}
