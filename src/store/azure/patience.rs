//! Tries again what may pass, a few times and for a second or so.

use std::future::Future;

use super::{FIRST_WAIT, TRIES, problems::Trouble};

/// What came of some tries.
pub(super) struct Settled<T> {
    /// The last one's result.
    pub(super) result: Result<T, Trouble>,
    /// Whether an earlier one may have been carried out although its answer did not come.
    pub(super) in_doubt: bool,
}

/// Makes a request, and makes it again while its trouble may pass.
pub(super) async fn settle<T, Request, Answer, Error>(request: Request) -> Settled<T>
where
    Request: Fn() -> Answer,
    Answer: Future<Output = Result<T, Error>>,
    Trouble: From<Error>,
{
    let mut in_doubt = false;
    let mut wait = FIRST_WAIT;
    let mut tried = 1;
    loop {
        match request().await.map_err(Trouble::from) {
            Err(trouble) if trouble.passes() && tried < TRIES => {
                in_doubt |= trouble.leaves_doubt();
                tracing::debug!(?trouble, ?wait, "storage did not answer well; trying again");
                tokio::time::sleep(wait).await;
                wait *= 4;
                tried += 1;
            }
            result => return Settled { result, in_doubt },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn after(troubles: &[Trouble]) -> (Result<usize, Trouble>, bool, usize) {
        let asked = Cell::new(0);
        let settled = settle(|| {
            let number = asked.get();
            asked.set(number + 1);
            let answer = troubles.get(number).cloned().map_or(Ok(number), Err);
            async move { answer }
        })
        .await;
        (settled.result, settled.in_doubt, asked.get())
    }

    fn refused(status: u16) -> Trouble {
        Trouble::Refused {
            status,
            code: "x".to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_again_and_doubt_is_remembered() {
        let lost = Trouble::Lost("x".to_owned());
        let unreached = Trouble::Unreached("x".to_owned());
        assert_eq!(after(&[]).await, (Ok(0), false, 1));
        assert_eq!(after(std::slice::from_ref(&lost)).await, (Ok(1), true, 2));
        assert_eq!(
            after(&[unreached.clone(), refused(429)]).await,
            (Ok(2), false, 3)
        );
        assert_eq!(after(&[refused(503), unreached]).await, (Ok(2), true, 3));
        assert_eq!(
            after(&[lost, refused(412)]).await,
            (Err(refused(412)), true, 2)
        );
        assert_eq!(after(&[refused(409)]).await, (Err(refused(409)), false, 1));
        let always = [refused(500), refused(500), refused(500), refused(500)];
        assert_eq!(after(&always).await, (Err(refused(500)), true, 3));
        assert_eq!(
            after(&[Trouble::Unreadable]).await,
            (Err(Trouble::Unreadable), false, 1)
        );
    }
}
