//! The addresses on the internet under which what stacks have made is found: names in DNS, and those that clouds give.
//!
//! No workload runs behind them. An address that there is answers 200, and 503 while what it leads to isn't well; with the
//! build that would answer, as a workload does that is told which it is.

use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::world::World;
use super::{aws, azure, gcp};

/// The variable with which landfall tells a workload which build it runs.
pub const BUILD: &str = "BUILD_DIGEST";

/// What stands at an address.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A workload, with the build that it is told it is, if it is told.
    Workload(Option<Value>),
    /// One that isn't well.
    Unwell,
    /// The cloud itself, which lets nobody through.
    Closed(StatusCode, &'static str),
}

/// What an address answers; none where no such address is known.
pub fn answer(world: &World, host: &str) -> Option<Response<s3s::Body>> {
    let found = aws::front::find(world, host)
        .or_else(|| azure::front::find(world, host))
        .or_else(|| gcp::front::find(world, host))?;
    let (status, text) = match found {
        Found::Workload(build) => {
            (StatusCode::OK, json!({"sandbox": "no workload runs here", "build": build}).to_string())
        }
        Found::Unwell => (StatusCode::SERVICE_UNAVAILABLE, "503 Service Temporarily Unavailable".to_owned()),
        Found::Closed(status, why) => (status, why.to_owned()),
    };
    let mut response = Response::new(s3s::Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    Some(response)
}
