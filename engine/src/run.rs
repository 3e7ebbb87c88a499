//! Running a role: as a Lambda function when the runtime's address is set, else as a server or a job that runs once.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    api,
    configuration::Configuration,
    crm,
    database::{DatabaseError, login, migration},
    ingest,
    metric::{Meter, Metric},
    propose,
    role::Role,
    route, sla,
    work::{Deadline, Work, WorkError},
};

/// Why the process ends with a failure.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The job failed.
    #[error("{0}")]
    Work(#[from] WorkError),
    /// The address cannot be listened on.
    #[error("{address} cannot be listened on: {source}. Set LISTEN and PORT")]
    Listen {
        /// The address.
        address: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Signals or sockets failed.
    #[error("the system refused: {0}")]
    System(#[from] std::io::Error),
    /// The Lambda runtime failed.
    #[error("the Lambda runtime: {0}")]
    Lambda(String),
}

/// How often a server looks for clocks that ran out.
const LOOK_AT_CLOCKS: Duration = Duration::from_secs(15);
/// Kept of a Lambda invocation's time, to answer.
const ANSWER: Duration = Duration::from_millis(500);

/// Runs the configured role until it is done or told to end.
///
/// # Errors
/// When it cannot begin, or a job fails.
pub async fn run(configuration: Configuration, meter: Arc<Meter>, lambda: bool) -> Result<(), RunError> {
    let role = configuration.role;
    let work = Work::begin(configuration, meter).await?;
    // Connections that other processes drop come back by themselves; a schema that is too old does not.
    if role != Role::Migrate && role != Role::Api {
        work.count(migration::check(&work.pool).await.map_err(WorkError::from))?;
    }
    match (role, lambda) {
        (Role::Api, true) => {
            let router = api::router(work).await?;
            lambda_http::run(router).await.map_err(|error| RunError::Lambda(error.to_string()))
        }
        (Role::Api, false) => serve(work).await,
        (_, true) => {
            let handler = service_fn(|event: LambdaEvent<Value>| {
                let work = work.clone();
                async move {
                    let end = event.context.deadline().checked_sub(ANSWER);
                    let left = end.and_then(|end| end.duration_since(SystemTime::now()).ok()).unwrap_or_default();
                    one(&work, event.payload, Deadline(Some(Instant::now() + left)))
                        .await
                        .map_err(lambda_runtime::Error::from)
                }
            });
            lambda_runtime::run(handler).await.map_err(|error| RunError::Lambda(error.to_string()))
        }
        (_, false) => {
            let mut term = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            // A job holds nothing that a transaction does not undo, and what it did stands: the next run goes on from there.
            let outcome = tokio::select! {
                outcome = one(&work, Value::Null, Deadline(None)) => Some(outcome?),
                _ = term.recv() => None,
                _ = interrupt.recv() => None,
            };
            work.pool.close().await;
            match outcome {
                Some(outcome) => tracing::info!(role = role.name(), %outcome, "done"),
                None => tracing::info!(role = role.name(), "told to end, ended"),
            }
            Ok(())
        }
    }
}

/// Does the role's work once.
async fn one(work: &Work, event: Value, deadline: Deadline) -> Result<Value, WorkError> {
    let outcome = match work.configuration.role {
        Role::Ingest => ingest::ingest(work).await.map(|done| json!(done)),
        Role::Propose => match requests(event) {
            Ok(requests) => {
                let mut done = Vec::new();
                for request in &requests {
                    done.push(work.count(propose::propose(work, request).await)?);
                }
                Ok(json!(done))
            }
            Err(error) => Err(error),
        },
        Role::Route => match requests(event) {
            Ok(requests) => {
                let mut done = Vec::new();
                for request in &requests {
                    done.extend(work.count(route::route(work, request, deadline).await)?);
                }
                Ok(json!(done))
            }
            Err(error) => Err(error),
        },
        Role::Crm => crm::sync(work, deadline).await.map(|done| json!(done)),
        Role::Migrate => migrate(work).await.map_err(WorkError::from),
        Role::Api => Ok(Value::Null),
    };
    work.count(outcome)
}

/// Brings the schema up to date, then lets in who works on it.
async fn migrate(work: &Work) -> Result<Value, DatabaseError> {
    let (before, after) = migration::migrate(&work.pool).await?;
    let admitted = login::admit(&work.pool, &work.configuration.users("DATABASE_LOGINS")).await?;
    Ok(json!({"before": before, "after": after, "admitted": admitted}))
}

/// What an event asks for: itself, each record's body when a queue brings it, or nothing in particular.
fn requests<T: DeserializeOwned + Default>(event: Value) -> Result<Vec<T>, WorkError> {
    match event {
        Value::Null => Ok(vec![T::default()]),
        Value::Object(mut fields) => match fields.remove("Records") {
            Some(Value::Array(records)) => records
                .into_iter()
                .map(|record| match record.get("body").and_then(Value::as_str) {
                    Some(body) => Ok(serde_json::from_str(body)?),
                    None => Ok(serde_json::from_value(record)?),
                })
                .collect(),
            Some(other) => Ok(vec![serde_json::from_value(other)?]),
            None => Ok(vec![serde_json::from_value(Value::Object(fields))?]),
        },
        other => Ok(vec![serde_json::from_value(other)?]),
    }
}

async fn serve(work: Work) -> Result<(), RunError> {
    let address = format!("{}:{}", work.configuration.known("LISTEN"), work.configuration.known("PORT"));
    let listener = tokio::net::TcpListener::bind(&address)
        .await
        .map_err(|source| RunError::Listen { address: address.clone(), source })?;
    let router = api::router(work.clone()).await?;
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let clocks = tokio::spawn(watch_clocks(work.clone()));
    tracing::info!(address = %listener.local_addr()?, "listening");
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("told to end: answering what was asked, taking nothing new");
        })
        .await?;
    clocks.abort();
    work.pool.close().await;
    tracing::info!("ended");
    Ok(())
}

async fn watch_clocks(work: Work) {
    let mut interval = tokio::time::interval(LOOK_AT_CLOCKS);
    loop {
        interval.tick().await;
        if let Err(error) = sla::tell(&work.pool, &work.meter).await {
            work.meter.add(Metric::DatabaseErrors, 1.0);
            tracing::error!(%error, "the clocks could not be looked at");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::requests;
    use crate::route::Request;
    use serde_json::{Value, json};

    #[test]
    fn an_event_is_a_request_a_queue_of_them_or_nothing() {
        let runs =
            |event: Value| requests::<Request>(event).unwrap().iter().map(|request| request.run).collect::<Vec<_>>();
        assert_eq!(runs(Value::Null), [None]);
        assert_eq!(runs(json!({})), [None]);
        assert_eq!(runs(json!({"run": 7})), [Some(7)]);
        assert_eq!(runs(json!({"Records": [{"body": "{\"run\":1}"}, {"body": "{\"run\":2}"}]})), [Some(1), Some(2)]);
        assert!(requests::<Request>(json!("seven")).is_err());
        assert!(requests::<Request>(json!({"Records": [{"body": "not json"}]})).is_err());
    }
}
