//! The role `route`: rounds for the crews past the leads of a run, under a deadline.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::{
    metric::Metric,
    routing::crew_route::{CrewRoute, Place, Stop, Unreachable, crew_route},
    sla::{self, Promise},
    work::{Deadline, Work, WorkError},
};

/// What the event may say.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Request {
    /// The run to build routes for; without it every run that has leads and no route.
    pub run: Option<i64>,
}

/// One route that was built.
#[derive(Debug, Serialize)]
pub struct Built {
    /// The run.
    pub run: i64,
    /// The crew, from 1.
    pub crew: i32,
    /// Stops on it.
    pub stops: usize,
    /// Its length in metres.
    pub metres: f64,
    /// Leads left out, with the reason.
    pub unreachable: Vec<(i64, Unreachable)>,
}

/// Builds routes; a run that has routes already keeps them.
///
/// # Errors
/// When the database fails.
pub async fn route(work: &Work, request: &Request, deadline: Deadline) -> Result<Vec<Built>, WorkError> {
    let runs: Vec<i64> = sqlx::query_scalar(
        "select distinct l.run_id from leads l
         where ($1::bigint is null or l.run_id = $1) and not exists (select from routes r where r.run_id = l.run_id)
         order by 1",
    )
    .bind(request.run)
    .fetch_all(&work.pool)
    .await?;
    let mut built = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        // Half of what is left, in equal parts for the runs to come; the other half is for the database.
        let seconds =
            work.configuration.number("ROUTE_SECONDS").min(deadline.seconds_left() / 2.0 / (runs.len() - index) as f64);
        built.extend(for_run(work, *run, seconds).await?);
    }
    sla::tell(&work.pool, &work.meter).await?;
    Ok(built)
}

async fn for_run(work: &Work, run: i64, seconds: f64) -> Result<Vec<Built>, WorkError> {
    let configuration = &work.configuration;
    let (depot, crews) = (configuration.depot(), configuration.whole("CREWS") as usize);
    let most = crews * configuration.whole("CREW_STOPS") as usize;
    // The best leads first, for there may be more than the crews can visit; ties by number, so that a replay is the same.
    let leads: Vec<(i64, f64, f64)> = sqlx::query_as(
        "select l.id, st_y(p.geom), st_x(p.geom) from leads l join parcels p on p.id = l.parcel_id
         where l.run_id = $1 and l.contacted_at is null order by l.score desc, l.id limit $2",
    )
    .bind(run)
    .bind(most as i64)
    .fetch_all(&work.pool)
    .await?;
    let stops: Vec<Stop> =
        leads.into_iter().map(|(id, latitude, longitude)| Stop { id, place: Place { latitude, longitude } }).collect();
    let reach = configuration.number("CREW_REACH") * 1_000.0;
    let parts = split(depot, stops, crews);
    let share = seconds / parts.len().max(1) as f64;
    // Searching keeps a processor busy: not on a thread that answers others.
    let search = tokio::task::spawn_blocking(move || {
        let one = |part: Vec<Stop>| {
            let begin = Instant::now();
            let progress = &mut || if share > 0.0 { begin.elapsed().as_secs_f64() / share } else { 1.0 };
            crew_route(depot, &part, reach, run.unsigned_abs(), progress)
        };
        parts.into_iter().map(one).collect::<Vec<CrewRoute>>()
    });
    let routes = search.await.map_err(|_| WorkError::Source("the search was broken off".into()))?;
    let mut transaction = work.pool.begin().await?;
    let mut built = Vec::new();
    for (crew, route) in (1_i32..).zip(routes) {
        let id: Option<i64> = sqlx::query_scalar(
            "insert into routes (run_id, crew, metres, depot, unreachable)
             values ($1, $2, $3, st_setsrid(st_makepoint($4, $5), 4326), $6) on conflict do nothing returning id",
        )
        .bind(run)
        .bind(crew)
        .bind(route.metres)
        .bind(depot.longitude)
        .bind(depot.latitude)
        .bind(sqlx::types::Json(&route.unreachable))
        .fetch_optional(&mut *transaction)
        .await?;
        // Another built it meanwhile: theirs stands.
        let Some(id) = id else { continue };
        sqlx::query(
            "insert into route_stops (route_id, place, lead_id)
             select $1, place, lead from unnest($2::bigint[]) with ordinality as t (lead, place)",
        )
        .bind(id)
        .bind(&route.stops)
        .execute(&mut *transaction)
        .await?;
        built.push(Built { run, crew, stops: route.stops.len(), metres: route.metres, unreachable: route.unreachable });
    }
    let met = sla::meet(&mut *transaction, Promise::Route, run).await?;
    transaction.commit().await?;
    if let Some((seconds, _)) = met {
        work.meter.add(Metric::RouteLatency, seconds);
    }
    Ok(built)
}

/// Shares the stops out among the crews: by their bearing from the depot, in parts of equal number, so that rounds do not
/// cross. Fewer parts than crews when there are fewer stops.
fn split(depot: Place, mut stops: Vec<Stop>, crews: usize) -> Vec<Vec<Stop>> {
    let bearing = |stop: &Stop| {
        let east = (stop.place.longitude - depot.longitude) * depot.latitude.to_radians().cos();
        (stop.place.latitude - depot.latitude).atan2(east)
    };
    stops.sort_by(|a, b| bearing(a).total_cmp(&bearing(b)).then(a.id.cmp(&b.id)));
    let parts = crews.min(stops.len());
    let mut rest = stops.into_iter();
    (0..parts)
        .map(|part| {
            let count = rest.len().div_ceil(parts - part);
            rest.by_ref().take(count).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Place, Stop, split};

    #[test]
    fn crews_share_the_stops_by_bearing_in_equal_parts() {
        let depot = Place { latitude: 32.8, longitude: -96.8 };
        let stop = |id: i64| {
            let angle = id as f64;
            Stop { id, place: Place { latitude: 32.8 + angle.sin() / 10.0, longitude: -96.8 + angle.cos() / 10.0 } }
        };
        let parts = split(depot, (0..10).map(stop).collect(), 4);
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 2, 2]);
        assert_eq!(split(depot, vec![stop(1)], 4).len(), 1);
        assert!(split(depot, Vec::new(), 4).is_empty());
    }
}
