//! The app without the Functions host: a timer, workers and the public paths in one process.
//!
//! What the host does for the app is done here in a small way: messages are hidden while somebody works on them, come
//! back when that fails, and are given up after some attempts. This room must not know a connector or a store by name.

mod guard;

use std::time::Duration;

use axum::Router;
use jiff::{SignedDuration, Timestamp};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::MissedTickBehavior};
use tracing::Instrument;

use crate::{
    handler::router::public_only,
    job::{POISON_QUEUE, QUEUE},
    scheduler::{self, Telling},
    service::Service,
    store::ports::{QueueMessage, StoreError},
    worker::{self, Again, Delivery, Report},
};

pub use guard::Guard;

/// How many jobs are done at the same time.
const WORKERS: usize = 4;

/// How often the scheduler looks for what is due.
const BETWEEN_TICKS: Duration = Duration::from_secs(15);

/// How long a message is hidden before it has to be hidden again.
const HIDDEN: Duration = Duration::from_secs(60);

/// How long one attempt may take.
const TIME_FOR_A_JOB: SignedDuration = SignedDuration::from_mins(30);

/// A message that failed comes back after so long, so often.
const AFTER_A_FAILURE: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 5;

/// How long an idle worker waits before it looks again: longer each time.
const IDLE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// After a request to stop, work that is under way may take so long.
const LAST_WORK: Duration = Duration::from_secs(30);

/// Runs until `stop` ends; what is under way then is finished as far as it does not take long.
pub async fn serve(
    service: Service,
    listener: TcpListener,
    public: Router,
    guard: Guard,
    stop: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let (stopping, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(schedule(service.clone(), stopped.clone()));
    tasks.spawn(work_off(service.clone(), POISON_QUEUE, stopped.clone()));
    for _ in 0..WORKERS {
        tasks.spawn(work_off(service.clone(), QUEUE, stopped.clone()));
    }
    let router = guard::guarded(public_only(public), guard);
    let mut until = stopped.clone();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        let _ = until.wait_for(|stopping| *stopping).await;
    });
    let server = tokio::spawn(server.into_future());
    stop.await;
    stopping.send_replace(true);
    let all = async {
        while tasks.join_next().await.is_some() {}
        server.await.unwrap_or(Ok(()))
    };
    // What is dropped here goes on when the program starts again: its messages come back.
    tokio::time::timeout(LAST_WORK, all).await.unwrap_or(Ok(()))
}

async fn schedule(service: Service, mut stopped: watch::Receiver<bool>) {
    let telling = Telling::default();
    let mut ticks = tokio::time::interval(BETWEEN_TICKS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopping| *stopping) => return,
            _ = ticks.tick() => {}
        }
        match scheduler::tick(&service).await {
            Ok(tick) => telling.tell(&tick, service.now()),
            Err(error) => tracing::error!("the scheduler could not look: {error}"),
        }
    }
}

/// Takes one message after the other.
async fn work_off(service: Service, queue: &'static str, mut stopped: watch::Receiver<bool>) {
    let mut idle = IDLE.0;
    while !*stopped.borrow() {
        let received = service.stores.queue.receive(queue, HIDDEN, service.now());
        match received.await {
            Ok(Some(message)) => {
                idle = IDLE.0;
                if let Err(error) = take(&service, queue, message).await {
                    tracing::error!(queue, "a message could not be dealt with: {error}");
                }
                continue;
            }
            Ok(None) => {}
            Err(error) => tracing::error!(queue, "the queue cannot be read: {error}"),
        }
        idle = (idle * 2).min(IDLE.1);
        let _ = tokio::time::timeout(idle, stopped.wait_for(|stopping| *stopping)).await;
    }
}

/// One attempt at one message.
async fn take(
    service: &Service,
    queue: &'static str,
    mut message: QueueMessage,
) -> Result<(), StoreError> {
    let invocation = uuid::Uuid::new_v4().to_string();
    let span = tracing::info_span!("invocation", invocation, queue);
    let now = service.now();
    let delivery = Delivery {
        invocation,
        deadline: now.checked_add(TIME_FOR_A_JOB).unwrap_or(Timestamp::MAX),
    };
    let (alone, body) = (service.clone(), message.body.clone());
    // In a task of its own: what panics there takes nobody with it.
    let work = tokio::spawn(
        async move {
            if queue == POISON_QUEUE {
                worker::bury(&alone, &body).await
            } else {
                worker::work(&alone, &body, &delivery).await
            }
        }
        .instrument(span),
    );
    let done: Result<Report, Again> = tokio::select! {
        done = work => done.unwrap_or_else(|panic| Err(Again(panic.to_string()))),
        lost = keep_hidden(service, queue, &mut message) => return Err(lost),
    };
    match done {
        Ok(_) => service.stores.queue.delete(queue, &message).await,
        Err(why) if queue == QUEUE && message.attempts >= ATTEMPTS => {
            tracing::error!(attempts = message.attempts, "given up: {why}");
            let (stores, body) = (&service.stores, &message.body);
            stores
                .queue
                .send(POISON_QUEUE, body, Duration::ZERO, service.now())
                .await?;
            stores.queue.delete(queue, &message).await
        }
        Err(why) => {
            tracing::warn!(attempts = message.attempts, "comes again: {why}");
            let stores = &service.stores;
            let hidden = stores
                .queue
                .extend(queue, &message, AFTER_A_FAILURE, service.now());
            hidden.await.map(drop)
        }
    }
}

/// Keeps a message from others for as long as this is polled; ends when it is somebody else's by now.
async fn keep_hidden(service: &Service, queue: &str, message: &mut QueueMessage) -> StoreError {
    loop {
        tokio::time::sleep(HIDDEN / 2).await;
        let stores = &service.stores;
        match stores
            .queue
            .extend(queue, message, HIDDEN, service.now())
            .await
        {
            Ok(receipt) => message.receipt = receipt,
            Err(lost @ StoreError::Conflict(_)) => return lost,
            Err(error) => tracing::warn!(queue, "a message could not be kept hidden: {error}"),
        }
    }
}
