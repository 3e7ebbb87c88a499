//! What an address on the internet answers.

use std::time::Duration;

use crate::ports::cloud::CloudError;
use crate::ports::sight::Answer;

/// How long an answer may take, unless a call may take less: what a load balancer waits for a service.
const LONGEST: Duration = Duration::from_secs(30);

/// The most bytes of an answer that are looked at.
const MOST: usize = 64 << 10;

/// Asks once, for as long as a call may take. With the sandbox it is the sandbox that is asked, as if it stood behind every name.
///
/// # Errors
/// [`CloudError::Unavailable`] where it can't be reached from here.
pub async fn get(url: &str, attempt: Duration, sandbox: Option<&str>) -> Result<Answer, CloudError> {
    let call = || format!("GET {url}");
    let unreachable = |error: reqwest::Error| {
        let mut why = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(inner) = source {
            why = inner.to_string();
            source = inner.source();
        }
        CloudError::Unavailable { call: call(), why }
    };
    // Only the first in a process decides which TLS serves all, and they are all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let longest = LONGEST.min(attempt);
    let builder = reqwest::Client::builder().timeout(longest).redirect(reqwest::redirect::Policy::none());
    let (builder, url) = match sandbox {
        Some(sandbox) => {
            let proxy = reqwest::Proxy::all(sandbox).map_err(unreachable)?;
            (builder.proxy(proxy), url.replacen("https://", "http://", 1))
        }
        None => (builder, url.to_owned()),
    };
    let client = builder.build().map_err(unreachable)?;
    let mut response = client.get(&url).send().await.map_err(unreachable)?;
    let status = response.status().as_u16();
    let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers = response.headers().iter().filter_map(header).collect();
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&part);
        if body.len() >= MOST {
            break;
        }
    }
    Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
