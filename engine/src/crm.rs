//! The role `crm`: hands leads and routes to the customer system, in ServiceTitan's shape.
//!
//! What is to be sent stands in the outbox with the key under which the other side knows a repetition. A record is claimed
//! with its next trial's time before it is sent, so that one lost on the way is sent again, under the same key. After the last
//! trial, or a refusal that no repetition mends, it goes to the dead letters.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::{
    metric::Metric,
    secret, sla,
    work::{Deadline, Work, WorkError},
};

/// Longest wait between two trials.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Seconds that must be left to begin another trial: an answer's wait and the database's part.
const LEAST_SECONDS: f64 = 15.0;

/// What became of the outbox.
#[derive(Debug, Default, Serialize, PartialEq, Eq)]
pub struct Synced {
    /// Records that arrived.
    pub sent: u64,
    /// Records given up.
    pub dead: u64,
    /// Records left for the next invocation.
    pub waiting: i64,
}

#[derive(sqlx::FromRow)]
struct Record {
    id: i64,
    kind: String,
    idempotency_key: String,
    payload: Value,
    attempts: i32,
}

/// What a trial came to.
enum Outcome {
    Sent,
    Again { why: String, after: Option<Duration> },
    Refused { why: String },
}

/// Fills the outbox and empties it, as far as the deadline allows.
///
/// # Errors
/// When the database fails or the key cannot be had; a failing customer system is no error.
pub async fn sync(work: &Work, deadline: Deadline) -> Result<Synced, WorkError> {
    fill(work).await?;
    let key = secret::resolve(work.configuration.known("CRM_KEY")).await?;
    let mut synced = Synced::default();
    while deadline.seconds_left() > LEAST_SECONDS {
        let Some(record) = claim(work).await? else {
            // Nothing is due; wait for what soon will be, if time allows.
            let Some(seconds) = until_next(work).await? else { break };
            if seconds > LONGEST_WAIT.as_secs_f64() || deadline.seconds_left() < LEAST_SECONDS + seconds {
                break;
            }
            tokio::time::sleep(Duration::from_secs_f64(seconds.max(0.001))).await;
            continue;
        };
        match send(work, &key, &record).await {
            Outcome::Sent => {
                sqlx::query("update crm_outbox set sent_at = now(), last_error = null where id = $1")
                    .bind(record.id)
                    .execute(&work.pool)
                    .await?;
                synced.sent += 1;
                work.meter.add(Metric::CrmSyncs, 1.0);
                work.meter.add(Metric::CrmSyncsDone, 1.0);
            }
            Outcome::Again { why, after }
                if u64::try_from(record.attempts).unwrap_or(0) < work.configuration.whole("CRM_ATTEMPTS") =>
            {
                let base = Duration::from_millis(work.configuration.whole("CRM_BACKOFF"));
                let wait = after.unwrap_or_default().max(backoff(base, record.attempts, fastrand::f64()));
                sqlx::query(
                    "update crm_outbox set last_error = $2, next_attempt_at = now() + make_interval(secs => $3) where id = $1",
                )
                .bind(record.id)
                .bind(&why)
                .bind(wait.as_secs_f64())
                .execute(&work.pool)
                .await?;
            }
            Outcome::Again { why, .. } | Outcome::Refused { why } => {
                bury(work, &record, &why).await?;
                synced.dead += 1;
                work.meter.add(Metric::CrmSyncs, 1.0);
                tracing::warn!(record = record.id, kind = record.kind, why, "given up: see crm_dead_letters");
            }
        }
    }
    synced.waiting = sqlx::query_scalar(
        "select count(*) from crm_outbox o
         where sent_at is null and not exists (select from crm_dead_letters d where d.outbox_id = o.id)",
    )
    .fetch_one(&work.pool)
    .await?;
    sla::tell(&work.pool, &work.meter).await?;
    Ok(synced)
}

/// The wait after trial number `trial` (from 1): drawn evenly from nought to twice as long each time, so that records that
/// failed together do not come again together.
fn backoff(base: Duration, trial: i32, draw: f64) -> Duration {
    let doublings = u32::try_from(trial - 1).unwrap_or(0).min(16);
    base.saturating_mul(1 << doublings).min(LONGEST_WAIT).mul_f64(draw)
}

async fn fill(work: &Work) -> Result<(), WorkError> {
    sqlx::query(
        "insert into crm_outbox (kind, subject, idempotency_key, payload)
         select 'lead', l.id, 'stormops-lead-' || l.id, jsonb_build_object(
             'externalId', 'stormops-lead-' || l.id, 'summary', 'Hail inspection',
             'priority', case when l.score >= 0.75 then 'High' else 'Normal' end,
             'address', jsonb_build_object('street', p.address, 'latitude', st_y(p.geom), 'longitude', st_x(p.geom)),
             'customFields', jsonb_build_array(
                 jsonb_build_object('name', 'impactScore', 'value', l.score),
                 jsonb_build_object('name', 'reflectivityProxy', 'value', l.proxy),
                 jsonb_build_object('name', 'syntheticParcel', 'value', p.synthetic)))
         from leads l join parcels p on p.id = l.parcel_id
         union all
         select 'route', r.id, 'stormops-route-' || r.id, jsonb_build_object(
             'externalId', 'stormops-route-' || r.id, 'crew', r.crew, 'metres', r.metres,
             'stops', (select jsonb_agg('stormops-lead-' || s.lead_id order by s.place) from route_stops s where s.route_id = r.id))
         from routes r
         on conflict do nothing",
    )
    .execute(&work.pool)
    .await?;
    Ok(())
}

async fn claim(work: &Work) -> Result<Option<Record>, WorkError> {
    // Leads go before the routes that name them.
    let record = sqlx::query_as(
        "update crm_outbox set attempts = attempts + 1, next_attempt_at = now() + interval '1 minute'
         where id = (
             select id from crm_outbox o where sent_at is null and next_attempt_at <= now()
             and not exists (select from crm_dead_letters d where d.outbox_id = o.id)
             order by next_attempt_at, id limit 1 for update skip locked)
         returning id, kind, idempotency_key, payload, attempts",
    );
    Ok(record.fetch_optional(&work.pool).await?)
}

async fn until_next(work: &Work) -> Result<Option<f64>, WorkError> {
    Ok(sqlx::query_scalar(
        "select extract(epoch from min(next_attempt_at) - now())::float8 from crm_outbox o
         where sent_at is null and not exists (select from crm_dead_letters d where d.outbox_id = o.id)",
    )
    .fetch_one(&work.pool)
    .await?)
}

async fn bury(work: &Work, record: &Record, why: &str) -> Result<(), WorkError> {
    sqlx::query("insert into crm_dead_letters (outbox_id, reason) values ($1, $2) on conflict do nothing")
        .bind(record.id)
        .bind(why)
        .execute(&work.pool)
        .await?;
    Ok(())
}

async fn send(work: &Work, key: &str, record: &Record) -> Outcome {
    let base = work.configuration.known("CRM_URL").trim_end_matches('/');
    let tenant = work.configuration.known("CRM_TENANT");
    let path = if record.kind == "lead" { "crm/v2/tenant" } else { "dispatch/v2/tenant" };
    let noun = if record.kind == "lead" { "leads" } else { "routes" };
    let call = work
        .http
        .post(format!("{base}/{path}/{tenant}/{noun}"))
        .bearer_auth(key)
        .header("idempotency-key", &record.idempotency_key)
        .timeout(Duration::from_millis(work.configuration.whole("CRM_TIMEOUT")))
        .json(&record.payload);
    let answer = match call.send().await {
        Ok(answer) => answer,
        Err(error) => return Outcome::Again { why: error.without_url().to_string(), after: None },
    };
    let status = answer.status();
    let why = format!("status {status}");
    // 409 answers a key that had already arrived.
    if status.is_success() || status.as_u16() == 409 {
        Outcome::Sent
    } else if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) {
        let seconds = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        Outcome::Again { why, after: seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT)) }
    } else {
        Outcome::Refused { why }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, LONGEST_WAIT, backoff};

    #[test]
    fn waits_double_up_to_a_limit_and_are_drawn_below_it() {
        let base = Duration::from_millis(500);
        let longest: Vec<u128> = (1..=8).map(|trial| backoff(base, trial, 1.0).as_millis()).collect();
        assert_eq!(longest, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(backoff(base, 3, 0.25), Duration::from_millis(500));
        assert_eq!(backoff(base, 1_000, 1.0), LONGEST_WAIT);
    }
}
