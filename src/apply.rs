//! The stage that writes: an approved plan in, one outcome for each of its changes out.
//!
//! This room must not know a concrete connector, limits or storage. It cannot be called with anything but `Approved`.

use std::{fmt, time::Duration};

use async_trait::async_trait;

use crate::{
    connectors::ports::{ConnectorError, ErrorKind, ListWriter, Watch},
    model::{
        capabilities::Capabilities,
        list::{Side, Sides},
    },
    plan::{
        change::{Action, Change},
        outcome::{Outcome, Problem},
        review::Approved,
    },
};

/// Asked before every hand-over whether the run may go on: the lease still ours, the deadline not reached.
#[async_trait]
pub trait Pulse: Send {
    /// `Err` says why not; what is left is then not tried.
    async fn may_go_on(&mut self) -> Result<(), Stop>;
}

/// Why a run stopped before it had tried everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Its time was up.
    Deadline,
    /// The service asked to be left alone for so long.
    Wait(Duration),
    /// The lists are not ours any more; why, in words.
    Lost(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadline => {
                formatter.write_str("the time for this run was up; the next run goes on")
            }
            Self::Wait(wait) => write!(
                formatter,
                "the service asked to wait {} seconds; a later run goes on",
                wait.as_secs()
            ),
            Self::Lost(why) => formatter.write_str(why),
        }
    }
}

/// Both writers; a side that is not written has none.
pub type OpenWriters = Sides<Option<Box<dyn ListWriter>>>;

/// What became of an approved plan.
#[derive(Debug)]
pub struct Applied {
    /// One place for each change of the plan: `None` for what was held.
    pub outcomes: Vec<Option<Outcome>>,
    /// The ids of lists that were created.
    pub created: Sides<Option<String>>,
    /// What came of creating a list; `None` when none was to be created.
    pub creation: Option<Result<(), Problem>>,
    /// What stopped it before everything was tried.
    pub stop: Option<Stop>,
}

impl Applied {
    /// Of a plan without changes.
    pub fn nothing() -> Self {
        Self {
            outcomes: Vec::new(),
            created: Sides::default(),
            creation: None,
            stop: None,
        }
    }
}

/// Makes the approved changes, in the plan's order. One change that fails stops nothing else.
pub async fn apply(
    approved: &Approved,
    writers: &mut OpenWriters,
    capabilities: Sides<&Capabilities>,
    pulse: &mut dyn Pulse,
    watch: &dyn Watch,
) -> Applied {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; approved.plan().changes.len()];
    let (created, not_created, mut stopped) = create_list(approved, writers, pulse).await;
    let changes: Vec<(usize, &Change)> = approved.changes().collect();
    let total = changes.len();
    let mut handed_over = 0;
    let together = |left: &Change, right: &Change| {
        let at_once = capabilities.of(left.side).at_once;
        left.side == right.side && (at_once || is_same_action(left, right))
    };
    for run in changes.chunk_by(|(_, left), (_, right)| together(left, right)) {
        let Some((_, first)) = run.first() else {
            continue;
        };
        let side = first.side;
        for chunk in run.chunks(capabilities.of(side).chunk.max(1)) {
            if stopped.is_none() {
                stopped = pulse.may_go_on().await.err();
            }
            let given = match (&stopped, not_created.of(side), writers.of_mut(side)) {
                (Some(stop), ..) => {
                    let not_tried = Outcome::not_tried(&stop.to_string());
                    vec![not_tried; chunk.len()]
                }
                (None, Some(problem), _) => chunk
                    .iter()
                    .map(|_| Outcome::Failed(problem.clone()))
                    .collect(),
                (None, None, Some(writer)) => {
                    let changes: Vec<Change> =
                        chunk.iter().map(|(_, change)| (*change).clone()).collect();
                    let given = writer.write(&changes, watch).await;
                    // Whoever asks to be left alone is not asked again with the next chunk.
                    stopped = writer.asked_to_wait().map(Stop::Wait);
                    complete(given, chunk.len())
                }
                (None, None, None) => chunk
                    .iter()
                    .map(|_| Outcome::not_tried("no writer was opened"))
                    .collect(),
            };
            for ((position, _), outcome) in chunk.iter().zip(given) {
                if let Some(place) = outcomes.get_mut(*position) {
                    *place = Some(outcome);
                }
            }
            handed_over += chunk.len();
            watch.progress("changes", handed_over, Some(total));
        }
    }
    let creation = approved
        .create()
        .map(|side| not_created.of(side).clone().map_or(Ok(()), Err));
    Applied {
        outcomes,
        created,
        creation,
        stop: stopped,
    }
}

/// A writer that answers for fewer changes than it was given has left the rest unknown, and unknown is not done.
fn complete(mut given: Vec<Outcome>, wanted: usize) -> Vec<Outcome> {
    given.truncate(wanted);
    given.resize_with(wanted, || {
        Outcome::not_tried("the connection gave no outcome for this change")
    });
    given
}

fn is_same_action(left: &Change, right: &Change) -> bool {
    std::mem::discriminant::<Action>(&left.action) == std::mem::discriminant(&right.action)
}

/// What came of creating a list: its id, the problem where that failed, and what stopped the run.
type Creation = (Sides<Option<String>>, Sides<Option<Problem>>, Option<Stop>);

/// Creates the list the plan wants created.
async fn create_list(
    approved: &Approved,
    writers: &mut OpenWriters,
    pulse: &mut dyn Pulse,
) -> Creation {
    let (mut created, mut not_created) = (Sides::default(), Sides::default());
    let Some(side) = approved.create() else {
        return (created, not_created, None);
    };
    let may_go_on = pulse.may_go_on().await;
    let mut stop = may_go_on.clone().err();
    let result = match (may_go_on, writers.of_mut(side)) {
        (Err(stop), _) => Err(Problem {
            code: "not-tried".to_owned(),
            message: stop.to_string(),
            help: None,
        }),
        (Ok(()), Some(writer)) => writer.create_list().await.map_err(|error| {
            stop = asked_wait(&error).map(Stop::Wait);
            problem(&error)
        }),
        (Ok(()), None) => Ok(None),
    };
    match result {
        Ok(id) => *created.of_mut(side) = id,
        Err(problem) => *not_created.of_mut(side) = Some(problem),
    }
    (created, not_created, stop)
}

/// How long the service behind an error asked to be left alone.
pub fn asked_wait(error: &ConnectorError) -> Option<Duration> {
    match error.kind {
        ErrorKind::Unavailable(asked) => asked,
        _ => None,
    }
}

/// A connector's error as it stands in outcomes and summaries.
pub fn problem(error: &ConnectorError) -> Problem {
    Problem {
        code: error.code().to_owned(),
        message: error.message.clone(),
        help: Some(error.advice().to_owned()),
    }
}

/// Which sides are written by a plan.
pub fn written_sides(approved: &Approved) -> Vec<Side> {
    [Side::Source, Side::Target]
        .into_iter()
        .filter(|side| {
            approved.create() == Some(*side)
                || approved.changes().any(|(_, change)| change.side == *side)
        })
        .collect()
}
