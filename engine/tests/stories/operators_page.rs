//! The operators' page in a real browser.

use reqwest::Method;
use tokio::process::Command;

use crate::{
    api::add_leads,
    program::{Server, ask, with},
    servers::Database,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_plots_leads_and_routes_and_tells_the_promises() -> Result<()> {
    let database = Database::migrated("page").await?;
    database.add_synthetic_parcels(80).await?;
    add_leads(&database).await?;
    sqlx::query("update sla_clocks set due_at = now() - interval '1 minute' where subject <= 3")
        .execute(&database.pool)
        .await?;
    let server = Server::start(&with(&database.variables(), &[("ROUTE_SECONDS", "0.2"), ("CREWS", "3")])).await?;
    assert_eq!(ask(Method::POST, &format!("{}/routes", server.url)).await?.0, 201);

    let profile = tempfile::tempdir()?;
    let mut browser = Command::new("chromium");
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1100"]);
    browser.arg("--virtual-time-budget=8000").arg(format!("--user-data-dir={}", profile.path().display()));
    // `ENGINE_SCREENSHOT=file.png` keeps a picture, for people to look at.
    if let Some(file) = engine::environment::variable("ENGINE_SCREENSHOT") {
        browser.arg(format!("--screenshot={file}"));
    }
    let page = browser
        .arg("--dump-dom")
        .arg(format!("{}/#key=open%20sesame", server.url))
        .output()
        .await
        .map_err(|_| "no chromium here: run tools/setup")?;
    let page = String::from_utf8(page.stdout)?;
    assert!(page.contains("data-ready=\"yes\""), "the page did not get its data: {page}");
    assert_eq!(page.matches("class=\"lead\"").count(), 80);
    assert_eq!(page.matches("class=\"route\"").count(), 3);
    assert_eq!(page.matches("class=\"depot\"").count(), 1);
    assert!(page.contains("3 breached") && page.contains("77 running"), "the promises are not told");
    assert!(
        page.contains(">proxy</span>") && page.contains(">synthetic</span>"),
        "what is a proxy or synthetic is not labelled"
    );
    assert!(!page.contains("open sesame") && !page.contains("open%20sesame"), "the key is on the page");
    Ok(())
}
