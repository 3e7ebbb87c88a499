//! Somebody else's service on loopback: answers as scripted, then always well, and remembers what it was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One answer.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// This status.
    Status(u16),
    /// None, for longer than anybody waits.
    Hang,
    /// 429, to come again at once.
    TooMany,
}

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The path.
    pub(crate) path: String,
    /// The `Idempotency-Key`.
    pub(crate) key: String,
    /// The `Authorization`.
    pub(crate) authorization: String,
    /// The body.
    pub(crate) body: String,
    /// Whether it was answered well.
    pub(crate) well: bool,
}

#[derive(Clone, Default)]
struct Shared {
    script: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    refuse: Arc<Mutex<Option<String>>>,
    good: Bytes,
}

/// The service.
pub(crate) struct Stub {
    shared: Shared,
    /// Where it is.
    pub(crate) url: String,
}

impl Stub {
    /// Starts one that goes through `script` and from then on answers with `good`.
    pub(crate) async fn start(script: &[Answer], good: &'static [u8]) -> Result<Self> {
        let shared = Shared { good: Bytes::from_static(good), ..Shared::default() };
        *shared.script.lock().unwrap_or_else(PoisonError::into_inner) = script.iter().cloned().collect();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(answer).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { shared, url })
    }

    /// From now on refuses, with 400, whatever carries this idempotency key.
    pub(crate) fn refuse(&self, key: &str) {
        *self.shared.refuse.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.to_owned());
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

async fn answer(State(shared): State<Shared>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let (path, key) = (uri.path().to_owned(), header(&headers, "idempotency-key"));
    let authorization = header(&headers, "authorization");
    let scripted = shared.script.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let refused = shared.refuse.lock().unwrap_or_else(PoisonError::into_inner).as_deref() == Some(key.as_str());
    let well = scripted.is_none() && !refused;
    let body = String::from_utf8_lossy(&body).into_owned();
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(Asked { path, key, authorization, body, well });
    match scripted {
        Some(Answer::Status(status)) => StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT).into_response(),
        Some(Answer::TooMany) => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "0")]).into_response(),
        Some(Answer::Hang) => {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
            StatusCode::IM_A_TEAPOT.into_response()
        }
        None if refused => StatusCode::BAD_REQUEST.into_response(),
        None => shared.good.into_response(),
    }
}
