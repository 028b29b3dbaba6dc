//! Runs that end without having begun: their history says why.

use jiff::Timestamp;

use super::Again;
use crate::{
    definition::fault::Fault,
    history,
    job::Job,
    model::list::{ListRef, Sides},
    plan::outcome::Problem,
    service::Service,
    summary::Summary,
};

/// What is told of a run that had begun before it was given up.
const MAY_HAVE_BEGUN: &str =
    "; an earlier attempt at it died, and some of its changes may have been made";

/// A run that ended before it could begin.
pub(super) fn unstarted(job: &Job, now: Timestamp, problem: Problem) -> Summary {
    let nowhere = || ListRef {
        connection: String::new(),
        list: job.list.clone().unwrap_or_default(),
    };
    let lists = Sides {
        source: nowhere(),
        target: nowhere(),
    };
    let sync = match &job.list {
        None => job.sync.clone(),
        Some(list) => format!("{}/{list}", job.sync),
    };
    Summary::begun(&job.run, &sync, lists, &job.cause, now)
        .restoring(job.restores.as_deref())
        .stopped(problem, now)
}

/// Writes down a run that could not begin, or that never ended. One that did end stays as it was.
pub(super) async fn end_unstarted(service: &Service, summary: Summary) -> Result<Summary, Again> {
    let stores = &service.stores;
    match history::find(stores, &summary.run).await? {
        Some(earlier) if earlier.finished.is_some() => return Ok(earlier),
        Some(earlier) => {
            let (problem, now) = (summary.problem.clone(), service.now());
            let stopped = match problem {
                Some(mut problem) => {
                    problem.message.push_str(MAY_HAVE_BEGUN);
                    earlier.stopped(problem, now)
                }
                None => summary,
            };
            history::end(stores, &stopped).await?;
            return Ok(stopped);
        }
        None => {}
    }
    history::begin(stores, &summary).await?;
    Ok(summary)
}

pub(super) fn definition_problem(faults: &[Fault]) -> Problem {
    let first = faults.first().map_or_else(String::new, ToString::to_string);
    Problem {
        code: "definition".to_owned(),
        message: format!(
            "the definition has {} faults, the first one: {first}",
            faults.len()
        ),
        help: Some("correct the definition and put it again".to_owned()),
    }
}
