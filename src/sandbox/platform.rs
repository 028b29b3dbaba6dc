//! What the stand-ins for messaging platforms have in common: a server on this machine, a log, faults, and a state that
//! can be looked at and changed from outside.
//!
//! A platform itself is one function from its state and a request to an answer: [`Platform::answer`]. It knows nothing
//! of sockets, and this file knows nothing of any platform.

mod call;
mod control;
mod effects;
mod watching;

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Body as HttpBody,
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    response::Response,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

pub use self::call::{PlatformAnswer, PlatformCall};
use self::{control::control, effects::answered};
use super::{
    fault::{Effect, Fault, strike},
    journal::Journal,
    record::{Entry, Exchange, Log},
    server::{CuttableListener, LARGEST_BODY, Switch, bytes_of, header, parsed, response, written},
    text,
    wire::{Answer, Body},
};

/// How long a stopping stand-in waits for answers that are still being written.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// One platform: its state, as JSON can say it, and how it answers.
pub trait Platform: Serialize + DeserializeOwned + Clone + Send + 'static {
    /// Headers that are logged beside `content-type` and `accept`; never those that hold credentials.
    const LOGGED: &'static [&'static str];

    /// Answers one request. `call.twist` says what an injected fault does to a listing.
    fn answer(&mut self, call: &PlatformCall) -> PlatformAnswer;

    /// The body of an error that this platform would give with a status.
    fn error(status: u16, code: &str, message: &str) -> PlatformAnswer;

    /// What is wrong with a state that somebody put there; nothing when it can be.
    fn faults(&self) -> Vec<String> {
        Vec::new()
    }
}

/// How much was asked since the start or the last clearing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlatformCounters {
    /// Requests; the control surface is left out.
    pub requests: u64,
    /// Requests that are no GET.
    pub writes: u64,
    /// Injected faults that struck.
    pub faults: u64,
    /// Answers 404 and 405.
    pub not_there: u64,
}

/// A running stand-in; it ends when it is stopped or dropped.
pub struct StandIn<P: Platform> {
    url: String,
    shelf: Shared<P>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

struct Shelf<P> {
    platform: P,
    /// What reads show, where they lag behind.
    shown: Option<P>,
    journal: Option<Journal<P>>,
    faults: Vec<Fault>,
    log: Log,
    counters: PlatformCounters,
}

type Shared<P> = Arc<Mutex<Shelf<P>>>;

/// Starts listening on 127.0.0.1; port 0 means any free one.
pub async fn start<P: Platform>(platform: P, port: u16) -> io::Result<StandIn<P>> {
    let faults = platform.faults();
    if !faults.is_empty() {
        let kind = io::ErrorKind::InvalidInput;
        return Err(io::Error::new(kind, faults.join("\n")));
    }
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let shelf: Shared<P> = Arc::new(Mutex::new(Shelf {
        platform,
        shown: None,
        journal: None,
        faults: Vec::new(),
        log: Log::default(),
        counters: PlatformCounters::default(),
    }));
    let router = Router::new()
        .fallback(handle::<P>)
        .with_state(Arc::clone(&shelf));
    let (stop, stopped) = oneshot::channel::<()>();
    let service = router.into_make_service_with_connect_info::<Switch>();
    let serving = tokio::spawn(async move {
        let serve =
            axum::serve(CuttableListener(listener), service).with_graceful_shutdown(async {
                let _ = stopped.await;
            });
        let _ = serve.await;
    });
    Ok(StandIn {
        url,
        shelf,
        stop: Some(stop),
        serving,
    })
}

impl<P: Platform> StandIn<P> {
    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every request with its answer, in order.
    pub fn log(&self) -> Vec<Exchange> {
        locked(&self.shelf).log.read()
    }

    /// How much was asked.
    pub fn counters(&self) -> PlatformCounters {
        locked(&self.shelf).counters
    }

    /// Forgets log and counters.
    pub fn clear_log(&self) {
        let mut shelf = locked(&self.shelf);
        shelf.log.clear();
        shelf.counters = PlatformCounters::default();
    }

    /// Makes something go wrong.
    pub fn inject(&self, fault: Fault) {
        locked(&self.shelf).faults.push(fault);
    }

    /// Takes back all faults that have not struck yet.
    pub fn clear_faults(&self) {
        locked(&self.shelf).faults.clear();
    }

    /// The state as it is now.
    pub fn snapshot(&self) -> P {
        locked(&self.shelf).platform.clone()
    }

    /// Somebody else changes the platform's state; no request runs meanwhile.
    pub fn edit(&self, change: impl FnOnce(&mut P)) {
        let shelf = &mut *locked(&self.shelf);
        change(&mut shelf.platform);
        if let Some(journal) = &mut shelf.journal {
            journal.overlook(&shelf.platform);
        }
    }

    /// Stops listening and closes all connections.
    pub async fn stop(mut self) {
        self.signal();
        let _ = tokio::time::timeout(LAST_ANSWERS, &mut self.serving).await;
    }

    fn signal(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

impl<P: Platform> Drop for StandIn<P> {
    fn drop(&mut self) {
        self.signal();
        self.serving.abort();
    }
}

fn locked<P>(shelf: &Shared<P>) -> MutexGuard<'_, Shelf<P>> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn handle<P: Platform>(
    State(shelf): State<Shared<P>>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let body = axum::body::to_bytes(body, LARGEST_BODY)
        .await
        .unwrap_or_default();
    if path.starts_with("/_sandbox") {
        return written(control(&shelf, head.method.as_str(), &path, &body));
    }
    let query = head.uri.query().unwrap_or_default();
    let host = header(&head.headers, "host").unwrap_or("127.0.0.1");
    let call = PlatformCall {
        method: head.method.as_str().to_ascii_uppercase(),
        segments: path
            .trim_matches('/')
            .split('/')
            .map(text::percent_decoded)
            .collect(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        authorization: header(&head.headers, "authorization").map(str::to_owned),
        body: parsed(&body),
        origin: format!("http://{host}"),
        path,
        twist: None,
    };
    let mark = if query.is_empty() { "" } else { "?" };
    let mut entry = Entry {
        method: call.method.clone(),
        url: format!("{}{}{mark}{query}", call.origin, call.path),
        headers: logged::<P>(&head.headers),
        body,
        answer: None,
    };
    let effect = strike(
        &mut locked(&shelf).faults,
        &call.method,
        &call.decoded_url(),
        false,
    );
    if let Some(Effect::Slow { milliseconds }) = effect {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let mut shelf = locked(&shelf);
    shelf.counters.requests += 1;
    shelf.counters.writes += u64::from(call.method != "GET");
    shelf.counters.faults += u64::from(effect.is_some());
    let drops = matches!(effect, Some(Effect::DropBefore | Effect::DropAfter));
    let answer = match effect {
        Some(Effect::DropBefore) => None,
        effect => {
            let method = call.method.clone();
            let answer = answered(shelf.answering(&method), call, effect);
            shelf.follow(&method);
            Some(answer)
        }
    };
    if drops {
        shelf.log.push(entry);
        switch.cut();
        return Response::new(HttpBody::empty());
    }
    let answer = answer.unwrap_or_else(|| Answer::empty(500));
    shelf.counters.not_there += u64::from(matches!(answer.status, 404 | 405));
    let answer = with_content_type(answer);
    let bytes = bytes_of(&answer.body);
    entry.answer = Some((answer.status, answer.headers.clone(), bytes.clone()));
    shelf.log.push(entry);
    drop(shelf);
    response(answer.status, &answer.headers, bytes)
}

fn with_content_type(answer: Answer) -> Answer {
    let kind = match answer.body {
        Body::Text(_, kind) => kind,
        Body::Empty if answer.status == 204 => return answer,
        Body::Empty | Body::Json(_) => "application/json; charset=utf-8",
    };
    answer.with("content-type", kind)
}

fn logged<P: Platform>(headers: &HeaderMap) -> BTreeMap<String, String> {
    let names = ["content-type", "accept"]
        .into_iter()
        .chain(P::LOGGED.iter().copied());
    names
        .filter_map(|name| Some((name.to_owned(), header(headers, name)?.to_owned())))
        .collect()
}
