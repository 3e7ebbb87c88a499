//! Requests of the bench's own, past the program and its drivers.

use std::sync::LazyLock;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::Told;
use crate::cloud::Cloud;

/// What sandboxes, proxies and the bench's own requests run on.
static RUNTIME: LazyLock<Option<Runtime>> = LazyLock::new(|| Runtime::new().ok());

/// The runtime of the bench.
pub(crate) fn runtime() -> Told<&'static Runtime> {
    RUNTIME.as_ref().ok_or_else(|| "no runtime".into())
}

/// Sends a request to an address, such as `127.0.0.1:80`, over a connection of its own.
pub(crate) async fn send(address: &str, mut request: Request<Full<Bytes>>) -> Told<Response<Bytes>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    if !request.headers().contains_key("host") {
        request.headers_mut().insert("host", address.parse()?);
    }
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok(Response::from_parts(parts, body))
}

/// Asks a service of the sandbox as the target's account and waits for the answer.
pub(crate) fn ask(
    address: &str,
    (cloud, service): (Cloud, &str),
    method: &str,
    path: &str,
    body: &str,
) -> Told<(u16, Vec<u8>)> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in cloud.headers(service) {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(body.to_owned())))?;
    let answer = runtime()?.handle().block_on(send(address, request))?;
    Ok((answer.status().as_u16(), answer.into_body().to_vec()))
}
