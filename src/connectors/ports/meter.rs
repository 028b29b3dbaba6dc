//! Counts what a piece of work asks of platforms.
//!
//! Connections are shared by everything that runs at the same time, so they cannot tell whose request it is; the task
//! can. A request counts for the innermost piece of work its task is in, and for none where nobody counts. What is
//! spawned is in no piece of work: connectors and runs spawn nothing that asks a platform.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::model::traffic::Traffic;

#[derive(Default)]
struct Meter {
    requests: AtomicU64,
    throttled: AtomicU64,
    waited_milliseconds: AtomicU64,
}

tokio::task_local! {
    static METER: Meter;
}

/// Does the work; [`so_far`] tells in it what it asked for. Work that is long comes in a box, or there has to be room for
/// it twice.
pub async fn metered<T>(work: impl Future<Output = T>) -> T {
    METER.scope(Meter::default(), work).await
}

/// What the piece of work that this is called in asked for so far; `None` where nobody counts.
pub fn so_far() -> Option<Traffic> {
    let read = |meter: &Meter| Traffic {
        requests: meter.requests.load(Ordering::Relaxed),
        throttled: meter.throttled.load(Ordering::Relaxed),
        waited_milliseconds: meter.waited_milliseconds.load(Ordering::Relaxed),
    };
    METER.try_with(read).ok()
}

/// A request is sent.
pub fn count_request() {
    let _ = METER.try_with(|meter| meter.requests.fetch_add(1, Ordering::Relaxed));
}

/// An answer came, which `asked` for a wait or did not. It counts where it says that there were too many requests.
pub fn count_answer(status: u16, asked: Option<Duration>) {
    if status == 429 || status == 503 && asked.is_some() {
        let _ = METER.try_with(|meter| meter.throttled.fetch_add(1, Ordering::Relaxed));
    }
}

/// A request is held back for so long.
pub fn count_wait(wait: Duration) {
    let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    let _ = METER.try_with(|meter| meter.waited_milliseconds.fetch_add(wait, Ordering::Relaxed));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_pieces_of_work_at_once_are_counted_apart() {
        count_request();
        let work = |requests: u64| {
            metered(async move {
                for _ in 0..requests {
                    count_request();
                    tokio::task::yield_now().await;
                }
                count_answer(429, None);
                count_answer(503, None);
                count_answer(503, Some(Duration::ZERO));
                count_answer(200, Some(Duration::ZERO));
                count_wait(Duration::from_millis(requests));
                so_far().unwrap()
            })
        };
        let (one, two) = tokio::join!(work(3), work(5));
        let traffic = |requests| Traffic {
            requests,
            throttled: 2,
            waited_milliseconds: requests,
        };
        assert_eq!((one, two), (traffic(3), traffic(5)));
        assert_eq!(so_far(), None);
    }
}
