//! The operators' key.

use axum::{
    Json,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;
use sha2::{Digest, Sha256};

/// What the key hashes to: comparing hashes tells nothing of how much of a guess was right.
#[derive(Clone)]
pub(super) struct Key([u8; 32]);

impl Key {
    pub(super) fn new(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    fn is(&self, given: &str) -> bool {
        Self::new(given).0 == self.0
    }
}

/// Lets a request pass that carries `Authorization: Bearer <key>`.
pub(super) async fn ask(State(key): State<Key>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.and_then(|value| value.strip_prefix("Bearer ")).is_some_and(|given| key.is(given)) {
        next.run(request).await
    } else {
        (StatusCode::UNAUTHORIZED, Json(json!({"error": "give the operators' key as a bearer token"}))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn only_the_key_itself_opens() {
        let key = Key::new("right");
        assert!(key.is("right"));
        assert!(!key.is("righ") && !key.is("") && !key.is("Right"));
    }
}
