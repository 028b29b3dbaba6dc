//! How a command ends: its exit code, and why it could not do its work.

use std::fmt;

use crate::{
    app::LoadError,
    connectors::ports::{ConnectorError, ErrorKind},
    format::Refused,
    run::RunError,
    store::ports::StoreError,
};

/// How a command ends. The numbers are a promise: scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Something unexpected.
    Unexpected = 1,
    /// `plan` found changes, or `forget` what can be erased.
    ChangesFound = 2,
    /// Something waits for a person: for approval, for an administrator in a new package, or for a paused list to be
    /// resumed.
    Held = 3,
    /// Some changes were not made.
    SomeFailed = 4,
    /// The input cannot be used.
    InvalidInput = 5,
    /// `doctor` found a problem: it is not safe to enable.
    Unsafe = 6,
    /// `serve` was asked to stop: to the Functions host, a reason to start it again and not to count it. Never 0, with
    /// which the host would stay without it.
    StartAgain = 200,
}

impl Exit {
    /// The worse of two ends, for a command that works on several syncs.
    pub(super) fn worse(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Done => 0,
            Self::ChangesFound => 1,
            Self::Held => 2,
            Self::SomeFailed => 3,
            Self::Unsafe => 4,
            Self::InvalidInput => 5,
            Self::Unexpected => 6,
            Self::StartAgain => 7,
        };
        if rank(other) > rank(self) {
            other
        } else {
            self
        }
    }
}

/// Why a command could not do its work: what is printed, and how it exits.
#[derive(Debug)]
pub struct Failure {
    pub(super) exit: Exit,
    pub(super) message: String,
}

impl Failure {
    /// The same failure with the sync it is about.
    pub(super) fn about(self, sync: &str) -> Self {
        Self {
            message: format!("sync `{sync}`: {}", self.message),
            ..self
        }
    }

    /// The failures of a command that went on with other syncs; its exit code when there are none.
    pub(super) fn all(failures: Vec<Self>, exit: Exit) -> Result<Exit, Self> {
        let messages: Vec<String> = failures
            .iter()
            .map(|failure| failure.message.clone())
            .collect();
        let worst = failures
            .iter()
            .map(|failure| failure.exit)
            .reduce(Exit::worse);
        match worst {
            None => Ok(exit),
            Some(worst) => Err(Self {
                exit: worst.worse(exit),
                message: messages.join("\n"),
            }),
        }
    }

    /// How the command exits.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self {
            exit: Exit::InvalidInput,
            message: error.to_string(),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let advice = match &error {
            StoreError::Locked(_) => "\nwait until it has ended, and try again",
            StoreError::Full(_) => "\nmake room, and run again: nothing that was done is lost",
            StoreError::Conflict(_) => "\ntry again",
            StoreError::Other { .. } => {
                "\ncheck this place, or name another one with `--state DIR`"
            }
            StoreError::Corrupt { .. } => "\nrestore the storage from a copy",
            StoreError::BadKey(_) => "\ngive it a shorter name",
        };
        Self {
            exit: Exit::Unexpected,
            message: format!("{error}{advice}"),
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Store(error) => error.into(),
            Refused::Newer { .. } => Self {
                exit: Exit::InvalidInput,
                message: refused.to_string(),
            },
            Refused::NotYet(_) => Self {
                exit: Exit::Unexpected,
                message: refused.to_string(),
            },
        }
    }
}

impl From<ConnectorError> for Failure {
    fn from(error: ConnectorError) -> Self {
        Self {
            exit: exit_of(&error),
            message: error.to_string(),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Connection(error) => error.into(),
            RunError::Store(error) => error.into(),
            RunError::Refused(why) => why.into(),
            RunError::Paused(_) => Self {
                exit: Exit::Held,
                message: format!("{error}: `rollcall resume SYNC`"),
            },
            RunError::CannotRestore(_) => Self {
                exit: Exit::InvalidInput,
                message: error.to_string(),
            },
            RunError::Busy { .. } | RunError::NotRecorded { .. } => Self {
                exit: Exit::Unexpected,
                message: error.to_string(),
            },
        }
    }
}

/// A problem with what the person wrote, or with the world.
pub(super) fn exit_of(error: &ConnectorError) -> Exit {
    match error.kind {
        ErrorKind::Settings | ErrorKind::NotFound | ErrorKind::Ambiguous | ErrorKind::BadData => {
            Exit::InvalidInput
        }
        ErrorKind::SignIn | ErrorKind::Denied | ErrorKind::Unavailable(_) | ErrorKind::Io => {
            Exit::Unexpected
        }
    }
}
