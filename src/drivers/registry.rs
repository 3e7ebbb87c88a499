//! Pushing images by the protocol that all registries share. Source: OCI distribution specification 1.1, "Pushing".
//!
//! Everything is named by its digest, so that whatever happened to an earlier attempt, asking what is there tells what is left to do.
//! A blob goes in one piece: what broke off begins again with that blob, not with the image.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde_json::Value;

use super::cause::chain;
use super::made::made;
use super::patience::Patience;
use super::retry::Retry;
use crate::plan::deployment::Image;
use crate::plan::digest::Digest;
use crate::ports::clock::Clock;
use crate::ports::cloud::{CloudError, StackResource};
use crate::ports::images::Pushed;

/// The slowest line on which a blob still arrives, bytes a second.
const SLOWEST: u64 = 64 * 1024;

/// What a manifest may be (OCI image specification, "Media Types"; the Docker registry's own before it).
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
                         application/vnd.docker.distribution.manifest.list.v2+json, \
                         application/vnd.docker.distribution.manifest.v2+json";

/// A registry that was logged in to.
pub struct Registry {
    client: Client,
    address: Url,
    authorization: HeaderValue,
    retry: Retry,
}

/// What a manifest says of a part.
struct Part {
    digest: Digest,
    media_type: String,
}

impl Registry {
    /// A registry at an address, with the whole value of the header that proves who asks. `way` is the sandbox where that stands in for
    /// the internet.
    ///
    /// # Errors
    /// [`CloudError::Unsupported`] where one of them can't be used.
    pub fn new(
        address: &str,
        authorization: &str,
        way: Option<&str>,
        clock: Arc<dyn Clock>,
        patience: Patience,
    ) -> Result<Self, CloudError> {
        let url = Url::parse(address).map_err(|error| unusable(address, &error))?;
        let mut authorization = HeaderValue::from_str(authorization).map_err(|error| unusable(address, &error))?;
        authorization.set_sensitive(true);
        let client = client(&url, way, patience)?;
        Ok(Registry { client, address: url, authorization, retry: Retry { clock, patience } })
    }

    /// Puts an image into a repository, under its digest and under a tag of the same digits: registries clear away what has no tag.
    ///
    /// # Errors
    /// [`CloudError`], as the registry answers; where the image isn't whole, before anything of it is named there.
    pub async fn push(&self, repository: &str, image: &Image) -> Result<Pushed, CloudError> {
        let mut pushed = Pushed::default();
        let tag = image.digest.hex();
        if self.holds(&format!("{repository}/manifests/{tag}")).await? {
            return Ok(pushed);
        }
        let whole = Part { digest: image.digest.clone(), media_type: media_type(image, &image.digest)? };
        for manifest in listed(image, &whole.digest, "manifests")? {
            self.push_parts(repository, image, &manifest.digest, &mut pushed).await?;
            self.put_manifest(repository, image, &manifest, &manifest.digest.to_string(), &mut pushed).await?;
        }
        self.push_parts(repository, image, &whole.digest, &mut pushed).await?;
        self.put_manifest(repository, image, &whole, tag, &mut pushed).await?;
        Ok(pushed)
    }

    /// The configuration and layers that a manifest names.
    async fn push_parts(
        &self,
        repository: &str,
        image: &Image,
        manifest: &Digest,
        pushed: &mut Pushed,
    ) -> Result<(), CloudError> {
        for part in listed(image, manifest, "layers")?.into_iter().chain(listed(image, manifest, "config")?) {
            self.put_blob(repository, &part.digest, blob(image, &part.digest)?, pushed).await?;
        }
        Ok(())
    }

    async fn put_blob(
        &self,
        repository: &str,
        digest: &Digest,
        bytes: &[u8],
        pushed: &mut Pushed,
    ) -> Result<(), CloudError> {
        let start = self.retry.clock.elapsed();
        let mut attempt = 0;
        while !self.holds(&format!("{repository}/blobs/{digest}")).await? {
            match self.upload(repository, digest, bytes).await {
                Ok(()) => {
                    pushed.parts += 1;
                    pushed.sent += bytes.len() as u64;
                    return Ok(());
                }
                // Perhaps it arrived: that is looked at first.
                Err(CloudError::Unavailable { .. } | CloudError::Throttled { .. })
                    if self.retry.since(start) < self.retry.patience.overall => {}
                Err(error) => return Err(error),
            }
            self.retry.pause(attempt).await;
            attempt += 1;
        }
        Ok(())
    }

    /// Sends a blob in one piece.
    async fn upload(&self, repository: &str, digest: &Digest, bytes: &[u8]) -> Result<(), CloudError> {
        let begin = self.url(&format!("{repository}/blobs/uploads/"))?;
        let begun = self.ask(Method::POST, &begin, None, &[], true).await?;
        let begun = accepted(&begin, begun, &[StatusCode::ACCEPTED]).await?;
        let place = begun.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let unusable = || CloudError::Refused {
            call: "POST blobs/uploads".to_owned(),
            code: "LOCATION".to_owned(),
            message: format!("the registry names no place to upload to: `{place}`"),
        };
        let mut place = begin.join(place).map_err(|_| unusable())?;
        // The login belongs to this registry and is shown to no other.
        if place.origin() != self.address.origin() {
            return Err(unusable());
        }
        place.query_pairs_mut().append_pair("digest", &digest.to_string());
        let stream = Some("application/octet-stream");
        let sent = self.ask(Method::PUT, &place, stream, bytes, false).await?;
        accepted(&place, sent, &[StatusCode::CREATED]).await.map(|_| ())
    }

    async fn put_manifest(
        &self,
        repository: &str,
        image: &Image,
        manifest: &Part,
        reference: &str,
        pushed: &mut Pushed,
    ) -> Result<(), CloudError> {
        let path = format!("{repository}/manifests/{reference}");
        if self.holds(&path).await? {
            return Ok(());
        }
        let (url, bytes) = (self.url(&path)?, blob(image, &manifest.digest)?);
        let sent = self.ask(Method::PUT, &url, Some(&manifest.media_type), bytes, true).await?;
        let sent = accepted(&url, sent, &[StatusCode::CREATED, StatusCode::OK]).await?;
        let found = sent.headers().get("docker-content-digest").and_then(|value| value.to_str().ok());
        if found.is_some_and(|found| found != manifest.digest.to_string()) {
            return Err(CloudError::Refused {
                call: "PUT manifests".to_owned(),
                code: "DIGEST".to_owned(),
                message: format!("the registry keeps {} as {}", manifest.digest, found.unwrap_or_default()),
            });
        }
        pushed.parts += 1;
        pushed.sent += bytes.len() as u64;
        Ok(())
    }

    /// Whether a blob or manifest is there.
    async fn holds(&self, path: &str) -> Result<bool, CloudError> {
        let url = self.url(path)?;
        let answer = self.ask(Method::HEAD, &url, None, &[], true).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(false),
            // A registry may say where the blob lies; that it lies somewhere is enough.
            status if status.is_success() || status.is_redirection() => Ok(true),
            _ => Err(refused(&url, answer).await),
        }
    }

    fn url(&self, path: &str) -> Result<Url, CloudError> {
        let unsupported = |error: url::ParseError| CloudError::Unsupported(format!("{path}: {error}"));
        self.address.join(&format!("/v2/{path}")).map_err(unsupported)
    }

    /// Asks, and again where no answer came and asking again is the same.
    async fn ask(
        &self,
        method: Method,
        url: &Url,
        content: Option<&str>,
        body: &[u8],
        again: bool,
    ) -> Result<Response, CloudError> {
        let start = self.retry.clock.elapsed();
        let call = || format!("{method} {}", url.path());
        let longest = self.retry.patience.attempt + Duration::from_secs(body.len() as u64 / SLOWEST);
        let mut attempt = 0;
        loop {
            let mut request = self.client.request(method.clone(), url.clone()).timeout(longest);
            request = request.header(AUTHORIZATION, self.authorization.clone());
            if let Some(content) = content {
                request = request.header(CONTENT_TYPE, content);
            }
            if method == Method::HEAD {
                // A manifest of a kind that isn't asked for is not found.
                request = request.header(ACCEPT, MANIFESTS);
            }
            if content.is_some() || method == Method::POST {
                request = request.body(Bytes::copy_from_slice(body));
            }
            let waited = self.retry.since(start);
            let over = !again || waited >= self.retry.patience.overall;
            match request.send().await {
                Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS && over => {
                    return Err(CloudError::Throttled { call: call(), waited_seconds: waited.as_secs() });
                }
                Ok(answer) if answer.status().is_server_error() && over => {
                    return Err(CloudError::Unavailable { call: call(), why: answer.status().to_string() });
                }
                Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS || answer.status().is_server_error() => {
                }
                Ok(answer) => return Ok(answer),
                Err(error) if over => {
                    return Err(CloudError::Unavailable { call: call(), why: chain(&error) });
                }
                Err(_) => {}
            }
            self.retry.pause(attempt).await;
            attempt += 1;
        }
    }
}

/// What asks a registry, and those who give the tokens for it. Where the sandbox stands in for the internet, it is asked as if it stood
/// behind every name.
///
/// # Errors
/// [`CloudError::Unsupported`] where it can't be made.
pub fn client(address: &Url, way: Option<&str>, patience: Patience) -> Result<Client, CloudError> {
    let unusable = |error: reqwest::Error| unusable(address.as_str(), &error);
    // Only the first in a process decides which TLS serves all, and they are all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().redirect(reqwest::redirect::Policy::none()).connect_timeout(patience.attempt);
    let builder = match way {
        Some(way) => builder.proxy(reqwest::Proxy::all(way).map_err(unusable)?),
        // Plain http is this machine's own: no proxy stands between.
        None if address.scheme() == "http" => builder.no_proxy(),
        None => builder,
    };
    builder.build().map_err(unusable)
}

/// The address of a registry by its host.
pub fn address(host: &str, way: Option<&str>) -> String {
    let scheme = if way.is_some() { "http" } else { "https" };
    format!("{scheme}://{host}")
}

/// What the cloud calls the registries that an image is run from.
///
/// # Errors
/// [`CloudError::NotFound`] where the stack hasn't made one of them.
pub fn registries<'a>(
    resources: &'a [StackResource],
    kind: &str,
    stack: &str,
    image: &Image,
) -> Result<Vec<&'a str>, CloudError> {
    image.registries.iter().map(|id| made(resources, kind, id, "registry", stack)).collect()
}

fn unusable(address: &str, why: &(dyn std::error::Error + 'static)) -> CloudError {
    CloudError::Unsupported(format!("the registry {address} can't be used: {}", chain(why)))
}

/// An answer with one of these statuses.
async fn accepted(url: &Url, answer: Response, statuses: &[StatusCode]) -> Result<Response, CloudError> {
    if statuses.contains(&answer.status()) { Ok(answer) } else { Err(refused(url, answer).await) }
}

/// What an answer that says no means: status, and the first error of its body.
pub async fn refused(url: &Url, answer: Response) -> CloudError {
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    let first = |name: &str| body["errors"][0][name].as_str().unwrap_or_default().to_owned();
    let (code, message) = (first("code"), first("message"));
    let call = format!("push to {}", url.path());
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if message.contains("expired") => CloudError::Expired { call },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            CloudError::Denied { call, action: String::new(), resource: String::new(), message }
        }
        StatusCode::NOT_FOUND if code == "NAME_UNKNOWN" => {
            CloudError::NotFound { what: format!("the repository of {} ({message})", url.path()) }
        }
        _ => CloudError::Refused { call, code: if code.is_empty() { status.to_string() } else { code }, message },
    }
}

fn not_whole(why: String) -> CloudError {
    CloudError::Refused { call: "push".to_owned(), code: "NOT_WHOLE".to_owned(), message: why }
}

fn blob<'a>(image: &'a Image, digest: &Digest) -> Result<&'a [u8], CloudError> {
    let found = image.blobs.get(digest).map(Vec::as_slice);
    found.ok_or_else(|| not_whole(format!("the image {} lacks its part {digest}", image.digest)))
}

fn document(image: &Image, digest: &Digest) -> Result<Value, CloudError> {
    serde_json::from_slice(blob(image, digest)?)
        .map_err(|error| not_whole(format!("the part {digest} of the image {} is no manifest: {error}", image.digest)))
}

fn media_type(image: &Image, digest: &Digest) -> Result<String, CloudError> {
    let found = document(image, digest)?["mediaType"].as_str().map(str::to_owned);
    found.ok_or_else(|| not_whole(format!("the part {digest} of the image {} has no media type", image.digest)))
}

/// The parts that a manifest lists under a key, one or several.
fn listed(image: &Image, manifest: &Digest, key: &str) -> Result<Vec<Part>, CloudError> {
    let document = document(image, manifest)?;
    let parts = match &document[key] {
        Value::Array(parts) => parts.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let part = |part: &Value| {
        let digest = part["digest"].as_str().unwrap_or_default().parse();
        let digest = digest.map_err(|_| not_whole(format!("{manifest} names a part without a sha256")))?;
        Ok(Part { digest, media_type: part["mediaType"].as_str().unwrap_or_default().to_owned() })
    };
    parts.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn image(layers: &Value, with_layer: bool) -> Image {
        let manifest = serde_json::json!({ "mediaType": "m", "layers": layers }).to_string().into_bytes();
        let digest = Digest::of(&manifest);
        let mut blobs = BTreeMap::from([(digest.clone(), manifest)]);
        if with_layer {
            blobs.insert(Digest::of(b"layer"), b"layer".to_vec());
        }
        Image { digest, name: String::new(), registries: BTreeSet::new(), blobs }
    }

    #[test]
    fn an_image_that_lacks_a_part_or_names_one_without_digest_is_told() {
        let layer = serde_json::json!([{ "digest": Digest::of(b"layer").to_string(), "mediaType": "l" }]);
        let whole = image(&layer, true);
        let parts = listed(&whole, &whole.digest, "layers").unwrap();
        assert_eq!(blob(&whole, &parts[0].digest).unwrap(), b"layer");
        let broken = image(&layer, false);
        let parts = listed(&broken, &broken.digest, "layers").unwrap();
        assert!(matches!(blob(&broken, &parts[0].digest), Err(CloudError::Refused { .. })));
        let nameless = image(&serde_json::json!([{ "digest": "md5:0" }]), true);
        assert!(listed(&nameless, &nameless.digest, "layers").is_err());
    }
}
