//! The queue trigger: fetches messages, holds them while they are worked on, and decides what becomes of each.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use tokio::{sync::watch, task::JoinSet};
use uuid::Uuid;

use crate::{
    deployed::{QueueRules, Trigger},
    encode::{self, Call},
    invoke::invoke,
    process::{Host, State},
    storage::{Message, Queues},
};

/// How long a message is hidden while it is worked on; renewed at half.
const LEASE: Duration = Duration::from_secs(10 * 60);

/// The shortest pause between two looks at an empty queue.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// The end of the name of a queue for what failed too often.
const POISON: &str = "-poison";

/// A queue trigger at work; it stops when it is dropped.
pub(crate) struct Pump {
    stop: watch::Sender<bool>,
    stopped: tokio::task::JoinHandle<()>,
    seen: Arc<Seen>,
}

/// What a pump saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    invoked: AtomicUsize,
    failed: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

/// One queue function, with the clock it runs on.
#[derive(Clone)]
struct Listener {
    host: Host,
    queues: Queues,
    rules: QueueRules,
    function: String,
    binding: String,
    queue: String,
    lease: Duration,
    seen: Arc<Seen>,
}

/// Listens for one function. The host's times (its 10 minutes, its pauses) pass `faster` times as fast.
pub(crate) fn listen(host: &Host, queues: &Queues, function: &str, faster: u32) -> Pump {
    let found = host.deployed().named(function);
    let Trigger::Queue(queue) = &found.trigger else {
        panic!("`{function}` has no queue");
    };
    let rules = host.deployed().queues();
    let seen = Arc::new(Seen::default());
    let listener = Listener {
        rules: QueueRules {
            hidden: rules.hidden / faster,
            longest_pause: (rules.longest_pause / faster).max(SHORTEST_PAUSE),
            ..rules
        },
        function: found.name.clone(),
        binding: found.binding.clone(),
        queue: queue.clone(),
        lease: (LEASE / faster).max(Duration::from_secs(2)),
        host: host.clone(),
        queues: queues.clone(),
        seen: Arc::clone(&seen),
    };
    let (stop, stopping) = watch::channel(false);
    Pump {
        stop,
        stopped: tokio::spawn(listener.run(stopping)),
        seen,
    }
}

impl Pump {
    /// What it saw.
    pub(crate) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Fetches nothing more, and waits for what is being worked on.
    pub(crate) async fn stop(&mut self) {
        self.stop.send_replace(true);
        (&mut self.stopped).await.unwrap();
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.stopped.abort();
    }
}

impl Seen {
    fn count(number: &AtomicUsize) {
        number.fetch_add(1, Ordering::Relaxed);
    }

    /// Invocations that began.
    pub(crate) fn invocations(&self) -> usize {
        self.invoked.load(Ordering::Relaxed)
    }

    /// The most messages that were worked on at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::Relaxed)
    }

    /// Invocations that failed.
    pub(crate) fn failures(&self) -> usize {
        self.failed.load(Ordering::Relaxed)
    }
}

impl Listener {
    async fn run(self, mut stopping: watch::Receiver<bool>) {
        let mut working = JoinSet::new();
        let mut pause = SHORTEST_PAUSE;
        while !*stopping.borrow() {
            while working.len() > self.rules.threshold {
                working.join_next().await;
            }
            while working.try_join_next().is_some() {}
            // A host that is down or was stopped listens to nothing.
            if matches!(self.host.state(), State::Down(_) | State::Stopped) {
                break;
            }
            let messages = self
                .queues
                .receive(&self.queue, self.rules.batch, self.lease)
                .await;
            if messages.is_empty() {
                tokio::select! {
                    _ = stopping.changed() => {}
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(self.rules.longest_pause);
                continue;
            }
            pause = SHORTEST_PAUSE;
            for message in messages {
                let listener = self.clone();
                working.spawn(async move { listener.deal_with(message).await });
            }
        }
        while working.join_next().await.is_some() {}
    }

    async fn deal_with(&self, message: Message) {
        let bytes = BASE64_STANDARD.decode(&message.stored);
        let is_spent = message.about.deliveries > self.rules.most_deliveries;
        let bytes = match bytes {
            Ok(bytes) if !is_spent || self.is_poison() => bytes,
            // There is no queue behind a poison queue: what cannot be read stays there.
            _ if self.is_poison() => return,
            _ => return self.put_aside(&message, &message.about.receipt).await,
        };
        let now_at_once = self.seen.at_once.fetch_add(1, Ordering::Relaxed) + 1;
        self.seen
            .most_at_once
            .fetch_max(now_at_once, Ordering::Relaxed);
        let (succeeded, receipt) = self.work(&message, bytes).await;
        self.seen.at_once.fetch_sub(1, Ordering::Relaxed);
        // A host that is gone does nothing more with its messages; their time runs out.
        if self.host.state() == State::Stopped {
            return;
        }
        self.settle(&message, &receipt, succeeded).await;
    }

    /// Calls the function while the message is kept hidden: whether it succeeded, and the newest receipt.
    async fn work(&self, message: &Message, bytes: Vec<u8>) -> (bool, String) {
        let mut receipt = message.about.receipt.clone();
        let Ok(text) = String::from_utf8(bytes) else {
            return (false, receipt);
        };
        let call = Call {
            function: &self.function,
            binding: &self.binding,
            now: Timestamp::now(),
            random: Uuid::new_v4().to_string(),
        };
        let envelope = encode::queue(&call, &message.about, &text);
        Seen::count(&self.seen.invoked);
        let invocation = invoke(&self.host, &self.function, envelope);
        tokio::pin!(invocation);
        let mut renewal = tokio::time::interval(self.lease / 2);
        renewal.tick().await;
        loop {
            tokio::select! {
                done = &mut invocation => {
                    if done.is_err() {
                        Seen::count(&self.seen.failed);
                    }
                    return (done.is_ok(), receipt);
                }
                _ = renewal.tick() => {
                    let id = message.about.id.as_deref().unwrap();
                    let renewed = self.queues.hide(&self.queue, id, &receipt, self.lease).await;
                    receipt = renewed.unwrap_or(receipt);
                }
            }
        }
    }

    async fn settle(&self, message: &Message, receipt: &str, succeeded: bool) {
        let id = message.about.id.as_deref().unwrap();
        if succeeded {
            self.queues.delete(&self.queue, id, receipt).await;
        } else if self.is_poison() {
            // Left as it is: it comes again when its time is up, for ever.
        } else if message.about.deliveries >= self.rules.most_deliveries {
            self.put_aside(message, receipt).await;
        } else {
            self.queues
                .hide(&self.queue, id, receipt, self.rules.hidden)
                .await;
        }
    }

    /// The same bytes go to the poison queue, which is made when it is missing.
    async fn put_aside(&self, message: &Message, receipt: &str) {
        let aside = format!("{}{POISON}", self.queue);
        self.queues.create(&aside).await;
        self.queues.put_raw(&aside, &message.stored).await;
        let id = message.about.id.as_deref().unwrap();
        self.queues.delete(&self.queue, id, receipt).await;
    }

    fn is_poison(&self) -> bool {
        self.queue.ends_with(POISON)
    }
}
