//! The role `propose`: which parcels a storm hit, who is worth a visit, and what to write to them.
//!
//! A parcel takes the value of the nearest grid cell. Its score is the value's weight times the roof's:
//! hail of 19 mm (three quarters of an inch) weighs nought and 51 mm (two inches) one, linear between; the reflectivity proxy
//! weighs by the hail kinetic energy weight of Witt and others (1998): nought at 40 dBZ, one at 50. A new roof counts half, one
//! of twenty years or more fully.

use serde::{Deserialize, Serialize};

use crate::{
    metric::Metric,
    sla::{self, Promise},
    work::{Work, WorkError},
};

/// What the event may say.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Request {
    /// The run to propose from; without it every run that has none yet.
    pub run: Option<i64>,
}

/// What came of it.
#[derive(Debug, Default, Serialize, PartialEq, Eq)]
pub struct Proposed {
    /// Runs worked on.
    pub runs: Vec<i64>,
    /// Parcels scored.
    pub scored: u64,
    /// New leads.
    pub leads: usize,
}

/// Scores, opens leads and drafts messages; a run that was proposed from before changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn propose(work: &Work, request: &Request) -> Result<Proposed, WorkError> {
    let runs: Vec<i64> = sqlx::query_scalar(
        "select id from forecast_runs where proposed_at is null and ($1::bigint is null or id = $1) order by id",
    )
    .bind(request.run)
    .fetch_all(&work.pool)
    .await?;
    let mut proposed = Proposed::default();
    for run in runs {
        if let Some((scored, leads)) = from_run(work, run).await? {
            proposed.runs.push(run);
            proposed.scored += scored;
            proposed.leads += leads;
        }
    }
    sla::tell(&work.pool, &work.meter).await?;
    Ok(proposed)
}

async fn from_run(work: &Work, run: i64) -> Result<Option<(u64, usize)>, WorkError> {
    let mut transaction = work.pool.begin().await?;
    // Claims the run: another that came at the same moment waits here and then finds it done.
    let claimed = sqlx::query("update forecast_runs set proposed_at = now() where id = $1 and proposed_at is null")
        .bind(run)
        .execute(&mut *transaction)
        .await?;
    if claimed.rows_affected() == 0 {
        return Ok(None);
    }
    // 750 m holds the nearest cell of any place within the grid: half of a cell's diagonal is 707 m.
    let scored = sqlx::query(
        "insert into impact_scores (run_id, parcel_id, value, proxy, score)
         select distinct on (parcel.id) $1, parcel.id, cell.value, cell.proxy,
                cell.weight * least(1.0, 0.5 + parcel.roof_years / 40.0)
         from (
             select c.geom, c.value, r.measure = 'reflectivity_proxy' as proxy,
                    greatest(0, least(1, case r.measure when 'hail_mm' then (c.value - 19) / 32 else (c.value - 40) / 10 end))
                    as weight
             from forecast_cells c join forecast_runs r on r.id = c.run_id where c.run_id = $1
         ) cell
         join parcels parcel on st_dwithin(parcel.geom::geography, cell.geom::geography, 750)
         where cell.weight > 0
         order by parcel.id, cell.geom::geography <-> parcel.geom::geography, cell.value desc",
    )
    .bind(run)
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    let leads: Vec<i64> = sqlx::query_scalar(
        "insert into leads (run_id, parcel_id, storm_day, score, proxy)
         select s.run_id, s.parcel_id,
                ((r.reference_time + make_interval(mins => r.lead_minutes)) at time zone 'UTC')::date, s.score, s.proxy
         from impact_scores s join forecast_runs r on r.id = s.run_id
         where s.run_id = $1 and s.score >= $2
         order by s.score desc, s.parcel_id
         on conflict (parcel_id, storm_day) do nothing returning id",
    )
    .bind(run)
    .bind(work.configuration.number("LEAD_SCORE"))
    .fetch_all(&mut *transaction)
    .await?;
    sqlx::query(
        "insert into sms_drafts (lead_id, body)
         select l.id, case when l.proxy
             then 'Radar-like forecasts hint at a strong storm near ' || p.address || '. Would you like a free roof inspection?'
             else 'Hail of about ' || to_char(s.value / 25.4, 'FM90.0') || ' in was forecast near ' || p.address
                  || '. Would you like a free roof inspection?' end || ' Reply STOP to opt out.'
         from leads l join parcels p on p.id = l.parcel_id
         join impact_scores s on s.run_id = l.run_id and s.parcel_id = l.parcel_id
         where l.id = any($1)",
    )
    .bind(&leads)
    .execute(&mut *transaction)
    .await?;
    sla::start(&mut *transaction, Promise::FirstContact, &leads).await?;
    if !leads.is_empty() {
        sla::start(&mut *transaction, Promise::Route, &[run]).await?;
    }
    let met = sla::meet(&mut *transaction, Promise::Lead, run).await?;
    transaction.commit().await?;
    if let Some((seconds, _)) = met {
        work.meter.add(Metric::LeadLatency, seconds);
    }
    Ok(Some((scored, leads.len())))
}
