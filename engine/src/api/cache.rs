//! Answers kept in Redis for a moment, when there is one.

use std::time::Duration;

use redis::{AsyncCommands, Client, aio::ConnectionManager, aio::ConnectionManagerConfig};
use serde_json::Value;
use tokio::sync::Mutex;

/// How long an answer is kept: an operator does not notice it, a hundred of them spare the database.
const KEEP_SECONDS: u64 = 3;
/// Longest wait for Redis: longer than that, and asking the database is faster.
const WAIT: Duration = Duration::from_millis(250);
/// Prefix of our keys; the figure changes with the shape of what is kept.
const PREFIX: &str = "stormops:1:";

/// A cache, or none. Whatever goes wrong with it, the answer is the database's.
pub(super) struct Cache {
    client: Option<Client>,
    connection: Mutex<Option<ConnectionManager>>,
}

impl Cache {
    pub(super) fn new(url: Option<&str>) -> Self {
        let client =
            url.and_then(|url| Client::open(url).inspect_err(|_| tracing::warn!("CACHE_URL cannot be used")).ok());
        Self { client, connection: Mutex::new(None) }
    }

    async fn connection(&self) -> Option<ConnectionManager> {
        let client = self.client.as_ref()?;
        let mut held = self.connection.lock().await;
        if held.is_none() {
            let config = ConnectionManagerConfig::new()
                .set_number_of_retries(0)
                .set_connection_timeout(Some(WAIT))
                .set_response_timeout(Some(WAIT));
            *held = ConnectionManager::new_with_config(client.clone(), config).await.ok();
        }
        held.clone()
    }

    /// `up`, `down`, or `none` when none is configured.
    pub(super) async fn state(&self) -> &'static str {
        if self.client.is_none() {
            return "none";
        }
        let Some(mut connection) = self.connection().await else { return "down" };
        match redis::cmd("PING").query_async::<String>(&mut connection).await {
            Ok(_) => "up",
            Err(_) => "down",
        }
    }

    pub(super) async fn get(&self, name: &str) -> Option<Value> {
        let mut connection = self.connection().await?;
        let text: Option<String> = connection.get(format!("{PREFIX}{name}")).await.ok()?;
        serde_json::from_str(&text?).ok()
    }

    pub(super) async fn put(&self, name: &str, value: &Value) {
        let Some(mut connection) = self.connection().await else { return };
        let kept: redis::RedisResult<()> =
            connection.set_ex(format!("{PREFIX}{name}"), value.to_string(), KEEP_SECONDS).await;
        if let Err(error) = kept {
            tracing::debug!(%error, "the cache does not answer");
        }
    }

    pub(super) async fn forget(&self, names: &[&str]) {
        let Some(mut connection) = self.connection().await else { return };
        for name in names {
            let _gone_anyway: redis::RedisResult<()> = connection.del(format!("{PREFIX}{name}")).await;
        }
    }
}
