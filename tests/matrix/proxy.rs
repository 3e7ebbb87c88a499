//! The proxy between the program and its cloud: counts calls, and breaks the one that it was told to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::Told;
use crate::cloud::Cloud;
use crate::invariants::Guard;
use crate::wire::{runtime, send};

/// What is done to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// SIGKILL before the call is forwarded.
    KillBefore,
    /// SIGKILL after the call was carried out, before its answer arrives.
    KillAfter,
    /// The connection closes before the call is forwarded.
    LostRequest,
    /// The call is carried out and the connection closes without an answer.
    LostAnswer,
    /// The call is carried out and the connection closes in the middle of the answer.
    TornAnswer,
    /// The call is refused, since there are too many.
    Throttled,
    /// The call is answered with 503 and not carried out.
    Unavailable,
    /// The call is carried out and answered with 503 all the same.
    UnavailableAfter,
    /// The call is never answered, nor carried out.
    Hang,
    /// The call is carried out and never answered.
    HangAfter,
    /// The call is carried out, and answered as the same call was answered before it; where it was none, as it should be.
    Stale,
    /// This call and all after it are refused, since the credentials have expired.
    Expired,
    /// The store answers that something else is written at the same time; the call is not carried out.
    Conflict,
    /// SIGSTOP before the call is forwarded; it goes on once the process is woken.
    FreezeBefore,
    /// SIGSTOP after the call was carried out; its answer waits.
    FreezeAfter,
    /// SIGINT, and the call is answered.
    Interrupt,
    /// SIGINT, and the call is never answered, nor carried out.
    InterruptHang,
}

impl Fault {
    /// Those that strike at every call of every verb.
    pub(crate) const ALL: [Fault; 12] = [
        Fault::KillBefore,
        Fault::KillAfter,
        Fault::LostRequest,
        Fault::LostAnswer,
        Fault::TornAnswer,
        Fault::Throttled,
        Fault::Unavailable,
        Fault::UnavailableAfter,
        Fault::Hang,
        Fault::HangAfter,
        Fault::Stale,
        Fault::Expired,
    ];

    /// Whether the process dies of it.
    pub(crate) fn kills(self) -> bool {
        matches!(self, Fault::KillBefore | Fault::KillAfter)
    }

    /// Whether a program that makes the call again, or looks whether it happened, need not notice it.
    pub(crate) fn passes(self) -> bool {
        !self.kills() && self != Fault::Expired
    }
}

/// The call at which a fault strikes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At {
    /// The one of this number, counted from 1.
    Number(usize),
    /// The first of this name.
    First(&'static str),
}

/// A fault, and the call at which it strikes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    pub(crate) fault: Fault,
    pub(crate) at: At,
}

/// A call that was made.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Its name, such as `CreateChangeSet` or `PUT /bucket/key`.
    pub(crate) name: String,
    /// What is asked for, by field of the form, or its address.
    pub(crate) form: BTreeMap<String, String>,
    /// The token of the operation that it starts, where it brings one.
    pub(crate) token: Option<String>,
    /// Whether it may change something in the cloud.
    pub(crate) changes: bool,
    /// Whether it only looks.
    pub(crate) reading: bool,
    /// Whether it is to the store that ledgers lie in.
    pub(crate) object: bool,
    /// How its service speaks, where it is none of objects.
    pub(crate) protocol: Protocol,
}

/// How a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// A form, answered by XML.
    Query,
    Json,
    Cbor,
}

impl Call {
    /// Whether it asks the ledger whose the lock is.
    pub(crate) fn asks_whose_lock(&self) -> bool {
        self.name.starts_with("GET ") && self.name.ends_with("/lock.json")
    }
}

/// A process that the proxy may kill, once it has begun.
pub(crate) type Victim = Arc<Mutex<Option<Child>>>;

/// Whether a process was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freeze {
    /// Not yet.
    No,
    /// It was, after so many calls.
    Frozen(usize),
    /// It was, and goes on.
    Thawed,
}

/// A proxy for one run of the program.
pub(crate) struct Proxy {
    pub(crate) url: String,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

struct Inner {
    cloud: Cloud,
    upstream: String,
    script: Option<Script>,
    victim: Victim,
    guard: Guard,
    count: AtomicUsize,
    struck: AtomicBool,
    /// Whether the process was stopped, and whether it was woken since.
    frozen: watch::Sender<Freeze>,
    calls: Mutex<Vec<Call>>,
    breaches: Mutex<Vec<String>>,
    /// The last answer to each question.
    answers: Mutex<BTreeMap<Question, Response<Bytes>>>,
}

/// What is asked: the call and its form.
type Question = (String, BTreeMap<String, String>);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Proxy {
    /// Starts a proxy before the sandbox of the guard. What each change needs, that checks before the call is forwarded.
    pub(crate) fn start(cloud: Cloud, script: Option<Script>, victim: Victim, guard: Guard) -> Told<Proxy> {
        let listener = runtime()?.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let url = format!("http://{}", listener.local_addr()?);
        let inner = Arc::new(Inner {
            cloud,
            upstream: guard.sandbox.clone(),
            script,
            victim,
            guard,
            count: AtomicUsize::new(0),
            struck: AtomicBool::new(false),
            frozen: watch::channel(Freeze::No).0,
            calls: Mutex::default(),
            breaches: Mutex::default(),
            answers: Mutex::default(),
        });
        let task = runtime()?.spawn(serve(listener, Arc::clone(&inner)));
        Ok(Proxy { url, inner, task })
    }

    /// The calls that were made, and what the guard had to say about them. Ends the proxy.
    pub(crate) fn end(self) -> (Vec<Call>, Vec<String>) {
        self.task.abort();
        (std::mem::take(&mut locked(&self.inner.calls)), std::mem::take(&mut locked(&self.inner.breaches)))
    }

    /// Whether the process was stopped.
    pub(crate) fn freeze(&self) -> Freeze {
        *self.inner.frozen.borrow()
    }

    /// Whether the fault has struck.
    pub(crate) fn struck(&self) -> bool {
        self.inner.struck.load(Ordering::SeqCst)
    }

    /// Lets the call of a stopped process go on.
    pub(crate) fn thaw(&self) {
        self.inner.frozen.send_replace(Freeze::Thawed);
    }
}

async fn serve(listener: TcpListener, inner: Arc<Inner>) {
    // Dropped with this future, and all connections with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let inner = Arc::clone(&inner);
        connections.spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&inner), request));
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Why a connection closes.
#[derive(Debug, thiserror::Error)]
#[error("broken on purpose")]
struct Broken;

type Answer = Result<Response<BoxBody<Bytes, Broken>>, Broken>;

async fn answer(inner: Arc<Inner>, request: Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    if parts.uri.path().starts_with("/_sandbox") {
        let forwarded = send(&inner.upstream, Request::from_parts(parts, Full::new(body))).await;
        let (parts, body) = forwarded.map_err(|_| Broken)?.into_parts();
        return Ok(Response::from_parts(parts, whole(body)));
    }
    let call = inner.cloud.read(&parts, &body);
    let number = inner.count.fetch_add(1, Ordering::SeqCst) + 1;
    locked(&inner.calls).push(call.clone());
    // What is on the internet asks for no credentials.
    let fault = inner.strikes(number, &call).filter(|fault| *fault != Fault::Expired || !call.name.contains("://"));
    match fault {
        Some(Fault::KillBefore) => return inner.kill().await,
        Some(Fault::LostRequest) => return Err(Broken),
        Some(Fault::Hang) => return hang().await,
        Some(Fault::InterruptHang) => {
            signal(inner.process().await, "INT");
            return hang().await;
        }
        Some(Fault::Interrupt) => signal(inner.process().await, "INT"),
        Some(refused @ (Fault::Throttled | Fault::Conflict | Fault::Unavailable | Fault::Expired)) => {
            let (status, body) = inner.cloud.refusal(refused, &call).ok_or(Broken)?;
            return Ok(refusal(status, body, call.protocol));
        }
        _ => {}
    }
    if call.changes {
        let (asked, told) = (Arc::clone(&inner), call.clone());
        let process = inner.process().await;
        let found = tokio::task::spawn_blocking(move || asked.guard.before_change(&told, process)).await;
        let found = found.unwrap_or_else(|error| Err(error.to_string().into()));
        if let Err(breach) = found {
            locked(&inner.breaches).push(format!("{} (call {number}): {breach}", call.name));
        }
    }
    // What is on its way to the cloud can't be called back: only what has not been sent yet is fenced.
    let in_flight = !call.reading && !call.object;
    if fault == Some(Fault::FreezeBefore) && !in_flight {
        inner.freeze(number).await;
    }
    let forwarded = send(&inner.upstream, Request::from_parts(parts, Full::new(body))).await;
    match fault {
        Some(Fault::KillAfter) => return inner.kill().await,
        Some(Fault::FreezeAfter) => inner.freeze(number).await,
        Some(Fault::FreezeBefore) if in_flight => inner.freeze(number).await,
        Some(Fault::LostAnswer) => return Err(Broken),
        Some(Fault::HangAfter) => return hang().await,
        Some(late @ Fault::UnavailableAfter) => {
            let (status, body) = inner.cloud.refusal(late, &call).ok_or(Broken)?;
            return Ok(refusal(status, body, call.protocol));
        }
        _ => {}
    }
    // The sandbox closes connections too, where that is scripted into it.
    let forwarded = forwarded.map_err(|_| Broken)?;
    // What is stored is never read in an old state; what runs is.
    let before = if call.reading && !call.object {
        locked(&inner.answers).insert((call.name.clone(), call.form.clone()), forwarded.clone())
    } else {
        None
    };
    let (parts, body) = before.filter(|_| fault == Some(Fault::Stale)).unwrap_or(forwarded).into_parts();
    if fault == Some(Fault::TornAnswer) {
        let half = body.slice(..body.len() / 2);
        let frames = futures::stream::iter([Ok(Frame::data(half)), Err(Broken)]);
        // The first half is sent before the connection breaks.
        let frames = frames.then(|frame| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            frame
        });
        return Ok(Response::from_parts(parts, BodyExt::boxed(StreamBody::new(Box::pin(frames)))));
    }
    Ok(Response::from_parts(parts, whole(body)))
}

impl Inner {
    /// What is done to a call. A fault strikes once, but expired credentials stay expired.
    fn strikes(&self, number: usize, call: &Call) -> Option<Fault> {
        let script = self.script?;
        if self.struck.load(Ordering::SeqCst) {
            return Some(script.fault).filter(|fault| *fault == Fault::Expired);
        }
        let now = match script.at {
            At::Number(at) => at == number,
            At::First(name) => name == call.name,
        };
        self.struck.store(now, Ordering::SeqCst);
        now.then_some(script.fault)
    }

    /// Kills the process, waits until it is gone, and answers nobody.
    async fn kill(&self) -> Answer {
        self.process().await;
        let mut victim = locked(&self.victim);
        if let Some(child) = victim.as_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
        Err(Broken)
    }

    /// Stops the process until it is thawed.
    async fn freeze(&self, calls: usize) {
        let mut woken = self.frozen.subscribe();
        signal(self.process().await, "STOP");
        self.frozen.send_replace(Freeze::Frozen(calls));
        let _ = woken.wait_for(|freeze| *freeze == Freeze::Thawed).await;
    }

    /// The number of the process: its first call may come before whoever began it has said which it is.
    async fn process(&self) -> u32 {
        loop {
            if let Some(child) = locked(&self.victim).as_ref() {
                return child.id();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Sends a signal to a process.
pub(crate) fn signal(process: u32, name: &str) {
    let _ = std::process::Command::new("kill").args(["-s", name, &process.to_string()]).status();
}

/// Waits until the other side has given up.
async fn hang() -> Answer {
    tokio::time::sleep(Duration::from_secs(600)).await;
    Err(Broken)
}

fn whole(bytes: impl Into<Bytes>) -> BoxBody<Bytes, Broken> {
    Full::new(bytes.into()).map_err(|never: Infallible| match never {}).boxed()
}

fn refusal(status: u16, body: Vec<u8>, protocol: Protocol) -> Response<BoxBody<Bytes, Broken>> {
    let mut response = Response::new(whole(body));
    if protocol == Protocol::Cbor {
        response.headers_mut().insert("smithy-protocol", hyper::header::HeaderValue::from_static("rpc-v2-cbor"));
    }
    if let Ok(status) = hyper::StatusCode::from_u16(status) {
        *response.status_mut() = status;
    }
    response
}
