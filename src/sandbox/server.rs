//! The HTTP server: one address for all services, on this machine only.
#![expect(clippy::disallowed_methods, reason = "the sandbox is IO: it serves a cloud's protocols on this machine")]

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::access::Access;
use super::admin;
use super::aws::s3::face::Face;
use super::aws::serve::{self, Answer};
use super::azure;
use super::error::SandboxError;
use super::{front, gcp};

/// The most bytes of a request's body: well above a function's code, well below a machine's memory.
const BODY_LIMIT: usize = 512 * 1024 * 1024;

/// Why a connection is closed without an answer: a fault asks for it.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost on purpose")]
struct LostAnswer;

/// Listens on the loopback address.
///
/// # Errors
/// [`SandboxError::Listen`].
pub async fn listen(port: u16) -> Result<TcpListener, SandboxError> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    TcpListener::bind(address).await.map_err(|source| SandboxError::Listen { address: address.to_string(), source })
}

/// Serves until told to stop; then drops what is under way.
pub async fn serve(listener: TcpListener, access: Arc<Access>, mut stop: watch::Receiver<bool>) {
    let s3 = S3ServiceBuilder::new(Face::new(Arc::clone(&access))).build();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else { continue };
        let (access, s3) = (Arc::clone(&access), s3.clone());
        connections.spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&access), s3.clone(), request));
            // A connection that breaks off is the client's affair.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
    connections.shutdown().await;
}

async fn answer(
    access: Arc<Access>,
    s3: S3Service,
    request: Request<Incoming>,
) -> Result<Response<s3s::Body>, LostAnswer> {
    let (parts, body) = request.into_parts();
    let body: Bytes = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string())),
    };
    if let Some(path) = parts.uri.path().strip_prefix("/_sandbox") {
        return Ok(admin::answer(&access, &parts.method, path, parts.uri.query(), &body));
    }
    if gcp::artifact_registry::is_addressed(&parts) {
        return given(gcp::artifact_registry::answer(&access, &parts, &body).await);
    }
    if azure::container_registry::is_addressed(&parts) {
        return given(azure::container_registry::answer(&access, &parts, &body).await);
    }
    // A client that takes this for its way to the internet names the whole address.
    if let Some(host) = parts.uri.host() {
        return given(access.with(|world, _| front::answer(world, host)));
    }
    if azure::blob_face::is_addressed(&parts) {
        return given(azure::blob_face::answer(&access, &parts, &body));
    }
    if azure::face::is_addressed(&parts) {
        return given(azure::face::answer(&access, &parts, &body).await);
    }
    if gcp::face::is_addressed(&parts) {
        return given(gcp::face::answer(&access, &parts, &body).await);
    }
    if gcp::storage_face::is_addressed(&parts) {
        return given(gcp::storage_face::answer(&access, &parts, &body));
    }
    match serve::answer(&access, &s3, parts, body).await {
        Ok(Answer::Given(response)) => Ok(response),
        Ok(Answer::Lost) => Err(LostAnswer),
        Err(error) => Ok(plain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())),
    }
}

/// What a face answers; none is an answer that is lost.
fn given(answered: Result<Option<Response<s3s::Body>>, SandboxError>) -> Result<Response<s3s::Body>, LostAnswer> {
    match answered {
        Ok(Some(response)) => Ok(response),
        Ok(None) => Err(LostAnswer),
        Err(error) => Ok(plain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())),
    }
}

fn plain(status: StatusCode, text: &str) -> Response<s3s::Body> {
    let mut response = Response::new(s3s::Body::from(text.to_owned()));
    *response.status_mut() = status;
    response
}
