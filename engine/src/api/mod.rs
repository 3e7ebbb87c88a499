//! The role `api`: what operators and probes ask over HTTP.
//!
//! `/` (the operators' page), `/health` and `/metrics` are open; everything that shows or changes data asks for the key.

mod cache;
mod key;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    database::migration,
    metric::Metric,
    route, secret, sla,
    sla::Promise,
    work::{Deadline, Work, WorkError},
};
use cache::Cache;

/// The operators' page, whole in itself.
const PAGE: &str = include_str!("page.html");
/// Nothing but the page's own script, style and pictures, and calls to where it came from.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'";

/// What the handlers share.
#[derive(Clone)]
pub struct Api {
    work: Work,
    cache: Arc<Cache>,
}

impl IntoResponse for WorkError {
    /// Tells the caller only that it failed: why is in the log.
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "a request failed");
        let status = if matches!(self, Self::Database(_)) {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        (status, Json(json!({"error": "the request failed, see the log"}))).into_response()
    }
}

/// The router with everything on it.
///
/// # Errors
/// When the key cannot be had.
pub async fn router(work: Work) -> Result<Router, WorkError> {
    let key = key::Key::new(&secret::resolve(work.configuration.known("API_KEY")).await?);
    let cache = Arc::new(Cache::new(work.configuration.text("CACHE_URL")));
    let api = Api { work, cache };
    let behind_key = Router::new()
        .route("/leads", get(leads))
        .route("/leads/{id}/contact", post(contact))
        .route("/routes", get(routes).post(build))
        .route("/sla", get(clocks))
        .layer(middleware::from_fn_with_state(key, key::ask));
    Ok(Router::new()
        .route("/", get(page))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .merge(behind_key)
        .with_state(api))
}

async fn page() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)], PAGE)
}

/// Database, cache, version, build and schema. A cache that is down is no reason to take this task away: it is only slower.
async fn health(State(api): State<Api>) -> impl IntoResponse {
    let cache = api.cache.state().await;
    let (least, _) = migration::range();
    let schema = api.work.count(migration::version(&api.work.pool).await.map_err(WorkError::from));
    let (healthy, database, found) = match schema {
        Ok(found) if found >= least => (true, "up", found),
        Ok(found) => (false, "old schema", found),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (false, "down", 0)
        }
    };
    let status = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "database": database,
        "cache": cache,
        "schema": {"found": found, "least": least},
        "version": env!("CARGO_PKG_VERSION"),
        "build": api.work.configuration.text("BUILD_DIGEST"),
    });
    (status, Json(body))
}

async fn metrics(State(api): State<Api>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], api.work.meter.prometheus())
}

/// Asks the database for one JSON document, through the cache.
async fn document(api: &Api, name: &'static str, sql: &'static str) -> Result<Json<Value>, WorkError> {
    if let Some(value) = api.cache.get(name).await {
        return Ok(Json(value));
    }
    let asked = sqlx::query_scalar(sql).fetch_one(&api.work.pool).await.map_err(WorkError::from);
    let value: Value = api.work.count(asked)?;
    api.cache.put(name, &value).await;
    Ok(Json(value))
}

/// The newest thousand leads.
async fn leads(State(api): State<Api>) -> Result<Json<Value>, WorkError> {
    let sql = "select coalesce(jsonb_agg(lead), '[]') from (
            select jsonb_build_object('id', l.id, 'run', l.run_id, 'score', l.score, 'proxy', l.proxy, 'address', p.address,
                'synthetic', p.synthetic, 'latitude', st_y(p.geom), 'longitude', st_x(p.geom), 'opened_at', l.opened_at,
                'contacted_at', l.contacted_at, 'draft', d.body, 'due_at', c.due_at,
                'breached', c.breached_at is not null or c.due_at < coalesce(c.met_at, now())) as lead
            from leads l join parcels p on p.id = l.parcel_id left join sms_drafts d on d.lead_id = l.id
            left join sla_clocks c on c.kind = 'first_contact' and c.subject = l.id
            order by l.id desc limit 1000) newest";
    document(&api, "leads", sql).await
}

/// The newest hundred routes with their stops.
async fn routes(State(api): State<Api>) -> Result<Json<Value>, WorkError> {
    let sql = "select coalesce(jsonb_agg(route), '[]') from (
            select jsonb_build_object('id', r.id, 'run', r.run_id, 'crew', r.crew, 'metres', r.metres,
                'depot', jsonb_build_array(st_y(r.depot), st_x(r.depot)), 'unreachable', r.unreachable, 'built_at', r.built_at,
                'stops', (select coalesce(jsonb_agg(jsonb_build_object('lead', s.lead_id, 'latitude', st_y(p.geom),
                    'longitude', st_x(p.geom)) order by s.place), '[]')
                    from route_stops s join leads l on l.id = s.lead_id join parcels p on p.id = l.parcel_id
                    where s.route_id = r.id)) as route
            from routes r order by r.id desc limit 100) newest";
    document(&api, "routes", sql).await
}

/// Per promise: clocks that run, were met, or ran out, over the last day.
async fn clocks(State(api): State<Api>) -> Result<Json<Value>, WorkError> {
    let sql = "select coalesce(jsonb_object_agg(kind, counts), '{}') from (
            select kind, jsonb_build_object(
                'running', count(*) filter (where met_at is null and due_at >= now()),
                'met', count(*) filter (where met_at <= due_at),
                'breached', count(*) filter (where coalesce(met_at, now()) > due_at)) as counts
            from sla_clocks where started_at > now() - interval '1 day' group by kind) kinds";
    document(&api, "sla", sql).await
}

/// Builds the routes that are missing, now.
async fn build(State(api): State<Api>, body: Option<Json<route::Request>>) -> Result<Response, WorkError> {
    let request = body.map(|Json(request)| request).unwrap_or_default();
    let built = route::route(&api.work, &request, Deadline(None)).await;
    let built = api.work.count(built)?;
    api.cache.forget(&["routes", "sla"]).await;
    let status = if built.is_empty() { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(json!({"routes": built}))).into_response())
}

/// Notes that somebody spoke with the lead's owner.
async fn contact(State(api): State<Api>, Path(id): Path<i64>) -> Result<Response, WorkError> {
    let met = api.work.count(note_contact(&api.work, id).await)?;
    api.cache.forget(&["leads", "sla"]).await;
    Ok(match met {
        None => (StatusCode::NOT_FOUND, Json(json!({"error": "no such lead"}))).into_response(),
        Some(in_time) => Json(json!({"lead": id, "in_time": in_time})).into_response(),
    })
}

/// Nothing when there is no such lead; else whether its first contact was in time.
async fn note_contact(work: &Work, id: i64) -> Result<Option<bool>, WorkError> {
    let mut transaction = work.pool.begin().await?;
    let known = sqlx::query("update leads set contacted_at = coalesce(contacted_at, now()) where id = $1")
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    if known.rows_affected() == 0 {
        return Ok(None);
    }
    let met = sla::meet(&mut *transaction, Promise::FirstContact, id).await?;
    let in_time: Option<bool> =
        sqlx::query_scalar("select met_at <= due_at from sla_clocks where kind = 'first_contact' and subject = $1")
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?
            .flatten();
    transaction.commit().await?;
    // Only the first contact counts.
    if let Some((_, in_time)) = met {
        work.meter.add(Metric::FirstContacts, 1.0);
        work.meter.add(Metric::FirstContactsInTime, f64::from(u8::from(in_time)));
    }
    Ok(Some(in_time.unwrap_or(true)))
}
