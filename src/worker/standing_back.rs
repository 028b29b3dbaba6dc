//! Messages that another version of this program has to do: they go back to their queue.
//!
//! No attempt is counted, so that none is given up while versions change.

use std::time::Duration;

use super::{Again, Report, keep_text, telling, unstarted::end_unstarted};
use crate::{
    format::Refused,
    job::{self, NotAJob},
    model::list::{ListRef, Sides},
    plan::outcome::Problem,
    service::Service,
    summary::Summary,
};

/// How long a message is left to others until it is looked at again.
const WAIT: Duration = Duration::from_secs(60);

/// Puts a message back as it is, for as long as what is stored cannot be worked with: that passes when another version is
/// deployed, so nothing is counted.
pub(super) async fn stand_back(
    service: &Service,
    queue: &str,
    message: &str,
    why: &Refused,
) -> Result<Report, Again> {
    if let Refused::Store(error) = why {
        return Err(error.clone().into());
    }
    let stores = &service.stores;
    stores
        .queue
        .send(queue, message, WAIT, service.now())
        .await?;
    Ok(vec![format!("put back on `{queue}`: {why}")])
}

/// Puts a message of a newer rollcall back, and counts how often: one that nobody came for in half a day is written down
/// as failed, with its text.
pub(super) async fn leave_to_newer(
    service: &Service,
    queue: &str,
    message: &str,
    newer: &NotAJob,
) -> Result<Report, Again> {
    let stores = &service.stores;
    if let Some(later) = job::waiting(message) {
        stores
            .queue
            .send(queue, &later, WAIT, service.now())
            .await?;
        return Ok(vec![format!("put back on `{queue}`: {newer}")]);
    }
    let blob = keep_text(stores, message).await?;
    let named = job::named(message);
    telling::newer_given_up(named.as_ref(), &blob);
    if let Some((run, sync)) = named {
        let problem = Problem {
            code: "newer-message".to_owned(),
            message: format!("{newer}; none came for it, and it is kept as `{blob}`"),
            help: Some("deploy that version again and start the run again".to_owned()),
        };
        let nowhere = || ListRef {
            connection: String::new(),
            list: String::new(),
        };
        let lists = Sides {
            source: nowhere(),
            target: nowhere(),
        };
        let cause = "asked for by a newer rollcall";
        let summary = Summary::begun(&run, &sync, lists, cause, service.now());
        end_unstarted(service, summary.stopped(problem, service.now())).await?;
    }
    Ok(vec![format!("given up: {newer}; it is kept as `{blob}`")])
}
