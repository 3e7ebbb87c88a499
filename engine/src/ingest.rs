//! The role `ingest`: fetches a forecast, lays it on the grid, and keeps it, once a run.

use std::time::Duration;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    forecast::{self, Forecast, Measure, Names, grid},
    metric::Metric,
    secret, sla,
    sla::Promise,
    work::{Work, WorkError},
};

/// Tries to fetch a forecast, and the wait after the first.
const TRIES: u32 = 3;
const WAIT: Duration = Duration::from_millis(500);
/// Longest forecast that is taken: a file of all the HRRR's fields, thrice over.
const MOST_BYTES: usize = 512 << 20;
/// Runs older than this give up their cells; what was made of them stays.
const KEEP_CELLS: &str = "2 days";

/// What became of a forecast.
#[derive(Debug, Serialize, PartialEq)]
pub struct Ingested {
    /// The run's number.
    pub run: i64,
    /// Whether it had been there before: then nothing was changed.
    pub known: bool,
    /// Cells with a value.
    pub cells: usize,
    /// What the values measure; a proxy says so.
    pub measure: Measure,
    /// The highest of them.
    pub highest: f32,
}

/// Fetches and keeps one forecast.
///
/// # Errors
/// When the source fails three times, sends something else, or the database fails.
pub async fn ingest(work: &Work) -> Result<Ingested, WorkError> {
    let bytes = fetch(work).await?;
    let names =
        Names::new(work.configuration.known("FORECAST_HAIL"), work.configuration.known("FORECAST_REFLECTIVITY"));
    let digest = hex::encode(Sha256::digest(&bytes));
    // Decoding takes seconds: not on a thread that answers others.
    let laid = tokio::task::spawn_blocking(move || {
        let forecast = forecast::read(&bytes, &names)?;
        let cells = grid::lay(&forecast.field)?;
        Ok::<_, forecast::ForecastError>((forecast, cells))
    });
    let (forecast, cells) =
        laid.await.map_err(|_| WorkError::Source("decoding the forecast was broken off".into()))??;
    let ingested = keep(work, &forecast, &cells, &digest).await?;
    if !ingested.known {
        work.meter.add(Metric::ForecastsIngested, 1.0);
        let alert = f64::from(ingested.highest) >= forecast.measure.alert();
        work.meter.add(Metric::HailAlerts, f64::from(u8::from(alert)));
    }
    sla::tell(&work.pool, &work.meter).await?;
    Ok(ingested)
}

async fn keep(work: &Work, forecast: &Forecast, cells: &[grid::Cell], digest: &str) -> Result<Ingested, WorkError> {
    let highest = cells.iter().map(|cell| cell.value).fold(f32::MIN, f32::max);
    let mut transaction = work.pool.begin().await?;
    let new: Option<i64> = sqlx::query_scalar(
        "insert into forecast_runs (source, reference_time, lead_minutes, field, measure, sha256)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id",
    )
    .bind(source(work.configuration.known("FORECAST_URL")))
    .bind(forecast.reference_time)
    .bind(forecast.lead_minutes)
    .bind(&forecast.name)
    .bind(forecast.measure.name())
    .bind(digest)
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(run) = new {
        sqlx::query(
            "insert into forecast_cells (run_id, cell, value, geom)
             select $1, cell, value, st_setsrid(st_makepoint(longitude, latitude), 4326)
             from unnest($2::int[], $3::real[], $4::float8[], $5::float8[]) as t (cell, value, longitude, latitude)",
        )
        .bind(run)
        .bind(cells.iter().map(|cell| cell.number).collect::<Vec<_>>())
        .bind(cells.iter().map(|cell| cell.value).collect::<Vec<_>>())
        .bind(cells.iter().map(|cell| cell.place.longitude).collect::<Vec<_>>())
        .bind(cells.iter().map(|cell| cell.place.latitude).collect::<Vec<_>>())
        .execute(&mut *transaction)
        .await?;
        sla::start(&mut *transaction, Promise::Lead, &[run]).await?;
        sqlx::query(
            "delete from forecast_cells where run_id in
             (select id from forecast_runs where ingested_at < now() - $1::text::interval)",
        )
        .bind(KEEP_CELLS)
        .execute(&mut *transaction)
        .await?;
    }
    let run = match new {
        Some(run) => run,
        None => {
            sqlx::query_scalar(
                "select id from forecast_runs
                 where source = $1 and reference_time = $2 and lead_minutes = $3 and field = $4",
            )
            .bind(source(work.configuration.known("FORECAST_URL")))
            .bind(forecast.reference_time)
            .bind(forecast.lead_minutes)
            .bind(&forecast.name)
            .fetch_one(&mut *transaction)
            .await?
        }
    };
    transaction.commit().await?;
    Ok(Ingested { run, known: new.is_none(), cells: cells.len(), measure: forecast.measure, highest })
}

/// Who sent it: the host only, for the rest of the URL names the run and may hold a key.
fn source(url: &str) -> String {
    reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

async fn fetch(work: &Work) -> Result<Vec<u8>, WorkError> {
    let key = match work.configuration.text("EARTH2_KEY") {
        Some(key) => Some(secret::resolve(key).await?),
        None => None,
    };
    let mut wait = WAIT;
    let mut trial = 1;
    loop {
        match fetch_once(work, key.as_deref()).await {
            Ok(bytes) => return Ok(bytes),
            Err((why, again)) if !again || trial == TRIES => return Err(WorkError::Source(why)),
            Err((why, _)) => tracing::warn!(trial, why, "the forecast source failed, trying again"),
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
        trial += 1;
    }
}

/// Fetches once. A failure says whether trying again makes sense.
async fn fetch_once(work: &Work, key: Option<&str>) -> Result<Vec<u8>, (String, bool)> {
    let url = work.configuration.known("FORECAST_URL");
    let mut call = match work.configuration.text("FORECAST_BODY") {
        Some(body) => work.http.post(url).header("content-type", "application/json").body(body.to_owned()),
        None => work.http.get(url),
    };
    if let Some(key) = key {
        call = call.bearer_auth(key);
    }
    let timeout = Duration::from_millis(work.configuration.whole("FORECAST_TIMEOUT"));
    let mut answer = call.timeout(timeout).send().await.map_err(|error| (error.without_url().to_string(), true))?;
    let status = answer.status();
    if !status.is_success() {
        let again = status.is_server_error() || status.as_u16() == 429 || status.as_u16() == 408;
        return Err((format!("it answered with status {status}"), again));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| (error.without_url().to_string(), true))? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err((format!("it sends more than {MOST_BYTES} bytes"), false));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::source;

    #[test]
    fn a_source_is_known_by_its_host_alone() {
        assert_eq!(source("https://user:key@data.example.com/hrrr.t00z.grib2?token=x"), "data.example.com");
    }
}
