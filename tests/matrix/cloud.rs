//! What differs from cloud to cloud: the target, how a call is told from another, how one is refused, and how the bench itself asks.

use std::collections::BTreeMap;

use bytes::Bytes;
use hyper::http::request::Parts;
use serde_json::{Value, json};

use crate::proxy::{Call, Fault, Protocol};

/// A cloud that the sandbox plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cloud {
    Aws,
    Azure,
    Gcp,
}

/// The account of the target, the subscription, the project.
pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const SUBSCRIPTION: &str = "00000000-0000-4000-8000-0000000000aa";
pub(crate) const PROJECT: &str = "shop-project";

/// A queue with its dead letters.
const SHOP: &str = "description: A shop that takes orders
placement: {cloud: CLOUD, account: \"ACCOUNT\", region: REGION}
queues:
  orders: {hidden-for: HIDDEN, dead-letters: {after: 5}}
";

/// What can be switched without a deployment, where landfall does that.
const SETTINGS: &str = "settings:
  mail: {description: Whether mails are sent, value: true}
";

impl Cloud {
    /// The target's environment.
    pub(crate) fn shop(self, hidden: &str) -> String {
        let (cloud, account, region, settings) = match self {
            Cloud::Aws => ("aws", ACCOUNT, "us-east-1", SETTINGS),
            Cloud::Azure => ("azure", SUBSCRIPTION, "eastus", ""),
            Cloud::Gcp => ("gcp", PROJECT, "us-central1", ""),
        };
        let shop = SHOP.replace("CLOUD", cloud).replace("ACCOUNT", account).replace("REGION", region);
        format!("{}{settings}", shop.replace("HIDDEN", hidden))
    }

    /// The store of the ledger, where it isn't a folder, and the prefix in it.
    pub(crate) fn store(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Cloud::Aws => ("s3", "acme-ledger", "shop"),
            Cloud::Azure => ("azblob", "acmeledger", "shop/all"),
            Cloud::Gcp => ("gs", "acme-ledger", "shop"),
        }
    }

    /// Whether the program finds an endpoint by a variable, as it finds the cloud; elsewhere it is told that this is the sandbox.
    pub(crate) fn by_endpoint(self) -> bool {
        self == Cloud::Aws
    }

    /// The call that starts an update.
    pub(crate) fn starts(self) -> &'static str {
        match self {
            Cloud::Aws => "ExecuteChangeSet",
            Cloud::Azure => "PUT deploymentStacks",
            Cloud::Gcp => "PATCH deployments",
        }
    }

    /// Whether a stack in this state serves.
    pub(crate) fn serves(self, status: &str) -> bool {
        match self {
            Cloud::Aws => matches!(status, "CREATE_COMPLETE" | "UPDATE_COMPLETE"),
            Cloud::Azure => status == "succeeded",
            Cloud::Gcp => status == "ACTIVE",
        }
    }

    /// What makes a request the target's account's. Neither signatures nor tokens are verified in the sandbox.
    pub(crate) fn headers(self, service: &str) -> Vec<(&'static str, String)> {
        let kind = if service == "cloudformation" { "application/x-www-form-urlencoded" } else { "text/plain" };
        let authorization = match self {
            Cloud::Aws => {
                let credential = format!("{ACCOUNT}/20261121/us-east-1/{service}/aws4_request");
                format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00")
            }
            Cloud::Azure => format!("Bearer {SUBSCRIPTION}"),
            Cloud::Gcp => format!("Bearer {PROJECT}"),
        };
        let mut headers = vec![("authorization", authorization), ("content-type", kind.to_owned())];
        if (self, service) == (Cloud::Azure, "objects") {
            headers.push(("x-ms-version", "2026-06-06".to_owned()));
        }
        headers
    }

    /// What a call is.
    pub(crate) fn read(self, parts: &Parts, body: &Bytes) -> Call {
        match self {
            Cloud::Aws => aws(parts, body),
            Cloud::Azure => azure(parts, body),
            Cloud::Gcp => gcp(parts, body),
        }
    }

    /// The status and body with which a call is refused; none where the fault is no refusal.
    pub(crate) fn refusal(self, fault: Fault, call: &Call) -> Option<(u16, Vec<u8>)> {
        let (status, code) = match (self, fault, call.object) {
            (Cloud::Aws, Fault::Throttled, true) => (503, "SlowDown"),
            (Cloud::Aws, Fault::Throttled, false) => (400, "Throttling"),
            (Cloud::Aws, Fault::Expired, true) => (400, "ExpiredToken"),
            (Cloud::Aws, Fault::Expired, false) => (403, "ExpiredToken"),
            (Cloud::Azure, Fault::Throttled, true) => (503, "ServerBusy"),
            (Cloud::Azure, Fault::Throttled, false) => (429, "TooManyRequests"),
            (Cloud::Azure, Fault::Expired, true) => (401, "InvalidAuthenticationInfo"),
            (Cloud::Azure, Fault::Expired, false) => (401, "ExpiredAuthenticationToken"),
            (Cloud::Gcp, Fault::Throttled, true) => (429, "SlowDown"),
            (Cloud::Gcp, Fault::Throttled, false) => (429, "RESOURCE_EXHAUSTED"),
            (Cloud::Gcp, Fault::Expired, true) => (401, "AuthenticationRequired"),
            (Cloud::Gcp, Fault::Expired, false) => (401, "UNAUTHENTICATED"),
            (_, Fault::Conflict, _) => (409, "ConditionalRequestConflict"),
            (_, Fault::Unavailable | Fault::UnavailableAfter, _) => (503, "ServiceUnavailable"),
            _ => return None,
        };
        let message = format!("The proxy says {code}");
        let error = format!("<Code>{code}</Code><Message>{message}</Message>");
        let body = match self {
            _ if call.object => format!("<?xml version=\"1.0\"?><Error>{error}</Error>"),
            Cloud::Aws => match call.protocol {
                Protocol::Query => format!(
                    "<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>1</RequestId></ErrorResponse>"
                ),
                Protocol::Json => json!({"__type": code, "message": message}).to_string(),
                Protocol::Cbor => return Some((status, cbor(code, &message)?)),
            },
            Cloud::Azure => json!({"error": {"code": code, "message": message}}).to_string(),
            Cloud::Gcp => {
                let expired = [json!({"reason": "ACCESS_TOKEN_EXPIRED"})];
                let details = if fault == Fault::Expired { &expired[..] } else { &[] };
                json!({"error": {"code": status, "status": code, "message": message, "details": details}}).to_string()
            }
        };
        Some((status, body.into_bytes()))
    }
}

/// An error as a service that speaks CBOR says it.
fn cbor(code: &str, message: &str) -> Option<Vec<u8>> {
    let mut error = minicbor::Encoder::new(Vec::new());
    error.map(2).ok()?.str("__type").ok()?.str(code).ok()?.str("message").ok()?.str(message).ok()?;
    Some(error.into_writer())
}

fn header<'a>(parts: &'a Parts, name: &str) -> &'a str {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn aws(parts: &Parts, body: &Bytes) -> Call {
    let form: BTreeMap<String, String> =
        if header(parts, "content-type").starts_with("application/x-www-form-urlencoded") {
            serde_urlencoded::from_bytes(body).unwrap_or_default()
        } else {
            Default::default()
        };
    let object = header(parts, "authorization").contains("/s3/aws4_request");
    let target = header(parts, "x-amz-target").rsplit('.').next().map(str::to_owned);
    let operation = parts.uri.path().split_once("/operation/").map(|(_, operation)| operation.to_owned());
    let action = form.get("Action").cloned().or(operation).or(target).filter(|action| !action.is_empty());
    let name = action.unwrap_or_else(|| format!("{} {}", parts.method, parts.uri));
    let reads = ["Describe", "List", "Get", "Head", "GET ", "HEAD ", "Detect", "Validate", "Estimate"];
    // A change set changes nothing until it is executed; one is made and removed for every plan.
    let reading = reads.iter().any(|read| name.starts_with(read));
    let harmless = matches!(name.as_str(), "CreateChangeSet" | "DeleteChangeSet");
    let token = form.get("ClientRequestToken").cloned();
    let protocol = match header(parts, "smithy-protocol") {
        "rpc-v2-cbor" => Protocol::Cbor,
        _ if form.is_empty() => Protocol::Json,
        _ => Protocol::Query,
    };
    Call { name, form, token, changes: !harmless && !reading, reading, object, protocol }
}

/// Every second part of a path below a collection: what the collections are called.
fn kinds(parts: &[&str]) -> String {
    parts.iter().step_by(2).copied().collect::<Vec<_>>().join("/")
}

/// The identity of a call whose name is short: its whole address.
fn addressed(parts: &Parts) -> BTreeMap<String, String> {
    BTreeMap::from([("address".to_owned(), parts.uri.to_string())])
}

/// The token that landfall leaves with what it starts.
fn token(body: &Bytes, tags: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let tags = body.get(tags)?;
    let token = tags.get("landfall-operation").or_else(|| tags.get("landfall-deletion"))?;
    token.as_str().map(str::to_owned)
}

/// A call of an object's store by its path.
fn of_object(parts: &Parts) -> Call {
    let name = format!("{} {}", parts.method, parts.uri.to_string().replace("%2F", "/").replace("%2D", "-"));
    let name = name.replace("%2Ejson", ".json");
    let reading = matches!(parts.method.as_str(), "GET" | "HEAD");
    Call {
        name,
        form: BTreeMap::new(),
        token: None,
        changes: !reading,
        reading,
        object: true,
        protocol: Protocol::Json,
    }
}

fn azure(parts: &Parts, body: &Bytes) -> Call {
    if !header(parts, "x-ms-version").is_empty() {
        return of_object(parts);
    }
    let path: Vec<&str> = parts.uri.path().trim_matches('/').split('/').collect();
    let below = path.iter().rposition(|part| *part == "providers").and_then(|at| path.get(at + 2..));
    let kinds = kinds(below.unwrap_or(&path));
    let method = parts.method.as_str();
    let reading = matches!(method, "GET" | "HEAD") || kinds.ends_with("/exportTemplate");
    // A resource group is made for a plan; its tags are changed for a deletion.
    let announces = method == "PATCH" && kinds == "subscriptions/resourceGroups";
    let changes = !reading && (announces || matches!(kinds.as_str(), "deploymentStacks" | "locks"));
    let token = token(body, "tags");
    Call {
        name: format!("{method} {kinds}"),
        form: addressed(parts),
        token,
        changes,
        reading,
        object: false,
        protocol: Protocol::Json,
    }
}

fn gcp(parts: &Parts, body: &Bytes) -> Call {
    let path: Vec<&str> = parts.uri.path().trim_matches('/').split('/').collect();
    let (kinds, ours) = match path.as_slice() {
        ["v1", "projects", _, "locations", _, below @ ..] => (kinds(below), true),
        ["storage", "v1", below @ ..] | ["upload" | "download", "storage", "v1", below @ ..] => (kinds(below), false),
        ["v1" | "v2" | "v3", below @ ..] => (kinds(below), true),
        _ => return of_object(parts),
    };
    let verb = path.last().and_then(|last| last.split_once(':')).map_or(String::new(), |(_, verb)| format!(":{verb}"));
    let get = parts.method == "GET";
    // What lies in the bucket of sources is never read in an old state, and what is put there changes nothing.
    let (reading, changes) = (ours && get, !get && kinds.starts_with("deployments"));
    let name = format!("{} {kinds}{verb}", parts.method);
    Call {
        name,
        form: addressed(parts),
        token: token(body, "annotations"),
        changes,
        reading,
        object: false,
        protocol: Protocol::Json,
    }
}
