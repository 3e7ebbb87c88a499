//! Clocks that promise something: each is started, then met in time, met late, or runs out. A breach is told once.

use sqlx::{PgExecutor, PgPool};

use crate::metric::{Meter, Metric};

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// A forecast run's leads, within 2 minutes of its arrival. The subject is the run.
    Lead,
    /// A run's routes, within 5 minutes of its leads. The subject is the run.
    Route,
    /// A first contact, within 15 minutes of the lead. The subject is the lead.
    FirstContact,
}

impl Promise {
    /// The word in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Route => "route",
            Self::FirstContact => "first_contact",
        }
    }

    /// The seconds promised.
    pub fn seconds(self) -> f64 {
        match self {
            Self::Lead => 120.0,
            Self::Route => 300.0,
            Self::FirstContact => 900.0,
        }
    }
}

/// Starts a clock for each subject that has none.
///
/// # Errors
/// When the database fails.
pub async fn start(to: impl PgExecutor<'_>, promise: Promise, subjects: &[i64]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into sla_clocks (kind, subject, started_at, due_at)
         select $1, subject, now(), now() + make_interval(secs => $2) from unnest($3::bigint[]) as subject
         on conflict do nothing",
    )
    .bind(promise.name())
    .bind(promise.seconds())
    .bind(subjects)
    .execute(to)
    .await?;
    Ok(())
}

/// Stops a subject's clock. Returns the seconds since its start and whether that was in time; nothing if it had been met
/// before or never started. A clock met late is a breach, told by the next [`tell`].
///
/// # Errors
/// When the database fails.
pub async fn meet(to: impl PgExecutor<'_>, promise: Promise, subject: i64) -> Result<Option<(f64, bool)>, sqlx::Error> {
    sqlx::query_as(
        "update sla_clocks set met_at = now() where kind = $1 and subject = $2 and met_at is null
         returning extract(epoch from now() - started_at)::float8, now() <= due_at",
    )
    .bind(promise.name())
    .bind(subject)
    .fetch_optional(to)
    .await
}

/// Finds the clocks that have run out since it was last asked, by whomever, and counts them. Returns how many.
///
/// # Errors
/// When the database fails.
pub async fn tell(pool: &PgPool, meter: &Meter) -> Result<u64, sqlx::Error> {
    let breached = sqlx::query(
        "update sla_clocks set breached_at = now()
         where breached_at is null and due_at < coalesce(met_at, now())",
    )
    .execute(pool)
    .await?
    .rows_affected();
    meter.add(Metric::SLABreaches, breached as f64);
    Ok(breached)
}
