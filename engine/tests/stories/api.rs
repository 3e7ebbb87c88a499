//! The role `api` over HTTP.

use reqwest::Method;

use crate::{
    program::{Server, ask, with},
    servers::{Database, Redis},
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A run with leads on every parcel.
pub(crate) async fn add_leads(database: &Database) -> Result<()> {
    sqlx::query(
        "with run as (insert into forecast_runs (source, reference_time, lead_minutes, field, measure, sha256)
             values ('test', now(), 0, 'refc', 'reflectivity_proxy', '') returning id),
         lead as (insert into leads (run_id, parcel_id, storm_day, score, proxy)
             select run.id, p.id, current_date, 0.25 + (p.id % 4) / 5.0, true from run, parcels p returning id)
         insert into sla_clocks (kind, subject, started_at, due_at)
         select 'first_contact', id, now(), now() + interval '15 minutes' from lead",
    )
    .execute(&database.pool)
    .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_and_change_leads_and_routes_with_their_key_only() -> Result<()> {
    let database = Database::migrated("operators").await?;
    database.add_synthetic_parcels(60).await?;
    add_leads(&database).await?;
    let server = Server::start(&with(&database.variables(), &[("ROUTE_SECONDS", "0.2"), ("CREWS", "2")])).await?;
    let at = |path: &str| format!("{}{path}", server.url);

    let client = engine::http::client()?;
    for (method, path) in [
        (Method::GET, "/leads"),
        (Method::GET, "/routes"),
        (Method::POST, "/routes"),
        (Method::GET, "/sla"),
        (Method::POST, "/leads/1/contact"),
    ] {
        assert_eq!(
            client.request(method, at(path)).bearer_auth("wrong").send().await?.status(),
            401,
            "{path} without the key"
        );
    }
    assert_eq!(ask(Method::GET, &at("/leads")).await?.1.as_array().map(Vec::len), Some(60));
    assert_eq!(ask(Method::GET, &at("/routes")).await?.1.as_array().map(Vec::len), Some(0));
    let (status, built) = ask(Method::POST, &at("/routes")).await?;
    assert_eq!((status, built["routes"].as_array().map(Vec::len)), (201, Some(2)));
    assert_eq!(ask(Method::POST, &at("/routes")).await?.0, 200, "nothing left to build");
    assert_eq!(ask(Method::GET, &at("/routes")).await?.1[0]["stops"].as_array().map(Vec::len), Some(30));

    let lead = database.count("select min(id) from leads").await?;
    let contact = at(&format!("/leads/{lead}/contact"));
    assert_eq!(ask(Method::POST, &contact).await?.1["in_time"], true);
    assert_eq!(ask(Method::POST, &contact).await?.0, 200, "a second contact is no mistake");
    assert_eq!(ask(Method::POST, &at("/leads/999999/contact")).await?.0, 404);
    let metrics = client.get(at("/metrics")).send().await?.text().await?;
    assert!(
        metrics.contains("stormops_first_contacts_total 1\n")
            && metrics.contains("stormops_first_contacts_in_time_total 1\n"),
        "{metrics}"
    );
    assert_eq!(ask(Method::GET, &at("/sla")).await?.1["first_contact"]["met"], 1);

    let (code, log) = server.end().await?;
    assert_eq!(code, Some(0));
    assert!(log.contains("taking nothing new") && log.contains("ended"), "{log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_cache_the_engine_works_on() -> Result<()> {
    let database = Database::migrated("cacheless").await?;
    database.add_synthetic_parcels(5).await?;
    add_leads(&database).await?;
    let mut redis = Redis::start().await?;
    let server =
        Server::start(&with(&database.variables(), &[("CACHE_URL", &redis.url), ("BUILD_DIGEST", "sha256:12")]))
            .await?;
    let at = |path: &str| format!("{}{path}", server.url);
    let (status, health) = ask(Method::GET, &at("/health")).await?;
    assert_eq!((status, &health["database"], &health["cache"]), (200, &"up".into(), &"up".into()), "{health}");
    assert_eq!(health["build"], "sha256:12");
    assert_eq!(ask(Method::GET, &at("/leads")).await?.1.as_array().map(Vec::len), Some(5));
    // Kept: a lead that goes behind the engine's back is still shown for a moment.
    sqlx::query("delete from leads where id = (select min(id) from leads)").execute(&database.pool).await?;
    assert_eq!(ask(Method::GET, &at("/leads")).await?.1.as_array().map(Vec::len), Some(5));
    redis.stop();
    assert_eq!(ask(Method::GET, &at("/leads")).await?.1.as_array().map(Vec::len), Some(4), "from the database");
    let (status, health) = ask(Method::GET, &at("/health")).await?;
    assert_eq!((status, &health["cache"]), (200, &"down".into()), "a cache that is down takes no task away");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn health_fails_on_a_schema_that_is_too_old() -> Result<()> {
    let database = Database::empty("old").await?;
    let server = Server::start(&database.variables()).await?;
    let (status, health) = ask(Method::GET, &format!("{}/health", server.url)).await?;
    assert_eq!((status, &health["database"], &health["cache"]), (503, &"old schema".into(), &"none".into()));
    Ok(())
}
