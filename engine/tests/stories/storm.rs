//! A storm from the forecast's bytes to the customer system's records.

use std::collections::{BTreeMap, BTreeSet};

use engine::routing::crew_route::Place;

use crate::{
    program::{Outcome, with},
    servers::Database,
    stub::{Answer, Stub},
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A message of the NAM of 17 September 2018 as NOAA sent it. No package carries hail or reflectivity, so relative humidity at
/// 250 hPa stands in for reflectivity: over Dallas its figures, 30 to 64, are those of a storm in dBZ.
const NAM: &[u8] = include_bytes!("../data/nam_20180917.grib2");

const DEPOT: Place = Place { latitude: 32.7767, longitude: -96.797 };

/// Metres on a sphere of the earth's mean radius: not the router's way of measuring.
fn great_circle(a: Place, b: Place) -> f64 {
    let (from, to) = (a.latitude.to_radians(), b.latitude.to_radians());
    let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let chord = half(b.latitude - a.latitude) + from.cos() * to.cos() * half(b.longitude - a.longitude);
    2.0 * 6_371_008.8 * chord.sqrt().asin()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_becomes_leads_routes_and_records_once() -> Result<()> {
    let database = Database::migrated("storm").await?;
    database.add_synthetic_parcels(600).await?;
    let base = database.variables();

    // The source fails, then hangs, then answers: one run is kept, and a replay changes nothing.
    let source = Stub::start(&[Answer::Status(503), Answer::Hang], NAM).await?;
    let url = format!("{}/nam.grib2", source.url);
    let forecast = with(
        &base,
        &[("FORECAST_URL", &url), ("FORECAST_REFLECTIVITY", "0.1.1"), ("FORECAST_TIMEOUT", "400"), ("EARTH2_KEY", "k")],
    );
    let first = Outcome::of("ingest", &forecast).await?;
    let ingested = first.done()?;
    assert_eq!((&ingested["known"], &ingested["measure"]), (&false.into(), &"reflectivity_proxy".into()));
    assert_eq!(source.asked().len(), 3, "it failed, hung, and answered");
    assert_eq!(source.asked()[2].authorization, "Bearer k");
    assert_eq!((first.sum("ForecastsIngested"), first.sum("HailAlerts")), (1.0, 1.0));
    let again = Outcome::of("ingest", &forecast).await?;
    assert_eq!(again.done()?["known"], true);
    assert_eq!(again.sum("ForecastsIngested"), 0.0);
    assert_eq!(database.count("select count(*) from forecast_runs where measure = 'reflectivity_proxy'").await?, 1);
    assert_eq!(database.count("select count(*) from forecast_cells").await?, 180 * 140);

    // Leads are exactly the parcels whose score, taken from the nearest cell by plain search, is high enough.
    let proposed = Outcome::of("propose", &base).await?;
    let leads = proposed.done()?[0]["leads"].as_i64().unwrap_or_default();
    assert!(leads > 50, "{leads} leads");
    assert!(proposed.sum("LeadLatency") > 0.0);
    let wrong = database
        .count(
            "select count(*) from parcels p
             cross join lateral (select value from forecast_cells c order by st_distance(c.geom::geography, p.geom::geography) limit 1) c
             left join leads l on l.parcel_id = p.id
             where p.id <= 60 and (greatest(0, least(1, (c.value - 40) / 10)) * least(1.0, 0.5 + p.roof_years / 40.0) >= 0.25)
                   <> (l.id is not null)",
        )
        .await?;
    assert_eq!(wrong, 0, "parcels that should be leads and are not, or the other way round");
    assert_eq!(database.count("select count(*) from leads where proxy").await?, leads, "a proxy is labelled");
    assert_eq!(
        database.count("select count(*) from sms_drafts where body like '%Hail of%'").await?,
        0,
        "a proxy promises no hail"
    );
    assert_eq!(Outcome::of("propose", &base).await?.done()?[0]["leads"], 0);
    assert_eq!(database.count("select count(*) from sms_drafts").await?, leads);

    // Every lead is on one round at most, and each round is as long as it says.
    let crews = with(&base, &[("CREWS", "3"), ("CREW_STOPS", "40"), ("ROUTE_SECONDS", "0.6")]);
    let routed = Outcome::of("route", &crews).await?;
    assert_eq!(routed.done()?.as_array().map(Vec::len), Some(3), "{}", routed.log);
    assert!(routed.sum("RouteLatency") > 0.0);
    let rows: Vec<(i64, f64, f64, f64)> = sqlx::query_as(
        "select r.id, r.metres, st_y(p.geom), st_x(p.geom) from routes r join route_stops s on s.route_id = r.id
         join leads l on l.id = s.lead_id join parcels p on p.id = l.parcel_id order by r.id, s.place",
    )
    .fetch_all(&database.pool)
    .await?;
    assert_eq!(rows.len() as i64, leads.min(120));
    let mut rounds: BTreeMap<i64, (f64, Vec<Place>)> = BTreeMap::new();
    for (route, metres, latitude, longitude) in rows {
        rounds.entry(route).or_insert((metres, vec![DEPOT])).1.push(Place { latitude, longitude });
    }
    for (metres, mut places) in rounds.into_values() {
        places.push(DEPOT);
        let walked: f64 = places.windows(2).map(|pair| great_circle(pair[0], pair[1])).sum();
        assert!((walked / metres - 1.0).abs() < 0.01, "{walked} m walked, {metres} m said");
    }
    assert_eq!(Outcome::of("route", &crews).await?.done()?.as_array().map(Vec::len), Some(0));

    // The customer system fails in every way, then recovers; what it refuses for good goes to the dead letters.
    let script = [Answer::Status(500), Answer::Hang, Answer::TooMany, Answer::Status(503), Answer::Status(502)];
    let crm = Stub::start(&script, b"{}").await?;
    let refused: i64 = database.count("select min(id) from leads").await?;
    crm.refuse(&format!("stormops-lead-{refused}"));
    let customer = with(
        &base,
        &[
            ("CRM_URL", &crm.url),
            ("CRM_TENANT", "42"),
            ("CRM_KEY", "secret-key"),
            ("CRM_BACKOFF", "5"),
            ("CRM_TIMEOUT", "300"),
        ],
    );
    let synced = Outcome::of("crm", &customer).await?;
    let done = synced.done()?;
    assert_eq!(
        (&done["sent"], &done["dead"], &done["waiting"]),
        (&(leads + 2).into(), &1.into(), &0.into()),
        "{}",
        synced.log
    );
    assert_eq!((synced.sum("CrmSyncs"), synced.sum("CrmSyncsDone")), ((leads + 3) as f64, (leads + 2) as f64));
    assert!(!synced.log.contains("secret-key"));
    let asked = crm.asked();
    let well: Vec<&str> = asked.iter().filter(|asked| asked.well).map(|asked| asked.key.as_str()).collect();
    assert_eq!(well.len(), well.iter().collect::<BTreeSet<_>>().len(), "a record arrived twice");
    assert!(
        asked.iter().all(|asked| asked.path.contains("/v2/tenant/42/") && asked.authorization == "Bearer secret-key")
    );
    assert!(
        asked.iter().any(|asked| asked.path.ends_with("/leads")
            && asked.body.contains("\"reflectivityProxy\", \"value\": true")
            || asked.body.contains("reflectivityProxy"))
    );
    let replay = Outcome::of("crm", &customer).await?;
    assert_eq!(replay.done()?["sent"], 0);
    assert_eq!(crm.asked().len(), asked.len(), "a replay sends nothing");
    assert_eq!(database.count("select count(*) from crm_dead_letters where reason like '%400%'").await?, 1);

    // Promises that are not kept are told once, whoever looks first.
    sqlx::query("update sla_clocks set due_at = now() - interval '1 minute' where kind = 'first_contact' and subject in (select id from leads order by id limit 12)")
        .execute(&database.pool)
        .await?;
    assert_eq!(Outcome::of("propose", &base).await?.sum("SLABreaches"), 12.0);
    assert_eq!(Outcome::of("propose", &base).await?.sum("SLABreaches"), 0.0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_never_arrives_goes_to_the_dead_letters_after_the_last_try() -> Result<()> {
    let database = Database::migrated("deaf").await?;
    database.add_synthetic_parcels(1).await?;
    sqlx::query(
        "with run as (insert into forecast_runs (source, reference_time, lead_minutes, field, measure, sha256)
             values ('test', now(), 0, 'hail', 'hail_mm', '') returning id)
         insert into leads (run_id, parcel_id, storm_day, score, proxy) select run.id, p.id, current_date, 1, false from run, parcels p",
    )
    .execute(&database.pool)
    .await?;
    let crm = Stub::start(&vec![Answer::Status(503); 50], b"{}").await?;
    let customer = with(
        &database.variables(),
        &[("CRM_URL", &crm.url), ("CRM_TENANT", "1"), ("CRM_KEY", "k"), ("CRM_BACKOFF", "2"), ("CRM_ATTEMPTS", "4")],
    );
    let outcome = Outcome::of("crm", &customer).await?;
    assert_eq!((outcome.done()?["dead"].as_i64(), outcome.sum("CrmSyncsDone")), (Some(1), 0.0));
    let keys: BTreeSet<String> = crm.asked().into_iter().map(|asked| asked.key).collect();
    assert_eq!((crm.asked().len(), keys.len()), (4, 1), "four tries under one key");
    Ok(())
}

/// A synthetic field of hail in millimetres, under the parameter of the MRMS's greatest hail size; packed by eccodes.
const HAIL: &[u8] = include_bytes!("../data/grib2/hail.grib2");

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_hail_is_hail_to_the_last_message() -> Result<()> {
    let database = Database::migrated("hail").await?;
    database.add_synthetic_parcels(60).await?;
    let base = database.variables();
    let source = Stub::start(&[], HAIL).await?;
    let ingested = Outcome::of("ingest", &with(&base, &[("FORECAST_URL", &source.url)])).await?;
    assert_eq!(ingested.done()?["measure"], "hail_mm", "{}", ingested.log);
    assert_eq!(ingested.sum("HailAlerts"), 1.0, "an inch of hail and more");
    let proposed = Outcome::of("propose", &base).await?;
    let leads = proposed.done()?[0]["leads"].as_i64().unwrap_or_default();
    assert!(leads > 0, "{}", proposed.log);
    assert_eq!(database.count("select count(*) from leads where proxy").await?, 0);
    assert_eq!(database.count("select count(*) from sms_drafts where body like '%Hail of%'").await?, leads);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_sends_something_else_leaves_no_run() -> Result<()> {
    let database = Database::migrated("nonsense").await?;
    let source = Stub::start(&[], b"<html>maintenance</html>").await?;
    let outcome = Outcome::of("ingest", &with(&database.variables(), &[("FORECAST_URL", &source.url)])).await?;
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.log.contains("neither GRIB2 nor a tar"), "{}", outcome.log);
    assert_eq!(database.count("select count(*) from forecast_runs").await?, 0);
    Ok(())
}
