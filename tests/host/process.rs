//! The program as a process of the host: how it is started, when it counts as ready, and what follows when it ends.

mod launch;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::{
    process::Child,
    sync::{mpsc, oneshot, watch},
};

use crate::deployed::Deployed;

pub(crate) use launch::{added, free_port};
use launch::{answers, launch};

/// The exit code of a program that wants to be started again.
const AGAIN: i32 = 200;

/// After so many failed ends the host gives up.
const MOST_ERRORS: usize = 3;

/// How long it is remembered that the program failed.
const ERRORS_LAST: Duration = Duration::from_secs(30 * 60);

/// What the program is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// It was started and does not answer yet.
    Starting,
    /// It answers.
    Ready,
    /// It ended with 0: the host goes on without it, and never starts it again.
    Unmanned,
    /// The host gave up.
    Down(String),
    /// The host was stopped.
    Stopped,
}

/// How the host takes a line of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// From standard output.
    Information,
    /// From standard error, about a warning.
    Warning,
    /// From standard error.
    Error,
}

/// A line the program wrote.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// How the host takes it.
    pub(crate) level: Level,
    /// What it says.
    pub(crate) text: String,
}

/// A running host. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Host(Arc<Inner>);

struct Inner {
    deployed: Deployed,
    port: u16,
    state: watch::Sender<State>,
    orders: mpsc::UnboundedSender<Order>,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    lines: Vec<Line>,
    process: Option<u32>,
    launches: usize,
}

enum Order {
    /// The process is killed from outside, as a crash.
    Crash(oneshot::Sender<()>),
    /// A function ran too long: the process is killed and started again, which is not counted.
    Restart(oneshot::Sender<()>),
    /// The host stops.
    Stop(oneshot::Sender<()>),
}

/// Starts the program as the host does. The port stays the same as long as the host lives.
pub(crate) fn start(deployed: Deployed) -> Host {
    let (orders, incoming) = mpsc::unbounded_channel();
    let host = Host(Arc::new(Inner {
        port: free_port(),
        deployed,
        state: watch::Sender::new(State::Starting),
        orders,
        log: Mutex::default(),
    }));
    tokio::spawn(supervise(host.clone(), incoming));
    host
}

impl Host {
    /// The package that runs here.
    pub(crate) fn deployed(&self) -> &Deployed {
        &self.0.deployed
    }

    /// Where the program answers.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.0.port)
    }

    /// What the program is doing now.
    pub(crate) fn state(&self) -> State {
        self.0.state.borrow().clone()
    }

    /// Waits until the program answers, or never will: the state it then has.
    pub(crate) async fn settled(&self) -> State {
        let mut state = self.0.state.subscribe();
        let settled = state.wait_for(|state| *state != State::Starting).await;
        settled.unwrap().clone()
    }

    /// Waits until the program answers.
    pub(crate) async fn ready(&self) {
        let settled = tokio::time::timeout(Duration::from_secs(60), self.settled()).await;
        let wrote = self.written();
        assert_eq!(settled.ok(), Some(State::Ready), "{wrote}");
    }

    /// Waits until the program was started this often and answers.
    pub(crate) async fn launched(&self, times: usize) {
        self.reaches(&format!("launched {times} times"), |state| {
            self.launches() >= times && *state == State::Ready
        })
        .await;
    }

    /// Waits until the state is this one.
    pub(crate) async fn reaches(&self, what: &str, is_so: impl FnMut(&State) -> bool) -> State {
        let mut state = self.0.state.subscribe();
        let reached = tokio::time::timeout(Duration::from_secs(60), state.wait_for(is_so)).await;
        let reached = reached.unwrap_or_else(|_| panic!("never {what}: {}", self.written()));
        reached.unwrap().clone()
    }

    /// Kills the process with SIGKILL, as something outside would, and waits until the host has seen its end.
    pub(crate) async fn crash(&self) {
        self.order(Order::Crash).await;
    }

    /// What follows a function that ran too long.
    pub(crate) async fn restart(&self) {
        self.order(Order::Restart).await;
    }

    /// Stops the host: the program gets SIGKILL and nothing else.
    pub(crate) async fn stop(&self) {
        self.order(Order::Stop).await;
    }

    async fn order(&self, order: impl FnOnce(oneshot::Sender<()>) -> Order) {
        let (done, seen) = oneshot::channel();
        if self.0.orders.send(order(done)).is_ok() {
            let _ = seen.await;
        }
    }

    /// Everything the program wrote so far.
    pub(crate) fn lines(&self) -> Vec<Line> {
        self.log(|log| log.lines.clone())
    }

    /// The same as one text.
    pub(crate) fn written(&self) -> String {
        let lines = self.lines();
        let lines: Vec<String> = lines
            .iter()
            .map(|line| format!("{:?}: {}", line.level, line.text))
            .collect();
        lines.join("\n")
    }

    /// How often the program was started.
    pub(crate) fn launches(&self) -> usize {
        self.log(|log| log.launches)
    }

    /// The process that runs now.
    pub(crate) fn process(&self) -> Option<u32> {
        self.log(|log| log.process)
    }

    fn log<T>(&self, look: impl FnOnce(&mut Log) -> T) -> T {
        look(&mut self.0.log.lock().unwrap())
    }

    fn becomes(&self, state: State) {
        self.0.state.send_replace(state);
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "the host at {} ({:?})",
            self.address(),
            self.state()
        )
    }
}

/// Starts the program again and again, as its exits ask for.
async fn supervise(host: Host, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut errors: Vec<Instant> = Vec::new();
    loop {
        host.becomes(State::Starting);
        let mut child = match launch(&host) {
            Ok(child) => child,
            Err(error) => {
                // No error is counted and nothing is tried again: invocations wait in vain.
                let text = format!("Failed to start Worker Channel. {error}");
                host.log(|log| {
                    log.lines.push(Line {
                        level: Level::Error,
                        text,
                    })
                });
                return rest(&host, &mut orders).await;
            }
        };
        let Some(end) = watch(&host, &mut child, &mut orders).await else {
            return;
        };
        match end {
            Some(0) => {
                host.becomes(State::Unmanned);
                return rest(&host, &mut orders).await;
            }
            Some(AGAIN) => {}
            _ => {
                errors.retain(|error| error.elapsed() < ERRORS_LAST);
                errors.push(Instant::now());
                if errors.len() >= MOST_ERRORS {
                    let why =
                        "Exceeded http worker restart retry count. Shutting down Functions Host";
                    host.becomes(State::Down(why.to_owned()));
                    return rest(&host, &mut orders).await;
                }
            }
        }
    }
}

/// Watches one process until it ends: its exit code, where a signal gives none. `None` when the host stops.
async fn watch(
    host: &Host,
    child: &mut Child,
    orders: &mut mpsc::UnboundedReceiver<Order>,
) -> Option<Option<i32>> {
    let ready = answers(host.0.port, host.deployed().initialization_timeout());
    tokio::pin!(ready);
    let mut is_ready = false;
    loop {
        tokio::select! {
            // An answer may come from a process that is ending already.
            biased;
            ended = child.wait() => {
                host.log(|log| log.process = None);
                return Some(ended.unwrap().code());
            }
            order = orders.recv() => {
                child.start_kill().ok();
                let ended = child.wait().await.unwrap();
                host.log(|log| log.process = None);
                let (result, done) = match order {
                    Some(Order::Crash(done)) => (Some(ended.code()), Some(done)),
                    Some(Order::Restart(done)) => (Some(Some(AGAIN)), Some(done)),
                    Some(Order::Stop(done)) => (None, Some(done)),
                    None => (None, None),
                };
                host.becomes(if result.is_none() { State::Stopped } else { State::Starting });
                if let Some(done) = done {
                    done.send(()).ok();
                }
                return result;
            }
            in_time = &mut ready, if !is_ready => {
                is_ready = true;
                // A program that is late is not started again; the host goes on waiting for nothing.
                if in_time {
                    host.becomes(State::Ready);
                }
            }
        }
    }
}

/// Nothing happens any more until the host is stopped.
async fn rest(host: &Host, orders: &mut mpsc::UnboundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        let (done, is_end) = match order {
            Order::Crash(done) | Order::Restart(done) => (done, false),
            Order::Stop(done) => (done, true),
        };
        if is_end {
            host.becomes(State::Stopped);
        }
        done.send(()).ok();
        if is_end {
            return;
        }
    }
}
