//! The engine as a Lambda function, under a Runtime API on loopback.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use crate::{
    api::add_leads,
    program::{function, with},
    servers::Database,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Clone)]
struct Runtime {
    events: Arc<Mutex<Vec<Value>>>,
    answers: mpsc::UnboundedSender<(String, Value)>,
}

/// Starts a Runtime API that hands out `events`, each with seven seconds to go. Returns its address and the answers.
async fn runtime(events: Vec<Value>) -> Result<(String, mpsc::UnboundedReceiver<(String, Value)>)> {
    let (answers, answered) = mpsc::unbounded_channel();
    let runtime = Runtime { events: Arc::new(Mutex::new(events)), answers };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(take))
        .with_state(runtime);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((address, answered))
}

async fn next(State(runtime): State<Runtime>) -> Response {
    let (id, event) = {
        let mut events = runtime.events.lock().await;
        if events.is_empty() {
            drop(events);
            tokio::time::sleep(Duration::from_secs(3_600)).await;
            return StatusCode::NO_CONTENT.into_response();
        }
        (events.len(), events.remove(0))
    };
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + Duration::from_secs(7);
    let headers = [
        ("lambda-runtime-aws-request-id", id.to_string()),
        ("lambda-runtime-deadline-ms", end.as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:engine".to_owned()),
        ("lambda-runtime-trace-id", "Root=1-0-0".to_owned()),
    ];
    (headers, Json(event)).into_response()
}

async fn take(State(runtime): State<Runtime>, Path((_, kind)): Path<(String, String)>, body: String) -> StatusCode {
    let _nobody_listens = runtime.answers.send((kind, serde_json::from_str(&body).unwrap_or(Value::Null)));
    StatusCode::ACCEPTED
}

async fn told(answered: &mut mpsc::UnboundedReceiver<(String, Value)>) -> Result<(String, Value)> {
    let answer = tokio::time::timeout(Duration::from_secs(60), answered.recv()).await?;
    answer.ok_or_else(|| "the runtime is gone".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_told_its_role_by_its_handler_and_keeps_its_deadline() -> Result<()> {
    let database = Database::migrated("lambda_route").await?;
    database.add_synthetic_parcels(40).await?;
    add_leads(&database).await?;
    let queue = json!({"Records": [{"body": "{}"}]});
    let (address, mut answered) = runtime(vec![queue, json!({"run": "seven"})]).await?;
    // An hour of search is asked for; the invocation has seven seconds.
    let variables = with(
        &database.variables(),
        &[("ROUTE_SECONDS", "600"), ("AWS_LAMBDA_RUNTIME_API", &address), ("_HANDLER", "route")],
    );
    let _function = function(&variables)?;
    let (kind, routes) = told(&mut answered).await?;
    assert_eq!((kind.as_str(), routes.as_array().map(Vec::len)), ("response", Some(4)), "{routes}");
    let (kind, error) = told(&mut answered).await?;
    assert_eq!(kind, "error");
    assert!(error["errorMessage"].as_str().is_some_and(|text| text.contains("event")), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_api_gateway() -> Result<()> {
    let database = Database::migrated("lambda_api").await?;
    let event = |path: &str| {
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "isBase64Encoded": false,
            "headers": BTreeMap::from([("host", "example.com")]),
            "requestContext": {
                "accountId": "000000000000", "apiId": "x", "domainName": "example.com", "domainPrefix": "x", "stage": "$default",
                "requestId": "r", "routeKey": "$default", "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 0,
                "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "t"},
            },
        })
    };
    let (address, mut answered) = runtime(vec![event("/health"), event("/leads")]).await?;
    let variables =
        with(&database.variables(), &[("API_KEY", "k"), ("AWS_LAMBDA_RUNTIME_API", &address), ("_HANDLER", "api")]);
    let _function = function(&variables)?;
    let (_, health) = told(&mut answered).await?;
    assert_eq!(health["statusCode"], 200, "{health}");
    assert!(health["body"].as_str().is_some_and(|body| body.contains("\"database\":\"up\"")), "{health}");
    assert_eq!(told(&mut answered).await?.1["statusCode"], 401);
    Ok(())
}
