//! Why a run has no end that could be told as a summary.

use std::fmt;

use jiff::Timestamp;

use crate::{
    agenda::Paused, connectors::ports::ConnectorError, format::Refused, model::list::ListRef,
    plan::outcome::Problem, store::ports::StoreError, summary::Summary,
};

/// Why there is no end that could be told as a summary.
#[derive(Debug)]
pub enum RunError {
    /// A connection could not be read.
    Connection(ConnectorError),
    /// Someone else writes to one of the lists.
    Busy {
        /// The list.
        list: ListRef,
        /// Who.
        holder: String,
        /// Until when, unless it goes on.
        until: Timestamp,
    },
    /// The list is paused.
    Paused(Paused),
    /// The run that was to be undone cannot be; why, and what to do.
    CannotRestore(Problem),
    /// What is stored is, or is about to be, of a newer form than this program writes.
    Refused(Refused),
    /// The storage failed before anything was written to a list.
    Store(StoreError),
    /// Changes were made, and the storage failed to take the result.
    NotRecorded {
        /// What the summary would have been.
        summary: Box<Summary>,
        /// What failed.
        error: StoreError,
    },
}

impl From<ConnectorError> for RunError {
    fn from(error: ConnectorError) -> Self {
        Self::Connection(error)
    }
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refused> for RunError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Store(error) => Self::Store(error),
            refused => Self::Refused(refused),
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => error.fmt(formatter),
            Self::Store(error) => error.fmt(formatter),
            Self::Refused(why) => why.fmt(formatter),
            Self::Paused(Paused { reason, by, .. }) => {
                write!(formatter, "paused by {by}: {reason}\nresume it first")
            }
            Self::CannotRestore(Problem { message, help, .. }) => {
                formatter.write_str(message)?;
                help.iter()
                    .try_for_each(|help| write!(formatter, "\n{help}"))
            }
            Self::Busy {
                list,
                holder,
                until,
            } => write!(
                formatter,
                "`{list}` is being written by `{holder}`\nwait for it to end; if it died, its hold ends at {until}"
            ),
            Self::NotRecorded { summary, error } => write!(
                formatter,
                "run `{}` made its changes ({} done), but the result could not be recorded: {error}\n\
                 make room or repair the storage and run again: the next run finds what is done and loses nothing",
                summary.run,
                summary.done.added
                    + summary.done.invited
                    + summary.done.updated
                    + summary.done.removed,
            ),
        }
    }
}

impl std::error::Error for RunError {}
